/* SPDX-License-Identifier: MIT */
/*
 * Ready-made sets of options. RFC 9260 16 recommends values for the open Internet; each number here
 * that is another one says why.
 */
#include <sctpx/path.h>

#include <sctpx/error.h>

#define MS UINT64_C(1000)

/*
 * Failures are seen soon, on networks built for signalling: round trips well below 200 ms, hosts
 * with two addresses each.
 * RTO.Min is 250 ms and not less: a peer may wait 200 ms with a SACK, and an RTO below that would
 * repeat what has arrived. Then Path.Max.Retrans = 2 gives 250 + 500 + 800 ms until a path is given
 * up. Association.Max.Retrans is the sum of the Path.Max.Retrans of two paths (8.2).
 * HB.interval: an idle path has to fail three heartbeats, each one after its interval.
 */
static void set_signalling(sctpx_assoc_options *o)
{
    o->rto_initial_us = 500 * MS;
    o->rto_min_us = 250 * MS;
    o->rto_max_us = 800 * MS;
    o->path_max_retrans = 2;
    o->association_max_retrans = 4;
    o->max_init_retrans = 4;
    o->hb_interval_us = 1000 * MS;
    o->hb_max_burst = 4; /* all addresses of a peer are usable after one round trip */
    o->sack_delay_us = 50 * MS;
}

/*
 * Buffers for 32 MiB in flight: 2.4 Gbit/s at a round trip of 100 ms, where usual ones end at a
 * quarter of that. Timers stay the RFC's, for a spurious time-out costs a long fat pipe more than a
 * late one, and so does the SACK for every second packet: slow start grows by what SACKs there are
 * (7.2.1), fewer of them would only make it slower.
 */
static void set_bulk(sctpx_assoc_options *o)
{
    o->sndbuf_bytes = o->rcvbuf_bytes = (size_t)32 << 20;
    o->max_burst = 16; /* what follows a pause is still bound by cwnd */
}

/*
 * Every packet is acknowledged at once (6.2 allows more SACKs than one in two packets), so that the
 * peer's RTO measures the network alone and missing reports come as soon as they can. RTO.Min is
 * 100 ms: with a peer that delays its SACKs a lone message may then be sent twice until the
 * measured RTO has risen above that delay; so both ends should use this profile. RTO.Max: after an
 * outage of any length the next try is at most 2 s away. A short queue of our own: what is written
 * is not old when it leaves.
 */
static void set_low_latency(sctpx_assoc_options *o)
{
    o->rto_initial_us = 500 * MS;
    o->rto_min_us = 100 * MS;
    o->rto_max_us = 2000 * MS;
    o->hb_interval_us = 5000 * MS;
    o->sack_delay_us = 0;
    o->sack_packets = 1;
    o->sndbuf_bytes = (size_t)128 << 10;
}

/* All that any profile sets, as the RFC has it. */
static void set_default(sctpx_assoc_options *o)
{
    sctpx_assoc_options d;
    sctpx_assoc_options_defaults(&d);
    o->rto_initial_us = d.rto_initial_us;
    o->rto_min_us = d.rto_min_us;
    o->rto_max_us = d.rto_max_us;
    o->rto_alpha_shift = d.rto_alpha_shift;
    o->rto_beta_shift = d.rto_beta_shift;
    o->association_max_retrans = d.association_max_retrans;
    o->path_max_retrans = d.path_max_retrans;
    o->max_init_retrans = d.max_init_retrans;
    o->hb_interval_us = d.hb_interval_us;
    o->hb_max_burst = d.hb_max_burst;
    o->shutdown_guard_us = d.shutdown_guard_us;
    o->sack_delay_us = d.sack_delay_us;
    o->sack_packets = d.sack_packets;
    o->max_burst = d.max_burst;
    o->sndbuf_bytes = d.sndbuf_bytes;
    o->rcvbuf_bytes = d.rcvbuf_bytes;
}

int sctpx_assoc_options_profile(sctpx_assoc_options *options, enum sctpx_profile profile)
{
    static void (*const setters[])(sctpx_assoc_options *) = {
        [SCTPX_PROFILE_DEFAULT] = set_default,
        [SCTPX_PROFILE_SIGNALLING] = set_signalling,
        [SCTPX_PROFILE_BULK] = set_bulk,
        [SCTPX_PROFILE_LOW_LATENCY] = set_low_latency,
    };
    if ((size_t)profile >= sizeof setters / sizeof setters[0])
        return SCTPX_EINVAL;
    set_default(options);
    setters[profile](options);
    return 0;
}

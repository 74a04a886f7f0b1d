/* SPDX-License-Identifier: MIT */
#include "engine/window_growth.h"

#include "base/timeval.h"
#include "engine/endpoint.h"

/* Enough for 100 Mbit/s at 80 ms, and for what a receiver leaves lying while it works. */
#define FIRST_BYTES ((size_t)1 << 20)
/*
 * Where sockets are the limit: more than anybody sends first, so that many who begin at once are
 * not promised more than there is. The first SACK tells of the rest.
 */
#define FIRST_PROMISE ((size_t)16384)
/* Packets of messages of one byte carry this part of what others do: a chunk takes 20 bytes. */
#define TINIEST 20
/* Two packets: below that every one of them would wait for its SACK. */
#define LEAST_UNDER_WAY ((size_t)3000)
/*
 * For so long a receiver may be away from its sockets: what a longer round trip has under way
 * beyond does not come within that time.
 */
#define AWAY_US ((sctpx_time)10000)
#define MOST_RTT_US ((sctpx_time)60000000) /* beyond nobody counts on anything */
/* Who has received within one or two of these shares the sockets. */
#define EPOCH_US ((sctpx_time)100000)

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

uint32_t sctpxi_window_growth_first(const sctpx_endpoint *endpoint,
                                    const sctpx_assoc_options *options)
{
    size_t bytes = smaller(options->rcvbuf_bytes, FIRST_BYTES);
    size_t room = endpoint->opt.packet_buffer_bytes;
    if (room > 0)
        bytes = smaller(bytes, smaller(larger(room / TINIEST, LEAST_UNDER_WAY), FIRST_PROMISE));
    return (uint32_t)bytes;
}

static void begin_round(sctpx_assoc *a, sctpx_time now, uint64_t read_bytes)
{
    a->window_round_at = now;
    a->window_round_bytes = read_bytes;
}

/* What the user has taken since the start. */
static uint64_t read_so_far(const sctpx_assoc *a)
{
    return a->received_bytes - a->reasm.payload_bytes;
}

void sctpxi_window_growth_init(sctpx_assoc *a)
{
    a->window_bytes = (uint32_t)smaller(a->opt->rcvbuf_bytes, FIRST_BYTES);
    a->arrivals = (struct sctpxi_arrivals){0};
    a->advertised_rwnd = a->promised_bytes = sctpxi_window_growth_first(a->endpoint, a->opt);
    begin_round(a, 0, read_so_far(a));
}

void sctpxi_window_growth_on_set_up(sctpx_assoc *a, sctpx_time round_trip_us)
{
    a->setup_rtt_us = round_trip_us < UINT32_MAX ? (uint32_t)round_trip_us : UINT32_MAX;
}

size_t sctpxi_window_growth_on_options(sctpx_assoc *a, const sctpx_assoc_options *next)
{
    size_t former = a->window_bytes;
    size_t first = smaller(next->rcvbuf_bytes, FIRST_BYTES);
    a->window_bytes = (uint32_t)smaller(larger(former, first), next->rcvbuf_bytes);
    return former > a->window_bytes ? former - a->window_bytes : 0;
}

static sctpx_time round_trip(const sctpx_assoc *a)
{
    sctpx_time srtt_us = a->paths[a->data_path].rto.srtt_us;
    return srtt_us > 0 ? srtt_us : a->setup_rtt_us;
}

/* Which associations receive at the same time: counted anew for each epoch. */
static void note_active(sctpx_assoc *a, sctpx_time now)
{
    sctpx_endpoint *ep = a->endpoint;
    uint32_t epoch = (uint32_t)(now / EPOCH_US) + 1;
    if (ep->receive_epoch != epoch) {
        ep->receivers_before = ep->receive_epoch + 1 == epoch ? ep->receivers : 0;
        ep->receivers = 0;
        ep->receive_epoch = epoch;
    }
    if (a->receive_epoch != epoch) {
        a->receive_epoch = epoch;
        ep->receivers++;
    }
}

static void grow(sctpx_assoc *a)
{
    /* Memory that is half taken is kept for those who hold little. */
    if (sctpxi_pool_has_left(&a->endpoint->pool, 2))
        a->window_bytes = (uint32_t)smaller(2 * (size_t)a->window_bytes, a->opt->rcvbuf_bytes);
}

/* Messages are so small that memory for the overhead ends before the first buffer is full. */
static bool is_cramped(const sctpx_assoc *a)
{
    return sctpxi_arrivals_in_memory(&a->arrivals, 2 * (size_t)a->window_bytes) < FIRST_BYTES;
}

void sctpxi_window_growth_on_data(sctpx_assoc *a, sctpx_time now)
{
    note_active(a, now);
    if (a->window_bytes >= a->opt->rcvbuf_bytes)
        return;
    uint64_t read_bytes = read_so_far(a);
    bool is_over = sctpxi_time_since(now, a->window_round_at) > round_trip(a);
    size_t half =
        smaller(a->window_bytes / 2, sctpxi_arrivals_in_memory(&a->arrivals, a->window_bytes));
    bool is_much = read_bytes - a->window_round_bytes >= half;
    if (is_much && (!is_over || is_cramped(a)))
        grow(a);
    if (is_much || is_over)
        begin_round(a, now, read_bytes);
}

/* The window of which at most this share comes while the receiver is away. */
static size_t scaled(size_t share, sctpx_time rtt_us)
{
    uint64_t bytes = share < UINT32_MAX ? share : UINT32_MAX;
    if (rtt_us > AWAY_US)
        bytes = bytes * (rtt_us < MOST_RTT_US ? rtt_us : MOST_RTT_US) / AWAY_US;
    return bytes < UINT32_MAX ? (size_t)bytes : UINT32_MAX;
}

size_t sctpxi_window_growth_most_under_way(const sctpx_assoc *a)
{
    const sctpx_endpoint *ep = a->endpoint;
    if (ep->opt.packet_buffer_bytes == 0)
        return SIZE_MAX;
    uint32_t sharers = ep->receivers > ep->receivers_before ? ep->receivers : ep->receivers_before;
    size_t share = ep->opt.packet_buffer_bytes / (sharers > 0 ? sharers : 1);
    size_t most = sctpxi_arrivals_in_packets(&a->arrivals, scaled(share, round_trip(a)));
    return larger(most, LEAST_UNDER_WAY);
}

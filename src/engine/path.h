/* SPDX-License-Identifier: MIT */
/*
 * One destination address of the peer and all that is kept for it: addresses, RTO, congestion
 * control, error counter, whether it is confirmed and active (RFC 9260 5.4, 6.3.1, 7.2, 8.2), and
 * which path serves for what (6.4).
 *
 * Five files: path.c (the set of paths, which packets are theirs, their MTU, starting over),
 * path_local.c (the local address of each), path_choice.c (which path for what), path_state.c
 * (confirmed, active, errors), path_options.c (what users set for one of them, or for all).
 */
#ifndef SCTPXI_ENGINE_PATH_H
#define SCTPXI_ENGINE_PATH_H

#include <sctpx/engine.h>

#include "base/serial.h"
#include "engine/cc.h"
#include "engine/demux.h"
#include "engine/rto.h"

/* What has arrived, and how far packets of the path overtake each other; rack.h. */
struct sctpxi_rack {
    sctpx_time sent_at;          /* when the newest of what has arrived was sent; 0 = nothing has */
    sctpx_time rtt_us;           /* and how long it took */
    struct sctpxi_tsn tsn;       /* and which it was */
    struct sctpxi_tsn round_end; /* reo_wnd_extra grows again when this is acknowledged */
    uint8_t reo_wnd_extra;       /* quarters of the shortest round trip, on top of the first one */
    uint8_t reo_wnd_persist;     /* recoveries until these are forgotten */
    bool is_reordering_seen;
};

/* In the order in which packets touch it, as struct sctpx_assoc. */
struct sctpxi_path {
    struct sctpxi_demux_path demux; /* by address; knows the association */
    sctpx_addr remote;
    sctpx_addr local;
    uint8_t events; /* enum sctpxi_path_event, not yet told to the user */
    bool is_confirmed;
    bool is_active;
    bool has_timed_out;    /* T3-rtx, and nothing sent here was acknowledged since (7.2.1) */
    bool is_hb_pending;    /* a HEARTBEAT is to be sent */
    bool is_hb_unanswered; /* the last one was not acknowledged yet */
    bool is_hb_for_user;   /* sctpx_assoc_heartbeat() asked */
    uint16_t mtu;          /* IP level; of the options, unless set for this path */
    uint16_t max_retrans;  /* Path.Max.Retrans, likewise */
    uint32_t errors;       /* consecutive, 8.2 */
    sctpx_time t3_deadline;
    sctpx_time hb_deadline;
    sctpx_time last_new_data;  /* when a first transmission went out here: not idle since then */
    sctpx_time rtt_sampled_at; /* data sent before gives no further sample (6.3.1 C4) */
    struct sctpxi_rto rto;
    uint64_t sent_packets, received_packets, sent_bytes, received_bytes; /* whole SCTP packets */
    struct sctpxi_rack rack;
    struct sctpxi_cc cc; /* the second half only while cwnd changes */

    /* ---- seldom touched ------------------------------------------------------------------- */

    sctpx_time hb_sent_at;
    sctpx_time hb_interval_us; /* as mtu (8.3) */
    uint32_t reported_rtt_us;  /* for SCTPX_EVENT_HEARTBEAT */
    uint32_t hb_number;        /* of the last HEARTBEAT sent */
    uint32_t hb_answered;      /* and of the last one answered: earlier ones need no answer */

    /* Totals, for its user. */
    uint32_t t3_timeouts, heartbeats_sent, heartbeats_acked, retransmitted_chunks;
    uint64_t retransmitted_bytes; /* of user data */
};

enum sctpxi_path_event {
    SCTPXI_PATH_EVENT_CONFIRMED = 1u << 0,
    SCTPXI_PATH_EVENT_UP = 1u << 1,
    SCTPXI_PATH_EVENT_DOWN = 1u << 2,
    SCTPXI_PATH_EVENT_HEARTBEAT = 1u << 3
};

#define SCTPXI_NO_PATH UINT8_MAX

/*
 * Makes sure that adding paths to all of these addresses does not fail for want of memory.
 * SCTPX_ENOMEM.
 */
int sctpxi_path_reserve(sctpx_assoc *a, const sctpx_addr *addrs, uint8_t n);

/*
 * Adds a path to the association; SCTPX_ELIMIT when it has SCTPX_MAX_PATHS, SCTPX_EADDRINUSE when
 * it, or another association with the same ports, has this address. The local address is chosen to
 * suit. Existing pointers to paths stay valid only until then. Returns the index.
 */
int sctpxi_path_add(sctpx_assoc *a, const sctpx_addr *remote, bool is_confirmed);

/* Takes every path away. */
void sctpxi_path_remove_all(sctpx_assoc *a);

/*
 * Takes away those whose address is not among these; at least one of them must be. What else the
 * association keeps by the number of a path follows: nothing may be in flight.
 */
void sctpxi_path_retain(sctpx_assoc *a, const sctpx_addr *addrs, uint8_t n);

/* The same with those that are not confirmed. */
void sctpxi_path_retain_confirmed(sctpx_assoc *a);

/* Index of the path with this IP address (ports do not count), or -1. */
int sctpxi_path_find(const sctpx_assoc *a, const sctpx_addr *remote);

/* Room for an SCTP packet on the path: MTU without IP and UDP headers. */
uint32_t sctpxi_path_packet_bytes(const struct sctpxi_path *path);

/* The same without the common header: the PMDCS of RFC 9260, which cwnd is measured in. */
uint32_t sctpxi_path_data_bytes(const struct sctpxi_path *path);

/* The smallest such room of all paths: fragments must fit any of them. */
uint32_t sctpxi_path_min_packet_bytes(const sctpx_assoc *a);

/*
 * Where new data goes while the primary path is not usable: an active confirmed one (6.4). Who asks
 * is sctpxi_path_for_data(), in assoc.h.
 */
uint8_t sctpxi_path_instead_of_primary(const sctpx_assoc *a);

/*
 * Where to retransmit what was lost on a path: another active confirmed one if there is (6.4.1),
 * that with the fewest errors; the path itself if it has fewer than any of them.
 */
uint8_t sctpxi_path_alternate(const sctpx_assoc *a, uint8_t path);

/* Something may have changed where new data goes: the user is told if it has. */
void sctpxi_path_watch_choice(sctpx_assoc *a);

/* The path if it may carry anything (5.4), else the one for data. */
uint8_t sctpxi_path_or_data(const sctpx_assoc *a, uint8_t path);

/* It answered a probe: chunks may be sent to it from now on. */
void sctpxi_path_confirm(sctpx_assoc *a, uint8_t path);

/* The peer was heard through it: error counters cleared, active again (8.1, 8.2). */
void sctpxi_path_on_alive(sctpx_assoc *a, uint8_t path);

/*
 * Something sent to it was not answered in time: counts errors (8.1, 8.2), may make the path
 * inactive, and may end the association (SCTPX_ELOST): then returns false.
 */
bool sctpxi_path_on_silent(sctpx_assoc *a, uint8_t path);

/*
 * The same for a HEARTBEAT: for the association it counts on the path for data only (8.1), or on
 * any while none is confirmed.
 */
bool sctpxi_path_on_heartbeat_silent(sctpx_assoc *a, uint8_t path);

/*
 * A packet with the right tag came from this UDP port: replies go there (RFC 6951 5.4). What went
 * to an old port is probably lost, so its time-outs say nothing about the path.
 */
void sctpxi_path_learn_port(sctpx_assoc *a, sctpx_time now, uint8_t path,
                            const sctpx_packet *packet);

/* The peer restarted: every path is new, and none is confirmed. */
void sctpxi_path_start_over(sctpx_assoc *a);

/* The options of the association have changed, from old to what they are now. */
void sctpxi_path_on_options(sctpx_assoc *a, sctpx_time now, const sctpx_assoc_options *old);

/* A new MTU at IP level: fragments (6.9) and the PMDCS of cwnd (7.2) follow. */
void sctpxi_path_set_mtu(const sctpx_assoc *a, struct sctpxi_path *path, uint32_t mtu);

/*
 * From another source address (7.2.5.2), or with another DSCP (7.2.5.1), it is another route:
 * nothing is known of its congestion.
 */
void sctpxi_path_start_congestion_over(const sctpx_assoc *a, struct sctpxi_path *path);

/* Starts a path with fresh RTO and congestion control. */
void sctpxi_path_reset(sctpx_assoc *a, struct sctpxi_path *path);

/* ---- among the files of this module ------------------------------------------------------- */

/* The local address for a new path; NULL when the endpoint has none of its family. */
const sctpx_addr *sctpxi_path_choose_local(const sctpx_assoc *a, const sctpx_addr *remote);

/* A packet of the peer came to this local address: it knows it. */
void sctpxi_path_note_local(sctpx_assoc *a, const sctpx_addr *local);

/* Something was not answered: the path sends from the next local address from now on, if it can. */
void sctpxi_path_rotate_local(sctpx_assoc *a, struct sctpxi_path *path);

/* Announced, probed and never answered. */
bool sctpxi_path_is_given_up(const struct sctpxi_path *path);

/* Packets from its address are the association's from now on, if they are nobody else's. */
void sctpxi_path_claim(sctpx_assoc *a, struct sctpxi_path *path);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The association (the TCB of RFC 9260 14): what it is made of, its life cycle, and the one place
 * that changes its state. Each part is owned by the module its struct comes from.
 */
#ifndef SCTPXI_ENGINE_ASSOC_H
#define SCTPXI_ENGINE_ASSOC_H

#include <sys/queue.h>

#include <sctpx/engine.h>

#include "base/heap.h"
#include "engine/arrivals.h"
#include "engine/control.h"
#include "engine/demux.h"
#include "engine/outstanding.h"
#include "engine/path.h"
#include "engine/reasm.h"
#include "engine/rx_tracker.h"
#include "engine/tx_queue.h"

struct sctpxi_episode;
struct sctpxi_listener;

/* Chunks to send that are made when their packet is built: asking twice sends once. */
enum sctpxi_pending {
    SCTPXI_PENDING_INIT = 1u << 0,
    SCTPXI_PENDING_COOKIE_ECHO = 1u << 1,
    SCTPXI_PENDING_COOKIE_ACK = 1u << 2,
    SCTPXI_PENDING_SACK = 1u << 3,
    SCTPXI_PENDING_SHUTDOWN = 1u << 4,
    SCTPXI_PENDING_SHUTDOWN_ACK = 1u << 5,
    SCTPXI_PENDING_PROBE = 1u << 6,    /* a zero window probe may go out (6.1 A) */
    SCTPXI_PENDING_FAST_RTX = 1u << 7  /* one packet of retransmissions ignores cwnd (7.2.4 3) */
};

/* Things to tell the user, merged; paths, streams and messages keep their own marks. */
enum sctpxi_assoc_event {
    SCTPXI_EVENT_UP = 1u << 0,
    SCTPXI_EVENT_MESSAGE = 1u << 1, /* before a restart: what is told afterwards has failed */
    SCTPXI_EVENT_RESTARTED = 1u << 2,
    SCTPXI_EVENT_PATHS = 1u << 3,
    SCTPXI_EVENT_PRIMARY = 1u << 4, /* after the failure or return that it comes from */
    SCTPXI_EVENT_REMOTE_ERROR = 1u << 5,
    SCTPXI_EVENT_READABLE = 1u << 6,
    SCTPXI_EVENT_SENT = 1u << 7,
    SCTPXI_EVENT_WRITABLE = 1u << 8,
    SCTPXI_EVENT_DRY = 1u << 9,
    SCTPXI_EVENT_PEER_SHUTDOWN = 1u << 10,
    SCTPXI_EVENT_CLOSED = 1u << 11
};

/*
 * In the order in which packets touch it: where there are many associations each packet finds its
 * own cold, and pays for every cache line. What only set-up, failures and the user's questions need
 * is at the end, and so it is in the parts.
 */
struct sctpx_assoc {
    sctpx_endpoint *endpoint;
    void *user;
    const sctpx_assoc_options *opt;            /* option_set.h */
    struct sctpxi_path *paths;
    uint8_t path_count, path_capacity;
    uint8_t known_locals;                      /* bit per local address: the peer has sent to it */
    uint8_t primary;
    uint8_t told_path;                         /* where the user knows new data to go */
    uint8_t setup_path;                        /* where INIT and COOKIE ECHO go */
    uint8_t reply_path;                        /* where the last packet came from */
    uint8_t data_path;                         /* where the last DATA came from: SACKs go there */
    uint8_t shutdown_path;                     /* where SHUTDOWN and SHUTDOWN ACK go */
    uint8_t answer_path;                       /* of the controls for the latest packet */
    uint16_t control_count;
    uint32_t answer_bytes;                     /* and the length of those controls */

    enum sctpx_assoc_state state;
    uint16_t pending;                          /* enum sctpxi_pending */
    uint16_t events;                           /* enum sctpxi_assoc_event */
    bool is_output_linked, is_event_linked;
    bool is_event_held;                        /* its events are asked for by another thread */
    bool is_shutdown_wanted;                   /* asked for before it was ESTABLISHED */
    bool is_in_fast_recovery;
    bool is_writable_wanted;                   /* a send was refused for lack of room */
    bool is_writer;                            /* has something unacknowledged; user_send.c */
    bool is_user_gone;                         /* free it when it is closed */
    bool has_received_data;                    /* since it was set up or restarted */
    bool was_heard_since_t3;                   /* a SACK came since T3-rtx ran out last (6.1 A) */
    bool is_reason_told;                       /* with an ERROR: it is not why it ends */
    bool is_loss_timer_probe;                  /* loss_deadline is a tail loss probe's */
    bool is_tail_probed;                       /* one is out: tail_probe_tsn */
    uint8_t probes;                            /* zero window probes since the window closed */
    uint8_t tail_probe_path;
    uint16_t local_port, remote_port;
    uint16_t in_streams, out_streams;
    uint16_t packets_since_sack;
    uint32_t local_tag, remote_tag;
    uint32_t errors;                           /* consecutive, of the association (8.1) */
    struct sctpxi_tsn local_initial_tsn;
    TAILQ_ENTRY(sctpx_assoc) output_link;      /* while it may have something to send */
    TAILQ_ENTRY(sctpx_assoc) event_link;       /* while it has events */
    struct sctpxi_listener *listener;          /* whose backlog it is in, else NULL */

    struct sctpxi_heap_node timer;             /* its earliest deadline, in the endpoint's heap */
    sctpx_time t1_deadline, t2_deadline, t5_deadline, sack_deadline;
    sctpx_time loss_deadline;                  /* rack.h, tail_probe.h */
    sctpx_time pace_deadline, paced_at;        /* burst.h */

    /* Sending. */
    struct sctpxi_outstanding outstanding;
    size_t burst_left;                         /* bytes of new data until the next event */
    uint32_t peer_rwnd;                        /* what it can take beyond what is under way */
    uint32_t reported_rwnd;                    /* a_rwnd of its last SACK */
    struct sctpxi_episode *episode;            /* since cwnd was reduced; recovery.h */

    /* Receiving. */
    uint32_t advertised_rwnd;                  /* in the last SACK */
    uint32_t promised_bytes;                   /* what is left of it */
    uint32_t window_bytes;                     /* receive buffer now, up to rcvbuf_bytes: */
    uint32_t setup_rtt_us;                     /* window_growth.h */
    sctpx_time window_round_at;
    uint64_t window_round_bytes;               /* that the user had read then */
    struct sctpxi_arrivals arrivals;
    uint32_t receive_epoch;                    /* when the last DATA came */
    uint16_t long_chunk_bytes;                 /* the peer's longest, if longer than the buffer */
    uint16_t hb_burst_sent;
    size_t former_limit_bytes;                 /* of the buffer, while it holds more than it may */
    struct sctpxi_rx_tracker tracker;
    struct sctpxi_reasm reasm;

    struct sctpxi_control_list controls;       /* encoded chunks that wait for a packet */
    uint64_t sent_bytes, received_bytes;
    uint64_t sent_chunks, received_chunks;
    uint64_t sent_packets, received_packets;
    struct sctpxi_tx_queue queue;

    /* ---- seldom touched ------------------------------------------------------------------- */

    TAILQ_ENTRY(sctpx_assoc) all_link;         /* every association of the endpoint */
    TAILQ_ENTRY(sctpx_assoc) wait_link;        /* while it waits: to be set up, or accepted */
    int error;                                 /* why it is CLOSED */
    uint32_t t1_t2_expiries;                   /* T1 expiries (5.1.6) or T2 expiries (9.2) */
    uint32_t local_tie, remote_tie;            /* tie-tags: nonces, 0 = not drawn yet (5.2.2) */
    uint32_t cookie_extra_ms;                  /* Cookie Preservative to ask for */
    struct sctpxi_tsn fast_recovery_exit;
    struct sctpxi_tsn tail_probe_tsn;
    sctpx_time hb_burst_until;                 /* end of the RTO that hb_burst_sent counts in */
    sctpx_time setup_sent_at;                  /* INIT or COOKIE ECHO, for the first RTT */
    uint8_t *cookie;                           /* the peer's, until COOKIE ACK */
    uint8_t *reason;                           /* of the last ERROR or ABORT: */
    uint16_t reason_length, reason_cause;
    uint16_t cookie_length;
    uint8_t stale_cookies;                     /* Stale Cookie errors so far */
    uint32_t retransmitted_chunks, duplicate_chunks;
    uint32_t t3_timeouts, fast_retransmits;
    uint64_t retransmitted_bytes;
};

/*
 * A new association in CLOSED with ports and a fresh local tag, known to the endpoint but not yet
 * to the demux. local_tag 0 draws one. SCTPX_ENOMEM, SCTPX_ELIMIT.
 */
int sctpxi_assoc_new(sctpx_endpoint *endpoint, const sctpx_assoc_options *options,
                     uint16_t local_port, uint16_t remote_port, uint32_t local_tag,
                     sctpx_assoc **ret_assoc);

/* Frees it whatever its state is, without a word to anyone. */
void sctpxi_assoc_destroy(sctpx_assoc *a);

/* The only place that changes the state; asserts that RFC 9260 4 knows the transition. */
void sctpxi_assoc_set_state(sctpx_assoc *a, enum sctpx_assoc_state state);

/* A set of one state; sets are joined with |. Short, for the tables that are full of them. */
#define IN(state) (1u << (state))

/* Whether the state is one of such a set. */
static inline bool sctpxi_assoc_is_in(const sctpx_assoc *a, unsigned states)
{
    return (states >> a->state & 1u) != 0;
}

/* Where new data goes: the primary path, or if that is not usable another one (6.4). */
static inline uint8_t sctpxi_path_for_data(const sctpx_assoc *a)
{
    const struct sctpxi_path *primary = &a->paths[a->primary];
    bool is_usable = primary->is_confirmed && primary->is_active;
    return is_usable ? a->primary : sctpxi_path_instead_of_primary(a);
}

/* Losses are found by time (rack.h), and tails are probed (tail_probe.h). */
static inline bool sctpxi_assoc_uses_rack(const sctpx_assoc *a)
{
    return a->opt->loss_detection == SCTPX_LOSS_RACK;
}

/* ESTABLISHED or later, not CLOSED. */
bool sctpxi_assoc_is_up(const sctpx_assoc *a);

/* Becomes ESTABLISHED: T1 stops, heartbeats and path verification start, the user is told. */
void sctpxi_assoc_on_established(sctpx_assoc *a, sctpx_time now);

/*
 * Enters CLOSED for a reason: no timer runs, nothing is sent, the demux forgets it; what was
 * received stays readable, and what was not acknowledged waits to be taken as failed. A waiting
 * association nobody can want any more is destroyed, and so is one the user has left: nobody may
 * touch it after this call.
 */
void sctpxi_assoc_close(sctpx_assoc *a, int error);

/* Notes cause code and bytes (at most 256 are kept) for the events that tell them. */
void sctpxi_assoc_set_reason(sctpx_assoc *a, uint16_t cause, const uint8_t *bytes, size_t length);

/* It may have something to send: the next transmit looks. */
void sctpxi_assoc_want_output(sctpx_assoc *a);

/* Asks for chunks of enum sctpxi_pending. */
void sctpxi_assoc_ask(sctpx_assoc *a, unsigned pending);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Sent DATA chunks that are not yet cumulatively acknowledged (RFC 9260 6.2.1, 6.3.3, 7.2.4). A
 * ring indexed by TSN, which exists only while something is outstanding. What was acknowledged by
 * gap blocks is also known as runs of TSNs, so that a SACK costs time proportional to the edges of
 * its blocks and of the runs, plus the chunks it newly tells something about: no chunk is passed
 * over on the way to another one, for that is what sets of them are kept for (base/slotset.h). A
 * malformed or lying SACK is refused before anything changes.
 *
 * Four files: outstanding.c (the ring and its accounts), sack_process.c (acknowledgements),
 * fast_retransmit.c (missing reports), outstanding_mark.c (retransmission).
 */
#ifndef SCTPXI_ENGINE_OUTSTANDING_H
#define SCTPXI_ENGINE_OUTSTANDING_H

#include "base/serial.h"
#include "engine/tx_queue.h"
#include "wire/sack.h"

enum sctpxi_sent_state {
    SCTPXI_SENT_IN_FLIGHT, /* counts in the flight of its path */
    SCTPXI_SENT_GAP_ACKED, /* reported in a gap block; may be taken back (reneging) */
    SCTPXI_SENT_MARKED     /* to be retransmitted; no longer in flight */
};

/*
 * Sets of outstanding chunks, to find the next one of a kind. What was sent once, is in flight and
 * on the main path is in the first two and in no other, and so are all free slots: sets need to be
 * touched only for the others.
 */
enum sctpxi_sent_set {
    SCTPXI_SENT_SET_MISSABLE, /* in flight, and the third missing report will mark it */
    SCTPXI_SENT_SET_MAIN,     /* in flight or marked, on the main path */
    SCTPXI_SENT_SET_MARKED,
    SCTPXI_SENT_SET_PATH, /* in flight or marked, on path 0, unless main; and so on for others */
    SCTPXI_SENT_SETS = SCTPXI_SENT_SET_PATH + SCTPX_MAX_PATHS
};

/*
 * At most this many chunks are outstanding: a gap block cannot name a TSN further ahead (3.3.4),
 * and so no stream has more than 2^16 - 1 messages in the send window (6.1).
 */
#define SCTPXI_MAX_OUTSTANDING 65535u

/* One chunk: which part of which message, and where it is. */
struct sctpxi_sent {
    struct sctpxi_tx_message *message;
    sctpx_time sent_at; /* last transmission */
    uint32_t offset;
    struct sctpxi_tsn earlier; /* in flight: what was sent before it, and */
    struct sctpxi_tsn later;   /* after it; see sctpxi_outstanding.oldest */
    uint16_t length;           /* payload bytes */
    struct sctpxi_ssn ssn;
    uint8_t state;  /* enum sctpxi_sent_state */
    uint8_t path;   /* index of the path it was last sent on */
    uint8_t misses; /* missing reports, RFC 9260 7.2.4 */
    bool is_first, is_last;
    bool asked_for_sack;         /* sent with the I bit (RFC 7053) */
    bool was_acked;              /* once, though it may have been taken back since */
    bool was_retransmitted;      /* Karn: no RTT from it */
    bool was_fast_retransmitted; /* or marked for it: at most once per chunk, RFC 9260 7.2.4 5) */
};

/* What is in flight on a path: whole DATA chunks with padding, as cwnd counts (RFC 9260 7.2). */
struct sctpxi_flight {
    uint32_t bytes;
    uint32_t chunks;
};

struct sctpxi_outstanding {
    struct sctpxi_pool *pool;
    struct sctpxi_tx_queue *queue; /* told of acknowledged bytes, and gets messages back */
    struct sctpxi_sent *ring;      /* by TSN & (capacity - 1); NULL while nothing is outstanding */
    uint64_t *sets;                /* behind the ring: enum sctpxi_sent_set, of its slots */
    uint32_t capacity;
    uint8_t former_shift; /* log2 of the capacity of the ring given back last; 0 = none */
    uint8_t main_path;    /* where most go: that of the first one since nothing was outstanding */
    struct sctpxi_tsn cum_ack; /* Cumulative TSN Ack Point of the peer */
    struct sctpxi_tsn next;    /* next TSN to assign; outstanding is (cum_ack, next) */
    uint16_t *runs;            /* behind the sets: gap_runs.h's, */
    uint32_t run_at;           /* the number of the first of them in this list, and */
    uint32_t gap_runs;         /* how many runs of gap-acked chunks there are */
    uint32_t gap_acked_count;  /* chunks in them */
    uint32_t marked_count;
    size_t marked_bytes;       /* payload */
    size_t total_flight_bytes; /* payload in flight on all paths: what the peer's rwnd lacks */
    uint32_t taken_back;       /* times that a chunk was reneged on, in all */
    uint32_t looked_at;        /* times that one was looked at for a missing report; for tests */
    sctpx_time last_resent_at; /* the last retransmission of any chunk */
    struct sctpxi_tsn oldest;  /* ends of the list of what is in flight, in the order of sending: */
    struct sctpxi_tsn newest;  /* valid while total_flight_bytes > 0 */
    struct sctpxi_tsn highest_acked; /* of all paths, by gap or cumulatively */
    bool ignores_misses;             /* losses are found by time (rack.h), not by missing reports */
    struct sctpxi_flight *flight;    /* before the ring: by path */
};

/* Bytes are those of whole DATA chunks, as in struct sctpxi_flight. */
struct sctpxi_sack_path_result {
    size_t flight_before;   /* in flight before the SACK */
    size_t acked_bytes;     /* acknowledged for the first time, cumulatively or by gap */
    size_t lost_bytes;      /* newly marked for fast retransmit */
    sctpx_time rtt_sent_at; /* when the chunk of the RTT sample was sent */
    bool is_answered;       /* one of its chunks that was not yet given up for lost: it lives */
    bool cum_acked;         /* some of its chunks were passed by the cumulative point */
    bool earliest_acked;    /* its earliest outstanding chunk was acknowledged: restart T3 */
    bool is_reordered;      /* acknowledged after a later one, though sent only once */
    bool has_rtt;           /* RTT sample: newest newly acknowledged chunk that may give one */

    /* When the newest of what is newly acknowledged was sent, of those sent once and of those sent
     * again (of which an earlier copy may have arrived); 0 = none. And the TSN. */
    sctpx_time newest_sent_at, newest_resent_at;
    struct sctpxi_tsn newest_tsn, newest_resent_tsn;
};

struct sctpxi_sack_result {
    bool is_old; /* cumulative ack before ours: dropped, nothing changed (6.2.1 i) */
    bool cum_advanced;
    bool all_acked;        /* nothing outstanding is left */
    bool reneged;          /* a gap-acked chunk was taken back */
    uint32_t newly_marked; /* chunks newly marked for fast retransmit */
    uint32_t came_late;    /* marked ones that arrived before they were sent again */
    struct sctpxi_sack_path_result path[SCTPX_MAX_PATHS];
};

/* No memory is taken before the first reserve. initial: the TSN of the first chunk. */
void sctpxi_outstanding_init(struct sctpxi_outstanding *o, struct sctpxi_pool *pool,
                             struct sctpxi_tx_queue *queue, struct sctpxi_tsn initial);

/* Lets go of every message, without accounting anything as acknowledged. */
void sctpxi_outstanding_done(struct sctpxi_outstanding *o);

/*
 * Room for one more chunk. SCTPX_ENOMEM, SCTPX_ELIMIT (SCTPXI_MAX_OUTSTANDING). Call before taking
 * a fragment.
 */
int sctpxi_outstanding_reserve(struct sctpxi_outstanding *o);

/*
 * Assigns the next TSN to a fragment just taken and sent on a path; takes over the holder of its
 * message. Cannot fail after reserve.
 */
struct sctpxi_tsn sctpxi_outstanding_add(struct sctpxi_outstanding *o,
                                         const struct sctpxi_tx_fragment *fragment, uint8_t path,
                                         sctpx_time now);

uint32_t sctpxi_outstanding_count(const struct sctpxi_outstanding *o);

/* What of it is in flight on a path. */
static inline struct sctpxi_flight sctpxi_outstanding_flight(const struct sctpxi_outstanding *o,
                                                             uint8_t path)
{
    return o->flight != NULL ? o->flight[path] : (struct sctpxi_flight){0, 0};
}

/* The chunk with this TSN, which must be outstanding. Valid until the next reserve or SACK. */
struct sctpxi_sent *sctpxi_outstanding_at(const struct sctpxi_outstanding *o,
                                          struct sctpxi_tsn tsn);

/*
 * Works a SACK in. fast_recovery_exit is NULL outside fast recovery. Missing reports follow
 * RFC 9260 7.2.4: they count for TSNs below the highest newly acknowledged one (HTNA), and for all
 * that are missing when a SACK advances the cumulative point in fast recovery.
 * 0 with ret_result filled, or SCTPX_EPROTO with nothing changed: it acknowledges what was never
 * sent, or its gap blocks are out of order, overlapping or empty, or begin right after the
 * cumulative TSN. Blocks that touch each other are taken as one.
 */
int sctpxi_outstanding_on_sack(struct sctpxi_outstanding *o, const struct sctpxi_sack *sack,
                               const struct sctpxi_tsn *fast_recovery_exit,
                               struct sctpxi_sack_result *ret_result);

/*
 * Only the cumulative point of a SHUTDOWN chunk (RFC 9260 9.2); results as above. It says nothing
 * about gaps, so those stay as they are and nothing is reported missing; but what follows the point
 * directly cannot be with the peer, and is taken back if it was.
 */
int sctpxi_outstanding_on_cum_ack(struct sctpxi_outstanding *o, struct sctpxi_tsn cum,
                                  struct sctpxi_sack_result *ret_result);

/*
 * T3-rtx ran out on a path (6.3.3 E3): everything in flight there is marked. Returns the chunks
 * marked.
 */
uint32_t sctpxi_outstanding_mark_path(struct sctpxi_outstanding *o, uint8_t path);

/* A chunk in flight is taken for lost before T3-rtx expires: it is marked (7.2.4). */
void sctpxi_outstanding_mark_lost(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                                  struct sctpxi_sent *chunk);

/* Whether no unacknowledged chunk of the path has a lower TSN (6.3.2 R1, R3). */
bool sctpxi_outstanding_is_earliest(const struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                                    uint8_t path);

/* Lowest marked chunk: fills its TSN and returns true; false if none is marked. */
bool sctpxi_outstanding_next_marked(const struct sctpxi_outstanding *o, struct sctpxi_tsn *ret_tsn);

/*
 * A marked chunk was sent again on a path. fast: as a fast retransmission, so that it cannot have
 * another one (marking for it has noted that already).
 */
void sctpxi_outstanding_resent(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn, uint8_t path,
                               sctpx_time now, bool fast);

/*
 * Path i has the number to[i] now; SCTPX_MAX_PATHS or more: it is gone, and what went there last
 * counts as sent on path 0. Nothing may be in flight.
 */
void sctpxi_outstanding_renumber(struct sctpxi_outstanding *o, const uint8_t *to);

/* Whether anything in flight (not gap-acked, not marked) is on this path: T3 must run. */
static inline bool sctpxi_outstanding_has_flight(const struct sctpxi_outstanding *o, uint8_t path)
{
    return o->flight != NULL && o->flight[path].chunks > 0;
}

/* ---- among the files of this module ------------------------------------------------------- */

/* Takes a chunk out of the accounts of its state. */
void sctpxi_outstanding_leave(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                              const struct sctpxi_sent *chunk);

/* Puts it into a state (on its path) and into the accounts of that. */
void sctpxi_outstanding_enter(struct sctpxi_outstanding *o, struct sctpxi_tsn tsn,
                              struct sctpxi_sent *chunk, enum sctpxi_sent_state state);

/* Which set an unacknowledged chunk of this path is in. */
unsigned sctpxi_outstanding_path_set(const struct sctpxi_outstanding *o, uint8_t path);

/* The lowest outstanding chunk of a set from this TSN on, which may be the next one to assign. */
bool sctpxi_outstanding_find(const struct sctpxi_outstanding *o, unsigned set,
                             struct sctpxi_tsn from, struct sctpxi_tsn *ret_tsn);

/* Gives the ring back when nothing is outstanding. */
void sctpxi_outstanding_trim(struct sctpxi_outstanding *o);

#endif

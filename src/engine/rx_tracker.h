/* SPDX-License-Identifier: MIT */
/*
 * Which TSNs have arrived, and what the next SACK must say (RFC 9260 6.2, 6.7, 3.3.4). Knows
 * nothing of the bytes. Bounded: at most SCTPXI_RX_MAX_RANGES gap blocks and SCTPXI_RX_MAX_DUPS
 * duplicates are remembered, and nothing beyond cum + 65535 is taken (a gap block could not name
 * it).
 */
#ifndef SCTPXI_ENGINE_RX_TRACKER_H
#define SCTPXI_ENGINE_RX_TRACKER_H

#include "base/alloc.h"
#include "base/serial.h"
#include "wire/sack.h"

#define SCTPXI_RX_MAX_RANGES 1024u
#define SCTPXI_RX_MAX_DUPS 16u

struct sctpxi_tsn_range {
    struct sctpxi_tsn first, last; /* both included */
};

enum sctpxi_rx_verdict {
    SCTPXI_RX_NEW,       /* not seen before; sctpxi_rx_tracker_commit() will take it */
    SCTPXI_RX_DUPLICATE, /* seen before */
    SCTPXI_RX_UNWANTED   /* too far ahead, too many gaps, or no memory: drop as if lost */
};

struct sctpxi_rx_tracker {
    struct sctpxi_tsn cum; /* Cumulative TSN Ack Point */
    uint16_t range_count;
    uint8_t range_shift; /* log2 of the room for them; 0 = none */
    uint8_t dup_count;
    struct sctpxi_tsn_range *ranges; /* ascending, disjoint, not adjacent, all beyond cum + 1 */
    uint32_t *dups;                  /* TSN values seen again since the last SACK; NULL = never */
    struct sctpxi_alloc *alloc;
};

/* initial: the peer's Initial TSN; cum starts one before it. No memory is taken yet. */
void sctpxi_rx_tracker_init(struct sctpxi_rx_tracker *t, struct sctpxi_alloc *alloc,
                            struct sctpxi_tsn initial);
void sctpxi_rx_tracker_done(struct sctpxi_rx_tracker *t);

/*
 * Says what this TSN is, without changing which TSNs are known. cum + 1 is always NEW, whatever
 * the bounds.
 */
enum sctpxi_rx_verdict sctpxi_rx_tracker_check(struct sctpxi_rx_tracker *t, struct sctpxi_tsn tsn);

/* Notes a NEW one as received. Never fails after check() said NEW (that reserved the memory). */
void sctpxi_rx_tracker_commit(struct sctpxi_rx_tracker *t, struct sctpxi_tsn tsn);

/* Notes a DUPLICATE for the next SACK; over the bound, or without memory, it is not reported. */
void sctpxi_rx_tracker_note_duplicate(struct sctpxi_rx_tracker *t, struct sctpxi_tsn tsn);

/* True while TSNs are missing before some that arrived. */
bool sctpxi_rx_tracker_has_gaps(const struct sctpxi_rx_tracker *t);

/* Highest TSN received, cum if there are no gaps. */
struct sctpxi_tsn sctpxi_rx_tracker_highest(const struct sctpxi_rx_tracker *t);

/*
 * Gap blocks as offsets from cum, lowest first (RFC 9260 3.3.4), at most max. Returns how many.
 */
size_t sctpxi_rx_tracker_gaps(const struct sctpxi_rx_tracker *t, struct sctpxi_sack_gap *ret_gaps,
                              size_t max);

/* Forgets the noted duplicates, after they went out in a SACK. */
void sctpxi_rx_tracker_sack_sent(struct sctpxi_rx_tracker *t);

#endif

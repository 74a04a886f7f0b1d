/* SPDX-License-Identifier: MIT */
/*
 * What the files of the reassembly share: its objects, and the steps from a chunk to a readable
 * message. Nobody else includes this.
 */
#ifndef SCTPXI_ENGINE_REASM_INTERNAL_H
#define SCTPXI_ENGINE_REASM_INTERNAL_H

#include "engine/reasm.h"

/*
 * One DATA chunk. Fields marked (first) mean something only in the first one of a run, message or
 * piece. A chunk is in exactly one place: inside a message (only `next`), an end of a run in the
 * ring, the head of a message that waits for its SSN, or the head of a listed message.
 */
struct sctpxi_rx_message {
    struct sctpxi_rx_message *next; /* chunk of the same message */
    union {
        struct {
            struct sctpxi_rx_message *other;   /* end of the run, in the last one its beginning */
            struct sctpxi_rx_message *chained; /* in the same slot of a table */
            uint32_t key;                      /* in that table: TSN or SSN */
        } run;
        struct {
            TAILQ_ENTRY(sctpxi_rx_message) all;
            TAILQ_ENTRY(sctpxi_rx_message) of_stream;
        } listed;
    };
    struct sctpxi_rx_stream *stream;
    size_t bytes; /* (first) payload of all chunks, less what was consumed */
    struct sctpxi_tsn tsn;
    uint32_t ppid; /* (first) */
    struct sctpxi_ssn ssn;
    uint16_t length;     /* payload of this chunk */
    uint16_t taken;      /* (first) how much of that was consumed */
    uint8_t chunk_flags; /* enum sctpxi_data_flag */
    uint8_t msg_flags;   /* (first) enum sctpx_msg_flags, once it is readable */
    uint8_t payload[];
};

/* Receive state and totals of one stream; made by its first chunk. */
struct sctpxi_rx_stream {
    TAILQ_ENTRY(sctpxi_rx_stream) fresh;
    SLIST_ENTRY(sctpxi_rx_stream) used;
    struct sctpxi_rx_message_list readable;
    size_t readable_bytes;
    uint64_t taken_bytes, taken_messages; /* by the user, since the start */
    uint32_t readable_messages;
    struct sctpxi_rx_table waiting; /* whole ordered messages that others must precede, by SSN */
    struct sctpxi_tsn last_tsn;     /* end of the ordered message delivered last */
    struct sctpxi_ssn next_ssn;     /* of the ordered message to deliver next */
    uint16_t number;
    bool has_delivered; /* an ordered message; last_tsn means something */
    bool is_fresh;
    bool is_used; /* since the last restart */
    bool is_partial; /* a message is being handed over in pieces */
};

/* Where a new chunk belongs; found before anything is changed. */
struct sctpxi_rx_place {
    struct sctpxi_rx_stream *stream;  /* NULL = must be made */
    struct sctpxi_rx_message *before; /* last chunk of the run it continues, or NULL */
    struct sctpxi_rx_message *after;  /* first chunk of the run that continues it, or NULL */
    size_t joined_bytes;              /* payload of these runs */
    bool is_whole;                    /* the message is complete with it */
    bool is_piece;                    /* it continues the partially delivered message */
};

static inline bool sctpxi_rx_is_unordered(const struct sctpxi_rx_message *m)
{
    return (m->chunk_flags & SCTPXI_DATA_UNORDERED) != 0;
}

/* ---- blocks: rx_message.c ---------------------------------------------------------------- */

/* Copies the chunk into a block of its own, a run of one; NULL when out of memory. */
struct sctpxi_rx_message *sctpxi_rx_message_new(struct sctpxi_reasm *r,
                                                const struct sctpxi_data *data);

/* Frees a chunk and all that follow it in its message. It must be in no list or table. */
void sctpxi_rx_message_free(struct sctpxi_reasm *r, struct sctpxi_rx_message *m);

/* ---- tables: reasm_table.c --------------------------------------------------------------- */

struct sctpxi_rx_message *sctpxi_rx_table_get(const struct sctpxi_rx_table *table, uint32_t key);

/* Any message, NULL if the table is empty. *cursor is 0 at first; only removing may go between. */
struct sctpxi_rx_message *sctpxi_rx_table_any(const struct sctpxi_rx_table *table,
                                              uint32_t *cursor);

/*
 * Makes sure the next put of this key succeeds, and grows the table if slots get crowded.
 * SCTPX_ENOMEM only if there is no table at all. One that stays empty must be trimmed.
 */
int sctpxi_rx_table_reserve(struct sctpxi_reasm *r, struct sctpxi_rx_table *table, uint32_t key);

/* Never fails after reserve. The key must not be there yet. */
void sctpxi_rx_table_put(struct sctpxi_rx_table *table, struct sctpxi_rx_message *m, uint32_t key);

/* Keeps the table's memory even if it is empty then. */
void sctpxi_rx_table_remove(struct sctpxi_rx_table *table, struct sctpxi_rx_message *m);

/* Gives the memory of an empty table back. */
void sctpxi_rx_table_trim(struct sctpxi_reasm *r, struct sctpxi_rx_table *table);

/* ---- runs: reasm_ring.c ------------------------------------------------------------------ */

/*
 * Fills in everything of *ret_place but the stream. SCTPX_EPROTO if the chunk contradicts its
 * neighbours, SCTPX_EMSGSIZE.
 */
int sctpxi_rx_ring_find(const struct sctpxi_reasm *r, const struct sctpxi_data *data,
                        struct sctpxi_rx_place *ret_place);

/*
 * Joins the chunk with its neighbours. Returns the first chunk of the run, which is out of the ring
 * if the place is a whole message or a piece, else in it (room was reserved).
 */
struct sctpxi_rx_message *sctpxi_rx_ring_join(struct sctpxi_reasm *r,
                                              const struct sctpxi_rx_place *place,
                                              struct sctpxi_rx_message *m);

/* Takes a run out of the ring, given its first chunk. */
void sctpxi_rx_ring_take(struct sctpxi_reasm *r, struct sctpxi_rx_message *head);

/* Frees everything in the ring. */
void sctpxi_rx_ring_clear(struct sctpxi_reasm *r);

/* ---- streams: reasm_stream.c ------------------------------------------------------------- */

/* A stream that is not known yet; NULL when out of memory. */
struct sctpxi_rx_stream *sctpxi_rx_stream_new(struct sctpxi_reasm *r, uint16_t number);

/* Gives back what streams have in common if there are none. */
void sctpxi_rx_extra_trim(struct sctpxi_reasm *r);

/* Makes it known. SCTPX_ENOMEM. */
int sctpxi_rx_stream_register(struct sctpxi_reasm *r, struct sctpxi_rx_stream *s);

/* It must have no messages and be in no list. */
void sctpxi_rx_stream_free(struct sctpxi_reasm *r, struct sctpxi_rx_stream *s);

/* False if the SSN of an ordered chunk is over already (RFC 9260 6.5). */
bool sctpxi_rx_stream_accepts(const struct sctpxi_reasm *r, const struct sctpxi_rx_stream *s,
                              const struct sctpxi_data *data);

/* Whether a whole ordered message with this SSN cannot be delivered yet. s NULL = a new stream. */
bool sctpxi_rx_stream_must_wait(const struct sctpxi_rx_stream *s, struct sctpxi_ssn ssn);

/* Takes a whole message: readable now, or after others. Memory for waiting was reserved. */
void sctpxi_rx_stream_take(struct sctpxi_reasm *r, struct sctpxi_rx_message *m);

/* Makes a message or piece of its stream readable. Flags besides SCTPX_MSG_UNORDERED. */
void sctpxi_rx_stream_push(struct sctpxi_reasm *r, struct sctpxi_rx_message *m, unsigned flags);

/* The ordered message it had to deliver next is over; it ended with this TSN. */
void sctpxi_rx_stream_advance(struct sctpxi_rx_stream *s, struct sctpxi_tsn last_tsn);

/* Makes readable what waits and need not. */
void sctpxi_rx_stream_drain(struct sctpxi_reasm *r, struct sctpxi_rx_stream *s);

/* Drops what waits and starts again with SSN 0. */
void sctpxi_rx_stream_reset(struct sctpxi_reasm *r, struct sctpxi_rx_stream *s);

/* ---- partial delivery: reasm_partial.c --------------------------------------------------- */

/* Hands over a run that starts where the partially delivered message goes on. */
void sctpxi_rx_partial_go_on(struct sctpxi_reasm *r, struct sctpxi_rx_message *m);

/* Forgets the partially delivered message and what was held for it. */
void sctpxi_rx_partial_clear(struct sctpxi_reasm *r);

#endif

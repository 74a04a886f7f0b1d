/* SPDX-License-Identifier: MIT */
/*
 * From DATA chunks to whole messages in order (RFC 9260 6.5, 6.6, 6.9), and the receive buffer
 * they wait in until the user reads. The tracker has already dropped duplicates: every TSN comes
 * here once.
 *
 * Every chunk is one block, a sctpxi_rx_message; the first one of a message speaks for all of it.
 * Chunks of incomplete messages that follow each other are merged into runs whose two ends know
 * each other and stand in a ring indexed by TSN, so that adding is O(1) whatever the order of
 * arrival. A whole message moves to its stream, waits there for the SSNs before it if it is
 * ordered, and then becomes readable: on its stream and in the order of arrival of all.
 */
#ifndef SCTPXI_ENGINE_REASM_H
#define SCTPXI_ENGINE_REASM_H

#include <sys/queue.h>

#include <sctpx/engine.h>

#include "base/pool.h"
#include "base/serial.h"
#include "base/sidmap.h"
#include "wire/data.h"

struct sctpxi_rx_message;
struct sctpxi_rx_stream;

TAILQ_HEAD(sctpxi_rx_message_list, sctpxi_rx_message);
TAILQ_HEAD(sctpxi_rx_stream_list, sctpxi_rx_stream);
SLIST_HEAD(sctpxi_rx_stream_pile, sctpxi_rx_stream);

/* Messages by serial number & (capacity - 1); those that share a slot are chained. */
struct sctpxi_rx_table {
    struct sctpxi_rx_message **slots;
    uint32_t capacity, count; /* capacity: a power of two, 0 while empty */
};

/* The one message that is being handed over in pieces: all its TSNs are next to cum. */
struct sctpxi_rx_partial {
    struct sctpxi_rx_stream *stream; /* NULL = there is none */
    struct sctpxi_tsn next_tsn;      /* where it goes on */
    struct sctpxi_ssn ssn;
    uint32_t ppid;
    bool is_unordered;
    struct sctpxi_rx_message_list held; /* whole unordered ones of its stream, until it is over */
};

/* Where looking ahead has come to, see reasm_look.c. */
struct sctpxi_rx_look {
    const struct sctpxi_rx_message *message, *chunk; /* NULL: nowhere; a chunk of this message */
    size_t offset;                                   /* of the chunk, from where it is read */
    int stream;
    uint64_t passed_chunks; /* so far, for tests */
};

/* What only associations that receive something have; made with the first stream. */
struct sctpxi_rx_extra {
    struct sctpxi_rx_look look;
    struct sctpxi_rx_partial partial;
};

struct sctpxi_reasm {
    struct sctpxi_pool *pool;
    struct sctpxi_rx_extra *extra;           /* NULL as long as there are no streams */
    struct sctpxi_sidmap streams;            /* struct sctpxi_rx_stream by number */
    struct sctpxi_rx_table ring;             /* both ends of every run, by TSN */
    struct sctpxi_rx_message_list readable;  /* of all streams, in order of becoming readable */
    struct sctpxi_rx_stream_list fresh;      /* streams with something new to announce */
    struct sctpxi_rx_stream_pile used;       /* streams used since the last restart */
    bool has_totals;                         /* something was taken: streams count it */
    bool has_done;                           /* done_first and done_last mean something */
    struct sctpxi_tsn done_first, done_last; /* TSNs of the message that became whole last */
    uint32_t chunk_bytes;     /* what all chunks so far have taken, without tables; it wraps */
    size_t max_message_bytes; /* may be set after init; SIZE_MAX */
    size_t readable_bytes, readable_messages;
    size_t payload_bytes;    /* of all chunks held, until all of a chunk was consumed */
    size_t used_bytes;       /* everything held, overhead included */
    size_t stream_bytes;     /* what of it stays: streams and their map */
    size_t incomplete_bytes; /* payload of fragments that wait for others */
};

/* No memory is taken before the first fragment. */
void sctpxi_reasm_init(struct sctpxi_reasm *r, struct sctpxi_pool *pool);
void sctpxi_reasm_done(struct sctpxi_reasm *r);

/*
 * Takes one DATA chunk (payload is copied once). 0, or
 *   SCTPX_ENOMEM    drop it as if lost, nothing has changed,
 *   SCTPX_EMSGSIZE  its message gets longer than max_message_bytes, nothing has changed,
 *   SCTPX_EPROTO    it contradicts its neighbours (a middle without a beginning, another stream or
 *                   SSN inside one message, an SSN that was delivered already or is waiting
 *                   already) or is empty: abort with Protocol Violation, nothing has changed.
 */
int sctpxi_reasm_add(struct sctpxi_reasm *r, const struct sctpxi_data *data);

/*
 * What adding a chunk with this much payload will add to used_bytes, but for the ring and the
 * stream, which may have to grow or to be made for it.
 */
size_t sctpxi_reasm_cost(size_t payload_bytes);

/*
 * Oldest readable message of a stream or of SCTPX_ANY_STREAM; NULL if there is none. It stays
 * where it is and belongs to the reassembly.
 */
struct sctpxi_rx_message *sctpxi_reasm_first(const struct sctpxi_reasm *r, int stream);

/* What a message (or what is left of it) is. */
void sctpxi_rx_message_info(const struct sctpxi_rx_message *m, sctpx_rcvinfo *ret_info);

/* Copies up to capacity bytes of it from an offset; returns how many. */
size_t sctpxi_rx_message_copy(const struct sctpxi_rx_message *m, size_t offset, void *buffer,
                              size_t capacity);

/*
 * Copies what is readable on a stream or on SCTPX_ANY_STREAM, one message after the other, from an
 * offset on; returns how many bytes. Looks that go on where the last one ended, or behind, cost
 * what they pass over.
 */
size_t sctpxi_reasm_copy(const struct sctpxi_reasm *r, int stream, size_t offset, void *buffer,
                         size_t capacity);

/*
 * Takes n bytes (at most what is left) off the front of a readable message; when nothing is left
 * the message is gone. Chunks that are used up give their memory back at once, so the pointer must
 * not be used any more: what is left is the first of its stream still. It has SCTPX_MSG_FIRST no
 * more, and the TSN of its first chunk that is left.
 */
void sctpxi_reasm_consume(struct sctpxi_reasm *r, struct sctpxi_rx_message *m, size_t n);

/*
 * Next stream that got something readable since it was last returned here and has not been read
 * empty since; -1 if none.
 */
int sctpxi_reasm_next_fresh(struct sctpxi_reasm *r);

/* Every stream with something readable is one that was not returned there yet. */
void sctpxi_reasm_renew(struct sctpxi_reasm *r);

/* Bytes readable on one stream. */
size_t sctpxi_reasm_stream_bytes(const struct sctpxi_reasm *r, uint16_t stream);

/* Fills in the fields of what was received; they stay 0 if nothing ever was on this stream. */
void sctpxi_reasm_stream_status(const struct sctpxi_reasm *r, uint16_t stream,
                                sctpx_stream_status *ret_status);

/*
 * Partial delivery (RFC 9260 6.9), called when the buffer is full and nothing is readable: makes
 * the part that has arrived of the oldest incomplete message readable, if it starts with its first
 * fragment, all its TSNs up to here are <= cum, and (ordered) its SSN is the stream's next. Returns
 * true if anything was made readable.
 *
 * The rest of the message becomes readable by itself as further pieces when it arrives; until its
 * last one nothing else of its stream does. Pieces are flagged SCTPX_MSG_FIRST or SCTPX_MSG_LAST if
 * they are that, and SCTPX_MSG_PARTIAL if they are not the last. max_message_bytes does not count
 * what was handed over.
 */
bool sctpxi_reasm_deliver_partly(struct sctpxi_reasm *r, struct sctpxi_tsn cum);

/*
 * The peer restarted (RFC 9260 5.2.4.1): incomplete messages, waiting ones and stream numbers are
 * forgotten, and so is the rest of a message handed over in part; what was readable stays readable.
 * Streams that the user has read from stay, with their totals. Costs as much as the chunks since
 * the last restart did, and not more for streams used before it.
 */
void sctpxi_reasm_restart(struct sctpxi_reasm *r);

#endif

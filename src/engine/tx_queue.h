/* SPDX-License-Identifier: MIT */
/*
 * Messages the user has written and that have no TSN yet. One queue per stream, made on first
 * use; the scheduler (sched.h) chooses whose turn it is. A message that has begun is finished
 * first, since the TSNs of its fragments must follow each other (RFC 9260 6.9).
 */
#ifndef SCTPXI_ENGINE_TX_QUEUE_H
#define SCTPXI_ENGINE_TX_QUEUE_H

#include <sys/queue.h>

#include <sctpx/engine.h>

#include "base/pool.h"
#include "base/serial.h"
#include "base/sidmap.h"
#include "engine/tx_message.h"

STAILQ_HEAD(sctpxi_tx_message_list, sctpxi_tx_message);
TAILQ_HEAD(sctpxi_tx_message_order, sctpxi_tx_message);

struct sctpxi_tx_stream {
    TAILQ_ENTRY(sctpxi_tx_stream) turn;   /* the scheduler's */
    TAILQ_ENTRY(sctpxi_tx_stream) report; /* while acked_bytes is to be reported */
    SLIST_ENTRY(sctpxi_tx_stream) used;
    struct sctpxi_tx_message_list messages;
    size_t unacked_bytes;               /* queued and not yet acknowledged, payload only */
    size_t acked_bytes;                 /* acknowledged since last reported */
    void *acked_context;                /* of the last message acknowledged whole */
    uint64_t sent_bytes, sent_messages; /* acknowledged, since the start */
    uint32_t unacked_messages;
    struct sctpxi_ssn next_ssn;
    uint16_t sid;
    bool is_reported; /* is in the report list */
    bool is_used;     /* since the last restart */
};
TAILQ_HEAD(sctpxi_tx_stream_list, sctpxi_tx_stream);
SLIST_HEAD(sctpxi_tx_stream_pile, sctpxi_tx_stream);

struct sctpxi_scheduler;

struct sctpxi_tx_queue {
    struct sctpxi_pool *pool;
    const struct sctpxi_scheduler *scheduler;
    struct sctpxi_sidmap streams;
    struct sctpxi_tx_stream_list circle;  /* the scheduler's: streams with messages */
    struct sctpxi_tx_stream_list reports; /* streams with acked_bytes to tell the user */
    struct sctpxi_tx_stream *current;     /* whose first message has begun; NULL between messages */
    uint32_t offset;                      /* bytes already taken of that message */
    struct sctpxi_ssn ssn;                /* and its SSN */
    size_t unsent_bytes;                  /* payload without a TSN yet */
    size_t message_count;                 /* messages held by anybody, but failed ones */
    size_t unacked_bytes;                 /* payload queued or outstanding: the send buffer */
    size_t told_bytes;                    /* payload acknowledged, but that is still to be told */

    /* tx_outcome.h */
    struct sctpxi_tx_message_order living; /* not acknowledged, in the order of writing */
    struct sctpxi_tx_message_list steps;   /* with steps to be told */
    struct sctpxi_tx_message_order failed;
    struct sctpxi_tx_message *handed_out; /* the failed one that was taken last */

    struct sctpxi_tx_stream_pile used; /* streams used since the last restart */
};

/* The largest payload of one DATA chunk: its length field has 16 bits (RFC 9260 3.3.1). */
#define SCTPXI_TX_MAX_FRAGMENT_BYTES 65519u

/* What to send next: a view, valid until the queue changes. */
struct sctpxi_tx_fragment {
    struct sctpxi_tx_message *message;
    size_t offset;
    size_t length;
    struct sctpxi_ssn ssn; /* 0 for unordered */
    bool is_first, is_last;
};

/* Empty, with the round robin scheduler. No memory is taken before the first message. */
void sctpxi_tx_queue_init(struct sctpxi_tx_queue *q, struct sctpxi_pool *pool);

/*
 * Frees what is queued; messages still held by sent fragments live on until those let go, which
 * may be after this call.
 */
void sctpxi_tx_queue_done(struct sctpxi_tx_queue *q);

/*
 * Copies a message of at least one byte into the queue, or borrows its bytes (info->release, which
 * is called when the last holder lets go; not if this fails). SCTPX_ENOMEM, also for one more
 * stream while memory is short and the streams take their share of it. Other limits are the
 * caller's.
 */
int sctpxi_tx_queue_push(struct sctpxi_tx_queue *q, const void *data, size_t length,
                         const sctpx_sndinfo *info);

bool sctpxi_tx_queue_is_empty(const struct sctpxi_tx_queue *q);

/* The next fragment with at most max_bytes (> 0) payload; false if nothing is queued. */
bool sctpxi_tx_queue_peek(const struct sctpxi_tx_queue *q, size_t max_bytes,
                          struct sctpxi_tx_fragment *ret_fragment);

/*
 * Takes exactly the fragment that was peeked. Its message gets one more holder, for whoever sends
 * it; after the last fragment the queue lets go of the message and the turn passes on.
 */
void sctpxi_tx_queue_take(struct sctpxi_tx_queue *q, const struct sctpxi_tx_fragment *fragment);

/* One holder less; frees the message with the last one. */
void sctpxi_tx_queue_release(struct sctpxi_tx_queue *q, struct sctpxi_tx_message *message);

/*
 * The peer acknowledged a fragment of this message cumulatively: accounts its bytes, and notes
 * them for reports. Its holder has still to be released.
 */
void sctpxi_tx_queue_on_acked(struct sctpxi_tx_queue *q, struct sctpxi_tx_message *message,
                              size_t bytes);

/*
 * Next stream with acknowledged bytes to report: fills all three and returns true. The context is
 * that of the last message acknowledged whole, NULL if there was none yet.
 */
bool sctpxi_tx_queue_next_report(struct sctpxi_tx_queue *q, uint16_t *ret_stream, size_t *ret_bytes,
                                 void **ret_context);

/* Whether a message waits on a stream of this number or above. */
bool sctpxi_tx_queue_reaches(const struct sctpxi_tx_queue *q, uint32_t stream);

/* Unacknowledged payload of one stream. */
size_t sctpxi_tx_queue_stream_bytes(const struct sctpxi_tx_queue *q, uint16_t stream);

/* Fills in the fields of what was written; they stay 0 if nothing ever was on this stream. */
void sctpxi_tx_queue_stream_status(const struct sctpxi_tx_queue *q, uint16_t stream,
                                   sctpx_stream_status *ret_status);

/*
 * Restart of the peer (RFC 9260 5.2.4.1), or the end: drops every queued message, forgets what was
 * unacknowledged (sctpxi_outstanding_done() lets go of that) and starts all SSNs at 0 again. What
 * was acknowledged before is still reported and counted; messages that are to be told of as failed
 * have to be noted before (sctpxi_tx_outcome_fail_all()). Costs as much as the streams used since
 * the last restart, not as all that were ever used.
 */
void sctpxi_tx_queue_restart(struct sctpxi_tx_queue *q);

#endif

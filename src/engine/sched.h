/* SPDX-License-Identifier: MIT */
/*
 * Stream schedulers: which stream's message goes next. One table each; the queue (tx_queue.h) owns
 * the messages and finishes what it has begun, a scheduler only keeps the order of the streams, in
 * the queue's circle and the streams' turn links. sched_rr.c: round robin, message by message.
 */
#ifndef SCTPXI_ENGINE_SCHED_H
#define SCTPXI_ENGINE_SCHED_H

#include "engine/tx_queue.h"

struct sctpxi_scheduler {
    const char *name;

    /* Whose first message is next; NULL if nothing is queued. Asking changes nothing. */
    struct sctpxi_tx_stream *(*pick)(const struct sctpxi_tx_queue *q);

    /* A message was appended to the stream; was_empty: it is the only one there. */
    void (*on_enqueue)(struct sctpxi_tx_queue *q, struct sctpxi_tx_stream *stream, bool was_empty);

    /* The first message was taken off the stream whole; more may be left in it. */
    void (*on_message_done)(struct sctpxi_tx_queue *q, struct sctpxi_tx_stream *stream);
};

extern const struct sctpxi_scheduler sctpxi_sched_rr;

#endif

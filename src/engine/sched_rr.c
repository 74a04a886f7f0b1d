/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "engine/sched.h"

/*
 * The circle holds the streams with messages in the order of their turns; its head is next. Every
 * message sent moves its stream to the end, so the position survives while other streams come and
 * go, and no stream can wait longer than one message of each other one.
 */

static struct sctpxi_tx_stream *rr_pick(const struct sctpxi_tx_queue *q)
{
    return TAILQ_FIRST(&q->circle);
}

static void rr_on_enqueue(struct sctpxi_tx_queue *q, struct sctpxi_tx_stream *stream,
                          bool was_empty)
{
    if (was_empty)
        TAILQ_INSERT_TAIL(&q->circle, stream, turn);
}

static void rr_on_message_done(struct sctpxi_tx_queue *q, struct sctpxi_tx_stream *stream)
{
    assert(stream == TAILQ_FIRST(&q->circle));
    TAILQ_REMOVE(&q->circle, stream, turn);
    if (!STAILQ_EMPTY(&stream->messages))
        TAILQ_INSERT_TAIL(&q->circle, stream, turn);
}

const struct sctpxi_scheduler sctpxi_sched_rr = {
    .name = "rr",
    .pick = rr_pick,
    .on_enqueue = rr_on_enqueue,
    .on_message_done = rr_on_message_done,
};

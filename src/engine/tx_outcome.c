/* SPDX-License-Identifier: MIT */
#include "engine/tx_outcome.h"

#include <assert.h>

void sctpxi_tx_outcome_init(struct sctpxi_tx_queue *q)
{
    TAILQ_INIT(&q->living);
    TAILQ_INIT(&q->failed);
    STAILQ_INIT(&q->steps);
    q->handed_out = NULL;
    q->told_bytes = 0;
}

/* ---- reports ------------------------------------------------------------------------------ */

/* The link is free: the stream's queue needs it only until the last fragment is taken. */
static void add_step(struct sctpxi_tx_queue *q, struct sctpxi_tx_message *message,
                     enum sctpxi_tx_step step)
{
    if (message->steps == 0)
        STAILQ_INSERT_TAIL(&q->steps, message, link);
    message->steps |= (uint8_t)step;
}

void sctpxi_tx_outcome_on_sent(struct sctpxi_tx_queue *q, struct sctpxi_tx_message *message)
{
    if ((message->flags & SCTPX_MSG_REPORT) != 0)
        add_step(q, message, SCTPXI_TX_STEP_SENT);
}

void sctpxi_tx_outcome_on_acked(struct sctpxi_tx_queue *q, struct sctpxi_tx_message *message)
{
    assert(message->place == SCTPXI_TX_LIVING);
    TAILQ_REMOVE(&q->living, message, all);
    message->place = SCTPXI_TX_NOWHERE;
    if ((message->flags & SCTPX_MSG_REPORT) == 0)
        return;
    add_step(q, message, SCTPXI_TX_STEP_ACKED);
    message->holders++; /* until it is told */
    q->told_bytes += message->length;
}

static void end_report(struct sctpxi_tx_queue *q, struct sctpxi_tx_message *message)
{
    assert(q->told_bytes >= message->length);
    q->told_bytes -= message->length;
    sctpxi_tx_queue_release(q, message);
}

bool sctpxi_tx_outcome_next_step(struct sctpxi_tx_queue *q, sctpx_message_report *ret_report)
{
    struct sctpxi_tx_message *message = STAILQ_FIRST(&q->steps);

    if (message == NULL)
        return false;
    bool is_sent = (message->steps & SCTPXI_TX_STEP_SENT) != 0;
    *ret_report = (sctpx_message_report){
        .outcome = is_sent ? SCTPX_MESSAGE_SENT : SCTPX_MESSAGE_ACKED,
        .stream = message->stream,
        .ppid = message->ppid,
        .length = message->length,
        .context = message->context,
    };
    message->steps &= (uint8_t) ~(is_sent ? SCTPXI_TX_STEP_SENT : SCTPXI_TX_STEP_ACKED);
    if (message->steps != 0)
        return true;
    STAILQ_REMOVE_HEAD(&q->steps, link);
    if (!is_sent)
        end_report(q, message);
    return true;
}

/* Steps of messages that are still living go: what becomes of these is told otherwise. */
static void drop_steps_of_living(struct sctpxi_tx_queue *q)
{
    struct sctpxi_tx_message_list kept = STAILQ_HEAD_INITIALIZER(kept);
    struct sctpxi_tx_message *message;

    while ((message = STAILQ_FIRST(&q->steps)) != NULL) {
        STAILQ_REMOVE_HEAD(&q->steps, link);
        if (message->place == SCTPXI_TX_LIVING)
            message->steps = 0;
        else
            STAILQ_INSERT_TAIL(&kept, message, link);
    }
    STAILQ_CONCAT(&q->steps, &kept);
}

/* ---- failed messages ---------------------------------------------------------------------- */

void sctpxi_tx_outcome_on_queued(struct sctpxi_tx_queue *q, struct sctpxi_tx_message *message)
{
    message->place = SCTPXI_TX_LIVING;
    TAILQ_INSERT_TAIL(&q->living, message, all);
}

void sctpxi_tx_outcome_fail_all(struct sctpxi_tx_queue *q, bool is_restart)
{
    struct sctpxi_tx_message *message;

    drop_steps_of_living(q);
    TAILQ_FOREACH (message, &q->living, all) {
        message->place = SCTPXI_TX_FAILED;
        message->is_of_restart = is_restart;
        message->holders++;
        assert(q->message_count > 0);
        q->message_count--;
    }
    TAILQ_CONCAT(&q->failed, &q->living, all);
}

static void free_handed_out(struct sctpxi_tx_queue *q)
{
    if (q->handed_out != NULL)
        sctpxi_tx_queue_release(q, q->handed_out);
    q->handed_out = NULL;
}

const struct sctpxi_tx_message *sctpxi_tx_outcome_next_failed(struct sctpxi_tx_queue *q)
{
    struct sctpxi_tx_message *message = TAILQ_FIRST(&q->failed);

    free_handed_out(q);
    if (message != NULL)
        TAILQ_REMOVE(&q->failed, message, all);
    q->handed_out = message;
    return message;
}

void sctpxi_tx_outcome_drop_failed(struct sctpxi_tx_queue *q)
{
    while (sctpxi_tx_outcome_next_failed(q) != NULL)
        continue;
}

void sctpxi_tx_outcome_done(struct sctpxi_tx_queue *q)
{
    struct sctpxi_tx_message *message;

    drop_steps_of_living(q);
    while ((message = STAILQ_FIRST(&q->steps)) != NULL) {
        STAILQ_REMOVE_HEAD(&q->steps, link);
        end_report(q, message);
    }
    sctpxi_tx_outcome_drop_failed(q);
    while ((message = TAILQ_FIRST(&q->living)) != NULL) {
        TAILQ_REMOVE(&q->living, message, all);
        message->place = SCTPXI_TX_NOWHERE;
    }
}

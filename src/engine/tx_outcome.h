/* SPDX-License-Identifier: MIT */
/*
 * What became of messages. Every message that is not yet acknowledged stands in one list in the
 * order of writing: when the association ends or the peer restarts, what is in it has failed, with
 * all its bytes, and waits to be taken. Messages that want reports (SCTPX_MSG_REPORT) carry their
 * own steps: one that has steps to tell is in a second list, and stays, acknowledged or not, until
 * they are told. So nothing is allocated for either, and nothing can be lost; what waits to be told
 * fills the send buffer.
 */
#ifndef SCTPXI_ENGINE_TX_OUTCOME_H
#define SCTPXI_ENGINE_TX_OUTCOME_H

#include "engine/tx_queue.h"

/* Where a message is; a message handed out is in no list, and freed by the next one. */
enum sctpxi_tx_place { SCTPXI_TX_NOWHERE, SCTPXI_TX_LIVING, SCTPXI_TX_FAILED };

/* Steps that are to be told (pending), or have been. */
enum sctpxi_tx_step { SCTPXI_TX_STEP_SENT = 1u << 0, SCTPXI_TX_STEP_ACKED = 1u << 1 };

void sctpxi_tx_outcome_init(struct sctpxi_tx_queue *q);

/* Frees what waits; messages that somebody else holds live on, in no list. */
void sctpxi_tx_outcome_done(struct sctpxi_tx_queue *q);

/* A message was queued. */
void sctpxi_tx_outcome_on_queued(struct sctpxi_tx_queue *q, struct sctpxi_tx_message *message);

/* Its last fragment was taken to be sent; it is in the queue of its stream no more. */
void sctpxi_tx_outcome_on_sent(struct sctpxi_tx_queue *q, struct sctpxi_tx_message *message);

/* All of it is acknowledged; the caller still holds it. */
void sctpxi_tx_outcome_on_acked(struct sctpxi_tx_queue *q, struct sctpxi_tx_message *message);

/* Takes the next step to tell; false if there is none. Those of one message come in order. */
bool sctpxi_tx_outcome_next_step(struct sctpxi_tx_queue *q, sctpx_message_report *ret_report);

/*
 * Everything that is not acknowledged has failed: because of a restart, or because the association
 * ends. Whoever holds the messages lets go of them afterwards. Steps of these messages are not told
 * any more. Failed ones do not count in the send buffer.
 */
void sctpxi_tx_outcome_fail_all(struct sctpxi_tx_queue *q, bool is_restart);

/*
 * Hands out the next failed message, in the order of writing; NULL if there is none. It is freed by
 * the next call of this or of sctpxi_tx_outcome_drop_failed().
 */
const struct sctpxi_tx_message *sctpxi_tx_outcome_next_failed(struct sctpxi_tx_queue *q);

/* Frees the failed ones that nobody wants. */
void sctpxi_tx_outcome_drop_failed(struct sctpxi_tx_queue *q);

#endif

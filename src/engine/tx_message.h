/* SPDX-License-Identifier: MIT */
/*
 * A message the user has written: its bytes, which are its own or lent, and what is to be told of
 * it. It owns itself; who holds it is counted by tx_queue.h.
 */
#ifndef SCTPXI_ENGINE_TX_MESSAGE_H
#define SCTPXI_ENGINE_TX_MESSAGE_H

#include <sys/queue.h>

#include <sctpx/engine.h>

#include "base/pool.h"

/*
 * One message. Held by the queue until its last fragment is taken, by each sent fragment, and at
 * the end by what is still to be told of it (tx_outcome.h).
 */
struct sctpxi_tx_message {
    STAILQ_ENTRY(sctpxi_tx_message) link; /* of its stream, then while it has steps to tell */
    TAILQ_ENTRY(sctpxi_tx_message) all;   /* where place says */
    size_t length;
    void *context;
    uint32_t ppid;
    uint32_t holders; /* fragments outstanding, plus one while in the queue, or to be told */
    uint16_t stream;
    uint16_t flags;     /* as they were given */
    uint8_t place;      /* enum sctpxi_tx_place */
    uint8_t steps;      /* enum sctpxi_tx_step: to be told */
    bool has_left;      /* some of it was sent */
    bool is_of_restart; /* why it failed */
    const uint8_t *data;
    uint8_t bytes[]; /* what data is, unless that is lent */
};

/*
 * One with a copy of the bytes, or with those bytes where info->release says that they are lent,
 * and one holder. NULL when out of memory.
 */
struct sctpxi_tx_message *sctpxi_tx_message_new(struct sctpxi_pool *pool, const void *data,
                                                size_t length, const sctpx_sndinfo *info);

/* Frees it. Bytes that are lent are given back by the second one only. */
void sctpxi_tx_message_free(struct sctpxi_pool *pool, struct sctpxi_tx_message *message);
void sctpxi_tx_message_done(struct sctpxi_pool *pool, struct sctpxi_tx_message *message);

#endif

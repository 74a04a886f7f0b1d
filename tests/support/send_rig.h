/* SPDX-License-Identifier: MIT */
/*
 * The send side without an association, for tests: a queue, what is outstanding, and the memory
 * below them. Chunks are named by their number: the first one sent is chunk 1.
 */
#ifndef SUPPORT_SEND_RIG_H
#define SUPPORT_SEND_RIG_H

#include "engine/outstanding.h"
#include "support/test_alloc.h"

struct send_rig {
    struct test_alloc ta;
    struct sctpxi_alloc alloc;
    struct sctpxi_pool pool;
    struct sctpxi_tx_queue queue;
    struct sctpxi_outstanding o;
    uint32_t before_first; /* TSN before that of chunk 1 */
    sctpx_time now;
};

/* A SACK as a test writes it. */
struct send_rig_sack {
    uint32_t cum; /* chunk number; 0 = nothing yet */
    size_t count; /* gap blocks */
    struct sctpxi_sack_gap gaps[8];
};

/* Chunk 1 has this TSN. */
void send_rig_init(struct send_rig *rig, uint32_t initial_tsn);

/* Frees everything; the test fails if memory is left. */
void send_rig_done(struct send_rig *rig);

struct sctpxi_tsn send_rig_tsn(const struct send_rig *rig, uint32_t number);
struct sctpxi_sent *send_rig_chunk(const struct send_rig *rig, uint32_t number);

/* Pushes one message and sends it as one chunk at rig->now. 0, SCTPX_ENOMEM, SCTPX_ELIMIT. */
int send_rig_try_send(struct send_rig *rig, uint16_t stream, size_t length, uint8_t path);

/* The same count times on stream 0; must work. */
void send_rig_send(struct send_rig *rig, uint32_t count, size_t length, uint8_t path);

/* Encodes the blocks and works the SACK in; result of sctpxi_outstanding_on_sack(). */
int send_rig_sack(struct send_rig *rig, const struct send_rig_sack *sack,
                  const struct sctpxi_tsn *exit, struct sctpxi_sack_result *ret_result);

/* Fails the test unless all sums of the accounts are what the single chunks add up to. */
void send_rig_check_accounts(const struct send_rig *rig);

#endif

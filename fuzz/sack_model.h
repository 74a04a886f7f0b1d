/* SPDX-License-Identifier: MIT */
/*
 * What is outstanding, the slow way: every chunk looked at for every SACK, no runs, no hints.
 * Chunks are named by number, from 1 on, as in support/send_rig.h.
 */
#ifndef FUZZ_SACK_MODEL_H
#define FUZZ_SACK_MODEL_H

#include "engine/outstanding.h"

enum { SACK_MODEL_CHUNKS = 1024, SACK_MODEL_BLOCKS = 64 };

struct sack_model_chunk {
    sctpx_time sent_at;
    size_t length; /* payload */
    size_t size;   /* of the whole chunk */
    uint8_t state, path, misses;
    bool was_acked, was_retransmitted, was_fast;
    bool is_named; /* by the SACK being worked in */
};

struct sack_model {
    struct sack_model_chunk chunks[SACK_MODEL_CHUNKS + 1];
    uint32_t cum, sent;
    uint32_t exit; /* of fast recovery, 0 = not in it */
    sctpx_time last_resent_at;
};

/* A SACK: cum relative to the model's own point, and blocks as on the wire. */
struct sack_model_sack {
    int32_t step;
    size_t count;
    uint16_t blocks[SACK_MODEL_BLOCKS][2];
};

/* Neither a lie nor malformed; true for old ones, which are not looked at. */
bool sack_model_is_valid(const struct sack_model *m, const struct sack_model_sack *sack);

/* Works a valid one in. */
void sack_model_on_sack(struct sack_model *m, const struct sack_model_sack *sack,
                        struct sctpxi_sack_result *ret_result);

/* The same for the point of a SHUTDOWN. */
void sack_model_on_cum(struct sack_model *m, int32_t step, struct sctpxi_sack_result *ret_result);

#endif

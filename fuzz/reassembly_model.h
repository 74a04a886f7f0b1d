/* SPDX-License-Identifier: MIT */
/*
 * Reassembly, the slow way: a table of chunks by TSN that is searched for whole messages whenever
 * something is added. TSNs are those of a few generations (one after each restart of the peer), so
 * a chunk is known by its place in the table.
 */
#ifndef FUZZ_REASSEMBLY_MODEL_H
#define FUZZ_REASSEMBLY_MODEL_H

#include <sctpx/types.h>

#include "wire/data.h"

enum {
    MODEL_GENERATIONS = 3,
    MODEL_WINDOW = 256, /* TSNs of a generation */
    MODEL_PLACES = MODEL_GENERATIONS * MODEL_WINDOW,
    MODEL_STREAMS = 4,
    MODEL_MAX_CHUNK = 48 /* payload bytes */
};

enum model_state {
    MODEL_MISSING,
    MODEL_LOOSE,    /* its message is not whole */
    MODEL_WAITING,  /* whole, for an SSN before it */
    MODEL_HELD,     /* whole, for the end of a message delivered in parts */
    MODEL_READABLE, /* not read yet, or in part */
    MODEL_GONE      /* read, forgotten, or never handed over */
};

struct model_chunk {
    enum model_state state;
    uint32_t ppid;
    uint16_t stream, ssn; /* stream: 0..MODEL_STREAMS - 1 */
    uint8_t flags;        /* enum sctpxi_data_flag */
    uint8_t length, taken;
};

/* A message or piece of one: chunks first..last. */
struct model_item {
    uint32_t first, last;
    uint16_t flags; /* enum sctpx_msg_flags */
    uint32_t ppid;
};

struct model_stream {
    uint16_t next_ssn;
    bool is_partial;
};

struct reassembly_model {
    struct model_chunk chunks[MODEL_PLACES];
    struct model_stream streams[MODEL_STREAMS];
    struct model_item readable[MODEL_PLACES], held[MODEL_PLACES];
    size_t readable_count, held_count;
    uint32_t generation;
    uint32_t base_tsn;
    bool has_partial;
    uint32_t partial_first, partial_next; /* its first chunk, and where it goes on */
};

uint32_t model_tsn(const struct reassembly_model *m, uint32_t place);
uint8_t model_byte(uint32_t place, size_t offset);

/* The first and the last place of this generation's window. */
uint32_t model_window(const struct reassembly_model *m);

/* Bytes of the message that a chunk at a missing place would join, without its own. */
size_t model_joined_bytes(const struct reassembly_model *m, uint32_t place);

/* The engine took this chunk. */
void model_add(struct reassembly_model *m, uint32_t place, const struct model_chunk *chunk);

/* The place of the highest TSN before which nothing is missing; window - 1 if the first is. */
uint32_t model_cum(const struct reassembly_model *m);

/* Partial delivery up to that; whether anything becomes readable. */
bool model_deliver_partly(struct reassembly_model *m);

/* The restart of the peer: there must be a generation left. */
void model_restart(struct reassembly_model *m);

/* Index of the oldest readable item of a stream, or of any (-1); readable_count if none. */
size_t model_first(const struct reassembly_model *m, int stream);

size_t model_item_bytes(const struct reassembly_model *m, const struct model_item *item);

/* Takes bytes off the front of a readable item. */
void model_consume(struct reassembly_model *m, size_t index, size_t n);

#endif

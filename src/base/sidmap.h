/* SPDX-License-Identifier: MIT */
/*
 * A small open-addressing map from 16-bit stream numbers to objects. Empty it holds no memory, so
 * that 65,535 negotiated streams cost nothing until they are used. A look-up takes at most 128
 * steps, whatever numbers the peer picks. Owns its table, not the objects.
 */
#ifndef SCTPXI_BASE_SIDMAP_H
#define SCTPXI_BASE_SIDMAP_H

#include "base/alloc.h"

#define SCTPXI_SIDMAP_ANY UINT32_MAX

struct sctpxi_sidmap_slot {
    void *object; /* NULL = free */
    uint16_t sid;
};

struct sctpxi_sidmap {
    struct sctpxi_sidmap_slot *slots;
    uint32_t capacity; /* power of two, 0 while empty */
    uint32_t count;
};

/* Zero-initialised is empty and valid. */
void sctpxi_sidmap_done(struct sctpxi_sidmap *map, struct sctpxi_alloc *alloc);

/* NULL if not there. */
void *sctpxi_sidmap_get(const struct sctpxi_sidmap *map, uint16_t sid);

/*
 * The number must not be there yet; object not NULL. SCTPX_ENOMEM, also if the table would have to
 * grow beyond max_capacity (SCTPXI_SIDMAP_ANY: no limit): 256 numbers can be chosen so that they
 * need the largest, of 1 MiB. There is no removal.
 */
int sctpxi_sidmap_put(struct sctpxi_sidmap *map, struct sctpxi_alloc *alloc, uint16_t sid,
                      void *object, uint32_t max_capacity);

/*
 * Walks all objects in no particular order: start with *cursor = 0; NULL at the end. Nothing may
 * be put meanwhile.
 */
void *sctpxi_sidmap_next(const struct sctpxi_sidmap *map, uint32_t *cursor);

#endif

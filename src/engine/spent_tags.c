/* SPDX-License-Identifier: MIT */
#include "engine/spent_tags.h"

#include <sctpx/error.h>

/* With shards the upper bits are alike: the lower ones choose. */
static uint32_t slot_of(uint32_t tag)
{
    return tag & (SCTPXI_SPENT_TAGS_SLOTS - 1);
}

int sctpxi_spent_tags_reserve(struct sctpxi_spent_tags *tags, struct sctpxi_alloc *alloc)
{
    if (tags->slots == NULL)
        tags->slots = sctpxi_alloc_zeroed(alloc, SCTPXI_SPENT_TAGS_SLOTS * sizeof *tags->slots);
    return tags->slots != NULL ? 0 : SCTPX_ENOMEM;
}

void sctpxi_spent_tags_done(struct sctpxi_spent_tags *tags, struct sctpxi_alloc *alloc)
{
    sctpxi_alloc_put(alloc, tags->slots, SCTPXI_SPENT_TAGS_SLOTS * sizeof *tags->slots);
    tags->slots = NULL;
}

void sctpxi_spent_tags_add(struct sctpxi_spent_tags *tags, uint32_t tag)
{
    if (tags->slots != NULL)
        tags->slots[slot_of(tag)] = tag;
}

bool sctpxi_spent_tags_has(const struct sctpxi_spent_tags *tags, uint32_t tag)
{
    return tags->slots != NULL && tags->slots[slot_of(tag)] == tag;
}

/* SPDX-License-Identifier: MIT */
/*
 * Our verification tags of associations that are gone, the latest of them. A State Cookie lives on
 * after the association that it made: a COOKIE ECHO that the network has kept back or doubled, or
 * that somebody has recorded, must not make it again, with its old tag and TSNs (RFC 9260 5.3.1: a
 * tag is not used again while an old one may be around).
 *
 * A table of one tag per slot, 64 KiB, made with the first association that comes from a cookie.
 * Tags are random: one is displaced after 16,384 others, on average. New tags are drawn around
 * those that are kept, for to find one of them by chance takes no more than some 100,000 draws.
 */
#ifndef SCTPXI_ENGINE_SPENT_TAGS_H
#define SCTPXI_ENGINE_SPENT_TAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"

#define SCTPXI_SPENT_TAGS_SLOTS 16384u

struct sctpxi_spent_tags {
    uint32_t *slots; /* NULL = nothing is kept yet; 0 = empty */
};

/* Makes the table if it is not there yet. SCTPX_ENOMEM. */
int sctpxi_spent_tags_reserve(struct sctpxi_spent_tags *tags, struct sctpxi_alloc *alloc);
void sctpxi_spent_tags_done(struct sctpxi_spent_tags *tags, struct sctpxi_alloc *alloc);

/* Nothing without a table: then no cookie has made anything. tag != 0. */
void sctpxi_spent_tags_add(struct sctpxi_spent_tags *tags, uint32_t tag);
bool sctpxi_spent_tags_has(const struct sctpxi_spent_tags *tags, uint32_t tag);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Which association a packet belongs to. First by verification tag, which we chose ourselves and
 * at random, under a multiplication by a secret number, so that nobody can aim at the table; for
 * packets that carry no tag of ours (INIT, T bit) by the peer's address, under a keyed hash.
 *
 * The key of the second table includes the UDP port (RFC 6951): two peers behind one address
 * translator may use the same SCTP port.
 */
#ifndef SCTPXI_ENGINE_DEMUX_H
#define SCTPXI_ENGINE_DEMUX_H

#include <stdbool.h>

#include <sctpx/engine.h>

#include "base/alloc.h"
#include "base/siphash.h"

struct sctpxi_path;

/* Hash chains are plain singly linked lists, so that an element costs little memory. */
struct sctpxi_demux_path {
    sctpx_assoc *assoc;
    struct sctpxi_path *next;
    uint32_t hash;
    bool is_in;
};

/* Tags stand in the table: finding one out of many looks at no other association. */
struct sctpxi_demux_tag {
    uint32_t tag;
    sctpx_assoc *assoc; /* NULL = empty */
};

struct sctpxi_demux {
    struct sctpxi_alloc *alloc;
    struct sctpxi_siphash_key key;
    struct sctpxi_demux_tag *tags;    /* open addressing; never full */
    struct sctpxi_path **paths;       /* buckets */
    uint32_t tag_slots, path_buckets; /* powers of two */
    uint32_t tag_count, path_count;
    uint8_t tag_shift; /* of a 64-bit hash to a slot */
};

/* SCTPX_ENOMEM. */
int sctpxi_demux_init(struct sctpxi_demux *d, struct sctpxi_alloc *alloc,
                      const struct sctpxi_siphash_key *key);
void sctpxi_demux_done(struct sctpxi_demux *d);

/* Makes room for so many tags, so that adding cannot fail. SCTPX_ENOMEM. */
int sctpxi_demux_reserve_tags(struct sctpxi_demux *d, uint32_t count);

/* By local_tag. An association whose tag is not in is not taken out. */
void sctpxi_demux_add_tag(struct sctpxi_demux *d, sctpx_assoc *a);
void sctpxi_demux_remove_tag(struct sctpxi_demux *d, sctpx_assoc *a);
sctpx_assoc *sctpxi_demux_by_tag(const struct sctpxi_demux *d, uint32_t local_tag);
bool sctpxi_demux_has_tag_of(const struct sctpxi_demux *d, const sctpx_assoc *a);

/* The table of paths grows when memory allows, and works all the same when it does not. */
void sctpxi_demux_add_path(struct sctpxi_demux *d, sctpx_assoc *a, struct sctpxi_path *path);
void sctpxi_demux_remove_path(struct sctpxi_demux *d, struct sctpxi_path *path);
/* local_port and remote_port are SCTP ports; remote holds IP address and UDP port. */
sctpx_assoc *sctpxi_demux_by_address(const struct sctpxi_demux *d, const sctpx_addr *remote,
                                     uint16_t remote_port, uint16_t local_port);

#endif

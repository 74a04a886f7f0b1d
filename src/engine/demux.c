/* SPDX-License-Identifier: MIT */
#include "engine/demux.h"

#include <assert.h>
#include <string.h>

#include "engine/assoc.h"

enum { FIRST_SLOTS = 16, FIRST_SHIFT = 60 }; /* the upper 4 of 64 bits */

int sctpxi_demux_init(struct sctpxi_demux *d, struct sctpxi_alloc *alloc,
                      const struct sctpxi_siphash_key *key)
{
    memset(d, 0, sizeof *d);
    d->alloc = alloc;
    d->key = *key;
    d->tags = sctpxi_alloc_zeroed(alloc, FIRST_SLOTS * sizeof *d->tags);
    if (d->tags == NULL)
        return SCTPX_ENOMEM;
    d->tag_slots = FIRST_SLOTS;
    d->tag_shift = FIRST_SHIFT;
    d->paths = sctpxi_alloc_zeroed(alloc, FIRST_SLOTS * sizeof *d->paths);
    if (d->paths == NULL) {
        sctpxi_demux_done(d);
        return SCTPX_ENOMEM;
    }
    d->path_buckets = FIRST_SLOTS;
    return 0;
}

void sctpxi_demux_done(struct sctpxi_demux *d)
{
    sctpxi_alloc_put(d->alloc, d->tags, d->tag_slots * sizeof *d->tags);
    sctpxi_alloc_put(d->alloc, d->paths, d->path_buckets * sizeof *d->paths);
    d->tags = NULL;
    d->paths = NULL;
    d->tag_slots = d->path_buckets = 0;
}

/* ---- tags --------------------------------------------------------------------------------- */

/*
 * Tags are random, but INITs cost a stranger nothing, and he may send back only those cookies whose
 * tags would stand close together. He does not know the two numbers.
 */
static uint32_t home_of(const struct sctpxi_demux *d, uint32_t tag)
{
    return (uint32_t)(((d->key.k0 | 1) * tag + d->key.k1) >> d->tag_shift);
}

/* Where the tag stands, or the empty slot where it belongs. */
static uint32_t slot_of(const struct sctpxi_demux *d, uint32_t tag)
{
    uint32_t at = home_of(d, tag);
    while (d->tags[at].assoc != NULL && d->tags[at].tag != tag)
        at = (at + 1) & (d->tag_slots - 1);
    return at;
}

static void put(struct sctpxi_demux *d, struct sctpxi_demux_tag entry)
{
    uint32_t at = slot_of(d, entry.tag);
    assert(d->tags[at].assoc == NULL);
    d->tags[at] = entry;
}

static int grow_tags(struct sctpxi_demux *d)
{
    uint32_t old_slots = d->tag_slots;
    struct sctpxi_demux_tag *old = d->tags;
    struct sctpxi_demux_tag *fresh =
        sctpxi_alloc_zeroed(d->alloc, 2 * (size_t)old_slots * sizeof *fresh);
    if (fresh == NULL)
        return SCTPX_ENOMEM;
    d->tags = fresh;
    d->tag_slots = 2 * old_slots;
    d->tag_shift--;
    for (uint32_t i = 0; i < old_slots; i++)
        if (old[i].assoc != NULL)
            put(d, old[i]);
    sctpxi_alloc_put(d->alloc, old, old_slots * sizeof *old);
    return 0;
}

/* Seven eighths may be taken; beyond that only when there is no memory, but never all. */
int sctpxi_demux_reserve_tags(struct sctpxi_demux *d, uint32_t count)
{
    while (count > d->tag_slots - d->tag_slots / 8 && grow_tags(d) == 0)
        ;
    return count < d->tag_slots ? 0 : SCTPX_ENOMEM;
}

void sctpxi_demux_add_tag(struct sctpxi_demux *d, sctpx_assoc *a)
{
    assert(d->tag_count + 1 < d->tag_slots);
    put(d, (struct sctpxi_demux_tag){a->local_tag, a});
    d->tag_count++;
}

/* Whether an entry must move into the hole, or could not be found from its home any more. */
static bool is_cut_off(const struct sctpxi_demux *d, uint32_t hole, uint32_t at)
{
    uint32_t mask = d->tag_slots - 1;
    return ((at - home_of(d, d->tags[at].tag)) & mask) >= ((at - hole) & mask);
}

static void close_hole(struct sctpxi_demux *d, uint32_t hole)
{
    uint32_t mask = d->tag_slots - 1;
    for (uint32_t at = (hole + 1) & mask; d->tags[at].assoc != NULL; at = (at + 1) & mask) {
        if (is_cut_off(d, hole, at)) {
            d->tags[hole] = d->tags[at];
            hole = at;
        }
    }
    d->tags[hole].assoc = NULL;
}

void sctpxi_demux_remove_tag(struct sctpxi_demux *d, sctpx_assoc *a)
{
    uint32_t at = slot_of(d, a->local_tag);
    if (d->tags[at].assoc != a)
        return;
    close_hole(d, at);
    d->tag_count--;
}

sctpx_assoc *sctpxi_demux_by_tag(const struct sctpxi_demux *d, uint32_t local_tag)
{
    return d->tags[slot_of(d, local_tag)].assoc;
}

bool sctpxi_demux_has_tag_of(const struct sctpxi_demux *d, const sctpx_assoc *a)
{
    return sctpxi_demux_by_tag(d, a->local_tag) == a;
}

/* ---- paths -------------------------------------------------------------------------------- */

static uint32_t address_hash(const struct sctpxi_demux *d, const sctpx_addr *remote,
                             uint16_t remote_port, uint16_t local_port)
{
    uint8_t key[24];
    memcpy(key, remote->ip, 16);
    memcpy(key + 16, &remote->udp_port, 2);
    memcpy(key + 18, &remote_port, 2);
    memcpy(key + 20, &local_port, 2);
    key[22] = remote->family;
    key[23] = 0;
    return (uint32_t)sctpxi_siphash13(&d->key, key, sizeof key);
}

static void grow_paths(struct sctpxi_demux *d)
{
    uint32_t old_buckets = d->path_buckets;
    struct sctpxi_path **old = d->paths;
    struct sctpxi_path **fresh =
        sctpxi_alloc_zeroed(d->alloc, 2 * (size_t)old_buckets * sizeof *fresh);
    if (fresh == NULL)
        return;
    d->paths = fresh;
    d->path_buckets = 2 * old_buckets;
    for (uint32_t i = 0; i < old_buckets; i++) {
        for (struct sctpxi_path *p = old[i], *next; p != NULL; p = next) {
            next = p->demux.next;
            struct sctpxi_path **bucket = &fresh[p->demux.hash & (d->path_buckets - 1)];
            p->demux.next = *bucket;
            *bucket = p;
        }
    }
    sctpxi_alloc_put(d->alloc, old, old_buckets * sizeof *old);
}

void sctpxi_demux_add_path(struct sctpxi_demux *d, sctpx_assoc *a, struct sctpxi_path *path)
{
    assert(!path->demux.is_in);
    if (d->path_count >= d->path_buckets)
        grow_paths(d);
    path->demux.assoc = a;
    path->demux.hash = address_hash(d, &path->remote, a->remote_port, a->local_port);
    struct sctpxi_path **bucket = &d->paths[path->demux.hash & (d->path_buckets - 1)];
    path->demux.next = *bucket;
    path->demux.is_in = true;
    *bucket = path;
    d->path_count++;
}

void sctpxi_demux_remove_path(struct sctpxi_demux *d, struct sctpxi_path *path)
{
    if (!path->demux.is_in)
        return;
    struct sctpxi_path **at = &d->paths[path->demux.hash & (d->path_buckets - 1)];
    while (*at != path)
        at = &(*at)->demux.next;
    *at = path->demux.next;
    path->demux.is_in = false;
    d->path_count--;
}

sctpx_assoc *sctpxi_demux_by_address(const struct sctpxi_demux *d, const sctpx_addr *remote,
                                     uint16_t remote_port, uint16_t local_port)
{
    uint32_t hash = address_hash(d, remote, remote_port, local_port);
    for (const struct sctpxi_path *p = d->paths[hash & (d->path_buckets - 1)]; p != NULL;
         p = p->demux.next)
        if (p->demux.hash == hash && p->remote.udp_port == remote->udp_port &&
            p->remote.family == remote->family && memcmp(p->remote.ip, remote->ip, 16) == 0 &&
            p->demux.assoc->remote_port == remote_port && p->demux.assoc->local_port == local_port)
            return p->demux.assoc;
    return NULL;
}

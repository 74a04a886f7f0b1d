/* SPDX-License-Identifier: MIT */
#include "engine/demux.h"

#include <assert.h>
#include <string.h>

#include "engine/assoc.h"

enum { FIRST_BUCKETS = 16 };

int sctpxi_demux_init(struct sctpxi_demux *d, struct sctpxi_alloc *alloc,
                      const struct sctpxi_siphash_key *key)
{
    memset(d, 0, sizeof *d);
    d->alloc = alloc;
    d->key = *key;
    d->tags = sctpxi_alloc_zeroed(alloc, FIRST_BUCKETS * sizeof *d->tags);
    if (d->tags == NULL)
        return SCTPX_ENOMEM;
    d->tag_buckets = FIRST_BUCKETS;
    d->paths = sctpxi_alloc_zeroed(alloc, FIRST_BUCKETS * sizeof *d->paths);
    if (d->paths == NULL) {
        sctpxi_demux_done(d);
        return SCTPX_ENOMEM;
    }
    d->path_buckets = FIRST_BUCKETS;
    return 0;
}

void sctpxi_demux_done(struct sctpxi_demux *d)
{
    sctpxi_alloc_put(d->alloc, d->tags, d->tag_buckets * sizeof *d->tags);
    sctpxi_alloc_put(d->alloc, d->paths, d->path_buckets * sizeof *d->paths);
    d->tags = NULL;
    d->paths = NULL;
    d->tag_buckets = d->path_buckets = 0;
}

/* Tags are random already, except for the shard on top: the low bits serve as hash. */
static sctpx_assoc **tag_bucket(const struct sctpxi_demux *d, uint32_t tag)
{
    return &d->tags[tag & (d->tag_buckets - 1)];
}

static void grow_tags(struct sctpxi_demux *d)
{
    uint32_t old_buckets = d->tag_buckets;
    sctpx_assoc **old = d->tags;
    sctpx_assoc **fresh = sctpxi_alloc_zeroed(d->alloc, 2 * (size_t)old_buckets * sizeof *fresh);
    if (fresh == NULL)
        return;
    d->tags = fresh;
    d->tag_buckets = 2 * old_buckets;
    for (uint32_t i = 0; i < old_buckets; i++) {
        for (sctpx_assoc *a = old[i], *next; a != NULL; a = next) {
            next = a->tag_entry.next;
            sctpx_assoc **bucket = tag_bucket(d, a->local_tag);
            a->tag_entry.next = *bucket;
            *bucket = a;
        }
    }
    sctpxi_alloc_put(d->alloc, old, old_buckets * sizeof *old);
}

void sctpxi_demux_add_tag(struct sctpxi_demux *d, sctpx_assoc *a)
{
    assert(!a->tag_entry.is_in);
    if (d->tag_count >= d->tag_buckets)
        grow_tags(d);
    sctpx_assoc **bucket = tag_bucket(d, a->local_tag);
    a->tag_entry.next = *bucket;
    a->tag_entry.is_in = true;
    *bucket = a;
    d->tag_count++;
}

void sctpxi_demux_remove_tag(struct sctpxi_demux *d, sctpx_assoc *a)
{
    if (!a->tag_entry.is_in)
        return;
    sctpx_assoc **at = tag_bucket(d, a->local_tag);
    while (*at != a)
        at = &(*at)->tag_entry.next;
    *at = a->tag_entry.next;
    a->tag_entry.is_in = false;
    d->tag_count--;
}

sctpx_assoc *sctpxi_demux_by_tag(const struct sctpxi_demux *d, uint32_t local_tag)
{
    sctpx_assoc *a = *tag_bucket(d, local_tag);
    while (a != NULL && a->local_tag != local_tag)
        a = a->tag_entry.next;
    return a;
}

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

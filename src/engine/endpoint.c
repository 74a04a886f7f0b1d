/* SPDX-License-Identifier: MIT */
#include "engine/endpoint.h"

#include <string.h>

#include "engine/address.h"

enum { POOL_KEEP_BYTES = 4 * 1024 * 1024 };

/* Each byte is used once, and gone then. */
static void take_random(sctpx_endpoint *ep, void *ret_bytes, size_t size)
{
    if (ep->random_left < size) {
        ep->opt.random(ep->opt.random_context, ep->random_bytes, sizeof ep->random_bytes);
        ep->random_left = sizeof ep->random_bytes;
    }
    ep->random_left -= size;
    memcpy(ret_bytes, ep->random_bytes + ep->random_left, size);
    memset(ep->random_bytes + ep->random_left, 0, size);
}

uint32_t sctpxi_endpoint_random_u32(sctpx_endpoint *ep)
{
    uint32_t v;
    take_random(ep, &v, sizeof v);
    return v;
}

uint64_t sctpxi_endpoint_random_u64(sctpx_endpoint *ep)
{
    uint64_t v;
    take_random(ep, &v, sizeof v);
    return v;
}

uint32_t sctpxi_endpoint_new_tag(sctpx_endpoint *ep)
{
    for (;;) {
        uint32_t tag = sctpxi_endpoint_random_u32(ep);
        if (ep->opt.shard_bits > 0)
            tag = (tag >> ep->opt.shard_bits) |
                  ((uint32_t)ep->opt.shard << (32 - ep->opt.shard_bits));
        if (tag != 0 && sctpxi_demux_by_tag(&ep->demux, tag) == NULL &&
            !sctpxi_spent_tags_has(&ep->spent_tags, tag))
            return tag;
    }
}

static bool are_options_good(const sctpx_endpoint_options *o)
{
    return o->allocator.alloc != NULL && o->allocator.free != NULL && o->random != NULL &&
           o->cookie_lifetime_us > 0 && o->shard_bits <= 8 &&
           (o->shard_bits == 8 || o->shard >> o->shard_bits == 0) &&
           sctpx_assoc_options_check(&o->assoc) == 0;
}

static void init_parts(sctpx_endpoint *ep, const sctpx_endpoint_options *options,
                       const struct sctpxi_alloc *alloc, sctpx_time now)
{
    ep->opt = *options;
    ep->alloc = *alloc;
    sctpxi_pool_init(&ep->pool, &ep->alloc, POOL_KEEP_BYTES);
    sctpxi_heap_init(&ep->timers, &ep->alloc);
    sctpxi_bucket_init(&ep->init_bucket, options->init_rate, options->init_burst, now);
    sctpxi_bucket_init(&ep->stranger_bucket, options->stranger_rate, options->stranger_burst, now);
    LIST_INIT(&ep->listeners);
    TAILQ_INIT(&ep->all);
    TAILQ_INIT(&ep->output);
    TAILQ_INIT(&ep->with_events);
    TAILQ_INIT(&ep->with_held_events);
    TAILQ_INIT(&ep->setting_up);
}

static int init_tables(sctpx_endpoint *ep, sctpx_time now)
{
    struct sctpxi_siphash_key key = {sctpxi_endpoint_random_u64(ep),
                                     sctpxi_endpoint_random_u64(ep)};
    ep->heartbeat_key = (struct sctpxi_siphash_key){sctpxi_endpoint_random_u64(ep),
                                                    sctpxi_endpoint_random_u64(ep)};
    int result = sctpxi_demux_init(&ep->demux, &ep->alloc, &key);
    if (result < 0)
        return result;
    result = sctpxi_reply_init(&ep->replies, &ep->alloc);
    if (result < 0)
        return result;
    return sctpxi_cookie_jar_new(&ep->opt, &ep->alloc, now, &ep->cookies);
}

int sctpx_endpoint_new(const sctpx_endpoint_options *options, sctpx_time now,
                       sctpx_endpoint **ret_endpoint)
{
    if (!are_options_good(options))
        return SCTPX_EINVAL;
    struct sctpxi_alloc alloc;
    sctpxi_alloc_init(&alloc, &options->allocator, options->memory_limit_bytes);
    sctpx_endpoint *ep = sctpxi_alloc_zeroed(&alloc, sizeof *ep);
    if (ep == NULL)
        return SCTPX_ENOMEM;
    init_parts(ep, options, &alloc, now);
    int result = init_tables(ep, now);
    if (result < 0) {
        sctpx_endpoint_free(ep);
        return result;
    }
    *ret_endpoint = ep;
    return 0;
}

void sctpx_endpoint_free(sctpx_endpoint *endpoint)
{
    if (endpoint == NULL)
        return;
    sctpx_assoc *a;
    while ((a = TAILQ_FIRST(&endpoint->all)) != NULL)
        sctpxi_assoc_destroy(a);
    sctpxi_listener_free_all(endpoint);
    sctpxi_cookie_jar_free(endpoint->cookies, &endpoint->alloc);
    sctpxi_reply_done(&endpoint->replies, &endpoint->alloc);
    if (endpoint->demux.tags != NULL)
        sctpxi_demux_done(&endpoint->demux);
    sctpxi_spent_tags_done(&endpoint->spent_tags, &endpoint->alloc);
    sctpxi_heap_done(&endpoint->timers);
    sctpxi_alloc_put(&endpoint->alloc, endpoint->stash.bytes, endpoint->stash.capacity);
    sctpxi_pool_done(&endpoint->pool);
    struct sctpxi_alloc alloc = endpoint->alloc; /* it must outlive what it is in */
    sctpxi_alloc_put(&alloc, endpoint, sizeof *endpoint);
}

struct sctpxi_addr_types sctpxi_endpoint_families(const sctpx_endpoint *ep)
{
    struct sctpxi_addr_types types = {false, false};
    for (size_t i = 0; i < ep->local_count; i++) {
        types.ipv4 |= ep->locals[i].family == SCTPX_IPV4;
        types.ipv6 |= ep->locals[i].family == SCTPX_IPV6;
    }
    return types;
}

struct sctpxi_addr_types sctpxi_endpoint_told_families(const sctpx_endpoint *ep)
{
    struct sctpxi_addr_types types = {false, false};
    for (size_t i = 0; i < ep->local_count; i++) {
        bool is_told = !sctpxi_address_is_wildcard(&ep->locals[i]);
        types.ipv4 |= is_told && ep->locals[i].family == SCTPX_IPV4;
        types.ipv6 |= is_told && ep->locals[i].family == SCTPX_IPV6;
    }
    return types;
}

int sctpx_endpoint_add_local(sctpx_endpoint *endpoint, const sctpx_addr *local)
{
    if (local->family != SCTPX_IPV4 && local->family != SCTPX_IPV6)
        return SCTPX_EINVAL;
    for (size_t i = 0; i < endpoint->local_count; i++)
        if (sctpxi_address_same_ip(&endpoint->locals[i], local))
            return SCTPX_EADDRINUSE;
    if (endpoint->local_count == SCTPX_MAX_LOCALS)
        return SCTPX_ELIMIT;
    endpoint->locals[endpoint->local_count++] = *local;
    return 0;
}

void sctpx_endpoint_get_stats(const sctpx_endpoint *endpoint, sctpx_endpoint_stats *ret_stats)
{
    *ret_stats = endpoint->stats;
    ret_stats->associations = endpoint->assoc_count;
    ret_stats->memory_bytes = endpoint->alloc.used_bytes;
}

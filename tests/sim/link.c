/* SPDX-License-Identifier: MIT */
/* The network between the hosts: links, addresses that are down, NATs, filters, drop rules. */
#include <stdlib.h>
#include <string.h>

#include "sim/internal.h"

enum { MAX_RULES = 64 };

struct link {
    sctpx_addr from, to;
    struct sim_link_config config;
    struct sim_link_counts counts;
    sctpx_time busy_until;
};

struct filter {
    sim_filter call;
    void *context;
};

struct nat {
    sctpx_addr inside;
    uint16_t public_port;
};

struct sim_network {
    struct sim_link_config defaults;
    struct link *links[1024];
    size_t n_links;
    sctpx_addr down[MAX_RULES];
    size_t n_down;
    struct nat nats[MAX_RULES];
    size_t n_nats;
    struct filter filters[MAX_RULES];
    size_t n_filters;
    struct sim_drop *drops[MAX_RULES];
    size_t n_drops, n_active_drops; /* rules stay allocated after sim_clear_filters() */
    struct sim_queue *queue;
};

struct sim_network *sim_network_new(void)
{
    struct sim_network *network = calloc(1, sizeof(*network));
    assert_non_null(network);
    network->defaults.delay_us = 10 * SIM_MS;
    network->queue = sim_queue_new();
    return network;
}

void sim_network_free(struct sim_network *network)
{
    for (size_t i = 0; i < network->n_links; i++)
        free(network->links[i]);
    for (size_t i = 0; i < network->n_drops; i++)
        free(network->drops[i]);
    sim_queue_free(network->queue);
    free(network);
}

struct sim_queue *sim_network_queue(struct sim *sim)
{
    return sim->network->queue;
}

/* ---- configuration ----------------------------------------------------------------------- */

void sim_set_links(struct sim *sim, const struct sim_link_config *config)
{
    sim->network->defaults = *config;
    for (size_t i = 0; i < sim->network->n_links; i++)
        sim->network->links[i]->config = *config;
}

static struct link *find_link(struct sim *sim, const sctpx_addr *from, const sctpx_addr *to)
{
    struct sim_network *network = sim->network;
    for (size_t i = 0; i < network->n_links; i++)
        if (sim_same_ip(&network->links[i]->from, from) && sim_same_ip(&network->links[i]->to, to))
            return network->links[i];
    if (network->n_links == sizeof(network->links) / sizeof(network->links[0]))
        sim_fail(sim, "too many links");
    struct link *link = calloc(1, sizeof(*link));
    assert_non_null(link);
    link->from = *from;
    link->to = *to;
    link->config = network->defaults;
    network->links[network->n_links++] = link;
    return link;
}

struct sim_link_config *sim_link(struct sim *sim, const sctpx_addr *from, const sctpx_addr *to)
{
    return &find_link(sim, from, to)->config;
}

static sctpx_time wait_of(const struct sim *sim, const struct link *link)
{
    return link->busy_until > sim->now ? link->busy_until - sim->now : 0;
}

struct sim_link_counts sim_link_counts(struct sim *sim, const sctpx_addr *from,
                                       const sctpx_addr *to)
{
    return find_link(sim, from, to)->counts;
}

sctpx_time sim_link_wait(struct sim *sim, const sctpx_addr *from, const sctpx_addr *to)
{
    return wait_of(sim, find_link(sim, from, to));
}

static bool is_address_down(const struct sim_network *network, const sctpx_addr *addr)
{
    for (size_t i = 0; i < network->n_down; i++)
        if (sim_same_ip(&network->down[i], addr))
            return true;
    return false;
}

void sim_set_address_down(struct sim *sim, const sctpx_addr *addr, bool is_down)
{
    struct sim_network *network = sim->network;
    for (size_t i = network->n_down; i-- > 0;)
        if (sim_same_ip(&network->down[i], addr))
            network->down[i] = network->down[--network->n_down];
    if (!is_down)
        return;
    assert_true(network->n_down < MAX_RULES);
    network->down[network->n_down++] = *addr;
}

void sim_set_nat(struct sim *sim, const sctpx_addr *addr, uint16_t public_port)
{
    struct sim_network *network = sim->network;
    for (size_t i = network->n_nats; i-- > 0;)
        if (sim_same_ip(&network->nats[i].inside, addr))
            network->nats[i] = network->nats[--network->n_nats];
    if (public_port == 0)
        return;
    assert_true(network->n_nats < MAX_RULES);
    network->nats[network->n_nats++] = (struct nat){*addr, public_port};
}

void sim_add_filter(struct sim *sim, sim_filter filter, void *context)
{
    assert_true(sim->network->n_filters < MAX_RULES);
    sim->network->filters[sim->network->n_filters++] = (struct filter){filter, context};
}

struct sim_drop *sim_add_drop(struct sim *sim, struct sim_drop rule)
{
    struct sim_network *network = sim->network;
    assert_true(network->n_drops < MAX_RULES);
    struct sim_drop *drop = malloc(sizeof(*drop));
    assert_non_null(drop);
    *drop = rule;
    /* Active rules first, so that clearing is one assignment. */
    network->drops[network->n_drops++] = network->drops[network->n_active_drops];
    network->drops[network->n_active_drops++] = drop;
    return drop;
}

void sim_clear_filters(struct sim *sim)
{
    sim->network->n_filters = 0;
    sim->network->n_active_drops = 0;
}

/* ---- what happens to a packet -------------------------------------------------------------- */

static bool rule_matches(const struct sim_drop *rule, const struct sim_packet *packet)
{
    if (rule->from && rule->from != packet->sender)
        return false;
    if (rule->to.family && !sim_same_ip(&rule->to, &packet->to))
        return false;
    if (rule->chunk == SIM_ANY && !rule->has_tsn)
        return true;
    size_t at = 12;
    struct sim_chunk chunk;
    while (at < packet->length && sim_chunk_parse(packet->data + at, packet->length - at, &chunk)) {
        if (chunk.type == rule->chunk && (!rule->has_tsn || chunk.tsn == rule->tsn))
            return true;
        at += (chunk.length + 3u) & ~(size_t)3u;
    }
    return false;
}

static bool is_dropped_by_rule(struct sim *sim, const struct sim_packet *packet)
{
    bool is_dropped = false;
    for (size_t i = 0; i < sim->network->n_active_drops; i++) {
        struct sim_drop *rule = sim->network->drops[i];
        if (!rule_matches(rule, packet))
            continue;
        rule->matched++;
        if (rule->matched > rule->skip && (rule->count == 0 || rule->dropped < rule->count)) {
            rule->dropped++;
            is_dropped = true;
        }
    }
    return is_dropped;
}

static bool is_filtered(struct sim *sim, struct sim_packet *packet)
{
    for (size_t i = 0; i < sim->network->n_filters; i++)
        if (!sim->network->filters[i].call(sim->network->filters[i].context, sim, packet))
            return true;
    return is_dropped_by_rule(sim, packet);
}

/* Sources get their public port; destinations behind a NAT are only reached at theirs. */
static bool translate(const struct sim_network *network, struct sim_packet *packet)
{
    for (size_t i = 0; i < network->n_nats; i++) {
        const struct nat *nat = &network->nats[i];
        if (sim_same_ip(&nat->inside, &packet->from))
            packet->from.udp_port = nat->public_port;
        if (!sim_same_ip(&nat->inside, &packet->to))
            continue;
        if (packet->to.udp_port != nat->public_port)
            return false;
        packet->to.udp_port = nat->inside.udp_port;
    }
    return true;
}

static bool chance(struct sim *sim, uint32_t permille)
{
    return permille > 0 && sim_draw(&sim->random) % 1000 < permille;
}

static size_t ip_length(const struct sim_packet *packet)
{
    size_t ip = packet->to.family == SCTPX_IPV6 ? 40 : 20;
    return packet->length + ip + (packet->to.udp_port ? 8 : 0);
}

/* When the last bit has left, or SCTPX_TIME_NEVER if the queue was full. */
static sctpx_time serialize(struct sim *sim, struct link *link, size_t bytes)
{
    uint64_t rate = link->config.rate_bps;
    if (rate == 0)
        return sim->now;
    sctpx_time wait = wait_of(sim, link);
    uint64_t waiting = wait * rate / 8 / SIM_SECOND;
    if (link->config.queue_bytes && waiting + bytes > link->config.queue_bytes) {
        link->counts.overflowed++;
        return SCTPX_TIME_NEVER;
    }
    link->counts.waited_us += wait;
    if (wait > link->counts.longest_wait_us)
        link->counts.longest_wait_us = wait;
    link->busy_until = sim->now + wait + (uint64_t)bytes * 8 * SIM_SECOND / rate;
    return link->busy_until;
}

static void put_on_link(struct sim *sim, struct sim_packet *packet)
{
    struct link *link = find_link(sim, &packet->from, &packet->to);
    const struct sim_link_config *config = &link->config;
    size_t bytes = ip_length(packet);
    if (config->down || (config->mtu && bytes > config->mtu))
        return;
    if (chance(sim, config->loss_permille)) {
        link->counts.lost++;
        return;
    }
    sctpx_time left = serialize(sim, link, bytes);
    if (left == SCTPX_TIME_NEVER)
        return;
    link->counts.packets++;
    link->counts.bytes += bytes;
    sctpx_time arrival = left + config->delay_us;
    if (chance(sim, config->reorder_permille))
        arrival += config->reorder_us;
    if (chance(sim, config->corrupt_permille)) {
        uint64_t bit = sim_draw(&sim->random) % (packet->length * 8);
        packet->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    sim_queue_push(sim->network->queue, arrival, packet);
    if (chance(sim, config->duplicate_permille))
        sim_queue_push(sim->network->queue, arrival, packet);
}

void sim_network_send(struct sim *sim, struct sim_packet *packet)
{
    bool is_down =
        is_address_down(sim->network, &packet->from) || is_address_down(sim->network, &packet->to);
    if (is_filtered(sim, packet) || is_down || !translate(sim->network, packet)) {
        if (sim_is_tracing())
            sim_print_packet(sim, packet, "dropped");
        return;
    }
    put_on_link(sim, packet);
}

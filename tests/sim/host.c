/* SPDX-License-Identifier: MIT */
/* Hosts: an endpoint with its memory and randomness, and the loop that drives it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/internal.h"
#include "support/engine_rig.h"

enum {
    BUFFER_MAX = 65536,
    MAX_PACKETS_AT_ONCE = 200000, /* more than any test sends in one moment */
    MAX_CHECKED = 8,              /* associations of an endpoint that is checked at each step */
};

/* ---- memory and randomness ----------------------------------------------------------------- */

/* Each block knows its size, so that a wrong size at free is seen. */
struct block {
    _Alignas(max_align_t) size_t size;
};

static void *host_alloc(void *context, size_t size)
{
    struct sim_host *host = context;
    if (sim_fault_next(host))
        return NULL;
    struct block *block = malloc(sizeof(*block) + size);
    assert_non_null(block);
    block->size = size;
    host->live_blocks++;
    host->live_bytes += size;
    host->allocations++;
    if (host->live_bytes > host->peak_bytes)
        host->peak_bytes = host->live_bytes;
    if (!host->sim->is_light)
        memset(block + 1, 0xA5, size);
    return block + 1;
}

static void host_release(void *context, void *memory, size_t size)
{
    struct sim_host *host = context;
    if (!memory)
        return;
    struct block *block = (struct block *)memory - 1;
    if (block->size != size)
        sim_violation(host->sim, "%s frees a block of %zu bytes as %zu", host->name, block->size,
                      size);
    host->live_blocks--;
    host->live_bytes -= size;
    free(block);
}

static void host_random(void *context, void *ret_bytes, size_t size)
{
    struct sim_host *host = context;
    uint8_t *bytes = ret_bytes;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)sim_draw(&host->random);
    if (!host->sim->random_is_high)
        return;
    /* Little endian words or single draws: all bytes but one of each four are 0xFF. */
    for (size_t i = 0; i < size; i++)
        if (i % 4 != 0)
            bytes[i] = 0xFF;
}

/* ---- life ---------------------------------------------------------------------------------- */

static bool has_rfc9260_sender;

void sim_use_rfc9260_sender(bool is_used)
{
    has_rfc9260_sender = is_used;
}

void sim_assoc_options(sctpx_assoc_options *ret_options)
{
    (sctpx_assoc_options_defaults)(ret_options);
    if (!has_rfc9260_sender)
        return;
    ret_options->congestion_control = SCTPX_CONGESTION_RFC9260;
    ret_options->loss_detection = SCTPX_LOSS_RFC9260;
}

void sim_host_options(sctpx_endpoint_options *ret_options)
{
    sctpx_endpoint_options_defaults(ret_options);
    sim_assoc_options(&ret_options->assoc);
}

static void start_endpoint(struct sim_host *host)
{
    int r = sctpx_endpoint_new(&host->options, host->sim->now, &host->endpoint);
    sim_expect(host->sim, r, host->name, "endpoint");
    for (size_t i = 0; i < host->n_addrs; i++)
        assert_int_equal(sctpx_endpoint_add_local(host->endpoint, &host->addrs[i]), 0);
}

struct sim_host *sim_host_new(struct sim *sim, const char *name, size_t n_addrs,
                              const sctpx_endpoint_options *options)
{
    assert_true(sim->n_hosts < SIM_MAX_HOSTS && n_addrs <= SCTPX_MAX_LOCALS);
    struct sim_host *host = calloc(1, sizeof(*host));
    assert_non_null(host);
    host->sim = sim;
    host->name = name;
    host->auto_accept = host->auto_read = true;
    host->transmit_capacity = BUFFER_MAX;
    host->random = sim_draw(&sim->random);
    if (options)
        host->options = *options;
    else
        sim_host_options(&host->options);
    host->mtu = host->options.assoc.mtu;
    if (!host->options.allocator.alloc)
        host->options.allocator = (sctpx_allocator){host_alloc, host_release, host};
    if (!host->options.random) {
        host->options.random = host_random;
        host->options.random_context = host;
    }
    uint8_t number = (uint8_t)(sim->n_hosts + 1);
    for (size_t i = 0; i < n_addrs; i++)
        host->addrs[i] = sim_ipv4(10, number, (uint8_t)(i + 1), 1, SIM_UDP_PORT);
    host->n_addrs = n_addrs;
    sim->hosts[sim->n_hosts++] = host;
    start_endpoint(host);
    return host;
}

static void drop_endpoint(struct sim_host *host)
{
    if (!host->endpoint)
        return;
    sctpx_endpoint_free(host->endpoint);
    host->endpoint = NULL;
    sim_lend_check(host);
    for (size_t i = 0; i < host->n_conns; i++)
        host->conns[i]->assoc = NULL;
}

void sim_host_stop(struct sim_host *host)
{
    drop_endpoint(host);
    if (host->live_blocks != 0)
        sim_violation(host->sim, "%s leaves %zu blocks (%zu bytes) behind", host->name,
                      host->live_blocks, host->live_bytes);
}

void sim_host_crash(struct sim_host *host)
{
    sim_host_stop(host);
    start_endpoint(host);
}

void sim_host_free(struct sim_host *host)
{
    drop_endpoint(host);
    for (size_t i = 0; i < host->n_conns; i++)
        sim_conn_delete(host->conns[i]);
    free(host->conns);
    free(host->events);
    free(host);
}

void sim_listen(struct sim_host *host, uint16_t port, const sctpx_listen_options *options)
{
    sctpx_listen_options defaults;
    sctpx_listen_options_defaults(host->endpoint, &defaults);
    int r = sctpx_endpoint_listen(host->endpoint, port, options ? options : &defaults);
    sim_expect(host->sim, r, host->name, "listen");
    assert_int_equal(r, port);
}

void sim_host_add_conn(struct sim_host *host, struct sim_conn *conn)
{
    host->conns =
        sim_grow(host->conns, &host->max_conns, host->n_conns + 1, sizeof(struct sim_conn *));
    host->conns[host->n_conns++] = conn;
}

/* ---- events -------------------------------------------------------------------------------- */

static void log_event(struct sim_host *host, const sctpx_event *event, struct sim_conn *conn)
{
    host->events =
        sim_grow(host->events, &host->max_events, host->n_events + 1, sizeof(struct sim_event));
    host->events[host->n_events++] = (struct sim_event){
        .at = host->sim->now,
        .type = event->type,
        .conn = conn,
        .stream = event->stream,
        .cause = event->cause,
        .error = event->error,
        .path = event->path,
        .bytes = event->bytes,
        .rtt_us = event->rtt_us,
    };
}

size_t sim_event_count(const struct sim_host *host, enum sctpx_event_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < host->n_events; i++)
        count += host->events[i].type == type;
    return count;
}

const struct sim_event *sim_event(const struct sim_host *host, enum sctpx_event_type type, size_t n)
{
    for (size_t i = 0; i < host->n_events; i++)
        if (host->events[i].type == type && n-- == 0)
            return &host->events[i];
    sim_fail(host->sim, "%s has no such event of type %d", host->name, (int)type);
}

sctpx_endpoint_stats sim_stats(const struct sim_host *host)
{
    sctpx_endpoint_stats stats;
    sctpx_endpoint_get_stats(host->endpoint, &stats);
    return stats;
}

static void accept_all(struct sim_host *host, uint16_t port)
{
    for (;;) {
        sctpx_assoc *assoc;
        struct sim_conn *conn = sim_conn_new(host);
        int r = sctpx_endpoint_accept(host->endpoint, port, conn, &assoc);
        if (r != 0) {
            assert_int_equal(r, SCTPX_EWOULDBLOCK);
            sim_conn_delete(conn);
            return;
        }
        conn->assoc = assoc;
        conn->is_accepted = conn->is_up = true;
        sim_host_add_conn(host, conn);
        if (conn->auto_read)
            sim_read(conn, SIZE_MAX);
    }
}

static bool take_events(struct sim_host *host)
{
    sctpx_event event;
    bool any = false;
    while (sctpx_endpoint_poll_event(host->endpoint, &event) == 1) {
        any = true;
        struct sim_conn *conn = event.assoc ? event.user : NULL;
        /* So many; outcome.c counts them. */
        if (event.type != SCTPX_EVENT_MESSAGE && !host->sim->is_light)
            log_event(host, &event, conn);
        if (sim_is_tracing())
            sim_print_event(host, &event);
        if (event.type == SCTPX_EVENT_INCOMING && host->auto_accept)
            accept_all(host, event.port);
        else if (conn)
            sim_conn_on_event(conn, &event);
    }
    return any;
}

/* ---- packets ------------------------------------------------------------------------------- */

struct sim_host *sim_host_at(struct sim *sim, const sctpx_addr *addr)
{
    for (size_t i = 0; i < sim->n_hosts; i++) {
        struct sim_host *host = sim->hosts[i];
        for (size_t j = 0; j < host->n_addrs; j++)
            if (sim_same_ip(&host->addrs[j], addr) && host->addrs[j].udp_port == addr->udp_port)
                return host;
    }
    return NULL;
}

int sim_host_receive(struct sim_host *host, const struct sim_packet *packet)
{
    sctpx_packet in = {
        .local = packet->to,
        .remote = packet->from,
        .data = packet->data,
        .length = packet->length,
    };
    host->idle_rounds = 0;
    return sctpx_endpoint_receive(host->endpoint, host->sim->now, &in);
}

static void send_one(struct sim_host *host, const sctpx_transmit *transmit, uint8_t *data,
                     size_t length)
{
    struct sim_packet packet = {
        .sender = host,
        .from = transmit->local.family ? transmit->local : host->addrs[0],
        .to = transmit->remote,
        .data = data,
        .length = length,
    };
    if (!host->sim->is_light) {
        sim_check_packet(host, &packet);
        sim_capture_add(host->sim, &packet);
    }
    if (sim_is_tracing())
        sim_print_packet(host->sim, &packet, "");
    sim_network_send(host->sim, &packet);
}

static size_t take_packets(struct sim_host *host)
{
    uint8_t *buffer = malloc(host->transmit_capacity);
    assert_non_null(buffer);
    sctpx_transmit transmit;
    size_t n = 0;
    while (sctpx_endpoint_transmit(host->endpoint, host->sim->now, buffer, host->transmit_capacity,
                                   &transmit) == 1) {
        size_t size = transmit.segment_size;
        if (transmit.length == 0 || size == 0 || transmit.length > host->transmit_capacity)
            sim_violation(host->sim, "%s transmits %zu bytes in segments of %zu", host->name,
                          transmit.length, size);
        for (size_t at = 0; at < transmit.length; at += size, n++)
            send_one(host, &transmit, buffer + at,
                     transmit.length - at < size ? transmit.length - at : size);
        if (n > MAX_PACKETS_AT_ONCE)
            sim_violation(host->sim, "%s does not stop transmitting", host->name);
    }
    free(buffer);
    return n;
}

/* It agrees with itself, and whoever waits has a timer: also when memory has failed. */
static void check_endpoint(const struct sim_host *host)
{
    struct sim_verdict *verdict = sim_verdict();
    if (sim_stats(host).associations > MAX_CHECKED || verdict->is_violated)
        return;
    verdict->is_violated = true;
    snprintf(verdict->what, sizeof(verdict->what), "%s contradicts itself", host->name);
    engine_check(host->endpoint);
    verdict->is_violated = false;
}

void sim_host_service(struct sim_host *host)
{
    bool any = true;
    while (host->endpoint && any) {
        any = take_events(host);
        any = take_packets(host) > 0 || any;
    }
    if (host->endpoint && !host->sim->is_light)
        check_endpoint(host);
}

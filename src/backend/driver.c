/* SPDX-License-Identifier: MIT */
#include "backend/driver_internal.h"

#include <assert.h>
#include <stdlib.h>

#include <sctpx/addr.h>

#include "backend/system.h"

/* ---- sharing ------------------------------------------------------------------------------ */

/* One address without family says what none says. */
static size_t count_of(const struct sctpxi_driver_spec *spec)
{
    return spec->count == 1 && spec->addrs[0].family == SCTPX_NO_FAMILY ? 0 : spec->count;
}

static bool is_match(const struct sctpxi_driver *driver, const struct sctpxi_driver_spec *spec)
{
    if (driver->is_exclusive || driver->kind != spec->carrier ||
        driver->no_segmentation != spec->no_segmentation || driver->addr_count != count_of(spec))
        return false;
    if (spec->carrier == SCTPX_CARRIER_UDP && spec->udp_port != driver->asked_port &&
        spec->udp_port != sctpxi_driver_udp_port(driver))
        return false;
    for (size_t i = 0; i < driver->addr_count; i++)
        if (!sctpx_addr_same_ip(&driver->addrs[i], &spec->addrs[i]))
            return false;
    return true;
}

static struct sctpxi_driver *find_shared(struct sctpxi_driver_hub *hub,
                                         const struct sctpxi_driver_spec *spec)
{
    struct sctpxi_driver *driver;

    if (spec->is_exclusive || spec->fd_count > 0)
        return NULL;
    TAILQ_FOREACH (driver, &hub->drivers, link)
        if (is_match(driver, spec))
            return driver;
    return NULL;
}

/* ---- opening ------------------------------------------------------------------------------ */

static void take_spec(struct sctpxi_driver *driver, const struct sctpxi_driver_spec *spec)
{
    driver->addr_count = count_of(spec);
    for (size_t i = 0; i < driver->addr_count; i++)
        driver->addrs[i] = spec->addrs[i];
    driver->asked_port = spec->udp_port;
    driver->is_exclusive = spec->is_exclusive || spec->fd_count > 0;
    driver->kind = spec->carrier;
    driver->no_segmentation = spec->no_segmentation;
}

static int open_carrier(struct sctpxi_driver *driver, const struct sctpxi_driver_spec *spec)
{
    const struct sctpxi_carrier_options options = {
        .addrs = driver->addrs,
        .count = driver->addr_count,
        .udp_port = spec->udp_port,
        .rcvbuf_bytes = spec->rcvbuf_bytes,
        .sndbuf_bytes = spec->sndbuf_bytes,
        .no_segmentation = spec->no_segmentation,
        .fds = spec->fds,
        .fd_count = spec->fd_count,
    };
    int error = spec->carrier == SCTPX_CARRIER_RAW_IP
                    ? sctpxi_carrier_open_raw(&options, &driver->carrier)
                    : sctpxi_carrier_open_udp(&options, &driver->carrier);

    if (error < 0)
        return error;
    driver->local_count = sctpxi_carrier_count(driver->carrier);
    for (size_t i = 0; i < driver->local_count; i++)
        driver->locals[i] = *sctpxi_carrier_local(driver->carrier, i);
    return 0;
}

static int open_endpoint(struct sctpxi_driver *driver, const sctpx_endpoint_options *asked)
{
    sctpx_endpoint_options options;
    int error;

    sctpx_endpoint_options_defaults(&options);
    if (asked != NULL)
        options = *asked;
    if (options.allocator.alloc == NULL)
        options.allocator = sctpxi_system_allocator();
    if (driver->kind == SCTPX_CARRIER_RAW_IP && options.answers == SCTPX_ANSWER_DEFAULT)
        options.answers = SCTPX_ANSWER_LISTENING_PORTS;
    if (options.packet_buffer_bytes == 0)
        options.packet_buffer_bytes = sctpxi_carrier_room(driver->carrier);
    if (options.random == NULL)
        options.random = sctpxi_system_random;
    error = sctpx_endpoint_new(&options, sctpx_loop_now(driver->loop), &driver->endpoint);
    for (size_t i = 0; i < driver->local_count && error == 0; i++)
        error = sctpx_endpoint_add_local(driver->endpoint, &driver->locals[i]);
    return error;
}

static int watch_sockets(struct sctpxi_driver *driver)
{
    int error = 0;

    for (size_t i = 0; i < driver->local_count && error == 0; i++) {
        struct sctpxi_driver_socket *socket = &driver->sockets[i];

        socket->driver = driver;
        socket->index = i;
        socket->watch.function = sctpxi_driver_on_socket;
        socket->watch.arg = socket;
        error = sctpxi_loop_watch_start(driver->loop, &socket->watch,
                                        sctpxi_carrier_fd(driver->carrier, i), SCTPXI_LOOP_READ);
    }
    return error;
}

/* Fills a driver that has its hub and timer; on failure the caller closes it. */
static int open_parts(struct sctpxi_driver *driver, const struct sctpxi_driver_spec *spec,
                      const sctpx_endpoint_options *options)
{
    int error;

    take_spec(driver, spec);
    driver->buffer = malloc(SCTPXI_DRIVER_BUFFER_BYTES);
    if (driver->buffer == NULL)
        return SCTPX_ENOMEM;
    error = open_carrier(driver, spec);
    if (error == 0)
        error = open_endpoint(driver, options);
    return error < 0 ? error : watch_sockets(driver);
}

static int driver_new(struct sctpxi_driver_hub *hub, const struct sctpxi_driver_spec *spec,
                      const sctpx_endpoint_options *options, struct sctpxi_driver **ret_driver)
{
    sctpx_loop *loop = hub->client.loop;
    struct sctpxi_driver *driver = calloc(1, sizeof(*driver));
    int error;

    if (driver == NULL ||
        sctpxi_loop_timer_init(&driver->timer, loop, sctpxi_driver_on_timer, driver) < 0) {
        free(driver);
        return SCTPX_ENOMEM;
    }
    driver->hub = hub;
    driver->loop = loop;
    driver->refs = 1;
    driver->pcap = hub->pcap;
    sctpxi_loop_defer_init(&driver->turn, loop, sctpxi_driver_on_turn, driver);
    TAILQ_INSERT_TAIL(&hub->drivers, driver, link);
    error = open_parts(driver, spec, options);
    if (error < 0) {
        sctpxi_driver_close(driver);
        sctpxi_driver_reap(driver);
        return error;
    }
    /* The endpoint may have a deadline of its own already. */
    sctpxi_driver_touch(driver);
    *ret_driver = driver;
    return 0;
}

int sctpxi_driver_get(sctpx_loop *loop, const struct sctpxi_driver_spec *spec,
                      const sctpx_endpoint_options *options, struct sctpxi_driver **ret_driver)
{
    struct sctpxi_driver_hub *hub;
    struct sctpxi_driver *driver;

    if (spec->count > SCTPX_MAX_LOCALS)
        return SCTPX_ELIMIT;
    if (sctpxi_driver_hub_get(loop, &hub) < 0)
        return SCTPX_ENOMEM;
    driver = find_shared(hub, spec);
    if (driver == NULL)
        return driver_new(hub, spec, options, ret_driver);
    driver->refs++;
    *ret_driver = driver;
    return 0;
}

/* ---- closing ------------------------------------------------------------------------------ */

void sctpxi_driver_close(struct sctpxi_driver *driver)
{
    if (driver->hub == NULL)
        return;
    assert(driver->share == NULL); /* it holds a reference, and goes before the hub */
    TAILQ_REMOVE(&driver->hub->drivers, driver, link);
    driver->hub = NULL;
    for (size_t i = 0; i < driver->local_count; i++)
        sctpxi_loop_watch_stop(&driver->sockets[i].watch);
    sctpxi_loop_timer_done(&driver->timer);
    sctpxi_loop_defer_cancel(&driver->turn);
    sctpxi_carrier_close(driver->carrier);
    driver->carrier = NULL;
    driver->pcap = NULL; /* the hub's: who closes it does not know of us any more */
}

void sctpxi_driver_reap(struct sctpxi_driver *driver)
{
    if (driver->hub != NULL || driver->depth > 0)
        return;
    if (driver->sink_release != NULL)
        driver->sink_release(driver->sink);
    if (driver->endpoint != NULL)
        sctpx_endpoint_free(driver->endpoint);
    free(driver->buffer);
    free(driver);
}

void sctpxi_driver_put(struct sctpxi_driver *driver)
{
    assert(driver->refs > 0);
    if (--driver->refs == 0) {
        sctpxi_driver_flush_now(driver);
        sctpxi_driver_close(driver);
        sctpxi_driver_reap(driver);
    }
}

void sctpxi_driver_ref(struct sctpxi_driver *driver)
{
    assert(driver->refs > 0);
    driver->refs++;
}

/* ---- looking at it ------------------------------------------------------------------------ */

void sctpxi_driver_set_sink(struct sctpxi_driver *driver, sctpxi_driver_event_function function,
                            void (*on_release)(void *sink), void *sink)
{
    driver->sink_function = function;
    driver->sink_release = on_release;
    driver->sink = sink;
}

void sctpxi_driver_set_share(struct sctpxi_driver *driver, struct sctpxi_share *share)
{
    driver->share = share;
}

void *sctpxi_driver_sink(const struct sctpxi_driver *driver)
{
    return driver->sink;
}

sctpx_endpoint *sctpxi_driver_endpoint(const struct sctpxi_driver *driver)
{
    return driver->endpoint;
}

sctpx_loop *sctpxi_driver_loop(const struct sctpxi_driver *driver)
{
    return driver->loop;
}

sctpx_time sctpxi_driver_now(const struct sctpxi_driver *driver)
{
    return sctpx_loop_now(driver->loop);
}

size_t sctpxi_driver_local_count(const struct sctpxi_driver *driver)
{
    return driver->local_count;
}

const sctpx_addr *sctpxi_driver_local(const struct sctpxi_driver *driver, size_t i)
{
    assert(i < driver->local_count);
    return &driver->locals[i];
}

uint16_t sctpxi_driver_udp_port(const struct sctpxi_driver *driver)
{
    return driver->locals[0].udp_port;
}

void sctpxi_driver_set_pcap(struct sctpxi_driver *driver, struct sctpxi_pcap *pcap)
{
    driver->pcap = pcap;
}

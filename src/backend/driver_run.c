/* SPDX-License-Identifier: MIT */
#include "backend/driver_internal.h"

#include <string.h>

#include "backend/share.h"
#include "trace/pcap.h"

/* What one driver may do in one turn of its loop; the rest waits for the next one. */
#define RECEIVE_BATCHES 4
/*
 * So many packets are enough to answer together, though a batch that has more is worked off. Those
 * of many associations, read first and answered later, would find all that they need gone from the
 * CPU's caches.
 */
#define RECEIVE_ENOUGH 128
/*
 * Enough to work off 128 packets and to find that there are no more (a batch asks for as many as
 * came last, then for twice as many), and how many turns of that timers wait for.
 */
#define LATE_BATCHES 9
#define LATE_TURNS 64
#define EVENTS_PER_TURN 1024
#define TRAINS_PER_TURN 256
/* When to try again after the system had no buffers, which no descriptor tells. */
#define RETRY_US 1000

/* Around everything that touches the engine, but the calls of users: those have their own. */
static void lock(const struct sctpxi_driver *driver)
{
    if (driver->share != NULL)
        sctpxi_share_lock(driver->share);
}

static void unlock(const struct sctpxi_driver *driver)
{
    if (driver->share != NULL)
        sctpxi_share_unlock(driver->share);
}

static void queue_turn(struct sctpxi_driver *driver)
{
    if (driver->carrier != NULL)
        sctpxi_loop_defer_queue(&driver->turn);
}

/* ---- receiving ----------------------------------------------------------------------------- */

static void on_packet(void *arg, const sctpx_packet *packet)
{
    struct sctpxi_driver *driver = arg;

    if (driver->pcap != NULL) {
        sctpxi_pcap_write(driver->pcap, driver->now, &packet->remote, &packet->local, packet->data,
                          packet->length);
    }
    (void)sctpx_endpoint_receive(driver->endpoint, driver->now, packet);
}

static void on_unreachable(void *arg, const sctpx_addr *remote, const uint8_t *quoted,
                           size_t length)
{
    struct sctpxi_driver *driver = arg;

    sctpx_endpoint_on_unreachable(driver->endpoint, driver->now, remote, quoted, length);
}

static void receive(struct sctpxi_driver *driver, size_t socket,
                    const struct sctpxi_carrier_sink *sink)
{
    const struct sctpxi_carrier_stats *stats = sctpxi_carrier_get_stats(driver->carrier);
    uint64_t enough = stats->received_packets + RECEIVE_ENOUGH;

    for (int batches = 0; batches < RECEIVE_BATCHES && stats->received_packets < enough; batches++)
        if (sctpxi_carrier_receive(driver->carrier, socket, sink) == 0)
            break;
}

/* Until nothing is left, which costs a call in vain, or it is much. Says whether all was read. */
static bool receive_late(struct sctpxi_driver *driver, size_t socket,
                         const struct sctpxi_carrier_sink *sink)
{
    const struct sctpxi_carrier_stats *stats = sctpxi_carrier_get_stats(driver->carrier);
    uint64_t enough = stats->received_packets + RECEIVE_ENOUGH;

    for (int batches = 0; batches < LATE_BATCHES && stats->received_packets < enough; batches++) {
        uint64_t before = stats->received_batches;
        if (sctpxi_carrier_receive(driver->carrier, socket, sink) == 0 &&
            stats->received_batches == before)
            return true;
    }
    return false;
}

static bool receive_all_late(struct sctpxi_driver *driver)
{
    const struct sctpxi_carrier_sink sink = {on_packet, on_unreachable, driver};
    bool is_all = true;

    driver->now = sctpx_loop_now(driver->loop);
    for (size_t i = 0; i < sctpxi_carrier_count(driver->carrier); i++)
        is_all = receive_late(driver, i, &sink) && is_all;
    return is_all;
}

void sctpxi_driver_on_socket(void *driver_socket, unsigned events)
{
    struct sctpxi_driver_socket *socket = driver_socket;
    struct sctpxi_driver *driver = socket->driver;
    const struct sctpxi_carrier_sink sink = {on_packet, on_unreachable, driver};

    lock(driver);
    driver->now = sctpx_loop_now(driver->loop);
    if (events & SCTPXI_LOOP_ERROR)
        sctpxi_carrier_receive_errors(driver->carrier, socket->index, &sink);
    if (events & SCTPXI_LOOP_READ)
        receive(driver, socket->index, &sink);
    if (events & SCTPXI_LOOP_WRITE)
        sctpxi_loop_watch_set(&socket->watch, SCTPXI_LOOP_READ);
    unlock(driver);
    queue_turn(driver);
}

/* ---- sending ------------------------------------------------------------------------------ */

/* The source a reader of the trace should see, as far as it is known. */
static sctpx_addr source_of(const struct sctpxi_driver *driver, const sctpx_transmit *transmit)
{
    sctpx_addr source = transmit->local;

    for (size_t i = 0; i < driver->local_count && source.family == SCTPX_NO_FAMILY; i++)
        if (driver->locals[i].family == transmit->remote.family)
            source = driver->locals[i];
    source.udp_port = sctpxi_driver_udp_port(driver);
    return source;
}

static void trace_train(struct sctpxi_driver *driver, sctpx_time now)
{
    const sctpx_transmit *transmit = &driver->transmit;
    size_t step = transmit->segment_size != 0 ? transmit->segment_size : transmit->length;
    sctpx_addr source = source_of(driver, transmit);

    for (size_t at = 0; at < transmit->length; at += step) {
        size_t rest = transmit->length - at;

        sctpxi_pcap_write(driver->pcap, now, &source, &transmit->remote, driver->buffer + at,
                          rest < step ? rest : step);
    }
}

/* Nothing new is asked of the engine before this train is through: what waits here is not lost. */
static void send_train(struct sctpxi_driver *driver)
{
    driver->is_blocked = sctpxi_carrier_send(driver->carrier, &driver->transmit, driver->buffer,
                                             &driver->progress) == SCTPX_EWOULDBLOCK;
    if (driver->is_blocked && driver->progress.socket != SCTPXI_CARRIER_NO_SOCKET) {
        sctpxi_loop_watch_set(&driver->sockets[driver->progress.socket].watch,
                              SCTPXI_LOOP_READ | SCTPXI_LOOP_WRITE);
    }
}

static void set_timer(struct sctpxi_driver *driver, sctpx_time now)
{
    sctpx_time deadline = sctpx_endpoint_next_deadline(driver->endpoint);

    if (driver->is_blocked && driver->progress.socket == SCTPXI_CARRIER_NO_SOCKET &&
        deadline > now + RETRY_US)
        deadline = now + RETRY_US;
    sctpxi_loop_timer_set(&driver->timer, deadline);
}

void sctpxi_driver_flush_now(struct sctpxi_driver *driver)
{
    sctpx_time now;
    int trains = TRAINS_PER_TURN;

    if (driver->carrier == NULL)
        return;
    now = sctpx_loop_now(driver->loop);
    if (driver->is_blocked)
        send_train(driver);
    while (!driver->is_blocked && trains > 0 &&
           sctpx_endpoint_transmit(driver->endpoint, now, driver->buffer,
                                   SCTPXI_DRIVER_BUFFER_BYTES, &driver->transmit) > 0) {
        if (driver->pcap != NULL)
            trace_train(driver, now);
        driver->progress = (struct sctpxi_carrier_progress){0};
        send_train(driver);
        trains--;
    }
    if (trains == 0)
        queue_turn(driver);
    set_timer(driver, now);
}

/* ---- turns -------------------------------------------------------------------------------- */

void sctpxi_driver_touch(struct sctpxi_driver *driver)
{
    if (driver->share != NULL && driver->share->is_foreign)
        sctpxi_share_visit(driver->share);
    else
        queue_turn(driver);
}

/*
 * What has come before a deadline counts, though it waits in a socket: the process was held up, or
 * more came than is read in a turn. Else a SACK that is here would not keep its chunk from being
 * sent again. Where more comes all the time than can be read, timers soon wait no longer until
 * there was an end to it: neither a flood nor a busy host keeps them from firing in time.
 */
static bool may_fire(struct sctpxi_driver *driver)
{
    if (receive_all_late(driver))
        driver->late_turns = 0;
    else if (driver->late_turns <= LATE_TURNS)
        driver->late_turns++;
    return driver->late_turns == 0 || driver->late_turns > LATE_TURNS;
}

void sctpxi_driver_on_timer(void *arg)
{
    struct sctpxi_driver *driver = arg;

    lock(driver);
    if (may_fire(driver))
        sctpx_endpoint_on_deadline(driver->endpoint, sctpx_loop_now(driver->loop));
    unlock(driver);
    queue_turn(driver);
}

static bool next_event(struct sctpxi_driver *driver, sctpx_event *ret_event)
{
    bool is_one;

    lock(driver);
    if (driver->share != NULL)
        sctpxi_share_tell(driver->endpoint);
    is_one = sctpx_endpoint_poll_event(driver->endpoint, ret_event) > 0;
    unlock(driver);
    return is_one;
}

/* Hands events to the sink, which may close the driver. Returns how many. */
static int handle_events(struct sctpxi_driver *driver)
{
    sctpx_event event;
    int count = 0;

    while (count < EVENTS_PER_TURN && driver->carrier != NULL && next_event(driver, &event)) {
        count++;
        if (driver->sink_function != NULL)
            driver->sink_function(driver->sink, &event);
    }
    driver->events += (uint64_t)count;
    return count;
}

void sctpxi_driver_on_turn(void *arg)
{
    struct sctpxi_driver *driver = arg;

    if (driver->depth > 0)
        return; /* a sink runs the loop, which it must not: the turn under way sees to it all */
    driver->depth++;
    driver->turns++;
    /* What the callbacks ask for is sent below: their touches need no turn of their own. */
    if (handle_events(driver) < EVENTS_PER_TURN)
        sctpxi_loop_defer_cancel(&driver->turn);
    else
        queue_turn(driver);
    lock(driver);
    sctpxi_driver_review_ports(driver);
    sctpxi_driver_flush_now(driver);
    unlock(driver);
    if (handle_events(driver) > 0)
        queue_turn(driver);
    if (driver->pcap != NULL)
        sctpxi_pcap_flush(driver->pcap);
    driver->depth--;
    sctpxi_driver_reap(driver);
}

void sctpxi_driver_get_stats(const struct sctpxi_driver *driver,
                             struct sctpxi_driver_stats *ret_stats)
{
    static const struct sctpxi_carrier_stats none;
    const struct sctpxi_carrier_stats *carrier =
        driver->carrier != NULL ? sctpxi_carrier_get_stats(driver->carrier) : &none;

    *ret_stats = (struct sctpxi_driver_stats){
        .turns = driver->turns,
        .events = driver->events,
        .received_packets = carrier->received_packets,
        .received_batches = carrier->received_batches,
        .sent_packets = carrier->sent_packets,
        .sent_batches = carrier->sent_batches,
        .would_block = carrier->would_block,
        .too_big = carrier->too_big,
        .send_errors = carrier->send_errors,
        .icmp_errors = carrier->icmp_errors,
    };
}

/* SPDX-License-Identifier: MIT */
/*
 * After a run with failing allocations, which may have stopped anywhere: with memory and a good
 * network again every association must go on, or have ended and told so. Judged with as little
 * knowledge of the test as can be, so that it holds for all of them.
 */
#include <stdio.h>
#include <string.h>

#include "sim/internal.h"

enum {
    STEPS_MAX = 400000,
    CONNS_MAX = 64, /* of larger worlds only that they survive is judged */
    READ_MAX = 1 << 20,
    ROUND_S = 10,
    ROUNDS = 180 /* long enough for Association.Max.Retrans at HB.interval and RTO.Max */
};

static const char text[] = "after the storm";

/* Every conn of the world, one after the other; NULL at the end. */
static struct sim_conn *nth_conn(const struct sim *sim, size_t n)
{
    for (size_t i = 0; i < sim->n_hosts; n -= sim->hosts[i++]->n_conns)
        if (n < sim->hosts[i]->n_conns)
            return sim->hosts[i]->conns[n];
    return NULL;
}

/* Reads without a look at the contents: the test may have read and sent in its own way. */
static long drain(const struct sim_conn *conn, uint8_t *ret_last)
{
    static uint8_t buffer[READ_MAX];
    long length, last = 0;

    if (!conn->assoc)
        return 0;
    while ((length =
                sctpx_assoc_read_bytes(conn->assoc, SCTPX_ANY_STREAM, buffer, sizeof(buffer))) > 0)
        memcpy(ret_last, buffer, (size_t)(last = length < 64 ? length : 64));
    return last;
}

static void drain_all(const struct sim *sim)
{
    uint8_t bytes[64];
    const struct sim_conn *conn;

    for (size_t i = 0; (conn = nth_conn(sim, i)); i++)
        drain(conn, bytes);
}

static void heal(struct sim *sim)
{
    sim->fault = (struct sim_fault){0};
    sim->capture_off = true;
    sim_clear_filters(sim);
    sim_set_links(sim, &(struct sim_link_config){.delay_us = 10 * SIM_MS});
    for (size_t i = 0; i < sim->n_hosts; i++) {
        struct sim_host *host = sim->hosts[i];
        host->transmit_capacity = 65536;
        host->auto_accept = true;
        host->auto_read = false;
        for (size_t j = 0; j < host->n_addrs; j++)
            sim_set_address_down(sim, &host->addrs[j], false);
        for (size_t j = 0; j < host->n_conns; j++) {
            host->conns[j]->auto_read = false;
            host->conns[j]->load.count = host->conns[j]->load_done;
        }
    }
}

/* At least so long; false if so much went on that the time did not pass. */
static bool run_for(struct sim *sim, sctpx_time duration_us, size_t *steps)
{
    sctpx_time end = sim->now + duration_us;
    bool is_large = nth_conn(sim, CONNS_MAX) != NULL;

    drain_all(sim);
    for (; sim->now < end && *steps < STEPS_MAX && sim_step(sim); ++*steps)
        if (!is_large)
            drain_all(sim);
    return *steps < STEPS_MAX;
}

/* Small windows and slow timers take their time, but it goes on. */
static bool is_getting_on(struct sim *sim, const struct sim_conn *conn)
{
    sctpx_assoc_status before = sim_status(conn), after;
    size_t steps = 0;

    run_for(sim, 300 * SIM_SECOND, &steps);
    after = sim_status(conn);
    return after.unsent_bytes + after.unacked_bytes < before.unsent_bytes + before.unacked_bytes;
}

/* ---- judging ------------------------------------------------------------------------------- */

/* With times and counts as everybody has them, so that ROUNDS are enough. */
static bool is_ordinary(const struct sim_conn *conn)
{
    sctpx_assoc_options options, usual;

    sctpx_assoc_get_options(conn->assoc, &options);
    sctpx_assoc_options_defaults(&usual);
    return options.rto_max_us <= usual.rto_max_us &&
           options.hb_interval_us <= usual.hb_interval_us &&
           options.association_max_retrans <= usual.association_max_retrans &&
           options.max_init_retrans <= usual.max_init_retrans &&
           options.shutdown_guard_us <= 5 * usual.rto_max_us;
}

static struct sim_conn *find_twin(const struct sim *sim, const struct sim_conn *conn)
{
    sctpx_assoc_status mine = sim_status(conn), theirs;
    struct sim_conn *other;

    for (size_t i = 0; (other = nth_conn(sim, i)); i++) {
        if (!other->assoc || other == conn)
            continue;
        theirs = sim_status(other);
        if (theirs.local_tag == mine.remote_tag && theirs.remote_tag == mine.local_tag)
            return other;
    }
    return NULL;
}

/* Associations that nobody accepted have no conn. */
static bool are_all_known(const struct sim *sim)
{
    for (size_t i = 0; i < sim->n_hosts; i++) {
        const struct sim_host *host = sim->hosts[i];
        size_t live = 0;
        if (!host->endpoint)
            continue;
        for (size_t j = 0; j < host->n_conns; j++)
            live += host->conns[j]->assoc && sim_state(host->conns[j]) != SCTPX_CLOSED;
        if (sim_stats(host).associations > live)
            return false;
    }
    return true;
}

static void check_exchange(struct sim *sim, struct sim_conn *from, const struct sim_conn *to)
{
    uint8_t bytes[64] = {0};

    drain_all(sim);
    int r = sctpx_assoc_send(from->assoc, sim->now, text, sizeof(text), &(sctpx_sndinfo){0});
    if (r != 0)
        sim_violation(sim, "%s cannot send afterwards: %s", from->host->name, sctpx_error_name(r));
    for (sctpx_time end = sim->now + 5 * SIM_SECOND; sim->now < end && sim_step(sim);)
        ;
    if (drain(to, bytes) != sizeof(text) || memcmp(bytes, text, sizeof(text)) != 0)
        sim_violation(sim, "what %s sends afterwards does not arrive", from->host->name);
}

static void check_open(struct sim *sim, struct sim_conn *conn, const sctpx_assoc_status *status)
{
    struct sim_conn *twin = find_twin(sim, conn);

    if ((status->unsent_bytes || status->unacked_bytes) && is_getting_on(sim, conn))
        return;
    if (status->state != SCTPX_ESTABLISHED || status->unsent_bytes || status->unacked_bytes)
        sim_violation(sim, "%s hangs in state %d, unsent %zu unacked %zu", conn->host->name,
                      (int)status->state, status->unsent_bytes, status->unacked_bytes);
    if (!conn->is_up)
        sim_violation(sim, "%s was not told that it is up", conn->host->name);
    if (twin)
        check_exchange(sim, conn, twin);
    else if (are_all_known(sim))
        sim_violation(sim, "%s has an association with nobody", conn->host->name);
}

static void check_conn(struct sim *sim, struct sim_conn *conn)
{
    if (!conn->assoc)
        return;
    sctpx_assoc_status status = sim_status(conn);
    if (status.state == SCTPX_CLOSED) {
        if (!conn->is_closed)
            sim_violation(sim, "%s was not told of the end", conn->host->name);
        if (conn->error != status.error)
            sim_violation(sim, "%s was told %s, status says %s", conn->host->name,
                          sctpx_error_name(conn->error), sctpx_error_name(status.error));
    } else if (is_ordinary(conn)) {
        check_open(sim, conn, &status);
    }
}

static void check_all(struct sim *sim)
{
    struct sim_conn *conn;

    for (size_t i = 0; (conn = nth_conn(sim, i)); i++)
        check_conn(sim, conn);
}

void sim_aftermath(struct sim *sim)
{
    size_t steps = 0;
    bool is_large = nth_conn(sim, CONNS_MAX) != NULL, is_calm = true;

    heal(sim);
    for (unsigned i = 0; i < ROUNDS && is_calm; i++)
        is_calm = run_for(sim, ROUND_S * SIM_SECOND, &steps);
    if (!is_calm && !is_large)
        sim_violation(sim, "no rest in %d steps", STEPS_MAX);
    if (is_calm && !is_large)
        check_all(sim);
    for (size_t i = 0; i < sim->n_hosts; i++)
        sim_host_stop(sim->hosts[i]);
    sim->is_finished = true;
}

/* SPDX-License-Identifier: MIT */
/* Long random lives: hosts connect, send, read late, shut down, abort, crash and lose addresses
 * over a bad network. The simulator checks every packet and every byte delivered; at the end no
 * memory is left and what survived still works. */
#include "sim/sim.h"
#include "sim/states.h"

/* ctest: timeout=300 */

enum { HOSTS = 4, RUNS = 12, STEPS = 600 };

static size_t draw(struct sim *sim, size_t n)
{
    return (size_t)(sim_draw(&sim->random) % n);
}

static struct sim_host *draw_host(struct sim *sim)
{
    return sim->hosts[draw(sim, HOSTS)];
}

/* A conn whose association is still there, or NULL. */
static struct sim_conn *draw_conn(struct sim *sim)
{
    struct sim_host *host = draw_host(sim);
    for (int i = 0; i < 10 && host->n_conns > 0; i++) {
        struct sim_conn *conn = host->conns[draw(sim, host->n_conns)];
        if (conn->assoc)
            return conn;
    }
    return NULL;
}

static void connect_somewhere(struct sim *sim)
{
    struct sim_host *from = draw_host(sim), *to = draw_host(sim);
    if (from == to)
        return;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.rcvbuf_bytes = 20000 + draw(sim, 100000);
    options.partial_delivery = draw(sim, 2);
    options.nagle = draw(sim, 2);
    options.hb_interval_us = (1 + draw(sim, 20)) * SIM_SECOND;
    options.path_max_retrans = (uint16_t)(1 + draw(sim, 5));
    /* Fixed ports, so that restarts and collisions happen. */
    static const uint16_t ports[] = {0, 0, 0, 6000, 6001, SIM_PORT};
    struct sim_conn *conn = sim_try_connect(from, to->addrs, 1 + draw(sim, to->n_addrs), SIM_PORT,
                                            ports[draw(sim, 6)], &options);
    if (conn)
        conn->auto_read = draw(sim, 4) != 0;
}

static void send_something(struct sim *sim, struct sim_conn *conn)
{
    for (size_t i = draw(sim, 30); i > 0; i--) {
        uint16_t flags = draw(sim, 5) ? 0 : SCTPX_MSG_UNORDERED;
        size_t length = 1 + draw(sim, draw(sim, 10) ? 3000 : 60000);
        int r = sim_try_send(conn, (uint16_t)draw(sim, 20), length, flags);
        if (r != 0 && r != SCTPX_EWOULDBLOCK && r != SCTPX_ESTATE)
            sim_fail(sim, "send: %s", sctpx_error_name(r));
    }
}

static void act_on_conn(struct sim *sim, struct sim_conn *conn)
{
    sctpx_time now = sim->now;
    switch (draw(sim, 24)) {
    case 0:
        sctpx_assoc_shutdown(conn->assoc, now);
        break;
    case 1:
        sctpx_assoc_abort(conn->assoc, now, "soak", 4);
        break;
    case 2:
        sim_conn_free(conn);
        break;
    case 3:
    case 4:
        conn->auto_read = !conn->auto_read;
        break;
    case 5:
        sctpx_assoc_heartbeat(conn->assoc, now, draw(sim, 4));
        break;
    case 6:
        sctpx_assoc_set_primary(conn->assoc, draw(sim, 4));
        break;
    case 7:
    case 8:
    case 9:
        sim_read(conn, draw(sim, 10));
        break;
    default:
        send_something(sim, conn);
        break;
    }
}

static void change_network(struct sim *sim)
{
    struct sim_host *host = draw_host(sim);
    const sctpx_addr *addr = &host->addrs[draw(sim, host->n_addrs)];
    switch (draw(sim, 4)) {
    case 0:
        sim_set_address_down(sim, addr, true);
        break;
    case 1:
    case 2:
        sim_set_address_down(sim, addr, false);
        break;
    default:
        if (host->n_addrs == 1)
            sim_set_nat(sim, addr, (uint16_t)(40000 + draw(sim, 3)));
        break;
    }
}

static void start_host(struct sim_host *host)
{
    sim_listen(host, SIM_PORT, NULL);
    host->auto_read = draw(host->sim, 4) != 0;
}

/* Forgets everything; often one of the lost connections is made anew from the same ports. */
static void crash(struct sim_host *host)
{
    struct sim *sim = host->sim;
    sctpx_assoc_status status = {.local_port = 0};
    sctpx_path_status path;
    for (size_t i = 0; i < host->n_conns; i++)
        if (host->conns[i]->assoc && sim_status(host->conns[i]).state >= SCTPX_ESTABLISHED &&
            (status.local_port == 0 || draw(sim, 2))) {
            status = sim_status(host->conns[i]);
            path = sim_path(host->conns[i], draw(sim, status.paths));
        }
    sim_host_crash(host);
    start_host(host);
    if (status.local_port != 0 && draw(sim, 4))
        sim_try_connect(host, &path.remote, 1, status.remote_port, status.local_port, NULL);
}

static void one_step(struct sim *sim)
{
    struct sim_conn *conn;
    size_t what = draw(sim, 100);
    if (what < 8) {
        connect_somewhere(sim);
    } else if (what < 14) {
        change_network(sim);
    } else if (what < 16) {
        crash(draw_host(sim));
    } else if ((conn = draw_conn(sim)) != NULL) {
        act_on_conn(sim, conn);
    }
    sim_run_for(sim, draw(sim, draw(sim, 10) ? 50 * SIM_MS : 20 * SIM_SECOND));
}

static struct sim *new_world(void **state, uint64_t run)
{
    struct sim *sim = sim_renew(state);
    sim->random += run * 1000003;
    sim->random_is_high = run % 4 == 3;
    static const char *const names[HOSTS] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < HOSTS; i++) {
        struct sim_host *host = sim_host_new(sim, names[i], 1 + i % 3, NULL);
        host->transmit_capacity = run % 2 ? 1500 : 65536;
        start_host(host);
    }
    struct sim_link_config link = {
        .delay_us = (1 + draw(sim, 50)) * SIM_MS,
        .rate_bps = 1000000 + draw(sim, 50000000),
        .queue_bytes = 10000 + draw(sim, 100000),
        .loss_permille = (uint32_t)draw(sim, 100),
        .duplicate_permille = (uint32_t)draw(sim, 50),
        .corrupt_permille = (uint32_t)draw(sim, 20),
        .reorder_permille = (uint32_t)draw(sim, 100),
        .reorder_us = draw(sim, 50) * SIM_MS,
    };
    sim_set_links(sim, &link);
    return sim;
}

/* The network gets well: everything that is up delivers what was sent, nothing hangs. */
static void settle(struct sim *sim)
{
    struct sim_link_config good = {.delay_us = 5 * SIM_MS};
    sim_set_links(sim, &good);
    for (size_t i = 0; i < HOSTS; i++)
        for (size_t j = 0; j < sim->hosts[i]->n_addrs; j++)
            sim_set_address_down(sim, &sim->hosts[i]->addrs[j], false);
    for (size_t i = 0; i < HOSTS; i++) {
        struct sim_host *host = sim->hosts[i];
        host->auto_read = true;
        for (size_t j = 0; j < host->n_conns; j++)
            if (host->conns[j]->assoc) {
                host->conns[j]->auto_read = true;
                sim_read(host->conns[j], SIZE_MAX);
            }
    }
    sim_run_for(sim, 600 * SIM_SECOND);
    for (size_t i = 0; i < HOSTS; i++) {
        struct sim_host *host = sim->hosts[i];
        for (size_t j = 0; j < host->n_conns; j++) {
            struct sim_conn *conn = host->conns[j];
            if (!conn->assoc || conn->is_closed)
                continue;
            sctpx_assoc_status status = sim_status(conn);
            if (status.state != SCTPX_ESTABLISHED || status.unsent_bytes || status.unacked_bytes)
                sim_fail(sim, "%s: conn %zu hangs in %s, unsent %zu, unacked %zu", host->name, j,
                         sim_state_name(status.state), status.unsent_bytes, status.unacked_bytes);
        }
    }
}

static void test_random_lives(void **state)
{
    for (uint64_t run = 0; run < RUNS; run++) {
        struct sim *sim = new_world(state, run);
        sim->capture_off = true;
        for (int i = 0; i < STEPS; i++)
            one_step(sim);
        settle(sim);
        sim_finish(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_random_lives),
    };
    return cmocka_run_group_tests_name("scenario.soak", tests, NULL, NULL);
}

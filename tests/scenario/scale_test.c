/* SPDX-License-Identifier: MIT */
/* Many associations on one endpoint: set-up, independence, ends, addresses of both families. */
#include <string.h>

#include "sim/raw.h"
#include "sim/sim.h"

enum { MANY = 2000 };

static void test_thousands_of_associations(void **state)
{
    struct sim *sim = *state;
    sim->capture_off = true;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    static struct sim_conn *conns[MANY];
    for (size_t i = 0; i < MANY; i++) {
        conns[i] = sim_connect(a, b, SIM_PORT, NULL);
        sim_run_for(sim, SIM_MS);
    }
    sim_run_until_up(conns[MANY - 1], SIM_SECOND);
    assert_int_equal(b->n_conns, MANY);
    assert_int_equal(sim_stats(b).associations, MANY);
    for (size_t i = 0; i < MANY; i++)
        sim_send(conns[i], (uint16_t)(i % 100), i + 1);
    sim_run_for(sim, SIM_SECOND);
    size_t bytes = 0;
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(b->conns[i]->received_messages, 1);
        bytes += b->conns[i]->received_bytes;
    }
    assert_int_equal(bytes, (size_t)MANY * (MANY + 1) / 2);
    /* Two minutes of heartbeats. */
    sim_run_for(sim, 120 * SIM_SECOND);
    for (size_t i = 0; i < MANY; i++)
        assert_false(conns[i]->is_closed);
    /* All at once: not one ABORT may be lost on the way out. */
    for (size_t i = 0; i < MANY; i++)
        sim_conn_free(conns[i]);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(sim_event_count(b, SCTPX_EVENT_CLOSED), MANY);
    sim_finish(sim);
}

/* An endpoint that is freed in the middle of everything leaves nothing behind.
 * covers: 9260/11.1.16-1 */
static void test_endpoint_freed_under_load(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 2, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 2, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_link_config link = {.delay_us = 10 * SIM_MS, .loss_permille = 100};
    sim_set_links(sim, &link);
    for (size_t i = 0; i < 20; i++) {
        struct sim_conn *conn = sim_connect(a, b, SIM_PORT, NULL);
        sim_send_load(
            conn, (struct sim_load){.count = 50, .min_bytes = 1, .max_bytes = 20000, .streams = 5});
        if (i % 3 == 0)
            b->auto_accept = !b->auto_accept;
        sim_run_for(sim, 100 * SIM_MS);
    }
    sim_finish(sim);
}

static void use_ipv6(struct sim_host *host, uint8_t number)
{
    for (size_t i = 0; i < host->n_addrs; i++) {
        memset(host->addrs[i].ip, 0, sizeof(host->addrs[i].ip));
        host->addrs[i].family = SCTPX_IPV6;
        host->addrs[i].ip[0] = 0x20;
        host->addrs[i].ip[1] = 0x01;
        host->addrs[i].ip[14] = number;
        host->addrs[i].ip[15] = (uint8_t)(i + 1);
    }
    sim_host_crash(host);
}

static void test_ipv6(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 2, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 2, NULL);
    use_ipv6(a, 1);
    use_ipv6(b, 2);
    struct sim_pair pair = sim_pair_hosts(a, b, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = 100, .min_bytes = 1, .max_bytes = 5000});
    sim_run_until_received(pair.ba, 100, 10 * SIM_SECOND);
    assert_int_equal(sim_status(pair.ab).paths, 2);
    /* 7.2.1: min(4 * PMDCS, max(2 * PMDCS, 4344)) for IPv6. */
    struct sim_conn *fresh = sim_connect(a, b, SIM_PORT, NULL);
    sim_run_until_up(fresh, SIM_SECOND);
    assert_int_equal(sim_path(fresh, 0).cwnd_bytes, 4344);
    sim_finish(sim);
}

/* The same pair of hosts, many ports: they do not disturb each other. */
static void test_many_listeners(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(b->endpoint, &listen);
    for (uint16_t i = 0; i < 200; i++)
        sim_listen(b, (uint16_t)(SIM_PORT + i), NULL);
    assert_int_equal(sctpx_endpoint_listen(b->endpoint, SIM_PORT, &listen), SCTPX_EADDRINUSE);
    int port = sctpx_endpoint_listen(b->endpoint, 0, &listen);
    assert_true(port > 0);
    for (uint16_t i = 0; i < 200; i++) {
        struct sim_conn *conn = sim_connect(a, b, (uint16_t)(SIM_PORT + i), NULL);
        sim_run_until_up(conn, SIM_SECOND);
        assert_int_equal(sim_status(b->conns[i]).local_port, SIM_PORT + i);
    }
    struct sim_conn *conn = sim_connect(a, b, (uint16_t)port, NULL);
    sim_run_until_up(conn, SIM_SECOND);
    sim_finish(sim);
}

static void test_refused_commands(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sctpx_endpoint *endpoint = pair.a->endpoint;
    const sctpx_addr *remote = &pair.b->addrs[0];
    sctpx_assoc *assoc = NULL;
    assert_int_equal(
        sctpx_endpoint_connect(endpoint, sim->now, remote, 0, SIM_PORT, 0, NULL, NULL, &assoc),
        SCTPX_EINVAL);
    assert_int_equal(
        sctpx_endpoint_connect(endpoint, sim->now, remote, 1, 0, 0, NULL, NULL, &assoc),
        SCTPX_EINVAL);
    /* The same ports and address once more. */
    assert_int_equal(sctpx_endpoint_connect(endpoint, sim->now, remote, 1, SIM_PORT,
                                            sim_status(pair.ab).local_port, NULL, NULL, &assoc),
                     SCTPX_EADDRINUSE);
    assert_null(assoc);
    assert_int_equal(sctpx_endpoint_accept(pair.b->endpoint, SIM_PORT, NULL, &assoc),
                     SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_endpoint_add_local(endpoint, &pair.a->addrs[0]), SCTPX_EADDRINUSE);
    sctpx_path_status path;
    assert_int_equal(sctpx_assoc_get_path(pair.ab->assoc, 1, &path), SCTPX_EINVAL);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_thousands_of_associations),
        sim_unit_test(test_endpoint_freed_under_load),
        sim_unit_test(test_ipv6),
        sim_unit_test(test_many_listeners),
        sim_unit_test(test_refused_commands),
    };
    return cmocka_run_group_tests_name("scenario.scale", tests, NULL, NULL);
}

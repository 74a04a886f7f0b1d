/* SPDX-License-Identifier: MIT */
/* The options of the endpoint below a server: limits, and who sets them. */
#include "support/loopback.h"

#include <stdlib.h>

enum { SHORT_MS = 400 };

static sctpx_server_options defaults(void)
{
    sctpx_server_options options;

    sctpx_server_options_defaults(&options);
    return options;
}

/* How a client that waits for so long fares. */
static int try_to_connect(struct bed *bed, uint16_t port, int timeout_ms, sctpx_socket **ret_socket)
{
    sctpx_socket_options options;

    sctpx_socket_options_defaults(&options);
    options.connect_timeout_ms = timeout_ms;
    assert_int_equal(sctpx_socket_new(bed->loop, &options, ret_socket), 0);
    assert_int_equal(sctpx_socket_connect(*ret_socket, &bed->addr, 1, port), 0);
    return sctpx_socket_wait_for_connected(*ret_socket, SCTPX_FOREVER);
}

static int outcome(struct bed *bed, uint16_t port, int timeout_ms)
{
    sctpx_socket *socket;
    int result = try_to_connect(bed, port, timeout_ms, &socket);

    sctpx_socket_free(socket);
    return result;
}

static void test_associations_are_limited(void **state)
{
    sctpx_server_options options = defaults();
    sctpx_socket *first;
    struct bed bed;
    uint16_t port;

    (void)state;
    options.endpoint.max_assocs = 1;
    bed_open(&bed, SCTPX_IPV4, 0, &options);
    port = sctpx_server_port(bed.server);
    assert_int_equal(try_to_connect(&bed, port, 10000, &first), 0);
    assert_int_equal(outcome(&bed, port, SHORT_MS), SCTPX_ETIMEDOUT);
    sctpx_socket_free(first);
    bed_close(&bed);
}

static void test_rate_of_inits(void **state)
{
    sctpx_server_options options = defaults();
    sctpx_endpoint_stats stats;
    struct bed bed;

    (void)state;
    options.endpoint.init_rate = 0;
    options.endpoint.init_burst = 0;
    bed_open(&bed, SCTPX_IPV4, 0, &options);
    assert_int_equal(outcome(&bed, sctpx_server_port(bed.server), SHORT_MS), SCTPX_ETIMEDOUT);
    assert_int_equal(sctpx_server_stats(bed.server, &stats), 0);
    assert_true(stats.dropped_rate > 0);
    bed_close(&bed);
}

static void test_silence_towards_strangers(void **state)
{
    for (int silent = 0; silent <= 1; silent++) {
        sctpx_server_options options = defaults();
        struct bed bed;

        (void)state;
        options.endpoint.silent_ootb = silent != 0;
        bed_open(&bed, SCTPX_IPV4, 0, &options);
        assert_int_equal(outcome(&bed, sctpx_server_port(bed.server) ^ 1, SHORT_MS),
                         silent ? SCTPX_ETIMEDOUT : SCTPX_EREFUSED);
        bed_close(&bed);
    }
}

/* ---- memory ------------------------------------------------------------------------------- */

struct account {
    size_t bytes, calls;
};

static void *take(void *context, size_t size)
{
    struct account *account = context;

    account->bytes += size;
    account->calls++;
    return malloc(size);
}

static void give_back(void *context, void *memory, size_t size)
{
    struct account *account = context;

    account->bytes -= size;
    free(memory);
}

static void test_memory_comes_from_the_allocator_given(void **state)
{
    sctpx_server_options options = defaults();
    struct account account = {0};
    struct bed bed;

    (void)state;
    options.endpoint.allocator =
        (sctpx_allocator){.alloc = take, .free = give_back, .context = &account};
    bed_open(&bed, SCTPX_IPV4, 0, &options);
    assert_int_equal(outcome(&bed, sctpx_server_port(bed.server), 10000), 0);
    assert_true(account.calls > 0);
    bed_close(&bed);
    assert_int_equal(account.bytes, 0);
}

/* ---- one UDP port, one endpoint ----------------------------------------------------------- */

static uint16_t free_udp_port(sctpx_loop *loop)
{
    const sctpx_addr addr = loopback_v4(1, 0);
    sctpx_socket *socket;
    uint16_t port;

    assert_int_equal(sctpx_socket_new(loop, NULL, &socket), 0);
    assert_int_equal(sctpx_socket_bind(socket, &addr, 1, 0, 0), 0);
    port = sctpx_socket_local_udp_port(socket);
    sctpx_socket_free(socket);
    return port;
}

static sctpx_server *listen_at(sctpx_loop *loop, const sctpx_addr *addr, bool is_silent)
{
    sctpx_server_options options = defaults();
    sctpx_server *server;

    options.endpoint.silent_ootb = is_silent;
    assert_int_equal(sctpx_server_new(loop, &options, &server), 0);
    assert_int_equal(sctpx_server_listen(server, addr, 1, 0), 0);
    return server;
}

static void test_the_first_server_on_a_udp_port_decides(void **state)
{
    struct bed bed = {0};

    (void)state;
    assert_int_equal(sctpx_loop_new(&bed.loop), 0);
    bed.addr = loopback_v4(1, free_udp_port(bed.loop));
    for (int silent = 0; silent <= 1; silent++) {
        sctpx_server *first = listen_at(bed.loop, &bed.addr, silent != 0);
        sctpx_server *second = listen_at(bed.loop, &bed.addr, silent == 0);

        assert_int_equal(sctpx_server_udp_port(second), sctpx_server_udp_port(first));
        assert_int_equal(outcome(&bed, 9, SHORT_MS), silent ? SCTPX_ETIMEDOUT : SCTPX_EREFUSED);
        sctpx_server_free(first);
        sctpx_server_free(second);
    }
    sctpx_loop_free(bed.loop);
}

/* ---- ranges ------------------------------------------------------------------------------- */

static void test_options_out_of_range(void **state)
{
    sctpx_server_options good = defaults(), bad[4] = {good, good, good, good};
    sctpx_server *server;
    sctpx_loop *loop;

    (void)state;
    bad[0].endpoint.cookie_lifetime_us = 0;
    bad[1].endpoint.shard_bits = 9;
    bad[2].endpoint.shard = 1;
    bad[3].endpoint.allocator.alloc = take;
    assert_int_equal(sctpx_loop_new(&loop), 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(sctpx_server_new(loop, &bad[i], &server), SCTPX_EINVAL);
    good.endpoint.assoc = (sctpx_assoc_options){0}; /* not looked at */
    assert_int_equal(sctpx_server_new(loop, &good, &server), 0);
    good.udp_port = 0;
    sctpx_server_free(server);
    assert_int_equal(sctpx_server_new(loop, &good, &server), 0);
    assert_int_equal(sctpx_server_listen(server, NULL, 0, 0), 0);
    sctpx_server_free(server);
    sctpx_loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_associations_are_limited),
        cmocka_unit_test(test_rate_of_inits),
        cmocka_unit_test(test_silence_towards_strangers),
        cmocka_unit_test(test_memory_comes_from_the_allocator_given),
        cmocka_unit_test(test_the_first_server_on_a_udp_port_decides),
        cmocka_unit_test(test_options_out_of_range),
    };

    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}

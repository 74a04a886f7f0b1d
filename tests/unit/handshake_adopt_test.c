/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * Set-up and what it takes over, with memory failing at each allocation on the way: in the end the
 * association is there as a whole, or not at all, or still on its way with a timer running.
 */
#include "engine/assoc.h"
#include "engine/endpoint.h"
#include "support/engine_rig.h"

static struct engine_rig rig;
static sctpx_addr more[SCTPX_MAX_PATHS];

static void init(void)
{
    engine_rig_init(&rig);
    for (uint8_t i = 0; i < SCTPX_MAX_PATHS; i++)
        more[i] = engine_rig_addr(1 + i, 2);
    rig.peer_addrs = more;
    rig.peer_addr_count = 3;
}

static void test_client_takes_over(void **state)
{
    (void)state;
    init();
    rig.os = 4;
    rig.mis = 6;
    engine_rig_connect(&rig);
    sctpx_assoc_status s;
    sctpx_assoc_get_status(rig.assoc, &s);
    assert_int_equal(s.paths, 4);
    assert_int_equal(s.in_streams, 4);
    assert_int_equal(s.out_streams, 6);
    assert_int_equal(s.remote_tag, rig.tag);
    assert_int_equal(s.peer_rwnd_bytes, rig.rwnd);
    for (size_t i = 0; i < 4; i++) {
        sctpx_path_status p;
        assert_int_equal(sctpx_assoc_get_path(rig.assoc, i, &p), 0);
        assert_int_equal(p.confirmed, i == 0); /* 5.4 */
        assert_int_equal(p.remote.udp_port, 9899);
    }
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void test_server_takes_over(void **state)
{
    (void)state;
    init();
    rig.os = 4;
    rig.mis = 6;
    engine_rig_accept(&rig);
    sctpx_assoc_status s;
    sctpx_assoc_get_status(rig.assoc, &s);
    assert_int_equal(s.paths, 4);
    assert_int_equal(s.in_streams, 4);
    assert_int_equal(s.out_streams, 6);
    assert_int_equal(s.local_tag, rig.ep_tag);
    sctpx_path_status p;
    assert_int_equal(sctpx_assoc_get_path(rig.assoc, 0, &p), 0);
    assert_true(p.confirmed);
    assert_memory_equal(p.local.ip, rig.local.ip, 16);
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void test_more_addresses_than_paths(void **state)
{
    (void)state;
    init();
    rig.peer_addr_count = SCTPX_MAX_PATHS;
    engine_rig_connect(&rig);
    assert_int_equal(rig.assoc->path_count, SCTPX_MAX_PATHS);
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

/* Each of the first allocations of connect fails, once or for good. */
static void test_connect_without_memory(void **state)
{
    (void)state;
    unsigned good = 0;
    for (size_t n = 1; n < 12; n++) {
        init();
        engine_rig_start(&rig);
        size_t before = rig.ta.live_bytes;
        test_alloc_fail(&rig.ta, n, 1);
        int result =
            sctpx_endpoint_connect(rig.ep, rig.now, more, 4, 6000, 0, NULL, NULL, &rig.assoc);
        test_alloc_fail(&rig.ta, 0, 0);
        if (result == 0) {
            good++;
            assert_int_equal(rig.assoc->path_count, 4);
        } else {
            assert_int_equal(result, SCTPX_ENOMEM);
            assert_int_equal(rig.ep->assoc_count, 0);
            /* the heap of deadlines may have grown */
            assert_true(rig.ta.live_bytes <= before + 16 * SCTPXI_HEAP_NODE_BYTES);
        }
        engine_rig_flush(&rig);
        engine_rig_check(&rig);
        engine_rig_done(&rig);
    }
    assert_in_range(good, 3, 9);
}

/* The same while the answers come in: time passes, and then it must go on. */
static void test_client_without_memory(void **state)
{
    (void)state;
    for (size_t n = 1; n < 20; n++) {
        for (size_t count = 1; count <= 3; count++) {
            init();
            assert_int_equal(engine_rig_try_connect(&rig), 0);
            assert_int_equal(engine_rig_user_send(&rig, 0, 3000), 0);
            engine_rig_flush(&rig);
            engine_rig_learn(&rig);
            test_alloc_fail(&rig.ta, n, count);
            engine_rig_send(&rig, engine_rig_init_ack(&rig));
            engine_rig_check(&rig);
            test_alloc_fail(&rig.ta, 0, 0);
            if (rig.assoc->state == SCTPX_COOKIE_WAIT) {
                engine_rig_next_deadline(&rig);
                assert_true(engine_rig_has(&rig, 1));
                engine_rig_send(&rig, engine_rig_init_ack(&rig));
            }
            struct pb *pb = engine_rig_packet(&rig);
            pb_cookie_ack(pb);
            engine_rig_send(&rig, pb);
            assert_int_equal(rig.assoc->state, SCTPX_ESTABLISHED);
            engine_rig_check(&rig);
            engine_rig_done(&rig);
        }
    }
}

static void test_server_without_memory(void **state)
{
    (void)state;
    for (size_t n = 1; n < 20; n++) {
        for (size_t count = 1; count <= 3; count++) {
            init();
            engine_rig_listen(&rig);
            engine_rig_send(&rig, engine_rig_init_packet(&rig));
            engine_rig_learn(&rig);
            test_alloc_fail(&rig.ta, n, count);
            struct pb *pb = engine_rig_cookie_echo(&rig);
            pb_data(pb, 3, rig.tsn, 0, 0, 0, "with it", 7);
            int result = engine_rig_send(&rig, pb);
            engine_rig_check(&rig);
            test_alloc_fail(&rig.ta, 0, 0);
            assert_int_equal(sctpx_endpoint_backlog(rig.ep, rig.port), result == 0);
            engine_rig_send(&rig, engine_rig_cookie_echo(&rig)); /* the peer tries again */
            assert_true(engine_rig_has(&rig, 11));
            assert_int_equal(sctpx_endpoint_backlog(rig.ep, rig.port), 1);
            engine_rig_check(&rig);
            engine_rig_done(&rig);
        }
    }
}

/* Whatever the memory of the endpoint is limited to. */
static void test_memory_limit(void **state)
{
    (void)state;
    init();
    engine_rig_listen(&rig);
    size_t limit = rig.ta.live_bytes;
    engine_rig_done(&rig);
    for (size_t extra = 0; extra < 6000; extra += 40) {
        init();
        rig.opt.memory_limit_bytes = limit + extra;
        engine_rig_listen(&rig);
        engine_rig_send(&rig, engine_rig_init_packet(&rig));
        engine_rig_learn(&rig);
        engine_rig_send(&rig, engine_rig_cookie_echo(&rig));
        engine_rig_data(&rig, 0, 0, 1000);
        assert_true(rig.ta.peak_bytes <= limit + extra);
        engine_rig_check(&rig);
        engine_rig_done(&rig);
    }
}

/* The user asked for the end before it was set up: it ends by itself, sent data first. */
static void test_shutdown_before_it_is_up(void **state)
{
    (void)state;
    for (unsigned with_data = 0; with_data < 2; with_data++) {
        init();
        assert_int_equal(engine_rig_try_connect(&rig), 0);
        engine_rig_flush(&rig);
        engine_rig_learn(&rig);
        if (with_data)
            assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
        assert_int_equal(sctpx_assoc_shutdown(rig.assoc, rig.now), 0);
        assert_int_equal(engine_rig_user_send(&rig, 0, 10), SCTPX_ESTATE);
        engine_rig_send(&rig, engine_rig_init_ack(&rig));
        struct pb *pb = engine_rig_packet(&rig);
        pb_cookie_ack(pb);
        engine_rig_send(&rig, pb);
        engine_rig_check(&rig);
        if (with_data)
            engine_rig_sack(&rig, rig.ep_tsn, 100000);
        assert_int_equal(rig.assoc->state, SCTPX_SHUTDOWN_SENT);
        assert_true(engine_rig_has(&rig, 7));
        engine_rig_check(&rig);
        engine_rig_done(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client_takes_over),
        cmocka_unit_test(test_server_takes_over),
        cmocka_unit_test(test_more_addresses_than_paths),
        cmocka_unit_test(test_connect_without_memory),
        cmocka_unit_test(test_client_without_memory),
        cmocka_unit_test(test_server_without_memory),
        cmocka_unit_test(test_memory_limit),
        cmocka_unit_test(test_shutdown_before_it_is_up),
    };
    return cmocka_run_group_tests_name("handshake_adopt", tests, NULL, NULL);
}

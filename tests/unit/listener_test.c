/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/assoc.h"
#include "engine/endpoint.h"
#include "support/engine_rig.h"

static struct engine_rig rig;

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

/* One more peer, with its own port, sets an association up. Result of the COOKIE ECHO. */
static int knock(uint16_t peer_port)
{
    rig.peer_port = peer_port;
    rig.tag = 0x10000u + peer_port;
    int result = engine_rig_send(&rig, engine_rig_init_packet(&rig));
    if (result < 0)
        return result;
    engine_rig_learn(&rig);
    return engine_rig_send(&rig, engine_rig_cookie_echo(&rig));
}

/* covers: 9260/15.6-1 */
static void test_ports(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    assert_int_equal(sctpx_endpoint_listen(rig.ep, 80, NULL), 80);
    assert_int_equal(sctpx_endpoint_listen(rig.ep, 80, NULL), SCTPX_EADDRINUSE);
    int chosen = sctpx_endpoint_listen(rig.ep, 0, NULL);
    assert_in_range(chosen, 49152, 65535);
    assert_int_equal(sctpx_endpoint_unlisten(rig.ep, rig.now, 81), SCTPX_ESTATE);
    assert_int_equal(sctpx_endpoint_unlisten(rig.ep, rig.now, 80), 0);
    assert_int_equal(sctpx_endpoint_unlisten(rig.ep, rig.now, 80), SCTPX_ESTATE);
    assert_int_equal(sctpx_endpoint_listen(rig.ep, 80, NULL), 80);
    tear_down();
}

static void test_bad_options(void **state)
{
    (void)state;
    sctpx_listen_options o;
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    sctpx_listen_options_defaults(rig.ep, &o);
    assert_int_equal(o.backlog, 50);
    o.backlog = 0;
    assert_int_equal(sctpx_endpoint_listen(rig.ep, 80, &o), SCTPX_EINVAL);
    sctpx_listen_options_defaults(rig.ep, &o);
    o.assoc.out_streams = 0;
    assert_int_equal(sctpx_endpoint_listen(rig.ep, 80, &o), SCTPX_EINVAL);
    test_alloc_fail(&rig.ta, 1, 0);
    assert_int_equal(sctpx_endpoint_listen(rig.ep, 80, NULL), SCTPX_ENOMEM);
    test_alloc_fail(&rig.ta, 0, 0);
    tear_down();
}

static void test_oldest_first(void **state)
{
    (void)state;
    sctpx_assoc *a;
    sctpx_assoc_status status;
    engine_rig_init(&rig);
    engine_rig_listen(&rig);
    assert_int_equal(sctpx_endpoint_accept(rig.ep, rig.port, NULL, &a), SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_endpoint_accept(rig.ep, 81, NULL, &a), SCTPX_ESTATE);
    for (uint16_t i = 0; i < 5; i++)
        assert_int_equal(knock(7000 + i), 0);
    assert_int_equal(sctpx_endpoint_backlog(rig.ep, rig.port), 5);
    assert_int_equal(sctpx_endpoint_backlog(rig.ep, 81), 0);
    engine_rig_check(&rig);
    for (uint16_t i = 0; i < 5; i++) {
        assert_int_equal(sctpx_endpoint_accept(rig.ep, rig.port, NULL, &a), 0);
        sctpx_assoc_get_status(a, &status);
        assert_int_equal(status.remote_port, 7000 + i);
    }
    assert_int_equal(sctpx_endpoint_backlog(rig.ep, rig.port), 0);
    tear_down();
}

/* 10,000 associations that are aborted at once: the backlog counts back to zero. */
static void test_no_place_is_lost(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_listen(&rig);
    size_t before = 0;
    for (unsigned i = 0; i < 10000; i++) {
        assert_int_equal(knock((uint16_t)(1000 + i % 100)), 0);
        struct pb *pb = engine_rig_packet(&rig);
        pb_abort(pb, false);
        engine_rig_send(&rig, pb);
        assert_int_equal(sctpx_endpoint_backlog(rig.ep, rig.port), 0);
        if (i == 100)
            before = rig.ta.live_bytes;
    }
    assert_int_equal(rig.ta.live_bytes, before);
    tear_down();
}

static void test_full_backlog_drops_silently(void **state)
{
    (void)state;
    sctpx_listen_options o;
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    sctpx_listen_options_defaults(rig.ep, &o);
    o.backlog = 2;
    assert_int_equal(sctpx_endpoint_listen(rig.ep, rig.port, &o), rig.port);
    assert_int_equal(knock(1), 0);
    /* this one has its INIT ACK before the backlog is full */
    rig.peer_port = 9;
    engine_rig_send(&rig, engine_rig_init_packet(&rig));
    engine_rig_learn(&rig);
    struct pb *late = engine_rig_cookie_echo(&rig);
    assert_int_equal(knock(2), 0);
    assert_int_equal(knock(3), SCTPX_ELIMIT);
    assert_int_equal(rig.sent_count, 0);
    assert_int_equal(engine_rig_send(&rig, late), SCTPX_ELIMIT);
    assert_int_equal(rig.sent_count, 0);
    sctpx_endpoint_stats stats;
    sctpx_endpoint_get_stats(rig.ep, &stats);
    assert_int_equal(stats.dropped_backlog, 2);
    tear_down();
}

/* One that ended but has something to read is still worth accepting, and holds its place. */
static void test_ended_ones_with_data_stay(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_listen(&rig);
    assert_int_equal(knock(7000), 0);
    engine_rig_data(&rig, 0, 0, 10);
    struct pb *pb = engine_rig_packet(&rig);
    pb_abort(pb, false);
    engine_rig_send(&rig, pb);
    assert_int_equal(sctpx_endpoint_backlog(rig.ep, rig.port), 1);
    engine_rig_check(&rig);
    assert_int_equal(sctpx_endpoint_unlisten(rig.ep, rig.now, rig.port), 0);
    assert_int_equal(rig.ep->assoc_count, 0);
    tear_down();
}

static void test_unlisten_aborts_what_waits(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_listen(&rig);
    assert_int_equal(knock(1), 0);
    assert_int_equal(sctpx_endpoint_accept(rig.ep, rig.port, NULL, &rig.assoc), 0);
    assert_int_equal(knock(2), 0);
    assert_int_equal(knock(3), 0);
    assert_int_equal(sctpx_endpoint_unlisten(rig.ep, rig.now, rig.port), 0);
    engine_rig_flush(&rig);
    assert_int_equal(engine_rig_count(&rig, 6), 2);
    assert_int_equal(rig.ep->assoc_count, 1);
    assert_int_equal(rig.assoc->state, SCTPX_ESTABLISHED);
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_INCOMING], 0);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_oldest_first),
        cmocka_unit_test(test_no_place_is_lost),
        cmocka_unit_test(test_full_backlog_drops_silently),
        cmocka_unit_test(test_ended_ones_with_data_stay),
        cmocka_unit_test(test_unlisten_aborts_what_waits),
    };
    return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/assoc.h"
#include "support/engine_rig.h"

static struct engine_rig rig;

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void test_fresh(void **state)
{
    (void)state;
    sctpx_assoc_status s;
    engine_rig_init(&rig);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    sctpx_assoc_get_status(rig.assoc, &s);
    assert_int_equal(s.state, SCTPX_COOKIE_WAIT);
    assert_int_equal(s.remote_port, rig.peer_port);
    assert_int_equal(s.in_streams, 0);
    assert_int_equal(s.remote_tag, 0);
    assert_int_equal(s.paths, 1);
    assert_ptr_equal(sctpx_assoc_user(rig.assoc), &rig);
    sctpx_assoc_set_user(rig.assoc, &s);
    assert_ptr_equal(sctpx_assoc_user(rig.assoc), &s);
    engine_rig_flush(&rig);
    tear_down();
}

/* covers: 9260/11.1.8-1 */
static void test_counters(void **state)
{
    (void)state;
    sctpx_assoc_status s;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    assert_int_equal(engine_rig_user_send(&rig, 0, 1000), 0);
    sctpx_assoc_get_status(rig.assoc, &s);
    assert_int_equal(s.unsent_bytes, 1000);
    assert_int_equal(s.unacked_bytes, 0);
    engine_rig_flush(&rig);
    sctpx_assoc_get_status(rig.assoc, &s);
    assert_int_equal(s.unsent_bytes, 0);
    assert_int_equal(s.unacked_bytes, 1000);
    assert_int_equal(s.sent_bytes, 1000);
    assert_int_equal(s.sent_chunks, 1);
    engine_rig_next_deadline(&rig);
    sctpx_assoc_get_status(rig.assoc, &s);
    assert_int_equal(s.retransmitted_chunks, 1);
    assert_int_equal(s.t3_timeouts, 1);
    assert_int_equal(s.sent_bytes, 1000);
    engine_rig_data(&rig, 0, 0, 77);
    sctpx_assoc_get_status(rig.assoc, &s);
    assert_int_equal(s.readable_bytes, 77);
    assert_true(s.rcvbuf_used_bytes > 77);
    tear_down();
}

static void test_after_the_end(void **state)
{
    (void)state;
    sctpx_assoc_status s;
    sctpx_path_status p;
    sctpx_assoc_options o;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    assert_int_equal(engine_rig_user_send(&rig, 0, 1000), 0);
    engine_rig_flush(&rig);
    assert_int_equal(sctpx_assoc_abort(rig.assoc, rig.now, NULL, 0), 0);
    sctpx_assoc_get_status(rig.assoc, &s);
    assert_int_equal(s.state, SCTPX_CLOSED);
    assert_int_equal(s.error, SCTPX_EABORTED);
    assert_int_equal(s.unacked_bytes, 0);
    assert_int_equal(s.unsent_bytes, 0);
    assert_int_equal(sctpx_assoc_get_path(rig.assoc, 0, &p), 0);
    assert_int_equal(p.flight_bytes, 0);
    sctpx_assoc_get_options(rig.assoc, &o);
    assert_int_equal(sctpx_assoc_set_options(rig.assoc, rig.now, &o), SCTPX_ESTATE);
    assert_int_equal(sctpx_assoc_set_primary(rig.assoc, 0), SCTPX_ESTATE);
    assert_int_equal(sctpx_assoc_unacked_bytes(rig.assoc, 0), 0);
    engine_rig_flush(&rig);
    tear_down();
}

static void test_primary(void **state)
{
    (void)state;
    const sctpx_addr more = engine_rig_addr(1, 2);
    sctpx_path_status p;
    engine_rig_init(&rig);
    rig.peer_addrs = &more;
    rig.peer_addr_count = 1;
    engine_rig_accept(&rig);
    assert_int_equal(sctpx_assoc_set_primary(rig.assoc, 1), SCTPX_ESTATE); /* unconfirmed */
    assert_int_equal(sctpx_assoc_set_primary(rig.assoc, 2), SCTPX_EINVAL);
    assert_int_equal(sctpx_assoc_get_path(rig.assoc, 2, &p), SCTPX_EINVAL);
    rig.assoc->paths[1].is_confirmed = true;
    assert_int_equal(sctpx_assoc_set_primary(rig.assoc, 1), 0);
    engine_rig_flush(&rig);
    tear_down();
}

/* covers: 9260/11.1.13-1 */
static void test_options(void **state)
{
    (void)state;
    sctpx_assoc_options o, got;
    sctpx_path_status p;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    sctpx_assoc_get_options(rig.assoc, &o);
    uint16_t streams = o.out_streams;
    o.mtu = 1;
    assert_int_equal(sctpx_assoc_set_options(rig.assoc, rig.now, &o), SCTPX_EINVAL);
    o.mtu = 9000;
    o.out_streams = 3;
    o.max_in_streams = 3;
    assert_int_equal(sctpx_assoc_set_options(rig.assoc, rig.now, &o), 0);
    sctpx_assoc_get_options(rig.assoc, &got);
    assert_int_equal(got.mtu, 9000);
    assert_int_equal(got.out_streams, streams); /* only before it is set up */
    assert_int_equal(sctpx_assoc_get_path(rig.assoc, 0, &p), 0);
    assert_int_equal(p.mtu, 9000);
    assert_true(p.cwnd_bytes >= 8960);
    engine_rig_flush(&rig);
    tear_down();
}

/* RTO.Initial counts for paths that were not measured yet. */
static void test_initial_rto_at_run_time(void **state)
{
    (void)state;
    sctpx_assoc_options o;
    sctpx_path_status p;
    engine_rig_init(&rig);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    sctpx_assoc_get_options(rig.assoc, &o);
    o.rto_initial_us = 1700000;
    assert_int_equal(sctpx_assoc_set_options(rig.assoc, rig.now, &o), 0);
    assert_int_equal(sctpx_assoc_get_path(rig.assoc, 0, &p), 0);
    assert_int_equal(p.rto_us, 1700000);
    engine_rig_flush(&rig);
    tear_down();
}

static void test_free_takes_null(void **state)
{
    (void)state;
    sctpx_assoc_free(NULL, 0);
}

/* covers: 9260/11.1.9-1 */
static void test_heartbeats_are_turned_off_and_on(void **state)
{
    (void)state;
    sctpx_assoc_options o;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    sctpx_assoc_get_options(rig.assoc, &o);
    o.hb_interval_us = SCTPX_TIME_NEVER;
    assert_int_equal(sctpx_assoc_set_options(rig.assoc, rig.now, &o), 0);
    assert_true(sctpx_endpoint_next_deadline(rig.ep) == SCTPX_TIME_NEVER);
    o.hb_interval_us = 5000000;
    assert_int_equal(sctpx_assoc_set_options(rig.assoc, rig.now, &o), 0);
    engine_rig_next_deadline(&rig);
    assert_true(engine_rig_has(&rig, 4));
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fresh),
        cmocka_unit_test(test_counters),
        cmocka_unit_test(test_after_the_end),
        cmocka_unit_test(test_primary),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_initial_rto_at_run_time),
        cmocka_unit_test(test_free_takes_null),
        cmocka_unit_test(test_heartbeats_are_turned_off_and_on),
    };
    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}

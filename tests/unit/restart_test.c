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

/* The peer comes back with another tag and TSN. */
static void restart(void)
{
    rig.tag += 0x1000;
    rig.tsn = 70000;
    engine_rig_send(&rig, engine_rig_init_packet(&rig));
    engine_rig_learn(&rig);
    engine_rig_send(&rig, engine_rig_cookie_echo(&rig));
}

static void test_user_is_told(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    uint32_t old = rig.ep_tag;
    restart();
    assert_true(rig.ep_tag != old);
    assert_true(engine_rig_has(&rig, 11));
    assert_int_equal(engine_rig_events(&rig), 1);
    assert_int_equal(rig.events[SCTPX_EVENT_RESTARTED], 1);
    engine_rig_data(&rig, 0, 0, 10);
    assert_true(engine_rig_has(&rig, 3));
    assert_int_equal(engine_rig_find(&rig, 3, 0).packet->tag, rig.tag);
    tear_down();
}

/* Whoever accepts it later hears that it is up, and that it was restarted. */
static void test_restart_before_it_is_accepted(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_listen(&rig);
    engine_rig_send(&rig, engine_rig_init_packet(&rig));
    engine_rig_learn(&rig);
    engine_rig_send(&rig, engine_rig_cookie_echo(&rig));
    restart();
    assert_int_equal(sctpx_endpoint_backlog(rig.ep, rig.port), 1);
    assert_int_equal(sctpx_endpoint_accept(rig.ep, rig.port, NULL, &rig.assoc), 0);
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_UP], 1);
    assert_int_equal(rig.events[SCTPX_EVENT_RESTARTED], 1);
    tear_down();
}

/* Data on both ways, in every place it can be in. */
static void test_everything_under_way_is_dropped(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    for (uint16_t i = 0; i < 40; i++)
        assert_int_equal(engine_rig_user_send(&rig, i % 4, 2000), 0);
    engine_rig_flush(&rig);
    engine_rig_sack(&rig, rig.ep_tsn, 100000);
    struct pb *pb = engine_rig_packet(&rig);
    pb_data(pb, 3, rig.tsn, 0, 0, 0, "whole", 5);
    pb_data(pb, 3, rig.tsn + 1, 1, 1, 0, "waits for SSN 0", 15);
    pb_data(pb, 2, rig.tsn + 2, 2, 0, 0, "begins", 6);
    pb_data(pb, 2, rig.tsn + 9, 3, 0, 0, "gap", 3);
    pb_heartbeat(pb, "?", 1);
    assert_int_equal(engine_rig_feed(&rig, pb), 0);
    restart();
    sctpx_assoc_status s;
    sctpx_assoc_get_status(rig.assoc, &s);
    assert_int_equal(s.unsent_bytes, 0);
    assert_int_equal(s.unacked_bytes, 0);
    assert_int_equal(s.readable_messages, 1); /* what was readable stays so */
    assert_int_equal(rig.assoc->reasm.incomplete_bytes, 0);
    assert_true(rig.assoc->paths[0].t3_deadline == SCTPX_TIME_NEVER);
    engine_rig_check(&rig);
    assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
    engine_rig_flush(&rig);
    struct engine_rig_chunk c = engine_rig_find(&rig, 0, 0);
    assert_int_equal(engine_rig_u32(c.bytes + 4), rig.ep_tsn);
    assert_int_equal(engine_rig_u16(c.bytes + 10), 0); /* SSN */
    tear_down();
}

/* A writer that waits for room must not wait for ever. */
static void test_blocked_writer_goes_on(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.sndbuf_bytes = 1000;
    engine_rig_accept(&rig);
    assert_int_equal(engine_rig_user_send(&rig, 0, 900), 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 900), SCTPX_EWOULDBLOCK);
    engine_rig_flush(&rig);
    restart();
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_WRITABLE], 1);
    assert_int_equal(engine_rig_user_send(&rig, 0, 900), 0);
    engine_rig_flush(&rig);
    tear_down();
}

static void test_fewer_addresses(void **state)
{
    (void)state;
    const sctpx_addr more[] = {engine_rig_addr(1, 2), engine_rig_addr(2, 2)};
    engine_rig_init(&rig);
    rig.peer_addrs = more;
    rig.peer_addr_count = 2;
    engine_rig_accept(&rig);
    assert_int_equal(rig.assoc->path_count, 3);
    rig.assoc->paths[2].is_confirmed = true;
    assert_int_equal(sctpx_assoc_set_primary(rig.assoc, 2), 0);
    assert_int_equal(sctpx_assoc_heartbeat(rig.assoc, rig.now, 2), 0);
    rig.peer_addr_count = 1;
    restart();
    assert_int_equal(rig.assoc->path_count, 2);
    engine_rig_check(&rig);
    assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
    engine_rig_flush(&rig);
    assert_true(engine_rig_has(&rig, 0));
    tear_down();
}

/* The user's wish to end it holds for what the peer has started anew: nothing is left to send. */
static void test_restart_in_shutdown_pending(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
    assert_int_equal(sctpx_assoc_shutdown(rig.assoc, rig.now), 0);
    engine_rig_flush(&rig);
    assert_int_equal(rig.assoc->state, SCTPX_SHUTDOWN_PENDING);
    restart();
    assert_int_equal(rig.assoc->state, SCTPX_SHUTDOWN_SENT);
    engine_rig_flush(&rig);
    assert_true(rig.assoc->t2_deadline != SCTPX_TIME_NEVER);
    tear_down();
}

/* The n-th allocation fails: it is restarted or it is as before, never something between. */
static void test_without_memory(void **state)
{
    (void)state;
    for (size_t n = 1; n < 12; n++) {
        for (size_t count = 0; count < 3; count++) {
            engine_rig_init(&rig);
            engine_rig_accept(&rig);
            engine_rig_data(&rig, 0, 0, 2000);
            assert_int_equal(engine_rig_user_send(&rig, 0, 3000), 0);
            engine_rig_flush(&rig);
            test_alloc_fail(&rig.ta, n, count);
            restart();
            test_alloc_fail(&rig.ta, 0, 0);
            engine_rig_check(&rig);
            engine_rig_flush(&rig);
            tear_down();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_user_is_told),
        cmocka_unit_test(test_restart_before_it_is_accepted),
        cmocka_unit_test(test_everything_under_way_is_dropped),
        cmocka_unit_test(test_blocked_writer_goes_on),
        cmocka_unit_test(test_fewer_addresses),
        cmocka_unit_test(test_restart_in_shutdown_pending),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests_name("restart", tests, NULL, NULL);
}

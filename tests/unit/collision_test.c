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

static void cookie_wait(void)
{
    engine_rig_init(&rig);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    engine_rig_flush(&rig);
    engine_rig_learn(&rig);
}

/* 5.2.1: both connect; the peer's cookie is what sets it up, case B. */
static void test_simultaneous_open(void **state)
{
    (void)state;
    cookie_wait();
    uint32_t tag = rig.ep_tag, tsn = rig.ep_tsn;
    assert_int_equal(engine_rig_send(&rig, engine_rig_init_packet(&rig)), 0);
    engine_rig_learn(&rig);
    assert_int_equal(rig.ep_tag, tag); /* what our own INIT said */
    assert_int_equal(rig.ep_tsn, tsn);
    assert_int_equal(rig.assoc->state, SCTPX_COOKIE_WAIT);
    assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
    engine_rig_send(&rig, engine_rig_cookie_echo(&rig));
    assert_int_equal(rig.assoc->state, SCTPX_ESTABLISHED);
    assert_true(engine_rig_has(&rig, 11));
    assert_true(engine_rig_has(&rig, 0));
    assert_int_equal(engine_rig_u32(engine_rig_find(&rig, 0, 0).bytes + 4), tsn);
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_UP], 1);
    tear_down();
}

static void test_simultaneous_open_in_cookie_echoed(void **state)
{
    (void)state;
    cookie_wait();
    engine_rig_send(&rig, engine_rig_init_packet(&rig));
    engine_rig_learn(&rig);
    engine_rig_send(&rig, engine_rig_init_ack(&rig));
    assert_int_equal(rig.assoc->state, SCTPX_COOKIE_ECHOED);
    struct pb *pb = engine_rig_cookie_echo(&rig);
    pb_data(pb, 3, rig.tsn, 0, 0, 0, "x", 1);
    engine_rig_send(&rig, pb);
    assert_int_equal(rig.assoc->state, SCTPX_ESTABLISHED);
    assert_true(engine_rig_has(&rig, 11));
    assert_int_equal(rig.assoc->received_chunks, 1);
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_UP], 1);
    pb = engine_rig_packet(&rig);
    pb_cookie_ack(pb);
    engine_rig_send(&rig, pb);
    assert_int_equal(engine_rig_events(&rig), 0);
    tear_down();
}

/* Case D: our COOKIE ACK was lost. */
static void test_duplicate_cookie_echo(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    engine_rig_data(&rig, 0, 0, 10);
    engine_rig_events(&rig);
    struct pb *pb = engine_rig_cookie_echo(&rig);
    pb_data(pb, 3, rig.tsn++, 0, 1, 0, "x", 1);
    engine_rig_send(&rig, pb);
    assert_true(engine_rig_has(&rig, 11));
    assert_int_equal(rig.assoc->received_chunks, 2);
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_UP], 0);
    assert_int_equal(rig.ep->assoc_count, 1);
    tear_down();
}

/* An INIT does nothing to an association, however often it comes. */
static void test_init_touches_nothing(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    uint32_t tag = rig.ep_tag;
    rig.tag++;
    for (unsigned i = 0; i < 50; i++) {
        engine_rig_send(&rig, engine_rig_init_packet(&rig));
        assert_true(engine_rig_has(&rig, 2));
    }
    assert_int_equal(rig.assoc->local_tag, tag);
    assert_int_equal(rig.assoc->remote_tag, rig.tag - 1);
    engine_rig_learn(&rig);
    assert_true(rig.ep_tag != tag);
    assert_int_equal(engine_rig_events(&rig), 0);
    tear_down();
}

/* 5.2.2: a restart from more addresses than before is refused. */
static void test_new_addresses_are_refused(void **state)
{
    (void)state;
    const sctpx_addr more = engine_rig_addr(5, 5);
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    rig.tag++;
    rig.peer_addrs = &more;
    rig.peer_addr_count = 1;
    engine_rig_send(&rig, engine_rig_init_packet(&rig));
    struct engine_rig_chunk c = engine_rig_find(&rig, 6, 0);
    assert_non_null(c.packet);
    assert_int_equal(c.packet->tag, rig.tag);
    assert_int_equal(engine_rig_u16(c.bytes + 4), 11); /* Restart with New Addresses */
    assert_memory_equal(c.bytes + 12, more.ip, 4);
    assert_int_equal(rig.assoc->state, SCTPX_ESTABLISHED);
    tear_down();
}

/* 5.2.1: not where it came from, which the user did not name, but to the address it lists. */
static void test_init_from_elsewhere_in_cookie_wait(void **state)
{
    (void)state;
    const sctpx_addr other = engine_rig_addr(5, 5);
    cookie_wait();
    uint32_t tag = rig.ep_tag;
    rig.peer_addrs = &rig.peer; /* it lists the right one */
    rig.peer_addr_count = 1;
    engine_rig_feed_from(&rig, &other, engine_rig_init_packet(&rig));
    engine_rig_flush(&rig);
    assert_int_equal(engine_rig_count(&rig, 2), 1);
    assert_memory_equal(engine_rig_find(&rig, 2, 0).packet->remote.ip, rig.peer.ip, 4);
    assert_int_equal(rig.assoc->state, SCTPX_COOKIE_WAIT);
    assert_int_equal(rig.assoc->path_count, 1);
    engine_rig_learn(&rig);
    assert_int_equal(rig.ep_tag, tag);
    engine_rig_send(&rig, engine_rig_cookie_echo(&rig)); /* from the named address: it works */
    assert_int_equal(rig.assoc->state, SCTPX_ESTABLISHED);
    tear_down();
}

/* An INIT that has nothing to do with what the user named gets no answer. */
static void test_init_of_a_stranger_in_cookie_wait(void **state)
{
    (void)state;
    const sctpx_addr other = engine_rig_addr(5, 5), listed = engine_rig_addr(5, 6);
    cookie_wait();
    rig.peer_addrs = &listed;
    rig.peer_addr_count = 1;
    engine_rig_feed_from(&rig, &other, engine_rig_init_packet(&rig));
    engine_rig_flush(&rig);
    assert_false(engine_rig_has(&rig, 2));
    assert_int_equal(rig.assoc->state, SCTPX_COOKIE_WAIT);
    tear_down();
}

/* A COOKIE ECHO must be the first chunk. */
static void test_cookie_echo_behind_another_chunk(void **state)
{
    (void)state;
    cookie_wait();
    engine_rig_send(&rig, engine_rig_init_packet(&rig));
    engine_rig_learn(&rig);
    struct pb *pb = engine_rig_packet(&rig);
    pb_ecne(pb, 1);
    pb_cookie_echo(pb, rig.cookie, rig.cookie_length);
    engine_rig_send(&rig, pb);
    assert_int_equal(rig.assoc->state, SCTPX_COOKIE_WAIT);
    tear_down();
}

/* SHUTDOWN ACK SENT: an INIT gets the SHUTDOWN ACK again (9.2). */
static void test_init_in_shutdown_ack_sent(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    struct pb *pb = engine_rig_packet(&rig);
    pb_shutdown(pb, rig.ep_tsn - 1);
    engine_rig_send(&rig, pb);
    assert_int_equal(rig.assoc->state, SCTPX_SHUTDOWN_ACK_SENT);
    rig.tag++;
    engine_rig_send(&rig, engine_rig_init_packet(&rig));
    assert_true(engine_rig_has(&rig, 8));
    assert_false(engine_rig_has(&rig, 2));
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_simultaneous_open),
        cmocka_unit_test(test_simultaneous_open_in_cookie_echoed),
        cmocka_unit_test(test_duplicate_cookie_echo),
        cmocka_unit_test(test_init_touches_nothing),
        cmocka_unit_test(test_new_addresses_are_refused),
        cmocka_unit_test(test_init_from_elsewhere_in_cookie_wait),
        cmocka_unit_test(test_init_of_a_stranger_in_cookie_wait),
        cmocka_unit_test(test_cookie_echo_behind_another_chunk),
        cmocka_unit_test(test_init_in_shutdown_ack_sent),
    };
    return cmocka_run_group_tests_name("collision", tests, NULL, NULL);
}

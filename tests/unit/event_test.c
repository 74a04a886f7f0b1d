/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/assoc.h"
#include "engine/event.h"
#include "support/engine_rig.h"

static struct engine_rig rig;

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void abort_with(uint16_t cause)
{
    struct pb *pb = engine_rig_packet(&rig);
    pb_abort(pb, false);
    if (cause != 0)
        pb_item(pb, cause, "bye", 3);
    engine_rig_send(&rig, pb);
}

static void error_with(uint16_t cause)
{
    struct pb *pb = engine_rig_packet(&rig);
    pb_error(pb);
    pb_item(pb, cause, "oh", 2);
    engine_rig_send(&rig, pb);
}

static void test_same_thing_twice_is_told_once(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    for (uint16_t i = 0; i < 50; i++)
        engine_rig_data(&rig, (uint16_t)(i % 2), (uint16_t)(i / 2), 10);
    assert_int_equal(engine_rig_events(&rig), 2);
    assert_int_equal(rig.events[SCTPX_EVENT_READABLE], 2);
    assert_int_equal(rig.last[SCTPX_EVENT_READABLE].bytes, 250);
    assert_int_equal(engine_rig_events(&rig), 0);
    tear_down();
}

/* Nothing is told of an association before it is accepted, and everything then. */
static void test_kept_until_accepted(void **state)
{
    (void)state;
    sctpx_event e;
    engine_rig_init(&rig);
    engine_rig_listen(&rig);
    engine_rig_send(&rig, engine_rig_init_packet(&rig));
    engine_rig_learn(&rig);
    engine_rig_send(&rig, engine_rig_cookie_echo(&rig));
    engine_rig_data(&rig, 3, 0, 10);
    abort_with(0);
    assert_int_equal(engine_rig_events(&rig), 1);
    assert_int_equal(rig.events[SCTPX_EVENT_INCOMING], 1);
    assert_int_equal(rig.last[SCTPX_EVENT_INCOMING].port, rig.port);
    assert_int_equal(sctpx_endpoint_accept(rig.ep, rig.port, &e, &rig.assoc), 0);
    static const enum sctpx_event_type order[] = {SCTPX_EVENT_UP, SCTPX_EVENT_READABLE,
                                                  SCTPX_EVENT_CLOSED};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(sctpx_endpoint_poll_event(rig.ep, &e), 1);
        assert_int_equal(e.type, order[i]);
        assert_ptr_equal(e.user, &e);
        assert_ptr_equal(e.assoc, rig.assoc);
    }
    assert_int_equal(sctpx_endpoint_poll_event(rig.ep, &e), 0);
    tear_down();
}

/* One that came and went before anybody looked. */
static void test_nothing_incoming_any_more(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_listen(&rig);
    engine_rig_send(&rig, engine_rig_init_packet(&rig));
    engine_rig_learn(&rig);
    engine_rig_send(&rig, engine_rig_cookie_echo(&rig));
    abort_with(12);
    assert_int_equal(engine_rig_events(&rig), 0);
    assert_int_equal(rig.ep != NULL && sctpx_endpoint_backlog(rig.ep, rig.port), 0);
    tear_down();
}

static void test_closed_with_its_reason(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    abort_with(12);
    assert_int_equal(engine_rig_events(&rig), 1);
    const sctpx_event *e = &rig.last[SCTPX_EVENT_CLOSED];
    assert_int_equal(e->error, SCTPX_EPEERABORT);
    assert_int_equal(e->cause, 12);
    assert_int_equal(e->reason_length, 3);
    assert_memory_equal(e->reason, "bye", 3);
    tear_down();
}

/* An ERROR that was told already is not why the association ends later. */
static void test_old_error_is_no_reason_of_the_end(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.association_max_retrans = 1;
    engine_rig_accept(&rig);
    error_with(6);
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_REMOTE_ERROR], 1);
    assert_int_equal(rig.last[SCTPX_EVENT_REMOTE_ERROR].cause, 6);
    assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
    engine_rig_run(&rig, 600 * 1000000ull);
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_CLOSED], 1);
    assert_int_equal(rig.last[SCTPX_EVENT_CLOSED].error, SCTPX_ELOST);
    assert_int_equal(rig.last[SCTPX_EVENT_CLOSED].cause, 0);
    assert_int_equal(rig.last[SCTPX_EVENT_CLOSED].reason_length, 0);
    tear_down();
}

static void test_abort_after_an_error_has_its_own_reason(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    error_with(6);
    engine_rig_events(&rig);
    abort_with(13);
    engine_rig_events(&rig);
    assert_int_equal(rig.last[SCTPX_EVENT_CLOSED].cause, 13);
    tear_down();
}

static void test_reason_without_memory(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    test_alloc_fail(&rig.ta, 1, 0);
    abort_with(12);
    test_alloc_fail(&rig.ta, 0, 0);
    engine_rig_events(&rig);
    assert_int_equal(rig.last[SCTPX_EVENT_CLOSED].cause, 12);
    assert_int_equal(rig.last[SCTPX_EVENT_CLOSED].reason_length, 0);
    tear_down();
}

static void send_reported(size_t length)
{
    static const uint8_t zeros[2000];
    const sctpx_sndinfo info = {.flags = SCTPX_MSG_REPORT, .context = &rig};
    assert_int_equal(sctpx_assoc_send(rig.assoc, rig.now, zeros, length, &info), 0);
    engine_rig_flush(&rig);
}

static void sack(uint32_t chunks)
{
    struct pb *pb = engine_rig_packet(&rig);
    pb_sack(pb, rig.ep_tsn + chunks - 1, 100000, 0, NULL, 0, NULL);
    engine_rig_send(&rig, pb);
}

static void expect_order(const enum sctpx_event_type *types, size_t count)
{
    sctpx_event e;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(sctpx_endpoint_poll_event(rig.ep, &e), 1);
        assert_int_equal(e.type, types[i]);
    }
    assert_int_equal(sctpx_endpoint_poll_event(rig.ep, &e), 0);
}

/* What was acknowledged before the end is told, even if nobody looked in between. */
static void test_acknowledged_and_closed(void **state)
{
    (void)state;
    static const enum sctpx_event_type order[] = {SCTPX_EVENT_MESSAGE, SCTPX_EVENT_MESSAGE,
                                                  SCTPX_EVENT_SENT, SCTPX_EVENT_DRY,
                                                  SCTPX_EVENT_CLOSED};
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    send_reported(100);
    sack(1);
    abort_with(0);
    expect_order(order, 5);
    tear_down();
}

/* Not everything was: what is left has failed, and nothing ran dry. */
static void test_dry_is_no_news_when_something_failed(void **state)
{
    (void)state;
    static const enum sctpx_event_type order[] = {SCTPX_EVENT_MESSAGE, SCTPX_EVENT_MESSAGE,
                                                  SCTPX_EVENT_SENT, SCTPX_EVENT_CLOSED};
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    send_reported(100);
    sack(1);
    send_reported(50);
    abort_with(0);
    expect_order(order, 4);
    sctpx_failed_message failed;
    assert_int_equal(sctpx_assoc_next_failed(rig.assoc, &failed), 1);
    assert_int_equal(failed.length, 50);
    assert_int_equal(failed.error, SCTPX_EPEERABORT);
    assert_int_equal(failed.info.flags, SCTPX_MSG_REPORT);
    assert_ptr_equal(failed.info.context, &rig);
    assert_int_equal(sctpx_assoc_next_failed(rig.assoc, &failed), 0);
    tear_down();
}

/* Reports that nobody takes fill the send buffer, and taking them makes room. */
static void test_reports_are_bounded_by_the_send_buffer(void **state)
{
    (void)state;
    static const enum sctpx_event_type order[] = {SCTPX_EVENT_MESSAGE, SCTPX_EVENT_MESSAGE,
                                                  SCTPX_EVENT_SENT, SCTPX_EVENT_WRITABLE,
                                                  SCTPX_EVENT_DRY};
    engine_rig_init(&rig);
    rig.opt.assoc.sndbuf_bytes = 2000;
    engine_rig_accept(&rig);
    send_reported(1500);
    sack(2);
    assert_int_equal(sctpx_assoc_unacked_bytes(rig.assoc, SCTPX_ANY_STREAM), 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 1000), SCTPX_EWOULDBLOCK);
    expect_order(order, 5);
    assert_int_equal(engine_rig_user_send(&rig, 0, 1000), 0);
    engine_rig_flush(&rig);
    tear_down();
}

static void test_freed_with_reports_pending(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    send_reported(100);
    sack(1);
    send_reported(100);
    sctpx_assoc_free(rig.assoc, rig.now);
    assert_int_equal(engine_rig_events(&rig), 0);
    tear_down();
}

static void test_freed_with_events_pending(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    engine_rig_data(&rig, 0, 0, 10);
    error_with(6);
    sctpx_assoc_free(rig.assoc, rig.now);
    assert_int_equal(engine_rig_events(&rig), 0);
    tear_down();
}

/* The user may free it between two of its events. */
static void test_freed_between_events(void **state)
{
    (void)state;
    sctpx_event e;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    engine_rig_data(&rig, 0, 0, 10);
    error_with(6);
    assert_int_equal(sctpx_endpoint_poll_event(rig.ep, &e), 1);
    sctpx_assoc_free(rig.assoc, rig.now);
    assert_int_equal(sctpx_endpoint_poll_event(rig.ep, &e), 0);
    tear_down();
}

/* ---- held events --------------------------------------------------------------------------- */

static void test_held_events_are_asked_for(void **state)
{
    (void)state;
    sctpx_event e;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    engine_rig_data(&rig, 0, 0, 10);
    sctpxi_event_hold(rig.assoc); /* also what is there already */
    engine_rig_data(&rig, 1, 0, 10);
    error_with(6);
    assert_int_equal(sctpx_endpoint_poll_event(rig.ep, &e), 0);
    assert_ptr_equal(sctpxi_event_next_held(rig.ep), rig.assoc);
    assert_null(sctpxi_event_next_held(rig.ep));
    assert_int_equal(sctpxi_event_poll_held(rig.assoc, &e), 1);
    assert_int_equal(e.type, SCTPX_EVENT_REMOTE_ERROR);
    assert_ptr_equal(e.assoc, rig.assoc);
    for (uint16_t stream = 0; stream < 2; stream++) {
        assert_int_equal(sctpxi_event_poll_held(rig.assoc, &e), 1);
        assert_int_equal(e.type, SCTPX_EVENT_READABLE);
        assert_int_equal(e.stream, stream);
    }
    assert_int_equal(sctpxi_event_poll_held(rig.assoc, &e), 0);
    assert_null(sctpxi_event_next_held(rig.ep));
    tear_down();
}

/* Told of anew by everything that comes after, also while some are still to be asked for. */
static void test_held_events_that_come_later(void **state)
{
    (void)state;
    sctpx_event e;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    sctpxi_event_hold(rig.assoc);
    assert_null(sctpxi_event_next_held(rig.ep));
    engine_rig_data(&rig, 0, 0, 10);
    assert_ptr_equal(sctpxi_event_next_held(rig.ep), rig.assoc);
    engine_rig_data(&rig, 1, 0, 10);
    assert_ptr_equal(sctpxi_event_next_held(rig.ep), rig.assoc);
    engine_rig_data(&rig, 0, 1, 10);
    while (sctpxi_event_poll_held(rig.assoc, &e) > 0)
        continue;
    assert_null(sctpxi_event_next_held(rig.ep)); /* all of it is known */
    abort_with(12);
    assert_ptr_equal(sctpxi_event_next_held(rig.ep), rig.assoc);
    assert_int_equal(sctpxi_event_poll_held(rig.assoc, &e), 1);
    assert_int_equal(e.type, SCTPX_EVENT_CLOSED);
    assert_memory_equal(e.reason, "bye", 3);
    assert_int_equal(sctpxi_event_poll_held(rig.assoc, &e), 0);
    tear_down();
}

static void test_freed_with_held_events(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    sctpxi_event_hold(rig.assoc);
    engine_rig_data(&rig, 0, 0, 10);
    sctpx_assoc_free(rig.assoc, rig.now);
    assert_null(sctpxi_event_next_held(rig.ep));
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_thing_twice_is_told_once),
        cmocka_unit_test(test_kept_until_accepted),
        cmocka_unit_test(test_nothing_incoming_any_more),
        cmocka_unit_test(test_closed_with_its_reason),
        cmocka_unit_test(test_old_error_is_no_reason_of_the_end),
        cmocka_unit_test(test_abort_after_an_error_has_its_own_reason),
        cmocka_unit_test(test_reason_without_memory),
        cmocka_unit_test(test_acknowledged_and_closed),
        cmocka_unit_test(test_dry_is_no_news_when_something_failed),
        cmocka_unit_test(test_reports_are_bounded_by_the_send_buffer),
        cmocka_unit_test(test_freed_with_reports_pending),
        cmocka_unit_test(test_freed_with_events_pending),
        cmocka_unit_test(test_freed_between_events),
        cmocka_unit_test(test_held_events_are_asked_for),
        cmocka_unit_test(test_held_events_that_come_later),
        cmocka_unit_test(test_freed_with_held_events),
    };
    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}

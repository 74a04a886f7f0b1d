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

enum { ABORT = 6 };

static struct engine_rig rig;

static void set_up(void)
{
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
}

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void test_of_the_user(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(sctpx_assoc_abort(rig.assoc, rig.now, "enough", 6), 0);
    engine_rig_flush(&rig);
    struct engine_rig_chunk c = engine_rig_find(&rig, ABORT, 0);
    assert_int_equal(c.flags, 0);
    assert_int_equal(c.packet->tag, rig.tag);
    assert_int_equal(engine_rig_u16(c.bytes + 4), 12);
    assert_int_equal(engine_rig_u16(c.bytes + 6), 10);
    assert_memory_equal(c.bytes + 8, "enough", 6);
    engine_rig_events(&rig);
    assert_int_equal(rig.last[SCTPX_EVENT_CLOSED].error, SCTPX_EABORTED);
    assert_int_equal(sctpx_assoc_abort(rig.assoc, rig.now, NULL, 0), SCTPX_ESTATE);
    assert_int_equal(engine_rig_user_send(&rig, 0, 1), SCTPX_ESTATE);
    tear_down();
}

static void test_long_reason(void **state)
{
    (void)state;
    static const uint8_t zeros[5000];
    set_up();
    assert_int_equal(sctpx_assoc_abort(rig.assoc, rig.now, zeros, sizeof zeros), 0);
    engine_rig_flush(&rig);
    assert_int_equal(engine_rig_find(&rig, ABORT, 0).length, 4 + 4 + 256);
    engine_rig_events(&rig);
    assert_int_equal(rig.last[SCTPX_EVENT_CLOSED].reason_length, 256);
    tear_down();
}

/* A peer that has never answered knows nothing, so nothing is told. */
static void test_before_the_peer_answered(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 100), 0);
    sctpx_assoc_free(rig.assoc, rig.now);
    engine_rig_flush(&rig);
    assert_int_equal(rig.sent_count, 0);
    assert_int_equal(rig.ep->assoc_count, 0);
    tear_down();
}

/* 3.3.7: one whose causes are malformed is discarded, whatever is behind it. */
static void test_malformed_abort(void **state)
{
    (void)state;
    set_up();
    struct pb *pb = engine_rig_packet(&rig);
    pb_abort(pb, false);
    pb_tlv(pb, 12);
    pb_lie_length(pb, 40);
    pb_end(pb);
    pb_end(pb);
    pb_data(pb, 3, rig.tsn, 0, 0, 0, "x", 1);
    engine_rig_send(&rig, pb);
    assert_int_equal(rig.assoc->state, SCTPX_ESTABLISHED);
    assert_int_equal(rig.assoc->received_chunks, 0);
    tear_down();
}

static void test_refused_while_setting_up(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    engine_rig_flush(&rig);
    engine_rig_learn(&rig);
    struct pb *pb = engine_rig_packet(&rig);
    pb_abort(pb, false);
    pb_item(pb, 4, NULL, 0);
    engine_rig_send(&rig, pb);
    engine_rig_events(&rig);
    assert_int_equal(rig.last[SCTPX_EVENT_CLOSED].error, SCTPX_EREFUSED);
    assert_int_equal(rig.last[SCTPX_EVENT_CLOSED].cause, 4);
    tear_down();
}

/* What was received stays readable, and can be read after the end; then it is freed. */
static void test_data_outlives_the_association(void **state)
{
    (void)state;
    uint8_t buffer[100];
    set_up();
    engine_rig_data(&rig, 0, 0, 40);
    engine_rig_data(&rig, 0, 1, 50);
    assert_int_equal(sctpx_assoc_abort(rig.assoc, rig.now, NULL, 0), 0);
    engine_rig_flush(&rig);
    assert_int_equal(sctpx_assoc_receive(rig.assoc, 0, buffer, 100, NULL), 40);
    assert_int_equal(sctpx_assoc_read_bytes(rig.assoc, 0, buffer, 10), 10);
    assert_int_equal(sctpx_assoc_readable_bytes(rig.assoc, 0), 40);
    engine_rig_check(&rig);
    sctpx_assoc_free(rig.assoc, rig.now);
    tear_down();
}

/* The user lets go in every way while everything is in use; 200 of them leave nothing behind. */
static void test_nothing_is_left(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_listen(&rig);
    size_t least = SIZE_MAX;
    for (unsigned i = 0; i < 200; i++) {
        rig.peer_port = (uint16_t)(1000 + i);
        rig.tsn = 1000;
        engine_rig_accept(&rig);
        engine_rig_user_send(&rig, 0, 5000);
        engine_rig_flush(&rig);
        engine_rig_user_send(&rig, 1, 5000);
        engine_rig_data(&rig, 0, 0, 100);
        engine_rig_data(&rig, 0, 5, 100);
        struct pb *pb = engine_rig_packet(&rig);
        pb_heartbeat(pb, "?", 1);
        engine_rig_feed(&rig, pb);
        if (i % 2 == 0)
            sctpx_assoc_abort(rig.assoc, rig.now, "x", 1);
        sctpx_assoc_free(rig.assoc, rig.now);
        engine_rig_flush(&rig);
        engine_rig_check(&rig);
        if (i == 10)
            least = rig.ta.live_bytes;
        if (i > 10)
            assert_true(rig.ta.live_bytes <= least);
    }
    assert_int_equal(rig.ep->assoc_count, 0);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_the_user),
        cmocka_unit_test(test_long_reason),
        cmocka_unit_test(test_before_the_peer_answered),
        cmocka_unit_test(test_malformed_abort),
        cmocka_unit_test(test_refused_while_setting_up),
        cmocka_unit_test(test_data_outlives_the_association),
        cmocka_unit_test(test_nothing_is_left),
    };
    return cmocka_run_group_tests_name("termination", tests, NULL, NULL);
}

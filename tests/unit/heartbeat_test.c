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
#include "engine/heartbeat.h"
#include "support/engine_rig.h"

static struct engine_rig rig;
static uint8_t info[64];
static size_t info_length;

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

/* The user asks for a HEARTBEAT; keeps what is in it. */
static void ask(void)
{
    assert_int_equal(sctpx_assoc_heartbeat(rig.assoc, rig.now, 0), 0);
    engine_rig_flush(&rig);
    struct engine_rig_chunk c = engine_rig_find(&rig, 4, 0);
    assert_non_null(c.packet);
    info_length = c.length - 8;
    assert_true(info_length <= sizeof info);
    memcpy(info, c.bytes + 8, info_length);
}

static size_t answer(const void *bytes, size_t length)
{
    struct pb *pb = engine_rig_packet(&rig);
    pb_heartbeat_ack(pb, bytes, length);
    engine_rig_send(&rig, pb);
    engine_rig_events(&rig);
    return rig.events[SCTPX_EVENT_HEARTBEAT];
}

static void test_round_trip(void **state)
{
    (void)state;
    set_up();
    ask();
    rig.now += 123456;
    assert_int_equal(answer(info, info_length), 1);
    assert_int_equal(rig.last[SCTPX_EVENT_HEARTBEAT].rtt_us, 123456);
    assert_int_equal(rig.last[SCTPX_EVENT_HEARTBEAT].path, 0);
    assert_int_equal(answer(info, info_length), 0); /* it answers once */
    assert_int_equal(rig.assoc->paths[0].rto.srtt_us, 123456);
    tear_down();
}

/* Every bit of the answer counts, and its length. */
static void test_wrong_answers(void **state)
{
    (void)state;
    set_up();
    ask();
    rig.assoc->paths[0].errors = 1;
    for (size_t bit = 0; bit < 8 * info_length; bit++) {
        uint8_t changed[64];
        memcpy(changed, info, info_length);
        changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(answer(changed, info_length), 0);
    }
    for (size_t length = 0; length < info_length; length++)
        assert_int_equal(answer(info, length), 0);
    assert_int_equal(answer(info, info_length + 1), 0);
    struct pb *pb = engine_rig_packet(&rig);
    pb_chunk(pb, 5, 0);
    pb_end(pb);
    engine_rig_send(&rig, pb);
    assert_int_equal(rig.assoc->paths[0].errors, 1);
    assert_int_equal(answer(info, info_length), 1);
    assert_int_equal(rig.assoc->paths[0].errors, 0);
    tear_down();
}

static void test_answer_nobody_asked_for(void **state)
{
    (void)state;
    static const uint8_t zeros[20];
    set_up();
    assert_int_equal(answer(zeros, 20), 0);
    tear_down();
}

/* Whether an answer is taken: the path is alive then. */
static bool is_taken(const void *bytes)
{
    rig.assoc->paths[0].errors = 1;
    answer(bytes, info_length);
    return rig.assoc->paths[0].errors == 0;
}

/* 5.4: each HEARTBEAT under way may be answered, once, and measures its own round trip. */
static void test_each_under_way_counts_once(void **state)
{
    (void)state;
    uint8_t first[64];
    set_up();
    ask();
    memcpy(first, info, sizeof first);
    rig.now += 100000;
    ask();
    assert_memory_not_equal(first, info, info_length);
    rig.now += 100000;
    assert_int_equal(answer(first, info_length), 1);
    assert_int_equal(rig.last[SCTPX_EVENT_HEARTBEAT].rtt_us, 200000);
    assert_false(is_taken(first));
    rig.now += 100000;
    assert_true(is_taken(info));
    assert_int_equal(rig.assoc->paths[0].reported_rtt_us, 200000);
    assert_false(is_taken(info));
    tear_down();
}

static void test_not_after_a_later_one(void **state)
{
    (void)state;
    uint8_t first[64];
    set_up();
    ask();
    memcpy(first, info, sizeof first);
    rig.now += 100000;
    ask();
    rig.now += 100000;
    assert_true(is_taken(info));
    assert_false(is_taken(first));
    tear_down();
}

/* What another association was asked is no answer, nor is the time of sending alone. */
static void test_nonce_belongs_to_the_association(void **state)
{
    (void)state;
    set_up();
    ask();
    rig.assoc->remote_tag ^= 1;
    assert_false(is_taken(info));
    rig.assoc->remote_tag ^= 1;
    rig.ep->heartbeat_key.k0 ^= 1;
    assert_false(is_taken(info));
    rig.ep->heartbeat_key.k0 ^= 1;
    assert_true(is_taken(info));
    tear_down();
}

/* 8.3: one RTO from the first that is not answered, however many follow. */
static void test_unanswered_after_one_rto(void **state)
{
    (void)state;
    set_up();
    sctpx_time rto = rig.assoc->paths[0].rto.rto_us;
    ask();
    for (unsigned i = 0; i < 9; i++) {
        engine_rig_run(&rig, rto / 10);
        ask();
    }
    assert_int_equal(rig.assoc->paths[0].errors, 0);
    engine_rig_run(&rig, rto - 9 * (rto / 10));
    assert_int_equal(rig.assoc->paths[0].errors, 1);
    assert_int_equal(rig.assoc->errors, 1);
    assert_true(rig.assoc->paths[0].rto.rto_us == 2 * rto);
    tear_down();
}

static void test_states_and_paths(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    assert_int_equal(sctpx_assoc_heartbeat(rig.assoc, rig.now, 0), SCTPX_ESTATE);
    assert_int_equal(sctpx_assoc_heartbeat(rig.assoc, rig.now, 1), SCTPX_EINVAL);
    assert_int_equal(sctpx_assoc_abort(rig.assoc, rig.now, NULL, 0), 0);
    assert_int_equal(sctpx_assoc_heartbeat(rig.assoc, rig.now, 0), SCTPX_ESTATE);
    tear_down();
}

/* The answer is never larger than what the path takes, and never larger than the question. */
static void test_long_questions(void **state)
{
    (void)state;
    static const uint8_t zeros[3000];
    set_up();
    for (size_t length = 0; length < 1500; length += 4) {
        struct pb *pb = engine_rig_packet(&rig);
        pb_heartbeat(pb, zeros, length);
        engine_rig_send(&rig, pb);
        assert_int_equal(engine_rig_count(&rig, 5), 12 + 8 + length <= 1472);
        if (engine_rig_has(&rig, 5))
            assert_int_equal(engine_rig_find(&rig, 5, 0).length, 8 + length);
    }
    struct pb *pb = engine_rig_packet(&rig);
    pb_heartbeat(pb, zeros, sizeof zeros);
    engine_rig_send(&rig, pb);
    assert_int_equal(rig.sent_count, 0);
    tear_down();
}

/* Unanswered ones end the association, whatever the interval. */
static void test_dead_peer(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.association_max_retrans = 3;
    rig.opt.assoc.hb_interval_us = 1000000;
    engine_rig_accept(&rig);
    engine_rig_run(&rig, 600 * 1000000ull);
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_CLOSED], 1);
    assert_int_equal(rig.last[SCTPX_EVENT_CLOSED].error, SCTPX_ELOST);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_wrong_answers),
        cmocka_unit_test(test_answer_nobody_asked_for),
        cmocka_unit_test(test_each_under_way_counts_once),
        cmocka_unit_test(test_not_after_a_later_one),
        cmocka_unit_test(test_nonce_belongs_to_the_association),
        cmocka_unit_test(test_unanswered_after_one_rto),
        cmocka_unit_test(test_states_and_paths),
        cmocka_unit_test(test_long_questions),
        cmocka_unit_test(test_dead_peer),
    };
    return cmocka_run_group_tests_name("heartbeat", tests, NULL, NULL);
}

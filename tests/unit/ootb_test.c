/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/engine_rig.h"

enum { ABORT = 6, SHUTDOWN_COMPLETE = 14 };

static struct engine_rig rig;

static void set_up(void)
{
    engine_rig_init(&rig);
    rig.ep_tag = 0x12345678; /* of no association */
    engine_rig_start(&rig);
}

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void test_data_out_of_the_blue(void **state)
{
    (void)state;
    set_up();
    struct pb *pb = engine_rig_packet(&rig);
    pb_data(pb, 3, 1, 0, 0, 0, "x", 1);
    assert_int_equal(engine_rig_send(&rig, pb), SCTPX_ENOASSOC);
    struct engine_rig_chunk c = engine_rig_find(&rig, ABORT, 0);
    assert_non_null(c.packet);
    assert_int_equal(c.flags, 1); /* reflected */
    assert_int_equal(c.packet->tag, 0x12345678);
    assert_int_equal(c.packet->length, 16);
    assert_int_equal(c.packet->source_port, rig.port);
    assert_int_equal(c.packet->target_port, rig.peer_port);
    assert_memory_equal(&c.packet->remote, &rig.peer, sizeof rig.peer);
    tear_down();
}

static void test_shutdown_ack(void **state)
{
    (void)state;
    set_up();
    struct pb *pb = engine_rig_packet(&rig);
    pb_shutdown_ack(pb);
    engine_rig_send(&rig, pb);
    struct engine_rig_chunk c = engine_rig_find(&rig, SHUTDOWN_COMPLETE, 0);
    assert_non_null(c.packet);
    assert_int_equal(c.flags, 1);
    assert_int_equal(rig.sent_count, 1);
    tear_down();
}

/* ABORT anywhere in the packet silences everything. */
static void test_never_an_abort_for_an_abort(void **state)
{
    (void)state;
    set_up();
    struct pb *pb = engine_rig_packet(&rig);
    pb_data(pb, 3, 1, 0, 0, 0, "x", 1);
    pb_shutdown_ack(pb);
    pb_abort(pb, true);
    engine_rig_send(&rig, pb);
    assert_int_equal(rig.sent_count, 0);
    tear_down();
}

/* 8.4 7: ERROR with Stale Cookie is dropped, other ones are not. */
static void test_errors(void **state)
{
    (void)state;
    set_up();
    struct pb *pb = engine_rig_packet(&rig);
    pb_error(pb);
    pb_item(pb, 1, "abcd", 4);
    pb_item(pb, 3, "abcd", 4);
    pb_end(pb);
    engine_rig_send(&rig, pb);
    assert_int_equal(rig.sent_count, 0);
    pb = engine_rig_packet(&rig);
    pb_error(pb);
    pb_item(pb, 1, "abcd", 4);
    pb_end(pb);
    engine_rig_send(&rig, pb);
    assert_true(engine_rig_has(&rig, ABORT));
    tear_down();
}

static void test_answers_are_limited(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.stranger_rate = 10;
    rig.opt.stranger_burst = 5;
    rig.ep_tag = 1;
    engine_rig_start(&rig);
    size_t answers = 0;
    for (unsigned i = 0; i < 200; i++) {
        struct pb *pb = engine_rig_packet(&rig);
        pb_data(pb, 3, 1, 0, 0, 0, "x", 1);
        engine_rig_send(&rig, pb);
        answers += rig.sent_count;
        rig.now += 10000;
    }
    assert_in_range(answers, 24, 26);
    sctpx_endpoint_stats stats;
    sctpx_endpoint_get_stats(rig.ep, &stats);
    assert_int_equal(stats.dropped_rate, 200 - answers);
    assert_int_equal(stats.out_of_the_blue, 200);
    tear_down();
}

/* A wrong tag from the address of an association is not out of the blue: nobody is told. */
static void test_wrong_tag_from_a_known_peer(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    uint32_t good = rig.ep_tag;
    for (uint8_t type = 0; type < 20; type++) {
        rig.ep_tag = good ^ 0x80;
        struct pb *pb = engine_rig_packet(&rig);
        pb_chunk(pb, type, 0);
        pb_fill(pb, 0, 16);
        pb_end(pb);
        assert_int_equal(engine_rig_send(&rig, pb), SCTPX_ENOASSOC);
        assert_int_equal(rig.sent_count, 0);
    }
    rig.ep_tag = good;
    engine_rig_data(&rig, 0, 0, 10);
    assert_true(engine_rig_has(&rig, 3));
    tear_down();
}

/* At most one packet goes out for one that comes in, and it is not larger. */
static void test_no_amplification(void **state)
{
    (void)state;
    set_up();
    for (unsigned round = 0; round < 2000; round++) {
        struct pb *pb = pb_new(rig.peer_port, rig.port, round % 3 == 0 ? 0 : 5);
        size_t bytes = 12;
        for (uint64_t i = 1 + test_random_below(&rig.random, 4); i > 0; i--) {
            uint64_t length = 4 * test_random_below(&rig.random, 12);
            pb_chunk(pb, (uint8_t)test_random_below(&rig.random, 20), (uint8_t)round);
            pb_fill(pb, (uint8_t)round, length);
            pb_end(pb);
            bytes += 4 + length;
        }
        engine_rig_send(&rig, pb);
        assert_true(rig.sent_count <= 1);
        if (rig.sent_count == 1)
            assert_true(rig.sent[0].length <= bytes + 4);
        rig.now += 1000;
    }
    tear_down();
}

/* ---- one of several stacks of a host ------------------------------------------------------- */

static void send_data(uint16_t port, int expected)
{
    struct pb *pb = pb_new(rig.peer_port, port, 0x12345678);
    pb_data(pb, 3, 1, 0, 0, 0, "x", 1);
    assert_int_equal(engine_rig_send(&rig, pb), expected);
}

static uint64_t foreign_port(void)
{
    sctpx_endpoint_stats stats;
    sctpx_endpoint_get_stats(rig.ep, &stats);
    return stats.foreign_port;
}

/* covers: attacks/V3 */
static void test_ports_of_others_are_left_to_them(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.answers = SCTPX_ANSWER_LISTENING_PORTS;
    engine_rig_start(&rig);
    send_data(rig.port, SCTPX_ENOASSOC);
    assert_int_equal(rig.sent_count, 0);
    assert_int_equal(foreign_port(), 1);

    struct pb *pb = pb_new(rig.peer_port, rig.port, 0); /* no refusal either */
    pb_init(pb, 1, 100000, 10, 10, 1);
    pb_end(pb);
    assert_int_equal(engine_rig_send(&rig, pb), SCTPX_ENOASSOC);
    assert_int_equal(rig.sent_count, 0);
    assert_int_equal(foreign_port(), 2);

    pb = pb_new(rig.peer_port, rig.port, 0x12345678); /* ours was perhaps lost */
    pb_shutdown_ack(pb);
    engine_rig_send(&rig, pb);
    assert_true(engine_rig_has(&rig, SHUTDOWN_COMPLETE));
    assert_int_equal(foreign_port(), 2);
    tear_down();
}

static void test_ports_that_listen_answer(void **state)
{
    (void)state;
    sctpx_listen_options options;
    engine_rig_init(&rig);
    rig.opt.answers = SCTPX_ANSWER_LISTENING_PORTS;
    engine_rig_start(&rig);
    sctpx_listen_options_defaults(rig.ep, &options);
    assert_int_equal(sctpx_endpoint_listen(rig.ep, rig.port, &options), rig.port);
    send_data(rig.port, SCTPX_ENOASSOC);
    assert_true(engine_rig_has(&rig, ABORT));
    send_data((uint16_t)(rig.port + 1), SCTPX_ENOASSOC);
    assert_int_equal(rig.sent_count, 0);
    assert_int_equal(foreign_port(), 1);
    tear_down();
}

/* A port of ours that does not listen: what is not of its peer may be another stack's. */
static void test_an_association_does_not_make_the_port_ours(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.answers = SCTPX_ANSWER_LISTENING_PORTS;
    engine_rig_connect(&rig);
    uint16_t peer_port = rig.peer_port;
    rig.peer_port++;
    send_data(rig.port, SCTPX_ENOASSOC);
    assert_int_equal(rig.sent_count, 0);
    assert_int_equal(foreign_port(), 1);
    rig.peer_port = peer_port;
    send_data(rig.port, SCTPX_ENOASSOC); /* a wrong tag of a known peer is what it always is */
    assert_int_equal(foreign_port(), 1);
    engine_rig_data(&rig, 0, 0, 10);
    assert_true(engine_rig_has(&rig, 3));
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data_out_of_the_blue),
        cmocka_unit_test(test_shutdown_ack),
        cmocka_unit_test(test_never_an_abort_for_an_abort),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_answers_are_limited),
        cmocka_unit_test(test_wrong_tag_from_a_known_peer),
        cmocka_unit_test(test_no_amplification),
        cmocka_unit_test(test_ports_of_others_are_left_to_them),
        cmocka_unit_test(test_ports_that_listen_answer),
        cmocka_unit_test(test_an_association_does_not_make_the_port_ours),
    };
    return cmocka_run_group_tests_name("ootb", tests, NULL, NULL);
}

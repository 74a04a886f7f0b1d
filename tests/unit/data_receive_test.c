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

static void data(uint32_t tsn, uint8_t flags, uint16_t stream, uint16_t ssn, size_t length)
{
    static const uint8_t zeros[2000];
    struct pb *pb = engine_rig_packet(&rig);
    pb_data(pb, flags, tsn, stream, ssn, 0, zeros, length);
    engine_rig_send(&rig, pb);
}

static void test_counters(void **state)
{
    (void)state;
    sctpx_assoc_status s;
    set_up();
    data(1000, 3, 0, 0, 100);
    data(1000, 3, 0, 0, 100);
    data(1002, 3, 0, 2, 50);
    data(999, 3, 0, 0, 100); /* before everything */
    sctpx_assoc_get_status(rig.assoc, &s);
    assert_int_equal(s.received_chunks, 2);
    assert_int_equal(s.received_bytes, 150);
    assert_int_equal(s.duplicate_chunks, 2);
    assert_int_equal(s.readable_messages, 1);
    tear_down();
}

static const struct sctpxi_arrivals *arrivals(void)
{
    return &rig.assoc->arrivals;
}

/* So many messages of so many bytes in one packet. */
static void bundle(uint32_t tsn, unsigned count, size_t length)
{
    static const uint8_t zeros[2000];
    struct pb *pb = engine_rig_packet(&rig);
    for (unsigned i = 0; i < count; i++)
        pb_data(pb, 3, tsn + i, 0, (uint16_t)(tsn - 1000 + i), 0, zeros, length);
    engine_rig_send(&rig, pb);
}

/* What comes in packets that their sender has filled tells what is to come: arrivals.h. */
static void test_which_packets_count_as_arrivals(void **state)
{
    (void)state;
    set_up();
    bundle(1000, 1, 64); /* a question, say */
    assert_int_equal(arrivals()->packets, 0);
    bundle(1001, 26, 1); /* a full one of a peer with an MTU of 576 */
    assert_int_equal(arrivals()->packets, 1);
    assert_int_equal(arrivals()->payload_bytes, 26);
    bundle(1027, 1, 690); /* half of one of the usual MTU */
    assert_int_equal(arrivals()->packets, 2);
    bundle(1028, 1, 10);
    assert_int_equal(arrivals()->packets, 2);
    tear_down();
}

/* So are those of a path with an MTU that small. */
static void test_half_of_a_small_packet_counts(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.mtu = 576;
    engine_rig_accept(&rig);
    bundle(1000, 1, 200);
    assert_int_equal(arrivals()->packets, 0);
    bundle(1001, 1, 300);
    assert_int_equal(arrivals()->packets, 1);
    tear_down();
}

/* 6.5: acknowledged, reported, dropped. */
static void test_stream_that_is_not_there(void **state)
{
    (void)state;
    set_up();
    data(1000, 3, 10, 0, 100);
    struct engine_rig_chunk c = engine_rig_find(&rig, 9, 0);
    assert_non_null(c.packet);
    assert_int_equal(engine_rig_u16(c.bytes + 4), 1);
    assert_int_equal(engine_rig_u16(c.bytes + 8), 10);
    data(1001, 3, 9, 0, 100);
    engine_rig_run(&rig, 300000);
    assert_int_equal(rig.assoc->tracker.cum.v, 1001);
    assert_int_equal(rig.assoc->reasm.readable_messages, 1);
    tear_down();
}

/* 6.2: ABORT with No User Data and its TSN. */
static void test_no_user_data(void **state)
{
    (void)state;
    set_up();
    data(1000, 3, 0, 0, 0);
    struct engine_rig_chunk c = engine_rig_find(&rig, 6, 0);
    assert_non_null(c.packet);
    assert_int_equal(engine_rig_u16(c.bytes + 4), 9);
    assert_int_equal(engine_rig_u32(c.bytes + 8), 1000);
    assert_int_equal(rig.assoc->error, SCTPX_EPROTO);
    tear_down();
}

static void test_contradictions_end_it(void **state)
{
    (void)state;
    set_up();
    data(1000, 2, 0, 0, 10); /* begins */
    data(1001, 0, 1, 0, 10); /* goes on in another stream */
    struct engine_rig_chunk c = engine_rig_find(&rig, 6, 0);
    assert_non_null(c.packet);
    assert_int_equal(engine_rig_u16(c.bytes + 4), 13);
    assert_int_equal(rig.assoc->error, SCTPX_EPROTO);
    tear_down();
}

/* The association is gone in the middle of a packet whose chunks go on. */
static void test_contradiction_before_other_chunks(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_listen(&rig);
    engine_rig_send(&rig, engine_rig_init_packet(&rig));
    engine_rig_learn(&rig);
    engine_rig_send(&rig, engine_rig_cookie_echo(&rig));
    struct pb *pb = engine_rig_packet(&rig); /* not accepted yet: it is freed at once */
    pb_data(pb, 3, 1000, 0, 0, 0, "", 0);
    pb_data(pb, 3, 1001, 0, 1, 0, "x", 1);
    pb_sack(pb, rig.ep_tsn, 1, 0, NULL, 0, NULL);
    engine_rig_send(&rig, pb);
    assert_true(engine_rig_has(&rig, 6));
    assert_int_equal(sctpx_endpoint_backlog(rig.ep, rig.port), 0);
    assert_int_equal(engine_rig_events(&rig), 0);
    tear_down();
}

static void test_longer_than_allowed(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.max_message_bytes = 1000;
    engine_rig_accept(&rig);
    data(1000, 2, 0, 0, 600);
    data(1001, 0, 0, 0, 400);
    assert_int_equal(rig.assoc->state, SCTPX_ESTABLISHED);
    data(1002, 1, 0, 0, 1);
    assert_int_equal(rig.assoc->state, SCTPX_CLOSED);
    assert_int_equal(rig.assoc->error, SCTPX_EMSGSIZE);
    assert_int_equal(engine_rig_u16(engine_rig_find(&rig, 6, 0).bytes + 4), 4);
    tear_down();
}

/* What the user changes while it runs holds for what comes next. */
static void test_limit_is_changed(void **state)
{
    (void)state;
    set_up();
    sctpx_assoc_options o;
    sctpx_assoc_get_options(rig.assoc, &o);
    o.max_message_bytes = 100;
    assert_int_equal(sctpx_assoc_set_options(rig.assoc, rig.now, &o), 0);
    data(1000, 3, 0, 0, 100);
    assert_int_equal(rig.assoc->state, SCTPX_ESTABLISHED);
    data(1001, 3, 0, 1, 101);
    assert_int_equal(rig.assoc->error, SCTPX_EMSGSIZE);
    tear_down();
}

/* Without memory a chunk is as good as lost: it is told at once, and taken when it comes again. */
static void test_without_memory(void **state)
{
    (void)state;
    for (size_t n = 1; n < 8; n++) {
        for (size_t count = 1; count < 4; count++) {
            set_up();
            test_alloc_fail(&rig.ta, n, count);
            data(1000, 2, 3, 0, 1400);
            data(1002, 1, 3, 0, 1400);
            engine_rig_check(&rig);
            test_alloc_fail(&rig.ta, 0, 0);
            for (uint32_t tsn = 1000; tsn <= 1002; tsn++)
                data(tsn, tsn == 1000 ? 2 : tsn == 1002, 3, 0, 1400);
            assert_true(engine_rig_has(&rig, 3));
            assert_int_equal(rig.assoc->tracker.cum.v, 1002);
            assert_int_equal(rig.assoc->reasm.readable_bytes, 4200);
            tear_down();
        }
    }
}

/* Far ahead of what is expected: not taken, but answered, so that the peer knows where we are. */
static void test_far_ahead(void **state)
{
    (void)state;
    set_up();
    data(1000 + 65534, 3, 0, 0, 10); /* the farthest a gap block can name */
    assert_int_equal(rig.assoc->received_chunks, 1);
    data(1000 + 65535, 3, 0, 0, 10);
    assert_int_equal(rig.assoc->received_chunks, 1);
    assert_true(engine_rig_has(&rig, 3));
    data(1000 + 0x7FFFFFFEu, 3, 0, 0, 10);
    assert_int_equal(rig.assoc->received_chunks, 1);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters),
        cmocka_unit_test(test_which_packets_count_as_arrivals),
        cmocka_unit_test(test_half_of_a_small_packet_counts),
        cmocka_unit_test(test_stream_that_is_not_there),
        cmocka_unit_test(test_no_user_data),
        cmocka_unit_test(test_contradictions_end_it),
        cmocka_unit_test(test_contradiction_before_other_chunks),
        cmocka_unit_test(test_longer_than_allowed),
        cmocka_unit_test(test_limit_is_changed),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_far_ahead),
    };
    return cmocka_run_group_tests_name("data_receive", tests, NULL, NULL);
}

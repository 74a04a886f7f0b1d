/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/assoc.h"
#include "engine/sack_send.h"
#include "support/engine_rig.h"

enum { SACK = 3 };

static struct engine_rig rig;

static void set_up(void)
{
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    engine_rig_data(&rig, 0, 0, 10); /* the first one is acknowledged at once */
    assert_true(engine_rig_has(&rig, SACK));
}

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void tsn(uint32_t offset)
{
    struct pb *pb = engine_rig_packet(&rig);
    pb_data(pb, 7, rig.tsn + offset, 0, 0, 0, "x", 1);
    engine_rig_send(&rig, pb);
}

static void test_content(void **state)
{
    (void)state;
    set_up();
    tsn(1);
    tsn(2);
    tsn(5);
    tsn(2);
    tsn(2);
    tsn(7);
    struct engine_rig_chunk c = engine_rig_find(&rig, SACK, 0);
    assert_int_equal(engine_rig_u32(c.bytes + 4), rig.tsn - 1);
    assert_int_equal(engine_rig_u16(c.bytes + 12), 3);
    assert_int_equal(engine_rig_u16(c.bytes + 14), 0); /* the duplicates were told before */
    static const uint16_t want[] = {2, 3, 6, 6, 8, 8};
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(engine_rig_u16(c.bytes + 16 + 2 * i), want[i]);
    tsn(2);
    c = engine_rig_find(&rig, SACK, 0);
    assert_int_equal(engine_rig_u16(c.bytes + 14), 1);
    assert_int_equal(engine_rig_u32(c.bytes + 28), rig.tsn + 2);
    tear_down();
}

/* One that is told early stops the delayed one. */
static void test_one_sack_for_all(void **state)
{
    (void)state;
    set_up();
    tsn(0);
    assert_false(engine_rig_has(&rig, SACK));
    assert_true(rig.assoc->sack_deadline != SCTPX_TIME_NEVER);
    assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
    engine_rig_flush(&rig);
    assert_int_equal(rig.sent_count, 1);
    assert_true(engine_rig_has(&rig, SACK) && engine_rig_has(&rig, 0));
    assert_true(rig.assoc->sack_deadline == SCTPX_TIME_NEVER);
    tear_down();
}

/* As many gap blocks as fit, the lowest ones. */
static void test_many_gaps(void **state)
{
    (void)state;
    set_up();
    for (uint32_t i = 0; i < 900; i++) {
        struct pb *pb = engine_rig_packet(&rig);
        pb_data(pb, 7, rig.tsn + 2 * i + 1, 0, 0, 0, "x", 1);
        engine_rig_feed(&rig, pb);
    }
    engine_rig_flush(&rig);
    struct engine_rig_chunk c = engine_rig_find(&rig, SACK, 0);
    assert_true(c.packet->length <= 1472);
    size_t gaps = engine_rig_u16(c.bytes + 12);
    assert_in_range(gaps, 300, 361);
    assert_int_equal(engine_rig_u16(c.bytes + 16), 2);
    assert_int_equal(engine_rig_u16(c.bytes + 16 + 4 * (gaps - 1)), 2 * gaps);
    tear_down();
}

/* In a small path's packet it leaves no room for itself, it is cut. */
static void test_small_mtu(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.mtu = 576;
    engine_rig_accept(&rig);
    for (uint32_t i = 0; i < 400; i++)
        tsn(2 * i + 1);
    struct engine_rig_chunk c = engine_rig_find(&rig, SACK, 0);
    assert_non_null(c.packet);
    assert_true(c.packet->length <= 548);
    assert_true(engine_rig_u16(c.bytes + 12) > 100);
    tear_down();
}

static void test_every_second_packet(void **state)
{
    (void)state;
    set_up();
    for (unsigned i = 0; i < 10; i++) {
        engine_rig_data(&rig, 0, (uint16_t)(i + 1), 10);
        assert_int_equal(engine_rig_has(&rig, SACK), i % 2);
    }
    tear_down();
}

static void test_does_not_fit(void **state)
{
    (void)state;
    uint8_t bytes[64];
    set_up();
    tsn(0);
    tsn(3);
    for (size_t room = 0; room < 24; room++) {
        struct sctpxi_writer w = sctpxi_writer_make(bytes, room);
        bool is_written = sctpxi_sack_write_current(rig.assoc, &w);
        assert_int_equal(is_written, room >= 16);
        assert_false(w.failed);
        assert_true(w.len <= room);
    }
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_content),
        cmocka_unit_test(test_one_sack_for_all),
        cmocka_unit_test(test_many_gaps),
        cmocka_unit_test(test_small_mtu),
        cmocka_unit_test(test_every_second_packet),
        cmocka_unit_test(test_does_not_fit),
    };
    return cmocka_run_group_tests_name("sack_send", tests, NULL, NULL);
}

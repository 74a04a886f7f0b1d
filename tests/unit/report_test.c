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

enum { ERROR = 9 };

static struct engine_rig rig;

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

/* The whole chunk comes back, or its header if it is too long: never more than 512 bytes. */
static void test_unrecognized_chunk(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    for (size_t length = 0; length < 1400; length += 7) {
        struct pb *pb = engine_rig_packet(&rig);
        pb_chunk(pb, 0xFE, 0x5A);
        pb_fill(pb, 0xC3, length);
        pb_end(pb);
        engine_rig_send(&rig, pb);
        struct engine_rig_chunk c = engine_rig_find(&rig, ERROR, 0);
        assert_non_null(c.packet);
        assert_true(c.length <= 512);
        assert_int_equal(engine_rig_u16(c.bytes + 4), 6);
        assert_int_equal(c.bytes[8], 0xFE);
        assert_int_equal(c.bytes[9], 0x5A);
        assert_true(c.length == 8 + 4 + length || (c.length == 12 && length > 480));
    }
    tear_down();
}

static void test_unrecognized_parameters(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    engine_rig_flush(&rig);
    engine_rig_learn(&rig);
    struct pb *pb = engine_rig_init_ack(&rig);
    pb_item(pb, 0xC111, "abc", 3);
    pb_item(pb, 0xC112, "de", 2);
    engine_rig_send(&rig, pb);
    struct engine_rig_chunk c = engine_rig_find(&rig, ERROR, 0);
    assert_non_null(c.packet);
    assert_int_equal(c.packet->bytes[12], 10); /* behind COOKIE ECHO */
    assert_int_equal(engine_rig_u16(c.bytes + 4), 8);
    assert_memory_equal(c.bytes + 8,
                        "\xC1\x11\x00\x07"
                        "abc",
                        7);
    assert_memory_equal(c.bytes + 16,
                        "\xC1\x12\x00\x06"
                        "de",
                        6);
    tear_down();
}

static void test_no_report_without_need(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_connect(&rig);
    assert_false(engine_rig_has(&rig, ERROR));
    tear_down();
}

/* A flood of what must be reported is answered in moderation. */
static void test_flood(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    struct pb *pb = engine_rig_packet(&rig);
    for (unsigned i = 0; i < 300; i++) {
        pb_chunk(pb, 0xFE, 0);
        pb_end(pb);
    }
    engine_rig_send(&rig, pb);
    assert_int_equal(engine_rig_count(&rig, ERROR), 8);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unrecognized_chunk),
        cmocka_unit_test(test_unrecognized_parameters),
        cmocka_unit_test(test_no_report_without_need),
        cmocka_unit_test(test_flood),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}

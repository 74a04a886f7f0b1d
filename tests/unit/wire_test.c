/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/wire.h"

static void test_padding_rounds_up_to_four(void **state)
{
    (void)state;
    static const size_t want[] = {0, 4, 4, 4, 4, 8, 8, 8, 8, 12};
    for (size_t n = 0; n < sizeof want / sizeof want[0]; n++)
        assert_int_equal(sctpxi_pad4(n), want[n]);
    assert_int_equal(sctpxi_pad4(65535), 65536);
}

/* RFC 9260 3.2 table 2 and 3.2.1 table 3. */
static void test_unknown_types_say_what_to_do(void **state)
{
    (void)state;
    static const bool stops[] = {true, true, false, false};
    static const bool reports[] = {false, true, false, true};
    for (unsigned top = 0; top < 4; top++) {
        struct sctpxi_unknown_action chunk =
            sctpxi_unknown_chunk_action((uint8_t)(top << 6 | 0x3F));
        struct sctpxi_unknown_action param =
            sctpxi_unknown_param_action((uint16_t)(top << 14 | 0x3FFF));
        assert_int_equal(chunk.stop, stops[top]);
        assert_int_equal(chunk.report, reports[top]);
        assert_int_equal(param.stop, stops[top]);
        assert_int_equal(param.report, reports[top]);
    }
}

/* RFC 9260 6.10. */
static void test_three_chunks_must_be_alone(void **state)
{
    (void)state;
    for (unsigned type = 0; type <= 255; type++) {
        bool alone = type == 1 || type == 2 || type == 14;
        assert_int_equal(sctpxi_bundle_allowed((uint8_t)type), !alone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_padding_rounds_up_to_four),
        cmocka_unit_test(test_unknown_types_say_what_to_do),
        cmocka_unit_test(test_three_chunks_must_be_alone),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}

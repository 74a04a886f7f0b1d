/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/names.h"
#include "wire/wire.h"

static void test_known_numbers_have_names(void **state)
{
    (void)state;
    assert_string_equal(sctpxi_chunk_name(SCTPXI_CHUNK_DATA), "DATA");
    assert_string_equal(sctpxi_chunk_name(SCTPXI_CHUNK_INIT_ACK), "INIT ACK");
    assert_string_equal(sctpxi_chunk_name(194), "I-FORWARD-TSN");
    assert_string_equal(sctpxi_param_name(SCTPXI_PARAM_STATE_COOKIE), "State Cookie");
    assert_string_equal(sctpxi_param_name(0xC006), "Adaptation Layer Indication");
    assert_string_equal(sctpxi_cause_name(SCTPXI_CAUSE_STALE_COOKIE), "Stale Cookie");
    assert_string_equal(sctpxi_cause_name(0x0105), "Unsupported HMAC Identifier");
    for (uint8_t type = 0; type <= 14; type++)
        assert_string_not_equal(sctpxi_chunk_name(type), "unknown");
    for (uint16_t code = 1; code <= 13; code++)
        assert_string_not_equal(sctpxi_cause_name(code), "unknown");
}

static void test_all_numbers_have_an_answer(void **state)
{
    (void)state;
    size_t chunks = 0;
    size_t params = 0;
    size_t causes = 0;
    for (unsigned type = 0; type <= 255; type++)
        chunks += strcmp(sctpxi_chunk_name((uint8_t)type), "unknown") != 0;
    for (unsigned type = 0; type <= 65535; type++) {
        params += strcmp(sctpxi_param_name((uint16_t)type), "unknown") != 0;
        causes += strcmp(sctpxi_cause_name((uint16_t)type), "unknown") != 0;
    }
    assert_int_equal(chunks, 24);
    assert_int_equal(params, 28);
    assert_int_equal(causes, 19);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_numbers_have_names),
        cmocka_unit_test(test_all_numbers_have_an_answer),
    };
    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

/* The values are ABI: this list is written out by hand so that renumbering is noticed. */
static void test_values_do_not_move(void **state)
{
    (void)state;
    assert_int_equal(SCTPX_OK, 0);
    assert_int_equal(SCTPX_EINVAL, -1);
    assert_int_equal(SCTPX_EWOULDBLOCK, -3);
    assert_int_equal(SCTPX_ETRUNC, -10);
    assert_int_equal(SCTPX_ELOST, -20);
    assert_int_equal(SCTPX_EBADPACKET, -30);
    assert_int_equal(SCTPX_ENOASSOC, -31);
    assert_int_equal(SCTPX_ECANCELED, -32);
}

#define COUNT_ONE(name, value, error_number, text) +1

static void test_every_error_has_its_own_name_and_a_text(void **state)
{
    int count = 0 SCTPX_ERROR_LIST(COUNT_ONE);

    (void)state;
    assert_int_equal(count, 32);
    for (int error = -count; error < 0; error++) {
        const char *name = sctpx_error_name(error);

        assert_memory_equal(name, "SCTPX_E", 7);
        assert_string_not_equal(name, sctpx_error_name(INT_MIN));
        assert_string_not_equal(sctpx_strerror(error), "unknown error");
        assert_true(sctpx_error_to_errno(error) > 0);
        for (int other = -count; other < error; other++) {
            assert_string_not_equal(name, sctpx_error_name(other));
        }
    }
}

static void test_known_errors(void **state)
{
    (void)state;
    assert_string_equal(sctpx_error_name(SCTPX_EREFUSED), "SCTPX_EREFUSED");
    assert_string_equal(sctpx_strerror(SCTPX_EREFUSED), "connection refused");
    assert_int_equal(sctpx_error_to_errno(SCTPX_EREFUSED), ECONNREFUSED);
    assert_int_equal(sctpx_error_to_errno(SCTPX_EWOULDBLOCK), EAGAIN);
    /* A name that is also an errno macro must not turn into its number. */
    assert_string_equal(sctpx_error_name(SCTPX_EINVAL), "SCTPX_EINVAL");
}

static void test_success_is_not_an_error(void **state)
{
    (void)state;
    assert_string_equal(sctpx_error_name(0), "SCTPX_OK");
    assert_string_equal(sctpx_strerror(0), "success");
    assert_int_equal(sctpx_error_to_errno(0), 0);
}

static void test_unknown_values(void **state)
{
    static const int unknown[] = {1, EINVAL, -1000, INT_MIN, INT_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_string_equal(sctpx_strerror(unknown[i]), "unknown error");
        assert_string_equal(sctpx_error_name(unknown[i]), "SCTPX_E?");
        assert_int_equal(sctpx_error_to_errno(unknown[i]), EIO);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_do_not_move),
        cmocka_unit_test(test_every_error_has_its_own_name_and_a_text),
        cmocka_unit_test(test_known_errors),
        cmocka_unit_test(test_success_is_not_an_error),
        cmocka_unit_test(test_unknown_values),
    };

    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Which ways there are here: whatever the answer is, it has to be one that is documented. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sys/resource.h>

#include <sctpx/sctpx.h>

static void test_each_way_is_told_with_a_reason(void **state)
{
    static const int errors[][4] = {
        {0, SCTPX_ENOTSUP, SCTPX_ERESOURCE, SCTPX_ERESOURCE},
        {0, SCTPX_EACCES, SCTPX_ENOTSUP, SCTPX_ERESOURCE},
        {0, SCTPX_ENOTSUP, SCTPX_ESYSTEM, SCTPX_ERESOURCE},
        {0, SCTPX_EADDRNOTAVAIL, SCTPX_ERESOURCE, SCTPX_ERESOURCE},
    };

    (void)state;
    for (int way = SCTPX_WAY_UDP; way <= (int)SCTPX_WAY_IPV6; way++) {
        char reason[200] = "?";
        int error = sctpx_available((enum sctpx_way)way, reason, sizeof(reason));
        bool is_known = false;

        for (int i = 0; i < 4; i++)
            is_known |= error == errors[way][i];
        assert_true(is_known);
        assert_true((error == 0) == (reason[0] == '\0'));
        assert_true(strlen(reason) < sizeof(reason) - 1);
        assert_int_equal(sctpx_available((enum sctpx_way)way, NULL, 0), error);
    }
}

static void test_no_such_way(void **state)
{
    char reason[5] = "?";

    (void)state;
    assert_int_equal(sctpx_available((enum sctpx_way)99, reason, sizeof(reason)), SCTPX_EINVAL);
    assert_string_equal(reason, "no s"); /* cut */
}

static void test_without_descriptors(void **state)
{
    struct rlimit limit, none;
    char reason[200];
    int error;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    error = sctpx_available(SCTPX_WAY_UDP, reason, sizeof(reason));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(error, SCTPX_ERESOURCE);
    assert_non_null(strstr(reason, "descriptor"));
}

/* What is said to be there is, and the automatic choice always finds something. */
static void test_it_can_be_used(void **state)
{
    int kernel = sctpx_available(SCTPX_WAY_KERNEL, NULL, 0);
    char reason[200];
    sctpx_server_options options;
    sctpx_server *server;
    sctpx_loop *loop;

    (void)state;
    assert_int_equal(sctpx_loop_new(&loop), 0);
    for (int i = SCTPX_BACKEND_KERNEL; i <= (int)SCTPX_BACKEND_AUTO; i++) {
        int expected = i == SCTPX_BACKEND_KERNEL ? kernel : 0;

        sctpx_server_options_defaults(&options);
        options.udp_port = 0;
        options.backend = (enum sctpx_backend)i;
        assert_int_equal(sctpx_server_new(loop, &options, &server), 0);
        assert_int_equal(sctpx_server_listen(server, NULL, 0, 0), expected);
        if (expected < 0) {
            /* Not a word of UDP ports, which have nothing to do with it. */
            (void)sctpx_available(SCTPX_WAY_KERNEL, reason, sizeof(reason));
            assert_non_null(strstr(sctpx_server_error_string(server), reason));
            assert_null(strstr(sctpx_server_error_string(server), "UDP"));
        } else {
            assert_int_equal(sctpx_server_descriptor(server) >= 0, kernel == 0);
        }
        sctpx_server_free(server);
    }
    sctpx_loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_way_is_told_with_a_reason),
        cmocka_unit_test(test_no_such_way),
        cmocka_unit_test(test_without_descriptors),
        cmocka_unit_test(test_it_can_be_used),
    };

    return cmocka_run_group_tests_name("available", tests, NULL, NULL);
}

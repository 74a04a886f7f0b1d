/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/config.h>
#include <sctpx/error.h>

#define SECOND UINT64_C(1000000)
#define DAY (86400 * SECOND)

/* RFC 9260 16, and what config.h promises.
 * covers: 9260/16-1 9260/16-2 */
static void test_defaults_of_an_association(void **state)
{
    sctpx_assoc_options o;

    (void)state;
    memset(&o, 0xa5, sizeof(o));
    sctpx_assoc_options_defaults(&o);
    assert_int_equal(o.out_streams, 65535);
    assert_int_equal(o.max_in_streams, 65535);
    assert_int_equal(o.rto_initial_us, 1000000);
    assert_int_equal(o.rto_min_us, 1000000);
    assert_int_equal(o.rto_max_us, 60000000);
    assert_int_equal(o.rto_alpha_shift, 3);
    assert_int_equal(o.rto_beta_shift, 2);
    assert_int_equal(o.association_max_retrans, 10);
    assert_int_equal(o.path_max_retrans, 5);
    assert_int_equal(o.max_init_retrans, 8);
    assert_int_equal(o.hb_interval_us, 30000000);
    assert_int_equal(o.hb_max_burst, 1);
    assert_int_equal(o.shutdown_guard_us, 0);
    assert_int_equal(o.sack_delay_us, 200000);
    assert_int_equal(o.sack_packets, 2);
    assert_int_equal(o.max_burst, 4);
    assert_false(o.nagle);
    assert_int_equal(o.mtu, 1500);
    assert_int_equal(o.dscp, 0);
    assert_int_equal(o.sndbuf_bytes, 8388608);
    assert_int_equal(o.sndbuf_stream_bytes, 0);
    assert_int_equal(o.rcvbuf_bytes, 8388608);
    assert_int_equal(o.max_message_bytes, 16777216);
    assert_false(o.partial_delivery);
    assert_false(o.refuse_restart);
}

static void test_defaults_of_an_endpoint(void **state)
{
    sctpx_endpoint_options o;

    (void)state;
    memset(&o, 0xa5, sizeof(o));
    sctpx_endpoint_options_defaults(&o);
    assert_null(o.allocator.alloc);
    assert_null(o.allocator.free);
    assert_true(o.random == NULL);
    assert_int_equal(o.cookie_lifetime_us, 60000000);
    assert_false(o.has_cookie_key);
    assert_int_equal(o.shard, 0);
    assert_int_equal(o.shard_bits, 0);
    assert_int_equal(o.max_assocs, 1000000);
    assert_int_equal(o.memory_limit_bytes, UINT64_C(4294967296));
    assert_int_equal(o.stranger_rate, 10000);
    assert_int_equal(o.stranger_burst, 1000);
    assert_int_equal(o.init_rate, 200000);
    assert_int_equal(o.init_burst, 10000);
    assert_false(o.silent_ootb);
    assert_int_equal(o.assoc.mtu, 1500);
    assert_int_equal(sctpx_assoc_options_check(&o.assoc), 0);
}

/* The field at a value, the others at their defaults. */
#define CHECK(field, value, result)                                                                \
    do {                                                                                           \
        sctpx_assoc_options o;                                                                     \
        sctpx_assoc_options_defaults(&o);                                                          \
        o.field = (value);                                                                         \
        assert_int_equal(sctpx_assoc_options_check(&o), result);                                   \
    } while (0)
#define IN_RANGE(field, value) CHECK(field, value, 0)
#define OUT_OF_RANGE(field, value) CHECK(field, value, SCTPX_EINVAL)

static void test_ranges_of_counts(void **state)
{
    (void)state;
    OUT_OF_RANGE(out_streams, 0);
    IN_RANGE(out_streams, 1);
    OUT_OF_RANGE(max_in_streams, 0);
    IN_RANGE(max_in_streams, 1);
    IN_RANGE(association_max_retrans, 0);
    IN_RANGE(path_max_retrans, 0);
    IN_RANGE(max_init_retrans, 0);
    OUT_OF_RANGE(hb_max_burst, 0);
    IN_RANGE(hb_max_burst, 65535);
    OUT_OF_RANGE(sack_packets, 0);
    IN_RANGE(sack_packets, 1);
    IN_RANGE(max_burst, 0);
}

/* covers: 9260/11.1.13-1 */
static void test_ranges_of_times(void **state)
{
    (void)state;
    OUT_OF_RANGE(rto_min_us, 0);
    IN_RANGE(rto_min_us, 1);
    OUT_OF_RANGE(rto_min_us, SECOND + 1); /* above initial */
    OUT_OF_RANGE(rto_initial_us, SECOND - 1);
    IN_RANGE(rto_initial_us, 60 * SECOND);
    OUT_OF_RANGE(rto_initial_us, 60 * SECOND + 1); /* above max */
    OUT_OF_RANGE(rto_max_us, SECOND - 1);
    IN_RANGE(rto_max_us, DAY);
    OUT_OF_RANGE(rto_max_us, DAY + 1);
    OUT_OF_RANGE(rto_max_us, SCTPX_TIME_NEVER);
    OUT_OF_RANGE(rto_alpha_shift, 0);
    IN_RANGE(rto_alpha_shift, 16);
    OUT_OF_RANGE(rto_alpha_shift, 17);
    OUT_OF_RANGE(rto_beta_shift, 0);
    IN_RANGE(rto_beta_shift, 16);
    OUT_OF_RANGE(rto_beta_shift, 17);
    IN_RANGE(hb_interval_us, 0);
    IN_RANGE(hb_interval_us, SCTPX_TIME_NEVER);
    IN_RANGE(sack_delay_us, 0);
    IN_RANGE(sack_delay_us, 500000);
    OUT_OF_RANGE(sack_delay_us, 500001);
}

static void test_ranges_of_sizes(void **state)
{
    (void)state;
    OUT_OF_RANGE(mtu, 575);
    IN_RANGE(mtu, 576);
    IN_RANGE(mtu, 65535);
    OUT_OF_RANGE(mtu, 65536);
    IN_RANGE(dscp, 63);
    OUT_OF_RANGE(dscp, 64);
    IN_RANGE(congestion_control, SCTPX_CONGESTION_RFC9260);
    OUT_OF_RANGE(congestion_control, 2);
    IN_RANGE(loss_detection, SCTPX_LOSS_RFC9260);
    OUT_OF_RANGE(loss_detection, 2);
    OUT_OF_RANGE(sndbuf_bytes, 0);
    IN_RANGE(sndbuf_bytes, 1);
    IN_RANGE(sndbuf_stream_bytes, 0);
    OUT_OF_RANGE(rcvbuf_bytes, 1499);
    IN_RANGE(rcvbuf_bytes, 1500);
    IN_RANGE(rcvbuf_bytes, UINT32_MAX);
#if SIZE_MAX > UINT32_MAX
    OUT_OF_RANGE(rcvbuf_bytes, (size_t)UINT32_MAX + 1);
#endif
    OUT_OF_RANGE(max_message_bytes, 0);
    IN_RANGE(max_message_bytes, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_of_an_association),
        cmocka_unit_test(test_defaults_of_an_endpoint),
        cmocka_unit_test(test_ranges_of_counts),
        cmocka_unit_test(test_ranges_of_times),
        cmocka_unit_test(test_ranges_of_sizes),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}

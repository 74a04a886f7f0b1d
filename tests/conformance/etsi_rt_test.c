/* SPDX-License-Identifier: MIT */
/* ETSI TS 102 369, retransmission timer. */
#include "conformance/etsi.h"

/* The association sends one message, which nobody acknowledges. */
static struct sim_raw unheard(struct sim *sim, const sctpx_assoc_options *options)
{
    struct sim_raw raw = active(sim, options);
    write_message(&raw, 1000);
    return raw;
}

/* covers: ts102369/RT-I-11-1 */
static void test_rt_i_11_1_rto_doubles(void **state)
{
    struct sim_raw raw = unheard(*state, NULL);
    for (sctpx_time rto = SIM_SECOND; rto <= 32 * SIM_SECOND; rto *= 2) {
        assert_int_equal(sim_path(raw.conn, 0).rto_us, rto);
        assert_int_equal(wait_for(&raw, SIM_DATA), rto);
    }
    assert_int_equal(times_sent(&raw, 1), 7);
    sim_finish(*state);
}

/* Its text is that of 11-1; here the other end of the scale. covers: ts102369/RT-I-11-2 */
static void test_rt_i_11_2_rto_stays_below_rto_max(void **state)
{
    static const sctpx_time rtos_ms[] = {100, 200, 400, 800, 800, 800, 800, 800, 800, 800};
    sctpx_assoc_options options = quiet();
    options.rto_initial_us = options.rto_min_us = 100 * SIM_MS;
    options.rto_max_us = 800 * SIM_MS;
    struct sim_raw raw = unheard(*state, &options);
    for (size_t i = 0; i < sizeof rtos_ms / sizeof rtos_ms[0]; i++)
        assert_int_equal(wait_for(&raw, SIM_DATA), rtos_ms[i] * SIM_MS);
    assert_int_equal(times_sent(&raw, 1), 11);
    sim_finish(*state);
}

/* The other address, once confirmed, is tried in turn; each has an RTO of its own.
 * covers: ts102369/RT-I-11-3 */
static void test_rt_i_11_3_each_address_has_its_rto(void **state)
{
    static const sctpx_time seconds[] = {1, 1, 2, 2, 4, 4, 8, 8, 16, 16};
    struct sim *sim = *state;
    struct sim_raw raw = asking(sim, NULL);
    const sctpx_addr addrs[2] = {raw.addr, addr_of(OTHER_IP)};
    struct pb *pb = init_ack(&raw);
    pb_ipv4(pb, OTHER_IP);
    sim_raw_send(&raw, pb);
    send_cookie_ack(&raw);
    confirm(&raw, &addrs[1]);
    write_message(&raw, 1000);
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        assert_int_equal(wait_for(&raw, SIM_DATA), seconds[i] * SIM_SECOND);
        const struct sim_record *record = sim_last(sim, (struct sim_query){.from = raw.host});
        assert_true(sim_same_ip(&record->to, &addrs[(i + 1) % 2]));
    }
    assert_int_equal(times_sent(&raw, 1), 11);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_rfc9260_test(test_rt_i_11_1_rto_doubles),
        sim_rfc9260_test(test_rt_i_11_2_rto_stays_below_rto_max),
        sim_rfc9260_test(test_rt_i_11_3_each_address_has_its_rto),
    };
    return cmocka_run_group_tests_name("conformance.etsi_rt", tests, NULL, NULL);
}

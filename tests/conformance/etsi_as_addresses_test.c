/* SPDX-License-Identifier: MIT */
/* ETSI TS 102 369, association set-up: 1.9 to 1.11, the addresses of the peer. */
#include "conformance/etsi.h"

static size_t data_to(const struct sim_raw *raw, const sctpx_addr *to)
{
    return sent_to(raw->host, to, SIM_DATA, 0);
}

/* covers: ts102369/AS-O-1-9-1 */
static void test_as_o_1_9_1_restart_with_known_addresses(void **state)
{
    struct sim_raw raw = passive(*state), again = raw;
    again.tag ^= 0x5555;
    struct pb *pb = sim_raw_init(&again);
    pb_ipv4(pb, 0xC0000201); /* where it comes from anyway */
    sim_raw_send(&again, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 2);
    const struct sim_record *ack = check_alone(&again, SIM_INIT_ACK);
    assert_int_not_equal(ack->chunks[0].tag, raw.host_tag);
    assert_int_not_equal(ack->chunks[0].tag, 0);
    check_alive(&raw); /* nothing has changed yet */
    sim_raw_learn(&again, SIM_INIT_ACK);
    sim_raw_send(&again, cookie_echo(&again));
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_RESTARTED), 1);
    assert_int_equal(sim_stats(raw.host).associations, 1);
    check_alive(&again);
    sim_finish(*state);
}

/* covers: ts102369/AS-O-1-9-2 */
static void test_as_o_1_9_2_restart_with_new_addresses(void **state)
{
    struct sim_raw raw = passive(*state), again = raw;
    again.tag ^= 0x5555;
    struct pb *pb = sim_raw_init(&again);
    pb_ipv4(pb, OTHER_IP);
    sim_raw_send(&again, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 1);
    const uint8_t *cause = first_cause(check_alone(&again, SIM_ABORT), SIM_ABORT);
    assert_int_equal(get_u16(cause), CAUSE_NEW_ADDRESSES);
    assert_int_equal(get_u16(cause + 4), PARAM_IPV4);
    assert_int_equal(get_u32(cause + 8), OTHER_IP);
    check_alive(&raw);
    sim_finish(*state);
}

/* What the host sends goes to where the peer's packets come from, on T3-rtx again. */
static void check_single_address(struct sim_raw *raw)
{
    assert_int_equal(sim_status(raw->conn).paths, 1);
    write_message(raw, 100);
    wait_for(raw, SIM_DATA);
    assert_int_equal(data_to(raw, &raw->addr), 2);
    assert_int_equal(times_sent(raw, 1), 2);
}

/* covers: ts102369/AS-V-1-10-1 */
static void test_as_v_1_10_1_no_addresses_in_init(void **state)
{
    sctpx_assoc_options options = quiet();
    struct sim_raw raw = listener(*state, &options);
    set_up_with(&raw, sim_raw_init(&raw));
    check_single_address(&raw);
    sim_finish(*state);
}

/* covers: ts102369/AS-V-1-10-2 */
static void test_as_v_1_10_2_no_addresses_in_init_ack(void **state)
{
    struct sim_raw raw = active(*state, NULL);
    check_single_address(&raw);
    sim_finish(*state);
}

/* The source and two more: DATA goes to the source, and when it is lost to the next one, but never
 * to one that has not answered a probe (5.4). */
static void check_three_addresses(struct sim_raw *raw)
{
    const sctpx_addr other = addr_of(OTHER_IP), third = addr_of(THIRD_IP);
    assert_int_equal(sim_status(raw->conn).paths, 3);
    write_message(raw, 100);
    assert_int_equal(data_to(raw, &raw->addr), 1);
    wait_for(raw, SIM_DATA);
    assert_int_equal(data_to(raw, &raw->addr), 2);
    sack(raw, 1, 100000);
    confirm(raw, &other);
    write_message(raw, 100);
    assert_int_equal(data_to(raw, &raw->addr), 3);
    wait_for(raw, SIM_DATA);
    assert_int_equal(data_to(raw, &other), 1);
    assert_int_equal(data_to(raw, &third), 0);
}

/* covers: ts102369/AS-V-1-11-1 */
static void test_as_v_1_11_1_addresses_in_init(void **state)
{
    struct sim_raw raw = stranger(*state);
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, OTHER_IP);
    pb_ipv4(pb, THIRD_IP);
    set_up_with(&raw, pb);
    check_three_addresses(&raw);
    sim_finish(*state);
}

/* covers: ts102369/AS-V-1-11-2 */
static void test_as_v_1_11_2_addresses_in_init_ack(void **state)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    struct sim_raw raw = asking(*state, &options);
    struct pb *pb = init_ack(&raw);
    pb_ipv4(pb, OTHER_IP);
    pb_ipv4(pb, THIRD_IP);
    sim_raw_send(&raw, pb);
    check_alone(&raw, SIM_COOKIE_ECHO);
    send_cookie_ack(&raw);
    check_three_addresses(&raw);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_as_o_1_9_1_restart_with_known_addresses),
        sim_unit_test(test_as_o_1_9_2_restart_with_new_addresses),
        sim_unit_test(test_as_v_1_10_1_no_addresses_in_init),
        sim_unit_test(test_as_v_1_10_2_no_addresses_in_init_ack),
        sim_unit_test(test_as_v_1_11_1_addresses_in_init),
        sim_unit_test(test_as_v_1_11_2_addresses_in_init_ack),
    };
    return cmocka_run_group_tests_name("conformance.etsi_as_addresses", tests, NULL, NULL);
}

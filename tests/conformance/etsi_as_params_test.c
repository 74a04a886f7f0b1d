/* SPDX-License-Identifier: MIT */
/* ETSI TS 102 369, association set-up: 1.6, 1.8 and 1.12 to 1.14, parameters and tags. */
#include "conformance/etsi.h"

enum { PARAM_UNRECOGNIZED = 8 };

static const uint8_t public_ipv6[16] = {0x20, 0x01, 0x0D, 0xB8, [15] = 9};

/* covers: ts102369/AS-V-1-6-1 */
static void test_as_v_1_6_1_parameters_in_init(void **state)
{
    static const uint16_t both[] = {PARAM_IPV4, PARAM_IPV6};
    struct sim_raw raw = stranger(*state);
    struct pb *pb = sim_raw_init(&raw);
    pb_cookie_preservative(pb, 12345);
    pb_addr_types(pb, 2, both);
    pb_ipv6(pb, public_ipv6);
    pb_ipv4(pb, OTHER_IP);
    set_up_with(&raw, pb);
    assert_null(find_param(sim_raw_last(&raw, SIM_INIT_ACK), PARAM_UNRECOGNIZED, 0));
    check_alive(&raw);
    sim_finish(*state);
}

/* Cookie Preservative has no business in INIT ACK: behind all others it changes nothing.
 * covers: ts102369/AS-V-1-6-2 */
static void test_as_v_1_6_2_parameters_in_init_ack(void **state)
{
    for (int is_odd = 0; is_odd < 2; is_odd++) {
        struct sim_raw raw = asking(sim_renew(state), NULL);
        struct pb *pb = init_ack(&raw);
        pb_ipv6(pb, public_ipv6);
        pb_ipv4(pb, OTHER_IP);
        if (is_odd)
            pb_cookie_preservative(pb, 12345);
        sim_raw_send(&raw, pb);
        check_alone(&raw, SIM_COOKIE_ECHO);
        send_cookie_ack(&raw);
        check_alive(&raw);
        sim_finish(*state);
    }
}

/* ---- unknown parameters ---------------------------------------------------------------------- */

static const uint8_t values[3][4] = {{1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 3}};

/* INIT with three unknown parameters, the second one of this type, the others to be reported;
 * those of the mask are, in order, and the association is set up. */
static void check_unknown(struct sim *sim, uint16_t second, unsigned mask)
{
    const uint16_t types[3] = {0xC0CC, second, 0xC0CC};
    struct sim_raw raw = stranger(sim);
    struct pb *pb = sim_raw_init(&raw);
    for (size_t i = 0; i < 3; i++)
        pb_item(pb, types[i], values[i], 4);
    set_up_with(&raw, pb);
    size_t n = 0;
    const struct sim_record *ack = sim_raw_last(&raw, SIM_INIT_ACK);
    for (size_t i = 0; i < 3; i++) {
        if (!(mask & 1u << i))
            continue;
        const uint8_t *report = find_param(ack, PARAM_UNRECOGNIZED, n++);
        assert_non_null(report);
        assert_int_equal(get_u16(report + 2), 4 + 8);
        assert_int_equal(get_u16(report + 4), types[i]);
        assert_int_equal(get_u16(report + 6), 8);
        assert_memory_equal(report + 8, values[i], 4);
    }
    assert_null(find_param(ack, PARAM_UNRECOGNIZED, n));
    check_alive(&raw);
    sim_finish(sim);
}

/* covers: ts102369/AS-I-1-8-1 */
static void test_as_i_1_8_1_skip_and_report(void **state)
{
    check_unknown(*state, 0xC0CD, 7);
}

/* covers: ts102369/AS-I-1-8-2 */
static void test_as_i_1_8_2_stop(void **state)
{
    check_unknown(*state, 0x00CC, 1);
}

/* covers: ts102369/AS-I-1-8-3 */
static void test_as_i_1_8_3_stop_and_report(void **state)
{
    check_unknown(*state, 0x40CC, 3);
}

/* covers: ts102369/AS-I-1-8-4 */
static void test_as_i_1_8_4_skip(void **state)
{
    check_unknown(*state, 0x80CC, 5);
}

/* ---- addresses the host cannot use ----------------------------------------------------------- */

/* ABORT, alone, with the peer's tag, and with the Host Name Address in Unresolvable Address. */
static void check_unresolvable(const struct sim_raw *raw)
{
    const struct sim_record *abort = check_alone(raw, SIM_ABORT);
    const uint8_t *cause = first_cause(abort, SIM_ABORT);
    assert_int_equal(get_u16(cause), CAUSE_UNRESOLVABLE);
    assert_int_equal(get_u16(cause + 2), 4 + 8);
    assert_int_equal(get_u16(cause + 4), PARAM_HOST_NAME);
    assert_memory_equal(cause + 8, "a.b", 4);
}

/* covers: ts102369/AS-V-1-12-1 */
static void test_as_v_1_12_1_host_name_in_init(void **state)
{
    struct sim_raw raw = stranger(*state);
    struct pb *pb = sim_raw_init(&raw);
    pb_item(pb, PARAM_HOST_NAME, "a.b", 4);
    sim_raw_send(&raw, pb);
    check_unresolvable(&raw);
    assert_int_equal(sim_mark(*state), 1);
    assert_int_equal(sim_stats(raw.host).associations, 0);
    sim_finish(*state);
}

/* covers: ts102369/AS-I-1-12-2 */
static void test_as_i_1_12_2_host_name_in_init_ack(void **state)
{
    struct sim_raw raw = asking(*state, NULL);
    struct pb *pb = init_ack(&raw);
    pb_item(pb, PARAM_HOST_NAME, "a.b", 4);
    sim_raw_send(&raw, pb);
    check_unresolvable(&raw);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 0);
    assert_true(raw.conn->is_closed);
    check_gone(&raw);
    sim_finish(*state);
}

/* covers: ts102369/AS-V-1-13-1 */
static void test_as_v_1_13_1_supported_address_types(void **state)
{
    static const uint16_t ipv4[] = {PARAM_IPV4};
    struct sim_raw raw = stranger(*state);
    struct pb *pb = sim_raw_init(&raw);
    pb_addr_types(pb, 1, ipv4);
    set_up_with(&raw, pb);
    check_alive(&raw);
    sim_finish(*state);
}

/* By IPv4, so it has that, whatever it says (5.1.2), and is told addresses of that family.
 * covers: ts102369/AS-I-1-13-2 */
static void test_as_i_1_13_2_other_address_types(void **state)
{
    static const uint16_t ipv6[] = {PARAM_IPV6};
    struct sim_host *host = sim_host_new(*state, "b", 2, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.addr = addr_of(PRIVATE_IP);
    struct pb *pb = sim_raw_init(&raw);
    pb_addr_types(pb, 1, ipv6);
    set_up_with(&raw, pb);
    for (size_t i = 0; i < 2; i++)
        assert_true(lists_ipv4(sim_raw_last(&raw, SIM_INIT_ACK), &host->addrs[i]));
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 0);
    check_alive(&raw);
    sim_finish(*state);
}

/* ---- Initiate Tag 0 -------------------------------------------------------------------------- */

/* 3.3.2: silence. covers: ts102369/AS-I-1-14-1 */
static void test_as_i_1_14_1_tag_zero_in_init(void **state)
{
    struct sim_raw raw = stranger(*state), zero = raw;
    zero.tag = 0;
    send_and_hear_nothing(&zero, sim_raw_init(&zero));
    assert_int_equal(sim_stats(raw.host).associations, 0);
    set_up_with(&raw, sim_raw_init(&raw));
    check_alive(&raw);
    sim_finish(*state);
}

/* 3.3.3: the association is given up, and the ABORT reflects our tag, there is no other.
 * covers: ts102369/AS-I-1-14-2 */
static void test_as_i_1_14_2_tag_zero_in_init_ack(void **state)
{
    struct sim_raw raw = asking(*state, NULL), zero = raw;
    zero.tag = 0;
    send_init_ack(&zero);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 0);
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 1);
    check_reflected(&raw, SIM_ABORT);
    assert_true(raw.conn->is_closed);
    check_gone(&raw);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_as_v_1_6_1_parameters_in_init),
        sim_unit_test(test_as_v_1_6_2_parameters_in_init_ack),
        sim_unit_test(test_as_i_1_8_1_skip_and_report),
        sim_unit_test(test_as_i_1_8_2_stop),
        sim_unit_test(test_as_i_1_8_3_stop_and_report),
        sim_unit_test(test_as_i_1_8_4_skip),
        sim_unit_test(test_as_v_1_12_1_host_name_in_init),
        sim_unit_test(test_as_i_1_12_2_host_name_in_init_ack),
        sim_unit_test(test_as_v_1_13_1_supported_address_types),
        sim_unit_test(test_as_i_1_13_2_other_address_types),
        sim_unit_test(test_as_i_1_14_1_tag_zero_in_init),
        sim_unit_test(test_as_i_1_14_2_tag_zero_in_init_ack),
    };
    return cmocka_run_group_tests_name("conformance.etsi_as_params", tests, NULL, NULL);
}

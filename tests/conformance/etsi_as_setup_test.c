/* SPDX-License-Identifier: MIT */
/* ETSI TS 102 369, association set-up: 1.1 to 1.5 and 1.15. */
#include "conformance/etsi.h"

static const sctpx_time back_off_s[] = {1, 2, 4, 8, 16, 32, 60, 60}; /* RTO.Initial to RTO.Max */

/* covers: ts102369/AS-V-1-1-1 */
static void test_as_v_1_1_1_active_setup(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = asking(sim, NULL);
    const struct sim_record *init = sim_raw_last(&raw, SIM_INIT);
    assert_int_equal(sim_mark(sim), 1);
    assert_int_equal(init->n_chunks, 1);
    assert_int_equal(init->vtag, 0);
    assert_int_not_equal(init->chunks[0].tag, 0);
    send_init_ack(&raw);
    const struct sim_record *echo = check_alone(&raw, SIM_COOKIE_ECHO);
    assert_int_equal(echo->chunks[0].length, 4 + 6);
    assert_memory_equal(echo->raw + echo->chunks[0].offset + 4, "cookie", 6);
    assert_false(raw.conn->is_up);
    send_cookie_ack(&raw);
    assert_true(raw.conn->is_up);
    assert_int_equal(sim_mark(sim), 2);
    check_alive(&raw);
    sim_finish(sim);
}

/* covers: ts102369/AS-V-1-1-2 */
static void test_as_v_1_1_2_passive_setup(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    sim_raw_send(&raw, sim_raw_init(&raw));
    const struct sim_record *ack = check_alone(&raw, SIM_INIT_ACK);
    assert_int_not_equal(ack->chunks[0].tag, 0);
    assert_int_equal(raw.host->n_conns, 0);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    sim_raw_send(&raw, cookie_echo(&raw));
    assert_int_equal(sim_raw_last(&raw, SIM_COOKIE_ACK)->vtag, raw.tag);
    assert_int_equal(sim_mark(sim), 2);
    raw.conn = sim_accepted(raw.host, 0);
    check_alive(&raw);
    sim_finish(sim);
}

/* covers: ts102369/AS-I-1-2-1 */
static void test_as_i_1_2_1_init_is_repeated(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = asking(sim, NULL);
    const struct sim_record *first = sim_raw_last(&raw, SIM_INIT);
    assert_int_equal(wait_for(&raw, SIM_INIT), SIM_SECOND);
    const struct sim_record *second = sim_raw_last(&raw, SIM_INIT);
    assert_int_equal(second->length, first->length);
    assert_memory_equal(second->raw, first->raw, first->length);
    send_init_ack(&raw);
    send_cookie_ack(&raw);
    check_alive(&raw);
    sim_run_for(sim, 10 * SIM_SECOND);
    assert_int_equal(sim_raw_count(&raw, SIM_INIT), 2); /* T1-init is stopped */
    sim_finish(sim);
}

/* covers: ts102369/AS-I-1-2-2 */
static void test_as_i_1_2_2_cookie_echo_is_repeated(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = asking(sim, NULL);
    send_init_ack(&raw);
    const struct sim_record *first = sim_raw_last(&raw, SIM_COOKIE_ECHO);
    assert_int_equal(wait_for(&raw, SIM_COOKIE_ECHO), SIM_SECOND);
    const struct sim_record *second = sim_raw_last(&raw, SIM_COOKIE_ECHO);
    assert_int_equal(second->length, first->length);
    assert_memory_equal(second->raw, first->raw, first->length);
    send_cookie_ack(&raw);
    check_alive(&raw);
    sim_run_for(sim, 10 * SIM_SECOND);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 2); /* T1-cookie is stopped */
    sim_finish(sim);
}

/* Max.Init.Retransmits times, then the user hears of it. */
static void check_gives_up(struct sim_raw *raw, int chunk)
{
    for (size_t i = 0; i < sizeof back_off_s / sizeof back_off_s[0]; i++)
        assert_int_equal(wait_for(raw, chunk), back_off_s[i] * SIM_SECOND);
    assert_false(raw->conn->is_closed);
    sim_run_until_closed(raw->conn, 61 * SIM_SECOND);
    assert_int_equal(raw->conn->error, SCTPX_ETIMEDOUT);
    assert_int_equal(sim_raw_count(raw, chunk), 9);
    check_gone(raw);
}

/* covers: ts102369/AS-I-1-3-1 */
static void test_as_i_1_3_1_gives_up_init(void **state)
{
    struct sim_raw raw = asking(*state, NULL);
    check_gives_up(&raw, SIM_INIT);
    sim_finish(*state);
}

/* covers: ts102369/AS-I-1-3-2 */
static void test_as_i_1_3_2_gives_up_cookie_echo(void **state)
{
    struct sim_raw raw = asking(*state, NULL);
    send_init_ack(&raw);
    check_gives_up(&raw, SIM_COOKIE_ECHO);
    sim_finish(*state);
}

/* Nothing is kept for an INIT; and where no association has room, neither INIT nor cookie make one,
 * and the one that is there does not notice. covers: ts102369/AS-I-1-4 */
static void test_as_i_1_4_no_resources_for_init(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.max_assocs = 1;
    struct sim_host *host = sim_host_new(sim, "b", 1, &options);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw first = sim_raw_new(host, 1);
    sim_raw_connect(&first);
    size_t blocks = host->live_blocks, bytes = host->live_bytes;
    uint64_t allocations = host->allocations;
    for (uint8_t n = 2; n < 102; n++) {
        struct sim_raw next = sim_raw_new(host, n);
        sim_raw_send(&next, sim_raw_init(&next));
        if (sim_raw_count(&next, SIM_INIT_ACK) != 0) { /* it is allowed to say ABORT instead */
            sim_raw_learn(&next, SIM_INIT_ACK);
            sim_raw_send(&next, cookie_echo(&next));
        }
        assert_int_equal(sim_raw_count(&next, SIM_COOKIE_ACK), 0);
    }
    assert_int_equal(host->live_blocks, blocks);
    assert_int_equal(host->live_bytes, bytes);
    assert_int_equal(host->allocations, allocations);
    assert_int_equal(sim_stats(host).associations, 1);
    check_alive(&first);
    sim_finish(sim);
}

/* So many tags in a row: all different, none 0, each bit changes about every second time. */
static void check_random(const uint32_t *tags, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_not_equal(tags[i], 0);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(tags[i], tags[j]);
    }
    for (unsigned bit = 0; bit < 32; bit++) {
        size_t changes = 0;
        for (size_t i = 1; i < n; i++)
            changes += (tags[i] ^ tags[i - 1]) >> bit & 1;
        assert_in_range(changes, n / 4, n * 3 / 4);
    }
}

/* covers: ts102369/AS-V-1-5-1 */
static void test_as_v_1_5_1_random_tags_in_init(void **state)
{
    uint32_t tags[128];
    struct sim_host *host = sim_host_new(*state, "a", 1, NULL);
    for (size_t i = 0; i < 128; i++) {
        struct sim_raw raw = sim_raw_new(host, 1);
        start_connect(&raw, &raw.addr, 1);
        tags[i] = raw.host_tag;
        sim_conn_free(raw.conn);
    }
    check_random(tags, 128);
    sim_finish(*state);
}

/* covers: ts102369/AS-V-1-5-2 */
static void test_as_v_1_5_2_random_tags_in_init_ack(void **state)
{
    uint32_t tags[128];
    struct sim_raw raw = stranger(*state);
    for (size_t i = 0; i < 128; i++) {
        get_cookie(&raw);
        tags[i] = raw.host_tag;
    }
    check_random(tags, 128);
    sim_finish(*state);
}

/* covers: ts102369/AS-I-1-15 */
static void test_as_i_1_15_init_to_all_addresses(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    const sctpx_addr addrs[3] = {raw.addr, addr_of(OTHER_IP), addr_of(THIRD_IP)};
    start_connect(&raw, addrs, 3);
    sim_run_until_closed(raw.conn, 600 * SIM_SECOND);
    for (size_t i = 0; i < 9; i++)
        assert_true(sim_same_ip(&sim_sent_nth(raw.host, SIM_INIT, i)->to, &addrs[i % 3]));
    assert_int_equal(sim_sent(raw.host, SIM_INIT), 9);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_as_v_1_1_1_active_setup),
        sim_unit_test(test_as_v_1_1_2_passive_setup),
        sim_unit_test(test_as_i_1_2_1_init_is_repeated),
        sim_unit_test(test_as_i_1_2_2_cookie_echo_is_repeated),
        sim_unit_test(test_as_i_1_3_1_gives_up_init),
        sim_unit_test(test_as_i_1_3_2_gives_up_cookie_echo),
        sim_unit_test(test_as_i_1_4_no_resources_for_init),
        sim_unit_test(test_as_v_1_5_1_random_tags_in_init),
        sim_unit_test(test_as_v_1_5_2_random_tags_in_init_ack),
        sim_unit_test(test_as_i_1_15_init_to_all_addresses),
    };
    return cmocka_run_group_tests_name("conformance.etsi_as_setup", tests, NULL, NULL);
}

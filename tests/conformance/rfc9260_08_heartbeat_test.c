/* SPDX-License-Identifier: MIT */
/* RFC 9260 8.3: HEARTBEATs, sent and answered. */
#include "conformance/rfc9260_07.h"
#include "sim/states.h"

#include <string.h>

static struct sim_raw peer_with(struct sim *sim, size_t n, sctpx_time hb_interval_us)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.hb_interval_us = hb_interval_us;
    options.path_max_retrans = 2;
    options.association_max_retrans = 100;
    return several_addresses(sim_host_new(sim, "a", 1, NULL), n, &options);
}

static void run_to_heartbeat(struct sim_raw *raw, const sctpx_addr *addr)
{
    size_t before = count_to(raw, addr, SIM_HEARTBEAT);
    while (count_to(raw, addr, SIM_HEARTBEAT) == before)
        assert_true(sim_step(raw->host->sim));
}

/* covers: 9260/8.3-1 */
static void test_idle_addresses_are_monitored_by_default(void **state)
{
    struct sim_raw raw = two_addresses(sim_host_new(*state, "a", 1, NULL), NULL);
    sctpx_addr second = second_address();
    size_t before = count_to(&raw, &second, SIM_HEARTBEAT);
    sim_run_for(*state, 33 * SIM_SECOND);
    assert_int_equal(sim_raw_count(&raw, SIM_HEARTBEAT), 1);
    assert_int_equal(count_to(&raw, &second, SIM_HEARTBEAT), before + 1);
    sim_finish(*state);
}

static void send_heartbeat(struct sim_pair *pair)
{
    struct pb *pb = sim_peer_packet(pair->ab);
    pb_heartbeat(pb, "0123456789", 10);
    sim_peer_send(pair->ab, pb);
}

/* covers: 9260/8.3-2 9260/8.3-18 */
static void test_answers_until_the_shutdown(void **state)
{
    for (int i = SCTPX_ESTABLISHED; i <= SCTPX_SHUTDOWN_ACK_SENT; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
        size_t before = sim_sent(pair.a, SIM_HEARTBEAT_ACK);
        bool is_over = i == SCTPX_SHUTDOWN_SENT || i == SCTPX_SHUTDOWN_ACK_SENT;
        send_heartbeat(&pair);
        assert_int_equal(sim_sent(pair.a, SIM_HEARTBEAT_ACK), before + !is_over);
        sim_finish(sim);
    }
}

/* Nothing may go before COOKIE ACK has come (5.1 C), so the answer waits. covers: 9260/8.3-2 */
static void test_a_client_answers_what_came_in_cookie_echoed(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    raw.conn = sim_connect_to(raw.host, &raw.addr, 1, raw.port, 0, NULL);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    struct pb *pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
    pb_cookie(pb, "cookie", 6);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_ECHOED);
    pb = sim_raw_packet(&raw);
    pb_heartbeat(pb, "0123456789", 10);
    sim_raw_send(&raw, pb);
    pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_HEARTBEAT_ACK), 1);
    sim_finish(sim);
}

/* covers: 9260/8.3-10 */
static void test_the_answer_is_immediate_and_a_copy(void **state)
{
    struct sim_raw raw = peer(*state);
    struct pb *pb = sim_raw_packet(&raw);
    pb_chunk(pb, SIM_HEARTBEAT, 0);
    pb_item(pb, 1, "what the sender wants", 21);
    pb_item(pb, 0x8123, "something else", 14); /* any other parameter as well */
    pb_end(pb);
    sim_raw_send(&raw, pb);
    const struct sim_record *record = sim_raw_last(&raw, SIM_HEARTBEAT_ACK);
    assert_non_null(record);
    pb = pb_bare();
    pb_chunk(pb, SIM_HEARTBEAT_ACK, 0);
    pb_item(pb, 1, "what the sender wants", 21);
    pb_item(pb, 0x8123, "something else", 14);
    pb_end(pb);
    assert_true(pb_equals(pb, record->raw + 12, record->length - 12));
    assert_true(sim_same_ip(&record->to, &raw.addr));
    sim_finish(*state);
}

/* covers: 9260/8.3-10 */
static void test_the_answer_goes_where_the_question_came_from(void **state)
{
    struct sim_raw raw = peer_with(*state, 2, SCTPX_TIME_NEVER);
    sctpx_addr second = second_address();
    struct pb *pb = sim_raw_packet(&raw);
    pb_heartbeat(pb, "0123456789", 10);
    send_from(&raw, &second, pb);
    assert_int_equal(count_to(&raw, &second, SIM_HEARTBEAT_ACK), 1);
    assert_int_equal(sim_raw_count(&raw, SIM_HEARTBEAT_ACK), 0);
    sim_finish(*state);
}

/* covers: 9260/8.3-3 9260/8.3-4 9260/8.3-5 */
static void test_unanswered_ones_make_the_address_inactive(void **state)
{
    struct sim_raw raw = peer_with(*state, 2, 5 * SIM_SECOND);
    sctpx_addr second = second_address();
    for (uint32_t n = 1; n <= 3; n++) {
        run_to_heartbeat(&raw, &second);
        assert_int_equal(sim_path(raw.conn, 1).errors, n - 1);
        sim_run_for(*state, sim_path(raw.conn, 1).rto_us - 1);
        assert_int_equal(sim_path(raw.conn, 1).errors, n - 1);
        assert_true(sim_path(raw.conn, 1).active);
        sim_run_for(*state, 2);
        assert_int_equal(sim_path(raw.conn, 1).errors, n);
    }
    sim_flush(*state);
    assert_false(sim_path(raw.conn, 1).active);
    size_t last = sim_event_count(raw.host, SCTPX_EVENT_PATH_DOWN) - 1;
    assert_int_equal(sim_event(raw.host, SCTPX_EVENT_PATH_DOWN, last)->path, 1);
    sim_finish(*state);
}

/* covers: 9260/8.3-6 9260/8.3-7 */
static void test_an_inactive_address_is_probed_further(void **state)
{
    struct sim_raw raw = peer_with(*state, 2, 5 * SIM_SECOND);
    sctpx_addr second = second_address();
    while (sim_path(raw.conn, 1).active)
        assert_true(sim_step(*state));
    uint32_t errors = sim_path(raw.conn, 1).errors;
    for (int i = 0; i < 10; i++) {
        run_to_heartbeat(&raw, &second);
        assert_int_equal(sim_path(raw.conn, 1).errors, errors);
    }
    sim_finish(*state);
}

/* covers: 9260/8.3-9 9260/8.3-11 9260/8.3-12 */
static void test_an_answer_makes_the_address_active(void **state)
{
    struct sim_raw raw = peer_with(*state, 2, 5 * SIM_SECOND);
    sctpx_addr second = second_address();
    while (sim_path(raw.conn, 1).active)
        assert_true(sim_step(*state));
    run_to_heartbeat(&raw, &second);
    answer_heartbeat(&raw, &second);
    assert_true(sim_path(raw.conn, 1).active);
    assert_int_equal(sim_path(raw.conn, 1).errors, 0);
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_PATH_UP), 1);
    sim_finish(*state);
}

/* covers: 9260/8.3-13 */
static void test_an_answer_clears_the_count_of_the_association(void **state)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.association_max_retrans = 2;
    struct sim_raw raw = peer_of(sim_host_new(*state, "a", 1, NULL), &options);
    for (uint64_t i = 1; i <= 8; i++) {
        send_messages(&raw, i == 1, 100);
        while (sim_status(raw.conn).t3_timeouts < i)
            assert_true(sim_step(*state));
        sim_flush(*state);
        assert_int_equal(sctpx_assoc_heartbeat(raw.conn->assoc, ((struct sim *)*state)->now, 0), 0);
        sim_flush(*state);
        answer_heartbeat(&raw, &raw.addr);
    }
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(*state);
}

/* covers: 9260/8.3-14 */
static void test_an_answer_measures_the_round_trip(void **state)
{
    struct sim_raw raw = peer_with(*state, 2, SCTPX_TIME_NEVER);
    struct sim *sim = *state;
    sctpx_addr second = second_address();
    sim_run_for(sim, SIM_MS);
    assert_int_equal(sctpx_assoc_heartbeat(raw.conn->assoc, sim->now, 1), 0);
    sim_flush(sim);
    sctpx_time before = sim_path(raw.conn, 1).srtt_us;
    sim_run_for(sim, 240 * SIM_MS);
    answer_heartbeat(&raw, &second);
    /* RTO.Alpha is 1/8 (6.3.1). */
    sctpx_time expected = (7 * before + 240 * SIM_MS) / 8;
    assert_int_equal(sim_path(raw.conn, 1).srtt_us, expected);
    assert_int_equal(sim_event(raw.host, SCTPX_EVENT_HEARTBEAT, 0)->rtt_us, 240 * SIM_MS);
    sim_finish(sim);
}

/* What the Heartbeat Information says is for its sender alone. covers: 9260/8.3-8 */
static void test_the_information_tells_time_and_address(void **state)
{
    struct sim_raw raw = peer_with(*state, 2, SIM_SECOND);
    struct sim *sim = *state;
    sctpx_addr second = second_address();
    uint8_t seen[3][64];
    const struct sim_record *records[3];
    run_to_heartbeat(&raw, &raw.addr);
    records[0] = last_to(&raw, &raw.addr, SIM_HEARTBEAT);
    run_to_heartbeat(&raw, &second);
    records[1] = last_to(&raw, &second, SIM_HEARTBEAT);
    run_to_heartbeat(&raw, &second);
    records[2] = last_to(&raw, &second, SIM_HEARTBEAT);
    for (int i = 0; i < 3; i++) {
        const struct sim_chunk *chunk = sim_find_chunk(sim, records[i], SIM_HEARTBEAT);
        assert_int_equal(chunk->length, 32); /* 24 bytes: path, number, time, nonce */
        memcpy(seen[i], records[i]->raw + chunk->offset + 8, 24);
        uint64_t at = 0;
        for (int k = 8; k < 16; k++)
            at = at << 8 | seen[i][k];
        assert_int_equal(at, records[i]->at);
    }
    assert_memory_not_equal(seen[0], seen[1], 4);
    assert_memory_equal(seen[1], seen[2], 4);
    assert_memory_not_equal(seen[1] + 4, seen[2] + 4, 4);
    assert_memory_not_equal(seen[1] + 16, seen[2] + 16, 8);
    sim_finish(sim);
}

/* RTO + HB.interval, and half an RTO more or less. covers: 9260/8.3-15 9260/8.3-16 */
static void test_interval_and_jitter(void **state)
{
    struct sim_raw raw = peer_with(*state, 1, 10 * SIM_SECOND);
    sctpx_time last = 0, least = SCTPX_TIME_NEVER, most = 0;
    for (int i = 0; i < 100; i++) {
        run_to_heartbeat(&raw, &raw.addr);
        sctpx_time now = raw.host->sim->now, rto = sim_path(raw.conn, 0).rto_us;
        assert_int_equal(rto, SIM_SECOND);
        answer_heartbeat(&raw, &raw.addr);
        if (i > 0) {
            least = now - last < least ? now - last : least;
            most = now - last > most ? now - last : most;
        }
        last = now;
    }
    assert_int_equal(sim_raw_count(&raw, SIM_HEARTBEAT), 100);
    assert_in_range(least, 10500 * SIM_MS, 10750 * SIM_MS);
    assert_in_range(most, 11250 * SIM_MS, 11500 * SIM_MS);
    sim_finish(*state);
}

/* covers: 9260/8.3-15 */
static void test_the_rto_backs_off_while_there_is_no_answer(void **state)
{
    struct sim_raw raw = peer_with(*state, 1, 10 * SIM_SECOND);
    run_to_heartbeat(&raw, &raw.addr);
    sctpx_time last = raw.host->sim->now;
    for (sctpx_time rto = 2 * SIM_SECOND; rto <= 32 * SIM_SECOND; rto *= 2) {
        run_to_heartbeat(&raw, &raw.addr);
        sctpx_time gap = raw.host->sim->now - last;
        assert_in_range(gap, 10 * SIM_SECOND + rto / 2, 10 * SIM_SECOND + rto * 3 / 2);
        last = raw.host->sim->now;
    }
    sim_finish(*state);
}

/* Each address has its timer, and each time it expires one HEARTBEAT goes. covers: 9260/8.3-16 */
static void test_one_at_a_time(void **state)
{
    struct sim_raw raw = peer_with(*state, 3, 10 * SIM_SECOND);
    size_t mark = sim_mark(*state);
    sim_run_for(*state, 100 * SIM_SECOND);
    struct sim_query query = {.from = raw.host, .chunk = SIM_HEARTBEAT, .since = mark};
    size_t n = sim_count(*state, query);
    assert_true(n > 9);
    for (size_t i = 1; i < n; i++) {
        const struct sim_record *one = sim_nth(*state, query, i - 1);
        const struct sim_record *next = sim_nth(*state, query, i);
        assert_int_equal(next->n_chunks, 1);
        assert_true(one->at != next->at || !sim_same_ip(&one->to, &next->to));
    }
    sim_finish(*state);
}

/* covers: 9260/8.3-18 */
static void test_none_after_shutdown(void **state)
{
    struct sim_raw raw = peer_with(*state, 1, SIM_SECOND);
    assert_int_equal(sctpx_assoc_shutdown(raw.conn->assoc, raw.host->sim->now), 0);
    sim_run_for(*state, 20 * SIM_SECOND);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_SENT);
    assert_int_equal(sim_raw_count(&raw, SIM_HEARTBEAT), 0);
    sim_finish(*state);
}

/* New data counts, retransmissions do not. covers: 9260/8.3-19 */
static void test_an_address_in_use_is_not_idle(void **state)
{
    struct sim_raw raw = peer_with(*state, 1, 2 * SIM_SECOND);
    for (uint32_t n = 1; n <= 100; n++) {
        send_messages(&raw, 1, 100);
        sim_run_for(*state, 500 * SIM_MS);
        sack(&raw, n);
    }
    assert_int_equal(sim_raw_count(&raw, SIM_HEARTBEAT), 0);
    send_messages(&raw, 1, 100); /* never acknowledged */
    sim_run_for(*state, 40 * SIM_SECOND);
    assert_true(sim_raw_count(&raw, SIM_HEARTBEAT) >= 1);
    sim_finish(*state);
}

/* covers: 9260/8.3-21 */
static void test_what_the_user_can_ask_for(void **state)
{
    struct sim_raw raw = peer_with(*state, 2, SCTPX_TIME_NEVER);
    struct sim *sim = *state;
    sctpx_addr second = second_address();
    size_t before = count_to(&raw, &second, SIM_HEARTBEAT);
    sim_run_for(sim, 100 * SIM_SECOND);
    assert_int_equal(count_to(&raw, &second, SIM_HEARTBEAT), before);
    assert_int_equal(sctpx_assoc_heartbeat(raw.conn->assoc, sim->now, 1), 0);
    sim_flush(sim);
    assert_int_equal(count_to(&raw, &second, SIM_HEARTBEAT), before + 1);
    assert_int_equal(sim_raw_count(&raw, SIM_HEARTBEAT), 0);
    answer_heartbeat(&raw, &second);
    sctpx_assoc_options options;
    sctpx_assoc_get_options(raw.conn->assoc, &options);
    options.hb_interval_us = 4 * SIM_SECOND;
    assert_int_equal(sctpx_assoc_set_options(raw.conn->assoc, sim->now, &options), 0);
    sim_run_for(sim, 6 * SIM_SECOND);
    assert_int_equal(count_to(&raw, &second, SIM_HEARTBEAT), before + 2);
    assert_int_equal(sim_raw_count(&raw, SIM_HEARTBEAT), 1);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_idle_addresses_are_monitored_by_default),
        sim_unit_test(test_answers_until_the_shutdown),
        sim_unit_test(test_a_client_answers_what_came_in_cookie_echoed),
        sim_unit_test(test_the_answer_is_immediate_and_a_copy),
        sim_unit_test(test_the_answer_goes_where_the_question_came_from),
        sim_unit_test(test_unanswered_ones_make_the_address_inactive),
        sim_unit_test(test_an_inactive_address_is_probed_further),
        sim_unit_test(test_an_answer_makes_the_address_active),
        sim_unit_test(test_an_answer_clears_the_count_of_the_association),
        sim_unit_test(test_an_answer_measures_the_round_trip),
        sim_unit_test(test_the_information_tells_time_and_address),
        sim_unit_test(test_interval_and_jitter),
        sim_unit_test(test_the_rto_backs_off_while_there_is_no_answer),
        sim_unit_test(test_one_at_a_time),
        sim_unit_test(test_none_after_shutdown),
        sim_unit_test(test_an_address_in_use_is_not_idle),
        sim_unit_test(test_what_the_user_can_ask_for),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_08_heartbeat", tests, NULL, NULL);
}

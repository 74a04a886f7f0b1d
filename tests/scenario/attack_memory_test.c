/* SPDX-License-Identifier: MIT */
/*
 * Peers that make a host hold memory: messages that never become whole, until the endpoint's
 * memory_limit_bytes is near (RFC 4960 12.2.4 and RFC 9260 13.2: denial of service).
 */
#include "sim/raw.h"
#include "sim/sim.h"

enum {
    MEMORY_LIMIT = 8 << 20,
    SHORT_OF_MEMORY = MEMORY_LIMIT / 8 * 7,
    FRAGMENT = 1400,
    MANY = 8000,         /* fragments: less than max_message_bytes */
    KEPT = 4 << 20,      /* at most, of freed blocks for the next to use */
    SMALL_SHARE = 65536, /* what one association may hold then */
    MAX_ATTACKERS = 200,
};

static struct sim_host *server(struct sim *sim, size_t memory_limit)
{
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.memory_limit_bytes = memory_limit;
    struct sim_host *host = sim_host_new(sim, "b", 1, &options);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(host->endpoint, &listen);
    listen.backlog = MAX_ATTACKERS;
    sim_listen(host, SIM_PORT, &listen);
    return host;
}

/* One fragment of a message that has a beginning and no end. False: the host did not take it. */
static bool add_fragment(struct sim_raw *raw, bool is_first)
{
    uint64_t before = sim_status(raw->conn).received_chunks;
    sim_raw_data_tsn(raw, raw->tsn, is_first ? 2 : 0, 0, 0, FRAGMENT);
    if (raw->conn->is_closed || sim_status(raw->conn).received_chunks == before)
        return false;
    raw->tsn++;
    return true;
}

/* As many fragments as the host takes, at most max. Returns how many. */
static size_t fill(struct sim_raw *raw, size_t max)
{
    size_t n = 0;
    while (n < max && add_fragment(raw, n == 0))
        n++;
    return n;
}

static void send_abort(struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_abort(pb, false);
    pb_end(pb);
    sim_raw_send(raw, pb);
    assert_true(raw->conn->is_closed);
}

/* Attackers from n on, until memory is short. Returns the number after the last one. */
static uint8_t take_memory(struct sim_host *host, struct sim_raw *attackers, uint8_t n)
{
    for (; sim_stats(host).memory_bytes <= SHORT_OF_MEMORY; n++) {
        assert_true(n < MAX_ATTACKERS);
        attackers[n] = sim_raw_new(host, n);
        sim_raw_connect(&attackers[n]);
        assert_true(fill(&attackers[n], SIZE_MAX) > 0);
    }
    return n;
}

/* The program keeps the handle; the fragments are of no use to it. */
/* covers: attacks/P9 */
static void test_attack_P9_endless_message_is_freed_with_the_association(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(server(sim, 4 * MEMORY_LIMIT), 1);
    sim_raw_connect(&raw);
    size_t before = raw.host->live_bytes;
    assert_int_equal(fill(&raw, MANY), MANY);
    assert_true(raw.host->live_bytes > before + MANY * FRAGMENT);
    send_abort(&raw);
    assert_true(raw.host->live_bytes < before + KEPT + 4096);
    assert_int_equal(sim_status(raw.conn).rcvbuf_used_bytes, 0);
    sim_finish(sim);
}

/* Whole messages are another thing: they stay readable after the end, the rest goes. */
/* covers: attacks/P9 */
static void test_attack_P9_whole_messages_outlive_the_endless_one(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = server(sim, MEMORY_LIMIT);
    host->auto_read = false;
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    sim_raw_data(&raw, 1, 0, 1000);
    size_t whole = sim_status(raw.conn).rcvbuf_used_bytes;
    assert_true(fill(&raw, SIZE_MAX) > 500);
    assert_true(sim_status(raw.conn).rcvbuf_used_bytes > whole + 500 * FRAGMENT);
    send_abort(&raw);
    assert_in_range(sim_status(raw.conn).rcvbuf_used_bytes, 1000, whole);
    assert_int_equal(sim_read(raw.conn, SIZE_MAX), 1);
    sim_finish(sim);
}

/* covers: attacks/P9 */
static void test_attack_P9_endless_messages_leave_room_for_small_ones(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = server(sim, MEMORY_LIMIT);
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_pair pair = {.a = a, .b = b};
    pair.ab = sim_connect(a, b, SIM_PORT, NULL);
    sim_run_until_up(pair.ab, SIM_SECOND);
    pair.ba = sim_accepted(b, 0);
    static struct sim_raw attackers[MAX_ATTACKERS];
    uint8_t n = take_memory(b, attackers, 1);
    for (uint8_t i = 1; i < n; i++) /* who holds much gets nothing more */
        assert_false(fill(&attackers[i], 1));
    assert_true(b->live_bytes < MEMORY_LIMIT);
    sim_send_load(pair.ab, (struct sim_load){.count = 200, .min_bytes = 100, .max_bytes = 5000});
    sim_run_until_received(pair.ba, 200, 10 * SIM_SECOND);
    struct sim_conn *late = sim_connect(a, b, SIM_PORT, NULL);
    sim_run_until_up(late, SIM_SECOND);
    sim_send(late, 0, 5000);
    sim_run_until_received(b->conns[b->n_conns - 1], 1, SIM_SECOND);
    assert_int_equal(sim_stats(b).dropped_memory, 0);
    sim_finish(sim);
}

/* From then on a new attacker gets a small share, and its peer window says so (6.2). */
/* covers: attacks/P9 */
static void test_attack_P9_small_share_when_memory_is_short(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = server(sim, MEMORY_LIMIT);
    static struct sim_raw attackers[MAX_ATTACKERS];
    uint8_t n = take_memory(host, attackers, 1);
    struct sim_raw raw = sim_raw_new(host, n);
    sim_raw_connect(&raw);
    size_t taken = fill(&raw, SIZE_MAX) * FRAGMENT;
    assert_in_range(taken, SMALL_SHARE / 2, 3 * SMALL_SHARE);
    const struct sim_record *sack = sim_raw_last(&raw, SIM_SACK);
    assert_int_equal(sim_find_chunk(sim, sack, SIM_SACK)->rwnd, 0);
    sim_finish(sim);
}

/* Attackers in numbers do reach the limit: it holds, it is counted, and it ends with them. */
/* covers: attacks/P9 */
static void test_attack_P9_memory_limit_holds_and_passes(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = server(sim, MEMORY_LIMIT);
    static struct sim_raw attackers[MAX_ATTACKERS];
    uint8_t n = 1;
    while (sim_stats(host).dropped_memory == 0) {
        assert_true(n < MAX_ATTACKERS);
        attackers[n] = sim_raw_new(host, n);
        sim_raw_connect(&attackers[n]);
        fill(&attackers[n++], SIZE_MAX);
    }
    assert_true(host->peak_bytes <= MEMORY_LIMIT);
    for (uint8_t i = 1; i < n; i++) {
        send_abort(&attackers[i]);
        sim_conn_free(attackers[i].conn);
    }
    assert_true(sim_stats(host).memory_bytes < KEPT + MEMORY_LIMIT / 8);
    struct sim_raw raw = sim_raw_new(host, n);
    sim_raw_connect(&raw);
    sim_raw_data(&raw, 0, 0, 1000);
    assert_int_equal(raw.conn->received_messages, 1);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_P9_endless_message_is_freed_with_the_association),
        sim_unit_test(test_attack_P9_whole_messages_outlive_the_endless_one),
        sim_unit_test(test_attack_P9_endless_messages_leave_room_for_small_ones),
        sim_unit_test(test_attack_P9_small_share_when_memory_is_short),
        sim_unit_test(test_attack_P9_memory_limit_holds_and_passes),
    };
    return cmocka_run_group_tests_name("scenario.attack_memory", tests, NULL, NULL);
}

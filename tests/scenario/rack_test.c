/* SPDX-License-Identifier: MIT */
/*
 * Losses found by time and order (RACK and tail loss probes, RFC 8985 on TSNs), what only came late
 * (RFC 9438 4.9), pacing. Default options; the rules of RFC 9260 7.2.4 are recovery_test.c's.
 */
#include "sim/raw.h"
#include "sim/sim.h"

enum { CHUNK = 1444, MANY = 3000 };

static uint32_t initial_tsn(const struct sim_pair *pair)
{
    const struct sim_record *init = sim_sent_nth(pair->a, SIM_INIT, 0);
    return sim_find_chunk(pair->a->sim, init, SIM_INIT)->tsn;
}

static size_t times_sent(const struct sim_pair *pair, uint32_t tsn)
{
    return sim_count(pair->a->sim,
                     (struct sim_query){.from = pair->a, .has_tsn = true, .tsn = tsn});
}

/* A pair whose window is open: so many chunks have gone by, one round trip is 20 ms. */
static struct sim_pair warm_pair(struct sim *sim, size_t chunks)
{
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = chunks, .min_bytes = CHUNK});
    sim_run_until_received(pair.ba, chunks, 10 * SIM_SECOND);
    sim_run_for(sim, 300 * SIM_MS);
    return pair;
}

/* The same chunk lost three times: each retransmission is judged like any other chunk. */
static void test_lost_retransmission_needs_no_timeout(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    uint32_t tsn = initial_tsn(&pair) + 100;
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .has_tsn = true, .tsn = tsn, .count = 3});
    sim_send_load(pair.ab, (struct sim_load){.count = MANY, .min_bytes = CHUNK});
    sim_run_until_received(pair.ba, MANY, 5 * SIM_SECOND);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 0);
    assert_int_equal(times_sent(&pair, tsn), 4);
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 3);
    sim_finish(sim);
}

/* Every third chunk of a window: one reduction of three tenths, no time-out, nothing twice. */
static void test_many_losses_in_a_window_cost_once(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = warm_pair(sim, 200);
    uint32_t first = initial_tsn(&pair) + 200;
    for (uint32_t i = 0; i < 30; i += 3)
        sim_add_drop(
            sim, (struct sim_drop){.from = pair.a, .has_tsn = true, .tsn = first + i, .count = 1});
    uint32_t before = sim_path(pair.ab, 0).cwnd_bytes;
    sim_send_load(pair.ab, (struct sim_load){.count = 60, .min_bytes = CHUNK});
    sim_run_until_received(pair.ba, 260, SIM_SECOND);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 0);
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 10);
    assert_in_range(sim_path(pair.ab, 0).cwnd_bytes, before / 10 * 6, before);
    sim_finish(sim);
}

static bool all_confirmed(void *context)
{
    struct sim_conn *conn = context;
    for (size_t i = 0; i < sim_status(conn).paths; i++)
        if (!sim_path(conn, i).confirmed)
            return false;
    return true;
}

/* What is on its way over a slow path is looked past: it is not overtaken by the other one's. */
static void test_losses_do_not_wait_for_another_path(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair_multi(sim, 2, NULL);
    assert_true(sim_run_until(sim, all_confirmed, pair.ab, 30 * SIM_SECOND));
    for (size_t i = 0; i < 2; i++) { /* round trips of both are known */
        assert_int_equal(sctpx_assoc_set_primary(pair.ab->assoc, i), 0);
        sim_send_load(pair.ab, (struct sim_load){.count = 20, .min_bytes = CHUNK});
        sim_run_for(sim, 500 * SIM_MS);
    }
    size_t slow = sim_path_to(pair.ab, &pair.b->addrs[0]);
    sim_link(sim, &pair.a->addrs[0], &pair.b->addrs[0])->delay_us = 400 * SIM_MS;
    uint32_t lost = initial_tsn(&pair) + 40 + 5 + 1;
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .has_tsn = true, .tsn = lost, .count = 1});
    assert_int_equal(sctpx_assoc_set_primary(pair.ab->assoc, slow), 0);
    sim_send_load(pair.ab, (struct sim_load){.count = 5, .min_bytes = CHUNK});
    sim_run_for(sim, SIM_MS);
    assert_int_equal(sctpx_assoc_set_primary(pair.ab->assoc, 1 - slow), 0);
    sim_send_load(pair.ab, (struct sim_load){.count = 10, .min_bytes = CHUNK});
    sim_run_for(sim, 35 * SIM_MS);
    assert_int_equal(times_sent(&pair, lost), 2);
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 1);
    sim_run_until_received(pair.ba, 55, SIM_SECOND);
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 1);
    sim_finish(sim);
}

/* ---- the tail -------------------------------------------------------------------------------- */

static void test_lost_tail_is_probed(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = warm_pair(sim, 100);
    uint32_t last = initial_tsn(&pair) + 109;
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .has_tsn = true, .tsn = last, .count = 1});
    uint32_t before = sim_path(pair.ab, 0).cwnd_bytes;
    sim_send_load(pair.ab, (struct sim_load){.count = 10, .min_bytes = CHUNK});
    sim_run_until_received(pair.ba, 110, 60 * SIM_MS); /* three round trips */
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 0);
    /* It was a loss, although nobody saw it: the next SACKs show that, and cwnd pays. */
    sim_send_load(pair.ab, (struct sim_load){.count = 4, .min_bytes = CHUNK});
    sim_run_until_received(pair.ba, 114, SIM_SECOND);
    sim_run_for(sim, 100 * SIM_MS);
    assert_true(sim_path(pair.ab, 0).ssthresh_bytes < before);
    sim_finish(sim);
}

/* Half of what was sent: the probe's SACK tells the rest. */
static void test_probe_finds_all_that_is_missing(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = warm_pair(sim, 100);
    for (uint32_t i = 5; i < 10; i++)
        sim_add_drop(sim, (struct sim_drop){.from = pair.a,
                                            .has_tsn = true,
                                            .tsn = initial_tsn(&pair) + 100 + i,
                                            .count = 1});
    sim_send_load(pair.ab, (struct sim_load){.count = 10, .min_bytes = CHUNK});
    sim_run_until_received(pair.ba, 110, 120 * SIM_MS);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 0);
    sim_finish(sim);
}

/* Everything arrived, but the SACKs are lost: the probe is told as a duplicate and costs nothing. */
static void test_needless_probe_costs_nothing(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = warm_pair(sim, 100);
    uint32_t before = sim_path(pair.ab, 0).cwnd_bytes;
    struct sim_drop *drop = sim_add_drop(sim, (struct sim_drop){.from = pair.b, .chunk = SIM_SACK});
    sim_send_load(pair.ab, (struct sim_load){.count = 10, .min_bytes = CHUNK});
    sim_run_for(sim, 30 * SIM_MS);
    assert_true(drop->dropped > 0);
    sim_clear_filters(sim);
    sim_run_for(sim, 200 * SIM_MS);
    sim_send_load(pair.ab, (struct sim_load){.count = 4, .min_bytes = CHUNK});
    sim_run_for(sim, 200 * SIM_MS);
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 1);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 0);
    assert_true(sim_path(pair.ab, 0).cwnd_bytes >= before);
    sim_finish(sim);
}

/* A lone message may be acknowledged 200 ms later: that is not taken for a loss. */
static void test_delayed_sack_is_no_loss(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = warm_pair(sim, 20);
    for (int i = 0; i < 10; i++) {
        sim_send(pair.ab, 0, 100);
        sim_run_for(sim, 400 * SIM_MS);
    }
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 0);
    sim_finish(sim);
}

/* Odd numbers of packets end without a SACK that is due at once: the I bit asks for it. */
static void test_odd_tails_are_not_sent_twice(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = warm_pair(sim, 21);
    for (size_t i = 0; i < 10; i++) {
        sim_send_load(pair.ab, (struct sim_load){.count = 3 + i % 2, .min_bytes = CHUNK});
        sim_run_for(sim, 400 * SIM_MS);
    }
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 0);
    sim_finish(sim);
}

/* ---- what is late is not lost ---------------------------------------------------------------- */

/* Packets that overtake each other cost something until that is known, and then nothing. */
static void test_reordering_is_learned(void **state)
{
    struct sim *sim = *state;
    struct sim_link_config link = {
        .delay_us = 25 * SIM_MS, .reorder_permille = 20, .reorder_us = 5 * SIM_MS};
    sim_set_links(sim, &link);
    struct sim_pair pair = sim_pair(sim, NULL);
    sim->capture_off = true;
    sim_send_load(pair.ab, (struct sim_load){.count = MANY, .min_bytes = CHUNK});
    sim_run_until_received(pair.ba, MANY, 20 * SIM_SECOND);
    uint64_t learning = sim_status(pair.ab).retransmitted_chunks;
    assert_in_range(learning, 0, 20); /* 60 of them were late */
    sim_send_load(pair.ab, (struct sim_load){.count = 3 * MANY, .min_bytes = CHUNK});
    sim_run_until_received(pair.ba, 4 * MANY, 20 * SIM_SECOND);
    assert_in_range(sim_status(pair.ab).retransmitted_chunks, learning, learning + 10);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 0);
    sim_finish(sim);
}

/* Silence for longer than the RTO, then everything arrives: the time-out was for nothing. */
static void test_needless_timeout_is_undone(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = warm_pair(sim, 200);
    uint32_t before = sim_path(pair.ab, 0).cwnd_bytes;
    struct sim_link_config slow = {.delay_us = 1300 * SIM_MS}, fast = {.delay_us = 10 * SIM_MS};
    sim_set_links(sim, &slow);
    sim_send_load(pair.ab, (struct sim_load){.count = 8, .min_bytes = CHUNK});
    sim_run_for(sim, 1250 * SIM_MS);
    sim_set_links(sim, &fast);
    sim_run_for(sim, 4 * SIM_SECOND);
    assert_true(sim_status(pair.ab).t3_timeouts > 0);
    assert_int_equal(pair.ba->received_messages, 208);
    assert_true(sim_path(pair.ab, 0).cwnd_bytes >= before);
    sim_finish(sim);
}

/* What the network duplicates says nothing about a chunk that was really lost. */
static void test_duplicates_of_others_undo_nothing(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = warm_pair(sim, 200);
    struct sim_link_config link = {.delay_us = 10 * SIM_MS, .duplicate_permille = 100};
    uint32_t before = sim_path(pair.ab, 0).cwnd_bytes;
    sim_set_links(sim, &link);
    sim_add_drop(sim,
                 (struct sim_drop){
                     .from = pair.a, .has_tsn = true, .tsn = initial_tsn(&pair) + 210, .count = 1});
    sim_send_load(pair.ab, (struct sim_load){.count = 100, .min_bytes = CHUNK});
    sim_run_until_received(pair.ba, 300, SIM_SECOND);
    sim_run_for(sim, 300 * SIM_MS);
    assert_true(sim_status(pair.ab).fast_retransmits > 0);
    assert_in_range(sim_path(pair.ab, 0).ssthresh_bytes, before / 2, before);
    sim_finish(sim);
}

/* Each with the other's partner; and from one to the other and back while data is on its way. */
static void test_any_combination(void **state)
{
    struct sim *sim = *state;
    struct sim_link_config link = {
        .delay_us = 25 * SIM_MS, .loss_permille = 5, .reorder_permille = 20, .reorder_us = SIM_MS};
    sim_set_links(sim, &link);
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.congestion_control = SCTPX_CONGESTION_RFC9260;
    struct sim_pair pair = sim_pair(sim, &options);
    sim->capture_off = true;
    sim_send_load(pair.ab, (struct sim_load){.count = MANY, .min_bytes = CHUNK});
    for (unsigned i = 0; pair.ba->received_messages < MANY && i < 1000; i++) {
        sim_run_for(sim, 100 * SIM_MS);
        sctpx_assoc_get_options(pair.ab->assoc, &options);
        options.congestion_control = (enum sctpx_congestion_control)(i / 2 % 2);
        options.loss_detection = (enum sctpx_loss_detection)(i / 4 % 2);
        assert_int_equal(sctpx_assoc_set_options(pair.ab->assoc, sim->now, &options), 0);
    }
    assert_int_equal(pair.ba->received_messages, MANY);
    sim_finish(sim);
}

/* ---- pacing ---------------------------------------------------------------------------------- */

struct trains {
    sctpx_time at;
    size_t now, longest; /* packets at one moment */
};

static bool count_trains(void *context, struct sim *sim, struct sim_packet *packet)
{
    struct trains *t = context;
    if (packet->length < 1000)
        return true;
    t->now = sim->now == t->at ? t->now + 1 : 1;
    t->at = sim->now;
    t->longest = t->now > t->longest ? t->now : t->longest;
    return true;
}

/* After a pause a window of some hundred packets does not leave at once. */
static void test_windows_are_paced(void **state)
{
    struct sim *sim = *state;
    struct trains trains = {.at = 0};
    struct sim_link_config link = {.delay_us = 25 * SIM_MS, .rate_bps = 100000000};
    sim_set_links(sim, &link);
    struct sim_pair pair = warm_pair(sim, 1000);
    assert_true(sim_path(pair.ab, 0).cwnd_bytes > 200 * CHUNK);
    sim_add_filter(sim, count_trains, &trains);
    sim_send_load(pair.ab, (struct sim_load){.count = 1000, .min_bytes = CHUNK});
    sim_run_until_received(pair.ba, 2000, 2 * SIM_SECOND);
    assert_in_range(trains.longest, 2, 40);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_lost_retransmission_needs_no_timeout),
        sim_unit_test(test_many_losses_in_a_window_cost_once),
        sim_unit_test(test_losses_do_not_wait_for_another_path),
        sim_unit_test(test_lost_tail_is_probed),
        sim_unit_test(test_probe_finds_all_that_is_missing),
        sim_unit_test(test_needless_probe_costs_nothing),
        sim_unit_test(test_delayed_sack_is_no_loss),
        sim_unit_test(test_odd_tails_are_not_sent_twice),
        sim_unit_test(test_reordering_is_learned),
        sim_unit_test(test_needless_timeout_is_undone),
        sim_unit_test(test_duplicates_of_others_undo_nothing),
        sim_unit_test(test_any_combination),
        sim_unit_test(test_windows_are_paced),
    };
    return cmocka_run_group_tests_name("rack", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Finding and repairing losses: fast retransmit, fast recovery and its ends (RFC 9260 7.2.4). */
#define SIM_BOTH_SENDERS
#include "sim/raw.h"
#include "sim/sim.h"

/* ctest: timeout=300 */

enum { PMDCS = 1460 };

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

static void test_one_loss_without_timeout(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    uint32_t tsn = initial_tsn(&pair) + 20;
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .has_tsn = true, .tsn = tsn, .count = 1});
    sim_send_load(pair.ab, (struct sim_load){.count = 100, .min_bytes = 1444});
    sim_run_until_received(pair.ba, 100, 900 * SIM_MS);
    sctpx_assoc_status status = sim_status(pair.ab);
    assert_int_equal(status.t3_timeouts, 0);
    assert_int_equal(status.fast_retransmits, 1);
    assert_int_equal(status.retransmitted_chunks, 1);
    assert_int_equal(times_sent(&pair, tsn), 2);
    sim_finish(sim);
}

/* Halved, never below 4 * PMDCS, and only once for one loss. */
static void test_window_is_halved_once(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    uint32_t tsn = initial_tsn(&pair) + 60;
    for (uint32_t i = 0; i < 6; i += 2)
        sim_add_drop(
            sim, (struct sim_drop){.from = pair.a, .has_tsn = true, .tsn = tsn + i, .count = 1});
    sim_send_load(pair.ab, (struct sim_load){.count = 150, .min_bytes = 1444});
    uint32_t before = 0;
    while (sim_status(pair.ab).fast_retransmits == 0) {
        before = sim_path(pair.ab, 0).cwnd_bytes;
        assert_true(sim_step(sim));
    }
    uint32_t halved = before / 2 > 4 * PMDCS ? before / 2 : 4 * PMDCS;
    assert_in_range(sim_path(pair.ab, 0).ssthresh_bytes, halved - 1, halved + PMDCS);
    uint32_t ssthresh = sim_path(pair.ab, 0).ssthresh_bytes;
    assert_int_equal(sim_path(pair.ab, 0).cwnd_bytes, ssthresh);
    sim_run_until_received(pair.ba, 150, 900 * SIM_MS);
    assert_int_equal(sim_path(pair.ab, 0).ssthresh_bytes, ssthresh);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 0);
    sim_finish(sim);
}

/* Two miss indications are not enough. */
static void test_reordering_by_two_is_no_loss(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(a, 1);
    sim_raw_answer(&raw, NULL);
    for (int i = 0; i < 4; i++) {
        sim_send(raw.conn, 0, 1400);
        sim_flush(sim);
    }
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 4);
    for (uint16_t end = 2; end <= 3; end++) {
        uint16_t gaps[1][2] = {{2, end}};
        struct pb *pb = sim_raw_packet(&raw);
        pb_sack(pb, raw.host_tsn - 1, 100000, 1, (const uint16_t(*)[2])gaps, 0, NULL);
        sim_raw_send(&raw, pb);
    }
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 4);
    uint16_t gaps[1][2] = {{2, 4}};
    struct pb *pb = sim_raw_packet(&raw);
    pb_sack(pb, raw.host_tsn - 1, 100000, 1, (const uint16_t(*)[2])gaps, 0, NULL);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 5);
    assert_int_equal(sim_status(raw.conn).fast_retransmits, 1);
    sim_finish(sim);
}

/* The same SACK again acknowledges nothing new, so it is no miss indication (HTNA). */
static void test_repeated_sack_is_no_indication(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(a, 1);
    sim_raw_answer(&raw, NULL);
    sim_send(raw.conn, 0, 1400);
    sim_send(raw.conn, 0, 1400);
    sim_flush(sim);
    for (int i = 0; i < 10; i++) {
        uint16_t gaps[1][2] = {{2, 2}};
        struct pb *pb = sim_raw_packet(&raw);
        pb_sack(pb, raw.host_tsn - 1, 100000, 1, (const uint16_t(*)[2])gaps, 0, NULL);
        sim_raw_send(&raw, pb);
    }
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 2);
    sim_finish(sim);
}

/* Marked for fast retransmit, then acknowledged by a late SACK (attack P4). */
static void test_acknowledged_after_fast_retransmit(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    struct sim_link_config link = {
        .delay_us = 10 * SIM_MS, .reorder_permille = 150, .reorder_us = 12 * SIM_MS};
    sim_set_links(sim, &link);
    sim_send_load(pair.ab, (struct sim_load){.count = 2000, .min_bytes = 1444});
    sim_run_until_received(pair.ba, 2000, 600 * SIM_SECOND);
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    assert_int_equal(sim_path(pair.ab, 0).flight_bytes, 0);
    assert_true(sim_status(pair.ab).fast_retransmits > 0);
    sim_finish(sim);
}

/* The retransmission is lost too: T3-rtx repairs it and ends fast recovery. */
static void test_t3_ends_fast_recovery(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    uint32_t tsn = initial_tsn(&pair) + 20;
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .has_tsn = true, .tsn = tsn, .count = 2});
    sim_send_load(pair.ab, (struct sim_load){.count = 300, .min_bytes = 1444});
    sim_run_until_received(pair.ba, 300, 10 * SIM_SECOND);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 1);
    /* Later losses are found quickly again, and the window grows. */
    sim_run_until_sent(pair.ab, SIM_SECOND);
    uint32_t cwnd = sim_path(pair.ab, 0).cwnd_bytes;
    sim_add_drop(sim,
                 (struct sim_drop){.from = pair.a, .has_tsn = true, .tsn = tsn + 350, .count = 1});
    sim_send_load(pair.ab, (struct sim_load){.count = 600, .min_bytes = 1444});
    sim_run_until_received(pair.ba, 900, 3 * SIM_SECOND);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 1);
    assert_true(sim_path(pair.ab, 0).cwnd_bytes >= cwnd || cwnd > 20 * PMDCS);
    sim_finish(sim);
}

/* Drops the first two transmissions of a run of TSNs; packets hold one chunk each. */
struct bad_run {
    uint32_t first;
    unsigned sent[80];
};

static bool drop_bad_run(void *context, struct sim *sim, struct sim_packet *packet)
{
    struct bad_run *run = context;
    (void)sim;
    if (packet->length < 1400 || packet->data[12] != SIM_DATA)
        return true;
    uint32_t tsn = 0;
    for (size_t i = 16; i < 20; i++)
        tsn = tsn << 8 | packet->data[i];
    return tsn - run->first >= 80 || ++run->sent[tsn - run->first] > 2;
}

/* After the time-out slow start must grow although the exit point of fast recovery is far away:
 * some round trips, not one for each of the eighty packets. */
static void test_slow_start_after_t3_in_fast_recovery(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    struct bad_run run = {.first = initial_tsn(&pair) + 400};
    sim_add_filter(sim, drop_bad_run, &run);
    sim_send_load(pair.ab, (struct sim_load){.count = 1200, .min_bytes = 1444});
    while (sim_status(pair.ab).t3_timeouts == 0)
        assert_true(sim_step(sim));
    assert_true(sim_status(pair.ab).fast_retransmits > 0);
    sctpx_time start = sim->now;
    sim_run_until_received(pair.ba, 480, 10 * SIM_SECOND);
    assert_true(sim->now - start < 700 * SIM_MS);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 1);
    sim_run_until_received(pair.ba, 1200, 10 * SIM_SECOND);
    sim_finish(sim);
}

/* A whole window is lost: one time-out, then the rest without another one. */
static void test_whole_window_lost(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = 400, .min_bytes = 1444});
    sim_run_for(sim, 100 * SIM_MS);
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    sim_run_for(sim, 50 * SIM_MS);
    sim_set_address_down(sim, &pair.b->addrs[0], false);
    sim_run_until_received(pair.ba, 400, 5 * SIM_SECOND);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 1);
    sim_finish(sim);
}

/* The last packet of a transfer is lost: nobody reports gaps, T3-rtx has to. */
static void test_lost_tail(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    uint32_t tsn = initial_tsn(&pair) + 19;
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .has_tsn = true, .tsn = tsn, .count = 1});
    sim_send_load(pair.ab, (struct sim_load){.count = 20, .min_bytes = 1444});
    sim_run_until_received(pair.ba, 20, 1200 * SIM_MS);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 1);
    assert_int_equal(sim_status(pair.ab).retransmitted_chunks, 1);
    sim_finish(sim);
}

/* 6.2.1 D iii: acknowledged by a gap block, then taken back. */
static void test_reneging_receiver(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_raw raw = sim_raw_new(a, 1);
    sim_raw_answer(&raw, NULL);
    for (int i = 0; i < 3; i++)
        sim_send(raw.conn, 0, 1400);
    sim_flush(sim);
    uint16_t gaps[1][2] = {{2, 3}};
    struct pb *pb = sim_raw_packet(&raw);
    pb_sack(pb, raw.host_tsn - 1, 100000, 1, (const uint16_t(*)[2])gaps, 0, NULL);
    sim_raw_send(&raw, pb);
    sim_raw_sack(&raw, raw.host_tsn, 100000);
    /* TSNs 2 and 3 must come again some time, one packet for a time-out (6.3.3 E3). */
    for (uint32_t i = 1; i <= 2; i++) {
        struct sim_query again = {.from = a, .has_tsn = true, .tsn = raw.host_tsn + i};
        sim_run_for(sim, 5 * SIM_SECOND);
        assert_true(sim_count(sim, again) > 1);
        sim_raw_sack(&raw, raw.host_tsn + i, 100000);
    }
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
    sim_finish(sim);
}

static size_t send_for_seconds(struct sim *sim, struct sim_link_config link, unsigned seconds)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.sndbuf_bytes = options.rcvbuf_bytes = 8 << 20;
    struct sim_pair pair = sim_pair(sim, &options);
    sim->capture_off = true;
    sim_set_links(sim, &link);
    sim_send_load(pair.ab, (struct sim_load){.count = 100000000, .min_bytes = 14440});
    sim_run_for(sim, seconds * SIM_SECOND);
    print_message("%zu kbit/s, %llu T3, %llu fast\n", pair.ba->received_bytes / 125 / seconds,
                  (unsigned long long)sim_status(pair.ab).t3_timeouts,
                  (unsigned long long)sim_status(pair.ab).fast_retransmits);
    return pair.ba->received_bytes * 8 / seconds;
}

/* Overshoot of slow start: hundreds of losses at once must not end in one packet per RTO
 * (other stacks stay at a window of one packet here). */
static void test_no_collapse_after_overshoot(void **state)
{
    struct sim *sim = *state;
    struct sim_link_config link = {
        .delay_us = 25 * SIM_MS, .rate_bps = 100000000, .queue_bytes = 250000};
    assert_true(send_for_seconds(sim, link, 10) > 40000000);
    sim_finish(sim);
}

static void test_no_collapse_on_a_longer_link(void **state)
{
    struct sim *sim = *state;
    struct sim_link_config link = {
        .delay_us = 50 * SIM_MS, .rate_bps = 100000000, .queue_bytes = 600000};
    assert_true(send_for_seconds(sim, link, 10) > 30000000);
    sim_finish(sim);
}

static void test_small_queue(void **state)
{
    struct sim *sim = *state;
    struct sim_link_config link = {
        .delay_us = 5 * SIM_MS, .rate_bps = 10000000, .queue_bytes = 15000};
    assert_true(send_for_seconds(sim, link, 20) > 7000000);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_rfc9260_test(test_one_loss_without_timeout),
        sim_rfc9260_test(test_window_is_halved_once),
        sim_rfc9260_test(test_reordering_by_two_is_no_loss),
        sim_rfc9260_test(test_repeated_sack_is_no_indication),
        sim_rfc9260_test(test_acknowledged_after_fast_retransmit),
        sim_rfc9260_test(test_t3_ends_fast_recovery),
        sim_rfc9260_test(test_slow_start_after_t3_in_fast_recovery),
        sim_rfc9260_test(test_whole_window_lost),
        sim_rfc9260_test(test_lost_tail),
        sim_rfc9260_test(test_reneging_receiver),
        sim_rfc9260_test(test_no_collapse_after_overshoot),
        sim_rfc9260_test(test_no_collapse_on_a_longer_link),
        sim_rfc9260_test(test_small_queue),
    };
    return cmocka_run_group_tests_name("scenario.recovery", tests, NULL, NULL);
}

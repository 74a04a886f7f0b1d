/* SPDX-License-Identifier: MIT */
/* How fast data leaves: cwnd, Max.Burst, Nagle, T3-rtx (RFC 9260 6.1, 6.3, 7.2). */
#define SIM_BOTH_SENDERS
#include "sim/raw.h"
#include "sim/sim.h"

/* Path MTU 1500 without IPv4, UDP and common header. */
enum { PMDCS = 1460, INITIAL_CWND = 4404 };

static struct sim_query data_of(const struct sim_host *host, size_t since)
{
    return (struct sim_query){.from = host, .chunk = SIM_DATA, .since = since};
}

static size_t flight_of(struct sim *sim, const struct sim_host *host, size_t since)
{
    size_t bytes = 0;
    const struct sim_record *record;
    for (size_t i = 0; (record = sim_nth(sim, data_of(host, since), i)); i++)
        for (size_t j = 0; j < record->n_chunks; j++) {
            const struct sim_chunk *chunk = &record->chunks[j];
            bytes += chunk->type == SIM_DATA ? (chunk->length + 3u) & ~3u : 0;
        }
    return bytes;
}

/* 7.2.1 and 6.1 B: the initial window may be passed by less than one packet. */
static void test_initial_window(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    assert_int_equal(sim_path(pair.ab, 0).cwnd_bytes, INITIAL_CWND);
    size_t mark = sim_mark(sim);
    sim_send_load(pair.ab, (struct sim_load){.count = 100, .min_bytes = 1444});
    sim_run_for(sim, 15 * SIM_MS);
    size_t flight = flight_of(sim, pair.a, mark);
    assert_true(flight >= 3 * PMDCS && flight < INITIAL_CWND + PMDCS);
    assert_int_equal(sim_path(pair.ab, 0).flight_bytes, flight);
    sim_finish(sim);
}

static void test_slow_start_grows_and_idle_does_not(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = 400, .min_bytes = 1444});
    uint32_t before = sim_path(pair.ab, 0).cwnd_bytes;
    for (int i = 0; i < 4; i++) {
        sim_run_for(sim, 21 * SIM_MS);
        uint32_t now = sim_path(pair.ab, 0).cwnd_bytes;
        assert_true(now > before);
        /* At most one PMDCS per SACK, one SACK per two packets: not more than doubled. */
        assert_true(now <= 2 * before + PMDCS);
        before = now;
    }
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    sim_run_for(sim, SIM_SECOND);
    before = sim_path(pair.ab, 0).cwnd_bytes;
    /* The window is not used up by single messages, so it must not grow (7.2.1). */
    for (int i = 0; i < 50; i++) {
        sim_send(pair.ab, 0, 100);
        sim_run_until_sent(pair.ab, SIM_SECOND);
    }
    assert_true(sim_path(pair.ab, 0).cwnd_bytes <= before);
    sim_finish(sim);
}

/* 7.2.1: an idle path falls back to max(cwnd / 2, 4 * PMDCS) once per RTO. */
static void test_idle_window_decays(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.max_burst = 0;
    struct sim_pair pair = sim_pair(sim, &options);
    sim_send_load(pair.ab, (struct sim_load){.count = 400, .min_bytes = 1444});
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    assert_true(sim_path(pair.ab, 0).cwnd_bytes > 8 * PMDCS);
    sim_run_for(sim, 25 * SIM_SECOND);
    size_t mark = sim_mark(sim);
    sim_send_load(pair.ab, (struct sim_load){.count = 400, .min_bytes = 1444});
    sim_run_for(sim, 15 * SIM_MS);
    assert_true(flight_of(sim, pair.a, mark) < 5 * PMDCS);
    sim_finish(sim);
}

/* 6.1 D: an open window is not emptied in one go. */
static void test_max_burst(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = 400, .min_bytes = 1444});
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    assert_true(sim_path(pair.ab, 0).cwnd_bytes > 8 * PMDCS);
    size_t mark = sim_mark(sim);
    sim_send_load(pair.ab, (struct sim_load){.count = 100, .min_bytes = 1444});
    sim_flush(sim);
    assert_int_equal(sim_count(sim, data_of(pair.a, mark)), 4);
    sim_finish(sim);
}

static void test_max_burst_off(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.max_burst = 0;
    struct sim_pair pair = sim_pair(sim, &options);
    sim_send_load(pair.ab, (struct sim_load){.count = 400, .min_bytes = 1444});
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    size_t mark = sim_mark(sim);
    sim_send_load(pair.ab, (struct sim_load){.count = 100, .min_bytes = 1444});
    sim_flush(sim);
    assert_true(sim_count(sim, data_of(pair.a, mark)) > 4);
    sim_finish(sim);
}

static size_t packets_for_ten_messages(struct sim *sim, bool nagle)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.nagle = nagle;
    struct sim_pair pair = sim_pair(sim, &options);
    sim_run_for(sim, SIM_SECOND);
    size_t mark = sim_mark(sim);
    for (int i = 0; i < 10; i++) {
        sim_send(pair.ab, 0, 50);
        sim_run_for(sim, SIM_MS);
    }
    sim_run_until_received(pair.ba, 10, SIM_SECOND);
    return sim_count(sim, data_of(pair.a, mark));
}

/* covers: 9260/11.1.5-5 */
static void test_without_nagle(void **state)
{
    assert_int_equal(packets_for_ten_messages(*state, false), 10);
    sim_finish(*state);
}

static void test_with_nagle(void **state)
{
    assert_int_equal(packets_for_ten_messages(*state, true), 2);
    sim_finish(*state);
}

static void test_nagle_sends_full_packets(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.nagle = true;
    struct sim_pair pair = sim_pair(sim, &options);
    sim_run_for(sim, SIM_SECOND);
    size_t mark = sim_mark(sim);
    sim_send(pair.ab, 0, 50);
    sim_flush(sim);
    sim_send(pair.ab, 0, 1440);
    sim_flush(sim);
    sim_send(pair.ab, 0, 50);
    sim_flush(sim);
    assert_int_equal(sim_count(sim, data_of(pair.a, mark)), 2);
    sim_run_until_received(pair.ba, 3, SIM_SECOND);
    sim_finish(sim);
}

/* 6.3.3: RTO, 2 RTO, 4 RTO ..., and one packet in flight. */
static void test_t3_backs_off(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send(pair.ab, 0, 1000);
    sim_run_until_sent(pair.ab, SIM_SECOND);
    assert_int_equal(sim_path(pair.ab, 0).rto_us, SIM_SECOND);
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    size_t mark = sim_mark(sim);
    sctpx_time start = sim->now;
    sim_send_load(pair.ab, (struct sim_load){.count = 3, .min_bytes = 1444});
    sim_run_for(sim, 20 * SIM_SECOND);
    static const sctpx_time seconds[] = {0, 0, 0, 1, 3, 7, 15};
    assert_int_equal(sim_count(sim, data_of(pair.a, mark)), 7);
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(sim_nth(sim, data_of(pair.a, mark), i)->at - start,
                         seconds[i] * SIM_SECOND);
    assert_int_equal(sim_path(pair.ab, 0).rto_us, 16 * SIM_SECOND);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 4);
    sim_finish(sim);
}

/* 7.2.3: after a time-out ssthresh = max(cwnd / 2, 4 * PMDCS), cwnd = PMDCS; then slow start. */
static void test_t3_and_recovery(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = 300, .min_bytes = 1444});
    sim_run_for(sim, 90 * SIM_MS);
    uint32_t cwnd = sim_path(pair.ab, 0).cwnd_bytes;
    assert_true(cwnd > 10 * PMDCS);
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    sim_run_for(sim, 1500 * SIM_MS);
    assert_true(sim_path(pair.ab, 0).cwnd_bytes <= PMDCS);
    assert_true(sim_path(pair.ab, 0).ssthresh_bytes >= cwnd / 2);
    sim_set_address_down(sim, &pair.b->addrs[0], false);
    sim_run_until_received(pair.ba, 300, 60 * SIM_SECOND);
    assert_true(sim_path(pair.ab, 0).cwnd_bytes > 4 * PMDCS);
    assert_int_equal(sim_path(pair.ab, 0).errors, 0);
    sim_finish(sim);
}

/* 8.1: Association.Max.Retrans = 10 time-outs in a row, then it is lost. */
static void test_peer_is_lost(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_run_for(sim, SIM_SECOND);
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    sctpx_time start = sim->now;
    sim_send(pair.ab, 0, 1000);
    sim_run_until_closed(pair.ab, 3600 * SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_ELOST);
    /* 1 + 2 + ... + 32 = 63 s, then 60 s each: eleven time-outs, or fewer with heartbeats. */
    assert_true(sim->now - start > 60 * SIM_SECOND);
    assert_true(sim->now - start <= (63 + 5 * 60 + 2) * SIM_SECOND);
    assert_int_equal(sctpx_endpoint_next_deadline(pair.a->endpoint), SCTPX_TIME_NEVER);
    sim_finish(sim);
}

/* 6.3.1 with RTO.Min out of the way: SRTT and RTO follow the network.
 * covers: 9260/11.1.11-1 */
static void test_rto_follows_the_round_trip(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.rto_min_us = 10 * SIM_MS;
    options.sack_packets = 1;
    struct sim_pair pair = sim_pair(sim, &options);
    for (int i = 0; i < 100; i++) {
        sim_send(pair.ab, 0, 100);
        sim_run_until_sent(pair.ab, SIM_SECOND);
    }
    sctpx_path_status path = sim_path(pair.ab, 0);
    assert_in_range(path.srtt_us, 19 * SIM_MS, 21 * SIM_MS);
    assert_in_range(path.rto_us, 20 * SIM_MS, 40 * SIM_MS);
    sim_link(sim, pair.a->addrs, pair.b->addrs)->delay_us = 30 * SIM_MS;
    for (int i = 0; i < 100; i++) {
        sim_send(pair.ab, 0, 100);
        sim_run_until_sent(pair.ab, SIM_SECOND);
    }
    path = sim_path(pair.ab, 0);
    assert_in_range(path.srtt_us, 38 * SIM_MS, 42 * SIM_MS);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_initial_window),
        sim_unit_test(test_slow_start_grows_and_idle_does_not),
        sim_unit_test(test_idle_window_decays),
        sim_rfc9260_test(test_max_burst),
        sim_unit_test(test_max_burst_off),
        sim_unit_test(test_without_nagle),
        sim_unit_test(test_with_nagle),
        sim_unit_test(test_nagle_sends_full_packets),
        sim_rfc9260_test(test_t3_backs_off),
        sim_unit_test(test_t3_and_recovery),
        sim_unit_test(test_peer_is_lost),
        sim_unit_test(test_rto_follows_the_round_trip),
    };
    return cmocka_run_group_tests_name("scenario.sending", tests, NULL, NULL);
}

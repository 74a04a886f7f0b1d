/* SPDX-License-Identifier: MIT */
/*
 * Buffers grow with what a path can carry and its reader reads, and for nothing else: slow paths
 * queue little, readers that stop keep what they have, sockets in front are not overrun.
 */
#include "sim/bulk.h"
#include "sim/siege.h"

enum { MIB = 1 << 20, MOST = 8 * MIB, PACKET_BUFFER = 150000, SHARERS = 10 };

static struct sim_bulk_flow_result transfer(double mbit_s, unsigned rtt_ms)
{
    const struct sim_link_config link = sim_bulk_link(mbit_s, rtt_ms * SIM_MS);
    const struct sim_bulk_config config = {
        .data = link,
        .acks = link,
        .duration_us = 8 * SIM_SECOND,
        .n_flows = 1,
        .flows = {{.message_bytes = 1400}},
    };
    return sim_bulk_run(&config).flows[0];
}

static void test_long_fat_path(void **state)
{
    (void)state;
    struct sim_bulk_flow_result result = transfer(100, 200);
    assert_in_range(result.receiver.rcvbuf_bytes, 4 * MIB, MOST);
    assert_true(result.mbit_s > 60); /* 1 MiB is 42 Mbit/s, without the start */
}

static void test_slow_path_queues_little(void **state)
{
    (void)state;
    struct sim_bulk_flow_result result = transfer(2, 50);
    assert_int_equal(result.receiver.rcvbuf_bytes, MIB);
    assert_true(result.sender.unsent_bytes + result.sender.unacked_bytes <= MIB);
    assert_true(result.mbit_s > 1.8);
}

/* As fast as a path between hosts side by side: the window is not what limits it. */
static void test_short_path_needs_little(void **state)
{
    (void)state;
    struct sim_bulk_flow_result result = transfer(400, 2);
    assert_int_equal(result.receiver.rcvbuf_bytes, MIB);
    assert_true(result.mbit_s > 360);
}

/* It has grown for a reader that stops then: what it holds is what the option allows. */
static void test_reader_stops(void **state)
{
    struct sim *sim = *state;
    struct sim_link_config link = sim_bulk_link(100, 200 * SIM_MS);
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL), *b = sim_host_new(sim, "b", 1, NULL);
    sim_set_links(sim, &link);
    struct sim_pair pair = sim_pair_hosts(a, b, NULL);
    sim->capture_off = true;
    sim_send_load(pair.ab, (struct sim_load){.count = 100000, .min_bytes = 1400});
    sim_run_for(sim, 8 * SIM_SECOND);
    size_t grown = sim_status(pair.ba).rcvbuf_bytes;
    assert_in_range(grown, 2 * MIB, MOST);
    pair.ba->auto_read = false;
    sim_run_for(sim, 20 * SIM_SECOND);
    sctpx_assoc_status status = sim_status(pair.ba);
    assert_int_equal(status.rcvbuf_bytes, grown);
    assert_in_range(status.readable_bytes, grown / 2, grown + 1500);
    assert_true(status.rcvbuf_used_bytes <= 2 * grown);
    pair.ba->auto_read = true;
    sim_read(pair.ba, SIZE_MAX);
    sim_run_until_received(pair.ba, 100000, 600 * SIM_SECOND);
    assert_int_equal(sim_status(pair.ab).t3_timeouts, 0);
    sim_finish(sim);
}

/* ---- hostile peers -------------------------------------------------------------------------- */

/* A peer whose COOKIE ECHO comes late. */
static struct sim_raw late_peer(struct sim_host *host, uint8_t n)
{
    struct sim_raw raw = sim_raw_new(host, n);
    host->sim->capture_off = false;
    sim_raw_get_cookie(&raw);
    sim_run_for(host->sim, 10 * SIM_SECOND);
    sim_raw_send(&raw, sim_raw_echo(&raw));
    raw.conn = host->conns[host->n_conns - 1];
    host->sim->capture_off = true;
    return raw;
}

static void pour(struct sim_raw *raw, uint16_t first_ssn, uint16_t packets)
{
    for (uint16_t i = 0; i < packets; i++)
        sim_raw_data(raw, 0, (uint16_t)(first_ssn + i), 1400);
}

/*
 * A peer that was slow to come seems far away, and so the window grows for it; when the reader stops
 * it pours on. Others go on all the same.
 */
static void test_pretending_to_be_far_away(void **state)
{
    enum { MEMORY = 16 * MIB };
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.memory_limit_bytes = MEMORY;
    struct sim_siege siege = sim_siege(sim, &options);
    siege.bytes = MEMORY;
    for (uint8_t n = 20; n < 24; n++) {
        struct sim_raw raw = late_peer(siege.host, n);
        pour(&raw, 0, 4000);
        raw.conn->auto_read = false;
        pour(&raw, 4000, 8000);
        assert_in_range(sim_status(raw.conn).rcvbuf_bytes, n == 20 ? 2 * MIB : MIB, MOST);
        assert_true(sim_stats(siege.host).memory_bytes < MEMORY / 16 * 15);
    }
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* ---- sockets in front ----------------------------------------------------------------------- */

/* So many send at once over a short path: what they have under way together fits. */
static void test_sockets_are_shared(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.packet_buffer_bytes = PACKET_BUFFER;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 1, &options);
    struct sim_link_config link = {.delay_us = 5 * SIM_MS, .rate_bps = 400000000};
    struct sim_pair pairs[SHARERS];
    sim_set_links(sim, &link);
    sim->capture_off = true;
    for (size_t i = 0; i < SHARERS; i++) {
        pairs[i] = sim_pair_hosts(a, b, NULL);
        sim_send_load(pairs[i].ab, (struct sim_load){.count = 2000, .min_bytes = 1400});
    }
    sim_run_for(sim, SIM_SECOND);
    for (size_t i = 0; i < SHARERS; i++) {
        sctpx_assoc_status status = sim_status(pairs[i].ab);
        assert_true(status.unsent_bytes > 0);
        assert_true(status.peer_rwnd_bytes + status.unacked_bytes <=
                    PACKET_BUFFER / SHARERS + 1400);
    }
    for (size_t i = 0; i < SHARERS; i++) {
        sim_run_until_received(pairs[i].ba, 2000, 60 * SIM_SECOND);
        assert_int_equal(sim_status(pairs[i].ab).retransmitted_chunks, 0);
    }
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_fat_path),
        cmocka_unit_test(test_slow_path_queues_little),
        cmocka_unit_test(test_short_path_needs_little),
        sim_unit_test(test_reader_stops),
        sim_unit_test(test_pretending_to_be_far_away),
        sim_unit_test(test_sockets_are_shared),
    };
    return cmocka_run_group_tests_name("scenario.window_growth", tests, NULL, NULL);
}

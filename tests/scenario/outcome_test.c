/* SPDX-License-Identifier: MIT */
/*
 * What became of messages. The simulator keeps account of every message of every test
 * (sim/outcome.c): that it is acknowledged or fails, once, with its bytes, in order; here are the
 * ways to get there.
 */
#include "engine/assoc.h"
#include "sim/raw.h"
#include "sim/sim.h"

enum { CLIENT_PORT = 6000 };

static sctpx_stream_status stream_of(const struct sim_conn *conn, uint16_t stream)
{
    sctpx_stream_status status;
    assert_int_equal(sctpx_assoc_get_stream(conn->assoc, stream, &status), 0);
    return status;
}

/* ---- reports ------------------------------------------------------------------------------- */

/* Sent when the last byte leaves, acknowledged when the peer says so: here 10 ms away. */
static void test_steps_of_a_message(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    assert_int_equal(sim_try_send(pair.ab, 3, 1000, 0), 0);
    assert_int_equal(pair.ab->sent_reports, 0);
    sim_flush(sim);
    assert_int_equal(pair.ab->sent_reports, 1);
    assert_int_equal(pair.ab->acked_reports, 0);
    sim_run_until_sent(pair.ab, SIM_SECOND);
    assert_int_equal(pair.ab->acked_reports, 1);
    sim_finish(sim);
}

/* The first half of a long message is no report, and neither is what is sent again. */
static void test_long_message_is_told_once(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_add_drop(sim, (struct sim_drop){.from = pair.a, .chunk = SIM_DATA, .skip = 2, .count = 3});
    sim_send(pair.ab, 0, 60000);
    sim_flush(sim);
    assert_true(sim_status(pair.ab).unacked_bytes > 0);
    assert_int_equal(pair.ab->sent_reports, 0);
    sim_run_until_sent(pair.ab, 20 * SIM_SECOND);
    assert_true(sim_status(pair.ab).retransmitted_chunks > 0);
    assert_int_equal(pair.ab->sent_reports, 1);
    assert_int_equal(pair.ab->acked_reports, 1);
    sim_finish(sim);
}

static void test_every_message_in_a_bad_network(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    const struct sim_link_config link = {.delay_us = 10000,
                                         .loss_permille = 50,
                                         .duplicate_permille = 20,
                                         .reorder_permille = 50,
                                         .reorder_us = 15000};
    sim_set_links(sim, &link);
    sim_send_load(
        pair.ab, (struct sim_load){.count = 1000, .min_bytes = 1, .max_bytes = 5000, .streams = 9});
    sim_run_until_sent(pair.ab, 600 * SIM_SECOND);
    assert_int_equal(pair.ab->sent_reports, 500);
    assert_int_equal(pair.ab->acked_reports, 500);
    sctpx_stream_status sum = {0};
    for (uint16_t i = 0; i < 9; i++) {
        sctpx_stream_status out = stream_of(pair.ab, i), in = stream_of(pair.ba, i);
        assert_int_equal(out.sent_bytes, in.received_bytes);
        assert_int_equal(out.sent_messages, in.received_messages);
        assert_int_equal(out.unacked_messages, 0);
        sum.sent_bytes += out.sent_bytes;
        sum.sent_messages += out.sent_messages;
    }
    assert_int_equal(sum.sent_bytes, pair.ab->sent_bytes);
    assert_int_equal(sum.sent_messages, 1000);
    sim_finish(sim);
}

/* A gap block is no acknowledgement for good: the peer may take it back (6.2.1 iii). */
static void test_gap_acked_and_taken_back(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    for (int i = 0; i < 3; i++)
        sim_send(raw.conn, 0, 100); /* the first and the third ask for reports */
    sim_flush(sim);
    assert_int_equal(raw.conn->sent_reports, 2);
    static const uint16_t gaps[][2] = {{2, 3}};
    struct pb *pb = sim_raw_packet(&raw);
    pb_sack(pb, raw.host_tsn - 1, 100000, 1, gaps, 0, NULL);
    sim_raw_send(&raw, pb);
    assert_int_equal(raw.conn->acked_reports, 0);
    sim_raw_sack(&raw, raw.host_tsn - 1, 100000);
    sim_raw_sack(&raw, raw.host_tsn, 100000);
    assert_int_equal(raw.conn->acked_reports, 1);
    pb = sim_raw_packet(&raw);
    pb_sack(pb, raw.host_tsn, 100000, 0, NULL, 0, NULL);
    sim_raw_send(&raw, pb);
    assert_int_equal(raw.conn->acked_reports, 1);
    sim_raw_sack(&raw, raw.host_tsn + 2, 100000);
    assert_int_equal(raw.conn->acked_reports, 2);
    sim_finish(sim);
}

/* ---- failing ------------------------------------------------------------------------------- */

/*
 * Sent ones and others; what was acknowledged has not failed. covers: 9260/11.1.14-1
 * covers: 9260/11.1.15-1 9260/11.2.2-1 9260/11.1.5-2
 */
static void test_abort_fails_what_is_not_acknowledged(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send(pair.ab, 0, 500);
    sim_run_until_sent(pair.ab, SIM_SECOND);
    for (uint16_t i = 0; i < 20; i++)
        sim_send(pair.ab, (uint16_t)(i % 3), i == 0 ? 9000u : 4000u);
    sim_flush(sim);
    assert_true(sim_status(pair.ab).unsent_bytes > 0);
    assert_int_equal(sctpx_assoc_abort(pair.ab->assoc, sim->now, NULL, 0), 0);
    sim_run_until_closed(pair.ab, SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_EABORTED);
    assert_int_equal(pair.ab->failed_messages, 20);
    assert_in_range(pair.ab->failed_sent_messages, 1, 19);
    assert_int_equal(stream_of(pair.ab, 0).sent_bytes, 500); /* still there */
    assert_int_equal(stream_of(pair.ab, 0).unacked_messages, 0);
    sim_finish(sim);
}

/* Of this one nearly everything has arrived, and yet it is whole. */
static void test_partly_acknowledged_message_fails_whole(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send(pair.ab, 0, 100000);
    sim_run_for(sim, 50 * SIM_MS);
    sctpx_stream_status status = stream_of(pair.ab, 0);
    assert_true(status.sent_bytes > 0 && status.unacked_bytes > 0);
    assert_int_equal(status.sent_bytes + status.unacked_bytes, 100000);
    assert_int_equal(status.sent_messages, 0);
    assert_int_equal(status.unacked_messages, 1);
    sim_conn_free(pair.ba); /* the peer aborts */
    sim_run_until_closed(pair.ab, SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_EPEERABORT);
    assert_int_equal(pair.ab->failed_messages, 1);
    assert_int_equal(pair.ab->failed_sent_messages, 1);
    sim_finish(sim);
}

static void test_lost_peer(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_set_address_down(sim, &pair.b->addrs[0], true);
    sim_send_load(pair.ab, (struct sim_load){.count = 30, .min_bytes = 2000, .streams = 4});
    sim_run_until_closed(pair.ab, 3600 * SIM_SECOND);
    assert_int_equal(pair.ab->error, SCTPX_ELOST);
    assert_int_equal(pair.ab->failed_messages, 30);
    sim_finish(sim);
}

static void check_connect_fails(struct sim *sim, struct sim_host *a, struct sim_host *b, int error)
{
    struct sim_conn *conn = sim_connect(a, b, SIM_PORT, NULL);
    sim_send(conn, 0, 100);
    sim_send(conn, 9, 3000);
    assert_int_equal(stream_of(conn, 9).unacked_bytes, 3000); /* not negotiated yet */
    sim_run_until_closed(conn, 3600 * SIM_SECOND);
    assert_int_equal(conn->error, error);
    assert_int_equal(conn->failed_messages, 2);
    assert_int_equal(conn->failed_sent_messages, 0);
    sim_finish(sim);
}

static void test_refused_connect(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL), *b = sim_host_new(sim, "b", 1, NULL);
    check_connect_fails(sim, a, b, SCTPX_EREFUSED);
}

static void test_connect_without_an_answer(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL), *b = sim_host_new(sim, "b", 1, NULL);
    sim_set_address_down(sim, &b->addrs[0], true);
    check_connect_fails(sim, a, b, SCTPX_ETIMEDOUT);
}

/* A SACK for what was never sent. */
static void test_protocol_error(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    sim_send(raw.conn, 0, 100);
    sim_flush(sim);
    sim_raw_sack(&raw, raw.host_tsn + 5, 100000);
    sim_flush(sim);
    assert_int_equal(raw.conn->error, SCTPX_EPROTO);
    assert_int_equal(raw.conn->failed_messages, 1);
    sim_finish(sim);
}

/* A graceful end delivers everything first. */
static void test_nothing_fails_in_a_shutdown(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = 50, .min_bytes = 3000});
    sim_send_load(pair.ba, (struct sim_load){.count = 50, .min_bytes = 3000});
    assert_int_equal(sctpx_assoc_shutdown(pair.ab->assoc, sim->now), 0);
    sim_run_until_closed(pair.ab, 60 * SIM_SECOND);
    sim_run_until_closed(pair.ba, 60 * SIM_SECOND);
    assert_int_equal(pair.ab->failed_messages + pair.ba->failed_messages, 0);
    assert_int_equal(pair.ab->acked_reports + pair.ba->acked_reports, 50);
    assert_int_equal(stream_of(pair.ab, 0).sent_messages, 50);
    assert_int_equal(stream_of(pair.ab, 0).received_messages, 50);
    sim_finish(sim);
}

/* ---- restarts ------------------------------------------------------------------------------ */

static struct sim_pair fixed_pair(struct sim *sim)
{
    struct sim_pair pair = {.a = sim_host_new(sim, "a", 1, NULL),
                            .b = sim_host_new(sim, "b", 1, NULL)};
    sim_listen(pair.b, SIM_PORT, NULL);
    pair.ab = sim_connect_to(pair.a, pair.b->addrs, 1, SIM_PORT, CLIENT_PORT, NULL);
    sim_run_until_up(pair.ab, SIM_SECOND);
    pair.ba = sim_accepted(pair.b, 0);
    return pair;
}

/* Everything of before fails, sent or not, and is not sent to the new peer; totals go on. */
static void test_restart_fails_what_is_not_acknowledged(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = fixed_pair(sim);
    sim_send(pair.ba, 1, 300);
    sim_run_until_sent(pair.ba, SIM_SECOND);
    for (int i = 0; i < 40; i++)
        sim_send(pair.ba, 1, 3000);
    sim_run_for(sim, 2 * SIM_MS);
    assert_true(sim_status(pair.ba).unsent_bytes > 0 && sim_status(pair.ba).unacked_bytes > 0);
    sim_host_crash(pair.a);
    pair.ab = sim_connect_to(pair.a, pair.b->addrs, 1, SIM_PORT, CLIENT_PORT, NULL);
    sim_run_until_up(pair.ab, 10 * SIM_SECOND);
    sim_run_for(sim, 5 * SIM_SECOND);
    assert_int_equal(pair.ba->restarts, 1);
    assert_int_equal(pair.ba->failed_messages, 40);
    assert_in_range(pair.ba->failed_sent_messages, 1, 39);
    assert_int_equal(pair.ab->received_messages, 0);
    sim_send(pair.ba, 1, 200);
    sim_run_until_received(pair.ab, 1, SIM_SECOND);
    sim_run_until_sent(pair.ba, SIM_SECOND);
    assert_int_equal(stream_of(pair.ba, 1).sent_bytes, 500);
    assert_int_equal(stream_of(pair.ba, 1).sent_messages, 2);
    assert_int_equal(stream_of(pair.ba, 1).unacked_bytes, 0);
    sim_finish(sim);
}

/* ---- what streams cost ----------------------------------------------------------------------- */

static size_t idle_bytes(struct sim *sim, const char *name, uint16_t streams)
{
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.assoc.out_streams = options.assoc.max_in_streams = streams;
    struct sim_pair pair = {.a = sim_host_new(sim, name, 1, &options),
                            .b = sim_host_new(sim, "peer", 1, &options)};
    pair = sim_pair_hosts(pair.a, pair.b, &options.assoc);
    assert_int_equal(sim_status(pair.ab).out_streams, streams);
    if (streams == 65535) {
        sctpx_stream_status status = stream_of(pair.ab, 65534);
        assert_int_equal(status.sent_messages + status.received_messages, 0);
        assert_int_equal(sctpx_assoc_get_stream(pair.ab->assoc, 65535, &status), SCTPX_ESTREAM);
    }
    assert_int_equal(pair.ab->assoc->queue.streams.capacity, 0);
    assert_int_equal(pair.ab->assoc->reasm.streams.capacity, 0);
    return sim_stats(pair.a).memory_bytes;
}

/* Counters of streams that were never used take no memory. */
static void test_unused_streams_cost_nothing(void **state)
{
    struct sim *sim = *state;
    size_t few = idle_bytes(sim, "few", 1);
    assert_int_equal(idle_bytes(sim, "many", 65535), few);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_steps_of_a_message),
        sim_unit_test(test_long_message_is_told_once),
        sim_unit_test(test_every_message_in_a_bad_network),
        sim_unit_test(test_gap_acked_and_taken_back),
        sim_unit_test(test_abort_fails_what_is_not_acknowledged),
        sim_unit_test(test_partly_acknowledged_message_fails_whole),
        sim_unit_test(test_lost_peer),
        sim_unit_test(test_refused_connect),
        sim_unit_test(test_connect_without_an_answer),
        sim_unit_test(test_protocol_error),
        sim_unit_test(test_nothing_fails_in_a_shutdown),
        sim_unit_test(test_restart_fails_what_is_not_acknowledged),
        sim_unit_test(test_unused_streams_cost_nothing),
    };
    return cmocka_run_group_tests_name("scenario.outcome", tests, NULL, NULL);
}

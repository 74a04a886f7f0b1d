/* SPDX-License-Identifier: MIT */
/* How many streams two ends agree on (RFC 9260 5.1.1). */
#include "sim/raw.h"
#include "sim/sim.h"

struct side {
    uint16_t out, in;
};

static sctpx_assoc_options side_options(struct side side)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.out_streams = side.out;
    options.max_in_streams = side.in;
    return options;
}

static uint16_t least(uint16_t a, uint16_t b)
{
    return a < b ? a : b;
}

static void check_matrix_entry(struct sim_host *a, struct sim_host *b, uint16_t port,
                               struct side client, struct side server)
{
    struct sim *sim = a->sim;
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(b->endpoint, &listen);
    listen.assoc = side_options(server);
    sim_listen(b, port, &listen);
    sctpx_assoc_options options = side_options(client);
    size_t n = b->n_conns;
    struct sim_conn *ab = sim_connect(a, b, port, &options);
    sim_run_until_up(ab, SIM_SECOND);
    struct sim_conn *ba = b->conns[n];
    uint16_t to_server = least(client.out, server.in), to_client = least(server.out, client.in);
    assert_int_equal(sim_status(ab).out_streams, to_server);
    assert_int_equal(sim_status(ba).in_streams, to_server);
    assert_int_equal(sim_status(ba).out_streams, to_client);
    assert_int_equal(sim_status(ab).in_streams, to_client);
    /* The last stream works, the one after it does not exist. */
    sim_send(ab, (uint16_t)(to_server - 1), 10);
    sim_send(ba, (uint16_t)(to_client - 1), 10);
    assert_int_equal(sim_try_send(ab, to_server, 10, 0), SCTPX_ESTREAM);
    assert_int_equal(sim_try_send(ba, to_client, 10, 0), SCTPX_ESTREAM);
    sim_run_until_received(ab, 1, SIM_SECOND);
    sim_run_until_received(ba, 1, SIM_SECOND);
    sim_conn_free(ab);
    sim_run_for(sim, SIM_SECOND);
    sim_conn_free(ba);
}

static void test_matrix(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    static const uint16_t counts[] = {1, 2, 10, 65535};
    uint16_t port = SIM_PORT;
    for (size_t i = 0; i < 256; i++)
        check_matrix_entry(a, b, port++, (struct side){counts[i & 3], counts[i >> 2 & 3]},
                           (struct side){counts[i >> 4 & 3], counts[i >> 6]});
    sim_finish(sim);
}

static void test_nothing_per_unused_stream(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_raw warm = sim_raw_new(b, 1);
    warm.os = warm.mis = 65535;
    sim_raw_connect(&warm);
    size_t bytes = b->live_bytes;
    for (uint8_t i = 2; i < 22; i++) {
        struct sim_raw raw = sim_raw_new(b, i);
        raw.os = raw.mis = 65535;
        sim_raw_connect(&raw);
        assert_int_equal(sim_status(raw.conn).in_streams, 65535);
    }
    assert_true(b->live_bytes - bytes < 20 * 16384);
    sim_finish(sim);
}

/* 3.3.10.1: the chunk is acknowledged, its stream reported, its data thrown away. */
static void test_data_on_invalid_stream(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(b, 1);
    raw.os = 4;
    sim_raw_connect(&raw);
    sim_raw_data(&raw, 4, 0, 50);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(raw.conn->received_messages, 0);
    const struct sim_record *error = sim_raw_last(&raw, SIM_ERROR);
    assert_non_null(error);
    assert_int_equal(sim_find_chunk(sim, error, SIM_ERROR)->cause, 1);
    const struct sim_record *sack = sim_raw_last(&raw, SIM_SACK);
    assert_non_null(sack);
    assert_int_equal(sim_find_chunk(sim, sack, SIM_SACK)->tsn, raw.tsn - 1);
    sim_raw_data(&raw, 3, 0, 50);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(raw.conn->received_messages, 1);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* A message that was queued before, on a stream that is then not granted: told, not lost quietly. */
static void test_message_on_a_stream_not_granted(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(b->endpoint, &listen);
    listen.assoc.max_in_streams = 4;
    sim_listen(b, SIM_PORT, &listen);
    struct sim_conn *ab = sim_connect(a, b, SIM_PORT, NULL);
    sim_send(ab, 4, 10);
    sim_run_until_closed(ab, SIM_SECOND);
    assert_int_equal(ab->error, SCTPX_ESTREAM);
    ab = sim_connect(a, b, SIM_PORT, NULL);
    sim_send(ab, 3, 10);
    sim_run_until_up(ab, SIM_SECOND);
    sim_run_until_received(b->conns[0], 1, SIM_SECOND);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_message_on_a_stream_not_granted),
        sim_unit_test(test_matrix),
        sim_unit_test(test_nothing_per_unused_stream),
        sim_unit_test(test_data_on_invalid_stream),
    };
    return cmocka_run_group_tests_name("scenario.setup_streams", tests, NULL, NULL);
}

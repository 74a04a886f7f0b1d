/* SPDX-License-Identifier: MIT */
/* Packets of no association: what is answered, and how often (RFC 9260 8.4). */
#include <string.h>

#include "sim/raw.h"
#include "sim/siege.h"
#include "sim/sim.h"

enum { STALE_COOKIE = 3, TAG = 0x0BADCAFE };

static struct sim_host *server(struct sim *sim, const sctpx_endpoint_options *options)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, options);
    sim_listen(host, SIM_PORT, NULL);
    return host;
}

static struct pb *packet(const struct sim_raw *raw)
{
    return pb_new(raw->port, raw->host_port, TAG);
}

/* An ERROR says Stale Cookie, which 8.4 has a rule of its own for. */
static void put_chunk(struct pb *pb, int chunk)
{
    if (chunk != SIM_ERROR) {
        sim_put_chunk(pb, (uint8_t)chunk);
        return;
    }
    pb_error(pb);
    pb_tlv(pb, STALE_COOKIE);
    pb_u32(pb, 0);
    pb_end(pb);
    pb_end(pb);
}

/* The answer to one packet with these chunks: SIM_ANY = silence. */
static void check_answer(struct sim_raw *raw, int first, int second, int answer)
{
    struct sim *sim = raw->host->sim;
    size_t mark = sim_mark(sim), blocks = raw->host->live_blocks;
    struct pb *pb = packet(raw);
    put_chunk(pb, first);
    if (second != SIM_ANY)
        put_chunk(pb, second);
    assert_int_not_equal(sim_raw_send(raw, pb), 0);
    assert_int_equal(raw->host->live_blocks, blocks);
    assert_int_equal(sim_mark(sim) - mark, answer != SIM_ANY);
    if (answer == SIM_ANY)
        return;
    const struct sim_record *record = sim_raw_last(raw, answer);
    assert_non_null(record);
    assert_int_equal(record->vtag, TAG);
    assert_int_equal(record->n_chunks, 1);
    assert_int_equal(record->chunks[0].flags, 1);
    assert_int_equal(record->source_port, raw->host_port);
    assert_int_equal(record->destination_port, raw->port);
}

static void check_matrix(struct sim_raw *raw)
{
    static const struct {
        int first, second, answer;
    } rows[] = {
        {SIM_DATA, SIM_ANY, SIM_ABORT},
        {SIM_SACK, SIM_ANY, SIM_ABORT},
        {SIM_HEARTBEAT, SIM_ANY, SIM_ABORT},
        {SIM_HEARTBEAT_ACK, SIM_ANY, SIM_ABORT},
        {SIM_SHUTDOWN, SIM_ANY, SIM_ABORT},
        {200, SIM_ANY, SIM_ABORT},
        {SIM_SACK, SIM_DATA, SIM_ABORT},
        /* Rule 2 */
        {SIM_ABORT, SIM_ANY, SIM_ANY},
        {SIM_SACK, SIM_ABORT, SIM_ANY},
        {SIM_SHUTDOWN_ACK, SIM_ABORT, SIM_ANY},
        /* Rule 4: the cookie is a forgery. */
        {SIM_COOKIE_ECHO, SIM_ANY, SIM_ANY},
        {SIM_COOKIE_ECHO, SIM_DATA, SIM_ANY},
        /* Rule 5 */
        {SIM_SHUTDOWN_ACK, SIM_ANY, SIM_SHUTDOWN_COMPLETE},
        {SIM_SACK, SIM_SHUTDOWN_ACK, SIM_SHUTDOWN_COMPLETE},
        /* Rule 6 */
        {SIM_SHUTDOWN_COMPLETE, SIM_ANY, SIM_ANY},
        /* Rule 7 */
        {SIM_ERROR, SIM_ANY, SIM_ANY},
        {SIM_COOKIE_ACK, SIM_ANY, SIM_ANY},
        {SIM_COOKIE_ACK, SIM_DATA, SIM_ANY},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_answer(raw, rows[i].first, rows[i].second, rows[i].answer);
}

static void test_matrix_with_listener(void **state)
{
    struct sim_raw raw = sim_raw_new(server(*state, NULL), 1);
    check_matrix(&raw);
    sim_finish(*state);
}

static void test_matrix_without_listener(void **state)
{
    struct sim_raw raw = sim_raw_new(server(*state, NULL), 1);
    raw.host_port = SIM_PORT + 1;
    check_matrix(&raw);
    sim_finish(*state);
}

/* Rule 3: refused INITs get an ABORT with their own tag, without T bit. */
static void test_init_to_closed_port(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(server(sim, NULL), 1);
    raw.host_port = SIM_PORT + 1;
    sim_raw_send(&raw, sim_raw_init(&raw));
    const struct sim_record *abort = sim_raw_last(&raw, SIM_ABORT);
    assert_int_equal(abort->vtag, raw.tag);
    assert_int_equal(abort->chunks[0].flags, 0);
    sim_finish(sim);
}

/* Rule 1: not from or to what is no unicast address. */
static void test_non_unicast_addresses(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = server(sim, NULL);
    static const uint8_t sources[][4] = {
        {224, 0, 0, 1}, {239, 1, 2, 3}, {255, 255, 255, 255}, {0, 0, 0, 0}};
    for (size_t i = 0; i < 4; i++) {
        struct sim_raw raw = sim_raw_new(host, 1);
        memcpy(raw.addr.ip, sources[i], 4);
        struct pb *pb = packet(&raw);
        put_chunk(pb, SIM_DATA);
        sim_raw_send(&raw, pb);
        sim_raw_send(&raw, sim_raw_init(&raw));
    }
    assert_int_equal(sim_mark(sim), 0);
    sim_finish(sim);
}

static void test_silent_ootb(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.silent_ootb = true;
    struct sim_raw raw = sim_raw_new(server(sim, &options), 1);
    for (int chunk = 0; chunk < 20; chunk++) {
        if (chunk == SIM_INIT)
            continue;
        struct pb *pb = packet(&raw);
        put_chunk(pb, chunk);
        sim_raw_send(&raw, pb);
    }
    assert_int_equal(sim_mark(sim), 0);
    sim_raw_connect(&raw);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

static void test_rate_limit(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.stranger_rate = 100;
    options.stranger_burst = 10;
    struct sim_host *host = server(sim, &options);
    struct sim_raw raw = sim_raw_new(host, 1);
    for (int i = 0; i < 1000; i++) {
        struct pb *pb = packet(&raw);
        put_chunk(pb, i % 2 ? SIM_DATA : SIM_SHUTDOWN_ACK);
        sim_raw_send(&raw, pb);
    }
    assert_int_equal(sim_mark(sim), 10);
    for (int i = 0; i < 1000; i++) {
        sim_run_for(sim, SIM_MS);
        struct pb *pb = packet(&raw);
        put_chunk(pb, SIM_DATA);
        sim_raw_send(&raw, pb);
    }
    assert_in_range(sim_mark(sim), 105, 115);
    assert_true(sim_stats(host).dropped_rate > 1800);
    assert_int_equal(sim_stats(host).out_of_the_blue, 2000);
    sim_finish(sim);
}

static void test_rate_of_zero(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.stranger_rate = 0;
    struct sim_raw raw = sim_raw_new(server(sim, &options), 1);
    struct pb *pb = packet(&raw);
    put_chunk(pb, SIM_DATA);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_mark(sim), 0);
    sim_finish(sim);
}

/* Neither is an INIT told why it is refused. */
static void test_rate_of_zero_for_inits(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.stranger_rate = 0;
    struct sim_raw raw = sim_raw_new(server(sim, &options), 1);
    struct pb *pb = sim_raw_init(&raw);
    pb_item(pb, 11, "example.org", 12); /* Host Name Address */
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_mark(sim), 0);

    sim_raw_connect(&raw);
    size_t before = sim_mark(sim);
    pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0xC000024D);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_mark(sim), before);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* Broken packets are never answered; the counters tell them apart. */
static void test_broken_packets(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = server(sim, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    uint8_t bytes[64] = {0};
    for (size_t n = 0; n < 16; n++) {
        memset(bytes, 1, sizeof(bytes));
        assert_int_equal(sim_inject(sim, &raw.addr, &host->addrs[0], bytes, n), SCTPX_EBADPACKET);
    }
    struct pb *pb = packet(&raw);
    put_chunk(pb, SIM_DATA);
    pb_corrupt_checksum(pb);
    assert_int_equal(sim_raw_send(&raw, pb), SCTPX_EBADPACKET);
    assert_int_equal(sim_stats(host).bad_checksum >= 1, true);
    pb = pb_new(0, SIM_PORT, TAG);
    put_chunk(pb, SIM_DATA);
    assert_int_equal(sim_raw_send(&raw, pb), SCTPX_EBADPACKET);
    pb = pb_new(raw.port, 0, TAG);
    put_chunk(pb, SIM_DATA);
    assert_int_equal(sim_raw_send(&raw, pb), SCTPX_EBADPACKET);
    assert_int_equal(sim_mark(sim), 0);
    sim_finish(sim);
}

/* Field V5: lengths are checked before a chunk is used. */
static void test_chunk_lengths(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = server(sim, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    static const uint16_t lengths[] = {0, 1, 2, 3, 9, 100, 65535};
    for (int chunk = 0; chunk < 20; chunk++)
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
            struct pb *pb = packet(&raw);
            pb_chunk(pb, (uint8_t)chunk, 0);
            pb_u32(pb, 0);
            pb_lie_length(pb, lengths[i]);
            pb_end(pb);
            sim_raw_send(&raw, pb);
        }
    assert_int_equal(host->n_conns, 0);
    assert_int_equal(sim_sent(host, SIM_INIT_ACK), 0);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_matrix_with_listener), sim_unit_test(test_matrix_without_listener),
        sim_unit_test(test_init_to_closed_port),  sim_unit_test(test_non_unicast_addresses),
        sim_unit_test(test_silent_ootb),          sim_unit_test(test_rate_limit),
        sim_unit_test(test_rate_of_zero),         sim_unit_test(test_broken_packets),
        sim_unit_test(test_rate_of_zero_for_inits),
        sim_unit_test(test_chunk_lengths),
    };
    return cmocka_run_group_tests_name("scenario.ootb", tests, NULL, NULL);
}

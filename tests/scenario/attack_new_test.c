/* SPDX-License-Identifier: MIT */
/*
 * Attacks that no published case describes: servers set upon each other or upon themselves, cookies
 * hoarded, addresses of ours in a peer's list, ends that never end, old answers sent again, streams
 * used up one by one.
 */
#include "sim/siege.h"

enum { BACKLOG = 50, STREAMS = 65535, STREAM_BYTES = 160, MEMORY_LIMIT = 16 << 20 };

/* A packet in the name of one of two servers to the other: the exchange ends, whatever it was. */
/* covers: attacks/N1 */
static void test_attack_N1_servers_set_upon_each_other(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 1, NULL), *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(a, SIM_PORT, NULL);
    sim_listen(b, SIM_PORT, NULL);
    for (int type = 0; type < 256; type++)
        for (uint32_t tag = 0; tag < 2; tag++)
            for (uint16_t port = SIM_PORT; port < SIM_PORT + 2; port++) {
                size_t mark = sim_mark(sim);
                struct pb *pb = pb_new(port, SIM_PORT, tag * 4711);
                sim_put_chunk(pb, (uint8_t)type);
                sim_inject_pb(sim, &a->addrs[0], &b->addrs[0], pb);
                sim_run_for(sim, 60 * SIM_SECOND);
                assert_true(sim_mark(sim) <= mark + 2);
            }
    assert_int_equal(sim_stats(a).associations + sim_stats(b).associations, 0);
    sim_finish(sim);
}

/* The same with itself: source and destination are one ("land"). covers: attacks/N2 */
static void test_attack_N2_server_set_upon_itself(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    for (int type = 0; type < 256; type++)
        for (uint32_t tag = 0; tag < 2; tag++) {
            size_t mark = sim_sent(siege.host, SIM_ANY);
            struct pb *pb = pb_new(SIM_PORT, SIM_PORT, tag * 4711);
            sim_put_chunk(pb, (uint8_t)type);
            sim_inject_pb(sim, &siege.host->addrs[0], &siege.host->addrs[0], pb);
            sim_run_for(sim, 100 * SIM_MS);
            assert_true(sim_sent(siege.host, SIM_ANY) <= mark + 3);
        }
    assert_int_equal(sim_stats(siege.host).associations, 1);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* Many cookies are collected at leisure and come back at once: the backlog holds, and whoever is */
/* taken makes room. covers: attacks/N3 */
static void test_attack_N3_hoarded_cookies(void **state)
{
    enum { HOARD = 400 };
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    static struct sim_raw peers[HOARD];
    for (uint16_t n = 0; n < HOARD; n++) {
        peers[n] = sim_raw_new(siege.host, 1);
        peers[n].port = (uint16_t)(1024 + n);
        sim_raw_get_cookie(&peers[n]);
        sim_run_for(sim, 100 * SIM_MS);
    }
    siege.host->auto_accept = false;
    for (uint16_t n = 0; n < HOARD; n++)
        sim_raw_send(&peers[n], sim_raw_echo(&peers[n]));
    assert_int_equal(sctpx_endpoint_backlog(siege.host->endpoint, SIM_PORT), BACKLOG);
    assert_int_equal(sim_stats(siege.host).associations, 1 + BACKLOG);
    assert_int_equal(sim_stats(siege.host).dropped_backlog, HOARD - BACKLOG);
    assert_int_equal(sim_raw_count(&peers[0], SIM_ABORT), 0);
    for (uint16_t n = 0; n < BACKLOG; n++)
        sim_raw_abort(&peers[n]);
    siege.bytes += 1 << 20;
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* A peer that says it lives at our address as well: we probe ourselves, and that ends nothing but */
/* its own association, if anything. covers: attacks/N4 */
static void test_attack_N4_our_own_address_as_a_peers(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    uint32_t tag = sim_status(siege.pair.ba).local_tag; /* suppose that he guessed it */
    for (uint8_t n = 1; n < 4; n++) {
        struct sim_raw raw = sim_raw_new(siege.host, n);
        raw.tag = n == 1 ? tag : raw.tag;
        raw.port = n == 2 ? SIM_PORT : raw.port;
        struct pb *pb = sim_raw_init(&raw);
        pb_ipv4(pb, 0x0A010101); /* the host's */
        pb_end(pb);
        sim_raw_send(&raw, pb);
        sim_raw_learn(&raw, SIM_INIT_ACK);
        sim_raw_send(&raw, sim_raw_echo(&raw));
        raw.conn = siege.host->conns[siege.host->n_conns - 1];
        size_t mark = sim_mark(sim);
        sim_run_for(sim, 60 * SIM_SECOND);
        assert_true(sim_mark(sim) <= mark + 200);
        if (!raw.conn->is_closed)
            sim_raw_abort(&raw);
        sim_conn_free(raw.conn);
    }
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* A peer that answers each SHUTDOWN with one more byte: T5-shutdown-guard ends it (9.2). */
/* covers: attacks/N5 */
static void test_attack_N5_end_that_never_ends(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    assert_int_equal(sctpx_assoc_shutdown(raw.conn->assoc, sim->now), 0);
    sctpx_time start = sim->now;
    for (uint16_t i = 0; !raw.conn->is_closed; i++) {
        assert_true(sim->now - start <= 301 * SIM_SECOND);
        sim_raw_data(&raw, 0, i, 1);
        sim_run_for(sim, 400 * SIM_MS);
    }
    assert_int_equal(raw.conn->error, SCTPX_ETIMEDOUT);
    sim_conn_free(raw.conn);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* The only HEARTBEAT ACK a peer ever sent, again and again: it is lost nevertheless. */
/* covers: attacks/N7 */
static void test_attack_N7_old_heartbeat_ack_again(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    sim_raw_connect(&raw);
    sim_run_for(sim, 40 * SIM_SECOND);
    const struct sim_record *record = sim_raw_last(&raw, SIM_HEARTBEAT);
    const struct sim_chunk *chunk = sim_find_chunk(sim, record, SIM_HEARTBEAT);
    sctpx_time start = sim->now;
    while (!raw.conn->is_closed) {
        assert_true(sim->now - start < 7200 * SIM_SECOND);
        struct pb *pb = sim_raw_packet(&raw);
        pb_heartbeat_ack(pb, record->raw + chunk->offset + 8, chunk->length - 8u);
        sim_raw_send(&raw, pb);
        sim_run_for(sim, SIM_SECOND);
    }
    assert_int_equal(raw.conn->error, SCTPX_ELOST);
    sim_conn_free(raw.conn);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* ---- streams --------------------------------------------------------------------------------- */

/* One byte on each stream, up to 70 in a packet, until nothing more is taken. Returns how many. */
static uint32_t use_streams(struct sim_raw *raw)
{
    uint32_t stream = 0;
    while (stream < STREAMS) {
        uint64_t before = sim_status(raw->conn).received_chunks;
        struct pb *pb = sim_raw_packet(raw);
        uint32_t n = 0;
        for (; n < 70 && stream + n < STREAMS; n++)
            pb_data(pb, 3, raw->tsn + n, (uint16_t)(stream + n), 0, 0, "x", 1);
        sim_raw_send(raw, pb);
        uint8_t byte;
        sctpx_rcvinfo info;
        while (sctpx_assoc_receive(raw->conn->assoc, SCTPX_ANY_STREAM, &byte, 1, &info) == 1)
            ; /* the user does read */
        uint32_t taken = (uint32_t)(sim_status(raw->conn).received_chunks - before);
        raw->tsn += taken;
        stream += taken;
        if (taken < n)
            break;
    }
    return stream;
}

static struct sim_raw stream_user(struct sim_host *host, uint8_t n)
{
    struct sim_raw raw = sim_raw_new(host, n);
    raw.os = 65535;
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    return raw;
}

/* What streams cost that were used once, all of them; it ends with the association. */
/* covers: attacks/N8 */
static void test_attack_N8_every_stream_used_once(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    size_t before = siege.host->live_bytes;
    struct sim_raw raw = stream_user(siege.host, 1);
    assert_int_equal(use_streams(&raw), STREAMS);
    size_t bytes = siege.host->live_bytes - before;
    print_message("65,535 streams used: %zu bytes\n", bytes);
    assert_true(bytes < (size_t)STREAMS * STREAM_BYTES);
    sim_raw_abort(&raw);
    sim_conn_free(raw.conn);
    siege.bytes += 5 << 20; /* kept in the pools */
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* Several such peers when memory is short: they get no more streams, others go on. */
/* covers: attacks/N8 */
static void test_attack_N8_streams_when_memory_is_short(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.memory_limit_bytes = MEMORY_LIMIT;
    struct sim_siege siege = sim_siege(sim, &options);
    uint32_t used = STREAMS;
    for (uint8_t n = 1; n < 8; n++) {
        struct sim_raw raw = stream_user(siege.host, n);
        used = use_streams(&raw);
    }
    assert_true(used < STREAMS / 8);
    assert_true(sim_stats(siege.host).memory_bytes < MEMORY_LIMIT / 16 * 15);
    for (uint16_t stream = 10; stream < 110; stream++) /* the honest one uses new ones, too */
        sim_send(siege.pair.ab, stream, 100);
    sim_run_until_received(siege.pair.ba, 101, 10 * SIM_SECOND);
    assert_int_equal(sim_stats(siege.host).dropped_memory, 0);
    siege.bytes = MEMORY_LIMIT;
    sim_siege_check(&siege);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_N1_servers_set_upon_each_other),
        sim_unit_test(test_attack_N2_server_set_upon_itself),
        sim_unit_test(test_attack_N3_hoarded_cookies),
        sim_unit_test(test_attack_N4_our_own_address_as_a_peers),
        sim_unit_test(test_attack_N5_end_that_never_ends),
        sim_unit_test(test_attack_N7_old_heartbeat_ack_again),
        sim_unit_test(test_attack_N8_every_stream_used_once),
        sim_unit_test(test_attack_N8_streams_when_memory_is_short),
    };
    return cmocka_run_group_tests_name("scenario.attack_new", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* RFC 9260 8.4: packets of no association, rule by rule. */
#include <stdlib.h>
#include <string.h>

#include "sim/raw.h"

enum { TAG = 0x0BADCAFE, STALE_COOKIE = 3, INVALID_STREAM = 1 };

static struct sim_raw stranger(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    return sim_raw_new(host, 1);
}

static struct pb *packet(const struct sim_raw *raw)
{
    return pb_new(raw->port, raw->host_port, TAG);
}

/* Sends it, and checks that nothing comes back and nothing is kept. */
static void check_silence(struct sim_raw *raw, struct pb *pb)
{
    struct sim *sim = raw->host->sim;
    size_t mark = sim_mark(sim), blocks = raw->host->live_blocks;
    sim_raw_send(raw, pb);
    sim_run_for(sim, 10 * SIM_SECOND);
    assert_int_equal(sim_mark(sim), mark);
    assert_int_equal(raw->host->live_blocks, blocks);
}

/* Sends it, and checks that one chunk comes back, with the tag of the packet and the T bit. */
static void check_reflected(struct sim_raw *raw, struct pb *pb, int answer)
{
    struct sim *sim = raw->host->sim;
    size_t mark = sim_mark(sim), blocks = raw->host->live_blocks;
    sim_raw_send(raw, pb);
    sim_run_for(sim, 10 * SIM_SECOND);
    assert_int_equal(sim_mark(sim), mark + 1);
    const struct sim_record *record = sim_raw_last(raw, answer);
    assert_non_null(record);
    assert_int_equal(record->vtag, TAG);
    assert_int_equal(record->n_chunks, 1);
    assert_int_equal(record->chunks[0].flags, 1);
    assert_int_equal(record->source_port, raw->host_port);
    assert_int_equal(record->destination_port, raw->port);
    assert_int_equal(raw->host->live_blocks, blocks);
    assert_int_equal(sim_stats(raw->host).associations, 0);
}

static void put_data(struct pb *pb)
{
    pb_data(pb, 3, 1, 0, 0, 0, "x", 1);
}

/* covers: 9260/8.4-1 */
static void test_from_a_non_unicast_address(void **state)
{
    static const uint8_t addrs[][4] = {
        {224, 0, 0, 1}, {239, 1, 2, 3}, {255, 255, 255, 255}, {0, 0, 0, 0}};
    for (size_t i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
        struct sim_raw raw = stranger(sim_renew(state));
        memcpy(raw.addr.ip, addrs[i], 4);
        struct pb *pb = packet(&raw);
        put_data(pb);
        check_silence(&raw, pb);
        check_silence(&raw, sim_raw_init(&raw));
        sim_finish(*state);
    }
}

/* A carrier may tell where a packet was sent to. */
static void receive_at(struct sim_raw *raw, const sctpx_addr *local, struct pb *pb)
{
    size_t length;
    uint8_t *bytes = pb_finish(pb, &length);
    const sctpx_packet in = {.local = *local, .remote = raw->addr, .data = bytes, .length = length};
    sctpx_endpoint_receive(raw->host->endpoint, raw->host->sim->now, &in);
    free(bytes);
    sim_flush(raw->host->sim);
}

/* covers: 9260/8.4-1 */
static void test_to_a_non_unicast_address(void **state)
{
    const sctpx_addr addrs[] = {
        sim_ipv4(224, 0, 0, 1, SIM_UDP_PORT),
        sim_ipv4(255, 255, 255, 255, SIM_UDP_PORT),
        {.family = SCTPX_IPV6, .udp_port = SIM_UDP_PORT, .ip = {0xff, 2, [15] = 1}},
    };
    for (size_t i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
        struct sim_raw raw = stranger(sim_renew(state));
        struct pb *pb = packet(&raw);
        put_data(pb);
        receive_at(&raw, &addrs[i], pb);
        receive_at(&raw, &addrs[i], sim_raw_init(&raw));
        assert_int_equal(sim_mark(*state), 0);
        sim_finish(*state);
    }
}

/* covers: 9260/8.4-2 */
static void test_with_abort(void **state)
{
    struct sim_raw raw = stranger(*state);
    for (int before = 0; before < 4; before++) {
        for (int t_bit = 0; t_bit < 2; t_bit++) {
            struct pb *pb = packet(&raw);
            if (before == 1)
                pb_shutdown_ack(pb);
            else if (before == 2)
                pb_cookie_echo(pb, "cookie", 6);
            else if (before == 3)
                put_data(pb);
            pb_abort(pb, t_bit != 0);
            pb_end(pb);
            check_silence(&raw, pb);
        }
    }
    sim_finish(*state);
}

/* covers: 9260/8.4-3 */
static void test_init_is_processed(void **state)
{
    struct sim_raw raw = stranger(*state);
    sim_raw_send(&raw, sim_raw_init(&raw));
    const struct sim_record *answer = sim_raw_last(&raw, SIM_INIT_ACK);
    assert_non_null(answer);
    assert_int_equal(answer->vtag, raw.tag);
    sim_finish(*state);
}

/* covers: 9260/8.4-4 */
static void test_init_that_cannot_be_processed(void **state)
{
    struct sim_raw raw = stranger(*state);
    raw.os = 0; /* 3.3.2 */
    for (int i = 0; i < 2; i++) {
        sim_raw_send(&raw, sim_raw_init(&raw));
        assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 1 + i);
        const struct sim_record *abort = sim_raw_last(&raw, SIM_ABORT);
        assert_int_equal(abort->vtag, raw.tag);
        assert_int_equal(abort->chunks[0].flags, 0);
        raw.os = 10;
        raw.host_port = SIM_PORT + 1; /* nobody listens there, 5.1 */
    }
    sim_finish(*state);
}

/* covers: 9260/8.4-5 */
static void test_cookie_echo_is_processed(void **state)
{
    struct sim_raw raw = stranger(*state);
    sim_raw_send(&raw, sim_raw_init(&raw));
    sim_raw_learn(&raw, SIM_INIT_ACK);
    struct pb *pb = sim_raw_packet(&raw);
    pb_cookie_echo(pb, raw.cookie, raw.cookie_length);
    pb_shutdown_ack(pb); /* 5 would answer that */
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ACK), 1);
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_COMPLETE), 0);
    assert_int_equal(sim_state(sim_accepted(raw.host, 0)), SCTPX_ESTABLISHED);
    sim_finish(*state);
}

/* 5.1.5: what is no cookie of ours is dropped, and no other rule applies. covers: 9260/8.4-5 */
static void test_forged_cookie_echo(void **state)
{
    struct sim_raw raw = stranger(*state);
    struct pb *pb = packet(&raw);
    pb_cookie_echo(pb, "cookie", 6);
    put_data(pb);
    check_silence(&raw, pb);
    sim_finish(*state);
}

/* covers: 9260/8.4-6 9260/8.4-7 */
static void test_shutdown_ack(void **state)
{
    struct sim_raw raw = stranger(*state);
    struct pb *pb = packet(&raw);
    pb_shutdown_ack(pb);
    check_reflected(&raw, pb, SIM_SHUTDOWN_COMPLETE);
    pb = packet(&raw);
    pb_sack(pb, 1, 1000, 0, NULL, 0, NULL); /* wherever it stands */
    pb_shutdown_ack(pb);
    check_reflected(&raw, pb, SIM_SHUTDOWN_COMPLETE);
    raw.host_port = SIM_PORT + 1;
    pb = packet(&raw);
    pb_shutdown_ack(pb);
    check_reflected(&raw, pb, SIM_SHUTDOWN_COMPLETE);
    sim_finish(*state);
}

/* covers: 9260/8.4-8 */
static void test_shutdown_complete(void **state)
{
    struct sim_raw raw = stranger(*state);
    for (int t_bit = 0; t_bit < 2; t_bit++) {
        struct pb *pb = packet(&raw);
        pb_shutdown_complete(pb, t_bit != 0);
        check_silence(&raw, pb);
    }
    sim_finish(*state);
}

/* covers: 9260/8.4-9 */
static void test_cookie_ack_and_stale_cookie(void **state)
{
    struct sim_raw raw = stranger(*state);
    struct pb *pb = packet(&raw);
    pb_cookie_ack(pb);
    put_data(pb);
    check_silence(&raw, pb);
    pb = packet(&raw);
    pb_error(pb);
    pb_item(pb, STALE_COOKIE, "abcd", 4);
    pb_end(pb);
    check_silence(&raw, pb);
    pb = packet(&raw);
    pb_error(pb);
    pb_item(pb, INVALID_STREAM, "abcd", 4); /* as another cause, too */
    pb_item(pb, STALE_COOKIE, "abcd", 4);
    pb_end(pb);
    check_silence(&raw, pb);
    sim_finish(*state);
}

static void put_other(struct pb *pb, int chunk)
{
    switch (chunk) {
    case SIM_DATA:
        put_data(pb);
        break;
    case SIM_INIT_ACK:
        pb_init_ack(pb, 5, 100000, 5, 5, 5);
        pb_cookie(pb, "cookie", 6);
        pb_end(pb);
        break;
    case SIM_SACK:
        pb_sack(pb, 1, 1000, 0, NULL, 0, NULL);
        break;
    case SIM_HEARTBEAT:
        pb_heartbeat(pb, "info", 4);
        break;
    case SIM_HEARTBEAT_ACK:
        pb_heartbeat_ack(pb, "info", 4);
        break;
    case SIM_SHUTDOWN:
        pb_shutdown(pb, 1);
        break;
    case SIM_ERROR:
        pb_error(pb);
        pb_item(pb, INVALID_STREAM, "abcd", 4);
        pb_end(pb);
        break;
    default: /* nobody knows it */
        pb_chunk(pb, (uint8_t)chunk, 0);
        pb_u32(pb, 0);
        pb_end(pb);
        break;
    }
}

/* covers: 9260/8.4-10 9260/8.4-11 9260/8.4-12 9260/8.4-13 */
static void test_everything_else(void **state)
{
    static const int chunks[] = {
        SIM_DATA,     SIM_INIT_ACK, SIM_SACK, SIM_HEARTBEAT, SIM_HEARTBEAT_ACK,
        SIM_SHUTDOWN, SIM_ERROR,    63,       127,           191,
        255};
    struct sim_raw raw = stranger(*state);
    for (uint16_t port = SIM_PORT; port < SIM_PORT + 2; port++)
        for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
            raw.host_port = port;
            struct pb *pb = packet(&raw);
            put_other(pb, chunks[i]);
            check_reflected(&raw, pb, SIM_ABORT);
        }
    sim_finish(*state);
}

/* A chunk behind another one takes no effect either. covers: 9260/8.4-12 9260/8.4-13 */
static void test_a_bundle_gets_one_answer(void **state)
{
    struct sim_raw raw = stranger(*state);
    struct pb *pb = packet(&raw);
    put_other(pb, SIM_SACK);
    put_other(pb, SIM_HEARTBEAT);
    put_other(pb, SIM_DATA);
    put_other(pb, SIM_SHUTDOWN);
    check_reflected(&raw, pb, SIM_ABORT);
    sim_finish(*state);
}

/* So that nobody is used against others answers are limited. covers: 9260/8.4-10 */
static void test_answers_are_limited(void **state)
{
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.stranger_rate = 10;
    options.stranger_burst = 5;
    struct sim_host *host = sim_host_new(*state, "b", 1, &options);
    struct sim_raw raw = sim_raw_new(host, 1);
    for (int i = 0; i < 100; i++) {
        struct pb *pb = packet(&raw);
        put_data(pb);
        sim_raw_send(&raw, pb);
    }
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 5);
    sim_finish(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_from_a_non_unicast_address),
        sim_unit_test(test_to_a_non_unicast_address),
        sim_unit_test(test_with_abort),
        sim_unit_test(test_init_is_processed),
        sim_unit_test(test_init_that_cannot_be_processed),
        sim_unit_test(test_cookie_echo_is_processed),
        sim_unit_test(test_forged_cookie_echo),
        sim_unit_test(test_shutdown_ack),
        sim_unit_test(test_shutdown_complete),
        sim_unit_test(test_cookie_ack_and_stale_cookie),
        sim_unit_test(test_everything_else),
        sim_unit_test(test_a_bundle_gets_one_answer),
        sim_unit_test(test_answers_are_limited),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_08_ootb", tests, NULL, NULL);
}

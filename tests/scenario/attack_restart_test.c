/* SPDX-License-Identifier: MIT */
/* Collisions and restarts under attack (RFC 9260 5.2.1, 5.2.4; RFC 5062 3 and 4). */
#include <string.h>

#include "engine/assoc.h"
#include "sim/siege.h"

enum { STREAMS = 20000, STREAMS_PER_PACKET = 50 };

/* What a peer that authenticates would put into its INIT, in good and in bad shape. */
static void put_auth_params(struct pb *pb, unsigned shape)
{
    static const uint8_t bytes[300];
    static const size_t lengths[] = {0, 1, 32, 300};
    size_t length = lengths[shape % 4];
    pb_item(pb, SIEGE_PARAM_RANDOM, bytes, length);
    pb_item(pb, SIEGE_PARAM_CHUNKS, bytes, shape / 4 % 2 ? length : 2);
    pb_item(pb, SIEGE_PARAM_HMAC_ALGO, bytes, shape / 8 % 2 ? length : 4);
    if (shape % 3 == 0) /* each of them twice */
        pb_item(pb, SIEGE_PARAM_RANDOM, bytes, length);
    static const uint8_t list[] = {SIEGE_AUTH, SIEGE_ASCONF, SIEGE_ASCONF_ACK, SIEGE_I_DATA};
    pb_item(pb, SIEGE_PARAM_EXTENSIONS, list, sizeof(list));
}

static void check_collision(void **state, unsigned shape, bool is_echoed)
{
    struct sim *sim = sim_renew(state);
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    raw.conn = sim_connect_to(raw.host, &raw.addr, 1, raw.port, 0, NULL);
    sim_send(raw.conn, 0, 100);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    if (is_echoed) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_init_ack(pb, raw.tag, raw.rwnd, 10, 10, raw.tsn);
        pb_cookie(pb, "cookie", 6);
        put_auth_params(pb, shape);
        pb_end(pb);
        sim_raw_send(&raw, pb);
    }
    struct pb *pb = sim_raw_init(&raw);
    if (shape < 16)
        put_auth_params(pb, shape);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    sim_raw_send(&raw, sim_raw_echo(&raw));
    sim_raw_send(&raw, sim_raw_echo(&raw)); /* what it made is not made twice */
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    assert_int_equal(sim_stats(raw.host).associations, 1);
    assert_true(sim_raw_count(&raw, SIM_DATA) > 0);
    sim_raw_sack(&raw, raw.host_tsn, raw.rwnd);
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
    sim_finish(sim);
}

/* covers: attacks/C7 */
static void test_attack_C7_collision_with_and_without_auth(void **state)
{
    for (unsigned shape = 0; shape <= 16; shape++) {
        check_collision(state, shape, false);
        check_collision(state, shape, true);
    }
}

/* ---- restart while everything runs ----------------------------------------------------------- */

static void crash_and_connect(struct sim_siege *siege)
{
    struct sim_host *a = siege->pair.a;
    sctpx_assoc_status status = sim_status(siege->pair.ba);
    sim_host_crash(a);
    siege->pair.ab = sim_connect_to(a, siege->host->addrs, 1, SIM_PORT, status.remote_port, NULL);
    for (int i = 0; i < 200 && !siege->pair.ab->is_up; i++) {
        sim_step(siege->host->sim);
        (void)sim_status(siege->pair.ba); /* asking at any moment is harmless */
        (void)sim_stats(siege->host);
    }
    sim_run_until_up(siege->pair.ab, 60 * SIM_SECOND);
}

/*
 * T3-rtx, the delayed SACK, HEARTBEATs and T2-shutdown of the old incarnation are pending: none of
 * them does anything to the new one. covers: attacks/C8
 */
static void test_attack_C8_restart_while_timers_run(void **state)
{
    for (sctpx_time wait = 0; wait < 400 * SIM_MS; wait += 37 * SIM_MS) {
        struct sim *sim = sim_renew(state);
        struct sim_siege siege = sim_siege(sim, NULL);
        uint32_t old_tag = sim_status(siege.pair.ba).remote_tag;
        sim_send(siege.pair.ab, 0, 10); /* its SACK is delayed */
        sim_send_load(siege.pair.ba, (struct sim_load){.count = 300, .min_bytes = 1400});
        assert_int_equal(sctpx_assoc_heartbeat(siege.pair.ba->assoc, sim->now, 0), 0);
        sim_run_for(sim, wait);
        siege.pair.ba->load = (struct sim_load){0};
        size_t mark = sim_mark(sim);
        crash_and_connect(&siege);
        assert_int_equal(sim_event_count(siege.host, SCTPX_EVENT_RESTARTED), 1);
        size_t restarted = sim_mark(sim);
        sim_run_for(sim, 300 * SIM_SECOND);
        assert_true(restarted > mark);
        for (size_t i = 0;; i++) { /* nothing of the old one leaves any more */
            const struct sim_record *record = sim_nth(
                sim, (struct sim_query){.from = siege.host, .chunk = SIM_ANY, .since = restarted},
                i);
            if (!record)
                break;
            assert_int_not_equal(record->vtag, old_tag);
        }
        assert_int_equal(sim_state(siege.pair.ba), SCTPX_ESTABLISHED);
        sim_send(siege.pair.ab, 0, 500);
        sim_send(siege.pair.ba, 0, 500);
        sim_run_for(sim, 5 * SIM_SECOND);
        assert_true(siege.pair.ab->received_messages > 0);
        assert_int_equal(sim_status(siege.pair.ba).unacked_bytes, 0);
        sim_finish(sim);
    }
}

/* Again and again, each time with data under way; memory is flat. covers: attacks/C8 */
static void test_attack_C8_many_restarts(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    siege.host->auto_read = siege.pair.ba->auto_read = true;
    size_t peak = 0;
    for (int i = 0; i < 60; i++) {
        sim_send(siege.pair.ba, 0, 20000);
        sim_run_for(sim, 5 * SIM_MS);
        crash_and_connect(&siege);
        if (i == 10)
            peak = siege.host->live_bytes;
        assert_true(i < 10 || siege.host->live_bytes <= peak + 65536);
    }
    assert_int_equal(sim_event_count(siege.host, SCTPX_EVENT_RESTARTED), 60);
    assert_int_equal(sim_stats(siege.host).associations, 1);
    sim_finish(sim);
}

/* ---- hijacking ------------------------------------------------------------------------------- */

static bool holds(const struct sim_record *record, uint32_t word)
{
    const uint8_t bytes[4] = {(uint8_t)(word >> 24), (uint8_t)(word >> 16), (uint8_t)(word >> 8),
                              (uint8_t)word};
    for (size_t at = 12; at + 4 <= record->length; at++)
        if (memcmp(record->raw + at, bytes, 4) == 0)
            return true;
    return false;
}

/*
 * Who has got the address of a peer that went away asks for a cookie: neither tag of the
 * association is in the answer. covers: 5062/3-1
 */
static void test_attack_hijack1_init_ack_does_not_tell_the_tags(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    sctpx_assoc_status status = sim_status(siege.pair.ba);
    for (uint32_t n = 0; n < 100; n++) {
        struct pb *pb = pb_new(status.remote_port, status.local_port, 0);
        pb_init(pb, 0x01020304 + n, 100000, 5, 5, 5);
        pb_end(pb);
        size_t mark = sim_mark(sim);
        sim_peer_send(siege.pair.ba, pb);
        const struct sim_record *answer =
            sim_nth(sim, (struct sim_query){.chunk = SIM_INIT_ACK, .since = mark}, 0);
        assert_non_null(answer);
        assert_false(holds(answer, status.local_tag));
        assert_false(holds(answer, status.remote_tag));
    }
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* Addresses are not changed by chunks that nobody authenticates. covers: 5062/3-2 attacks/R14 */
static void test_attack_hijack1_asconf_adds_nothing(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    for (uint16_t type = 0xC001; type <= 0xC004; type++) {
        struct pb *pb = sim_peer_packet(siege.pair.ba);
        pb_chunk(pb, SIEGE_ASCONF, 0);
        pb_u32(pb, 1);
        pb_ipv4(pb, 0x0A020101);
        pb_tlv(pb, type);
        pb_u32(pb, 1);
        pb_ipv4(pb, 0xC0000277);
        pb_end(pb);
        pb_end(pb);
        sim_peer_send(siege.pair.ba, pb);
        assert_int_equal(sim_status(siege.pair.ba).paths, 1);
    }
    assert_int_equal(sim_sent(siege.host, SIEGE_ASCONF_ACK), 0);
    assert_int_equal(sim_sent(siege.host, SIM_ERROR), 4);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* The user is told, with an event of its own. covers: 5062/4-1 */
static void test_attack_hijack2_a_restart_is_told(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    crash_and_connect(&siege);
    assert_int_equal(sim_event_count(siege.host, SCTPX_EVENT_RESTARTED), 1);
    assert_ptr_equal(sim_event(siege.host, SCTPX_EVENT_RESTARTED, 0)->conn, siege.pair.ba);
    sim_finish(sim);
}

/* Who does not want restarts has none. covers: 5062/4-2 */
static void test_attack_hijack2_restarts_can_be_refused(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.assoc.refuse_restart = true;
    struct sim_siege siege = sim_siege(sim, &options);
    struct sim_raw thief = sim_raw_new(siege.host, 1);
    thief.addr = siege.pair.a->addrs[0];
    thief.port = sim_status(siege.pair.ba).remote_port;
    for (int i = 0; i < 20; i++)
        sim_raw_send(&thief, sim_raw_init(&thief));
    assert_int_equal(sim_raw_count(&thief, SIM_INIT_ACK), 1); /* the honest one's, before */
    assert_int_equal(sim_event_count(siege.host, SCTPX_EVENT_RESTARTED), 0);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* With addresses that the old peer did not have it is refused at any rate. covers: 5062/4-3 */
static void test_attack_hijack2_restart_with_new_addresses(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw thief = sim_raw_new(siege.host, 1);
    thief.addr = siege.pair.a->addrs[0];
    thief.port = sim_status(siege.pair.ba).remote_port;
    size_t acks = sim_raw_count(&thief, SIM_INIT_ACK);
    struct pb *pb = sim_raw_init(&thief);
    pb_ipv4(pb, 0xC0000277);
    pb_end(pb);
    sim_raw_send(&thief, pb);
    assert_int_equal(sim_raw_count(&thief, SIM_INIT_ACK), acks);
    assert_int_equal(sim_raw_last(&thief, SIM_ABORT)->vtag, thief.tag); /* not the honest one's */
    sim_run_for(sim, SIM_SECOND);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* ---- what a restart costs -------------------------------------------------------------------- */

static void read_all(struct sim_conn *conn)
{
    uint8_t byte;
    while (sctpx_assoc_receive(conn->assoc, SCTPX_ANY_STREAM, &byte, 1, NULL) == 1)
        ;
}

/* A byte each way on every stream, as an echo server does; all are read and acknowledged. */
static void use_streams(struct sim_raw *raw)
{
    struct sim *sim = raw->host->sim;
    for (uint16_t first = 0; first < STREAMS; first = (uint16_t)(first + STREAMS_PER_PACKET)) {
        struct pb *pb = sim_raw_packet(raw);
        for (uint16_t n = 0; n < STREAMS_PER_PACKET; n++) {
            pb_data(pb, 3, raw->tsn++, (uint16_t)(first + n), 0, 0, "x", 1);
            assert_int_equal(sim_try_send(raw->conn, (uint16_t)(first + n), 1, 0), 0);
        }
        sim_raw_send(raw, pb);
        read_all(raw->conn);
        sim_flush(sim);
        sim_raw_sack(raw, raw->host_tsn - 1 + (uint32_t)sim_status(raw->conn).sent_chunks,
                     raw->rwnd);
    }
}

static void restart(struct sim_raw *raw)
{
    raw->tag++;
    sim_raw_send(raw, sim_raw_init(raw));
    sim_raw_learn(raw, SIM_INIT_ACK);
    sim_raw_send(raw, sim_raw_echo(raw));
}

static void check_nothing_to_reset(const struct sim_raw *raw)
{
    const sctpx_assoc *a = raw->conn->assoc;
    assert_true(SLIST_EMPTY(&a->queue.used));
    assert_true(SLIST_EMPTY(&a->reasm.used));
}

/*
 * A pair of packets restarts an association (5.2.4.1): only the first time that costs as much as
 * the streams used before did, even while the user leaves a message unread. covers: attacks/S4
 */
static void test_attack_S4_restarts_after_many_streams(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.os = raw.mis = 65535;
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    use_streams(&raw);
    assert_int_equal(raw.conn->assoc->queue.streams.count, STREAMS);
    assert_int_equal(raw.conn->assoc->reasm.streams.count, STREAMS);
    sim_raw_data(&raw, 7, 1, 10);
    for (size_t i = 0; i < 3; i++) {
        restart(&raw);
        assert_int_equal(sim_event_count(host, SCTPX_EVENT_RESTARTED), i + 1);
        check_nothing_to_reset(&raw);
    }
    assert_int_equal(sim_status(raw.conn).readable_messages, 1);
    sim_raw_data(&raw, 7, 0, 10); /* SSNs start over, both ways */
    sim_raw_data(&raw, 19000, 0, 10);
    assert_int_equal(sim_status(raw.conn).readable_messages, 3);
    sim_send(raw.conn, 7, 1);
    sim_flush(sim);
    const struct sim_record *record = sim_raw_last(&raw, SIM_DATA);
    assert_int_equal(sim_find_chunk(sim, record, SIM_DATA)->ssn, 0);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_C7_collision_with_and_without_auth),
        sim_unit_test(test_attack_C8_restart_while_timers_run),
        sim_unit_test(test_attack_C8_many_restarts),
        sim_unit_test(test_attack_hijack1_init_ack_does_not_tell_the_tags),
        sim_unit_test(test_attack_hijack1_asconf_adds_nothing),
        sim_unit_test(test_attack_hijack2_a_restart_is_told),
        sim_unit_test(test_attack_hijack2_restarts_can_be_refused),
        sim_unit_test(test_attack_hijack2_restart_with_new_addresses),
        sim_unit_test(test_attack_S4_restarts_after_many_streams),
    };
    return cmocka_run_group_tests_name("scenario.attack_restart", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Peers who want the memory that is kept for others when little is left: by stream numbers that
 * collide, by answers on streams that were never used, by answers that they never acknowledge.
 */
#include "sim/siege.h"

enum {
    MEMORY_LIMIT = 16 << 20,
    SHORT_OF_MEMORY = MEMORY_LIMIT / 8 * 7,
    ALL_MEMORY = MEMORY_LIMIT / 16 * 15,
    STREAMS = 65535,
    FIRST_ATTACKER = 20
};

static struct sim_siege siege_with_little_memory(struct sim *sim)
{
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.memory_limit_bytes = MEMORY_LIMIT;
    struct sim_siege siege = sim_siege(sim, &options);
    siege.bytes = MEMORY_LIMIT;
    return siege;
}

static struct sim_raw attacker(struct sim_host *host, uint8_t n)
{
    struct sim_raw raw = sim_raw_new(host, n);
    raw.os = raw.mis = STREAMS;
    raw.rwnd = 1 << 30;
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    return raw;
}

/* The honest one goes on, on new streams as well, and there is room for new peers. */
static void check_others(struct sim_siege *siege)
{
    assert_true(sim_stats(siege->host).memory_bytes < ALL_MEMORY);
    uint64_t dropped = sim_stats(siege->host).dropped_memory; /* the attackers' own */
    size_t received = siege->pair.ba->received_messages;
    for (uint16_t stream = 10; stream < 110; stream++)
        sim_send(siege->pair.ab, stream, 100);
    sim_run_until_received(siege->pair.ba, received + 100, 10 * SIM_SECOND);
    for (uint8_t n = 200; n < 220; n++) {
        struct sim_raw raw = sim_raw_new(siege->host, n);
        sim_raw_connect(&raw);
        sim_raw_data(&raw, 0, 0, 1000);
        assert_int_equal(raw.conn->received_messages, 1);
    }
    assert_int_equal(sim_stats(siege->host).dropped_memory, dropped);
    sim_siege_check(siege);
}

static void read_all(struct sim_conn *conn)
{
    uint8_t byte;
    while (sctpx_assoc_receive(conn->assoc, SCTPX_ANY_STREAM, &byte, 1, NULL) == 1)
        ;
}

/* A byte on each of these streams; what is refused is sent again once and no more. */
static void send_on(struct sim_raw *raw, const uint16_t *streams, size_t n)
{
    for (size_t i = 0; i < n;) {
        struct pb *pb = sim_raw_packet(raw);
        uint64_t before = sim_status(raw->conn).received_chunks;
        for (uint32_t k = 0; k < 70 && i + k < n; k++)
            pb_data(pb, 7, raw->tsn + k, streams[i + k], 0, 0, "x", 1);
        sim_raw_send(raw, pb);
        read_all(raw->conn);
        uint32_t taken = (uint32_t)(sim_status(raw->conn).received_chunks - before);
        raw->tsn += taken;
        i += taken;
        if (taken == 0)
            return;
    }
}

static const uint16_t *all_streams(void)
{
    static uint16_t streams[STREAMS];
    for (uint16_t i = 0; i < STREAMS; i++)
        streams[i] = i;
    return streams;
}

/* Associations that used all their streams, until memory is short. Returns how many there are. */
static uint8_t use_up_memory(struct sim_host *host, struct sim_raw *attackers)
{
    uint8_t n = 0;
    for (; sim_stats(host).memory_bytes <= SHORT_OF_MEMORY; n++) {
        attackers[n] = attacker(host, (uint8_t)(FIRST_ATTACKER + n));
        send_on(&attackers[n], all_streams(), STREAMS);
    }
    return n;
}

/* 256 numbers that a map of less than 65,536 places cannot hold within reach. */
/* covers: attacks/S5 */
static void test_attack_S5_stream_numbers_that_collide(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = siege_with_little_memory(sim);
    struct sim_raw attackers[10];
    uint8_t n = use_up_memory(siege.host, attackers);
    uint16_t streams[300];
    for (uint16_t i = 0; i < 300; i++)
        streams[i] = (uint16_t)((i % 2 == 0 ? 0 : 32768) + i / 2);
    for (uint8_t end = (uint8_t)(n + 8); n < end; n++) {
        struct sim_raw raw = attacker(siege.host, (uint8_t)(FIRST_ATTACKER + n));
        send_on(&raw, streams, 300);
    }
    check_others(&siege);
    sim_finish(sim);
}

/* Streams that were used one way are answered on when memory is short: the user is told. */
/* covers: attacks/S5 */
static void test_attack_S5_answers_on_new_streams(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = siege_with_little_memory(sim);
    struct sim_raw attackers[10];
    uint8_t n = use_up_memory(siege.host, attackers);
    for (uint8_t i = 0; i < n; i++) {
        const struct sim_raw *raw = &attackers[i];
        uint16_t stream = 0;
        int result = 0;
        for (; stream < STREAMS && result == 0; stream++) {
            result = sim_try_send(raw->conn, stream, 1, 0);
            if (stream % 50 == 49 || result < 0) {
                sim_flush(sim);
                sim_raw_sack(&attackers[i],
                             raw->host_tsn - 1 + (uint32_t)sim_status(raw->conn).sent_chunks,
                             raw->rwnd);
            }
        }
        assert_int_equal(result, SCTPX_ENOMEM);
        assert_true(stream > 100);
        assert_int_equal(sim_try_send(raw->conn, 5, 1, 0), 0); /* one that was used */
    }
    check_others(&siege);
    sim_finish(sim);
}

/* Answers that nobody acknowledges fill a share of the send buffer only; then it is full. */
/* covers: attacks/S5 */
static void test_attack_S5_answers_that_are_not_acknowledged(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = siege_with_little_memory(sim);
    struct sim_raw attackers[20];
    uint8_t n = 0;
    size_t queued = 0;
    for (; n < 20; n++) {
        attackers[n] = attacker(siege.host, (uint8_t)(FIRST_ATTACKER + n));
        queued = 0;
        while (sim_try_send(attackers[n].conn, 0, 1000, 0) == 0)
            queued += 1000;
    }
    assert_in_range(queued, 50000, 65536);
    check_others(&siege);
    uint32_t all = attackers[n - 1].host_tsn - 1;
    for (int i = 0; i < 100 && sim_status(attackers[n - 1].conn).unacked_bytes > 0; i++) {
        sim_run_for(sim, 10 * SIM_MS); /* what is paced may leave */
        sim_raw_sack(&attackers[n - 1],
                     all + (uint32_t)sim_status(attackers[n - 1].conn).sent_chunks, 100000);
    }
    assert_int_equal(sim_event_count(siege.host, SCTPX_EVENT_WRITABLE), 1);
    assert_int_equal(sim_try_send(attackers[n - 1].conn, 0, 1000, 0), 0);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_S5_stream_numbers_that_collide),
        sim_unit_test(test_attack_S5_answers_on_new_streams),
        sim_unit_test(test_attack_S5_answers_that_are_not_acknowledged),
    };
    return cmocka_run_group_tests_name("scenario.attack_share", tests, NULL, NULL);
}

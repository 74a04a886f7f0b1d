/* SPDX-License-Identifier: MIT */
/* RFC 9260 3.3.5 and 3.3.6: HEARTBEAT and HEARTBEAT ACK. */
#include "conformance/rfc9260_03.h"

enum { HEARTBEAT_INFO = 1, NONCE_BYTES = 8 };

/* A peer with a second address, 192.0.2.99, that nobody has verified. */
static struct sim_raw with_two_addresses(struct sim *sim, sctpx_addr *ret_second)
{
    struct sim_raw raw = stranger(sim);
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0xC0000263);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    sim_raw_send(&raw, cookie_echo(&raw));
    raw.conn = sim_accepted(raw.host, 0);
    *ret_second = sim_ipv4(192, 0, 2, 0x63, SIM_UDP_PORT);
    return raw;
}

/* The HEARTBEAT in a packet, and the length of its info. */
static const uint8_t *heartbeat_in(const struct sim *sim, const struct sim_record *record,
                                   size_t *ret_info)
{
    assert_non_null(record);
    const uint8_t *p = record->raw + sim_find_chunk(sim, record, SIM_HEARTBEAT)->offset;
    assert_int_equal(p[1], 0);
    assert_int_equal(get_u16(p + 4), HEARTBEAT_INFO);
    assert_int_equal(get_u16(p + 6), get_u16(p + 2) - 4);
    *ret_info = get_u16(p + 6) - 4u;
    return p;
}

/* Sends the info back from the first address, as it is. */
static void answer(struct sim_raw *raw, const uint8_t *info, size_t length)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_heartbeat_ack(pb, info, length);
    sim_raw_send(raw, pb);
}

static const struct sim_record *last_heartbeat_to(const struct sim_raw *raw, sctpx_addr to)
{
    return sim_last(raw->host->sim,
                    (struct sim_query){.from = raw->host, .to = to, .chunk = SIM_HEARTBEAT});
}

/* To each address, also to one that is idle for long. */
/* covers: 9260/3.3.5-1 */
static void test_heartbeats_probe_every_address(void **state)
{
    struct sim *sim = *state;
    sctpx_addr second;
    struct sim_raw raw = with_two_addresses(sim, &second);
    size_t before = sim_mark(sim);
    sim_run_for(sim, 100 * SIM_SECOND);
    struct sim_query query = {.from = raw.host, .chunk = SIM_HEARTBEAT, .since = before};
    query.to = raw.addr;
    assert_true(sim_count(sim, query) >= 1);
    query.to = second;
    assert_true(sim_count(sim, query) >= 1);
    sim_finish(sim);
}

/* The info knows when it was sent: the RTT is right, also of the older of two. */
/* covers: 9260/3.3.5-2 */
static void test_info_tells_the_time_of_sending(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    const struct sim_record *sent[2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sctpx_assoc_heartbeat(raw.conn->assoc, sim->now, 0), 0);
        sim_flush(sim);
        sent[i] = last_heartbeat_to(&raw, raw.addr);
        sim_run_for(sim, 70 * SIM_MS);
    }
    size_t length[2];
    const uint8_t *first = heartbeat_in(sim, sent[0], &length[0]);
    const uint8_t *other = heartbeat_in(sim, sent[1], &length[1]);
    assert_memory_not_equal(first + 8, other + 8, length[0]);
    answer(&raw, first + 8, length[0]);
    const struct sim_event *event = sim_event(raw.host, SCTPX_EVENT_HEARTBEAT, 0);
    assert_int_equal(event->rtt_us, 140 * SIM_MS);
    sim_finish(sim);
}

/* And where it was sent to: the answer counts for that address, wherever it comes from. */
/* covers: 9260/3.3.5-2 */
static void test_info_tells_the_address(void **state)
{
    struct sim *sim = *state;
    sctpx_addr second;
    struct sim_raw raw = with_two_addresses(sim, &second);
    sim_run_for(sim, 5 * SIM_SECOND);
    size_t length;
    const uint8_t *p = heartbeat_in(sim, last_heartbeat_to(&raw, second), &length);
    assert_false(sim_path(raw.conn, sim_path_to(raw.conn, &second)).confirmed);
    answer(&raw, p + 8, length);
    assert_true(sim_path(raw.conn, sim_path_to(raw.conn, &second)).confirmed);
    sim_finish(sim);
}

/* Every one of the last 64 bits counts, and they are others in every HEARTBEAT. */
/* covers: 9260/3.3.5-3 */
static void test_nonce_has_64_bits(void **state)
{
    struct sim *sim = *state;
    sctpx_addr second;
    struct sim_raw raw = with_two_addresses(sim, &second);
    sim_run_for(sim, 5 * SIM_SECOND);
    uint8_t info[64], earlier[NONCE_BYTES];
    size_t length;
    const uint8_t *p = heartbeat_in(sim, last_heartbeat_to(&raw, second), &length);
    assert_true(length >= NONCE_BYTES && length <= sizeof info);
    memcpy(info, p + 8, length);
    size_t path = sim_path_to(raw.conn, &second);
    for (size_t bit = 0; bit < 8 * NONCE_BYTES; bit++) {
        uint8_t *byte = &info[length - NONCE_BYTES + bit / 8];
        *byte ^= (uint8_t)(1u << bit % 8);
        answer(&raw, info, length);
        assert_false(sim_path(raw.conn, path).confirmed);
        *byte ^= (uint8_t)(1u << bit % 8);
    }
    memcpy(earlier, info + length - NONCE_BYTES, NONCE_BYTES);
    size_t seen = sim_sent(raw.host, SIM_HEARTBEAT);
    sim_run_for(sim, 20 * SIM_SECOND);
    assert_true(sim_sent(raw.host, SIM_HEARTBEAT) > seen);
    p = heartbeat_in(sim, last_heartbeat_to(&raw, second), &length);
    for (size_t i = 0, same = 0; i < NONCE_BYTES; i++)
        assert_true((same += p[8 + length - NONCE_BYTES + i] == earlier[i]) < 4);
    answer(&raw, p + 8, length);
    assert_true(sim_path(raw.conn, path).confirmed);
    sim_finish(sim);
}

/* The nonce is drawn, not counted: another run with other random numbers has another one. */
/* covers: 9260/3.3.5-3 */
static void test_nonce_is_random(void **state)
{
    uint8_t nonces[8][NONCE_BYTES];
    for (size_t run = 0; run < 8; run++) {
        struct sim *sim = run == 0 ? *state : sim_renew(state);
        struct sim_raw raw = sim_raw_new(sim_host_new(sim, "b", 1, NULL), 1);
        sim_listen(raw.host, SIM_PORT, NULL);
        for (size_t i = 0; i < run; i++) { /* uses up random numbers */
            struct sim_raw other = sim_raw_new(raw.host, (uint8_t)(100 + i));
            sim_raw_send(&other, sim_raw_init(&other));
        }
        sim_raw_connect(&raw);
        assert_int_equal(sctpx_assoc_heartbeat(raw.conn->assoc, sim->now, 0), 0);
        sim_flush(sim);
        size_t length;
        const uint8_t *p = heartbeat_in(sim, last_heartbeat_to(&raw, raw.addr), &length);
        memcpy(nonces[run], p + 8 + length - NONCE_BYTES, NONCE_BYTES);
        for (size_t i = 0; i < run; i++)
            assert_memory_not_equal(nonces[i], nonces[run], NONCE_BYTES);
        sim_finish(sim);
    }
}

/* Whatever is in it comes back, flags 0 and the same to the byte. */
/* covers: 9260/3.3.6-1 9260/3.3.6-2 */
static void test_heartbeat_ack_holds_the_info(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    uint8_t info[1400];
    for (size_t i = 0; i < sizeof info; i++)
        info[i] = (uint8_t)(i * 7 + 1);
    static const size_t lengths[] = {0, 1, 2, 3, 4, 5, 20, 101, 1400};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_heartbeat(pb, info, lengths[i]);
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_raw_count(&raw, SIM_HEARTBEAT_ACK), i + 1);
        pb = pb_bare();
        pb_heartbeat_ack(pb, info, lengths[i]);
        check_chunks(&raw, SIM_HEARTBEAT_ACK, pb);
    }
    sim_finish(sim);
}

/* 3.3.6: to where the HEARTBEAT came from, also when that address is not verified. */
/* covers: 9260/3.3.6-1 */
static void test_heartbeat_ack_goes_to_the_source(void **state)
{
    struct sim *sim = *state;
    sctpx_addr second;
    struct sim_raw raw = with_two_addresses(sim, &second);
    struct pb *pb = sim_raw_packet(&raw);
    pb_heartbeat(pb, "info", 4);
    sim_inject_pb(sim, &second, &raw.host->addrs[0], pb);
    sim_flush(sim);
    struct sim_query query = {.from = raw.host, .to = second, .chunk = SIM_HEARTBEAT_ACK};
    assert_int_equal(sim_count(sim, query), 1);
    query.to = raw.addr;
    assert_int_equal(sim_count(sim, query), 0);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_heartbeats_probe_every_address),
        sim_unit_test(test_info_tells_the_time_of_sending),
        sim_unit_test(test_info_tells_the_address),
        sim_unit_test(test_nonce_has_64_bits),
        sim_unit_test(test_nonce_is_random),
        sim_unit_test(test_heartbeat_ack_holds_the_info),
        sim_unit_test(test_heartbeat_ack_goes_to_the_source),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_03_heartbeat", tests, NULL, NULL);
}

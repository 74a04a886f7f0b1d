/* SPDX-License-Identifier: MIT */
/* Attacks by INIT and INIT ACK: odd parameters, odd sizes, odd moments (RFC 9260 3.3.2, 5.2). */
#include <string.h>

#include "sim/siege.h"
#include "sim/states.h"

enum {
    PARAM_IPV4 = 5,
    PARAM_IPV6 = 6,
    PARAM_PRESERVATIVE = 9,
    PARAM_HOST_NAME = 11,
    PARAM_ADDR_TYPES = 12,
    CAUSE_INVALID_PARAM = 7,
};

/* Nothing was made of it, whatever was answered. */
static void check_refused(struct sim_raw *raw, struct pb *pb)
{
    struct sim *sim = raw->host->sim;
    size_t blocks = raw->host->live_blocks, mark = sim_mark(sim);
    size_t acks = sim_raw_count(raw, SIM_INIT_ACK);
    sim_raw_send(raw, pb);
    assert_int_equal(sim_raw_count(raw, SIM_INIT_ACK), acks);
    assert_true(sim_mark(sim) <= mark + 1);
    assert_int_equal(raw->host->live_blocks, blocks);
    assert_int_equal(sctpx_endpoint_backlog(raw->host->endpoint, SIM_PORT), 0);
}

/* INIT with one parameter whose length field lies, as the last bytes of the packet. */
static struct pb *init_with(const struct sim_raw *raw, uint16_t type, size_t bytes, uint16_t length)
{
    struct pb *pb = sim_raw_init(raw);
    pb_tlv(pb, type);
    pb_fill(pb, 0x7F, bytes);
    pb_lie_length(pb, length);
    pb_no_padding(pb);
    pb_end(pb);
    pb_no_padding(pb);
    pb_end(pb);
    return pb;
}

/* covers: attacks/C9 */
static void test_attack_C9_address_parameters_that_are_too_short(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    for (uint16_t length = 0; length < 40; length++) {
        size_t bytes = length > 4 ? length - 4u : 0;
        if (length != 8)
            check_refused(&raw, init_with(&raw, PARAM_IPV4, bytes, length));
        if (length != 20)
            check_refused(&raw, init_with(&raw, PARAM_IPV6, bytes, length));
        if (length != 8)
            check_refused(&raw, init_with(&raw, PARAM_PRESERVATIVE, bytes, length));
    }
    for (size_t bytes = 0; bytes < 16; bytes++) { /* the chunk ends within the parameter */
        if (bytes < 4)
            check_refused(&raw, init_with(&raw, PARAM_IPV4, bytes, 8));
        check_refused(&raw, init_with(&raw, PARAM_IPV6, bytes, 20));
    }
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* The same before the eyes of a client, in INIT ACK. covers: attacks/C9 */
static void test_attack_C9_address_parameters_of_init_ack(void **state)
{
    for (uint16_t length = 0; length < 24; length++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
        raw.conn = sim_connect_to(raw.host, &raw.addr, 1, raw.port, 0, NULL);
        sim_flush(sim);
        sim_raw_learn(&raw, SIM_INIT);
        struct pb *pb = sim_raw_packet(&raw);
        pb_init_ack(pb, raw.tag, raw.rwnd, 10, 10, 1);
        pb_cookie(pb, "cookie", 6);
        pb_tlv(pb, length % 2 ? PARAM_IPV4 : PARAM_IPV6);
        pb_fill(pb, 0x7F, length > 4 ? length - 4u : 0);
        pb_lie_length(pb, length);
        pb_no_padding(pb);
        pb_end(pb);
        pb_no_padding(pb);
        pb_end(pb);
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), length == 20);
        sim_finish(sim);
    }
}

/* covers: attacks/C10 */
static void test_attack_C10_addresses_of_no_known_family(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    static const uint16_t lengths[] = {0, 1, 2, 3, 4, 5, 8, 20, 1000, 32767, 32768, 65535};
    static const uint16_t types[] = {PARAM_IPV4, PARAM_IPV6,       PARAM_HOST_NAME, 7,
                                     8,          PARAM_ADDR_TYPES, 0x0100,          0xFFFF};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        for (size_t j = 0; j < sizeof(lengths) / sizeof(lengths[0]); j++) {
            size_t mark = sim_mark(sim);
            sim_raw_send(&raw, init_with(&raw, types[i], 16, lengths[j]));
            assert_true(sim_mark(sim) <= mark + 1);
        }
    /* Families that nobody knows are as good as none. */
    static const uint16_t families[] = {0, 1, 2, 7, 0x8000, 0xFFFF};
    struct pb *pb = sim_raw_init(&raw);
    pb_addr_types(pb, 6, families);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    sim_raw_send(&raw, sim_raw_echo(&raw));
    assert_int_equal(sim_status(sim_accepted(siege.host, 1)).paths, 1);
    sim_raw_abort(&raw);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* 10,000 of them make an INIT of 40 kB; hundreds of addresses too. covers: attacks/C11 */
static void test_attack_C11_no_answer_is_longer_than_a_packet(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    for (uint16_t kind = 0; kind < 4; kind++) {
        struct sim_raw raw = sim_raw_new(siege.host, (uint8_t)(1 + kind));
        struct pb *pb = sim_raw_init(&raw);
        for (uint32_t i = 0; i < (kind == 3 ? 8000 : 10000); i++) {
            if (kind == 0)
                pb_item(pb, 0xC001, NULL, 0);
            else if (kind == 1)
                pb_item(pb, (uint16_t)(0xC000 + i % 0x3FFF), "x", i % 2);
            else if (kind == 2)
                pb_item(pb, 0x4001, NULL, 0); /* report, and stop there */
            else
                pb_ipv4(pb, 0xC0010000 + i);
        }
        pb_end(pb);
        sim_raw_send(&raw, pb);
        const struct sim_record *answer = sim_raw_last(&raw, SIM_INIT_ACK);
        assert_non_null(answer);
        assert_true(answer->length <= 600);
        sim_raw_learn(&raw, SIM_INIT_ACK);
        sim_raw_send(&raw, sim_raw_echo(&raw));
        assert_true(sim_status(sim_accepted(siege.host, 1u + kind)).paths <= SCTPX_MAX_PATHS);
        sim_raw_abort(&raw);
    }
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* What comes back of what the peer sent fits the path, whatever it was. covers: attacks/C12 */
static void test_attack_C12_echoes_fit_the_path(void **state)
{
    for (uint32_t mtu = 576; mtu <= 1500; mtu += 924) {
        struct sim *sim = sim_renew(state);
        sctpx_endpoint_options options;
        sim_host_options(&options);
        options.assoc.mtu = mtu; /* the simulator fails a host that sends more than this */
        struct sim_siege siege = sim_siege(sim, &options);
        struct sim_raw raw = sim_raw_new(siege.host, 1);
        sim_raw_connect(&raw);
        static const uint8_t bytes[65000];
        for (size_t length = 1; length < sizeof(bytes); length += length < 2000 ? 61 : 4001) {
            size_t mark = sim_mark(sim);
            struct pb *pb = sim_raw_packet(&raw);
            pb_heartbeat(pb, bytes, length);
            sim_raw_send(&raw, pb);
            pb = sim_raw_packet(&raw);
            pb_chunk(pb, 0xC9, 0); /* unknown: report and go on */
            pb_bytes(pb, bytes, length);
            pb_end(pb);
            sim_raw_send(&raw, pb);
            assert_true(sim_mark(sim) <= mark + 2);
        }
        assert_true(sim_raw_count(&raw, SIM_HEARTBEAT_ACK) > 0);
        assert_true(sim_raw_count(&raw, SIM_ERROR) > 0);
        sim_raw_abort(&raw);
        sim_siege_check(&siege);
        sim_finish(sim);
    }
}

/* ---- INIT at a bad moment -------------------------------------------------------------------- */

/* The peer's addresses and ports, but nothing of its numbers. covers: attacks/C15 */
static void test_attack_C15_init_in_every_state(void **state)
{
    for (int i = SIM_FIRST_STATE; i <= SIM_LAST_STATE; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
        sctpx_assoc_status before = sim_status(pair.ab);
        for (uint32_t n = 1; n <= 50; n++) {
            size_t mark = sim_mark(sim);
            struct pb *pb = pb_new(before.remote_port, before.local_port, 0);
            pb_init(pb, n, 1500, 1, 1, n);
            pb_end(pb);
            sim_peer_send(pair.ab, pb);
            assert_true(sim_mark(sim) <= mark + 1);
        }
        sctpx_assoc_status after = sim_status(pair.ab);
        assert_int_equal(after.state, before.state);
        assert_int_equal(after.local_tag, before.local_tag);
        assert_int_equal(after.remote_tag, before.remote_tag);
        assert_int_equal(after.out_streams, before.out_streams);
        sim_pair_check_end(&pair, (enum sctpx_assoc_state)i);
        sim_finish(sim);
    }
}

static void put_init(struct pb *pb)
{
    pb_init(pb, 77, 100000, 5, 5, 5);
    pb_end(pb);
}

/* covers: attacks/C15 */
static void test_attack_C15_init_that_is_not_alone(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    size_t sent = sim_sent(siege.host, SIM_INIT_ACK);
    uint32_t own = sim_status(siege.pair.ba).local_tag;
    for (int type = 0; type < 256; type++)
        for (int order = 0; order < 2; order++) {
            struct pb *pb = pb_new(raw.port, raw.host_port, 0);
            if (order == 0)
                put_init(pb);
            sim_put_chunk(pb, (uint8_t)type); /* a second INIT, too */
            if (order == 1)
                put_init(pb);
            sim_raw_send(&raw, pb);
        }
    for (uint32_t tag = 1; tag < 20; tag++) {
        struct pb *pb = pb_new(raw.port, raw.host_port, tag % 2 ? tag : own);
        put_init(pb);
        sim_raw_send(&raw, pb);
    }
    struct pb *pb = sim_peer_packet(siege.pair.ba); /* from the honest client, with its tag */
    put_init(pb);
    sim_peer_send(siege.pair.ba, pb);
    assert_int_equal(sim_sent(siege.host, SIM_INIT_ACK), sent);
    assert_int_equal(sim_raw_count(&raw, SIM_ANY), 0);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* covers: attacks/C16 */
static void test_attack_C16_own_init_keeps_tag_zero(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    raw.conn = sim_connect_to(raw.host, &raw.addr, 1, raw.port, 0, NULL);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    sim_raw_send(&raw, sim_raw_init(&raw));
    assert_int_equal(sim_raw_count(&raw, SIM_INIT_ACK), 1);
    sim_run_for(sim, 20 * SIM_SECOND);
    size_t n = sim_raw_count(&raw, SIM_INIT);
    assert_true(n >= 4);
    for (size_t i = 0; i < n; i++) {
        const struct sim_record *init = sim_sent_nth(raw.host, SIM_INIT, i);
        assert_int_equal(init->vtag, 0);
        assert_int_equal(sim_find_chunk(sim, init, SIM_INIT)->tag, raw.host_tag);
    }
    sim_finish(sim);
}

/* The very INIT that set it up, long after. covers: attacks/C17 */
static void test_attack_C17_late_duplicate_of_the_first_init(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    const struct sim_record *init = sim_sent_nth(siege.pair.a, SIM_INIT, 0);
    sctpx_assoc_status before = sim_status(siege.pair.ba);
    for (int i = 0; i < 500; i++) {
        sim_replay(sim, init);
        sim_flush(sim);
        sim_send(siege.pair.ba, 0, 10); /* what is under way is not disturbed */
        sim_run_for(sim, 7 * SIM_MS);
    }
    sim_run_until_received(siege.pair.ab, 501, SIM_SECOND);
    sctpx_assoc_status after = sim_status(siege.pair.ba);
    assert_int_equal(after.local_tag, before.local_tag);
    assert_int_equal(after.remote_tag, before.remote_tag);
    assert_int_equal(sim_event_count(siege.host, SCTPX_EVENT_RESTARTED), 0);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* covers: attacks/C18 */
static void test_attack_C18_fixed_fields_that_cannot_be(void **state)
{
    static const struct {
        uint32_t tag, rwnd;
        uint16_t os, mis;
        int answer;
    } inits[] = {
        {0, 100000, 5, 5, SIM_ANY},    {0, 0, 0, 0, SIM_ANY},
        {7, 0, 5, 5, SIM_ABORT},       {7, 1499, 5, 5, SIM_ABORT},
        {7, 1500, 0, 5, SIM_ABORT},    {7, 1500, 5, 0, SIM_ABORT},
        {7, 1500, 1, 1, SIM_INIT_ACK}, {7, UINT32_MAX, 65535, 65535, SIM_INIT_ACK},
    };
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    for (uint8_t i = 0; i < sizeof(inits) / sizeof(inits[0]); i++) {
        struct sim_raw raw = sim_raw_new(siege.host, (uint8_t)(i + 1));
        struct pb *pb = pb_new(raw.port, raw.host_port, 0);
        pb_init(pb, inits[i].tag, inits[i].rwnd, inits[i].os, inits[i].mis, 1);
        pb_end(pb);
        size_t blocks = siege.host->live_blocks;
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_raw_count(&raw, SIM_ANY), inits[i].answer != SIM_ANY);
        if (inits[i].answer != SIM_ANY)
            assert_int_equal(sim_raw_count(&raw, inits[i].answer), 1);
        if (inits[i].answer == SIM_ABORT)
            assert_int_equal(sim_find_chunk(sim, sim_raw_last(&raw, SIM_ABORT), SIM_ABORT)->cause,
                             CAUSE_INVALID_PARAM);
        assert_int_equal(siege.host->live_blocks, blocks);
    }
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* INIT ACK of the same kind: never a COOKIE ECHO, never an assertion. covers: attacks/C18 */
static void test_attack_C18_fixed_fields_of_init_ack(void **state)
{
    static const uint32_t fields[][4] = {
        {0, 100000, 5, 5}, {7, 0, 5, 5}, {7, 1499, 5, 5}, {7, 100000, 0, 5}, {7, 100000, 5, 0}};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
        raw.conn = sim_connect_to(raw.host, &raw.addr, 1, raw.port, 0, NULL);
        sim_send(raw.conn, 0, 100);
        sim_flush(sim);
        sim_raw_learn(&raw, SIM_INIT);
        for (int n = 0; n < 10; n++) {
            struct pb *pb = sim_raw_packet(&raw);
            pb_init_ack(pb, fields[i][0], fields[i][1], (uint16_t)fields[i][2],
                        (uint16_t)fields[i][3], 1);
            pb_cookie(pb, "cookie", 6);
            pb_end(pb);
            sim_raw_send(&raw, pb);
        }
        assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ECHO), 0);
        assert_int_equal(sim_raw_count(&raw, SIM_DATA), 0);
        sim_run_for(sim, 3600 * SIM_SECOND);
        assert_true(raw.conn->is_closed);
        sim_finish(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_C9_address_parameters_that_are_too_short),
        sim_unit_test(test_attack_C9_address_parameters_of_init_ack),
        sim_unit_test(test_attack_C10_addresses_of_no_known_family),
        sim_unit_test(test_attack_C11_no_answer_is_longer_than_a_packet),
        sim_unit_test(test_attack_C12_echoes_fit_the_path),
        sim_unit_test(test_attack_C15_init_in_every_state),
        sim_unit_test(test_attack_C15_init_that_is_not_alone),
        sim_unit_test(test_attack_C16_own_init_keeps_tag_zero),
        sim_unit_test(test_attack_C17_late_duplicate_of_the_first_init),
        sim_unit_test(test_attack_C18_fixed_fields_that_cannot_be),
        sim_unit_test(test_attack_C18_fixed_fields_of_init_ack),
    };
    return cmocka_run_group_tests_name("scenario.attack_init", tests, NULL, NULL);
}

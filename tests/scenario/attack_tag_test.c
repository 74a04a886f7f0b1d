/* SPDX-License-Identifier: MIT */
/*
 * Blind attackers, who know addresses and ports but not the tags (RFC 9260 8.4, 8.5, 10): wrong
 * tags, reflected tags, forged answers to HEARTBEAT, forged ICMP.
 */
#include <string.h>

#include "sim/siege.h"
#include "sim/states.h"

/* A chunk of this type in a shape that is right, empty, cut or lying about its length. */
enum { SHAPES = 9 };

static void put_shape(struct pb *pb, uint8_t type, int shape)
{
    static const uint16_t lengths[] = {0, 1, 3, 5, 17, 65535, 4, 20};
    if (shape == 0)
        sim_put_chunk(pb, type);
    else
        sim_put_lie(pb, type, shape == 7 ? 0 : 16, lengths[shape - 1]);
}

static void check_blind(struct sim_pair *pair, enum sctpx_assoc_state state, uint32_t tag)
{
    struct sim *sim = pair->a->sim;
    sctpx_assoc_status status = sim_status(pair->ab);
    for (int type = 0; type < 256; type++)
        for (int shape = 0; shape < SHAPES; shape++) {
            if (tag == 0 && type == SIM_INIT && shape % 8 == 0)
                continue; /* a proper INIT is C15 */
            size_t mark = sim_mark(sim);
            struct pb *pb = pb_new(status.remote_port, status.local_port, tag);
            put_shape(pb, (uint8_t)type, shape);
            sim_peer_send(pair->ab, pb);
            /* SHUTDOWN ACK while we set up may be answered, but not so that it hurts (8.5.1 E). */
            struct sim_query query = {.chunk = SIM_ANY, .since = mark};
            const struct sim_record *answer = sim_nth(sim, query, 0);
            if (sim_state(pair->ab) != state ||
                (answer && (state > SCTPX_COOKIE_ECHOED || type != SIM_SHUTDOWN_ACK ||
                            !sim_record_has(answer, SIM_SHUTDOWN_COMPLETE))))
                sim_fail(sim, "chunk %d in shape %d has an effect in %s", type, shape,
                         sim_state_name(state));
        }
}

/* covers: attacks/V1 */
static void test_attack_V1_wrong_tag_in_every_state(void **state)
{
    for (int i = SIM_FIRST_STATE; i <= SIM_LAST_STATE; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
        sctpx_assoc_status before = sim_status(pair.ab);
        check_blind(&pair, before.state, before.local_tag ^ 1);
        check_blind(&pair, before.state, 0);
        sctpx_assoc_status after = sim_status(pair.ab);
        assert_int_equal(after.local_tag, before.local_tag);
        assert_int_equal(after.remote_tag, before.remote_tag);
        assert_int_equal(after.received_chunks, before.received_chunks);
        sim_pair_check_end(&pair, (enum sctpx_assoc_state)i);
        sim_finish(sim);
    }
}

/* ---- the T bit ------------------------------------------------------------------------------- */

enum whose { OURS, PEERS, WRONG };

struct ending {
    int chunk;
    bool t_bit, is_behind; /* another chunk */
    enum whose whose;
};

/* 8.5.1 B and C: without T our tag, with T the peer's. */
static bool is_believed(struct ending e, enum sctpx_assoc_state state)
{
    bool is_right = e.t_bit ? e.whose == PEERS && state != SCTPX_COOKIE_WAIT : e.whose == OURS;
    return is_right && (e.chunk == SIM_ABORT || (state == SCTPX_SHUTDOWN_ACK_SENT && !e.is_behind));
}

static void check_t_bit(void **state, enum sctpx_assoc_state in, struct ending e)
{
    struct sim *sim = sim_renew(state);
    struct sim_pair pair = sim_pair_in_state(sim, in);
    sctpx_assoc_status status = sim_status(pair.ab);
    uint32_t tags[] = {status.local_tag, status.remote_tag,
                       status.local_tag + status.remote_tag + 1};
    size_t mark = sim_mark(sim);
    struct pb *pb = pb_new(status.remote_port, status.local_port, tags[e.whose]);
    if (e.is_behind)
        pb_heartbeat_ack(pb, "info", 4);
    if (e.chunk == SIM_ABORT) {
        pb_abort(pb, e.t_bit);
        pb_end(pb);
    } else {
        pb_shutdown_complete(pb, e.t_bit);
    }
    sim_peer_send(pair.ab, pb);
    if (e.chunk == SIM_ABORT)
        assert_int_equal(sim_mark(sim), mark);
    assert_int_equal(pair.ab->is_closed, is_believed(e, in));
    if (!pair.ab->is_closed) {
        assert_int_equal(sim_state(pair.ab), in);
        sim_pair_check_end(&pair, in);
    }
    sim_finish(sim);
}

/* covers: attacks/V2 */
static void test_attack_V2_t_bit_and_tags_in_every_state(void **state)
{
    for (int in = SIM_FIRST_STATE; in <= SIM_LAST_STATE; in++)
        for (int n = 0; n < 24; n++) {
            const struct ending e = {
                .chunk = n < 12 ? SIM_ABORT : SIM_SHUTDOWN_COMPLETE,
                .t_bit = n % 2 != 0,
                .is_behind = n / 2 % 2 != 0,
                .whose = (enum whose)(n / 4 % 3),
            };
            check_t_bit(state, (enum sctpx_assoc_state)in, e);
        }
}

/* ---- out of the blue ------------------------------------------------------------------------- */

static struct sim_siege siege_with(struct sim *sim, uint32_t rate, uint32_t burst, bool is_silent)
{
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.stranger_rate = rate;
    options.stranger_burst = burst;
    options.silent_ootb = is_silent;
    return sim_siege(sim, &options);
}

/* One packet of every type; returns how many were answered. */
static size_t send_every_type(struct sim_raw *raw)
{
    size_t mark = sim_mark(raw->host->sim);
    for (int type = 0; type < 256; type++) {
        struct pb *pb = sim_raw_packet(raw);
        sim_put_chunk(pb, (uint8_t)type);
        sim_raw_send(raw, pb);
    }
    return sim_mark(raw->host->sim) - mark;
}

/* Silent for those that 8.4 names, one answer to every other. covers: attacks/V3 */
static void test_attack_V3_out_of_the_blue(void **state)
{
    static const uint8_t silent[] = {SIM_INIT,  SIM_ABORT,       SIM_SHUTDOWN_COMPLETE,
                                     SIM_ERROR, SIM_COOKIE_ECHO, SIM_COOKIE_ACK};
    struct sim *sim = *state;
    struct sim_siege siege = siege_with(sim, 1000, 1000, false);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    raw.host_tag = 4711;
    assert_int_equal(send_every_type(&raw), 256 - sizeof(silent));
    assert_int_equal(sim_raw_count(&raw, SIM_SHUTDOWN_COMPLETE), 1);
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 255 - sizeof(silent));
    for (size_t i = 0; i < sizeof(silent); i++) {
        size_t mark = sim_mark(sim);
        struct pb *pb = sim_raw_packet(&raw);
        sim_put_chunk(pb, silent[i]);
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_mark(sim), mark);
    }
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* covers: attacks/V3 attacks/F3 */
static void test_attack_V3_answers_have_a_rate(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = siege_with(sim, 10, 20, false);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    raw.host_tag = 4711;
    size_t answers = 0;
    for (int second = 0; second < 10; second++) {
        for (int i = 0; i < 4; i++) {
            raw.addr = sim_ipv4(192, 0, 2, (uint8_t)(4 * second + i + 1), SIM_UDP_PORT);
            answers += send_every_type(&raw); /* whoever they are */
        }
        sim_run_for(sim, SIM_SECOND);
    }
    assert_in_range(answers, 100, 20 + 10 * 10);
    sim_siege_check(&siege); /* a friend has its answers all the same */
    sim_finish(sim);
}

/* INITs that are refused count as well, and so does 9.2's SHUTDOWN ACK (attack_setup). */
/* covers: attacks/V3 attacks/F3 */
static void test_attack_V3_refusals_have_the_same_rate(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = siege_with(sim, 1, 7, false);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    for (int i = 0; i < 100; i++) {
        raw.os = (uint16_t)(i % 2);
        raw.host_port = i % 2 ? SIM_PORT + 1 : SIM_PORT;
        sim_raw_send(&raw, sim_raw_init(&raw));
    }
    assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 7);
    assert_int_equal(sim_stats(siege.host).dropped_rate, 93);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* INIT ACKs have a rate of their own. covers: attacks/F3 */
static void test_attack_V3_init_acks_have_a_rate(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.init_rate = 10;
    options.init_burst = 20;
    struct sim_siege siege = sim_siege(sim, &options);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    for (int i = 0; i < 1000; i++)
        sim_raw_send(&raw, sim_raw_init(&raw));
    assert_in_range(sim_raw_count(&raw, SIM_INIT_ACK), 19, 20);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* Off: neither by option nor by a rate of 0 does a stranger learn that somebody is there. */
/* covers: attacks/V3 attacks/F4 */
static void test_attack_V3_answers_can_be_turned_off(void **state)
{
    for (int by_rate = 0; by_rate < 2; by_rate++) {
        struct sim *sim = sim_renew(state);
        struct sim_siege siege = siege_with(sim, by_rate ? 0 : 10000, 1000, !by_rate);
        struct sim_raw raw = sim_raw_new(siege.host, 1);
        raw.host_tag = 4711;
        assert_int_equal(send_every_type(&raw), 0);
        raw.os = 0;
        sim_raw_send(&raw, sim_raw_init(&raw));
        raw.os = 10;
        raw.host_port = SIM_PORT + 1;
        sim_raw_send(&raw, sim_raw_init(&raw));
        raw.host_port = SIM_PORT;
        assert_int_equal(sim_raw_count(&raw, SIM_ANY), 0);
        sim_raw_get_cookie(&raw);
        sim_run_for(sim, 61 * SIM_SECOND);
        sim_raw_send(&raw, sim_raw_echo(&raw)); /* stale */
        assert_int_equal(sim_raw_count(&raw, SIM_ERROR), 0);
        sim_siege_check(&siege);
        sim_finish(sim);
    }
}

/* ---- lengths --------------------------------------------------------------------------------- */

/*
 * Every length field, with every number of bytes that are there, alone and behind a good chunk;
 * the simulator gives blocks of exactly that size, so a sanitizer sees a read beyond.
 * covers: attacks/V5
 */
static void test_attack_V5_chunk_lengths_out_of_the_blue_and_bundled(void **state)
{
    static const uint8_t types[] = {0,  1,  2,  3,  4,  5,  6,  7,   8,   9,
                                    10, 11, 12, 13, 14, 15, 64, 128, 192, 255};
    struct sim *sim = *state;
    struct sim_siege siege = siege_with(sim, 0, 0, false);
    sim->capture_off = true;
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    raw.host_tag = 4711;
    for (size_t t = 0; t < sizeof(types); t++)
        for (size_t bytes = 0; bytes <= 40; bytes++)
            for (uint16_t length = 0; length <= 48; length++)
                for (int first = 0; first < 2; first++) {
                    struct pb *pb = sim_raw_packet(&raw);
                    if (first)
                        pb_sack(pb, 1, 1000, 0, NULL, 0, NULL);
                    sim_put_lie(pb, types[t], bytes, length);
                    sim_inject_pb(sim, &raw.addr, &siege.host->addrs[0], pb);
                    pb = sim_peer_packet(siege.pair.ba);
                    pb_heartbeat(pb, "x", 1);
                    bool ends = types[t] == SIM_ABORT || types[t] == SIM_SHUTDOWN ||
                                types[t] == SIM_DATA || types[t] == SIM_SACK;
                    sim_put_lie(pb, ends ? 13 : types[t], bytes, length);
                    sim_inject_pb(sim, &siege.pair.a->addrs[0], &siege.host->addrs[0], pb);
                }
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* ---- HEARTBEAT ACK --------------------------------------------------------------------------- */

/* A server with a raw peer that lists a second address; HEARTBEATs go there unanswered. */
static struct sim_raw two_addresses(struct sim *sim, sctpx_addr *ret_other)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0xC0000263);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    sim_raw_send(&raw, sim_raw_echo(&raw));
    raw.conn = sim_accepted(host, 0);
    *ret_other = sim_ipv4(192, 0, 2, 99, SIM_UDP_PORT);
    sim_run_for(sim, 1500 * SIM_MS);
    return raw;
}

static void send_heartbeat_ack(struct sim_raw *raw, const sctpx_addr *from, const uint8_t *info,
                               size_t length)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_heartbeat_ack(pb, info, length);
    sim_inject_pb(raw->host->sim, from, &raw->host->addrs[0], pb);
    sim_flush(raw->host->sim);
}

/* covers: attacks/V4 */
static void test_attack_V4_forged_heartbeat_acks(void **state)
{
    struct sim *sim = *state;
    sctpx_addr other;
    struct sim_raw raw = two_addresses(sim, &other);
    size_t path = sim_path_to(raw.conn, &other);
    sim_run_for(sim, 4 * SIM_SECOND);
    const struct sim_record *record =
        sim_last(sim, (struct sim_query){.from = raw.host, .to = other, .chunk = SIM_HEARTBEAT});
    const struct sim_chunk *chunk = sim_find_chunk(sim, record, SIM_HEARTBEAT);
    size_t length = chunk->length - 8u;
    uint8_t info[64] = {0};
    assert_true(length >= 12 && length <= sizeof(info));
    memcpy(info, record->raw + chunk->offset + 8, length);
    sctpx_path_status before = sim_path(raw.conn, path);
    assert_true(before.errors > 0);
    for (size_t i = 0; i < length; i++)
        for (unsigned bit = 1; bit < 256; bit <<= 1) {
            info[i] ^= (uint8_t)bit;
            send_heartbeat_ack(&raw, i % 2 ? &other : &raw.addr, info, length);
            info[i] ^= (uint8_t)bit;
        }
    for (size_t n = 0; n <= sizeof(info); n++) /* cut, and with bytes behind */
        if (n != length)
            send_heartbeat_ack(&raw, &other, info, n);
    raw.host_tag ^= 1;
    send_heartbeat_ack(&raw, &other, info, length);
    raw.host_tag ^= 1;
    sctpx_path_status after = sim_path(raw.conn, path);
    assert_false(after.confirmed);
    assert_int_equal(after.errors, before.errors);
    assert_int_equal(after.rto_us, before.rto_us);
    send_heartbeat_ack(&raw, &other, info, length);
    assert_true(sim_path(raw.conn, path).confirmed);
    sim_finish(sim);
}

/* ---- ICMP ------------------------------------------------------------------------------------ */

/* Whatever it quotes, cut anywhere, with any byte changed. covers: attacks/V6 5062/5-3 */
static void test_attack_V6_forged_icmp_in_every_state(void **state)
{
    for (int i = SIM_FIRST_STATE; i <= SIM_LAST_STATE; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
        bool is_waiting = i == SCTPX_COOKIE_WAIT;
        const struct sim_record *record =
            is_waiting ? sim_sent_nth(pair.a, SIM_INIT, 0)
                       : sim_last(sim, (struct sim_query){.from = pair.a, .chunk = SIM_ANY});
        uint32_t mtu = sim_path(pair.ab, 0).mtu;
        for (size_t n = 0; n < record->length && n < 60; n++) {
            uint8_t *cut = pb_exact(record->raw, n),
                    *changed = pb_exact(record->raw, record->length);
            if (!is_waiting || n < 20) /* 20 bytes show our tag: that one is believed */
                sctpx_endpoint_on_unreachable(pair.a->endpoint, sim->now, &pair.b->addrs[0], cut,
                                              n);
            changed[n] ^= 0x40;
            if (!is_waiting || n < 8 || (n >= 12 && n < 13) || (n >= 16 && n < 20))
                sctpx_endpoint_on_unreachable(pair.a->endpoint, sim->now, &pair.b->addrs[0],
                                              changed, record->length);
            pb_exact_free(cut);
            pb_exact_free(changed);
        }
        if (!is_waiting)
            sctpx_endpoint_on_unreachable(pair.a->endpoint, sim->now, &pair.b->addrs[0], NULL, 0);
        assert_int_equal(sim_state(pair.ab), (enum sctpx_assoc_state)i);
        assert_int_equal(sim_path(pair.ab, 0).mtu, mtu);
        sim_pair_check_end(&pair, (enum sctpx_assoc_state)i);
        sim_finish(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_V1_wrong_tag_in_every_state),
        sim_unit_test(test_attack_V2_t_bit_and_tags_in_every_state),
        sim_unit_test(test_attack_V3_out_of_the_blue),
        sim_unit_test(test_attack_V3_answers_have_a_rate),
        sim_unit_test(test_attack_V3_refusals_have_the_same_rate),
        sim_unit_test(test_attack_V3_init_acks_have_a_rate),
        sim_unit_test(test_attack_V3_answers_can_be_turned_off),
        sim_unit_test(test_attack_V4_forged_heartbeat_acks),
        sim_unit_test(test_attack_V5_chunk_lengths_out_of_the_blue_and_bundled),
        sim_unit_test(test_attack_V6_forged_icmp_in_every_state),
    };
    return cmocka_run_group_tests_name("scenario.attack_tag", tests, NULL, NULL);
}

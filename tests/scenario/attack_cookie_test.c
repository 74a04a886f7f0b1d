/* SPDX-License-Identifier: MIT */
/*
 * Attacks on the State Cookie (RFC 9260 5.1.3, 5.1.5): forged, stale, cut and repeated ones. The
 * ids are those of tests/conformance/requirements/attacks.txt.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "engine/cookie_codec.h"
#include "sim/siege.h"
#include "sim/states.h"

enum { STALE_COOKIE = 3 };

/* Nobody answers, nothing is made and nothing kept. */
static void check_dropped(struct sim_raw *raw, struct pb *pb)
{
    struct sim_host *host = raw->host;
    size_t mark = sim_mark(host->sim), conns = host->n_conns, blocks = host->live_blocks;
    uint64_t allocations = host->allocations;
    sim_raw_send(raw, pb);
    assert_int_equal(sim_mark(host->sim), mark);
    assert_int_equal(host->n_conns, conns);
    assert_int_equal(host->live_blocks, blocks);
    assert_int_equal(host->allocations, allocations);
}

static struct sim_host *keyed_server(struct sim *sim, uint8_t key_byte)
{
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.has_cookie_key = true;
    memset(options.cookie_key, key_byte, sizeof(options.cookie_key));
    struct sim_host *host = sim_host_new(sim, "b", 1, &options);
    sim_listen(host, SIM_PORT, NULL);
    return host;
}

/* covers: attacks/C1 */
static void test_attack_C1_cookie_with_any_bit_flipped(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    sim_raw_get_cookie(&raw);
    for (size_t i = 0; i < 8 * raw.cookie_length; i++) {
        uint8_t bit = (uint8_t)(1u << i % 8);
        raw.cookie[i / 8] ^= bit;
        check_dropped(&raw, sim_raw_echo(&raw));
        raw.cookie[i / 8] ^= bit;
    }
    assert_int_equal(sim_stats(raw.host).cookies_bad_mac, 8 * raw.cookie_length);
    sim_raw_send(&raw, sim_raw_echo(&raw)); /* unchanged it is good */
    assert_int_equal(raw.host->n_conns, 2);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* covers: attacks/C1 */
static void test_attack_C1_cookie_with_another_mac(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    sim_raw_get_cookie(&raw);
    size_t length = raw.cookie_length;
    for (int byte = 0; byte < 256; byte++) {
        memset(raw.cookie + length - SCTPXI_COOKIE_MAC_BYTES, byte, SCTPXI_COOKIE_MAC_BYTES);
        check_dropped(&raw, sim_raw_echo(&raw));
    }
    for (raw.cookie_length = 0; raw.cookie_length < length; raw.cookie_length++)
        check_dropped(&raw, sim_raw_echo(&raw)); /* cut */
    for (; raw.cookie_length < sizeof(raw.cookie); raw.cookie_length += 7)
        check_dropped(&raw, sim_raw_echo(&raw)); /* and with bytes behind */
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* Where the keys are not drawn: those of another instance, and ones that anybody could think of. */
/* covers: attacks/C1 */
static void test_attack_C1_cookie_under_another_key(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = keyed_server(sim, 0xA7);
    for (int byte = 0; byte < 256; byte++) {
        struct sim *other_sim = NULL;
        void *other_state = NULL;
        assert_int_equal(sim_setup(&other_state), 0);
        other_sim = other_state;
        struct sim_raw raw = sim_raw_new(keyed_server(other_sim, (uint8_t)byte), 1);
        sim_raw_get_cookie(&raw);
        sim_finish(other_sim);
        struct sim_raw forged = raw;
        forged.host = host;
        if (byte != 0xA7)
            check_dropped(&forged, sim_raw_echo(&forged));
        assert_int_equal(sim_teardown(&other_state), 0);
    }
    sim_finish(sim);
}

/* One ERROR for each, as far as the rate for strangers allows. covers: attacks/C2 */
static void test_attack_C2_stale_cookies_are_answered_at_a_rate(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.stranger_rate = 1;
    options.stranger_burst = 5;
    struct sim_siege siege = sim_siege(sim, &options);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    sim_raw_get_cookie(&raw);
    sim_run_for(sim, 61 * SIM_SECOND);
    for (int i = 0; i < 1000; i++)
        sim_raw_send(&raw, sim_raw_echo(&raw));
    assert_int_equal(sim_raw_count(&raw, SIM_ERROR), 5);
    const struct sim_record *error = sim_raw_last(&raw, SIM_ERROR);
    assert_int_equal(sim_find_chunk(sim, error, SIM_ERROR)->cause, STALE_COOKIE);
    assert_int_equal(sim_stats(siege.host).dropped_rate, 995);
    assert_int_equal(siege.host->n_conns, 1);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* A cookie lives as long as it was promised, however keys change meanwhile. covers: attacks/C2 */
static void test_attack_C2_cookie_across_a_key_rotation(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    unsigned rotations = 0;
    for (uint8_t n = 1; n < 30; n++) {
        struct sim_raw raw = sim_raw_new(siege.host, n), other = sim_raw_new(siege.host, 200);
        sim_raw_get_cookie(&raw);
        sim_run_for(sim, 59 * SIM_SECOND);
        sim_raw_get_cookie(&other); /* may draw a key */
        rotations += raw.cookie[SCTPXI_COOKIE_KEY_ID_AT] != other.cookie[SCTPXI_COOKIE_KEY_ID_AT];
        size_t conns = siege.host->n_conns;
        sim_raw_send(&raw, sim_raw_echo(&raw));
        assert_int_equal(siege.host->n_conns, conns + 1);
        sim_raw_abort(&raw);
    }
    assert_true(rotations > 3); /* between being made and echoed */
    assert_int_equal(sim_stats(siege.host).cookies_bad_mac, 0);
    sim_finish(sim);
}

/* Makes the MAC of a cookie right, whatever it says: the server's key is known here. */
static void sign(struct sim_raw *raw, uint8_t key_byte)
{
    uint8_t key[32], hash[EVP_MAX_MD_SIZE];
    memset(key, key_byte, sizeof(key));
    size_t length = raw->cookie_length - SCTPXI_COOKIE_MAC_BYTES;
    assert_non_null(HMAC(EVP_sha256(), key, sizeof(key), raw->cookie, length, hash, NULL));
    memcpy(raw->cookie + length, hash, SCTPXI_COOKIE_MAC_BYTES);
}

/*
 * What is in a cookie is checked although it is signed: lengths, counts and address kinds that do
 * not fit are no way out of it. covers: attacks/C3
 */
static void test_attack_C3_signed_cookies_that_lie(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = keyed_server(sim, 9);
    struct sim_raw raw = sim_raw_new(host, 1);
    struct pb *pb = sim_raw_init(&raw);
    for (uint32_t i = 0; i < 5; i++)
        pb_ipv4(pb, 0xC0000250 + i);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    const struct sim_raw good = raw;
    raw.cookie_length = SCTPXI_COOKIE_MAC_BYTES;
    for (; raw.cookie_length < good.cookie_length; raw.cookie_length++) {
        memcpy(raw.cookie, good.cookie, sizeof(raw.cookie));
        sign(&raw, 9);
        check_dropped(&raw, sim_raw_echo(&raw));
    }
    for (size_t i = 0; i < good.cookie_length - SCTPXI_COOKIE_MAC_BYTES; i++)
        for (int value = 0; value < 256; value += i == 2 ? 1 : 51) {
            raw = good;
            raw.cookie[i] = (uint8_t)value;
            sign(&raw, 9);
            sim_inject_pb(sim, &raw.addr, &host->addrs[0], sim_raw_echo(&raw));
            assert_true(sctpx_endpoint_backlog(host->endpoint, SIM_PORT) <= 1);
            if (sim_stats(host).associations > 0) { /* good by chance; it may go anywhere */
                sim_host_crash(host);
                sim_listen(host, SIM_PORT, NULL);
            }
        }
    assert_int_equal(sim_stats(host).associations, 0);
    sim_finish(sim);
}

/* ---- Stale Cookie, for a client that has data under way -------------------------------------- */

static void answer_init(struct sim_raw *raw, uint16_t streams)
{
    sim_raw_learn(raw, SIM_INIT);
    struct pb *pb = sim_raw_packet(raw);
    pb_init_ack(pb, raw->tag, raw->rwnd, 10, streams, raw->tsn);
    pb_cookie(pb, "cookie", 6);
    pb_end(pb);
    sim_raw_send(raw, pb);
}

static void send_stale(struct sim_raw *raw, unsigned times)
{
    struct pb *pb = sim_raw_packet(raw);
    for (unsigned i = 0; i < times; i++) {
        pb_error(pb);
        pb_item(pb, STALE_COOKIE, "\0\0\1", 4);
        pb_end(pb);
    }
    sim_raw_send(raw, pb);
}

static struct sim_raw client_with_data(struct sim *sim)
{
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    raw.conn = sim_connect_to(raw.host, &raw.addr, 1, raw.port, 0, NULL);
    sim_send_load(raw.conn, (struct sim_load){.count = 30, .min_bytes = 400, .streams = 3});
    sim_flush(sim);
    answer_init(&raw, 10);
    assert_true(sim_raw_count(&raw, SIM_DATA) > 0); /* with COOKIE ECHO */
    return raw;
}

/* covers: attacks/C4 */
static void test_attack_C4_stale_cookie_with_data_under_way(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client_with_data(sim);
    send_stale(&raw, 3); /* in one packet: the others find COOKIE-WAIT */
    assert_int_equal(sim_state(raw.conn), SCTPX_COOKIE_WAIT);
    send_stale(&raw, 1);
    answer_init(&raw, 10);
    struct pb *pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    send_stale(&raw, 1);
    uint32_t cum = raw.host_tsn;
    for (int i = 0; i < 100 && sim_status(raw.conn).unacked_bytes > 0; i++) {
        const struct sim_record *data = sim_raw_last(&raw, SIM_DATA);
        cum = data->chunks[data->n_chunks - 1].tsn;
        sim_raw_sack(&raw, cum, raw.rwnd);
    }
    assert_int_equal(cum, raw.host_tsn + 29); /* each message once, none lost */
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
    sim_finish(sim);
}

/* The second answer grants fewer streams than what was sent already needs. covers: attacks/C4 */
static void test_attack_C4_stale_cookie_and_fewer_streams(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = client_with_data(sim);
    send_stale(&raw, 1);
    answer_init(&raw, 1);
    assert_true(raw.conn->is_closed);
    assert_int_equal(raw.conn->error, SCTPX_ESTREAM);
    sim_finish(sim);
}

/* ---- repeated cookies ------------------------------------------------------------------------ */

/* The client's COOKIE ECHO again, in every state of the server. covers: attacks/C5 */
static void test_attack_C5_cookie_echo_again_in_every_state(void **state)
{
    for (int i = SCTPX_ESTABLISHED; i <= SIM_LAST_STATE; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
        const struct sim_record *echo = sim_sent_nth(pair.a, SIM_COOKIE_ECHO, 0);
        uint32_t tag = sim_status(pair.ba).local_tag;
        for (int n = 0; n < 20; n++) {
            enum sctpx_assoc_state before = sim_state(pair.ba);
            sim_replay(sim, echo);
            assert_int_equal(sim_state(pair.ba), before);
            assert_int_equal(sim_stats(pair.b).associations, 1); /* asking is harmless */
            assert_int_equal(sim_status(pair.ba).local_tag, tag);
            sim_flush(sim);
        }
        assert_int_equal(sim_event_count(pair.b, SCTPX_EVENT_RESTARTED), 0);
        sim_pair_check_end(&pair, (enum sctpx_assoc_state)i);
        sim_finish(sim);
    }
}

/* AUTH was not negotiated, nobody knows it: the packet ends there (RFC 9260 3.2). */
/* covers: attacks/C6 */
static void test_attack_C6_auth_before_cookie_echo(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    sim_raw_get_cookie(&raw);
    for (size_t length = 0; length < 64; length += 4) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_chunk(pb, SIEGE_AUTH, 0);
        pb_fill(pb, 1, length);
        pb_end(pb);
        pb_cookie_echo(pb, raw.cookie, raw.cookie_length);
        sim_raw_send(&raw, pb);
        assert_int_equal(siege.host->n_conns, 1);
    }
    sim_raw_send(&raw, sim_raw_echo(&raw));
    raw.conn = sim_accepted(siege.host, 1);
    struct pb *pb = sim_raw_packet(&raw);
    pb_chunk(pb, SIEGE_AUTH, 0);
    pb_end(pb);
    pb_cookie_echo(pb, raw.cookie, raw.cookie_length);
    pb_data(pb, 3, raw.tsn, 0, 0, 0, "x", 1);
    size_t mark = sim_mark(sim);
    sim_raw_send(&raw, pb);
    assert_int_equal(sim_mark(sim), mark);
    assert_int_equal(sim_status(raw.conn).received_chunks, 0);
    sim_siege_check(&siege);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_C1_cookie_with_any_bit_flipped),
        sim_unit_test(test_attack_C1_cookie_with_another_mac),
        sim_unit_test(test_attack_C1_cookie_under_another_key),
        sim_unit_test(test_attack_C2_stale_cookies_are_answered_at_a_rate),
        sim_unit_test(test_attack_C2_cookie_across_a_key_rotation),
        sim_unit_test(test_attack_C3_signed_cookies_that_lie),
        sim_unit_test(test_attack_C4_stale_cookie_with_data_under_way),
        sim_unit_test(test_attack_C4_stale_cookie_and_fewer_streams),
        sim_unit_test(test_attack_C5_cookie_echo_again_in_every_state),
        sim_unit_test(test_attack_C6_auth_before_cookie_echo),
    };
    return cmocka_run_group_tests_name("scenario.attack_cookie", tests, NULL, NULL);
}

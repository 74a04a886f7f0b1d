/* SPDX-License-Identifier: MIT */
/* RFC 9260 5.1.3, 5.1.5: the State Cookie, as it is made and when it comes back. */
#include "rfc9260_05.h"
#include "support/cookie_fixture.h"

enum { KEY_BYTE = 0x5A };

/* The packet leaves no trace: nothing is sent, made, told or kept. */
static void check_dropped(struct sim_raw *raw, struct pb *pb)
{
    size_t mark = sim_mark(raw->host->sim), blocks = raw->host->live_blocks;
    size_t events = raw->host->n_events;
    sim_raw_send(raw, pb);
    assert_int_equal(sim_mark(raw->host->sim), mark);
    assert_int_equal(raw->host->n_events, events);
    assert_int_equal(raw->host->live_blocks, blocks);
    assert_int_equal(raw->host->n_conns, 0);
}

static struct pb *cookie_echo_with_data(const struct sim_raw *raw)
{
    struct pb *pb = cookie_echo(raw);
    put_message(pb, raw->tsn, 0, 0, 20);
    return pb;
}

/* Each bit of it. covers: 9260/5.1.3-1 9260/5.1.5-3 */
static void test_every_bit_is_under_the_mac(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    get_cookie(&raw);
    for (size_t i = 0; i < 8 * raw.cookie_length; i++) {
        raw.cookie[i / 8] ^= (uint8_t)(1u << i % 8);
        check_dropped(&raw, cookie_echo_with_data(&raw));
        raw.cookie[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    sim_raw_send(&raw, cookie_echo_with_data(&raw)); /* as it was, it is good */
    assert_int_equal(raw.host->n_conns, 1);
    assert_int_equal(raw.host->conns[0]->received_messages, 1);
    sim_finish(sim);
}

/* covers: 9260/5.1.3-2 */
static void test_cookie_holds_the_association(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    raw.os = 7;
    raw.mis = 5;
    raw.rwnd = 43210;
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, OTHER_IP);
    pb_cookie_preservative(pb, 5000);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    struct sctpxi_cookie cookie;
    struct sctpxi_cookie_stamp stamp;
    assert_int_equal(sctpxi_cookie_decode(raw.cookie, raw.cookie_length - SCTPXI_COOKIE_MAC_BYTES,
                                          &cookie, &stamp),
                     0);
    assert_int_equal(stamp.lifetime_ms, 60000 + 5000);
    uint64_t made_at = stamp.made_at;
    sim_run_for(sim, 3 * SIM_SECOND);
    sim_raw_send(&raw, sim_raw_init(&raw));
    struct sim_raw later = raw;
    sim_raw_learn(&later, SIM_INIT_ACK);
    sctpxi_cookie_decode(later.cookie, later.cookie_length - SCTPXI_COOKIE_MAC_BYTES, &cookie,
                         &stamp);
    assert_int_equal(stamp.made_at - made_at, 3 * SIM_SECOND);
    cookie = read_cookie(&raw);
    assert_int_equal(cookie.local_port, SIM_PORT);
    assert_int_equal(cookie.remote_port, raw.port);
    assert_int_equal(cookie.local_tag, raw.host_tag);
    assert_int_equal(cookie.remote_tag, raw.tag);
    assert_int_equal(cookie.local_tsn.v, raw.host_tsn);
    assert_int_equal(cookie.remote_tsn.v, raw.tsn);
    assert_int_equal(cookie.remote_rwnd, 43210);
    assert_int_equal(cookie.out_streams, 5);
    assert_int_equal(cookie.in_streams, 7);
    assert_int_equal(cookie.remote_count, 2);
    sim_finish(sim);
}

/* Two hosts that draw their keys take none of each other's cookies, and neither those sealed with
 * keys of zeros. covers: 9260/5.1.3-4 */
static void test_keys_are_random(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    get_cookie(&raw);
    struct sctpxi_cookie cookie = read_cookie(&raw);
    struct sim_host *other = sim_host_new(sim, "c", 1, NULL);
    sim_listen(other, SIM_PORT, NULL);
    struct sim_raw there = raw;
    there.host = other;
    check_dropped(&there, cookie_echo(&there));
    struct cookie_fixture f;
    cookie_start_given(&f, 0);
    raw.cookie_length = cookie_seal(&f, sim->now, &cookie, raw.cookie);
    check_dropped(&raw, cookie_echo(&raw));
    cookie_finish(&f);
    sim_finish(sim);
}

/* Nobody sees the key; but cookies name theirs, and these names change within an hour.
 * covers: 9260/5.1.3-5 */
static void test_keys_change(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    unsigned changes = 0;
    uint8_t before = 0;
    for (int minute = 0; minute < 60; minute++) {
        get_cookie(&raw);
        changes += minute > 0 && raw.cookie[SCTPXI_COOKIE_KEY_ID_AT] != before;
        before = raw.cookie[SCTPXI_COOKIE_KEY_ID_AT];
        sim_run_for(sim, 60 * SIM_SECOND);
    }
    assert_true(changes >= 1);
    sim_finish(sim);
}

/* What is in it the peer knows from its own INIT and our INIT ACK; the time has another zero on
 * each host, and tie-tags are no tags. covers: 9260/5.1.3-7 */
static void test_nothing_secret_is_in_the_cookie(void **state)
{
    struct sim *sim = *state;
    uint64_t made_at[2];
    for (int i = 0; i < 2; i++) {
        struct sim_raw raw = stranger(sim);
        get_cookie(&raw);
        struct sctpxi_cookie cookie;
        struct sctpxi_cookie_stamp stamp;
        size_t length = raw.cookie_length - SCTPXI_COOKIE_MAC_BYTES;
        assert_int_equal(sctpxi_cookie_decode(raw.cookie, length, &cookie, &stamp), 0);
        made_at[i] = stamp.made_at; /* at the same moment */
    }
    assert_true(made_at[0] != made_at[1]);
    struct sim_raw raw = peer_in_state(sim, SCTPX_ESTABLISHED), other = raw;
    other.tag = 0x99999999;
    get_cookie(&other);
    struct sctpxi_cookie cookie = read_cookie(&other);
    const uint32_t secrets[] = {raw.tag, raw.host_tag};
    for (size_t i = 0; i < 2; i++) {
        assert_true(cookie.local_tie != secrets[i] && cookie.remote_tie != secrets[i]);
        for (size_t at = 0; at + 4 <= other.cookie_length; at++)
            assert_true(get_u32(other.cookie + at) != secrets[i]);
    }
    sim_finish(sim);
}

/* covers: 9260/5.1.3-8 */
static void test_cookie_is_small(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    get_cookie(&raw);
    assert_true(raw.cookie_length <= 80);
    sim_finish(sim);
}

/* Good, but its key has been dropped meanwhile: no Stale Cookie then. covers: 9260/5.1.5-2 */
static void test_cookie_whose_key_is_gone(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim), other = sim_raw_new(raw.host, 2);
    get_cookie(&raw);
    sim_run_for(sim, 61 * SIM_SECOND);
    sim_raw_send(&raw, cookie_echo(&raw));
    assert_int_equal(sim_raw_count(&raw, SIM_ERROR), 1); /* now there still is one */
    for (int i = 0; i < 20; i++) {
        get_cookie(&other);
        sim_run_for(sim, 60 * SIM_SECOND);
    }
    check_dropped(&raw, cookie_echo_with_data(&raw));
    sim_finish(sim);
}

/* A packet whose header does not say what the cookie does. covers: 9260/5.1.5-4 */
static void test_ports_and_tag_are_compared(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    sim_listen(raw.host, SIM_PORT + 1, NULL);
    get_cookie(&raw);
    for (int i = 0; i < 3; i++) {
        struct sim_raw wrong = raw;
        wrong.port = (uint16_t)(raw.port + (i == 0));
        wrong.host_port = (uint16_t)(raw.host_port + (i == 1));
        wrong.host_tag ^= i == 2;
        check_dropped(&wrong, cookie_echo_with_data(&wrong));
    }
    sim_raw_send(&raw, cookie_echo(&raw));
    assert_int_equal(raw.host->n_conns, 1);
    sim_finish(sim);
}

/* A microsecond before and after its end. covers: 9260/5.1.5-5 9260/5.1.5-6 */
static void test_stale_cookie(void **state)
{
    for (int late = 0; late < 2; late++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = stranger(sim);
        get_cookie(&raw);
        sim_run_for(sim, 60 * SIM_SECOND + (late ? 1 : 0));
        size_t mark = sim_mark(sim);
        sim_raw_send(&raw, cookie_echo_with_data(&raw));
        assert_int_equal(raw.host->n_conns, !late);
        assert_int_equal(sim_raw_count(&raw, SIM_ERROR), late);
        assert_int_equal(sim_raw_count(&raw, SIM_SACK), !late);
        assert_int_equal(sim_mark(sim), mark + 1);
        if (late) {
            const struct sim_record *error = sim_raw_last(&raw, SIM_ERROR);
            assert_int_equal(error->vtag, raw.tag);
            assert_int_equal(get_u32(first_cause(error, SIM_ERROR)), CAUSE_STALE_COOKIE << 16 | 8);
            assert_int_equal(get_u32(first_cause(error, SIM_ERROR) + 4), 1);
        }
        sim_finish(sim);
    }
}

/* The peer asks for more time, and gets it up to twice the usual. covers: 9260/5.1.3-2 */
static void test_cookie_preservative(void **state)
{
    for (int late = 0; late < 2; late++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = stranger(sim);
        struct pb *pb = sim_raw_init(&raw);
        pb_cookie_preservative(pb, 5000);
        sim_raw_send(&raw, pb);
        sim_raw_learn(&raw, SIM_INIT_ACK);
        sim_run_for(sim, 65 * SIM_SECOND + (late ? 1 : 0));
        sim_raw_send(&raw, cookie_echo(&raw));
        assert_int_equal(raw.host->n_conns, !late);
        sim_finish(sim);
    }
}

/* A second COOKIE ECHO is for the association, not for a new one. covers: 9260/5.1.5-11 */
static void test_cookie_echo_of_an_association(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = stranger(sim);
    sim_raw_connect(&raw);
    sim_raw_send(&raw, cookie_echo(&raw)); /* 5.2.4 D */
    assert_int_equal(sim_raw_count(&raw, SIM_COOKIE_ACK), 2);
    struct sim_raw again = raw;
    again.tag = 0x99999999;
    get_cookie(&again);
    sim_raw_send(&again, cookie_echo(&again)); /* A */
    assert_int_equal(sim_event_count(raw.host, SCTPX_EVENT_RESTARTED), 1);
    assert_int_equal(raw.host->n_conns, 1);
    sim_finish(sim);
}

/* The key is given here, so that the test can make the MAC itself. covers: 9260/5.1.3-3 */
static void test_who_has_the_key_makes_cookies(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.has_cookie_key = true;
    memset(options.cookie_key, KEY_BYTE, sizeof options.cookie_key);
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "b", 1, &options), 1);
    sim_listen(raw.host, SIM_PORT, NULL);
    get_cookie(&raw);
    struct sctpxi_cookie cookie = read_cookie(&raw);
    cookie.remote_tag = raw.tag = 0x23232323;
    for (int is_right = 0; is_right < 2; is_right++) {
        struct cookie_fixture f;
        cookie_start_given(&f, is_right ? KEY_BYTE : KEY_BYTE ^ 1);
        raw.cookie_length = cookie_seal(&f, sim->now, &cookie, raw.cookie);
        if (is_right)
            sim_raw_send(&raw, cookie_echo(&raw));
        else
            check_dropped(&raw, cookie_echo(&raw));
        cookie_finish(&f);
    }
    assert_int_equal(raw.host->n_conns, 1);
    assert_int_equal(sim_raw_last(&raw, SIM_COOKIE_ACK)->vtag, 0x23232323);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_every_bit_is_under_the_mac),
        sim_unit_test(test_cookie_holds_the_association),
        sim_unit_test(test_keys_are_random),
        sim_unit_test(test_keys_change),
        sim_unit_test(test_nothing_secret_is_in_the_cookie),
        sim_unit_test(test_cookie_is_small),
        sim_unit_test(test_cookie_whose_key_is_gone),
        sim_unit_test(test_ports_and_tag_are_compared),
        sim_unit_test(test_stale_cookie),
        sim_unit_test(test_cookie_preservative),
        sim_unit_test(test_cookie_echo_of_an_association),
        sim_unit_test(test_who_has_the_key_makes_cookies),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_05_cookie", tests, NULL, NULL);
}

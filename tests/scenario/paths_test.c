/* SPDX-License-Identifier: MIT */
/* Several addresses: announcing, confirming, choosing (RFC 9260 5.1.2, 5.4, 6.4). */
#include "sim/raw.h"
#include "sim/sim.h"

static size_t sent_to(const struct sim_host *from, const sctpx_addr *to, int chunk, size_t since)
{
    return sim_count(from->sim,
                     (struct sim_query){.from = from, .to = *to, .chunk = chunk, .since = since});
}

static bool both_paths_confirmed(void *context)
{
    const struct sim_pair *pair = context;
    return sim_path(pair->ab, 0).confirmed && sim_path(pair->ab, 1).confirmed &&
           sim_path(pair->ba, 0).confirmed && sim_path(pair->ba, 1).confirmed;
}

static struct sim_pair confirmed_pair(struct sim *sim)
{
    struct sim_pair pair = sim_pair_multi(sim, 2, NULL);
    assert_true(sim_run_until(sim, both_paths_confirmed, &pair, 10 * SIM_SECOND));
    return pair;
}

/* Address parameters of an INIT or INIT ACK. */
static size_t count_addresses(struct sim *sim, const struct sim_record *record, int type)
{
    const struct sim_chunk *chunk = sim_find_chunk(sim, record, type);
    const uint8_t *p = record->raw + chunk->offset + 20;
    const uint8_t *end = record->raw + chunk->offset + chunk->length;
    size_t n = 0;
    while (end - p >= 4) {
        size_t length = (size_t)(p[2] << 8 | p[3]);
        n += p[0] == 0 && (p[1] == 5 || p[1] == 6);
        p += (length + 3u) & ~(size_t)3u;
    }
    return n;
}

static void test_both_addresses_are_announced(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair_multi(sim, 2, NULL);
    assert_int_equal(count_addresses(sim, sim_sent_nth(pair.a, SIM_INIT, 0), SIM_INIT), 2);
    assert_int_equal(count_addresses(sim, sim_sent_nth(pair.b, SIM_INIT_ACK, 0), SIM_INIT_ACK), 2);
    assert_int_equal(sim_status(pair.ab).paths, 2);
    assert_int_equal(sim_status(pair.ba).paths, 2);
    sim_path_to(pair.ab, &pair.b->addrs[1]);
    sim_path_to(pair.ba, &pair.a->addrs[1]);
    sim_finish(sim);
}

/* RFC 6951 5.7: a single address is not listed. */
static void test_single_address_is_not_announced(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair(sim, NULL);
    assert_int_equal(count_addresses(sim, sim_sent_nth(pair.a, SIM_INIT, 0), SIM_INIT), 0);
    assert_int_equal(count_addresses(sim, sim_sent_nth(pair.b, SIM_INIT_ACK, 0), SIM_INIT_ACK), 0);
    assert_int_equal(sim_status(pair.ab).paths, 1);
    sim_finish(sim);
}

static void test_addresses_are_confirmed_by_heartbeat(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair_multi(sim, 2, NULL);
    size_t second = sim_path_to(pair.ab, &pair.b->addrs[1]);
    assert_true(sim_path(pair.ab, sim_path_to(pair.ab, &pair.b->addrs[0])).confirmed);
    assert_false(sim_path(pair.ab, second).confirmed);
    assert_true(sim_run_until(sim, both_paths_confirmed, &pair, 10 * SIM_SECOND));
    assert_true(sent_to(pair.a, &pair.b->addrs[1], SIM_HEARTBEAT, 0) >= 1);
    sim_flush(sim);
    assert_int_equal(sim_event_count(pair.a, SCTPX_EVENT_PATH_CONFIRMED), 1);
    assert_int_equal(sim_event(pair.a, SCTPX_EVENT_PATH_CONFIRMED, 0)->path, second);
    assert_int_equal(sim_event_count(pair.b, SCTPX_EVENT_PATH_CONFIRMED), 1);
    sim_finish(sim);
}

/* 5.4: an address that never answers gets HEARTBEATs and nothing else. */
static void test_unconfirmed_gets_no_data(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 2, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 2, NULL);
    sim_set_address_down(sim, &b->addrs[1], true);
    struct sim_pair pair = sim_pair_hosts(a, b, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = 200, .min_bytes = 1400});
    sim_run_until_received(pair.ba, 200, 20 * SIM_SECOND);
    sim_link(sim, a->addrs, b->addrs)->loss_permille = 500;
    sim_send_load(pair.ab, (struct sim_load){.count = 100, .min_bytes = 1400});
    sim_run_for(sim, 100 * SIM_SECOND);
    size_t all = sent_to(a, &b->addrs[1], SIM_ANY, 0);
    assert_true(all > 2);
    assert_int_equal(sent_to(a, &b->addrs[1], SIM_HEARTBEAT, 0), all);
    assert_int_equal(sctpx_assoc_set_primary(pair.ab->assoc, sim_path_to(pair.ab, &b->addrs[1])),
                     SCTPX_ESTATE);
    sim_finish(sim);
}

/* An address that does not exist must not end a working association (5.4). */
static void test_dead_unconfirmed_address_is_harmless(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 2, NULL);
    struct sim_host *b = sim_host_new(sim, "b", 2, NULL);
    sim_set_address_down(sim, &b->addrs[1], true);
    struct sim_pair pair = sim_pair_hosts(a, b, NULL);
    sim_run_for(sim, 3600 * SIM_SECOND);
    assert_int_equal(sim_state(pair.ab), SCTPX_ESTABLISHED);
    assert_int_equal(sim_state(pair.ba), SCTPX_ESTABLISHED);
    assert_false(sim_path(pair.ab, sim_path_to(pair.ab, &b->addrs[1])).confirmed);
    sim_send(pair.ab, 0, 100);
    sim_run_until_received(pair.ba, 1, SIM_SECOND);
    sim_finish(sim);
}

/* 8.3, field V4: a HEARTBEAT ACK confirms only with the nonce that was sent there. */
static void test_guessed_heartbeat_ack(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(b, 1);
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0xC0000201);
    pb_ipv4(pb, 0xC0000263);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    pb = sim_raw_packet(&raw);
    pb_cookie_echo(pb, raw.cookie, raw.cookie_length);
    sim_raw_send(&raw, pb);
    raw.conn = sim_accepted(b, 0);
    sctpx_addr other = sim_ipv4(192, 0, 2, 99, SIM_UDP_PORT);
    size_t path = sim_path_to(raw.conn, &other);
    sim_run_for(sim, 2 * SIM_SECOND);
    const struct sim_record *heartbeat =
        sim_last(sim, (struct sim_query){.from = b, .to = other, .chunk = SIM_HEARTBEAT});
    assert_non_null(heartbeat);
    const struct sim_chunk *chunk = sim_find_chunk(sim, heartbeat, SIM_HEARTBEAT);
    uint8_t info[256];
    size_t length = chunk->length - 8u;
    assert_true(length >= 8 && length < sizeof(info) - 4);
    for (size_t i = 0; i <= length; i++) {
        const uint8_t *sent = heartbeat->raw + chunk->offset + 8;
        for (size_t j = 0; j < length; j++)
            info[j] = sent[j];
        info[i] ^= (uint8_t)(i < length);
        pb = sim_raw_packet(&raw);
        pb_heartbeat_ack(pb, info, length);
        /* In the last round nothing is changed, but it comes cut. */
        if (i == length) {
            pb_chunk(pb, SIM_HEARTBEAT_ACK, 0);
            pb_item(pb, 1, info, length - 1);
            pb_end(pb);
        }
        if (i < length)
            sim_raw_send(&raw, pb);
        else
            sim_inject_pb(sim, &other, &b->addrs[0], pb);
        assert_int_equal(sim_path(raw.conn, path).confirmed, i == length);
    }
    sim_finish(sim);
}

static void test_data_goes_to_the_primary(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = confirmed_pair(sim);
    size_t mark = sim_mark(sim);
    sim_send_load(pair.ab, (struct sim_load){.count = 50, .min_bytes = 1400});
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    assert_true(sent_to(pair.a, &pair.b->addrs[0], SIM_DATA, mark) > 0);
    assert_int_equal(sent_to(pair.a, &pair.b->addrs[1], SIM_DATA, mark), 0);
    sim_finish(sim);
}

static void test_change_of_primary(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = confirmed_pair(sim);
    size_t second = sim_path_to(pair.ab, &pair.b->addrs[1]);
    assert_int_equal(sctpx_assoc_set_primary(pair.ab->assoc, second), 0);
    assert_int_equal(sctpx_assoc_set_primary(pair.ab->assoc, 7), SCTPX_EINVAL);
    assert_int_equal(sim_status(pair.ab).primary, second);
    size_t mark = sim_mark(sim);
    sim_send_load(pair.ab, (struct sim_load){.count = 50, .min_bytes = 1400});
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    assert_true(sent_to(pair.a, &pair.b->addrs[1], SIM_DATA, mark) > 0);
    assert_int_equal(sent_to(pair.a, &pair.b->addrs[0], SIM_DATA, mark), 0);
    sim_finish(sim);
}

/* 6.4: acknowledgements go back where the data came from. */
static void test_sack_goes_to_the_source(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = confirmed_pair(sim);
    size_t second = sim_path_to(pair.ab, &pair.b->addrs[1]);
    sctpx_addr local = sim_path(pair.ab, second).local;
    assert_int_equal(sctpx_assoc_set_primary(pair.ab->assoc, second), 0);
    size_t mark = sim_mark(sim);
    sim_send_load(pair.ab, (struct sim_load){.count = 20, .min_bytes = 1400});
    sim_run_until_sent(pair.ab, 10 * SIM_SECOND);
    assert_true(sent_to(pair.b, &local, SIM_SACK, mark) > 5);
    assert_int_equal(
        sent_to(pair.b, &local, SIM_SACK, mark),
        sim_count(sim, (struct sim_query){.from = pair.b, .chunk = SIM_SACK, .since = mark}));
    sim_finish(sim);
}

/* Both ends of the paths are used: each path has its own local address.
 * covers: 9260/1.3-1 */
static void test_paths_use_their_own_local_addresses(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = confirmed_pair(sim);
    sctpx_addr first = sim_path(pair.ab, 0).local, second = sim_path(pair.ab, 1).local;
    assert_int_equal(first.family, SCTPX_IPV4);
    assert_int_equal(second.family, SCTPX_IPV4);
    assert_false(sim_same_ip(&first, &second));
    sim_finish(sim);
}

/* 6.3.1: each path has its own round trip.
 * covers: 9260/11.1.11-1 */
static void test_rto_per_path(void **state)
{
    struct sim *sim = *state;
    struct sim_pair pair = sim_pair_multi(sim, 2, NULL);
    for (size_t i = 0; i < 2; i++) {
        sim_link(sim, &pair.a->addrs[i], &pair.b->addrs[1])->delay_us = 500 * SIM_MS;
        sim_link(sim, &pair.b->addrs[1], &pair.a->addrs[i])->delay_us = 500 * SIM_MS;
    }
    assert_true(sim_run_until(sim, both_paths_confirmed, &pair, 20 * SIM_SECOND));
    size_t second = sim_path_to(pair.ab, &pair.b->addrs[1]);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(sctpx_assoc_heartbeat(pair.ab->assoc, sim->now, second), 0);
        assert_int_equal(sctpx_assoc_heartbeat(pair.ab->assoc, sim->now, 1 - second), 0);
        sim_run_for(sim, 3 * SIM_SECOND);
    }
    assert_in_range(sim_path(pair.ab, 1 - second).srtt_us, 15 * SIM_MS, 60 * SIM_MS);
    assert_true(sim_path(pair.ab, second).srtt_us > 250 * SIM_MS);
    assert_true(sim_path(pair.ab, second).rto_us >= SIM_SECOND);
    sim_finish(sim);
}

/* 5.4: what comes from an unconfirmed address is answered, other than HEARTBEATs and the set-up, to
 * a confirmed one. */
static void test_no_error_to_an_unconfirmed_address(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(b, 1);
    sctpx_addr other = sim_ipv4(192, 0, 2, 99, SIM_UDP_PORT);
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv4(pb, 0xC0000263);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    pb = sim_raw_packet(&raw);
    pb_cookie_echo(pb, raw.cookie, raw.cookie_length);
    sim_raw_send(&raw, pb);
    raw.conn = sim_accepted(b, 0);
    pb = sim_raw_packet(&raw);
    pb_chunk(pb, 0xC5, 0); /* unknown, to be reported */
    pb_u32(pb, 1);
    pb_end(pb);
    sim_inject_pb(sim, &other, &b->addrs[0], pb);
    sim_flush(sim);
    assert_false(sim_path(raw.conn, sim_path_to(raw.conn, &other)).confirmed);
    assert_int_equal(sent_to(b, &other, SIM_ERROR, 0), 0);
    assert_int_equal(sim_raw_count(&raw, SIM_ERROR), 1);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_both_addresses_are_announced),
        sim_unit_test(test_single_address_is_not_announced),
        sim_unit_test(test_addresses_are_confirmed_by_heartbeat),
        sim_unit_test(test_unconfirmed_gets_no_data),
        sim_unit_test(test_dead_unconfirmed_address_is_harmless),
        sim_unit_test(test_guessed_heartbeat_ack),
        sim_unit_test(test_data_goes_to_the_primary),
        sim_unit_test(test_change_of_primary),
        sim_unit_test(test_sack_goes_to_the_source),
        sim_unit_test(test_paths_use_their_own_local_addresses),
        sim_unit_test(test_rto_per_path),
        sim_unit_test(test_no_error_to_an_unconfirmed_address),
    };
    return cmocka_run_group_tests_name("scenario.paths", tests, NULL, NULL);
}

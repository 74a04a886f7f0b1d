/* SPDX-License-Identifier: MIT */
/*
 * RFC 5062 5 to 7: a victim is flooded by a server that its enemy has talked into it, and cookies
 * are used for other ports and addresses than they were made for.
 */
#include "sim/siege.h"

enum { VICTIMS = 7, HEARTBEAT_PACKET = 64 };

static sctpx_addr victim(uint8_t n)
{
    return sim_ipv4(192, 0, 2, (uint8_t)(100 + n), SIM_UDP_PORT);
}

static size_t packets_to_victims(struct sim *sim, size_t since, int chunk, size_t *ret_longest)
{
    size_t count = 0, n;
    *ret_longest = 0;
    for (uint8_t i = 0; i < VICTIMS; i++) {
        struct sim_query query = {.to = victim(i), .chunk = chunk, .since = since};
        const struct sim_record *record;
        for (n = 0; (record = sim_nth(sim, query, n)) != NULL; n++)
            if (record->length > *ret_longest)
                *ret_longest = record->length;
        count += n;
    }
    return count;
}

/* An attacker that lists the victims' addresses, and wants its cookie to live for ever. */
static struct sim_raw enemy(struct sim_host *host)
{
    struct sim_raw raw = sim_raw_new(host, 1);
    struct pb *pb = sim_raw_init(&raw);
    for (uint32_t i = 0; i < VICTIMS; i++)
        pb_ipv4(pb, 0xC0000264 + i);
    pb_cookie_preservative(pb, UINT32_MAX);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    return raw;
}

/*
 * It asks for much and acknowledges nothing, something, or all without having seen it: no DATA ever
 * goes to addresses that were not confirmed. covers: 5062/5-1
 */
static void test_attack_bombing1_no_data_to_unconfirmed_addresses(void **state)
{
    for (int kind = 0; kind < 3; kind++) {
        struct sim *sim = sim_renew(state);
        struct sim_siege siege = sim_siege(sim, NULL);
        struct sim_raw raw = enemy(siege.host);
        sim_raw_send(&raw, sim_raw_echo(&raw));
        raw.conn = sim_accepted(siege.host, 1);
        assert_int_equal(sim_status(raw.conn).paths, 1 + VICTIMS);
        assert_int_equal(sctpx_assoc_set_primary(raw.conn->assoc, 1) == 0, 0); /* nor is it asked */
        sim_send_load(raw.conn, (struct sim_load){.count = 300, .min_bytes = 1400});
        for (int i = 0; i < 600 && !raw.conn->is_closed; i++) {
            sim_run_for(sim, SIM_SECOND);
            if (raw.conn->is_closed || kind == 0)
                continue;
            uint32_t sent = (uint32_t)sim_status(raw.conn).sent_chunks;
            sim_raw_sack(&raw, raw.host_tsn - 1 + (kind == 1 ? (uint32_t)i / 20 : sent), raw.rwnd);
        }
        size_t longest;
        assert_int_equal(packets_to_victims(sim, 0, SIM_DATA, &longest), 0);
        packets_to_victims(sim, 0, SIM_ANY, &longest);
        assert_true(longest <= HEARTBEAT_PACKET);
        if (!raw.conn->is_closed)
            sim_raw_abort(&raw);
        sim_conn_free(raw.conn);
        siege.bytes += 1 << 20;
        sim_siege_check(&siege);
        sim_finish(sim);
    }
}

/*
 * The victim's ABORT ends what the cookie made, and the cookie is sent again: each time no more
 * goes to the victims than came in, and after its life nothing. covers: 5062/6-1 5062/6-2
 */
static void test_attack_bombing2_replayed_cookie(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw raw = enemy(siege.host);
    siege.host->auto_accept = false;
    size_t mark = sim_mark(sim), longest;
    for (int i = 0; i < 500; i++) {
        sim_raw_send(&raw, sim_raw_echo(&raw));
        sim_raw_abort(&raw); /* as the victim would */
        sim_run_for(sim, SIM_MS);
    }
    assert_in_range(packets_to_victims(sim, mark, SIM_ANY, &longest), 1, 500); /* HB.Max.Burst 1 */
    assert_true(longest <= HEARTBEAT_PACKET);
    sim_run_for(sim, 121 * SIM_SECOND); /* twice the life, whatever was asked for */
    mark = sim_mark(sim);
    for (int i = 0; i < 500; i++)
        sim_raw_send(&raw, sim_raw_echo(&raw));
    assert_int_equal(packets_to_victims(sim, mark, SIM_ANY, &longest), 0);
    assert_int_equal(sctpx_endpoint_backlog(siege.host->endpoint, SIM_PORT), 0);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* Without an end: one probe in each RTO, and none for ever. covers: 5062/6-1 */
static void test_attack_bombing2_probes_have_a_rate_and_an_end(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw raw = enemy(siege.host);
    size_t mark = sim_mark(sim), longest;
    sim_raw_send(&raw, sim_raw_echo(&raw));
    raw.conn = sim_accepted(siege.host, 1);
    for (int i = 1; i <= 30; i++) {
        sim_run_for(sim, SIM_SECOND);
        assert_true(packets_to_victims(sim, mark, SIM_ANY, &longest) <= (size_t)i + 1);
    }
    sim_raw_abort(&raw);
    mark = sim_mark(sim);
    sim_run_for(sim, 600 * SIM_SECOND);
    assert_int_equal(packets_to_victims(sim, mark, SIM_ANY, &longest), 0);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* Ports, address and tag of the packet must be those in the cookie. covers: 5062/7-1 */
static void test_attack_redirection_of_a_cookie(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    sim_listen(siege.host, SIM_PORT + 1, NULL);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    sim_raw_get_cookie(&raw);
    size_t mark = sim_mark(sim), conns = siege.host->n_conns;
    for (int kind = 0; kind < 5; kind++) {
        struct sim_raw other = raw;
        other.host_port = (uint16_t)(raw.host_port + (kind == 0 || kind == 4));
        other.port = (uint16_t)(raw.port + (kind == 1 || kind == 4));
        other.host_tag = raw.host_tag ^ (kind == 2);
        if (kind == 3)
            other.addr = sim_ipv4(192, 0, 2, 77, SIM_UDP_PORT);
        sim_raw_send(&other, sim_raw_echo(&other));
        assert_int_equal(sim_mark(sim), mark); /* silently */
        assert_int_equal(siege.host->n_conns, conns);
    }
    sim_raw_send(&raw, sim_raw_echo(&raw));
    assert_int_equal(siege.host->n_conns, conns + 1);
    sim_raw_abort(&raw);
    sim_siege_check(&siege);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_bombing1_no_data_to_unconfirmed_addresses),
        sim_unit_test(test_attack_bombing2_replayed_cookie),
        sim_unit_test(test_attack_bombing2_probes_have_a_rate_and_an_end),
        sim_unit_test(test_attack_redirection_of_a_cookie),
    };
    return cmocka_run_group_tests_name("scenario.attack_bombing", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Streams, addresses and ends under attack: stream numbers nobody granted, memory that runs out
 * while streams are made, reconfiguration that was not negotiated, associations that go while they
 * are used.
 */
#include "sim/siege.h"
#include "sim/states.h"

enum { RE_CONFIG_RESET_OUT = 13, RE_CONFIG_RESPONSE = 16, RE_CONFIG_ADD_IN = 18 };
enum { ASCONF_ADD = 0xC001, ASCONF_DELETE = 0xC002 };

/* RE-CONFIG with one or two parameters of these types: nobody speaks it, and nothing comes back. */
static void check_re_config(struct sim *sim, uint16_t first, uint16_t last, size_t max_bytes)
{
    struct sim_siege siege = sim_siege(sim, NULL);
    sctpx_assoc_status before = sim_status(siege.pair.ba);
    for (uint32_t n = 0; n < 1500; n++) {
        struct pb *pb = sim_peer_packet(siege.pair.ba);
        pb_chunk(pb, SIEGE_RE_CONFIG, 0);
        for (uint32_t i = 0; i <= n % 2; i++) {
            pb_tlv(pb, (uint16_t)(first + n % (last - first + 1u)));
            pb_u32(pb, n % 3 ? n / 4 : 0xFFFFFFFF - n); /* repeated, and out of order */
            pb_u32(pb, n % 5 ? 0 : 0x80000000);
            pb_u32(pb, 0xFFFF0000 | n); /* streams that there are not */
            pb_fill(pb, 0xFF, n * 41 % max_bytes);
            if (n % 7 == 0)
                pb_lie_length(pb, 0xFFFF);
            pb_end(pb);
        }
        pb_end(pb);
        size_t mark = sim_mark(sim);
        sim_peer_send(siege.pair.ba, pb);
        assert_int_equal(sim_mark(sim), mark); /* skip, and do not report (3.2) */
    }
    sctpx_assoc_status after = sim_status(siege.pair.ba);
    assert_int_equal(after.out_streams, before.out_streams);
    assert_int_equal(after.in_streams, before.in_streams);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* covers: attacks/R1 */
static void test_attack_R1_re_config_of_any_size(void **state)
{
    check_re_config(*state, RE_CONFIG_RESET_OUT, RE_CONFIG_ADD_IN, 30000);
}

/* covers: attacks/R3 */
static void test_attack_R3_re_config_requests(void **state)
{
    check_re_config(*state, RE_CONFIG_RESET_OUT, RE_CONFIG_RESPONSE - 1, 8);
}

/* covers: attacks/R4 */
static void test_attack_R4_re_config_response_without_a_request(void **state)
{
    check_re_config(*state, RE_CONFIG_RESPONSE, RE_CONFIG_RESPONSE, 12);
}

/* Memory fails at any moment while stream after stream is used for the first time. */
/* covers: attacks/R2 */
static void test_attack_R2_memory_fails_while_streams_are_made(void **state)
{
    for (uint64_t first = 1; first < 60; first += 3) {
        struct sim *sim = sim_renew(state);
        struct sim_siege siege = sim_siege(sim, NULL);
        sim_set_fault(sim, (struct sim_fault){.first = first, .count = 40, .only = siege.host});
        for (uint16_t stream = 2; stream < 300; stream++)
            sim_send(siege.pair.ab, (uint16_t)(stream * 211u), 10);
        sim_run_for(sim, 5 * SIM_SECOND);
        sim_set_fault(sim, (struct sim_fault){0});
        sim_run_until_received(siege.pair.ba, 299, 300 * SIM_SECOND); /* they came again */
        siege.bytes += 65536;
        sim_siege_check(&siege);
        sim_finish(sim);
    }
}

/* Numbers from the user are indices nowhere. covers: attacks/R5 */
static void test_attack_R5_stream_numbers_of_the_user(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.assoc.max_in_streams = options.assoc.out_streams = 7;
    struct sim_siege siege = sim_siege(sim, &options);
    sctpx_assoc *assoc = siege.pair.ba->assoc;
    static const int numbers[] = {7, 8, 255, 256, 32767, 32768, 65535, 65536, 1 << 20, INT32_MAX};
    uint8_t buffer[100];
    sctpx_rcvinfo info;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        int n = numbers[i];
        if (n <= UINT16_MAX) {
            sctpx_sndinfo out = {.stream = (uint16_t)n};
            assert_int_equal(sctpx_assoc_send(assoc, sim->now, "x", 1, &out), SCTPX_ESTREAM);
        }
        for (int sign = 1; sign >= -1; sign -= 2) {
            assert_true(sctpx_assoc_receive(assoc, sign * n, buffer, sizeof(buffer), &info) < 0);
            assert_true(sctpx_assoc_peek(assoc, sign * n, 0, buffer, sizeof(buffer), &info) < 0);
            assert_true(sctpx_assoc_read_bytes(assoc, sign * n, buffer, sizeof(buffer)) < 0);
            assert_int_equal(sctpx_assoc_readable_bytes(assoc, sign * n), 0);
            assert_int_equal(sctpx_assoc_unacked_bytes(assoc, sign * n), 0);
        }
        assert_int_equal(sctpx_assoc_set_primary(assoc, (size_t)n), SCTPX_EINVAL);
        assert_int_equal(sctpx_assoc_heartbeat(assoc, sim->now, (size_t)n), SCTPX_EINVAL);
    }
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* 65,535 streams each way cost nothing until they are used. covers: attacks/R6 */
static void test_attack_R6_peers_that_ask_for_all_streams(void **state)
{
    enum { PEERS = 2000, BYTES_EACH = 8192 };
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    size_t before = siege.host->live_bytes;
    static struct sim_raw peers[PEERS];
    for (uint32_t n = 0; n < PEERS; n++) {
        peers[n] = sim_raw_new(siege.host, 1);
        peers[n].port = (uint16_t)(1024 + n);
        peers[n].os = peers[n].mis = 65535;
        peers[n].tag = n + 1;
        sim_raw_connect(&peers[n]);
    }
    assert_int_equal(sim_status(peers[0].conn).out_streams, 65535);
    assert_true(siege.host->live_bytes - before < (size_t)PEERS * BYTES_EACH);
    print_message("an association with 65,535 streams: %zu bytes\n",
                  (siege.host->live_bytes - before) / PEERS);
    for (uint32_t n = 0; n < PEERS; n++) {
        sim_raw_abort(&peers[n]);
        sim_conn_free(peers[n].conn);
    }
    siege.bytes += 4 << 20; /* kept by the pools */
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* ASCONF and ASCONF-ACK of one kind of parameter or all: no address comes or goes. */
static void check_asconf(struct sim *sim, uint16_t type, bool has_auth)
{
    struct sim_siege siege = sim_siege(sim, NULL);
    sctpx_path_status before = sim_path(siege.pair.ba, 0);
    for (uint32_t n = 0; n < 500; n++) {
        struct pb *pb = sim_peer_packet(siege.pair.ba);
        if (has_auth)
            sim_put_chunk(pb, SIEGE_AUTH);
        pb_chunk(pb, n % 2 ? SIEGE_ASCONF : SIEGE_ASCONF_ACK, 0);
        pb_u32(pb, n % 3 ? n : 7); /* again, out of order, of no request */
        pb_ipv4(pb, n % 5 ? 0 : 0x0A020101);
        pb_tlv(pb, type ? type : (uint16_t)(ASCONF_ADD + n % 5));
        pb_u32(pb, n);
        pb_ipv4(pb, n % 7 ? 0x0A020101 : 0); /* the address it comes from; all of them */
        if (n % 11 == 0)
            pb_lie_length(pb, (uint16_t)n);
        pb_end(pb);
        pb_end(pb);
        size_t mark = sim_mark(sim);
        sim_peer_send(siege.pair.ba, pb);
        assert_true(sim_mark(sim) <= mark + !has_auth); /* AUTH: stop, and do not report */
    }
    assert_int_equal(sim_sent(siege.host, SIEGE_ASCONF_ACK), 0);
    assert_int_equal(sim_status(siege.pair.ba).paths, 1);
    sctpx_path_status after = sim_path(siege.pair.ba, 0);
    assert_true(sim_same_ip(&after.remote, &before.remote));
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* covers: attacks/R7 */
static void test_attack_R7_asconf_is_unknown(void **state)
{
    check_asconf(*state, 0, false);
}

/* covers: attacks/R8 */
static void test_attack_R8_asconf_that_deletes_its_own_address(void **state)
{
    check_asconf(*state, ASCONF_DELETE, false);
}

/* covers: attacks/R14 */
static void test_attack_R14_asconf_behind_an_unchecked_auth(void **state)
{
    check_asconf(*state, 0, true);
}

/* ---- associations that go while they are used ------------------------------------------------ */

/* To all peers, while some of them abort or are freed. covers: attacks/R9 */
static void test_attack_R9_sending_to_all_while_some_go(void **state)
{
    enum { PEERS = 40 };
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw peers[PEERS];
    for (uint8_t n = 0; n < PEERS; n++) {
        peers[n] = sim_raw_new(siege.host, (uint8_t)(n + 1));
        sim_raw_connect(&peers[n]);
    }
    for (uint8_t round = 0; round < PEERS; round++) {
        for (uint8_t n = 0; n < PEERS; n++) {
            if (!peers[n].conn->assoc)
                continue;
            int r = sim_try_send(peers[n].conn, 0, 1000, 0);
            assert_true(peers[n].conn->is_closed ? r == SCTPX_ESTATE : r == 0);
            if (n == round && n % 3 == 0)
                sim_conn_free(peers[n].conn);
            else if (n == round && n % 3 == 1)
                sim_raw_abort(&peers[n]);
        }
        sim_run_for(sim, 100 * SIM_MS);
    }
    for (uint8_t n = 0; n < PEERS; n++) {
        if (peers[n].conn->assoc)
            sim_conn_free(peers[n].conn);
    }
    siege.bytes += 1 << 20;
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* In every state, after its end, and until it is freed. covers: attacks/R11 */
static void test_attack_R11_status_of_an_association_that_ends(void **state)
{
    for (int i = SIM_FIRST_STATE; i <= SIM_LAST_STATE; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
        for (int n = 0; n < 3; n++) {
            sctpx_assoc_status status = sim_status(pair.ab);
            assert_int_equal(status.state, n == 0 ? i : (int)SCTPX_CLOSED);
            assert_int_equal(sctpx_assoc_readable_bytes(pair.ab->assoc, SCTPX_ANY_STREAM), 0);
            (void)sctpx_assoc_unacked_bytes(pair.ab->assoc, SCTPX_ANY_STREAM);
            for (size_t path = 0; path < status.paths; path++)
                (void)sim_path(pair.ab, path);
            if (n == 0)
                assert_int_equal(sctpx_assoc_abort(pair.ab->assoc, sim->now, NULL, 0), 0);
            else
                sim_flush(sim);
        }
        sim_conn_free(pair.ab);
        sim_finish(sim);
    }
}

/* Families that the other side does not have: refused or left out, never a crash. */
/* covers: attacks/R12 */
static void test_attack_R12_no_usable_address(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    sctpx_addr ipv6 = {
        .family = SCTPX_IPV6, .udp_port = SIM_UDP_PORT, .ip = {0xfe, 0x80, [15] = 1}};
    sctpx_addr none = {0};
    sctpx_assoc *assoc;
    assert_true(sctpx_endpoint_connect(siege.pair.a->endpoint, sim->now, &none, 1, 1, 0, NULL, NULL,
                                       &assoc) < 0);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    struct pb *pb = sim_raw_init(&raw);
    pb_ipv6(pb, ipv6.ip);
    for (uint8_t i = 0; i < 16; i++) { /* unspecified, multicast, loopback, link-local, mapped */
        const uint8_t ip[16] = {[0] = (uint8_t)(i * 17), [10] = 0xFF, [11] = 0xFF, [15] = i};
        pb_ipv6(pb, ip);
    }
    static const uint32_t ipv4[] = {0, 0xFFFFFFFF, 0x7F000001, 0xE0000001, 0xA9FE0001};
    for (size_t i = 0; i < sizeof(ipv4) / sizeof(ipv4[0]); i++)
        pb_ipv4(pb, ipv4[i]);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    sim_raw_send(&raw, sim_raw_echo(&raw));
    raw.conn = sim_accepted(siege.host, 1);
    for (size_t i = 0; i < sim_status(raw.conn).paths; i++)
        assert_int_equal(sim_path(raw.conn, i).remote.family, SCTPX_IPV4);
    sim_raw_abort(&raw);
    /* From an address of the other family, to an endpoint that has none such. */
    raw.addr = ipv6;
    sim_raw_send(&raw, sim_raw_init(&raw));
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* The port is given up and taken again, with peers in every stage. covers: attacks/R13 */
static void test_attack_R13_port_closed_and_opened_again(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    sctpx_endpoint *endpoint = siege.host->endpoint;
    siege.host->auto_accept = false;
    for (uint8_t n = 1; n < 50; n++) {
        struct sim_raw waiting = sim_raw_new(siege.host, n), half = sim_raw_new(siege.host, 200);
        sim_raw_get_cookie(&half);
        sim_raw_get_cookie(&waiting);
        sim_raw_send(&waiting, sim_raw_echo(&waiting));
        assert_int_equal(sctpx_endpoint_backlog(endpoint, SIM_PORT), 1);
        assert_int_equal(sctpx_endpoint_unlisten(endpoint, sim->now, SIM_PORT), 0);
        sim_raw_send(&half, sim_raw_echo(&half)); /* nobody is there now */
        assert_int_equal(sim_raw_count(&waiting, SIM_ABORT), 1);
        sim_listen(siege.host, SIM_PORT, NULL);
        sim_raw_send(&half, sim_raw_echo(&half)); /* and now somebody is */
        assert_int_equal(sctpx_endpoint_backlog(endpoint, SIM_PORT), 1);
        sim_raw_abort(&half);
    }
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* Aborted, freed or shut down at any point, with events that nobody has fetched yet. */
/* covers: attacks/R16 */
static void test_attack_R16_end_with_events_pending(void **state)
{
    for (int i = SIM_FIRST_STATE; i <= SIM_LAST_STATE; i++)
        for (int how = 0; how < 4; how++) {
            struct sim *sim = sim_renew(state);
            struct sim_pair pair = sim_pair_in_state(sim, (enum sctpx_assoc_state)i);
            sctpx_assoc *assoc = pair.ab->assoc;
            struct pb *pb = sim_peer_packet(pair.ab); /* its end arrives, and is not told yet */
            pb_abort(pb, false);
            pb_end(pb);
            sim_inject_pb(sim, &pair.b->addrs[0], &pair.a->addrs[0], pb);
            if (how == 0)
                (void)sctpx_assoc_abort(assoc, sim->now, "x", 1);
            else if (how == 1)
                (void)sctpx_assoc_shutdown(assoc, sim->now);
            else if (how == 2)
                sim_conn_free(pair.ab);
            else
                sctpx_endpoint_on_deadline(pair.a->endpoint, sim->now + 3600 * SIM_SECOND);
            sim_flush(sim);
            assert_true(how == 2 || pair.ab->is_closed);
            sim_finish(sim);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_R1_re_config_of_any_size),
        sim_unit_test(test_attack_R2_memory_fails_while_streams_are_made),
        sim_unit_test(test_attack_R3_re_config_requests),
        sim_unit_test(test_attack_R4_re_config_response_without_a_request),
        sim_unit_test(test_attack_R5_stream_numbers_of_the_user),
        sim_unit_test(test_attack_R6_peers_that_ask_for_all_streams),
        sim_unit_test(test_attack_R7_asconf_is_unknown),
        sim_unit_test(test_attack_R8_asconf_that_deletes_its_own_address),
        sim_unit_test(test_attack_R9_sending_to_all_while_some_go),
        sim_unit_test(test_attack_R11_status_of_an_association_that_ends),
        sim_unit_test(test_attack_R12_no_usable_address),
        sim_unit_test(test_attack_R13_port_closed_and_opened_again),
        sim_unit_test(test_attack_R14_asconf_behind_an_unchecked_auth),
        sim_unit_test(test_attack_R16_end_with_events_pending),
    };
    return cmocka_run_group_tests_name("scenario.attack_stream", tests, NULL, NULL);
}

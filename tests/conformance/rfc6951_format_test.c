/* SPDX-License-Identifier: MIT */
/* RFC 6951 3.2, 5.3, 5.6, 5.7: what the packets in UDP look like, how long they are, and which
 * addresses stand in them. */
#include <stdlib.h>
#include <string.h>

#include "sim/raw.h"
#include "sim/sim.h"

enum { PARAM_IPV4 = 5, PARAM_IPV6 = 6 };

static sctpx_addr ipv6(uint8_t last, uint16_t udp_port)
{
    sctpx_addr addr = {.family = SCTPX_IPV6, .udp_port = udp_port, .ip = {0x20, 1, 0x0D, 0xB8}};
    addr.ip[15] = last;
    return addr;
}

/* A host with one address of a family. */
static struct sim_host *host_at(struct sim *sim, const sctpx_addr *addr)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    host->addrs[0] = *addr;
    sim_host_crash(host);
    sim_listen(host, SIM_PORT, NULL);
    return host;
}

/* Length of the longest packet with DATA since a mark. */
static size_t longest(const struct sim_raw *raw, size_t since)
{
    struct sim_query query = {.from = raw->host, .since = since};
    size_t most = 0;
    for (size_t i = 0; i < sim_count(raw->host->sim, query); i++) {
        size_t length = sim_nth(raw->host->sim, query, i)->length;
        most = length > most ? length : most;
    }
    return most;
}

/* The longest packet of a message of 20 kB, all of it acknowledged as it comes. */
static size_t longest_of_message(struct sim_raw *raw)
{
    struct sim *sim = raw->host->sim;
    size_t mark = sim_mark(sim);
    sim_send(raw->conn, 0, 20000);
    for (int i = 0; i < 40; i++) {
        sim_flush(sim);
        const struct sim_record *last = sim_raw_last(raw, SIM_DATA);
        const struct sim_chunk *data = &last->chunks[last->n_chunks - 1];
        sim_raw_sack(raw, data->tsn, raw->rwnd);
    }
    assert_int_equal(sim_status(raw->conn).unacked_bytes, 0);
    return longest(raw, mark);
}

static bool has_param(const struct sim_raw *raw, int chunk, unsigned type)
{
    const struct sim_record *record = sim_raw_last(raw, chunk);
    const struct sim_chunk *init = sim_find_chunk(raw->host->sim, record, chunk);
    size_t at = init->offset + 20, end = init->offset + init->length;
    while (at + 4 <= end) {
        const uint8_t *p = record->raw + at;
        if ((unsigned)(p[0] << 8 | p[1]) == type)
            return true;
        at += ((size_t)(p[2] << 8 | p[3]) + 3) & ~(size_t)3;
    }
    return false;
}

/* covers: 6951/5.3-4 */
static void test_every_packet_has_the_sctp_checksum(void **state)
{
    for (int family = 0; family < 2; family++) {
        struct sim *sim = sim_renew(state);
        sctpx_addr addr = family ? ipv6(1, SIM_UDP_PORT) : sim_ipv4(10, 1, 1, 1, SIM_UDP_PORT);
        struct sim_raw raw = sim_raw_new(host_at(sim, &addr), 1);
        if (family)
            raw.addr = ipv6(2, SIM_UDP_PORT);
        sim_raw_connect(&raw);
        sim_raw_data(&raw, 0, 0, 10);
        sim_send(raw.conn, 0, 3000);
        sim_flush(sim);
        assert_true(sim_sent(raw.host, SIM_ANY) >= 4);
        for (size_t i = 0; i < sim_sent(raw.host, SIM_ANY); i++) {
            const struct sim_record *record = sim_sent_nth(raw.host, SIM_ANY, i);
            uint8_t *bytes = malloc(record->length);
            assert_non_null(bytes);
            memcpy(bytes, record->raw, record->length);
            memset(bytes + 8, 0, 4);
            uint32_t crc = pb_crc32c(bytes, record->length);
            free(bytes);
            for (size_t j = 0; j < 4; j++)
                assert_int_equal(record->raw[8 + j], crc >> 8 * j & 0xFF);
        }
        sim_finish(sim);
    }
}

/* covers: 6951/5.6-1 */
static void test_the_udp_header_is_taken_off_the_mtu(void **state)
{
    for (int family = 0; family < 2; family++) {
        struct sim *sim = sim_renew(state);
        sctpx_addr addr = family ? ipv6(1, SIM_UDP_PORT) : sim_ipv4(10, 1, 1, 1, SIM_UDP_PORT);
        struct sim_raw raw = sim_raw_new(host_at(sim, &addr), 1);
        if (family)
            raw.addr = ipv6(2, SIM_UDP_PORT);
        sim_raw_connect(&raw);
        /* 1500 without IP and UDP headers, and a multiple of four. */
        assert_int_equal(longest_of_message(&raw), family ? 1452 : 1472);
        sim_finish(sim);
    }
}

/* covers: 6951/5.6-1 6951/5.6-2 */
static void test_the_mtu_follows_the_encapsulation(void **state)
{
    struct sim *sim = *state;
    sctpx_addr addr = sim_ipv4(10, 1, 1, 1, SIM_UDP_PORT);
    struct sim_raw raw = sim_raw_new(host_at(sim, &addr), 1);
    sim_raw_connect(&raw);
    assert_int_equal(longest_of_message(&raw), 1472);
    for (uint16_t i = 0; i < 2; i++) {
        raw.addr.udp_port = 0;
        sim_raw_data(&raw, 0, (uint16_t)(2 * i), 10);
        assert_int_equal(longest_of_message(&raw), 1480);
        raw.addr.udp_port = SIM_UDP_PORT;
        sim_raw_data(&raw, 0, (uint16_t)(2 * i + 1), 10);
        assert_int_equal(longest_of_message(&raw), 1472);
    }
    sim_finish(sim);
}

/* covers: 6951/3.2-1 6951/5.7-1 */
static void test_a_single_address_stands_in_no_packet(void **state)
{
    for (int family = 0; family < 2; family++) {
        struct sim *sim = sim_renew(state);
        sctpx_addr addr = family ? ipv6(1, SIM_UDP_PORT) : sim_ipv4(10, 1, 1, 1, SIM_UDP_PORT);
        struct sim_raw raw = sim_raw_new(host_at(sim, &addr), 1);
        if (family)
            raw.addr = ipv6(2, SIM_UDP_PORT);
        sim_raw_connect(&raw);
        assert_false(has_param(&raw, SIM_INIT_ACK, PARAM_IPV4));
        assert_false(has_param(&raw, SIM_INIT_ACK, PARAM_IPV6));
        struct sim_raw second = sim_raw_new(raw.host, 3);
        if (family)
            second.addr = ipv6(3, SIM_UDP_PORT);
        sim_raw_answer(&second, NULL);
        assert_false(has_param(&second, SIM_INIT, PARAM_IPV4));
        assert_false(has_param(&second, SIM_INIT, PARAM_IPV6));
        sim_finish(sim);
    }
}

/* The other half of it: whoever binds several addresses has them announced.
 * covers: 6951/3.2-3 */
static void test_bound_addresses_are_listed_when_there_are_several(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "b", 2, NULL);
    for (uint8_t i = 0; i < 2; i++)
        host->addrs[i] = sim_ipv4(198, 51, 100, (uint8_t)(1 + i), SIM_UDP_PORT);
    sim_host_crash(host);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    assert_true(has_param(&raw, SIM_INIT_ACK, PARAM_IPV4));
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_every_packet_has_the_sctp_checksum),
        sim_unit_test(test_the_udp_header_is_taken_off_the_mtu),
        sim_unit_test(test_the_mtu_follows_the_encapsulation),
        sim_unit_test(test_a_single_address_stands_in_no_packet),
        sim_unit_test(test_bound_addresses_are_listed_when_there_are_several),
    };
    return cmocka_run_group_tests_name("conformance.rfc6951_format", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "engine/peer_params.h"
#include "support/packet_builder.h"

static const sctpx_addr source = {.family = SCTPX_IPV4, .udp_port = 1234, .ip = {10, 0, 0, 2}};

/* Reads the parameters of an INIT that the builder holds; the packet ends where the INIT does. */
static int read_init(struct pb *pb, const sctpx_addr *from, struct sctpxi_peer_params *ret_params,
                     uint8_t **ret_bytes)
{
    size_t length;
    struct sctpxi_chunk_iter iter;
    struct sctpxi_chunk chunk;
    struct sctpxi_init init;
    *ret_bytes = pb_finish(pb, &length);
    sctpxi_chunk_iter_init(&iter, *ret_bytes, length);
    assert_int_equal(sctpxi_chunk_iter_next(&iter, &chunk), 1);
    assert_int_equal(sctpxi_init_parse(&chunk, &init), 0);
    static const struct sctpxi_addr_types both = {.ipv4 = true, .ipv6 = true};
    return sctpxi_peer_params_read(&init, from, both, ret_params);
}

static struct pb *begin(void)
{
    struct pb *pb = pb_bare();
    pb_init(pb, 1, 100000, 10, 10, 1);
    return pb;
}

static void test_nothing_but_the_source(void **state)
{
    (void)state;
    struct sctpxi_peer_params p;
    uint8_t *bytes;
    assert_int_equal(read_init(begin(), &source, &p, &bytes), 0);
    assert_int_equal(p.addr_count, 1);
    assert_memory_equal(&p.addrs[0], &source, sizeof source);
    assert_true(p.types.ipv4 && p.types.ipv6);
    assert_null(p.cookie);
    assert_false(p.has_host_name);
    assert_int_equal(p.unknown_count, 0);
    free(bytes);
}

static void test_addresses(void **state)
{
    (void)state;
    struct sctpxi_peer_params p;
    uint8_t *bytes;
    static const uint8_t six[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    static const uint8_t link[16] = {0xfe, 0x80, [15] = 1};
    struct pb *pb = begin();
    pb_ipv4(pb, 0x0A000003);
    pb_ipv4(pb, 0x0A000002); /* the source again */
    pb_ipv4(pb, 0x0A000003);
    pb_ipv4(pb, 0x7F000001); /* narrower than the source */
    pb_ipv4(pb, 0xE0000001); /* multicast */
    pb_ipv4(pb, 0xFFFFFFFF);
    pb_ipv4(pb, 0);
    pb_ipv6(pb, six);
    pb_ipv6(pb, link);
    assert_int_equal(read_init(pb, &source, &p, &bytes), 0);
    assert_int_equal(p.addr_count, 3);
    assert_int_equal(p.addrs[1].ip[3], 3);
    assert_int_equal(p.addrs[1].udp_port, 1234); /* RFC 6951 5.1 */
    assert_int_equal(p.addrs[2].family, SCTPX_IPV6);
    assert_memory_equal(p.addrs[2].ip, six, 16);
    free(bytes);
}

static void test_more_addresses_than_paths(void **state)
{
    (void)state;
    struct sctpxi_peer_params p;
    uint8_t *bytes;
    struct pb *pb = begin();
    for (uint32_t i = 0; i < 200; i++)
        pb_ipv4(pb, 0x0A000100 + i);
    pb_cookie(pb, "after", 5);
    assert_int_equal(read_init(pb, &source, &p, &bytes), 0);
    assert_int_equal(p.addr_count, SCTPX_MAX_PATHS);
    assert_memory_equal(&p.addrs[0], &source, sizeof source);
    assert_int_equal(p.cookie_length, 5); /* the rest is read all the same */
    free(bytes);
}

/* RFC 9260 3.2.1: the two highest bits say whether to stop and whether to report. */
static void test_unknown_parameters(void **state)
{
    (void)state;
    static const struct {
        uint16_t type;
        bool goes_on, is_reported;
    } cases[] = {
        {0x0111, false, false}, {0x4111, false, true}, {0x8111, true, false}, {0xC111, true, true}};
    for (size_t i = 0; i < 4; i++) {
        struct sctpxi_peer_params p;
        uint8_t *bytes;
        struct pb *pb = begin();
        pb_item(pb, cases[i].type, "xyz", 3);
        pb_ipv4(pb, 0x0A000003);
        assert_int_equal(read_init(pb, &source, &p, &bytes), 0);
        assert_int_equal(p.addr_count, cases[i].goes_on ? 2 : 1);
        assert_int_equal(p.unknown_count, cases[i].is_reported);
        free(bytes);
    }
}

static void test_reports_are_bounded(void **state)
{
    (void)state;
    struct sctpxi_peer_params p;
    uint8_t *bytes;
    static const uint8_t zeros[1000];
    struct pb *pb = begin();
    for (unsigned i = 0; i < 100; i++)
        pb_item(pb, 0xC111, NULL, 0);
    assert_int_equal(read_init(pb, &source, &p, &bytes), 0);
    assert_int_equal(p.unknown_count, SCTPXI_PEER_PARAMS_UNKNOWN_MAX);
    free(bytes);
    pb = begin();
    pb_item(pb, 0xC111, zeros, SCTPXI_PEER_PARAMS_UNKNOWN_BYTES - 3); /* one too long */
    pb_item(pb, 0xC112, zeros, SCTPXI_PEER_PARAMS_UNKNOWN_BYTES - 4);
    pb_item(pb, 0xC113, zeros, 0);
    assert_int_equal(read_init(pb, &source, &p, &bytes), 0);
    assert_int_equal(p.unknown_count, 1);
    assert_int_equal(p.unknown[0].type, 0xC112);
    assert_int_equal(p.unknown_bytes, SCTPXI_PEER_PARAMS_UNKNOWN_BYTES);
    free(bytes);
}

static void test_others(void **state)
{
    (void)state;
    struct sctpxi_peer_params p;
    uint8_t *bytes;
    static const uint16_t types[] = {5};
    struct pb *pb = begin();
    pb_cookie_preservative(pb, 4711);
    pb_addr_types(pb, 1, types);
    pb_item(pb, 11, "host", 5);
    pb_item(pb, 8, "ours", 4);
    assert_int_equal(read_init(pb, &source, &p, &bytes), 0);
    assert_int_equal(p.preservative_ms, 4711);
    assert_true(p.types.ipv4);
    assert_false(p.types.ipv6);
    assert_true(p.has_host_name);
    assert_int_equal(p.host_name.value_len, 5);
    assert_int_equal(p.unknown_count, 0);
    free(bytes);
}

/* Lengths that cannot be, wherever they stand; what is read is bounded by the chunk. */
static void test_malformed(void **state)
{
    (void)state;
    static const uint8_t zeros[40];
    for (uint16_t type = 5; type <= 12; type++) {
        for (uint16_t length = 0; length < 40; length++) {
            struct sctpxi_peer_params p;
            uint8_t *bytes;
            struct pb *pb = begin();
            pb_tlv(pb, type);
            pb_bytes(pb, zeros, 4);
            pb_lie_length(pb, length);
            pb_end(pb);
            int result = read_init(pb, &source, &p, &bytes);
            if (length < 4 || length > 8)
                assert_int_equal(result, SCTPX_EBADPACKET);
            else if ((type == 5 || type == 9) && length != 8)
                assert_int_equal(result, SCTPX_EBADPACKET);
            else if (type == 6)
                assert_int_equal(result, SCTPX_EBADPACKET);
            free(bytes);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_but_the_source),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_more_addresses_than_paths),
        cmocka_unit_test(test_unknown_parameters),
        cmocka_unit_test(test_reports_are_bounded),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_malformed),
    };
    return cmocka_run_group_tests_name("peer_params", tests, NULL, NULL);
}

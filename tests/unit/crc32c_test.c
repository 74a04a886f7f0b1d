/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/packet_builder.h"
#include "wire/crc32c.h"

static uint32_t fast(const uint8_t *p, size_t n)
{
    return ~sctpxi_crc32c_update(SCTPXI_CRC32C_INIT, p, n);
}

static uint32_t table(const uint8_t *p, size_t n)
{
    return ~sctpxi_crc32c_table(SCTPXI_CRC32C_INIT, p, n);
}

static void check_vector(const uint8_t *p, size_t n, uint32_t want)
{
    assert_int_equal(fast(p, n), want);
    assert_int_equal(table(p, n), want);
    assert_int_equal(pb_crc32c(p, n), want);
}

/* RFC 3720 B.4; it prints the least significant byte first. */
static void test_published_vectors(void **state)
{
    (void)state;
    uint8_t p[32];
    memset(p, 0, sizeof p);
    check_vector(p, sizeof p, 0x8A9136AA);
    memset(p, 0xFF, sizeof p);
    check_vector(p, sizeof p, 0x62A8AB43);
    for (size_t i = 0; i < sizeof p; i++)
        p[i] = (uint8_t)i;
    check_vector(p, sizeof p, 0x46DD794E);
    for (size_t i = 0; i < sizeof p; i++)
        p[i] = (uint8_t)(31 - i);
    check_vector(p, sizeof p, 0x113FDB5C);
    static const uint8_t iscsi_read[48] = {
        0x01, 0xC0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18, [32] = 0x28, [40] = 0x02};
    check_vector(iscsi_read, sizeof iscsi_read, 0xD9963A56);
    check_vector((const uint8_t *)"123456789", 9, 0xE3069283);
}

static void fill(uint8_t *p, size_t n)
{
    uint32_t x = 12345;
    for (size_t i = 0; i < n; i++) {
        x = x * 1664525u + 1013904223u;
        p[i] = (uint8_t)(x >> 24);
    }
}

static void test_both_ways_agree_at_all_lengths(void **state)
{
    (void)state;
    uint8_t bytes[300];
    fill(bytes, sizeof bytes);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        uint8_t *p = pb_exact(bytes, n);
        uint32_t want = pb_crc32c(p, n);
        assert_int_equal(table(p, n), want);
        assert_int_equal(fast(p, n), want);
        pb_exact_free(p);
    }
}

static void test_pieces_can_be_chained(void **state)
{
    (void)state;
    uint8_t bytes[64];
    fill(bytes, sizeof bytes);
    for (size_t cut = 0; cut <= sizeof bytes; cut++) {
        uint32_t a = sctpxi_crc32c_update(SCTPXI_CRC32C_INIT, bytes, cut);
        uint32_t b = sctpxi_crc32c_table(SCTPXI_CRC32C_INIT, bytes, cut);
        assert_int_equal(a, b);
        assert_int_equal(~sctpxi_crc32c_update(a, bytes + cut, sizeof bytes - cut),
                         pb_crc32c(bytes, sizeof bytes));
        assert_int_equal(~sctpxi_crc32c_table(b, bytes + cut, sizeof bytes - cut),
                         pb_crc32c(bytes, sizeof bytes));
    }
}

static void test_packet_field_counts_as_zero(void **state)
{
    (void)state;
    uint8_t packet[100];
    fill(packet, sizeof packet);
    uint8_t zeroed[100];
    memcpy(zeroed, packet, sizeof zeroed);
    memset(zeroed + 8, 0, 4);
    uint8_t before[100];
    memcpy(before, packet, sizeof before);
    for (size_t n = 12; n <= sizeof packet; n++)
        assert_int_equal(sctpxi_crc32c(packet, n), pb_crc32c(zeroed, n));
    assert_memory_equal(packet, before, sizeof packet);
}

/* RFC 9653 figure 1: a packet whose right checksum is 0. */
static void test_published_packet_with_checksum_zero(void **state)
{
    (void)state;
    struct pb *pb = pb_new(5001, 5001, 0);
    pb_init(pb, 0xFCB75CCA, 1500, 1, 1, 0);
    pb_set_checksum(pb, 0);
    size_t n;
    uint8_t *packet = pb_finish(pb, &n);
    assert_int_equal(n, 32);
    assert_int_equal(sctpxi_crc32c(packet, n), 0);
    assert_true(sctpxi_crc32c_verify(packet, n));
    free(packet);
}

static void test_store_then_verify(void **state)
{
    (void)state;
    struct pb *pb = pb_new(1, 2, 3);
    pb_cookie_ack(pb);
    size_t n;
    uint8_t *want = pb_finish(pb, &n);
    uint8_t *packet = pb_exact(want, n);
    memset(packet + 8, 0x5A, 4);
    assert_false(sctpxi_crc32c_verify(packet, n));
    sctpxi_crc32c_store(packet, n);
    assert_memory_equal(packet, want, n);
    assert_true(sctpxi_crc32c_verify(packet, n));
    for (size_t bit = 0; bit < 8 * n; bit++) {
        packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(sctpxi_crc32c_verify(packet, n));
        packet[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    pb_exact_free(packet);
    free(want);
}

static void test_short_packets_do_not_verify(void **state)
{
    (void)state;
    for (size_t n = 0; n < 12; n++) {
        uint8_t *p = pb_exact("\0\0\0\0\0\0\0\0\0\0\0\0", n);
        assert_false(sctpxi_crc32c_verify(p, n));
        pb_exact_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vectors),
        cmocka_unit_test(test_both_ways_agree_at_all_lengths),
        cmocka_unit_test(test_pieces_can_be_chained),
        cmocka_unit_test(test_packet_field_counts_as_zero),
        cmocka_unit_test(test_published_packet_with_checksum_zero),
        cmocka_unit_test(test_store_then_verify),
        cmocka_unit_test(test_short_packets_do_not_verify),
    };
    return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}

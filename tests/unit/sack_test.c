/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "support/packet_builder.h"
#include "wire/sack.h"

static int parse(const uint8_t *p, size_t n, struct sctpxi_sack *sack)
{
    struct sctpxi_chunk_iter it;
    struct sctpxi_chunk chunk;
    sctpxi_chunk_iter_init(&it, p, n);
    assert_int_equal(sctpxi_chunk_iter_next(&it, &chunk), 1);
    return sctpxi_sack_parse(&chunk, sack);
}

/* The example of RFC 9260 3.3.4. */
static void test_golden_bytes_of_the_rfc_example(void **state)
{
    (void)state;
    static const uint8_t want[] = {0x03, 0x00, 0x00, 0x18, 0x00, 0x00, 0x00, 0x0C,
                                   0x00, 0x00, 0x12, 0x34, 0x00, 0x02, 0x00, 0x00,
                                   0x00, 0x02, 0x00, 0x03, 0x00, 0x05, 0x00, 0x05};
    static const struct sctpxi_sack_gap gaps[] = {{2, 3}, {5, 5}};
    uint8_t buf[32];
    struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
    sctpxi_sack_write(&w, sctpxi_tsn_make(12), 4660, gaps, 2, NULL, 0);
    assert_int_equal(w.len, sizeof want);
    assert_int_equal(w.len, sctpxi_sack_size(2, 0));
    assert_memory_equal(buf, want, sizeof want);
}

static void test_round_trip_of_all_small_counts(void **state)
{
    (void)state;
    static const uint16_t gaps[3][2] = {{2, 0x1234}, {0x2000, 0x3000}, {0xFFFE, 0xFFFF}};
    static const uint32_t dups[3] = {0xFFFFFFFF, 0, 0x01020304};
    for (uint16_t n = 0; n <= 3; n++) {
        for (uint16_t m = 0; m <= 3; m++) {
            struct pb *pb = pb_bare();
            pb_sack(pb, 0xDEADBEEF, 0xFEEDF00D, n, gaps, m, dups);
            size_t len;
            uint8_t *bytes = pb_finish(pb, &len);
            assert_int_equal(len, sctpxi_sack_size(n, m));
            struct sctpxi_sack sack;
            assert_int_equal(parse(bytes, len, &sack), 0);
            assert_int_equal(sack.cum_tsn.v, 0xDEADBEEF);
            assert_int_equal(sack.a_rwnd, 0xFEEDF00D);
            assert_int_equal(sack.n_gaps, n);
            assert_int_equal(sack.n_dups, m);
            struct sctpxi_sack_gap back_gaps[3];
            struct sctpxi_tsn back_dups[3];
            for (size_t i = 0; i < n; i++) {
                back_gaps[i] = sctpxi_sack_gap(&sack, i);
                assert_int_equal(back_gaps[i].start, gaps[i][0]);
                assert_int_equal(back_gaps[i].end, gaps[i][1]);
            }
            for (size_t i = 0; i < m; i++) {
                back_dups[i] = sctpxi_sack_dup(&sack, i);
                assert_int_equal(back_dups[i].v, dups[i]);
            }
            uint8_t buf[64];
            struct sctpxi_writer w = sctpxi_writer_make(buf, sizeof buf);
            sctpxi_sack_write(&w, sack.cum_tsn, sack.a_rwnd, back_gaps, n, back_dups, m);
            assert_int_equal(w.len, len);
            assert_memory_equal(buf, bytes, len);
            free(bytes);
        }
    }
}

static void test_every_other_length_is_refused(void **state)
{
    (void)state;
    static const uint16_t gaps[2][2] = {{2, 3}, {5, 6}};
    static const uint32_t dups[2] = {1, 2};
    struct pb *pb = pb_bare();
    pb_sack(pb, 1, 2, 2, gaps, 2, dups);
    pb_fill(pb, 0, 8);
    size_t n;
    uint8_t *bytes = pb_finish(pb, &n);
    for (size_t cut = 4; cut <= n; cut++) {
        uint8_t *p = pb_exact_cut(bytes, cut);
        struct sctpxi_sack sack = {.a_rwnd = 99};
        assert_int_equal(parse(p, cut, &sack), cut == 32 ? 0 : SCTPX_EBADPACKET);
        assert_int_equal(sack.a_rwnd, cut == 32 ? 2 : 99);
        pb_exact_free(p);
    }
    free(bytes);
}

static void test_lying_counts_are_refused(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0x00010000, 0x00000001, 0xFFFFFFFF, 0xFFFF0000, 0x0000FFFF};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct pb *pb = pb_bare();
        pb_chunk(pb, 3, 0);
        pb_u64(pb, 0);
        pb_u32(pb, counts[i]);
        pb_end(pb);
        size_t n;
        uint8_t *bytes = pb_finish(pb, &n);
        struct sctpxi_sack sack;
        assert_int_equal(parse(bytes, n, &sack), SCTPX_EBADPACKET);
        free(bytes);
    }
}

static bool are_sane(const uint16_t (*gaps)[2], uint16_t n)
{
    struct pb *pb = pb_bare();
    pb_sack(pb, 1, 2, n, gaps, 0, NULL);
    size_t len;
    uint8_t *bytes = pb_finish(pb, &len);
    struct sctpxi_sack sack;
    assert_int_equal(parse(bytes, len, &sack), 0);
    bool sane = sctpxi_sack_gaps_are_sane(&sack);
    free(bytes);
    return sane;
}

static void test_gaps_are_judged(void **state)
{
    (void)state;
    assert_true(are_sane(NULL, 0));
    assert_true(are_sane((const uint16_t[][2]){{2, 2}, {4, 9}, {10, 0xFFFF}}, 3));
    assert_true(are_sane((const uint16_t[][2]){{1, 1}}, 1));
    assert_false(are_sane((const uint16_t[][2]){{0, 1}}, 1));
    assert_false(are_sane((const uint16_t[][2]){{3, 2}}, 1));
    assert_false(are_sane((const uint16_t[][2]){{2, 4}, {4, 5}}, 2));
    assert_false(are_sane((const uint16_t[][2]){{8, 9}, {2, 3}}, 2));
    assert_false(are_sane((const uint16_t[][2]){{2, 0xFFFF}, {1, 1}}, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_bytes_of_the_rfc_example),
        cmocka_unit_test(test_round_trip_of_all_small_counts),
        cmocka_unit_test(test_every_other_length_is_refused),
        cmocka_unit_test(test_lying_counts_are_refused),
        cmocka_unit_test(test_gaps_are_judged),
    };
    return cmocka_run_group_tests_name("sack", tests, NULL, NULL);
}

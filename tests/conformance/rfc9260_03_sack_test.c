/* SPDX-License-Identifier: MIT */
/* RFC 9260 3.3.4: the SACK chunk as it is built, and how its numbers are read. */
#include "conformance/rfc9260_03.h"

enum { WHOLE = 3 };

/* An association whose peer begins with this TSN. */
static struct sim_raw connected_at(struct sim *sim, uint32_t tsn)
{
    struct sim_raw raw = stranger(sim);
    raw.tsn = tsn;
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    return raw;
}

/* One DATA chunk of a byte for each TSN, all in one packet. */
static void send_tsns(struct sim_raw *raw, const uint32_t *tsns, size_t n)
{
    struct pb *pb = sim_raw_packet(raw);
    for (size_t i = 0; i < n; i++)
        pb_data(pb, WHOLE, tsns[i], 0, (uint16_t)(tsns[i] - raw->tsn), 0, "x", 1);
    sim_raw_send(raw, pb);
}

/* The latest SACK is exactly this; its a_rwnd is what it is. */
static void check_sack(const struct sim_raw *raw, uint32_t cum, uint16_t n_gaps,
                       const uint16_t (*gaps)[2], uint16_t n_dups, const uint32_t *dups)
{
    const uint8_t *sack = last_chunk(raw, SIM_SACK);
    assert_int_equal(sack[2] << 8 | sack[3], 16 + 4 * n_gaps + 4 * n_dups);
    struct pb *pb = pb_bare();
    pb_sack(pb, cum, get_u32(sack + 8), n_gaps, gaps, n_dups, dups);
    assert_true(pb_equals(pb, sack, 16u + 4u * n_gaps + 4u * n_dups));
}

/* The numbers of the RFC's own example. */
/* covers: 9260/3.3.4-3 9260/3.3.4-2 */
static void test_example_of_the_rfc(void **state)
{
    static const uint32_t tsns[] = {10, 11, 12, 14, 15, 17};
    static const uint16_t gaps[][2] = {{2, 3}, {5, 5}};
    struct sim_raw raw = connected_at(*state, 10);
    send_tsns(&raw, tsns, 6);
    check_sack(&raw, 12, 2, gaps, 0, NULL);
    sim_finish(*state);
}

/* Without gaps and duplicates there are still all of its four fields, and flags 0. */
/* covers: 9260/3.3.4-1 */
static void test_all_fields_are_there(void **state)
{
    static const uint32_t tsns[] = {0xFFFFFFFE, 0xFFFFFFFF, 0, 1};
    struct sim_raw raw = connected_at(*state, 0xFFFFFFFE);
    uint32_t window = get_u32(last_chunk(&raw, SIM_INIT_ACK) + 8);
    send_tsns(&raw, tsns, 4);
    check_sack(&raw, 1, 0, NULL, 0, NULL);
    uint32_t a_rwnd = get_u32(last_chunk(&raw, SIM_SACK) + 8);
    assert_true(a_rwnd < window && a_rwnd > window - 10000);
    sim_finish(*state);
}

/* Nothing in order has come yet: the TSN before the peer's first one. */
static void test_before_the_first_tsn(void **state)
{
    static const uint32_t tsns[] = {1};
    static const uint16_t gaps[][2] = {{2, 2}};
    struct sim_raw raw = connected_at(*state, 0);
    send_tsns(&raw, tsns, 1);
    check_sack(&raw, UINT32_MAX, 1, gaps, 0, NULL);
    sim_finish(*state);
}

/* What a SACK has to say when just these of 32 TSNs have come, worked out bit by bit. */
static void check_blocks(const struct sim_raw *raw, uint32_t first, uint32_t came)
{
    uint16_t gaps[32][2], n = 0;
    unsigned cum = 0, i;
    while (cum < 32 && (came >> cum & 1) != 0)
        cum++;
    for (i = cum; i < 32; i++) {
        if ((came >> i & 1) == 0)
            continue;
        if (n > 0 && gaps[n - 1][1] == i - cum) {
            gaps[n - 1][1]++;
            continue;
        }
        gaps[n][0] = gaps[n][1] = (uint16_t)(i - cum + 1);
        n++;
    }
    check_sack(raw, first + cum - 1, n, (const uint16_t(*)[2])gaps, 0, NULL);
}

/* In any order, blocks that touch become one: no TSN at their edges has been received. */
/* covers: 9260/3.3.4-2 */
static void test_blocks_are_isolated(void **state)
{
    uint64_t random = 42;
    for (int run = 0; run < 20; run++) {
        struct sim *sim = run == 0 ? *state : sim_renew(state);
        uint32_t first = 0u - 16u, came = 0;
        struct sim_raw raw = connected_at(sim, first);
        for (int left = 32; left > 0;) {
            unsigned i = (unsigned)(sim_draw(&random) % 32);
            if ((came >> i & 1) != 0)
                continue;
            bool was_gapless = (came & (came + 1)) == 0;
            came |= 1u << i;
            left--;
            uint32_t tsn = first + i;
            send_tsns(&raw, &tsn, 1);
            if (was_gapless && (came & (came + 1)) == 0)
                sim_run_for(sim, 250 * SIM_MS); /* in order, it may wait */
            check_blocks(&raw, first, came);
        }
        sim_finish(sim);
    }
}

/* The example of the RFC: 19 comes three times, and once more after the SACK. */
static void test_duplicates_are_listed_as_often_as_they_came(void **state)
{
    static const uint32_t tsns[] = {19, 19, 19}, listed[] = {19, 19};
    struct sim_raw raw = connected_at(*state, 19);
    send_tsns(&raw, tsns, 3);
    check_sack(&raw, 19, 0, NULL, 2, listed);
    send_tsns(&raw, tsns, 1);
    check_sack(&raw, 19, 0, NULL, 1, listed);
    static const uint32_t next[] = {20, 21};
    send_tsns(&raw, next, 2);
    sim_run_for(*state, SIM_SECOND);
    check_sack(&raw, 21, 0, NULL, 0, NULL);
    sim_finish(*state);
}

/* Offsets count from the Cumulative TSN Ack: only what lies between the blocks is sent again. */
static void test_blocks_are_read_as_offsets(void **state)
{
    static const uint16_t gaps[][2] = {{2, 3}, {5, 5}};
    struct sim *sim = *state;
    struct sim_raw raw = connected_at(sim, 1000);
    for (int i = 0; i < 6; i++)
        sim_send(raw.conn, 0, 100);
    sim_flush(sim);
    struct pb *pb = sim_raw_packet(&raw);
    pb_sack(pb, raw.host_tsn, raw.rwnd, 2, gaps, 0, NULL); /* first, third, fourth and sixth */
    sim_raw_send(&raw, pb);
    size_t mark = sim_mark(sim);
    sim_run_for(sim, 2 * SIM_SECOND); /* T3-rtx */
    for (uint32_t i = 0; i < 6; i++) {
        struct sim_query query = {.from = raw.host,
                                  .chunk = SIM_DATA,
                                  .since = mark,
                                  .has_tsn = true,
                                  .tsn = raw.host_tsn + i};
        assert_int_equal(sim_count(sim, query), i == 1 || i == 4);
    }
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_example_of_the_rfc),
        sim_unit_test(test_all_fields_are_there),
        sim_unit_test(test_before_the_first_tsn),
        sim_unit_test(test_blocks_are_isolated),
        sim_unit_test(test_duplicates_are_listed_as_often_as_they_came),
        sim_unit_test(test_blocks_are_read_as_offsets),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_03_sack", tests, NULL, NULL);
}

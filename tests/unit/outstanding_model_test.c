/* SPDX-License-Identifier: MIT */
/*
 * What is outstanding, against a model that looks at every chunk on every SACK and keeps nothing
 * clever. A receiver loses, reorders and reneges at random; SACKs are lost, delayed and forged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "base/writer.h"
#include "engine/outstanding.h"
#include "support/send_rig.h"
#include "support/test_random.h"

#define PATHS 3
#define MAX_CHUNKS 4000
#define MAX_BLOCKS 1000
#define MAX_OLD 8

struct model_chunk {
    sctpx_time sent_at;
    uint32_t size; /* whole chunk */
    uint8_t state, path, misses;
    bool was_acked, was_retransmitted, was_fast;
    bool is_received; /* what the receiver has */
};

/* A SACK in chunk numbers. */
struct model_sack {
    uint32_t cum;
    size_t count;
    uint16_t gaps[MAX_BLOCKS][2];
};

struct model {
    struct send_rig rig;
    uint32_t burst;      /* at most so many chunks are sent in a step, */
    uint32_t loss;       /* of which so many in a million are lost, */
    uint32_t max_blocks; /* and so many gap blocks fit a SACK */
    uint32_t most_runs;  /* at one moment, so far */
    struct test_random random;
    struct model_chunk chunks[MAX_CHUNKS + 1]; /* by number, from 1 on */
    uint32_t cum, sent;                        /* numbers */
    uint32_t receiver_cum;
    uint32_t exit; /* of fast recovery; 0 = not in it */
    sctpx_time last_resent_at;
    struct model_sack old[MAX_OLD];
};

static bool is_acked(const struct model_sack *sack, uint32_t number)
{
    if (number <= sack->cum) {
        return true;
    }
    size_t low = 0, high = sack->count; /* blocks of a valid one ascend */

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (number > sack->cum + sack->gaps[middle][1]) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < sack->count && number >= sack->cum + sack->gaps[low][0];
}

static bool is_valid(const struct model *m, const struct model_sack *sack)
{
    uint32_t before = 1;

    for (size_t i = 0; i < sack->count; i++) {
        if (sack->gaps[i][0] <= before || sack->gaps[i][1] < sack->gaps[i][0]) {
            return false;
        }
        before = sack->gaps[i][1];
    }
    return sack->cum <= m->sent && (sack->count == 0 || sack->cum + before <= m->sent);
}

/* ---- the model's way of working a SACK in --------------------------------------------------- */

static void model_first_acks(struct model *m, const struct model_sack *sack,
                             struct sctpxi_sack_result *r, uint32_t *ret_highest)
{
    bool has_seen[PATHS] = {false};

    for (uint32_t n = m->cum + 1; n <= m->sent; n++) {
        struct model_chunk *c = &m->chunks[n];
        struct sctpxi_sack_path_result *p = &r->path[c->path];

        p->cum_acked = p->cum_acked || n <= sack->cum;
        if (c->state == SCTPXI_SENT_GAP_ACKED) {
            continue;
        }
        if (!has_seen[c->path]) {
            p->earliest_acked = is_acked(sack, n);
            has_seen[c->path] = true;
        }
        if (c->was_acked || !is_acked(sack, n)) {
            continue;
        }
        c->was_acked = true;
        p->acked_bytes += c->size;
        if (n > sack->cum) {
            *ret_highest = n;
        }
        if (!c->was_retransmitted && (n > sack->cum || c->sent_at >= m->last_resent_at)) {
            p->has_rtt = true;
            p->rtt_sent_at = c->sent_at;
        }
    }
}

static void model_miss(struct model_chunk *c, struct sctpxi_sack_result *r)
{
    if (c->state == SCTPXI_SENT_IN_FLIGHT && !c->was_fast && ++c->misses == 3) {
        c->was_fast = true;
        c->state = SCTPXI_SENT_MARKED;
        r->newly_marked++;
        r->path[c->path].lost_bytes += c->size;
    }
}

static void model_gaps(struct model *m, const struct model_sack *sack, uint32_t limit,
                       struct sctpxi_sack_result *r)
{
    for (uint32_t n = sack->cum + 1; n <= m->sent; n++) {
        struct model_chunk *c = &m->chunks[n];
        bool is_taken_back = c->state == SCTPXI_SENT_GAP_ACKED && !is_acked(sack, n);

        if (is_acked(sack, n)) {
            c->state = SCTPXI_SENT_GAP_ACKED;
            continue;
        }
        if (is_taken_back) {
            c->state = SCTPXI_SENT_IN_FLIGHT;
            c->misses = 0;
            r->reneged = true;
        }
        if (is_taken_back || n <= limit) {
            model_miss(c, r);
        }
    }
}

static void model_on_sack(struct model *m, const struct model_sack *sack,
                          struct sctpxi_sack_result *r)
{
    uint32_t limit = 0;

    memset(r, 0, sizeof(*r));
    for (uint32_t n = m->cum + 1; n <= m->sent; n++) {
        if (m->chunks[n].state == SCTPXI_SENT_IN_FLIGHT) {
            r->path[m->chunks[n].path].flight_before += m->chunks[n].size;
        }
    }
    r->is_old = sack->cum < m->cum;
    if (r->is_old) {
        return;
    }
    r->cum_advanced = sack->cum > m->cum;
    model_first_acks(m, sack, r, &limit);
    if (m->exit > sack->cum && r->cum_advanced && sack->count > 0) {
        limit = sack->cum + sack->gaps[sack->count - 1][1];
    }
    model_gaps(m, sack, limit, r);
    m->cum = sack->cum;
    r->all_acked = m->cum == m->sent;
}

/* ---- both sides --------------------------------------------------------------------------- */

static void compare_chunks(const struct model *m)
{
    assert_int_equal(sctpxi_outstanding_count(&m->rig.o), m->sent - m->cum);
    for (uint32_t n = m->cum + 1; n <= m->sent; n++) {
        const struct model_chunk *c = &m->chunks[n];
        const struct sctpxi_sent *chunk = send_rig_chunk(&m->rig, n);

        assert_int_equal(chunk->state, c->state);
        assert_int_equal(chunk->path, c->path);
        assert_int_equal(chunk->was_fast_retransmitted, c->was_fast);
        if (c->state == SCTPXI_SENT_IN_FLIGHT && !c->was_fast) {
            assert_int_equal(chunk->misses, c->misses);
        }
    }
    send_rig_check_accounts(&m->rig);
}

static void compare_results(const struct sctpxi_sack_result *a, const struct sctpxi_sack_result *b)
{
    assert_int_equal(a->is_old, b->is_old);
    assert_int_equal(a->cum_advanced, b->cum_advanced);
    assert_int_equal(a->all_acked, b->all_acked);
    assert_int_equal(a->reneged, b->reneged);
    assert_int_equal(a->newly_marked, b->newly_marked);
    for (int i = 0; i < SCTPX_MAX_PATHS; i++) {
        assert_int_equal(a->path[i].flight_before, b->path[i].flight_before);
        assert_int_equal(a->path[i].acked_bytes, b->path[i].acked_bytes);
        assert_int_equal(a->path[i].lost_bytes, b->path[i].lost_bytes);
        assert_int_equal(a->path[i].cum_acked, b->path[i].cum_acked);
        assert_int_equal(a->path[i].earliest_acked, b->path[i].earliest_acked);
        assert_int_equal(a->path[i].has_rtt, b->path[i].has_rtt);
        assert_int_equal(a->path[i].rtt_sent_at, b->path[i].rtt_sent_at);
    }
}

static int real_on_sack(struct model *m, const struct model_sack *sack,
                        struct sctpxi_sack_result *ret_result)
{
    uint8_t bytes[4 * MAX_BLOCKS];
    const struct sctpxi_tsn exit = send_rig_tsn(&m->rig, m->exit);
    struct sctpxi_sack wire = {.cum_tsn = send_rig_tsn(&m->rig, sack->cum),
                               .n_gaps = (uint16_t)sack->count,
                               .gaps = bytes};

    for (size_t i = 0; i < sack->count; i++) {
        sctpxi_store_u16(bytes + 4 * i, sack->gaps[i][0]);
        sctpxi_store_u16(bytes + 4 * i + 2, sack->gaps[i][1]);
    }
    return sctpxi_outstanding_on_sack(&m->rig.o, &wire, m->exit != 0 ? &exit : NULL, ret_result);
}

static void deliver_sack(struct model *m, const struct model_sack *sack)
{
    struct sctpxi_sack_result real, model;
    int result = real_on_sack(m, sack, &real);

    if (sack->cum >= m->cum && !is_valid(m, sack)) {
        assert_int_equal(result, SCTPX_EPROTO);
        compare_chunks(m);
        return;
    }
    assert_int_equal(result, 0);
    model_on_sack(m, sack, &model);
    compare_results(&real, &model);
    compare_chunks(m);
    if (m->exit != 0 && m->cum >= m->exit) {
        m->exit = 0;
    }
    if (model.newly_marked > 0 && m->exit == 0) {
        m->exit = m->sent;
    }
}

/* ---- what happens ------------------------------------------------------------------------- */

static uint32_t below(struct model *m, uint32_t limit)
{
    return (uint32_t)test_random_below(&m->random, limit);
}

static void receive(struct model *m, uint32_t number, uint32_t loss_per_million)
{
    if (!test_random_chance(&m->random, loss_per_million)) {
        m->chunks[number].is_received = true;
    }
    while (m->receiver_cum < m->sent && m->chunks[m->receiver_cum + 1].is_received) {
        m->receiver_cum++;
    }
}

static void step_send(struct model *m)
{
    for (uint32_t n = 1 + below(m, m->burst); n > 0 && m->sent < MAX_CHUNKS; n--) {
        size_t length = 1 + below(m, 300);
        uint8_t path = (uint8_t)(below(m, 4) == 0 ? below(m, PATHS) : 0);

        assert_int_equal(send_rig_try_send(&m->rig, (uint16_t)below(m, 5), length, path), 0);
        m->chunks[++m->sent] = (struct model_chunk){
            .sent_at = m->rig.now, .size = (uint32_t)(16 + (length + 3) / 4 * 4), .path = path};
        receive(m, m->sent, m->loss);
    }
}

/* Marked ones must come out lowest first, all of them and no others. */
static void step_resend(struct model *m)
{
    struct sctpxi_tsn tsn;
    uint32_t number = m->cum + 1;

    for (uint32_t left = below(m, 10); left > 0; left--) {
        while (number <= m->sent && m->chunks[number].state != SCTPXI_SENT_MARKED) {
            number++;
        }
        bool has_marked = sctpxi_outstanding_next_marked(&m->rig.o, &tsn);
        assert_int_equal(has_marked, number <= m->sent);
        if (!has_marked) {
            return;
        }
        assert_int_equal(tsn.v, send_rig_tsn(&m->rig, number).v);
        struct model_chunk *c = &m->chunks[number];
        bool is_fast = below(m, 4) == 0;
        c->path = (uint8_t)below(m, PATHS);
        c->sent_at = m->last_resent_at = m->rig.now;
        c->state = SCTPXI_SENT_IN_FLIGHT;
        c->misses = 0;
        c->was_retransmitted = true;
        c->was_fast = c->was_fast || is_fast;
        sctpxi_outstanding_resent(&m->rig.o, tsn, c->path, m->rig.now, is_fast);
        receive(m, number, 200000);
    }
}

static void step_t3(struct model *m)
{
    uint8_t path = (uint8_t)below(m, PATHS);
    uint32_t marked = 0;

    for (uint32_t n = m->cum + 1; n <= m->sent; n++) {
        if (m->chunks[n].state == SCTPXI_SENT_IN_FLIGHT && m->chunks[n].path == path) {
            m->chunks[n].state = SCTPXI_SENT_MARKED;
            marked++;
        }
    }
    assert_int_equal(sctpxi_outstanding_mark_path(&m->rig.o, path), marked);
}

static struct model_sack make_sack(struct model *m)
{
    struct model_sack sack = {.cum = m->receiver_cum};
    uint32_t n = m->receiver_cum + 2;

    for (; n <= m->sent && sack.count < m->max_blocks; n++) {
        bool is_split = n > 1 && below(m, 20) == 0; /* touching blocks are allowed */
        uint16_t offset = (uint16_t)(n - sack.cum);

        if (!m->chunks[n].is_received) {
            continue;
        }
        if (sack.count > 0 && sack.gaps[sack.count - 1][1] + 1 == offset && !is_split) {
            sack.gaps[sack.count - 1][1] = offset;
            continue;
        }
        sack.gaps[sack.count][0] = sack.gaps[sack.count][1] = offset;
        sack.count++;
    }
    return sack;
}

static void forge(struct model *m, struct model_sack *sack)
{
    switch (below(m, 4)) {
    case 0:
        sack->cum = m->sent + 1 + below(m, 3);
        break;
    case 1:
        sack->count = 1 + below(m, m->max_blocks);
        for (size_t i = 0; i < sack->count; i++) {
            sack->gaps[i][0] = (uint16_t)below(m, 30);
            sack->gaps[i][1] = (uint16_t)below(m, 30);
        }
        break;
    case 2:
        sack->cum += below(m, 4);
        break;
    default:
        if (sack->count > 0) {
            sack->gaps[sack->count - 1][1] = (uint16_t)(m->sent - sack->cum + below(m, 3));
        }
    }
}

static void step_renege(struct model *m)
{
    for (uint32_t n = m->receiver_cum + 1; n <= m->sent; n++) {
        if (below(m, 4) == 0) {
            m->chunks[n].is_received = false;
        }
    }
}

/* The newest SACK mostly; sometimes one from before, or a forged one. */
static void step_sack(struct model *m)
{
    struct model_sack sack = make_sack(m);
    struct model_sack *keep = &m->old[below(m, MAX_OLD)];

    if (below(m, 8) == 0) {
        struct model_sack late = *keep;
        *keep = sack;
        sack = late;
    } else if (below(m, 3) == 0) {
        *keep = sack;
    }
    if (below(m, 20) == 0) {
        forge(m, &sack);
    }
    /* A forged one may pass the receiver's own point; then this is what it has. */
    deliver_sack(m, &sack);
    for (uint32_t n = m->receiver_cum + 1; n <= m->cum; n++) {
        m->chunks[n].is_received = true;
    }
    if (m->receiver_cum < m->cum) {
        m->receiver_cum = m->cum;
    }
}

static void step(struct model *m)
{
    uint32_t what = below(m, 100);

    m->rig.now += 1 + below(m, 1000);
    if (what < 30) {
        step_send(m);
    } else if (what < 80) {
        step_sack(m);
    } else if (what < 95) {
        step_resend(m);
    } else if (what < 97) {
        step_t3(m);
    } else if (what < 98) {
        step_renege(m);
    } else {
        receive(m, m->cum + (m->sent > m->cum ? 1 : 0), 0);
    }
    compare_chunks(m);
    if (m->rig.o.gap_runs > m->most_runs) {
        m->most_runs = m->rig.o.gap_runs;
    }
}

static void finish(struct model *m)
{
    const struct model_sack all = {.cum = m->sent};

    deliver_sack(m, &all);
    assert_int_equal(m->rig.queue.unacked_bytes, 0);
    assert_null(m->rig.o.ring);
    send_rig_done(&m->rig);
}

/* Returns how many runs there were at the most. */
static uint32_t run(struct model *m, uint64_t seed, int steps, uint32_t burst, uint32_t loss)
{
    static const uint32_t initial[] = {1, UINT32_MAX - 200, 0x7fffff00u};

    memset(m, 0, sizeof(*m));
    m->burst = burst;
    m->loss = loss;
    m->max_blocks = burst < 64 ? 64 : MAX_BLOCKS;
    send_rig_init(&m->rig, initial[seed % 3]);
    test_random_init(&m->random, seed);
    for (int i = 0; i < steps; i++) {
        step(m);
    }
    finish(m);
    return m->most_runs;
}

static void test_agrees_with_the_model(void **state)
{
    static struct model m;

    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        (void)run(&m, seed, 500, 12, 200000);
    }
}

/* Windows of thousands of chunks, of which every second one is missing. */
static void test_agrees_about_many_gap_blocks(void **state)
{
    static struct model m;
    uint32_t most = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++) {
        uint32_t runs = run(&m, seed, 120, 200, 500000);

        most = runs > most ? runs : most;
    }
    assert_in_range(most, 900, MAX_BLOCKS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_the_model),
        cmocka_unit_test(test_agrees_about_many_gap_blocks),
    };

    return cmocka_run_group_tests_name("outstanding_model", tests, NULL, NULL);
}

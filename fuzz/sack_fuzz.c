/* SPDX-License-Identifier: MIT */
/*
 * A sender's outstanding chunks under SACKs that say anything: the engine against sack_model.h
 * after every step, with its accounts. The input is a list of steps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "fuzz/check.h"
#include "fuzz/input.h"
#include "fuzz/sack_model.h"
#include "support/send_rig.h"
#include "wire/data.h"
#include "wire/sack.h"

enum { PATHS = 3 };

struct run {
    struct send_rig rig;
    struct sack_model model;
    struct fuzz_input in;
};

/* ---- comparing --------------------------------------------------------------------------- */

static void compare_chunks(const struct run *run)
{
    const struct sack_model *m = &run->model;
    size_t unacked = 0;
    FUZZ_CHECK(sctpxi_outstanding_count(&run->rig.o) == m->sent - m->cum);
    for (uint32_t n = m->cum + 1; n <= m->sent; n++) {
        const struct sack_model_chunk *c = &m->chunks[n];
        const struct sctpxi_sent *chunk = send_rig_chunk(&run->rig, n);
        FUZZ_CHECK(chunk->state == c->state && chunk->path == c->path);
        FUZZ_CHECK(chunk->was_fast_retransmitted == c->was_fast);
        FUZZ_CHECK(chunk->was_retransmitted == c->was_retransmitted);
        if (c->state == SCTPXI_SENT_IN_FLIGHT && !c->was_fast)
            FUZZ_CHECK(chunk->misses == c->misses);
        unacked += c->length;
    }
    FUZZ_CHECK(run->rig.queue.unacked_bytes == unacked);
    send_rig_check_accounts(&run->rig);
}

static void compare_results(const struct sctpxi_sack_result *a, const struct sctpxi_sack_result *b)
{
    FUZZ_CHECK(a->is_old == b->is_old && a->cum_advanced == b->cum_advanced);
    FUZZ_CHECK(a->all_acked == b->all_acked && a->reneged == b->reneged);
    FUZZ_CHECK(a->newly_marked == b->newly_marked);
    for (int i = 0; i < SCTPX_MAX_PATHS; i++) {
        FUZZ_CHECK(a->path[i].flight_before == b->path[i].flight_before);
        FUZZ_CHECK(a->path[i].acked_bytes == b->path[i].acked_bytes);
        FUZZ_CHECK(a->path[i].lost_bytes == b->path[i].lost_bytes);
        FUZZ_CHECK(a->path[i].cum_acked == b->path[i].cum_acked);
        FUZZ_CHECK(a->path[i].earliest_acked == b->path[i].earliest_acked);
        FUZZ_CHECK(a->path[i].has_rtt == b->path[i].has_rtt);
        FUZZ_CHECK(a->path[i].rtt_sent_at == b->path[i].rtt_sent_at);
    }
}

/* ---- acknowledgements -------------------------------------------------------------------- */

static struct sctpxi_tsn tsn_at(const struct run *run, int32_t step)
{
    return send_rig_tsn(&run->rig, run->model.cum + (uint32_t)step);
}

static int real_on_sack(struct run *run, const struct sack_model_sack *sack,
                        struct sctpxi_sack_result *ret_result)
{
    uint8_t bytes[sizeof sack->blocks];
    struct sctpxi_writer w = sctpxi_writer_make(bytes, sizeof bytes);
    struct sctpxi_tsn exit = send_rig_tsn(&run->rig, run->model.exit);
    for (size_t i = 0; i < sack->count; i++) {
        sctpxi_writer_put_u16(&w, sack->blocks[i][0]);
        sctpxi_writer_put_u16(&w, sack->blocks[i][1]);
    }
    const struct sctpxi_sack wire = {
        .cum_tsn = tsn_at(run, sack->step), .n_gaps = (uint16_t)sack->count, .gaps = bytes};
    return sctpxi_outstanding_on_sack(&run->rig.o, &wire, run->model.exit != 0 ? &exit : NULL,
                                      ret_result);
}

/* As the association keeps fast recovery (RFC 9260 7.2.4, 6.2.1 iv). */
static void follow_recovery(struct sack_model *m, const struct sctpxi_sack_result *r)
{
    if (m->exit != 0 && m->cum >= m->exit)
        m->exit = 0;
    if (r->newly_marked > 0 && m->exit == 0)
        m->exit = m->sent;
}

static void deliver(struct run *run, const struct sack_model_sack *sack)
{
    struct sctpxi_sack_result real, wanted;
    int result = real_on_sack(run, sack, &real);
    if (!sack_model_is_valid(&run->model, sack)) {
        FUZZ_CHECK(result == SCTPX_EPROTO);
        return;
    }
    FUZZ_CHECK(result == 0);
    sack_model_on_sack(&run->model, sack, &wanted);
    compare_results(&real, &wanted);
    follow_recovery(&run->model, &wanted);
}

/* Blocks as differences, so that sane ones are likely, or anything. */
static void step_sack(struct run *run, bool is_wild)
{
    struct sack_model_sack sack = {.step = (int8_t)fuzz_u8(&run->in)};
    uint16_t at = 0;
    sack.count = fuzz_below(&run->in, is_wild ? SACK_MODEL_BLOCKS + 1 : 8);
    if (!is_wild && sack.step < 0)
        sack.step = sack.step < -120 ? sack.step : 0;
    for (size_t i = 0; i < sack.count; i++) {
        if (is_wild) {
            sack.blocks[i][0] = fuzz_u16(&run->in);
            sack.blocks[i][1] = fuzz_u16(&run->in);
            continue;
        }
        uint8_t both = fuzz_u8(&run->in);
        at = (uint16_t)(at + 1 + (both & 15)); /* 1 is what no first block may begin with */
        sack.blocks[i][0] = at;
        at = (uint16_t)(at + (both >> 4));
        sack.blocks[i][1] = at;
    }
    deliver(run, &sack);
}

/* A SACK of a receiver that has a set of chunks: one bit each. */
static void step_bitmap(struct run *run)
{
    struct sack_model_sack sack = {.step = (int32_t)fuzz_below(&run->in, 4)};
    uint32_t ahead = run->model.sent - run->model.cum;
    uint16_t offset = 2;
    if ((uint32_t)sack.step > ahead)
        sack.step = (int32_t)ahead;
    ahead -= (uint32_t)sack.step;
    for (unsigned bytes = 1 + fuzz_below(&run->in, 8); bytes > 0; bytes--) {
        uint8_t bits = fuzz_u8(&run->in);
        for (unsigned i = 0; i < 8 && offset <= ahead; i++, offset++) {
            if ((bits >> i & 1) == 0)
                continue;
            if (sack.count > 0 && sack.blocks[sack.count - 1][1] + 1 == offset) {
                sack.blocks[sack.count - 1][1] = offset;
            } else if (sack.count < SACK_MODEL_BLOCKS) {
                sack.blocks[sack.count][0] = sack.blocks[sack.count][1] = offset;
                sack.count++;
            }
        }
    }
    deliver(run, &sack);
}

static void step_cum(struct run *run)
{
    struct sctpxi_sack_result real, wanted;
    int32_t step = (int8_t)fuzz_u8(&run->in);
    int result = sctpxi_outstanding_on_cum_ack(&run->rig.o, tsn_at(run, step), &real);
    if (step > 0 && (uint32_t)step > run->model.sent - run->model.cum) {
        FUZZ_CHECK(result == SCTPX_EPROTO);
        return;
    }
    FUZZ_CHECK(result == 0);
    sack_model_on_cum(&run->model, step, &wanted);
    compare_results(&real, &wanted);
    follow_recovery(&run->model, &wanted);
}

/* ---- sending ----------------------------------------------------------------------------- */

static void step_send(struct run *run)
{
    struct sack_model *m = &run->model;
    uint8_t path = (uint8_t)fuzz_below(&run->in, PATHS);
    for (unsigned n = 1 + fuzz_below(&run->in, 32); n > 0 && m->sent < SACK_MODEL_CHUNKS; n--) {
        size_t length = 1 + (m->sent * 7) % 300;
        int result = send_rig_try_send(&run->rig, (uint16_t)(n % 5), length, path);
        if (result == SCTPX_ENOMEM)
            return;
        FUZZ_CHECK(result == 0);
        m->chunks[++m->sent] = (struct sack_model_chunk){.sent_at = run->rig.now,
                                                         .length = length,
                                                         .size = sctpxi_data_size(length),
                                                         .path = path};
    }
}

/* Marked ones come out lowest first, all of them and no others. */
static void step_resend(struct run *run)
{
    struct sack_model *m = &run->model;
    struct sctpxi_tsn tsn;
    uint8_t choice = fuzz_u8(&run->in);
    uint32_t number = m->cum + 1;
    for (unsigned left = choice & 15; left > 0; left--) {
        while (number <= m->sent && m->chunks[number].state != SCTPXI_SENT_MARKED)
            number++;
        bool has_marked = sctpxi_outstanding_next_marked(&run->rig.o, &tsn);
        FUZZ_CHECK(has_marked == (number <= m->sent));
        if (!has_marked)
            return;
        FUZZ_CHECK(tsn.v == send_rig_tsn(&run->rig, number).v);
        struct sack_model_chunk *c = &m->chunks[number];
        bool is_fast = (choice & 16) != 0;
        c->path = (uint8_t)((choice >> 5) % PATHS);
        c->sent_at = m->last_resent_at = run->rig.now;
        c->state = SCTPXI_SENT_IN_FLIGHT;
        c->misses = 0;
        c->was_retransmitted = true;
        c->was_fast = c->was_fast || is_fast;
        sctpxi_outstanding_resent(&run->rig.o, tsn, c->path, run->rig.now, is_fast);
    }
}

static void step_t3(struct run *run)
{
    uint8_t path = (uint8_t)fuzz_below(&run->in, PATHS);
    uint32_t marked = 0;
    for (uint32_t n = run->model.cum + 1; n <= run->model.sent; n++) {
        struct sack_model_chunk *c = &run->model.chunks[n];
        if (c->state != SCTPXI_SENT_IN_FLIGHT || c->path != path)
            continue;
        c->state = SCTPXI_SENT_MARKED;
        marked++;
    }
    FUZZ_CHECK(sctpxi_outstanding_mark_path(&run->rig.o, path) == marked);
    if (marked > 0)
        run->model.exit = 0;
}

static void check_earliest(struct run *run)
{
    const struct sack_model *m = &run->model;
    if (m->cum == m->sent)
        return;
    uint32_t number = m->cum + 1 + fuzz_u8(&run->in) % (m->sent - m->cum);
    uint8_t path = (uint8_t)fuzz_below(&run->in, PATHS);
    bool wanted = true;
    for (uint32_t n = m->cum + 1; n < number; n++)
        if (m->chunks[n].path == path && m->chunks[n].state != SCTPXI_SENT_GAP_ACKED)
            wanted = false;
    struct sctpxi_tsn tsn = send_rig_tsn(&run->rig, number);
    FUZZ_CHECK(sctpxi_outstanding_is_earliest(&run->rig.o, tsn, path) == wanted);
}

static void step(struct run *run)
{
    run->rig.now += 1 + fuzz_below(&run->in, 4);
    switch (fuzz_below(&run->in, 9)) {
    case 0:
    case 1:
        step_send(run);
        break;
    case 2:
        step_sack(run, false);
        break;
    case 3:
        step_sack(run, true);
        break;
    case 4:
        step_bitmap(run);
        break;
    case 5:
        step_cum(run);
        break;
    case 6:
        step_resend(run);
        break;
    case 7:
        step_t3(run);
        break;
    default:
        check_earliest(run);
    }
    compare_chunks(run);
}

/* Everything is acknowledged; then no memory is left. */
static void finish(struct run *run)
{
    const struct sack_model_sack all = {.step = (int32_t)(run->model.sent - run->model.cum)};
    deliver(run, &all);
    FUZZ_CHECK(run->rig.queue.unacked_bytes == 0 && run->rig.queue.message_count == 0);
    FUZZ_CHECK(run->rig.o.ring == NULL);
    send_rig_done(&run->rig);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t initial[] = {1, UINT32_MAX - 20, UINT32_C(0x7ffffff0), 0};
    static struct run run;
    memset(&run, 0, sizeof run);
    run.in = (struct fuzz_input){data, size};
    send_rig_init(&run.rig, initial[fuzz_below(&run.in, 4)]);
    while (!fuzz_is_over(&run.in))
        step(&run);
    finish(&run);
    return 0;
}

/* SPDX-License-Identifier: MIT */
#include "fuzz/sack_model.h"

#include <string.h>

bool sack_model_is_valid(const struct sack_model *m, const struct sack_model_sack *sack)
{
    uint32_t before = 1, ahead;
    if (sack->step < 0)
        return true;
    if ((uint32_t)sack->step > m->sent - m->cum)
        return false;
    ahead = m->sent - m->cum - (uint32_t)sack->step;
    for (size_t i = 0; i < sack->count; i++) {
        if (sack->blocks[i][0] <= before || sack->blocks[i][1] < sack->blocks[i][0])
            return false;
        before = sack->blocks[i][1];
    }
    return sack->count == 0 || before <= ahead;
}

static void begin(const struct sack_model *m, struct sctpxi_sack_result *r)
{
    memset(r, 0, sizeof *r);
    for (uint32_t n = m->cum + 1; n <= m->sent; n++)
        if (m->chunks[n].state == SCTPXI_SENT_IN_FLIGHT)
            r->path[m->chunks[n].path].flight_before += m->chunks[n].size;
}

static void name_chunks(struct sack_model *m, const struct sack_model_sack *sack, uint32_t cum)
{
    for (uint32_t n = m->cum + 1; n <= m->sent; n++)
        m->chunks[n].is_named = n <= cum;
    for (size_t i = 0; i < sack->count; i++)
        for (uint32_t offset = sack->blocks[i][0]; offset <= sack->blocks[i][1]; offset++)
            m->chunks[cum + offset].is_named = true;
}

/* RFC 9260 6.3.2 R3: whether the lowest chunk of a path without acknowledgement has one now. */
static void note_earliest(const struct sack_model *m, struct sctpxi_sack_result *r)
{
    bool has_seen[SCTPX_MAX_PATHS] = {false};
    for (uint32_t n = m->cum + 1; n <= m->sent; n++) {
        const struct sack_model_chunk *c = &m->chunks[n];
        if (c->state == SCTPXI_SENT_GAP_ACKED || has_seen[c->path])
            continue;
        has_seen[c->path] = true;
        r->path[c->path].earliest_acked = c->is_named;
    }
}

/*
 * First acknowledgements: bytes for congestion control and RTT samples. One that the cumulative
 * point passes gives a sample only if nothing was sent again since: it may have waited for that.
 * Returns the HTNA of RFC 9260 7.2.4, 0 = none.
 */
static uint32_t note_acked(struct sack_model *m, uint32_t cum, struct sctpxi_sack_result *r)
{
    uint32_t htna = 0;
    for (uint32_t n = m->cum + 1; n <= m->sent; n++) {
        struct sack_model_chunk *c = &m->chunks[n];
        struct sctpxi_sack_path_result *p = &r->path[c->path];
        p->cum_acked = p->cum_acked || n <= cum;
        if (!c->is_named || c->was_acked || c->state == SCTPXI_SENT_GAP_ACKED)
            continue;
        c->was_acked = true;
        p->acked_bytes += c->size;
        if (n > cum)
            htna = n;
        if (!c->was_retransmitted && (n > cum || c->sent_at >= m->last_resent_at)) {
            p->has_rtt = true;
            p->rtt_sent_at = c->sent_at;
        }
    }
    return htna;
}

/* RFC 9260 7.2.4: the third report marks a chunk, once in its life. */
static void report_missing(struct sack_model_chunk *c, struct sctpxi_sack_result *r)
{
    if (c->state != SCTPXI_SENT_IN_FLIGHT || c->was_fast || ++c->misses < 3)
        return;
    c->was_fast = true;
    c->state = SCTPXI_SENT_MARKED;
    r->newly_marked++;
    r->path[c->path].lost_bytes += c->size;
}

static void update_states(struct sack_model *m, uint32_t cum, uint32_t limit,
                          struct sctpxi_sack_result *r)
{
    for (uint32_t n = cum + 1; n <= m->sent; n++) {
        struct sack_model_chunk *c = &m->chunks[n];
        bool is_taken_back = c->state == SCTPXI_SENT_GAP_ACKED && !c->is_named;
        if (c->is_named)
            c->state = SCTPXI_SENT_GAP_ACKED;
        if (is_taken_back) {
            c->state = SCTPXI_SENT_IN_FLIGHT;
            c->misses = 0;
            r->reneged = true;
        }
        if (is_taken_back || n <= limit)
            report_missing(c, r);
    }
}

void sack_model_on_sack(struct sack_model *m, const struct sack_model_sack *sack,
                        struct sctpxi_sack_result *ret_result)
{
    begin(m, ret_result);
    ret_result->is_old = sack->step < 0;
    if (ret_result->is_old)
        return;
    uint32_t cum = m->cum + (uint32_t)sack->step;
    ret_result->cum_advanced = cum > m->cum;
    name_chunks(m, sack, cum);
    note_earliest(m, ret_result);
    uint32_t limit = note_acked(m, cum, ret_result);
    if (m->exit > cum && ret_result->cum_advanced && sack->count > 0)
        limit = cum + sack->blocks[sack->count - 1][1];
    update_states(m, cum, limit, ret_result);
    m->cum = cum;
    ret_result->all_acked = m->cum == m->sent;
}

/* Nothing is said about gaps; but what follows the point directly is not with the peer. */
void sack_model_on_cum(struct sack_model *m, int32_t step, struct sctpxi_sack_result *ret_result)
{
    const struct sack_model_sack none = {.step = step};
    begin(m, ret_result);
    ret_result->is_old = step < 0;
    if (ret_result->is_old)
        return;
    uint32_t cum = m->cum + (uint32_t)step;
    ret_result->cum_advanced = cum > m->cum;
    name_chunks(m, &none, cum);
    note_earliest(m, ret_result);
    note_acked(m, cum, ret_result);
    for (uint32_t n = cum + 1; n <= m->sent && m->chunks[n].state == SCTPXI_SENT_GAP_ACKED; n++) {
        m->chunks[n].state = SCTPXI_SENT_IN_FLIGHT;
        m->chunks[n].misses = 0;
        ret_result->reneged = true;
    }
    m->cum = cum;
    ret_result->all_acked = m->cum == m->sent;
}

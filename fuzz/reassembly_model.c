/* SPDX-License-Identifier: MIT */
#include "fuzz/reassembly_model.h"

#include <string.h>

#include "fuzz/check.h"

enum { GENERATION_STEP = 5000 };

uint32_t model_tsn(const struct reassembly_model *m, uint32_t place)
{
    return m->base_tsn + place / MODEL_WINDOW * GENERATION_STEP + place % MODEL_WINDOW;
}

uint8_t model_byte(uint32_t place, size_t offset)
{
    return (uint8_t)(place * 37 + offset * 11);
}

uint32_t model_window(const struct reassembly_model *m)
{
    return m->generation * MODEL_WINDOW;
}

static bool has_flag(const struct reassembly_model *m, uint32_t place, uint8_t flag)
{
    return (m->chunks[place].flags & flag) != 0;
}

static bool is_unordered(const struct reassembly_model *m, uint32_t place)
{
    return has_flag(m, place, SCTPXI_DATA_UNORDERED);
}

/* ---- runs of loose chunks ---------------------------------------------------------------- */

static bool is_loose(const struct reassembly_model *m, uint32_t place)
{
    return place >= model_window(m) && place < model_window(m) + MODEL_WINDOW &&
           m->chunks[place].state == MODEL_LOOSE;
}

/* The engine refuses neighbours that contradict each other, so both must agree here. */
static bool is_joined(const struct reassembly_model *m, uint32_t left)
{
    const struct model_chunk *a = &m->chunks[left], *b = &m->chunks[left + 1];
    if (has_flag(m, left, SCTPXI_DATA_END)) {
        FUZZ_CHECK(has_flag(m, left + 1, SCTPXI_DATA_BEGIN));
        return false;
    }
    FUZZ_CHECK(!has_flag(m, left + 1, SCTPXI_DATA_BEGIN));
    FUZZ_CHECK(a->stream == b->stream && is_unordered(m, left) == is_unordered(m, left + 1));
    FUZZ_CHECK(is_unordered(m, left) || a->ssn == b->ssn);
    return true;
}

static uint32_t run_first(const struct reassembly_model *m, uint32_t place)
{
    while (is_loose(m, place - 1) && is_joined(m, place - 1))
        place--;
    return place;
}

static uint32_t run_last(const struct reassembly_model *m, uint32_t place)
{
    while (is_loose(m, place + 1) && is_joined(m, place))
        place++;
    return place;
}

static void set_state(struct reassembly_model *m, uint32_t first, uint32_t last,
                      enum model_state state)
{
    for (uint32_t place = first; place <= last; place++)
        m->chunks[place].state = state;
}

size_t model_joined_bytes(const struct reassembly_model *m, uint32_t place)
{
    size_t bytes = 0;
    uint32_t first = place, last = place;
    while (is_loose(m, first - 1) && !has_flag(m, first - 1, SCTPXI_DATA_END))
        bytes += m->chunks[--first].length;
    while (is_loose(m, last + 1) && !has_flag(m, last + 1, SCTPXI_DATA_BEGIN))
        bytes += m->chunks[++last].length;
    return bytes;
}

/* ---- from whole to readable -------------------------------------------------------------- */

static void push(struct reassembly_model *m, uint32_t first, uint32_t last, unsigned flags,
                 uint32_t ppid)
{
    set_state(m, first, last, MODEL_READABLE);
    if (is_unordered(m, first))
        flags |= SCTPX_MSG_UNORDERED;
    m->readable[m->readable_count++] =
        (struct model_item){.first = first, .last = last, .flags = (uint16_t)flags, .ppid = ppid};
}

static void push_whole(struct reassembly_model *m, uint32_t first, uint32_t last)
{
    push(m, first, last, SCTPX_MSG_FIRST | SCTPX_MSG_LAST, m->chunks[first].ppid);
}

/* Finds a waiting message of this stream and SSN. */
static bool find_waiting(const struct reassembly_model *m, uint16_t stream, uint16_t ssn,
                         uint32_t *ret_first, uint32_t *ret_last)
{
    uint32_t place = model_window(m);
    for (uint32_t i = 0; i < MODEL_WINDOW; i++, place++) {
        const struct model_chunk *c = &m->chunks[place];
        if (c->state != MODEL_WAITING || c->stream != stream || c->ssn != ssn)
            continue;
        *ret_first = place;
        while (!has_flag(m, place, SCTPXI_DATA_END))
            place++;
        *ret_last = place;
        return true;
    }
    return false;
}

static void drain(struct reassembly_model *m, uint16_t stream)
{
    struct model_stream *s = &m->streams[stream];
    uint32_t first, last;
    while (!s->is_partial && find_waiting(m, stream, s->next_ssn, &first, &last)) {
        s->next_ssn++;
        push_whole(m, first, last);
    }
}

static void take_whole(struct reassembly_model *m, uint32_t first, uint32_t last)
{
    uint16_t stream = m->chunks[first].stream;
    if (!is_unordered(m, first)) {
        set_state(m, first, last, MODEL_WAITING);
        drain(m, stream);
    } else if (m->streams[stream].is_partial) {
        set_state(m, first, last, MODEL_HELD);
        m->held[m->held_count++] = (struct model_item){.first = first, .last = last};
    } else {
        push_whole(m, first, last);
    }
}

/* The message in parts goes on, and may be over. */
static void go_on(struct reassembly_model *m, uint32_t last)
{
    uint32_t first = m->partial_next;
    uint16_t stream = m->chunks[first].stream;
    bool is_last = has_flag(m, last, SCTPXI_DATA_END);
    push(m, first, last, is_last ? SCTPX_MSG_LAST : SCTPX_MSG_PARTIAL,
         m->chunks[m->partial_first].ppid);
    m->partial_next = last + 1;
    if (!is_last)
        return;
    m->has_partial = false;
    m->streams[stream].is_partial = false;
    if (!is_unordered(m, first))
        m->streams[stream].next_ssn++;
    for (size_t i = 0; i < m->held_count; i++)
        push_whole(m, m->held[i].first, m->held[i].last);
    m->held_count = 0;
    drain(m, stream);
}

void model_add(struct reassembly_model *m, uint32_t place, const struct model_chunk *chunk)
{
    m->chunks[place] = *chunk;
    m->chunks[place].state = MODEL_LOOSE;
    uint32_t first = run_first(m, place), last = run_last(m, place);
    if (m->has_partial && first == m->partial_next) {
        FUZZ_CHECK(!has_flag(m, first, SCTPXI_DATA_BEGIN));
        FUZZ_CHECK(m->chunks[m->partial_first].stream == chunk->stream);
        FUZZ_CHECK(is_unordered(m, m->partial_first) == is_unordered(m, first));
        FUZZ_CHECK(is_unordered(m, first) || m->chunks[m->partial_first].ssn == chunk->ssn);
        go_on(m, last);
    } else if (has_flag(m, first, SCTPXI_DATA_BEGIN) && has_flag(m, last, SCTPXI_DATA_END)) {
        take_whole(m, first, last);
    }
}

/* ---- partial delivery and restart -------------------------------------------------------- */

uint32_t model_cum(const struct reassembly_model *m)
{
    uint32_t place = model_window(m);
    while (place < model_window(m) + MODEL_WINDOW && m->chunks[place].state != MODEL_MISSING)
        place++;
    return place - 1;
}

bool model_deliver_partly(struct reassembly_model *m)
{
    uint32_t last = model_cum(m);
    if (m->has_partial || last + 1 == model_window(m) || !is_loose(m, last))
        return false;
    uint32_t first = run_first(m, last);
    struct model_stream *s = &m->streams[m->chunks[first].stream];
    if (!has_flag(m, first, SCTPXI_DATA_BEGIN) ||
        (!is_unordered(m, first) && (s->is_partial || m->chunks[first].ssn != s->next_ssn)))
        return false;
    s->is_partial = true;
    m->has_partial = true;
    m->partial_first = first;
    m->partial_next = last + 1;
    push(m, first, last, SCTPX_MSG_FIRST | SCTPX_MSG_PARTIAL, m->chunks[first].ppid);
    return true;
}

void model_restart(struct reassembly_model *m)
{
    FUZZ_CHECK(m->generation + 1 < MODEL_GENERATIONS);
    for (uint32_t i = 0; i < MODEL_PLACES; i++)
        if (m->chunks[i].state != MODEL_READABLE)
            m->chunks[i].state = m->chunks[i].state == MODEL_MISSING ? MODEL_MISSING : MODEL_GONE;
    memset(m->streams, 0, sizeof m->streams);
    m->held_count = 0;
    m->has_partial = false;
    m->generation++;
}

/* ---- reading ----------------------------------------------------------------------------- */

size_t model_first(const struct reassembly_model *m, int stream)
{
    size_t i = 0;
    while (i < m->readable_count && stream >= 0 && m->chunks[m->readable[i].first].stream != stream)
        i++;
    return i;
}

size_t model_item_bytes(const struct reassembly_model *m, const struct model_item *item)
{
    size_t bytes = 0;
    for (uint32_t place = item->first; place <= item->last; place++)
        bytes += (size_t)(m->chunks[place].length - m->chunks[place].taken);
    return bytes;
}

void model_consume(struct reassembly_model *m, size_t index, size_t n)
{
    struct model_item *item = &m->readable[index];
    if (n > 0)
        item->flags &= (uint16_t)~SCTPX_MSG_FIRST;
    while (n > 0) {
        struct model_chunk *c = &m->chunks[item->first];
        size_t left = (size_t)(c->length - c->taken);
        if (n < left) {
            c->taken = (uint8_t)(c->taken + n);
            return;
        }
        n -= left;
        c->state = MODEL_GONE;
        item->first++;
    }
    if (item->first <= item->last)
        return;
    m->readable_count--;
    memmove(item, item + 1, (m->readable_count - index) * sizeof *item);
}

/* SPDX-License-Identifier: MIT */
/*
 * Reassembly against reassembly_model.h: honest messages cut up and shuffled, chunks that
 * contradict each other, partial delivery, restarts, memory that runs out, reading in any way.
 * After every step both hold the same messages in the same order, and the account is right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "engine/reasm.h"
#include "fuzz/check.h"
#include "fuzz/input.h"
#include "fuzz/reassembly_model.h"
#include "support/test_alloc.h"

enum { STREAM_STEP = 4097, MAX_PLANNED = 64 };

/* A chunk of an honest sender that is still on its way. */
struct planned {
    uint32_t place;
    struct model_chunk chunk;
};

struct run {
    struct fuzz_input in;
    struct test_alloc ta;
    struct sctpxi_alloc alloc;
    struct sctpxi_pool pool;
    struct sctpxi_reasm r;
    struct reassembly_model model;
    struct planned planned[MAX_PLANNED];
    size_t planned_count;
    uint32_t planned_next; /* place within the window of the next chunk */
    uint16_t planned_ssn[MODEL_STREAMS];
    bool is_hostile; /* something wild was taken: honest chunks may be refused */
};

static uint16_t stream_number(unsigned stream)
{
    return (uint16_t)(stream * STREAM_STEP);
}

/* ---- adding ------------------------------------------------------------------------------ */

static int real_add(struct run *run, uint32_t place, const struct model_chunk *c)
{
    uint8_t payload[MODEL_MAX_CHUNK];
    for (size_t i = 0; i < c->length; i++)
        payload[i] = model_byte(place, i);
    const struct sctpxi_data data = {
        .tsn = sctpxi_tsn_make(model_tsn(&run->model, place)),
        .stream = stream_number(c->stream),
        .ssn = sctpxi_ssn_make(c->ssn),
        .ppid = c->ppid,
        .flags = c->flags,
        .payload = payload,
        .payload_len = c->length,
    };
    return sctpxi_reasm_add(&run->r, &data);
}

/* What no refused chunk may change; tables may have grown and shrunk meanwhile. */
static void check_unchanged(const struct run *run, const struct sctpxi_reasm *before)
{
    FUZZ_CHECK(run->r.readable_messages == before->readable_messages);
    FUZZ_CHECK(run->r.readable_bytes == before->readable_bytes);
    FUZZ_CHECK(run->r.incomplete_bytes == before->incomplete_bytes);
    FUZZ_CHECK(run->r.ring.count == before->ring.count);
}

static void add(struct run *run, uint32_t place, const struct model_chunk *c, bool is_honest)
{
    struct sctpxi_reasm before = run->r;
    if (run->model.chunks[place].state != MODEL_MISSING)
        return; /* every TSN comes once */
    size_t joined = model_joined_bytes(&run->model, place) + c->length;
    size_t failed = run->ta.failed_calls;
    int result = real_add(run, place, c);
    switch (result) {
    case 0:
        FUZZ_CHECK(joined <= run->r.max_message_bytes);
        model_add(&run->model, place, c);
        run->is_hostile = run->is_hostile || !is_honest;
        break;
    case SCTPX_ENOMEM:
        FUZZ_CHECK(run->ta.failed_calls > failed);
        check_unchanged(run, &before);
        break;
    case SCTPX_EMSGSIZE:
        FUZZ_CHECK(joined > run->r.max_message_bytes);
        FUZZ_CHECK(memcmp(&before, &run->r, sizeof before) == 0);
        break;
    default:
        FUZZ_CHECK(result == SCTPX_EPROTO);
        FUZZ_CHECK(!is_honest || run->is_hostile);
        FUZZ_CHECK(memcmp(&before, &run->r, sizeof before) == 0);
    }
}

/* An honest message of 1 to 8 chunks is on its way. */
static void step_plan(struct run *run)
{
    uint8_t choice = fuzz_u8(&run->in);
    unsigned chunks = 1 + (choice >> 5), stream = choice % MODEL_STREAMS;
    bool is_free = (choice & 16) != 0;
    uint8_t length = (uint8_t)(1 + fuzz_below(&run->in, MODEL_MAX_CHUNK));
    if (run->planned_count + chunks > MAX_PLANNED || run->planned_next + chunks > MODEL_WINDOW)
        return;
    uint16_t ssn = is_free ? 0 : run->planned_ssn[stream]++;
    for (unsigned i = 0; i < chunks; i++) {
        unsigned flags = (i == 0 ? SCTPXI_DATA_BEGIN : 0u) |
                         (i + 1 == chunks ? SCTPXI_DATA_END : 0u) |
                         (is_free ? SCTPXI_DATA_UNORDERED : 0u);
        run->planned[run->planned_count++] = (struct planned){
            .place = model_window(&run->model) + run->planned_next++,
            .chunk = {.ppid = run->planned_next * 3,
                      .stream = (uint16_t)stream,
                      .ssn = is_free ? (uint16_t)(i * 777) : ssn, /* no meaning: anything */
                      .flags = (uint8_t)flags,
                      .length = length},
        };
    }
}

/* One of the planned chunks arrives. */
static void step_arrive(struct run *run)
{
    if (run->planned_count == 0)
        return;
    size_t i = fuzz_u8(&run->in) % run->planned_count;
    struct planned p = run->planned[i];
    add(run, p.place, &p.chunk, true);
    if (run->model.chunks[p.place].state == MODEL_MISSING && !run->is_hostile)
        return; /* for want of memory: it comes again */
    run->planned[i] = run->planned[--run->planned_count];
}

static void step_wild(struct run *run)
{
    uint32_t place = model_window(&run->model) + fuzz_u8(&run->in) % (uint32_t)MODEL_WINDOW;
    uint8_t choice = fuzz_u8(&run->in);
    const struct model_chunk c = {
        .ppid = place,
        .stream = choice >> 6,
        .ssn = fuzz_u8(&run->in) % 16,
        .flags = choice & 7,
        .length = (uint8_t)(1 + (choice >> 3 & 7)),
    };
    add(run, place, &c, false);
}

/* A TSN that the tracker knows but that never comes here: its stream does not exist. */
static void step_skip(struct run *run)
{
    uint32_t place = model_window(&run->model) + fuzz_u8(&run->in) % (uint32_t)MODEL_WINDOW;
    if (run->model.chunks[place].state != MODEL_MISSING)
        return;
    run->model.chunks[place].state = MODEL_GONE;
    run->is_hostile = true;
}

static void step_empty(struct run *run)
{
    const struct model_chunk c = {.flags = SCTPXI_DATA_BEGIN | SCTPXI_DATA_END};
    uint32_t place = model_window(&run->model) + fuzz_u8(&run->in) % (uint32_t)MODEL_WINDOW;
    if (run->model.chunks[place].state == MODEL_MISSING)
        FUZZ_CHECK(real_add(run, place, &c) == SCTPX_EPROTO);
}

/* ---- reading ----------------------------------------------------------------------------- */

static void check_info(const struct run *run, const struct sctpxi_rx_message *rm,
                       const struct model_item *item)
{
    const struct model_chunk *c = &run->model.chunks[item->first];
    sctpx_rcvinfo info;
    sctpxi_rx_message_info(rm, &info);
    FUZZ_CHECK(info.stream == stream_number(c->stream));
    FUZZ_CHECK(info.tsn == model_tsn(&run->model, item->first));
    FUZZ_CHECK(info.flags == item->flags);
    FUZZ_CHECK(info.ppid == item->ppid);
    FUZZ_CHECK(info.length == model_item_bytes(&run->model, item));
    FUZZ_CHECK(info.ssn == ((item->flags & SCTPX_MSG_UNORDERED) != 0 ? 0 : c->ssn));
}

/* n bytes of the item from an offset. */
static void check_bytes(const struct run *run, const uint8_t *bytes, size_t n, size_t offset,
                        const struct model_item *item)
{
    size_t at = 0;
    for (uint32_t place = item->first; place <= item->last; place++)
        for (size_t i = run->model.chunks[place].taken; i < run->model.chunks[place].length; i++) {
            if (at >= offset && at < offset + n)
                FUZZ_CHECK(bytes[at - offset] == model_byte(place, i));
            at++;
        }
    FUZZ_CHECK(at >= offset + n);
}

static void step_read(struct run *run)
{
    static uint8_t buffer[MODEL_WINDOW * MODEL_MAX_CHUNK];
    int stream = (int)fuzz_below(&run->in, MODEL_STREAMS + 1) - 1;
    size_t index = model_first(&run->model, stream);
    struct sctpxi_rx_message *rm =
        sctpxi_reasm_first(&run->r, stream < 0 ? stream : stream_number((unsigned)stream));
    FUZZ_CHECK((rm != NULL) == (index < run->model.readable_count));
    if (rm == NULL)
        return;
    const struct model_item item = run->model.readable[index];
    size_t length = model_item_bytes(&run->model, &item);
    check_info(run, rm, &item);
    size_t offset = fuzz_u8(&run->in) % (length + 1);
    size_t n = sctpxi_rx_message_copy(rm, offset, buffer, sizeof buffer);
    FUZZ_CHECK(n == length - offset);
    check_bytes(run, buffer, n, offset, &item);
    uint8_t choice = fuzz_u8(&run->in);
    n = choice >= 128 ? length : choice % (length + 1);
    sctpxi_reasm_consume(&run->r, rm, n);
    model_consume(&run->model, index, n);
}

/* ---- the rest ---------------------------------------------------------------------------- */

static void step_restart(struct run *run)
{
    if (run->model.generation + 1 == MODEL_GENERATIONS)
        return;
    sctpxi_reasm_restart(&run->r);
    model_restart(&run->model);
    run->planned_count = 0;
    run->planned_next = 0;
    memset(run->planned_ssn, 0, sizeof run->planned_ssn);
    run->is_hostile = false;
}

static void step_deliver_partly(struct run *run)
{
    uint32_t cum = model_tsn(&run->model, model_window(&run->model)) +
                   (model_cum(&run->model) - model_window(&run->model));
    bool is_done = sctpxi_reasm_deliver_partly(&run->r, sctpxi_tsn_make(cum));
    FUZZ_CHECK(is_done == model_deliver_partly(&run->model));
}

static void step_fresh(struct run *run)
{
    int stream = sctpxi_reasm_next_fresh(&run->r);
    if (stream >= 0)
        FUZZ_CHECK(sctpxi_reasm_stream_bytes(&run->r, (uint16_t)stream) > 0);
}

static void check(const struct run *run)
{
    const struct reassembly_model *m = &run->model;
    size_t readable = 0, incomplete = 0, streams = 0;
    for (size_t i = 0; i < m->readable_count; i++)
        readable += model_item_bytes(m, &m->readable[i]);
    for (uint32_t i = 0; i < MODEL_PLACES; i++)
        incomplete += m->chunks[i].state == MODEL_LOOSE ? m->chunks[i].length : 0u;
    for (unsigned i = 0; i < MODEL_STREAMS; i++)
        streams += sctpxi_reasm_stream_bytes(&run->r, stream_number(i));
    FUZZ_CHECK(run->r.readable_messages == m->readable_count);
    FUZZ_CHECK(run->r.readable_bytes == readable && streams == readable);
    FUZZ_CHECK(run->r.incomplete_bytes == incomplete);
    FUZZ_CHECK(run->r.used_bytes == run->ta.live_bytes);
    FUZZ_CHECK(run->r.stream_bytes <= run->r.used_bytes);
}

static void step(struct run *run)
{
    unsigned what = fuzz_below(&run->in, 16);
    if (what < 4)
        step_plan(run);
    else if (what < 9)
        step_arrive(run);
    else if (what < 11)
        step_read(run);
    else if (what == 11)
        step_wild(run);
    else if (what == 12)
        step_deliver_partly(run);
    else if (what == 13)
        step_fresh(run);
    else if (what == 14)
        test_alloc_fail(&run->ta, fuzz_below(&run->in, 5), 1 + fuzz_below(&run->in, 3));
    else
        switch (fuzz_below(&run->in, 4)) {
        case 0:
            step_restart(run);
            break;
        case 1:
            step_skip(run);
            break;
        case 2:
            step_empty(run);
            break;
        default:
            run->r.max_message_bytes = 1 + (size_t)fuzz_u8(&run->in);
        }
    check(run);
}

static void start(struct run *run)
{
    static const uint32_t bases[] = {1, UINT32_MAX - 100, UINT32_C(0x80000000) - 100};
    test_alloc_init(&run->ta);
    sctpx_allocator user = test_alloc_allocator(&run->ta);
    sctpxi_alloc_init(&run->alloc, &user, SIZE_MAX);
    sctpxi_pool_init(&run->pool, &run->alloc, 0);
    sctpxi_reasm_init(&run->r, &run->pool);
    run->model.base_tsn = bases[fuzz_below(&run->in, 3)];
}

static void stop(struct run *run)
{
    sctpxi_reasm_done(&run->r);
    FUZZ_CHECK(run->r.used_bytes == 0 && run->r.incomplete_bytes == 0);
    sctpxi_pool_done(&run->pool);
    FUZZ_CHECK(test_alloc_is_clean(&run->ta));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run run;
    memset(&run, 0, sizeof run);
    run.in = (struct fuzz_input){data, size};
    start(&run);
    while (!fuzz_is_over(&run.in))
        step(&run);
    stop(&run);
    return 0;
}

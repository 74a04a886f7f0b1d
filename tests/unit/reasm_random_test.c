/* SPDX-License-Identifier: MIT */
/*
 * Random messages, cut up, shuffled, partly lost for want of memory, and read in random ways,
 * against a naive model: a message is readable when all its chunks are there and, if it is ordered,
 * those before it on its stream are readable.
 */
#include "engine/rx_tracker.h"
#include "support/test_random.h"
#include "unit/reasm_fixture.h"

#define MAX_MESSAGES 400u
#define MAX_CHUNKS 4000u
#define STREAMS 6u
#define STREAM_STEP 4097u /* so that stream numbers collide in small tables */

struct message {
    uint16_t stream, ssn;
    uint32_t first; /* index of its first chunk */
    uint32_t chunks, chunks_here;
    size_t length;
    size_t read; /* bytes the reader has seen */
    bool is_unordered, is_done;
};

struct chunk {
    uint32_t message, length;
    size_t offset; /* in the message */
    uint8_t flags;
};

struct run {
    struct fixture f;
    struct sctpxi_rx_tracker tracker;
    struct test_random tr;
    uint32_t initial_tsn;
    uint16_t base_ssn[STREAMS];
    struct message messages[MAX_MESSAGES];
    uint32_t message_count;
    struct chunk chunks[MAX_CHUNKS];
    uint32_t chunk_count;
    uint32_t next_to_read[STREAMS]; /* where to look for the next ordered message */
    int reading[STREAMS];           /* the message that is partly read, -1 = none */
    bool with_partial;
    uint32_t done_count;
};

static uint8_t byte_of(uint32_t message, size_t offset)
{
    return (uint8_t)(message * 31 + offset * 7 + offset / 256);
}

static void make_message(struct run *run, uint32_t id, uint16_t *next_ssn)
{
    struct message *m = &run->messages[id];
    uint32_t s = (uint32_t)test_random_below(&run->tr, STREAMS);

    *m = (struct message){.stream = (uint16_t)(s * STREAM_STEP), .first = run->chunk_count};
    m->is_unordered = test_random_chance(&run->tr, 300000);
    m->ssn = m->is_unordered ? (uint16_t)test_random_u32(&run->tr) : next_ssn[s]++;
    m->chunks =
        test_random_chance(&run->tr, 400000) ? 1 : (uint32_t)test_random_between(&run->tr, 2, 12);
    for (uint32_t i = 0; i < m->chunks; i++) {
        struct chunk *c = &run->chunks[run->chunk_count++];
        *c = (struct chunk){.message = id, .offset = m->length};
        c->length = (uint32_t)test_random_between(&run->tr, 1, 60);
        c->flags = (uint8_t)((i == 0 ? SCTPXI_DATA_BEGIN : 0) |
                             (i + 1 == m->chunks ? SCTPXI_DATA_END : 0) |
                             (m->is_unordered ? SCTPXI_DATA_UNORDERED : 0));
        m->length += c->length;
    }
}

/* One chunk of the plan as it would come from the network. */
static int add_chunk(struct run *run, uint32_t index)
{
    const struct chunk *c = &run->chunks[index];
    const struct message *m = &run->messages[c->message];
    uint8_t payload[64];
    struct sctpxi_data data = {
        .tsn = sctpxi_tsn_make(run->initial_tsn + index),
        .stream = m->stream,
        .ssn = sctpxi_ssn_make(m->is_unordered ? (uint16_t)test_random_u32(&run->tr) : m->ssn),
        .ppid = (c->flags & SCTPXI_DATA_BEGIN) != 0 ? c->message : test_random_u32(&run->tr),
        .flags = c->flags,
        .payload = payload,
        .payload_len = c->length,
    };

    for (size_t i = 0; i < c->length; i++)
        payload[i] = byte_of(c->message, c->offset + i);
    enum sctpxi_rx_verdict verdict = sctpxi_rx_tracker_check(&run->tracker, data.tsn);
    if (verdict != SCTPXI_RX_NEW)
        return SCTPX_ENOMEM;
    size_t readable = run->f.r.readable_messages, incomplete = run->f.r.incomplete_bytes;
    int result = sctpxi_reasm_add(&run->f.r, &data);
    if (result == 0) {
        sctpxi_rx_tracker_commit(&run->tracker, data.tsn);
        run->messages[c->message].chunks_here++;
    } else {
        assert_int_equal(result, SCTPX_ENOMEM);
        assert_int_equal(run->f.r.readable_messages, readable);
        assert_int_equal(run->f.r.incomplete_bytes, incomplete);
    }
    return result;
}

/* How many whole messages the model has handed over or could, as long as nothing goes in parts. */
static uint32_t model_readable(const struct run *run)
{
    uint32_t count = 0;
    bool blocked[STREAMS] = {false};

    for (uint32_t id = 0; id < run->message_count; id++) {
        const struct message *m = &run->messages[id];
        bool is_here = m->chunks_here == m->chunks;
        uint32_t s = m->stream / STREAM_STEP;
        if (!m->is_unordered && !is_here)
            blocked[s] = true;
        if (is_here && (m->is_unordered || !blocked[s]))
            count++;
    }
    return count;
}

/* The ordered message that must come next on a stream. */
static uint32_t next_ordered(struct run *run, uint32_t s)
{
    uint32_t id = run->next_to_read[s];

    while (run->messages[id].is_unordered || run->messages[id].stream != s * STREAM_STEP)
        id++;
    assert_true(id < run->message_count);
    return id;
}

/* What the front of a stream may be; returns the message. */
static struct message *judge(struct run *run, const sctpx_rcvinfo *info)
{
    uint32_t s = info->stream / STREAM_STEP, id = info->ppid;
    bool is_first = (info->flags & SCTPX_MSG_FIRST) != 0;

    assert_true(id < run->message_count);
    struct message *m = &run->messages[id];
    assert_int_equal(info->stream, m->stream);
    assert_int_equal((info->flags & SCTPX_MSG_UNORDERED) != 0, m->is_unordered);
    assert_int_equal(info->ssn, m->is_unordered ? 0 : m->ssn);
    assert_false(m->is_done);
    assert_int_equal(is_first, m->read == 0);
    if (is_first) {
        assert_int_equal(info->tsn, run->initial_tsn + m->first);
        assert_int_equal(run->reading[s], -1);
        if (!m->is_unordered)
            assert_int_equal(id, next_ordered(run, s));
    } else {
        assert_int_equal(run->reading[s], (int)id);
    }
    bool is_last = m->read + info->length == m->length;
    assert_int_equal((info->flags & SCTPX_MSG_LAST) != 0, is_last);
    assert_int_equal((info->flags & SCTPX_MSG_PARTIAL) != 0, !is_last);
    return m;
}

static void compare_bytes(struct run *run, const struct sctpxi_rx_message *rm, uint32_t id,
                          size_t length)
{
    uint8_t buffer[1024];
    const struct message *m = &run->messages[id];
    size_t offset = test_random_below(&run->tr, length);

    assert_int_equal(sctpxi_rx_message_copy(rm, 0, buffer, sizeof(buffer)), length);
    for (size_t i = 0; i < length; i++)
        assert_int_equal(buffer[i], byte_of(id, m->read + i));
    size_t n = test_random_between(&run->tr, 1, length - offset);
    assert_int_equal(sctpxi_rx_message_copy(rm, offset, buffer, n), n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(buffer[i], byte_of(id, m->read + offset + i));
}

/* Reads the front of a stream, or a part of it. False if there is nothing. */
static bool read_one(struct run *run, int stream)
{
    struct sctpxi_rx_message *rm = sctpxi_reasm_first(&run->f.r, stream);
    sctpx_rcvinfo info;

    if (rm == NULL)
        return false;
    sctpxi_rx_message_info(rm, &info);
    struct message *m = judge(run, &info);
    uint32_t s = info.stream / STREAM_STEP;
    compare_bytes(run, rm, info.ppid, info.length);
    size_t n = info.length;
    if (test_random_chance(&run->tr, 400000))
        n = test_random_between(&run->tr, 0, info.length);
    sctpxi_reasm_consume(&run->f.r, rm, n);

    m->read += n;
    m->is_done = m->read == m->length;
    run->reading[s] = m->is_done || m->read == 0 ? -1 : (int)info.ppid;
    if (m->is_done) {
        run->done_count++;
        if (!m->is_unordered)
            run->next_to_read[s] = info.ppid + 1;
    }
    return true;
}

static void check_counts(struct run *run)
{
    const struct sctpxi_reasm *r = &run->f.r;
    size_t bytes = 0;

    for (uint32_t s = 0; s < STREAMS; s++)
        bytes += sctpxi_reasm_stream_bytes(r, (uint16_t)(s * STREAM_STEP));
    assert_int_equal(bytes, r->readable_bytes);
    if (!run->with_partial)
        assert_int_equal(run->done_count + r->readable_messages, model_readable(run));
    assert_true(run->f.pool.kept_bytes + r->used_bytes <= run->f.alloc.used_bytes);
}

/* Shuffles so that no chunk comes more than about `reach` places too early. */
static void shuffle(struct run *run, uint32_t *order, uint32_t reach)
{
    for (uint32_t i = 0; i < run->chunk_count; i++)
        order[i] = i;
    for (uint32_t i = 0; i + 1 < run->chunk_count; i++) {
        uint32_t rest = run->chunk_count - i;
        uint32_t j = i + (uint32_t)test_random_below(&run->tr, rest < reach ? rest : reach);
        uint32_t swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
}

/* Takes every stream near the end of its SSNs, so that they wrap soon. */
static uint32_t prime(struct run *run, uint32_t tsn)
{
    for (uint32_t s = 0; s < 2; s++) {
        run->base_ssn[s] = (uint16_t)(65536 - test_random_between(&run->tr, 1, 20));
        for (uint32_t ssn = 0; ssn < run->base_ssn[s]; ssn++) {
            struct sctpxi_data data = {
                .tsn = sctpxi_tsn_make(tsn++),
                .stream = (uint16_t)(s * STREAM_STEP),
                .ssn = sctpxi_ssn_make((uint16_t)ssn),
                .flags = SCTPXI_DATA_BEGIN | SCTPXI_DATA_END,
                .payload = (const uint8_t *)"x",
                .payload_len = 1,
            };
            assert_int_equal(sctpxi_reasm_add(&run->f.r, &data), 0);
            sctpxi_reasm_consume(&run->f.r, sctpxi_reasm_first(&run->f.r, SCTPX_ANY_STREAM), 1);
        }
    }
    return tsn;
}

static void plan(struct run *run)
{
    uint16_t next_ssn[STREAMS];

    memcpy(next_ssn, run->base_ssn, sizeof(next_ssn));
    for (uint32_t id = 0; id < MAX_MESSAGES && run->chunk_count < MAX_CHUNKS - 12; id++) {
        make_message(run, id, next_ssn);
        run->message_count++;
    }
    for (uint32_t s = 0; s < STREAMS; s++)
        run->reading[s] = -1;
}

static void read_some(struct run *run, uint32_t chance)
{
    while (test_random_chance(&run->tr, chance)) {
        int stream = SCTPX_ANY_STREAM;
        if (test_random_chance(&run->tr, 500000))
            stream = (int)(test_random_below(&run->tr, STREAMS) * STREAM_STEP);
        if (!read_one(run, stream) && stream == SCTPX_ANY_STREAM)
            break;
    }
}

static void receive_all(struct run *run, uint32_t *order, uint32_t read_chance, bool with_failures)
{
    for (uint32_t i = 0; i < run->chunk_count; i++) {
        if (with_failures && test_random_chance(&run->tr, 200000))
            test_alloc_fail(&run->f.ta, test_random_between(&run->tr, 1, 3), 2);
        while (add_chunk(run, order[i]) != 0)
            assert_true(with_failures);
        check_counts(run);
        read_some(run, read_chance);
        if (run->with_partial && test_random_chance(&run->tr, 300000))
            sctpxi_reasm_deliver_partly(&run->f.r, run->tracker.cum);
    }
}

static void one_run(uint64_t seed, bool with_partial, bool with_failures, bool with_ssn_wrap)
{
    static uint32_t order[MAX_CHUNKS];
    static struct run run;

    memset(&run, 0, sizeof(run));
    test_random_init(&run.tr, seed);
    run.with_partial = with_partial;
    start(&run.f);
    run.f.pool.keep_bytes = test_random_chance(&run.tr, 500000) ? 0 : 20000;
    run.initial_tsn = UINT32_MAX - (uint32_t)test_random_below(&run.tr, 2000);
    if (with_ssn_wrap)
        run.initial_tsn = prime(&run, run.initial_tsn - 131000);
    sctpxi_rx_tracker_init(&run.tracker, &run.f.alloc, sctpxi_tsn_make(run.initial_tsn));
    plan(&run);

    static const uint32_t reaches[] = {1, 2, 8, 64, 500, MAX_CHUNKS};
    shuffle(&run, order, reaches[seed % 6]);
    receive_all(&run, order, (uint32_t)test_random_below(&run.tr, 900000), with_failures);
    assert_int_equal(run.f.r.incomplete_bytes, 0);
    assert_int_equal(run.f.r.ring.capacity, 0);
    while (read_one(&run, SCTPX_ANY_STREAM))
        ;
    assert_int_equal(run.done_count, run.message_count);
    assert_int_equal(run.f.r.used_bytes, run.f.r.stream_bytes);
    sctpxi_rx_tracker_done(&run.tracker);
    stop(&run.f);
}

/* The last seed printed before a failure is the one to look at. */
static void many_runs(uint64_t count, bool with_partial, bool with_failures, bool with_ssn_wrap)
{
    for (uint64_t seed = 0; seed < count; seed++) {
        print_message("seed %u\n", (unsigned)seed);
        one_run(seed, with_partial, with_failures, with_ssn_wrap);
    }
}

static void test_whole_messages(void **state)
{
    (void)state;
    many_runs(24, false, false, false);
}

static void test_whole_messages_and_memory_failures(void **state)
{
    (void)state;
    many_runs(24, false, true, false);
}

static void test_partial_delivery(void **state)
{
    (void)state;
    many_runs(48, true, false, false);
}

static void test_partial_delivery_and_memory_failures(void **state)
{
    (void)state;
    many_runs(48, true, true, false);
}

static void test_ssn_wrap(void **state)
{
    (void)state;
    many_runs(6, false, false, true);
    many_runs(6, true, true, true);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_messages),
        cmocka_unit_test(test_whole_messages_and_memory_failures),
        cmocka_unit_test(test_partial_delivery),
        cmocka_unit_test(test_partial_delivery_and_memory_failures),
        cmocka_unit_test(test_ssn_wrap),
    };

    return cmocka_run_group_tests_name("reasm_random", tests, NULL, NULL);
}

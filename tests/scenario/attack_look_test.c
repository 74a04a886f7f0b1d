/* SPDX-License-Identifier: MIT */
/*
 * Peers that make looking ahead dear: messages of a byte each, while the program looks for the end
 * of a line, or reads in a transaction again and again. Counted in chunks, never in time.
 */
#include "engine/assoc.h"
#include "sim/raw.h"
#include "sim/sim.h"

enum { MESSAGES = 4000, IN_PACKET = 50, STREAM = 3 };

static struct sim_raw reader(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "a", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    return raw;
}

static uint8_t byte_at(size_t i)
{
    return (uint8_t)(i % 251);
}

/* A packet with messages of a byte, or with pieces of a message. */
static void send_bytes(struct sim_raw *raw, size_t from, bool is_one)
{
    struct pb *pb = sim_raw_packet(raw);
    for (size_t i = from; i < from + IN_PACKET; i++) {
        uint8_t byte = byte_at(i);
        uint8_t ends = (uint8_t)((i == 0 ? 2 : 0) | (i == MESSAGES - 1 ? 1 : 0));
        pb_data(pb, is_one ? ends : 3, raw->tsn++, STREAM, is_one ? 0 : (uint16_t)i, 0, &byte, 1);
    }
    sim_raw_send(raw, pb);
}

static uint64_t passed(const struct sim_raw *raw)
{
    return raw->conn->assoc->reasm.extra->look.passed_chunks;
}

static void check_byte(const struct sim_raw *raw, int stream, size_t i)
{
    uint8_t byte = 0xff;
    assert_int_equal(sctpx_assoc_peek_bytes(raw->conn->assoc, stream, i, &byte, 1), 1);
    assert_int_equal(byte, byte_at(i));
}

static void look_through(const struct sim_raw *raw, int stream)
{
    uint64_t before = passed(raw);
    uint8_t byte;
    for (size_t i = 0; i < MESSAGES; i++)
        check_byte(raw, stream, i);
    assert_int_equal(sctpx_assoc_peek_bytes(raw->conn->assoc, stream, MESSAGES, &byte, 1), 0);
    assert_true(passed(raw) - before <= MESSAGES);
}

/* A line of bytes that come one by one, and is searched as far as it is there. */
/* covers: attacks/S11 */
static void test_attack_S11_a_long_line_byte_by_byte(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = reader(sim);
    for (size_t i = 0; i < MESSAGES; i += IN_PACKET) {
        send_bytes(&raw, i, false);
        for (size_t k = i; k < i + IN_PACKET; k++)
            check_byte(&raw, STREAM, k);
    }
    assert_true(passed(&raw) <= MESSAGES);
    sim_finish(sim);
}

/* Transactions that are rolled back: each of them costs what it reads. */
/* covers: attacks/S11 */
static void test_attack_S11_transactions_byte_by_byte(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = reader(sim);
    for (size_t i = 0; i < MESSAGES; i += IN_PACKET)
        send_bytes(&raw, i, false);
    look_through(&raw, STREAM);
    look_through(&raw, SCTPX_ANY_STREAM);
    look_through(&raw, STREAM);
    sim_finish(sim);
}

/* The same with one message in as many pieces. covers: attacks/S11 */
static void test_attack_S11_one_message_in_pieces(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = reader(sim);
    for (size_t i = 0; i < MESSAGES; i += IN_PACKET)
        send_bytes(&raw, i, true);
    look_through(&raw, STREAM);
    look_through(&raw, SCTPX_ANY_STREAM);
    sim_finish(sim);
}

/* What is taken between looks, in whole messages and in parts of one, moves what is seen. */
static void test_looking_on_after_taking(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = reader(sim);
    uint8_t bytes[2 * IN_PACKET];
    for (size_t i = 0; i < MESSAGES; i += IN_PACKET)
        send_bytes(&raw, i, true);
    for (size_t taken = 0; taken < MESSAGES; taken += sizeof bytes) {
        assert_int_equal(sctpx_assoc_peek_bytes(raw.conn->assoc, STREAM, 7, bytes, 50), 50);
        assert_int_equal(bytes[0], byte_at(taken + 7));
        assert_int_equal(bytes[49], byte_at(taken + 56));
        assert_int_equal(
            sctpx_assoc_read_bytes(raw.conn->assoc, SCTPX_ANY_STREAM, bytes, sizeof bytes),
            sizeof bytes);
        assert_int_equal(bytes[0], byte_at(taken));
    }
    assert_int_equal(sctpx_assoc_peek_bytes(raw.conn->assoc, STREAM, 0, bytes, 1), 0);
    sim_finish(sim);
}

/* ---- against a simple model ----------------------------------------------------------------- */

enum { STEPS = 20000, STREAMS = 2, LONGEST = 6, HELD = 4000 };

/* Bytes in order of arrival; those that were taken stay, marked. */
struct model {
    struct sim_raw raw;
    uint8_t bytes[HELD];
    uint8_t stream[HELD];
    bool is_taken[HELD];
    size_t count;
    uint16_t ssn[STREAMS];
    uint32_t seed;
};

static size_t draw(struct model *m, size_t limit)
{
    m->seed = m->seed * 1664525u + 1013904223u;
    return (m->seed >> 8) % limit;
}

/* What is there from an offset on; marks it as taken if that is wanted. */
static size_t model_copy(struct model *m, int stream, size_t offset, uint8_t *to, size_t capacity,
                         bool takes)
{
    size_t copied = 0;
    for (size_t i = 0; i < m->count && copied < capacity; i++) {
        if (m->is_taken[i] || (stream != SCTPX_ANY_STREAM && m->stream[i] != stream))
            continue;
        if (offset > 0) {
            offset--;
            continue;
        }
        m->is_taken[i] = takes;
        to[copied++] = m->bytes[i];
    }
    return copied;
}

/* A message in one chunk, or in chunks of a byte. */
static void model_arrive(struct model *m)
{
    size_t length = 1 + draw(m, LONGEST), pieces = draw(m, 2) == 0 ? 1 : length;
    uint16_t stream = (uint16_t)draw(m, STREAMS);
    struct pb *pb = sim_raw_packet(&m->raw);
    for (size_t i = 0; i < length; i++) {
        m->bytes[m->count + i] = (uint8_t)draw(m, 256);
        m->stream[m->count + i] = (uint8_t)stream;
        m->is_taken[m->count + i] = false;
    }
    for (size_t i = 0; i < pieces; i++)
        pb_data(pb, (uint8_t)((i == 0 ? 2 : 0) | (i == pieces - 1 ? 1 : 0)), m->raw.tsn++, stream,
                m->ssn[stream], 0, m->bytes + m->count + i, length / pieces);
    m->ssn[stream]++;
    m->count += length;
    sim_raw_send(&m->raw, pb);
}

static void model_look(struct model *m, int stream)
{
    uint8_t expected[64], got[64];
    size_t offset = draw(m, 40), capacity = draw(m, sizeof got);
    size_t n = model_copy(m, stream, offset, expected, capacity, false);
    assert_int_equal(sctpx_assoc_peek_bytes(m->raw.conn->assoc, stream, offset, got, capacity), n);
    assert_memory_equal(got, expected, n);
}

static void model_take(struct model *m, int stream, size_t capacity)
{
    uint8_t expected[LONGEST], got[LONGEST];
    long n = sctpx_assoc_read_bytes(m->raw.conn->assoc, stream, got, capacity);
    if (n < 0)
        n = 0;
    assert_int_equal(model_copy(m, stream, 0, expected, (size_t)n, true), n);
    assert_memory_equal(got, expected, (size_t)n);
}

static void model_step(struct model *m)
{
    int stream = (int)draw(m, STREAMS + 1) - 1;
    switch (draw(m, 4)) {
    case 0:
        model_arrive(m);
        break;
    case 1:
        model_take(m, stream, 1 + draw(m, LONGEST));
        break;
    default:
        model_look(m, stream);
        break;
    }
    if (m->count + LONGEST > HELD)
        while (sctpx_assoc_readable_bytes(m->raw.conn->assoc, SCTPX_ANY_STREAM) > 0)
            model_take(m, SCTPX_ANY_STREAM, LONGEST);
    if (sctpx_assoc_readable_bytes(m->raw.conn->assoc, SCTPX_ANY_STREAM) == 0)
        m->count = 0;
}

static void test_looks_among_everything(void **state)
{
    struct sim *sim = *state;
    static struct model model;
    model = (struct model){.raw = reader(sim), .seed = 7};
    for (size_t i = 0; i < STEPS; i++)
        model_step(&model);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_S11_a_long_line_byte_by_byte),
        sim_unit_test(test_attack_S11_transactions_byte_by_byte),
        sim_unit_test(test_attack_S11_one_message_in_pieces),
        sim_unit_test(test_looking_on_after_taking),
        sim_unit_test(test_looks_among_everything),
    };
    return cmocka_run_group_tests_name("scenario.attack_look", tests, NULL, NULL);
}

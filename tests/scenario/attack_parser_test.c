/* SPDX-License-Identifier: MIT */
/*
 * Attacks on whatever reads packets: lengths, unknown types, causes, changed packets, checksums.
 * Every packet lies in a block of its exact size, so that a sanitizer sees a read beyond it.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/siege.h"

/* A raw peer beside the honest one. */
struct two {
    struct sim_siege siege;
    struct sim_raw raw;
};

static struct two begin(struct sim *sim)
{
    struct two two = {.siege = sim_siege(sim, NULL)};
    two.raw = sim_raw_new(two.siege.host, 1);
    sim_raw_connect(&two.raw);
    return two;
}

static void end(struct two *two)
{
    if (!two->raw.conn->is_closed)
        sim_raw_abort(&two->raw);
    sim_conn_free(two->raw.conn);
    sim_siege_check(&two->siege);
    sim_finish(two->siege.host->sim);
}

/* What stands behind a chunk without a length is not looked at, and nothing loops. */
/* covers: attacks/P1 */
static void test_attack_P1_chunk_length_0_to_3(void **state)
{
    struct two two = begin(*state);
    uint64_t taken = sim_status(two.raw.conn).received_chunks;
    for (int type = 0; type < 256; type++)
        for (uint16_t length = 0; length < 4; length++)
            for (int first = 0; first < 2; first++) {
                struct pb *pb = sim_raw_packet(&two.raw);
                if (first)
                    pb_heartbeat(pb, "info", 4);
                sim_put_lie(pb, (uint8_t)type, 0, length);
                pb_data(pb, 3, two.raw.tsn, 0, 0, 0, "x", 1);
                sim_raw_send(&two.raw, pb);
                struct pb *stranger = pb_new(two.raw.port, two.raw.host_port, 4711);
                sim_put_lie(stranger, (uint8_t)type, 40, length);
                sim_raw_send(&two.raw, stranger);
            }
    assert_int_equal(sim_status(two.raw.conn).received_chunks, taken);
    assert_int_equal(sim_state(two.raw.conn), SCTPX_ESTABLISHED);
    sim_raw_data(&two.raw, 0, 0, 100);
    assert_int_equal(two.raw.conn->received_messages, 1);
    end(&two);
}

/* Packets of a few bytes, and types above 127; the next packet is read whole. covers: attacks/P2 */
static void test_attack_P2_short_packets_and_high_types(void **state)
{
    struct two two = begin(*state);
    struct sim *sim = *state;
    uint16_t ssn = 0;
    static const uint8_t zeros[16];
    for (size_t length = 0; length <= sizeof(zeros); length++) {
        sim_inject(sim, &two.raw.addr, &two.raw.host->addrs[0], zeros, length);
        sim_raw_data(&two.raw, 0, ssn++, 3000);
        assert_int_equal(two.raw.conn->received_messages, ssn);
    }
    for (int type = 128; type < 256; type++) {
        struct pb *pb = sim_raw_packet(&two.raw);
        pb_chunk(pb, (uint8_t)type, 0xFF);
        pb_fill(pb, 0xFF, (size_t)type % 40);
        pb_end(pb);
        pb_data(pb, 7, two.raw.tsn, 3, 0, 0, "x", 1);
        two.raw.conn->auto_read = false;
        sim_raw_send(&two.raw, pb);
        two.raw.tsn++; /* the unknown chunk is skipped, 3.2 table 2 */
    }
    assert_int_equal(sim_status(two.raw.conn).received_chunks, 17 + 128);
    end(&two);
}

/* Sums at the ends of their ranges (a sanitizer sees an overflow). covers: attacks/P11 */
static void test_attack_P11_numbers_at_the_end_of_their_range(void **state)
{
    static const uint32_t ends[] = {0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF};
    enum { ENDS = sizeof(ends) / sizeof(ends[0]) };
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    for (uint8_t i = 0; i < ENDS * ENDS; i++) {
        struct sim_raw raw = sim_raw_new(siege.host, i);
        raw.rwnd = ends[i % ENDS] < 1500 ? 1500 : ends[i % ENDS];
        raw.tsn = ends[i / ENDS];
        sim_raw_connect(&raw);
        sim_send_load(raw.conn, (struct sim_load){.count = 20, .min_bytes = 1000});
        sim_flush(sim);
        static const uint16_t gaps[][2] = {{2, 65535}, {65535, 65535}, {65535, 1}};
        for (size_t n = 0; n < ENDS && !raw.conn->is_closed; n++) {
            sim_raw_sack(&raw, raw.host_tsn - 1, ends[n]); /* windows */
            sim_run_for(sim, SIM_SECOND);
        }
        for (uint32_t tsn = 3; tsn-- > 0;) { /* across the wrap, and a duplicate */
            sim_raw_data_tsn(&raw, raw.tsn + tsn, 3, 65535, 65535, 10);
            sim_raw_data_tsn(&raw, raw.tsn + tsn, 3, 0, (uint16_t)tsn, 10);
        }
        sim_raw_data_tsn(&raw, raw.tsn + 0x7FFFFFFF, 3, 0, 0, 10);
        sim_raw_data_tsn(&raw, raw.tsn + 0x80000000, 3, 0, 0, 10);
        struct pb *pb = sim_raw_packet(&raw);
        pb_sack(pb, ends[i % ENDS], ends[i / ENDS], 3, gaps, ENDS, ends);
        sim_raw_send(&raw, pb);
        pb = sim_raw_packet(&raw);
        pb_shutdown(pb, ends[i % ENDS]);
        sim_raw_send(&raw, pb);
        sim_run_for(sim, SIM_SECOND);
        if (!raw.conn->is_closed)
            sim_raw_abort(&raw);
        sim_conn_free(raw.conn);
    }
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* ---- ABORT and ERROR ------------------------------------------------------------------------- */

/* One way of many in which a list of causes can be strange. */
static void put_causes(struct pb *pb, unsigned kind)
{
    static const uint8_t bytes[3000];
    switch (kind % 8) {
    case 0: /* unknown, and none at all */
        for (uint16_t i = 0; i < kind; i++)
            pb_item(pb, (uint16_t)(i * 997), bytes, i % 9);
        break;
    case 1: /* thousands of empty ones */
        for (uint16_t i = 0; i < 8000; i++)
            pb_item(pb, (uint16_t)(i % 14), NULL, 0);
        break;
    case 2: /* longer than anybody wants to know */
        pb_item(pb, (uint16_t)(kind % 14), bytes, sizeof(bytes));
        break;
    case 3: /* one in another in another */
        for (unsigned i = 0; i < 6; i++)
            pb_tlv(pb, (uint16_t)((kind + i) % 14));
        for (unsigned i = 0; i < 6; i++)
            pb_end(pb);
        break;
    default: /* lengths of 0 to 3, and beyond the chunk */
        pb_tlv(pb, (uint16_t)(kind % 14));
        pb_fill(pb, 'z', kind % 5);
        pb_lie_length(pb, kind % 8 == 7 ? 0xFFFF : (uint16_t)(kind % 4));
        pb_end(pb);
        break;
    }
}

/* covers: attacks/P13 */
static void test_attack_P13_strange_causes(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    sim_raw_connect(&raw);
    unsigned closed = 0;
    for (unsigned kind = 0; kind < 300; kind++) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_error(pb);
        put_causes(pb, kind);
        pb_end(pb);
        sim_raw_send(&raw, pb);
        pb = sim_raw_packet(&raw);
        pb_abort(pb, false);
        put_causes(pb, kind);
        pb_end(pb);
        sim_raw_send(&raw, pb);
        assert_int_equal(sim_raw_count(&raw, SIM_ABORT), 0); /* nobody answers ABORT or ERROR */
        if (!raw.conn->is_closed)
            continue;
        closed++;
        assert_int_equal(raw.conn->error, SCTPX_EPEERABORT);
        assert_true(raw.conn->reason_length <= 256);
        sim_conn_free(raw.conn);
        raw = sim_raw_new(siege.host, (uint8_t)(1 + kind % 200));
        sim_raw_connect(&raw);
    }
    assert_in_range(closed, 100, 300);
    sim_raw_abort(&raw);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* ---- changed packets ------------------------------------------------------------------------- */

/* The packets of a whole life, with numbers that a test may change. */
static size_t record_life(struct sim *sim, const struct sim_record *records[], size_t max)
{
    struct sim_pair pair = sim_pair_multi(sim, 2, NULL);
    sim_send_load(pair.ab, (struct sim_load){.count = 6, .min_bytes = 2000, .streams = 2});
    sim_run_for(sim, 3 * SIM_SECOND);
    assert_int_equal(sctpx_assoc_shutdown(pair.ab->assoc, sim->now), 0);
    sim_run_until_closed(pair.ba, 10 * SIM_SECOND);
    size_t n = 0;
    while (n < max && (records[n] = sim_nth(sim, (struct sim_query){.chunk = SIM_ANY}, n)) != NULL)
        n++;
    return n;
}

static void change(uint64_t *random, uint8_t *bytes, size_t *length)
{
    static const uint8_t values[] = {0, 1, 3, 4, 0x7F, 0x80, 0xFE, 0xFF};
    for (uint64_t n = 1 + sim_draw(random) % 3; n > 0; n--) {
        size_t at = 12 + sim_draw(random) % (*length - 12);
        switch (sim_draw(random) % 4) {
        case 0:
            bytes[at] ^= (uint8_t)(1u << sim_draw(random) % 8);
            break;
        case 1:
            bytes[at] = values[sim_draw(random) % sizeof(values)];
            break;
        case 2: /* cut */
            *length = at < 16 ? 16 : at;
            break;
        default: /* a piece of it again */
            memmove(bytes + at, bytes + 12, *length - at < 64 ? *length - at : 64);
            break;
        }
    }
}

static void put_u32(uint8_t *p, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* To a stranger, or with the right ports and tag to the raw peer's association. */
static void send_changed(struct two *two, uint8_t *bytes, size_t length, bool is_known)
{
    struct sim *sim = two->raw.host->sim;
    uint16_t ports[2] = {two->raw.port, two->raw.host_port};
    for (int i = 0; i < 2; i++) {
        bytes[2 * i] = (uint8_t)(ports[i] >> 8);
        bytes[2 * i + 1] = (uint8_t)ports[i];
    }
    if (is_known)
        put_u32(bytes + 4, two->raw.host_tag);
    put_u32(bytes + 8, 0);
    uint32_t crc = pb_crc32c(bytes, length);
    for (int i = 0; i < 4; i++)
        bytes[8 + i] = (uint8_t)(crc >> (8 * i));
    sim_inject(sim, &two->raw.addr, &two->raw.host->addrs[0], bytes, length);
    sim_flush(sim);
}

/* 20,000 descendants of good packets, as the public corpora hold them. covers: attacks/P14 */
static void test_attack_P14_changed_packets_of_a_whole_life(void **state)
{
    const struct sim_record *records[200];
    struct sim *sim = *state;
    size_t n = record_life(sim, records, 200);
    assert_in_range(n, 20, 199);
    struct two two = begin(sim);
    uint64_t random = 7;
    sim->capture_off = true;
    for (int i = 0; i < 20000; i++) {
        const struct sim_record *record = records[sim_draw(&random) % n];
        uint8_t bytes[1500];
        size_t length = record->length;
        memcpy(bytes, record->raw, length);
        change(&random, bytes, &length);
        send_changed(&two, bytes, length, i % 2 != 0);
        if (i % 200 == 0)
            sim->now += 10 * SIM_MS;
        if (two.raw.conn->is_closed) {
            sim_conn_free(two.raw.conn);
            sim->capture_off = false;
            two.raw = sim_raw_new(two.siege.host, (uint8_t)(1 + i % 100));
            sim_raw_connect(&two.raw);
            sim->capture_off = true;
        }
    }
    end(&two);
}

/* Each packet's memory is gone when the call returns, and nobody looks at it again (a sanitizer
 * would see it): fragments of one message in packets of their own. covers: attacks/P15 */
static void test_attack_P15_packets_are_not_kept(void **state)
{
    struct two two = begin(*state);
    enum { PIECES = 64 };
    two.raw.conn->auto_read = false;
    for (uint32_t i = 0; i < PIECES; i++) { /* backwards, so that all of them wait */
        uint32_t n = PIECES - 1 - i;
        sim_raw_data_tsn(&two.raw, two.raw.tsn + n,
                         (uint8_t)((n == 0 ? 2 : 0) | (n == PIECES - 1 ? 1 : 0)), 0, 0, 100 + n);
    }
    static uint8_t message[16384];
    sctpx_rcvinfo info;
    long length = sctpx_assoc_receive(two.raw.conn->assoc, 0, message, sizeof(message), &info);
    assert_int_equal(length, PIECES * 100 + PIECES * (PIECES - 1) / 2);
    for (long i = 0; i < length; i++)
        assert_int_equal(message[i], 'x');
    end(&two);
}

/* ---- checksums ------------------------------------------------------------------------------- */

/* Not even if the peer asked for it: nobody agreed. covers: attacks/P17 */
static void test_attack_P17_zero_checksum_is_never_accepted(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    for (int has_param = 0; has_param < 2; has_param++) {
        struct pb *pb = sim_raw_init(&raw);
        if (has_param)
            pb_item(pb, SIEGE_PARAM_ZERO_CHECKSUM, "\0\0\0\1", 4);
        pb_end(pb);
        pb_set_checksum(pb, 0);
        assert_int_equal(sim_raw_send(&raw, pb), SCTPX_EBADPACKET);
    }
    assert_int_equal(sim_raw_count(&raw, SIM_ANY), 0);
    struct pb *pb = sim_raw_init(&raw);
    pb_item(pb, SIEGE_PARAM_ZERO_CHECKSUM, "\0\0\0\1", 4);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    sim_raw_learn(&raw, SIM_INIT_ACK);
    pb = sim_raw_echo(&raw);
    pb_set_checksum(pb, 0);
    assert_int_equal(sim_raw_send(&raw, pb), SCTPX_EBADPACKET);
    assert_int_equal(siege.host->n_conns, 1);
    sim_raw_send(&raw, sim_raw_echo(&raw));
    raw.conn = sim_accepted(siege.host, 1);
    size_t mark = sim_mark(sim);
    for (int type = 0; type < 256; type++)
        for (int is_known = 0; is_known < 2; is_known++) {
            pb = pb_new(raw.port, raw.host_port, is_known ? raw.host_tag : 4711);
            sim_put_chunk(pb, (uint8_t)type);
            pb_set_checksum(pb, 0);
            assert_int_equal(sim_raw_send(&raw, pb), SCTPX_EBADPACKET);
        }
    assert_int_equal(sim_mark(sim), mark);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_raw_abort(&raw);
    sim_siege_check(&siege);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_P1_chunk_length_0_to_3),
        sim_unit_test(test_attack_P2_short_packets_and_high_types),
        sim_unit_test(test_attack_P11_numbers_at_the_end_of_their_range),
        sim_unit_test(test_attack_P13_strange_causes),
        sim_unit_test(test_attack_P14_changed_packets_of_a_whole_life),
        sim_unit_test(test_attack_P15_packets_are_not_kept),
        sim_unit_test(test_attack_P17_zero_checksum_is_never_accepted),
    };
    return cmocka_run_group_tests_name("scenario.attack_parser", tests, NULL, NULL);
}

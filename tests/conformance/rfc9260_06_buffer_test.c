/* SPDX-License-Identifier: MIT */
/* The receive buffer and the window that is advertised (RFC 9260 6.2). */
#include <string.h>

#include "conformance/rfc9260_06.h"

enum { BUFFER = 20000 };

static sctpx_assoc_options small_buffer(void)
{
    sctpx_assoc_options options = transfer_options();
    options.rcvbuf_bytes = BUFFER;
    options.sack_packets = 1;
    return options;
}

static uint32_t window(const struct sim_raw *raw)
{
    return transfer_last_sack(raw)->rwnd;
}

/* The peer fills the buffer, in order, until the window is 0. Nothing is read. */
static struct sim_raw full_host(struct sim *sim, size_t message_bytes)
{
    sctpx_assoc_options options = small_buffer();
    struct sim_raw raw = transfer_to_host_begun(sim, &options);
    for (uint16_t i = 1; window(&raw) > 0; i++) {
        assert_true(i < 1000);
        sim_raw_data(&raw, 0, i, message_bytes);
    }
    return raw;
}

/* covers: 9260/6.2-2 9260/6.2-4 9260/6.2-5 */
static void test_new_data_in_a_closed_window_is_dropped(void **state)
{
    static const size_t sizes[] = {1, 100, 1000, FULL_PAYLOAD};
    for (size_t i = 0; i < 4; i++) {
        struct sim *sim = sim_renew(state);
        struct sim_raw raw = full_host(sim, 700);
        uint32_t cum = transfer_last_sack(&raw)->tsn;
        size_t messages = sim_status(raw.conn).readable_messages;
        for (uint32_t ahead = 1; ahead <= 3; ahead++) {
            size_t before = sim_raw_count(&raw, SIM_SACK);
            sim_raw_data_tsn(&raw, cum + ahead, DATA_WHOLE | DATA_UNORDERED, 0, 0, sizes[i]);
            assert_int_equal(sim_raw_count(&raw, SIM_SACK), before + 1);
            assert_int_equal(transfer_last_sack(&raw)->tsn, cum);
            assert_int_equal(transfer_last_sack(&raw)->gaps, 0);
            assert_int_equal(window(&raw), 0);
        }
        sim_run_for(sim, SIM_SECOND);
        assert_int_equal(sim_status(raw.conn).readable_messages, messages);
        sim_finish(sim);
    }
}

/* There may be room by now, but the window that the peer knows is 0: dropped, and told. */
/* covers: 9260/6.2-2 9260/6.2-24 */
static void test_probe_is_dropped_and_answered_with_the_window_of_now(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = full_host(sim, 700);
    uint32_t cum = transfer_last_sack(&raw)->tsn;
    size_t before = sim_raw_count(&raw, SIM_SACK);
    sim_read(raw.conn, 4); /* less than a quarter of the buffer: not told by itself */
    sim_flush(sim);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), before);
    sim_raw_data_tsn(&raw, cum + 1, DATA_WHOLE | DATA_UNORDERED, 0, 0, 700);
    assert_int_equal(transfer_last_sack(&raw)->tsn, cum);
    assert_true(window(&raw) >= 1500);
    sim_raw_data_tsn(&raw, cum + 1, DATA_WHOLE | DATA_UNORDERED, 0, 0, 700);
    assert_int_equal(transfer_last_sack(&raw)->tsn, cum + 1);
    sim_finish(sim);
}

/* Closed with a hole: what fills it is taken, and nothing that was reported is given up for it. */
/* covers: 9260/6.2-3 9260/6.2-28 */
static void test_hole_is_filled_in_a_closed_window(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = small_buffer();
    struct sim_raw raw = transfer_to_host_begun(sim, &options);
    uint16_t last = 3; /* 1001 and 1002 are missing */
    for (; last == 3 || window(&raw) > 0; last++)
        sim_raw_data_tsn(&raw, 1000u + last, DATA_WHOLE | DATA_UNORDERED, 0, 0, 700);
    last--;
    transfer_check_gap(&raw, 0, 3, last);
    sim_raw_data_tsn(&raw, 1002, DATA_WHOLE | DATA_UNORDERED, 0, 0, FULL_PAYLOAD);
    transfer_check_gap(&raw, 0, 2, last);
    sim_raw_data_tsn(&raw, 1001, DATA_WHOLE | DATA_UNORDERED, 0, 0, FULL_PAYLOAD);
    assert_int_equal(transfer_last_sack(&raw)->tsn, 1000u + last);
    assert_int_equal(transfer_last_sack(&raw)->gaps, 0);
    assert_int_equal(sim_status(raw.conn).readable_messages, last + 1u);
    sim_finish(sim);
}

/* Pressure of all kinds: once a TSN is in a block it stays there until the point passes it. */
/* covers: 9260/6.2-28 9260/6.2-25 */
static void test_nothing_is_taken_back(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = small_buffer();
    struct sim_raw raw = transfer_to_host_begun(sim, &options);
    bool seen[400] = {false};
    for (uint32_t i = 2; i < 400; i += 1 + i % 3) {
        sim_raw_data_tsn(&raw, 1000 + i, DATA_WHOLE | DATA_UNORDERED, (uint16_t)(i % 9), 0, 300);
        const struct sim_chunk *sack = transfer_last_sack(&raw);
        const uint8_t *p = sim_raw_last(&raw, SIM_SACK)->raw + sack->offset + 16;
        bool now[400] = {false};
        for (size_t j = 0; j < sack->gaps; j++)
            for (uint32_t k = transfer_u16(p + 4 * j); k <= transfer_u16(p + 4 * j + 2); k++)
                now[k] = true;
        for (size_t j = 0; j < 400; j++)
            assert_true(now[j] || !seen[j]);
        memcpy(seen, now, sizeof seen);
    }
    assert_int_equal(window(&raw), 0);
    sim_finish(sim);
}

/* What the window is now: of a chunk that is here already, which changes nothing else. */
static uint32_t ask_window(struct sim_raw *raw)
{
    sim_raw_data_tsn(raw, 1001, DATA_WHOLE | DATA_UNORDERED, 0, 0, 1);
    return window(raw);
}

/*
 * It closes with what comes and not faster: its right edge stays. And it opens again by a packet at
 * least, else it would invite tiny chunks (RFC 1122 4.2.3.3).
 */
/* covers: 9260/6.2-6 */
static void test_no_silly_window(void **state)
{
    static const size_t sizes[] = {100, 333, 1000, FULL_PAYLOAD};
    for (size_t i = 0; i < 4; i++) {
        struct sim *sim = sim_renew(state);
        sctpx_assoc_options options = small_buffer();
        struct sim_raw raw = transfer_to_host(sim, &options);
        for (size_t taken = 0; taken < BUFFER;) {
            sim_raw_data(&raw, 0, (uint16_t)(taken / sizes[i]), sizes[i]);
            taken += sizes[i];
            assert_int_equal(window(&raw), taken < BUFFER ? BUFFER - taken : 0);
        }
        while (sim_read(raw.conn, 1) > 0) {
            uint32_t rwnd = ask_window(&raw);
            assert_true(rwnd == 0 || rwnd >= PACKET_BYTES);
        }
        sim_finish(sim);
    }
}

/* covers: 9260/6.2-12 9260/6.2-22 */
static void test_open_window_is_told(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = full_host(sim, 700);
    size_t before = sim_raw_count(&raw, SIM_SACK);
    uint32_t cum = transfer_last_sack(&raw)->tsn;
    sim_read(raw.conn, SIZE_MAX);
    sim_flush(sim);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), before + 1);
    assert_int_equal(transfer_last_sack(&raw)->tsn, cum);
    assert_true(window(&raw) > BUFFER * 3 / 4);
    sim_finish(sim);
}

/* The user reads in tiny steps: an update for a quarter of the buffer each, at most. */
/* covers: 9260/6.2-13 9260/6.2-11 */
static void test_few_window_updates(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = full_host(sim, 50);
    size_t before = sim_raw_count(&raw, SIM_SACK), reads = 0;
    uint32_t last = 0;
    for (; sim_read(raw.conn, 1) > 0; reads++) {
        sim_flush(sim);
        assert_true(window(&raw) == last || window(&raw) - last >= BUFFER / 4);
        last = window(&raw);
    }
    assert_true(reads > 50);
    assert_in_range(sim_raw_count(&raw, SIM_SACK), before + 1, before + 4);
    sim_finish(sim);
}

/* 6.2 A to D: what the buffer has left, less for what is held, more for what was read. */
/* covers: 9260/6.2-24 9260/6.2-23 */
static void test_window_is_what_is_left(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = small_buffer();
    struct sim_raw raw = transfer_to_host(sim, &options);
    const struct sim_record *ack = sim_raw_last(&raw, SIM_INIT_ACK);
    assert_int_equal(sim_find_chunk(sim, ack, SIM_INIT_ACK)->rwnd, BUFFER);
    uint32_t last = BUFFER;
    for (uint16_t i = 0; i < 10; i++) {
        sim_raw_data(&raw, 0, i, 1000);
        assert_true(window(&raw) <= last - 1000);
        last = window(&raw);
    }
    sim_read(raw.conn, 1);
    sim_raw_data(&raw, 0, 10, 1000);
    assert_int_equal(window(&raw), last); /* one out, one in */
    sim_finish(sim);
}

/* Fragments that wait for others release nothing while there is much to read. */
/* covers: 9260/6.2-32 */
static void test_fragments_do_not_open_the_window(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = small_buffer();
    struct sim_raw raw = transfer_to_host(sim, &options);
    for (uint16_t i = 0; i < 11; i++)
        sim_raw_data(&raw, 0, i, 1000);
    uint32_t last = window(&raw);
    for (uint32_t i = 0; i < 8; i++) {
        sim_raw_data_tsn(&raw, raw.tsn + i, i == 0 ? DATA_BEGIN : 0, 1, 0, 1000);
        assert_true(window(&raw) <= last - 1000);
        last = window(&raw);
    }
    sim_finish(sim);
}

/* covers: 9260/6.2-30 */
static void test_data_without_user_data(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host_begun(sim, NULL);
    struct pb *pb = sim_raw_packet(&raw);
    pb_data(pb, DATA_WHOLE, 1001, 0, 1, 0, "", 0);
    sim_raw_send(&raw, pb);
    const struct sim_record *record = sim_raw_last(&raw, SIM_ABORT);
    assert_non_null(record);
    const struct sim_chunk *abort = sim_find_chunk(sim, record, SIM_ABORT);
    const uint8_t *cause = record->raw + abort->offset + 4;
    assert_int_equal(abort->flags, 0);
    assert_int_equal(record->vtag, raw.tag);
    assert_int_equal(transfer_u16(cause), 9); /* No User Data, with the TSN (3.3.10.9) */
    assert_int_equal(transfer_u16(cause + 2), 8);
    assert_int_equal(transfer_u32(cause + 4), 1001);
    assert_true(raw.conn->is_closed);
    sim_finish(sim);
}

/* covers: 9260/6.2-31 */
static void test_no_empty_message_is_sent(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 100000, NULL);
    assert_int_equal(sim_try_send(raw.conn, 0, 0, 0), SCTPX_EEMPTY);
    assert_int_equal(sim_try_send(raw.conn, 0, 0, SCTPX_MSG_UNORDERED), SCTPX_EEMPTY);
    sim_run_for(sim, SIM_SECOND);
    assert_int_equal(transfer_chunks(&raw), 0);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_new_data_in_a_closed_window_is_dropped),
        sim_unit_test(test_probe_is_dropped_and_answered_with_the_window_of_now),
        sim_unit_test(test_hole_is_filled_in_a_closed_window),
        sim_unit_test(test_nothing_is_taken_back),
        sim_unit_test(test_no_silly_window),
        sim_unit_test(test_open_window_is_told),
        sim_unit_test(test_few_window_updates),
        sim_unit_test(test_window_is_what_is_left),
        sim_unit_test(test_fragments_do_not_open_the_window),
        sim_unit_test(test_data_without_user_data),
        sim_unit_test(test_no_empty_message_is_sent),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_06_buffer", tests, NULL, NULL);
}

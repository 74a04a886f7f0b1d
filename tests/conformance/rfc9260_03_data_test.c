/* SPDX-License-Identifier: MIT */
/* RFC 9260 3.3.1: the DATA chunk as it is sent and as it is understood. */
#include "conformance/rfc9260_03.h"

enum { END = 1, BEGIN = 2, WHOLE = 3, UNORDERED = 4, IMMEDIATE = 8, PPID = 0x51525354 };

/* Sends a message of this many bytes, all of them 'm'. */
static void send_message(struct sim_raw *raw, uint16_t stream, size_t length, uint16_t flags)
{
    static uint8_t bytes[8000];
    memset(bytes, 'm', sizeof bytes);
    assert_true(length <= sizeof bytes);
    const sctpx_sndinfo info = {.stream = stream, .flags = flags, .ppid = PPID};
    struct sim *sim = raw->host->sim;
    assert_int_equal(sctpx_assoc_send(raw->conn->assoc, sim->now, bytes, length, &info), 0);
    sim_flush(sim);
}

/* All that is in a DATA chunk but the user's bytes. */
struct seen {
    uint8_t flags;
    uint32_t tsn, ppid;
    uint16_t stream, ssn, length;
};

/* The DATA chunks a host sent, in order; returns how many. */
static size_t collect(const struct sim_host *host, struct seen *seen, size_t max)
{
    const struct sim_record *record;
    size_t n = 0;
    for (size_t i = 0;
         (record = sim_nth(host->sim, (struct sim_query){.from = host, .chunk = SIM_DATA}, i)) !=
         NULL;
         i++)
        for (size_t j = 0; j < record->n_chunks; j++) {
            const uint8_t *p = record->raw + record->chunks[j].offset;
            if (p[0] != SIM_DATA)
                continue;
            assert_true(n < max);
            seen[n++] = (struct seen){p[1],           get_u32(p + 4),  get_u32(p + 12),
                                      get_u16(p + 8), get_u16(p + 10), get_u16(p + 2)};
        }
    return n;
}

/* covers: 9260/3.3.1-1 9260/3.3.1-12 */
static void test_unfragmented_message(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    send_message(&raw, 5, 7, 0);
    struct pb *pb = pb_bare();
    pb_data(pb, WHOLE, raw.host_tsn, 5, 0, PPID, "mmmmmmm", 7);
    check_chunks(&raw, SIM_DATA, pb);
    sim_finish(sim);
}

/* covers: 9260/3.3.1-2 */
static void test_immediate_bit_is_set_on_request(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    send_message(&raw, 0, 7, 0);
    assert_int_equal(last_chunk(&raw, SIM_DATA)[1], WHOLE);
    send_message(&raw, 0, 7, SCTPX_MSG_SACK_NOW);
    assert_int_equal(last_chunk(&raw, SIM_DATA)[1], WHOLE | IMMEDIATE);
    sim_finish(sim);
}

/* covers: 9260/3.3.1-3 */
static void test_ssn_of_unordered_data_is_ignored(void **state)
{
    static const uint16_t ssns[] = {500, 7, 7, 0, 65535};
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    raw.conn->auto_read = false;
    for (size_t i = 0; i < 5; i++) {
        sim_raw_data_tsn(&raw, raw.tsn++, WHOLE | UNORDERED, 2, ssns[i], 10);
        assert_int_equal(sim_status(raw.conn).readable_messages, i + 1);
    }
    /* And they did not count in the order of the stream. */
    sim_raw_data_tsn(&raw, raw.tsn++, WHOLE, 2, 0, 10);
    assert_int_equal(sim_status(raw.conn).readable_messages, 6);
    sim_finish(sim);
}

/* Behind a gap in the TSNs, and behind an ordered message that has to wait. */
/* covers: 9260/3.3.1-4 */
static void test_unordered_data_is_not_held_back(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    raw.conn->auto_read = false;
    sim_raw_data_tsn(&raw, raw.tsn + 1, WHOLE, 2, 1, 10);
    assert_int_equal(sim_status(raw.conn).readable_messages, 0);
    sim_raw_data_tsn(&raw, raw.tsn + 3, WHOLE | UNORDERED, 2, 0, 10);
    assert_int_equal(sim_status(raw.conn).readable_messages, 1);
    sim_raw_data_tsn(&raw, raw.tsn + 6, END | UNORDERED, 2, 0, 10);
    assert_int_equal(sim_status(raw.conn).readable_messages, 1);
    sim_raw_data_tsn(&raw, raw.tsn + 5, BEGIN | UNORDERED, 2, 0, 10);
    assert_int_equal(sim_status(raw.conn).readable_messages, 2); /* reassembled, and there */
    assert_int_equal(sim_status(raw.conn).readable_bytes, 30);
    sim_finish(sim);
}

/* B, then neither, then E; TSNs one after the other; SSN and PPID in all of them. */
static void check_fragments(const struct seen *seen, size_t n, uint32_t tsn, uint8_t flags)
{
    assert_true(n >= 3);
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t edges = (uint8_t)((i == 0 ? BEGIN : 0) | (i == n - 1 ? END : 0));
        assert_int_equal(seen[i].flags, edges | flags);
        assert_int_equal(seen[i].tsn, tsn + i);
        assert_int_equal(seen[i].stream, 4);
        assert_int_equal(seen[i].ssn, seen[0].ssn);
        assert_int_equal(seen[i].ppid, PPID);
        bytes += seen[i].length - 16u;
    }
    assert_int_equal(bytes, 4000);
}

/* covers: 9260/3.3.1-7 9260/3.3.1-8 9260/3.3.1-13 */
static void test_fragments_of_an_ordered_message(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    struct seen seen[16];
    send_message(&raw, 4, 10, 0); /* so that the SSN is not 0 */
    sim_raw_sack(&raw, raw.host_tsn, raw.rwnd);
    send_message(&raw, 4, 4000, 0);
    size_t n = collect(raw.host, seen, 16);
    check_fragments(seen + 1, n - 1, raw.host_tsn + 1, 0);
    assert_int_equal(seen[1].ssn, 1);
    sim_finish(sim);
}

/* covers: 9260/3.3.1-5 9260/3.3.1-8 9260/3.3.1-13 */
static void test_fragments_of_an_unordered_message(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    struct seen seen[16];
    send_message(&raw, 4, 4000, SCTPX_MSG_UNORDERED);
    check_fragments(seen, collect(raw.host, seen, 16), raw.host_tsn, UNORDERED);
    sim_finish(sim);
}

/* covers: 9260/3.3.1-6 */
static void test_empty_messages_are_not_sent(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    assert_int_equal(sctpx_assoc_send(raw.conn->assoc, sim->now, "", 0, NULL), SCTPX_EEMPTY);
    sim_run_for(sim, 10 * SIM_SECOND);
    assert_int_equal(sim_raw_count(&raw, SIM_DATA), 0);
    sim_finish(sim);
}

/* First transmissions are counted on by one each; messages are not mixed into each other. */
static void check_order(const struct sim_host *host, size_t messages)
{
    static struct seen seen[4000];
    size_t n = collect(host, seen, 4000), whole = 0;
    const struct seen *last = NULL;
    for (size_t i = 0; i < n; i++) {
        if (last && (int32_t)(seen[i].tsn - last->tsn) <= 0)
            continue; /* sent again */
        if (last) {
            assert_int_equal(seen[i].tsn, last->tsn + 1);
            bool goes_on = (last->flags & END) == 0;
            assert_int_equal((seen[i].flags & BEGIN) == 0, goes_on);
            if (goes_on)
                assert_int_equal(seen[i].stream, last->stream);
        }
        whole += seen[i].flags & END;
        last = &seen[i];
    }
    assert_int_equal(whole, messages);
}

/* Long and short messages of many streams, with losses, across the end of the TSNs. */
/* covers: 9260/3.3.1-13 9260/3.3.1-14 */
static void test_tsns_are_sequential(void **state)
{
    struct sim *sim = *state;
    sim->random_is_high = true;
    struct sim_pair pair = sim_pair(sim, NULL);
    sim_set_links(sim, &(struct sim_link_config){.delay_us = 5000, .loss_permille = 30});
    sim_send_load(
        pair.ab, (struct sim_load){.count = 300, .min_bytes = 10, .max_bytes = 6000, .streams = 7});
    sim_run_until_sent(pair.ab, 600 * SIM_SECOND);
    assert_true(sim_status(pair.ab).retransmitted_chunks > 0);
    check_order(pair.a, 300);
    sim_finish(sim);
}

/* Res bits are 0 on transmit (all tests above) and ignored on receipt. */
static void test_reserved_bits_are_ignored(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    raw.conn->auto_read = false;
    sim_raw_data_tsn(&raw, raw.tsn++, WHOLE | 0xF0, 0, 0, 10);
    assert_int_equal(sim_status(raw.conn).readable_messages, 1);
    sim_raw_data_tsn(&raw, raw.tsn++, BEGIN | 0xF0, 0, 1, 10);
    sim_raw_data_tsn(&raw, raw.tsn++, END | 0x50, 0, 1, 10);
    assert_int_equal(sim_status(raw.conn).readable_messages, 2);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* The user's PPID is carried as it is, both ways, 0 too. */
static void test_ppid_is_not_touched(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = connected(sim);
    raw.conn->auto_read = false;
    struct pb *pb = sim_raw_packet(&raw);
    pb_data(pb, WHOLE, raw.tsn, 0, 0, 0x01020304, "x", 1);
    pb_data(pb, WHOLE, raw.tsn + 1, 0, 1, 0, "x", 1);
    sim_raw_send(&raw, pb);
    static const uint32_t ppids[] = {0x01020304, 0};
    for (size_t i = 0; i < 2; i++) {
        uint8_t byte;
        sctpx_rcvinfo info;
        assert_int_equal(sctpx_assoc_receive(raw.conn->assoc, 0, &byte, 1, &info), 1);
        assert_int_equal(info.ppid, ppids[i]);
    }
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_unfragmented_message),
        sim_unit_test(test_immediate_bit_is_set_on_request),
        sim_unit_test(test_ssn_of_unordered_data_is_ignored),
        sim_unit_test(test_unordered_data_is_not_held_back),
        sim_rfc9260_test(test_fragments_of_an_ordered_message),
        sim_rfc9260_test(test_fragments_of_an_unordered_message),
        sim_unit_test(test_empty_messages_are_not_sent),
        sim_unit_test(test_tsns_are_sequential),
        sim_unit_test(test_reserved_bits_are_ignored),
        sim_unit_test(test_ppid_is_not_touched),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_03_data", tests, NULL, NULL);
}

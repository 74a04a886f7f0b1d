/* SPDX-License-Identifier: MIT */
/* ETSI TS 102 369, data: what the host sends, and when it sends it again. */
#include "conformance/etsi.h"

/* Connected to a peer with such a window. */
static struct sim_raw with_window(struct sim *sim, uint32_t rwnd)
{
    struct sim_raw raw = asking(sim, NULL);
    raw.rwnd = rwnd;
    send_init_ack(&raw);
    send_cookie_ack(&raw);
    return raw;
}

static size_t chunks_sent(const struct sim_raw *raw)
{
    return sim_count_chunks(raw->host->sim, (struct sim_query){.from = raw->host});
}

/* The n-th packet with DATA (0 = first) holds just this chunk: the n-th TSN (1 = first) ... */
static void check_data(const struct sim_raw *raw, size_t packet, uint32_t n, uint8_t flags,
                       uint16_t ssn, size_t payload)
{
    const struct sim_record *record = sim_sent_nth(raw->host, SIM_DATA, packet);
    assert_non_null(record);
    assert_int_equal(record->n_chunks, 1);
    assert_int_equal(record->chunks[0].tsn, raw->host_tsn - 1 + n);
    assert_int_equal(record->chunks[0].flags & DATA_WHOLE, flags);
    assert_int_equal(record->chunks[0].ssn, ssn);
    assert_int_equal(record->chunks[0].length, 16 + payload);
}

/* covers: ts102369/D-V-8-1 */
static void test_d_v_8_1_message_that_fits_a_packet(void **state)
{
    struct sim_raw raw = with_window(*state, 100000);
    write_message(&raw, FULL_PAYLOAD);
    check_data(&raw, 0, 1, DATA_WHOLE, 0, FULL_PAYLOAD);
    assert_int_equal(chunks_sent(&raw), 1);
    sim_finish(*state);
}

/* covers: ts102369/D-V-8-2 */
static void test_d_v_8_2_message_that_must_be_fragmented(void **state)
{
    struct sim_raw raw = with_window(*state, 100000);
    write_message(&raw, 2 * FULL_PAYLOAD + 1);
    check_data(&raw, 0, 1, DATA_BEGIN, 0, FULL_PAYLOAD);
    check_data(&raw, 1, 2, 0, 0, FULL_PAYLOAD);
    check_data(&raw, 2, 3, DATA_END, 0, 1);
    sack(&raw, 3, 100000);
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
    assert_int_equal(chunks_sent(&raw), 3);
    sim_finish(*state);
}

/* What is acknowledged is not sent again, what is not is. covers: ts102369/D-V-8-4 */
static void test_d_v_8_4_sack_for_an_outstanding_tsn(void **state)
{
    struct sim_raw raw = with_window(*state, 100000);
    write_message(&raw, 1000);
    write_message(&raw, 1000);
    sack(&raw, 1, 100000);
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 1000);
    assert_int_equal(wait_for(&raw, SIM_DATA), SIM_SECOND);
    assert_int_equal(times_sent(&raw, 1), 1);
    assert_int_equal(times_sent(&raw, 2), 2);
    sack(&raw, 2, 100000);
    sim_run_for(*state, 300 * SIM_SECOND);
    assert_int_equal(chunks_sent(&raw), 3);
    sim_finish(*state);
}

/* After RTO, and with a window of one packet. covers: ts102369/D-I-8-5 */
static void test_d_i_8_5_t3_expires(void **state)
{
    struct sim_raw raw = with_window(*state, 100000);
    write_message(&raw, FULL_PAYLOAD);
    write_message(&raw, FULL_PAYLOAD);
    assert_int_equal(wait_for(&raw, SIM_DATA), SIM_SECOND);
    check_data(&raw, 2, 1, DATA_WHOLE, 0, FULL_PAYLOAD);
    assert_int_equal(chunks_sent(&raw), 3);
    assert_int_equal(sim_path(raw.conn, 0).cwnd_bytes, PMDCS);
    assert_int_equal(sim_path(raw.conn, 0).rto_us, 2 * SIM_SECOND);
    sim_finish(*state);
}

/* Of the message that comes next no more than one chunk leaves, after RTO, then after twice as
 * long; once the window is open the rest follows. */
static void check_probing(struct sim_raw *raw, size_t second, size_t third)
{
    write_message(raw, FULL_PAYLOAD);
    sack(raw, 1, 0);
    write_message(raw, second);
    if (third > 0)
        write_message(raw, third);
    assert_int_equal(chunks_sent(raw), 1);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(wait_for(raw, SIM_DATA), (SIM_SECOND << i));
        assert_int_equal(times_sent(raw, 2), i + 1);
        assert_int_equal(chunks_sent(raw), 2 + i);
        sack(raw, 1, 0);
    }
    assert_int_equal(sim_path(raw->conn, 0).errors, 0);
    wait_for(raw, SIM_DATA);
    sack(raw, 2, 100000);
    assert_int_equal(chunks_sent(raw), 9);
    assert_int_equal(times_sent(raw, 3), 1);
}

/* covers: ts102369/D-O-8-7 */
static void test_d_o_8_7_probing_with_whole_messages(void **state)
{
    struct sim_raw raw = with_window(*state, 1500);
    check_probing(&raw, FULL_PAYLOAD, FULL_PAYLOAD);
    check_data(&raw, 1, 2, DATA_WHOLE, 1, FULL_PAYLOAD);
    check_data(&raw, 8, 3, DATA_WHOLE, 2, FULL_PAYLOAD);
    sim_finish(*state);
}

/* covers: ts102369/D-O-8-8 */
static void test_d_o_8_8_probing_with_fragments(void **state)
{
    struct sim_raw raw = with_window(*state, 1500);
    check_probing(&raw, FULL_PAYLOAD + 500, 0);
    check_data(&raw, 1, 2, DATA_BEGIN, 1, FULL_PAYLOAD);
    check_data(&raw, 8, 3, DATA_END, 1, 500);
    sim_finish(*state);
}

/* Four are under way, two wait; after T3 what was lost comes first. covers: ts102369/D-V-8-9 */
static void test_d_v_8_9_retransmissions_come_first(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = with_window(sim, 100000);
    for (int i = 0; i < 6; i++)
        write_message(&raw, FULL_PAYLOAD);
    assert_int_equal(chunks_sent(&raw), 4);
    assert_int_equal(wait_for(&raw, SIM_DATA), SIM_SECOND);
    for (uint32_t n = 1; n <= 6; n++) {
        check_data(&raw, 3 + n, n, DATA_WHOLE, (uint16_t)(n - 1), FULL_PAYLOAD);
        sack(&raw, n, 100000);
    }
    assert_int_equal(chunks_sent(&raw), 4 + 6);
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
    sim_finish(sim);
}

/* From an address DATA did not go to. covers: ts102369/D-V-8-10 */
static void test_d_v_8_10_sack_from_the_other_address(void **state)
{
    struct sim_raw raw = asking(*state, NULL);
    const sctpx_addr other = addr_of(OTHER_IP);
    struct pb *pb = init_ack(&raw);
    pb_ipv4(pb, OTHER_IP);
    sim_raw_send(&raw, pb);
    send_cookie_ack(&raw);
    confirm(&raw, &other);
    for (uint32_t n = 1; n <= 3; n++) {
        write_message(&raw, 100);
        assert_int_equal(sent_to(raw.host, &raw.addr, SIM_DATA, 0), n);
        pb = sim_raw_packet(&raw);
        pb_sack(pb, raw.host_tsn - 1 + n, 100000, 0, NULL, 0, NULL);
        send_from(&raw, &other, pb);
        assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
        sim_run_for(*state, 10 * SIM_SECOND);
        assert_int_equal(times_sent(&raw, n), 1);
    }
    assert_int_equal(sent_to(raw.host, &other, SIM_DATA, 0), 0);
    sim_finish(*state);
}

/* One from before the last, with a gap report that would acknowledge what is outstanding.
 * covers: ts102369/D-O-8-12 */
static void test_d_o_8_12_outdated_sack(void **state)
{
    static const uint16_t gaps[1][2] = {{2, 2}};
    struct sim_raw raw = with_window(*state, 100000);
    write_message(&raw, 1000);
    sack(&raw, 1, 100000);
    write_message(&raw, 1000);
    struct pb *pb = sim_raw_packet(&raw);
    pb_sack(pb, raw.host_tsn - 1, 0, 1, gaps, 0, NULL);
    send_and_hear_nothing(&raw, pb);
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 1000);
    assert_in_range(sim_status(raw.conn).peer_rwnd_bytes, 90000, 100000); /* not 0 */
    assert_int_equal(wait_for(&raw, SIM_DATA), SIM_SECOND);
    assert_int_equal(times_sent(&raw, 2), 2);
    sack(&raw, 2, 100000);
    assert_int_equal(sim_status(raw.conn).unacked_bytes, 0);
    sim_finish(*state);
}

/* What was sent is one message of so many bytes, the first one of its stream. */
static void check_fragments(const struct sim_raw *raw, uint32_t n, size_t length)
{
    for (uint32_t i = 0; i < n; i++) {
        uint8_t flags = i == 0 ? DATA_BEGIN : i + 1 == n ? DATA_END : 0;
        size_t payload = length < FULL_PAYLOAD ? length : FULL_PAYLOAD;
        check_data(raw, i, i + 1, flags, 0, payload);
        length -= payload;
    }
    assert_int_equal(length, 0);
}

/* As long as the send buffer, and longer: it is taken whole when nothing else waits, and arrives in
 * fragments that lack nothing. (1 GiB is the end, see D-V-8-15.) covers: ts102369/D-V-8-14 */
static void test_d_v_8_14_sending_long_messages(void **state)
{
    enum { SNDBUF = 200000 };
    for (size_t length = SNDBUF; length <= 3 * SNDBUF; length += SNDBUF) {
        struct sim *sim = sim_renew(state);
        sctpx_assoc_options options = quiet();
        options.sndbuf_bytes = SNDBUF;
        struct sim_raw raw = active(sim, &options);
        write_message(&raw, length);
        assert_int_equal(sim_try_send(raw.conn, 0, 1, 0), SCTPX_EWOULDBLOCK);
        uint32_t fragments = (uint32_t)((length + FULL_PAYLOAD - 1) / FULL_PAYLOAD);
        for (size_t acked = 0; acked < fragments;) {
            assert_true(chunks_sent(&raw) > acked);
            acked = chunks_sent(&raw);
            sack(&raw, (uint32_t)acked, 100000);
        }
        assert_int_equal(chunks_sent(&raw), fragments);
        check_fragments(&raw, fragments, length);
        assert_int_equal(sim_try_send(raw.conn, 0, 1, 0), 0);
        sim_finish(sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_d_v_8_1_message_that_fits_a_packet),
        sim_unit_test(test_d_v_8_2_message_that_must_be_fragmented),
        sim_rfc9260_test(test_d_v_8_4_sack_for_an_outstanding_tsn),
        sim_rfc9260_test(test_d_i_8_5_t3_expires),
        sim_unit_test(test_d_o_8_7_probing_with_whole_messages),
        sim_unit_test(test_d_o_8_8_probing_with_fragments),
        sim_rfc9260_test(test_d_v_8_9_retransmissions_come_first),
        sim_unit_test(test_d_v_8_10_sack_from_the_other_address),
        sim_rfc9260_test(test_d_o_8_12_outdated_sack),
        sim_unit_test(test_d_v_8_14_sending_long_messages),
    };
    return cmocka_run_group_tests_name("conformance.etsi_d_send", tests, NULL, NULL);
}

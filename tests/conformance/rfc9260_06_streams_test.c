/* SPDX-License-Identifier: MIT */
/* Stream identifiers, sequence numbers and the order of delivery (RFC 9260 6.5, 6.6). */
#include <string.h>

#include "conformance/rfc9260_06.h"

/* A whole message that consists of one letter. */
static void letter(struct sim_raw *raw, uint32_t tsn, uint8_t flags, uint16_t stream, uint16_t ssn,
                   char text)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_data(pb, flags, tsn, stream, ssn, 0, &text, 1);
    sim_raw_send(raw, pb);
}

/* What the program reads, as a string; it stands until the next call. */
static const char *read_letters(struct sim_raw *raw)
{
    static char text[256];
    size_t n = 0;
    long length;
    sctpx_rcvinfo info;
    while ((length = sctpx_assoc_receive(raw->conn->assoc, SCTPX_ANY_STREAM, text + n,
                                         sizeof text - 1 - n, &info)) > 0)
        n += (size_t)length;
    text[n] = 0;
    return text;
}

static const struct sim_chunk *sent_chunk(const struct sim_raw *raw, uint32_t tsn)
{
    struct sim_query query = {.from = raw->host, .has_tsn = true, .tsn = tsn};
    const struct sim_record *record = sim_nth(raw->host->sim, query, 0);
    assert_non_null(record);
    for (size_t i = 0; i < record->n_chunks; i++)
        if (record->chunks[i].type == SIM_DATA && record->chunks[i].tsn == tsn)
            return &record->chunks[i];
    fail();
    return NULL;
}

/* The peer takes ten streams. */
/* covers: 9260/6.5-1 */
static void test_only_negotiated_streams(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 100000, NULL);
    assert_int_equal(sim_status(raw.conn).out_streams, 10);
    assert_int_equal(sim_try_send(raw.conn, 9, 10, 0), 0);
    assert_int_equal(sim_try_send(raw.conn, 10, 10, 0), SCTPX_ESTREAM);
    assert_int_equal(sim_try_send(raw.conn, 65535, 10, SCTPX_MSG_UNORDERED), SCTPX_ESTREAM);
    sim_flush(sim);
    assert_int_equal(transfer_chunks(&raw), 1);
    sim_finish(sim);
}

/* Written before the number was known: such a message cannot be sent on another stream either. */
/* covers: 9260/6.5-1 */
static void test_stream_that_turns_out_not_to_exist(void **state)
{
    struct sim *sim = *state;
    struct sim_host *host = sim_host_new(sim, "host", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sctpx_assoc_options options = transfer_options();
    raw.conn = sim_connect_to(host, &raw.addr, 1, raw.port, 0, &options);
    assert_int_equal(sim_try_send(raw.conn, 10, 10, 0), 0);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    struct pb *pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
    pb_cookie(pb, "cookie", 6);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    sim_run_for(sim, 10 * SIM_SECOND);
    assert_int_equal(transfer_chunks(&raw), 0);
    assert_true(raw.conn->is_closed);
    sim_finish(sim);
}

/* covers: 9260/6.5-2 */
static void test_data_on_an_invalid_stream(void **state)
{
    struct sim *sim = *state;
    sctpx_assoc_options options = transfer_options();
    options.max_in_streams = 4;
    struct sim_raw raw = transfer_to_host_begun(sim, &options);
    read_letters(&raw);
    letter(&raw, 1001, DATA_WHOLE, 4, 0, 'x');
    const struct sim_record *record = sim_raw_last(&raw, SIM_ERROR);
    assert_non_null(record); /* at once */
    const uint8_t *cause = record->raw + sim_find_chunk(sim, record, SIM_ERROR)->offset + 4;
    assert_int_equal(transfer_u16(cause), 1);
    assert_int_equal(transfer_u16(cause + 2), 8);
    assert_int_equal(transfer_u16(cause + 4), 4);
    sim_run_for(sim, 200 * SIM_MS);
    assert_int_equal(transfer_last_sack(&raw)->tsn, 1001);
    assert_string_equal(read_letters(&raw), "");
    letter(&raw, 1002, DATA_WHOLE, 3, 0, 'y');
    assert_string_equal(read_letters(&raw), "y");
    sim_finish(sim);
}

/* Ordered ones of each stream count 0, 1, 2...; unordered ones between them do not. */
/* covers: 9260/6.5-3 9260/6.5-4 9260/6.5-6 */
static void test_ssn_per_stream(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 100000, NULL);
    uint16_t next[3] = {0, 0, 0};
    for (uint32_t i = 0; i < 40; i++) {
        uint16_t stream = (uint16_t)(i * i % 3), flags = i % 4 == 3 ? SCTPX_MSG_UNORDERED : 0;
        assert_int_equal(sim_try_send(raw.conn, stream, 10, flags), 0);
        sim_flush(sim);
        const struct sim_chunk *chunk = sent_chunk(&raw, raw.host_tsn + i);
        assert_int_equal(chunk->stream, stream);
        assert_int_equal((chunk->flags & DATA_UNORDERED) != 0, flags != 0);
        if (!flags)
            assert_int_equal(chunk->ssn, next[stream]++);
        sim_raw_sack(&raw, raw.host_tsn + i, 100000);
    }
    sim_finish(sim);
}

/* covers: 9260/6.5-5 */
static void test_ssn_goes_round(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_from_host(sim, 10000000, NULL);
    sim->capture_off = true;
    for (uint32_t i = 0; i < 65534; i++) {
        sim_send(raw.conn, 1, 1);
        if (i % 50 == 49 || i == 65533) {
            sim_flush(sim);
            sim_raw_sack(&raw, raw.host_tsn + i, 10000000);
        }
    }
    sim->capture_off = false;
    static const uint16_t expected[] = {65534, 65535, 0, 1};
    for (uint32_t i = 0; i < 4; i++) {
        sim_send(raw.conn, 1, 1);
        sim_flush(sim);
        assert_int_equal(sent_chunk(&raw, raw.host_tsn + 65534 + i)->ssn, expected[i]);
        sim_raw_sack(&raw, raw.host_tsn + 65534 + i, 10000000);
    }
    sim_finish(sim);
}

/* TSNs in order, SSNs not: what waits is not shown, and comes out by SSN. */
/* covers: 9260/6.6-1 9260/6.6-2 */
static void test_delivered_by_ssn(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host(sim, NULL);
    letter(&raw, 1000, DATA_WHOLE, 2, 1, 'b');
    assert_string_equal(read_letters(&raw), "");
    letter(&raw, 1001, DATA_WHOLE, 2, 3, 'd');
    letter(&raw, 1002, DATA_WHOLE, 5, 0, 'o'); /* another stream does not wait */
    assert_string_equal(read_letters(&raw), "o");
    letter(&raw, 1003, DATA_WHOLE, 2, 0, 'a');
    assert_string_equal(read_letters(&raw), "ab");
    letter(&raw, 1005, DATA_WHOLE, 2, 4, 'e'); /* and with a TSN missing */
    assert_string_equal(read_letters(&raw), "");
    letter(&raw, 1004, DATA_WHOLE, 2, 2, 'c');
    assert_string_equal(read_letters(&raw), "cde");
    sim_finish(sim);
}

/* Around 65535, as the SSN after it is 0. */
/* covers: 9260/6.6-1 9260/6.6-2 */
static void test_delivered_by_ssn_around_the_end(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host(sim, NULL);
    sim->capture_off = true;
    for (uint32_t i = 0; i < 65534; i++) {
        struct pb *pb = sim_raw_packet(&raw);
        pb_data(pb, DATA_WHOLE, raw.tsn++, 0, (uint16_t)i, 0, "x", 1);
        sim_inject_pb(sim, &raw.addr, &raw.host->addrs[0], pb);
        if (i % 50 == 0)
            while (*read_letters(&raw))
                ;
    }
    while (*read_letters(&raw))
        ;
    letter(&raw, raw.tsn, DATA_WHOLE, 0, 0, 'c');
    letter(&raw, raw.tsn + 1, DATA_WHOLE, 0, 65535, 'b');
    letter(&raw, raw.tsn + 2, DATA_WHOLE, 0, 1, 'd');
    assert_string_equal(read_letters(&raw), "");
    letter(&raw, raw.tsn + 3, DATA_WHOLE, 0, 65534, 'a');
    assert_string_equal(read_letters(&raw), "abcd");
    sim_finish(sim);
}

/* Whatever stands there: one that was used, one that waits, one that is far away. */
/* covers: 9260/6.6-3 */
static void test_ssn_of_unordered_data_is_ignored(void **state)
{
    struct sim *sim = *state;
    struct sim_raw raw = transfer_to_host(sim, NULL);
    letter(&raw, 1000, DATA_WHOLE, 0, 0, 'a');
    letter(&raw, 1001, DATA_WHOLE, 0, 2, 'c');
    static const uint16_t ssns[] = {0, 0, 1, 2, 3, 40000, 65535};
    for (uint32_t i = 0; i < 7; i++)
        letter(&raw, 1002 + i, DATA_WHOLE | DATA_UNORDERED, 0, ssns[i], 'u');
    assert_string_equal(read_letters(&raw), "auuuuuuu");
    letter(&raw, 1009, DATA_WHOLE, 0, 1, 'b');
    assert_string_equal(read_letters(&raw), "bc");
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_only_negotiated_streams),
        sim_unit_test(test_stream_that_turns_out_not_to_exist),
        sim_unit_test(test_data_on_an_invalid_stream),
        sim_unit_test(test_ssn_per_stream),
        sim_unit_test(test_ssn_goes_round),
        sim_unit_test(test_delivered_by_ssn),
        sim_unit_test(test_delivered_by_ssn_around_the_end),
        sim_unit_test(test_ssn_of_unordered_data_is_ignored),
    };
    return cmocka_run_group_tests_name("conformance.rfc9260_06_streams", tests, NULL, NULL);
}

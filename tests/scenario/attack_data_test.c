/* SPDX-License-Identifier: MIT */
/*
 * Attacks with DATA, and with the chunks of extensions that are not spoken here: scattered TSNs,
 * messages that never become whole, floods at a reader that does not read.
 */
#include "sim/siege.h"

enum {
    BUFFER = 256 * 1024,
    MEMORY_LIMIT = 8 << 20,
    /* What one association may cost beside a buffer that is overdrawn to twice (docs/limits.md). */
    MOST_BYTES = 3 * BUFFER + 128 * 1024,
};

/* A raw peer that sends to a host with a small buffer, whose user reads nothing. */
struct flood {
    struct sim_siege siege;
    struct sim_raw raw;
    size_t bytes; /* of the host before */
};

static struct flood begin(struct sim *sim)
{
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.assoc.rcvbuf_bytes = BUFFER;
    options.memory_limit_bytes = MEMORY_LIMIT;
    struct flood f = {.siege = sim_siege(sim, &options)};
    f.siege.host->auto_read = false;
    f.raw = sim_raw_new(f.siege.host, 1);
    sim_raw_connect(&f.raw);
    f.bytes = f.siege.host->live_bytes;
    return f;
}

static void end(struct flood *f)
{
    if (!f->raw.conn->is_closed)
        sim_raw_abort(&f->raw);
    sim_conn_free(f->raw.conn);
    struct sim_conn *ba = f->siege.pair.ba; /* its blocks are kept for the next ones, in part */
    f->siege.bytes += MOST_BYTES;
    assert_int_equal(sim_state(ba), SCTPX_ESTABLISHED);
    sim_siege_check(&f->siege);
    sim_finish(f->siege.host->sim);
}

/* Bundles of DATA without capturing each: as many chunks as fit a packet. */
static void check_bounded(struct flood *f)
{
    if (f->siege.host->live_bytes > f->bytes + MOST_BYTES)
        sim_fail(f->siege.host->sim, "one association holds %zu bytes",
                 f->siege.host->live_bytes - f->bytes);
}

/* covers: attacks/P8 */
static void test_attack_P8_scattered_tsns(void **state)
{
    struct sim *sim = *state;
    struct flood f = begin(sim);
    sim->capture_off = true;
    uint64_t random = 5;
    for (int i = 0; i < 30000; i++) {
        uint32_t far = (uint32_t)sim_draw(&random); /* anywhere on the circle, or a little ahead */
        uint32_t offset = i % 2 ? far : 2 + far % 70000;
        sim_raw_data_tsn(&f.raw, f.raw.tsn + offset, (uint8_t)(far >> 16 & 7), (uint16_t)(far % 5),
                         (uint16_t)far, 1 + far % 40);
        if (f.raw.conn->is_closed)
            break;
        check_bounded(&f);
    }
    end(&f);
}

/* Every second TSN: each chunk is a run and a message of its own. covers: attacks/P8 */
static void test_attack_P8_every_second_tsn(void **state)
{
    struct sim *sim = *state;
    struct flood f = begin(sim);
    sim->capture_off = true;
    for (uint32_t i = 1; i < 40000; i++) {
        sim_raw_data_tsn(&f.raw, f.raw.tsn + 2 * i, 3, (uint16_t)(i % 65000), (uint16_t)i, 1);
        check_bounded(&f);
    }
    assert_int_equal(sim_state(f.raw.conn), SCTPX_ESTABLISHED);
    end(&f);
}

/* Nobody sees answers leave either: the queue of answers is bounded. covers: attacks/P9 */
static void test_attack_P9_flood_of_control_chunks(void **state)
{
    struct sim *sim = *state;
    struct flood f = begin(sim);
    for (int round = 0; round < 3000; round++) {
        struct pb *pb = sim_raw_packet(&f.raw);
        for (int i = 0; i < 50; i++) {
            if (round % 3 == 0)
                pb_heartbeat(pb, "0123456789", 10);
            else
                sim_put_lie(pb, round % 3 == 1 ? 0xC7 : SIM_ERROR, 4, 8);
        }
        sim_inject_pb(sim, &f.raw.addr, &f.siege.host->addrs[0], pb); /* nothing is sent */
        check_bounded(&f);
    }
    size_t mark = sim_mark(sim);
    sim_flush(sim);
    assert_in_range(sim_mark(sim) - mark, 1, 8);
    end(&f);
}

/* Messages that nobody reads, short and long, in one association. covers: attacks/P9 */
static void test_attack_P9_reader_that_does_not_read(void **state)
{
    struct sim *sim = *state;
    for (size_t length = 1; length <= 1400; length += 1399) {
        sim = sim_renew(state);
        struct flood f = begin(sim);
        sim->capture_off = true;
        for (uint32_t i = 0; i < (length == 1 ? 20000 : 1000); i++) {
            sim_raw_data_tsn(&f.raw, f.raw.tsn + i, 3, (uint16_t)(i % 100), (uint16_t)(i / 100),
                             length);
            check_bounded(&f);
        }
        end(&f);
    }
}

/* Twenty such peers together stay below the limit of the endpoint. covers: attacks/P9 */
static void test_attack_P9_many_such_peers(void **state)
{
    struct sim *sim = *state;
    struct flood f = begin(sim);
    for (uint8_t n = 2; sim_stats(f.siege.host).memory_bytes < MEMORY_LIMIT / 8 * 7; n++) {
        assert_true(n < 60);
        struct sim_raw raw = sim_raw_new(f.siege.host, n);
        sim->capture_off = false;
        sim_raw_connect(&raw);
        sim->capture_off = true;
        for (uint32_t i = 0; i < 300; i++)
            sim_raw_data_tsn(&raw, raw.tsn + i, 3, 0, (uint16_t)i, 1400);
        assert_true(f.siege.host->live_bytes <= MEMORY_LIMIT);
    }
    sim->capture_off = false;
    f.siege.pair.ba->auto_read = true;
    f.siege.bytes = MEMORY_LIMIT; /* the honest one is served nevertheless */
    sim_siege_check(&f.siege);
    sim_finish(sim);
}

/* A beginning on each of thousands of streams, and nothing that ends. covers: attacks/P10 */
static void test_attack_P10_incomplete_messages_on_many_streams(void **state)
{
    struct sim *sim = *state;
    for (int ordered = 0; ordered < 2; ordered++) {
        sim = sim_renew(state);
        struct flood f = begin(sim);
        sim->capture_off = true;
        for (uint32_t i = 0; i < 20000 && !f.raw.conn->is_closed; i++) {
            /* with a hole behind each: a TSN missing, so that it could still go on */
            sim_raw_data_tsn(&f.raw, f.raw.tsn + 2 * i, (uint8_t)(2 | (ordered ? 0 : 4)),
                             (uint16_t)i, 0, 30);
            check_bounded(&f);
        }
        end(&f);
    }
}

/* ---- extensions that nobody agreed on -------------------------------------------------------- */

static void put_forward_tsn(struct pb *pb, uint32_t tsn)
{
    pb_chunk(pb, SIEGE_FORWARD_TSN, 0);
    pb_u32(pb, tsn);
    pb_u32(pb, 0); /* stream 0, SSN 0 */
    pb_end(pb);
}

/* Reported as unknown; what it says has no effect, far ahead or near. covers: attacks/P5 */
static void test_attack_P5_forward_tsn_is_unknown(void **state)
{
    struct sim *sim = *state;
    struct flood f = begin(sim);
    sim_raw_data(&f.raw, 0, 0, 10);
    size_t errors = sim_raw_count(&f.raw, SIM_ERROR);
    static const uint32_t ahead[] = {0, 1, 5, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    for (size_t i = 0; i < sizeof(ahead) / sizeof(ahead[0]); i++) {
        struct pb *pb = sim_raw_packet(&f.raw);
        put_forward_tsn(pb, f.raw.tsn + ahead[i]);
        sim_raw_send(&f.raw, pb);
        assert_int_equal(sim_raw_count(&f.raw, SIM_ERROR), errors + i + 1);
    }
    sim_raw_data_tsn(&f.raw, f.raw.tsn, 11, 0, 1, 10); /* the very next one is taken */
    const struct sim_record *sack = sim_raw_last(&f.raw, SIM_SACK);
    assert_int_equal(sim_find_chunk(sim, sack, SIM_SACK)->tsn, f.raw.tsn);
    f.raw.tsn++;
    end(&f);
}

/* In the middle of a message that is handed over in pieces. covers: attacks/P5 attacks/P6 */
static void test_attack_P6_forward_tsn_inside_a_message(void **state)
{
    struct sim *sim = *state;
    sctpx_endpoint_options options;
    sim_host_options(&options);
    options.assoc.partial_delivery = true;
    options.assoc.rcvbuf_bytes = 20000;
    struct sim_siege siege = sim_siege(sim, &options);
    siege.host->auto_read = false;
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    sim_raw_connect(&raw);
    static uint8_t buffer[65536];
    sctpx_rcvinfo info;
    size_t received = 0;
    for (uint32_t i = 0; i < 40; i++) {
        sim_raw_data_tsn(&raw, raw.tsn + i, i == 0 ? 2 : i == 39 ? 1 : 0, 0, 0, 1000);
        struct pb *pb = sim_raw_packet(&raw);
        put_forward_tsn(pb, raw.tsn + i + 3);
        sim_raw_send(&raw, pb);
        long n;
        while ((n = sctpx_assoc_receive(raw.conn->assoc, SCTPX_ANY_STREAM, buffer, sizeof(buffer),
                                        &info)) > 0)
            received += (size_t)n;
    }
    assert_int_equal(received, 40000);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    assert_int_equal(sim_status(raw.conn).rcvbuf_used_bytes < 20000, 1); /* the window is back */
    sim_raw_abort(&raw);
    sim_siege_check(&siege);
    sim_finish(sim);
}

/* I-DATA: the packet ends there, and is reported. DATA is what counts. covers: attacks/P7 */
static void test_attack_P7_i_data_is_unknown(void **state)
{
    struct sim *sim = *state;
    struct flood f = begin(sim);
    for (uint32_t mid = 0; mid < 100; mid++) {
        struct pb *pb = sim_raw_packet(&f.raw);
        pb_chunk(pb, SIEGE_I_DATA, 3);
        pb_u32(pb, f.raw.tsn);
        pb_u32(pb, 0);
        pb_u32(pb, mid % 3 ? 0xFFFFFFFF - mid : mid / 2); /* MIDs that wrap and come twice */
        pb_u32(pb, 0);
        pb_u32(pb, 0x61626364);
        pb_end(pb);
        pb_data(pb, 3, f.raw.tsn, 0, 0, 0, "x", 1); /* behind it: not looked at */
        if (mid % 5 == 0) {
            pb_chunk(pb, SIEGE_I_FORWARD_TSN, 0);
            pb_u32(pb, f.raw.tsn + 10);
            pb_end(pb);
        }
        sim_raw_send(&f.raw, pb);
    }
    assert_int_equal(sim_status(f.raw.conn).received_chunks, 0);
    assert_int_equal(sim_raw_count(&f.raw, SIM_ERROR), 100);
    sim_raw_data(&f.raw, 0, 0, 100);
    assert_int_equal(sim_read(f.raw.conn, SIZE_MAX), 1);
    end(&f);
}

/* ---- windows --------------------------------------------------------------------------------- */

/* More in flight than the window that the peer tells now: none is left, not 4 GiB. */
/* covers: attacks/P12 */
static void test_attack_P12_window_smaller_than_the_flight(void **state)
{
    struct sim *sim = *state;
    struct sim_siege siege = sim_siege(sim, NULL);
    struct sim_raw raw = sim_raw_new(siege.host, 1);
    sim_raw_connect(&raw);
    sim_send_load(raw.conn, (struct sim_load){.count = 100, .min_bytes = 1400});
    sim_flush(sim);
    uint32_t in_flight = sim_path(raw.conn, 0).flight_bytes;
    assert_true(in_flight > 2000);
    for (uint32_t rwnd = 0; rwnd < in_flight; rwnd += 499) {
        size_t sent = sim_raw_count(&raw, SIM_DATA);
        sim_raw_sack(&raw, raw.host_tsn - 1, rwnd);
        assert_int_equal(sim_raw_count(&raw, SIM_DATA), sent);
    }
    sim_raw_sack(&raw, raw.host_tsn, 0); /* and with a window of 0 one probe after the other */
    size_t sent = sim_raw_count(&raw, SIM_DATA);
    sim_run_for(sim, 30 * SIM_SECOND);
    assert_in_range(sim_raw_count(&raw, SIM_DATA) - sent, 1, 12);
    sim_raw_abort(&raw);
    sim_siege_check(&siege);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_P5_forward_tsn_is_unknown),
        sim_unit_test(test_attack_P6_forward_tsn_inside_a_message),
        sim_unit_test(test_attack_P7_i_data_is_unknown),
        sim_unit_test(test_attack_P8_scattered_tsns),
        sim_unit_test(test_attack_P8_every_second_tsn),
        sim_unit_test(test_attack_P9_flood_of_control_chunks),
        sim_unit_test(test_attack_P9_reader_that_does_not_read),
        sim_unit_test(test_attack_P9_many_such_peers),
        sim_unit_test(test_attack_P10_incomplete_messages_on_many_streams),
        sim_unit_test(test_attack_P12_window_smaller_than_the_flight),
    };
    return cmocka_run_group_tests_name("scenario.attack_data", tests, NULL, NULL);
}

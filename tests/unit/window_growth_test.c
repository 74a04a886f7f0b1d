/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/endpoint.h"
#include "engine/receive_window.h"
#include "engine/window_growth.h"
#include "support/engine_rig.h"

enum { MIB = 1 << 20, CHUNK = 1400, RTT_US = 10000 };

static struct engine_rig rig;
static uint16_t ssn;

static void set_up(void)
{
    ssn = 0;
    engine_rig_accept(&rig);
    sctpxi_window_growth_on_set_up(rig.assoc, RTT_US);
}

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void come(void)
{
    static const uint8_t zeros[CHUNK];
    struct pb *pb = engine_rig_packet(&rig);
    pb_data(pb, 3, rig.tsn++, 0, ssn++, 0, zeros, CHUNK);
    engine_rig_send(&rig, pb);
}

/* So many bytes come, each chunk after so much time, and are read at once. */
static void pass(size_t bytes, sctpx_time every_us)
{
    static uint8_t buffer[CHUNK];
    for (size_t n = 0; n < bytes; n += CHUNK) {
        rig.now += every_us;
        come();
        assert_int_equal(sctpx_assoc_receive(rig.assoc, 0, buffer, CHUNK, NULL), CHUNK);
    }
    engine_rig_flush(&rig);
}

static size_t size_now(void)
{
    sctpx_assoc_status status;
    sctpx_assoc_get_status(rig.assoc, &status);
    return status.rcvbuf_bytes;
}

static void test_doubles_up_to_the_option(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.rcvbuf_bytes = 3 * MIB;
    set_up();
    assert_int_equal(size_now(), MIB);
    assert_int_equal(rig.assoc->advertised_rwnd, MIB);
    pass(MIB / 2 + CHUNK, 1);
    assert_int_equal(size_now(), 2 * MIB);
    assert_int_equal(sctpxi_receive_window(rig.assoc), 2 * MIB);
    pass(3 * MIB, 1);
    assert_int_equal(size_now(), 3 * MIB);
    tear_down();
}

static void test_smaller_is_kept(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.rcvbuf_bytes = 20000;
    set_up();
    pass(200000, 0);
    assert_int_equal(size_now(), 20000);
    tear_down();
}

/* Half a buffer in two round trips: the window does not hold the peer back. */
static void test_slow_readers_have_enough(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    set_up();
    pass(2 * MIB, RTT_US / (MIB / 4 / CHUNK));
    assert_int_equal(size_now(), MIB);
    tear_down();
}

static void test_nothing_is_known_of_the_round_trip(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    set_up();
    sctpxi_window_growth_on_set_up(rig.assoc, 0);
    pass(2 * MIB, 1);
    assert_int_equal(size_now(), MIB);
    tear_down();
}

static void test_who_does_not_read_has_enough(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    set_up();
    for (size_t n = 0; n < 2 * MIB; n += CHUNK)
        come();
    assert_int_equal(size_now(), MIB);
    assert_true(rig.assoc->reasm.payload_bytes <= MIB + CHUNK);
    tear_down();
}

static void test_not_when_half_of_the_memory_is_taken(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    set_up();
    size_t before = rig.ep->alloc.limit_bytes;
    pass(10 * CHUNK, 0);
    rig.ep->alloc.limit_bytes = rig.ep->alloc.used_bytes / 2 * 3;
    pass(MIB, 0);
    assert_int_equal(size_now(), MIB);
    rig.ep->alloc.limit_bytes = before;
    pass(MIB, 0);
    assert_true(size_now() > MIB);
    tear_down();
}

/* A larger option lets it grow on, a smaller one takes back what was promised. */
static void test_options_change(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.rcvbuf_bytes = 20000;
    set_up();
    sctpx_assoc_options options = rig.opt.assoc;
    options.rcvbuf_bytes = 4 * MIB;
    assert_int_equal(sctpx_assoc_set_options(rig.assoc, rig.now, &options), 0);
    assert_int_equal(size_now(), MIB);
    pass(8 * MIB, 0);
    assert_int_equal(size_now(), 4 * MIB);
    options.rcvbuf_bytes = 2 * MIB;
    assert_int_equal(sctpx_assoc_set_options(rig.assoc, rig.now, &options), 0);
    assert_int_equal(size_now(), 2 * MIB);
    assert_true(sctpxi_receive_window(rig.assoc) <= 2 * MIB);
    engine_rig_flush(&rig);
    tear_down();
}

/* What is under way fits the sockets; the first promise is small, and stays until it is used. */
static void test_sockets_are_the_limit(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.packet_buffer_bytes = 60000;
    set_up();
    assert_int_equal(rig.assoc->advertised_rwnd, 3000);
    pass(2 * CHUNK, 0);
    assert_int_equal(rig.assoc->advertised_rwnd, 60000);
    for (unsigned i = 0; i < 100; i++) { /* the buffer has room for what is not read */
        come();
        assert_true(rig.assoc->advertised_rwnd <= 60000);
    }
    assert_int_equal(sctpxi_receive_window(rig.assoc), 60000);
    tear_down();
}

/* Where round trips are long, not all of a window is in the sockets at once. */
static void test_long_round_trips_have_more_under_way(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.packet_buffer_bytes = 60000;
    set_up();
    sctpxi_window_growth_on_set_up(rig.assoc, 50000);
    assert_int_equal(sctpxi_window_growth_most_under_way(rig.assoc), 5 * 60000);
    sctpxi_window_growth_on_set_up(rig.assoc, UINT64_MAX);
    assert_true(sctpxi_window_growth_most_under_way(rig.assoc) > 5 * 60000);
    rig.ep->opt.packet_buffer_bytes = SIZE_MAX;
    assert_true(sctpxi_window_growth_most_under_way(rig.assoc) >= UINT32_MAX);
    engine_rig_flush(&rig);
    tear_down();
}

/* Others who receive take their share; nothing that was promised is taken back for it. */
static void test_sharers(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.packet_buffer_bytes = 60000;
    set_up();
    pass(2 * CHUNK, 0);
    uint32_t promised = rig.assoc->promised_bytes;
    rig.ep->receivers = 6;
    while (promised > 10000) {
        promised -= CHUNK;
        pass(CHUNK, 0);
        assert_int_equal(rig.assoc->promised_bytes, promised > 10000 ? promised : 10000);
    }
    rig.ep->receivers = 6000;
    pass(20 * CHUNK, 0);
    assert_in_range(rig.assoc->promised_bytes, 1500, 3000); /* never less than two packets */
    rig.now += 250000;                                      /* they are gone */
    pass(2 * CHUNK, 0);
    assert_int_equal(rig.assoc->advertised_rwnd, 60000);
    tear_down();
}

/* ---- figures --------------------------------------------------------------------------------- */

static void test_first_promise(void **state)
{
    const size_t sockets[][2] = {{0, MIB}, {100, 3000}, {100000, 5000}, {MIB, 16384}};
    (void)state;
    engine_rig_init(&rig);
    set_up();
    assert_int_equal(rig.assoc->promised_bytes, MIB);
    for (unsigned i = 0; i < 4; i++) {
        rig.ep->opt.packet_buffer_bytes = sockets[i][0];
        assert_int_equal(sctpxi_window_growth_first(rig.ep, rig.assoc->opt), sockets[i][1]);
    }
    rig.ep->opt.packet_buffer_bytes = 0;
    tear_down();
}

static size_t under_way(size_t sockets, sctpx_time rtt_us)
{
    rig.ep->opt.packet_buffer_bytes = sockets;
    sctpxi_window_growth_on_set_up(rig.assoc, rtt_us);
    size_t bytes = sctpxi_window_growth_most_under_way(rig.assoc);
    rig.ep->opt.packet_buffer_bytes = 0;
    return bytes;
}

static void test_most_under_way(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    set_up();
    assert_true(under_way(0, RTT_US) == SIZE_MAX);
    assert_int_equal(under_way(100, RTT_US), 3000);
    assert_int_equal(under_way(60000, RTT_US / 2), 60000);
    assert_int_equal(under_way(60000, UINT64_C(1) << 32), 6000 * 60000);
    assert_int_equal(under_way((size_t)1 << 58, UINT64_MAX), UINT32_MAX); /* no product overflows */
    rig.ep->receivers = 2;
    rig.ep->receivers_before = 3;
    assert_int_equal(under_way(60000, RTT_US), 20000);
    tear_down();
}

/* Room is for packets, however little they carry. */
static void test_packets_of_tiny_messages(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    set_up();
    sctpxi_arrivals_add(&rig.assoc->arrivals, 70, 5600);
    assert_int_equal(under_way(280000, RTT_US), 14000);
    assert_int_equal(under_way(280000, 10 * RTT_US), 140000);
    assert_int_equal(under_way(20000, RTT_US), 3000);
    assert_true(under_way(0, RTT_US) == SIZE_MAX);
    tear_down();
}

/* Their overhead fills the memory: it grows until there is room for as much as at first. */
static void test_grows_for_tiny_messages(void **state)
{
    static const size_t memory[][2] = {{2800, MIB}, {3200, 2 * MIB}, {12000, 8 * MIB}};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        engine_rig_init(&rig);
        rig.opt.assoc.rcvbuf_bytes = 64 * MIB;
        set_up();
        sctpxi_window_growth_on_set_up(rig.assoc, 0);
        for (unsigned n = 0; n < 10; n++) {
            sctpxi_arrivals_add(&rig.assoc->arrivals, 1400, memory[i][0]);
            rig.now++;
            rig.assoc->received_bytes += 8 * MIB; /* and is read */
            sctpxi_window_growth_on_data(rig.assoc, rig.now);
        }
        assert_int_equal(size_now(), memory[i][1]);
        tear_down();
    }
}

/* The round trip is that of the path that the data takes. */
static void test_path_of_the_data(void **state)
{
    static const sctpx_addr more = {.family = SCTPX_IPV4, .ip = {10, 0, 1, 2}};
    (void)state;
    engine_rig_init(&rig);
    rig.peer_addrs = &more;
    rig.peer_addr_count = 1;
    set_up();
    rig.assoc->paths[1].rto.srtt_us = 5 * RTT_US;
    rig.assoc->data_path = 1;
    assert_int_equal(under_way(60000, RTT_US), 5 * 60000);
    rig.assoc->data_path = 0;
    tear_down();
}

/* Who receives at the same time is counted for each tenth of a second. */
static void test_epochs(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    set_up();
    rig.now = 1000 * UINT64_C(100000);
    come();
    assert_int_equal(rig.ep->receive_epoch, 1001);
    rig.now += 99999;
    come();
    assert_int_equal(rig.ep->receive_epoch, 1001);
    engine_rig_flush(&rig);
    tear_down();
}

/* By how much a smaller option makes the buffer smaller; never less than nothing. */
static void test_how_much_smaller(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    set_up();
    sctpx_assoc_options next = rig.opt.assoc;
    next.rcvbuf_bytes = MIB / 4;
    assert_int_equal(sctpxi_window_growth_on_options(rig.assoc, &next), MIB / 4 * 3);
    assert_int_equal(rig.assoc->window_bytes, MIB / 4);
    next.rcvbuf_bytes = MIB;
    assert_int_equal(sctpxi_window_growth_on_options(rig.assoc, &next), 0);
    assert_int_equal(rig.assoc->window_bytes, MIB);
    tear_down();
}

/* What was read before a growth, a restart or a pause does not count for the next growth. */
static void test_rounds_begin_anew(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.rcvbuf_bytes = 8 * MIB;
    set_up();
    pass(MIB / 2, 1); /* enough, but too late when the next one comes */
    rig.now += 2 * RTT_US;
    pass(4 * CHUNK, 0);
    assert_int_equal(size_now(), MIB);
    pass(MIB / 2, 0);
    assert_int_equal(size_now(), 2 * MIB);
    pass(MIB / 4 * 3, 0);
    assert_int_equal(size_now(), 2 * MIB);
    sctpxi_window_growth_init(rig.assoc);
    assert_int_equal(rig.assoc->window_round_at, 0);
    assert_int_equal(rig.assoc->window_round_bytes, rig.assoc->received_bytes);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubles_up_to_the_option),
        cmocka_unit_test(test_smaller_is_kept),
        cmocka_unit_test(test_slow_readers_have_enough),
        cmocka_unit_test(test_nothing_is_known_of_the_round_trip),
        cmocka_unit_test(test_who_does_not_read_has_enough),
        cmocka_unit_test(test_not_when_half_of_the_memory_is_taken),
        cmocka_unit_test(test_options_change),
        cmocka_unit_test(test_sockets_are_the_limit),
        cmocka_unit_test(test_long_round_trips_have_more_under_way),
        cmocka_unit_test(test_sharers),
        cmocka_unit_test(test_first_promise),
        cmocka_unit_test(test_most_under_way),
        cmocka_unit_test(test_packets_of_tiny_messages),
        cmocka_unit_test(test_grows_for_tiny_messages),
        cmocka_unit_test(test_path_of_the_data),
        cmocka_unit_test(test_epochs),
        cmocka_unit_test(test_how_much_smaller),
        cmocka_unit_test(test_rounds_begin_anew),
    };
    return cmocka_run_group_tests_name("window_growth", tests, NULL, NULL);
}

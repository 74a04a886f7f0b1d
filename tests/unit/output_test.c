/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/assoc.h"
#include "engine/output.h"
#include "support/engine_rig.h"

static struct engine_rig rig;

static void set_up(void)
{
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
}

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

/* Control chunks before SACK, SACK before DATA, all in one packet (6.10). */
static void test_order_of_chunks(void **state)
{
    (void)state;
    set_up();
    struct pb *pb = engine_rig_packet(&rig);
    pb_heartbeat(pb, "?", 1);
    pb_data(pb, 3, rig.tsn++, 0, 0, 0, "x", 1);
    assert_int_equal(engine_rig_feed(&rig, pb), 0);
    assert_int_equal(sctpx_assoc_heartbeat(rig.assoc, rig.now, 0), 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
    engine_rig_flush(&rig);
    assert_int_equal(rig.sent_count, 1);
    static const uint8_t order[] = {4, 5, 3, 0};
    const uint8_t *last = NULL;
    for (unsigned i = 0; i < 4; i++) {
        struct engine_rig_chunk c = engine_rig_find(&rig, order[i], 0);
        assert_non_null(c.packet);
        assert_true(c.bytes > last || last == NULL);
        last = c.bytes;
    }
    tear_down();
}

/* An address that is not confirmed gets a HEARTBEAT and its answer, nothing else (5.4). */
static void test_unconfirmed_address(void **state)
{
    (void)state;
    const sctpx_addr more = engine_rig_addr(1, 2);
    engine_rig_init(&rig);
    rig.peer_addrs = &more;
    rig.peer_addr_count = 1;
    engine_rig_accept(&rig);
    struct pb *pb = engine_rig_packet(&rig);
    pb_heartbeat(pb, "?", 1);
    pb_data(pb, 3, rig.tsn++, 0, 0, 0, "x", 1);
    engine_rig_feed_from(&rig, &more, pb);
    assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
    engine_rig_flush(&rig);
    for (size_t i = 0; i < rig.sent_count; i++) {
        bool is_to_more = memcmp(rig.sent[i].remote.ip, more.ip, 16) == 0;
        uint8_t first = rig.sent[i].bytes[12];
        assert_true(is_to_more ? first == 4 || first == 5 : first == 3 || first == 0);
    }
    assert_true(engine_rig_has(&rig, 5) && engine_rig_has(&rig, 3) && engine_rig_has(&rig, 0));
    tear_down();
}

static void test_nothing_to_send(void **state)
{
    (void)state;
    uint8_t buffer[1500];
    struct sctpxi_route route;
    set_up();
    assert_int_equal(sctpxi_output_packet(rig.assoc, rig.now, buffer, sizeof buffer, &route), 0);
    tear_down();
}

/* No packet is longer than the path takes, with and without encapsulation, for any MTU. */
static void test_no_packet_is_too_long(void **state)
{
    (void)state;
    for (uint32_t mtu = 576; mtu < 9100; mtu += 213) {
        for (uint16_t port = 0; port < 2; port++) {
            engine_rig_init(&rig);
            rig.opt.assoc.mtu = mtu;
            rig.opt.assoc.max_burst = 0;
            rig.peer.udp_port = port;
            engine_rig_accept(&rig);
            struct pb *pb = engine_rig_packet(&rig);
            pb_data(pb, 3, rig.tsn++, 0, 0, 0, "x", 1);
            engine_rig_feed(&rig, pb);
            assert_int_equal(engine_rig_user_send(&rig, 0, 30000), 0);
            engine_rig_flush(&rig);
            size_t most = mtu - 20 - (port != 0 ? 8 : 0);
            bool has_full = false;
            for (size_t i = 0; i < rig.sent_count; i++) {
                assert_true(rig.sent[i].length <= most);
                has_full |= rig.sent[i].length + 4 > most;
            }
            assert_true(has_full);
            tear_down();
        }
    }
}

/* Before COOKIE ACK has come only COOKIE ECHO and what rides on it may leave (5.1 C). */
static void test_silence_in_cookie_echoed(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    engine_rig_flush(&rig);
    engine_rig_learn(&rig);
    engine_rig_send(&rig, engine_rig_init_ack(&rig));
    assert_true(engine_rig_has(&rig, 10));
    struct pb *pb = engine_rig_packet(&rig);
    pb_heartbeat(pb, "?", 1);
    engine_rig_feed(&rig, pb);
    assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
    engine_rig_flush(&rig);
    assert_int_equal(rig.sent_count, 0);
    engine_rig_next_deadline(&rig);
    assert_int_equal(rig.sent[0].bytes[12], 10);
    assert_true(engine_rig_has(&rig, 0));
    tear_down();
}

/* A cookie no packet can hold: set-up fails in time, and nothing else. */
static void test_cookie_that_fits_no_packet(void **state)
{
    (void)state;
    static const uint8_t cookie[3000];
    engine_rig_init(&rig);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
    engine_rig_flush(&rig);
    engine_rig_learn(&rig);
    struct pb *pb = engine_rig_packet(&rig);
    pb_init_ack(pb, rig.tag, rig.rwnd, rig.os, rig.mis, rig.tsn);
    pb_cookie(pb, cookie, sizeof cookie);
    engine_rig_send(&rig, pb);
    engine_rig_check(&rig);
    engine_rig_run(&rig, 600 * 1000000ull);
    assert_int_equal(rig.assoc->error, SCTPX_ETIMEDOUT);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_chunks),
        cmocka_unit_test(test_unconfirmed_address),
        cmocka_unit_test(test_nothing_to_send),
        cmocka_unit_test(test_no_packet_is_too_long),
        cmocka_unit_test(test_silence_in_cookie_echoed),
        cmocka_unit_test(test_cookie_that_fits_no_packet),
    };
    return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/endpoint.h"
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

static int feed_bytes(const uint8_t *bytes, size_t length)
{
    uint8_t *exact = pb_exact(bytes, length);
    const sctpx_packet p = {
        .local = rig.local, .remote = rig.peer, .data = exact, .length = length};
    int result = sctpx_endpoint_receive(rig.ep, rig.now, &p);
    pb_exact_free(exact);
    return result;
}

/* A good packet cut at every length, exactly at the end of its memory. */
static void test_every_length(void **state)
{
    (void)state;
    size_t length;
    set_up();
    struct pb *pb = engine_rig_packet(&rig);
    pb_data(pb, 3, rig.tsn, 0, 0, 0, "abcdefgh", 8);
    pb_heartbeat(pb, "abc", 3);
    uint8_t *bytes = pb_finish(pb, &length);
    for (size_t n = 0; n < length; n++)
        assert_int_equal(feed_bytes(bytes, n), SCTPX_EBADPACKET);
    assert_int_equal(rig.assoc->received_chunks, 0);
    assert_int_equal(feed_bytes(bytes, length), 0);
    assert_int_equal(rig.assoc->received_chunks, 1);
    free(bytes);
    engine_rig_flush(&rig);
    tear_down();
}

static void test_checksum(void **state)
{
    (void)state;
    sctpx_endpoint_stats s;
    set_up();
    struct pb *pb = engine_rig_packet(&rig);
    pb_data(pb, 3, rig.tsn, 0, 0, 0, "abcdefgh", 8);
    pb_corrupt_checksum(pb);
    assert_int_equal(engine_rig_feed(&rig, pb), SCTPX_EBADPACKET);
    pb = engine_rig_packet(&rig);
    pb_abort(pb, false);
    pb_end(pb);
    pb_set_checksum(pb, 0);
    assert_int_equal(engine_rig_feed(&rig, pb), SCTPX_EBADPACKET);
    sctpx_endpoint_get_stats(rig.ep, &s);
    assert_int_equal(s.bad_checksum, 2);
    assert_int_equal(s.bad_length, 0);
    tear_down();
}

static void test_ports_count(void **state)
{
    (void)state;
    set_up();
    rig.port++;
    struct pb *pb = engine_rig_packet(&rig);
    pb_abort(pb, false);
    assert_int_equal(engine_rig_feed(&rig, pb), SCTPX_ENOASSOC);
    rig.port--;
    rig.peer_port++;
    pb = engine_rig_packet(&rig);
    pb_abort(pb, false);
    assert_int_equal(engine_rig_feed(&rig, pb), SCTPX_ENOASSOC);
    rig.peer_port--;
    assert_int_equal(engine_rig_events(&rig), 0);
    engine_rig_flush(&rig);
    tear_down();
}

/* Nobody can be at such an address (8.4 1). */
static void test_impossible_sources(void **state)
{
    (void)state;
    static const uint8_t firsts[] = {0, 224, 239, 240, 255};
    set_up();
    for (unsigned i = 0; i < sizeof firsts; i++) {
        sctpx_addr from = rig.peer;
        from.ip[0] = firsts[i];
        assert_int_equal(engine_rig_feed_from(&rig, &from, engine_rig_init_packet(&rig)),
                         SCTPX_ENOASSOC);
    }
    engine_rig_flush(&rig);
    assert_int_equal(rig.sent_count, 0);
    tear_down();
}

/* Random bytes behind a good header: whatever they are, nothing breaks. */
static void test_random_chunks(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        engine_rig_init(&rig);
        test_random_init(&rig.random, round);
        engine_rig_accept(&rig);
        for (unsigned i = 0; i < 100 && rig.assoc->state != SCTPX_CLOSED; i++) {
            struct pb *pb = engine_rig_packet(&rig);
            for (uint64_t n = 1 + test_random_below(&rig.random, 3); n > 0; n--) {
                pb_chunk(pb, (uint8_t)test_random_below(&rig.random, 16),
                         (uint8_t)test_random_u32(&rig.random));
                for (uint64_t k = test_random_below(&rig.random, 40); k > 0; k--)
                    pb_u8(pb, (uint8_t)(test_random_chance(&rig.random, 500000)
                                            ? test_random_below(&rig.random, 4)
                                            : test_random_u32(&rig.random)));
                if (test_random_chance(&rig.random, 100000))
                    pb_lie_length(pb, (uint16_t)test_random_u32(&rig.random));
                pb_end(pb);
            }
            engine_rig_send(&rig, pb);
            rig.now += 1000;
        }
        tear_down();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length),  cmocka_unit_test(test_checksum),
        cmocka_unit_test(test_ports_count),   cmocka_unit_test(test_impossible_sources),
        cmocka_unit_test(test_random_chunks),
    };
    return cmocka_run_group_tests_name("endpoint_receive", tests, NULL, NULL);
}

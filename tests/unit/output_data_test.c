/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/assoc.h"
#include "support/engine_rig.h"

static struct engine_rig rig;

static void set_up(void)
{
    engine_rig_init(&rig);
    rig.rwnd = 1000000;
    engine_rig_accept(&rig);
}

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void test_fragments_of_one_message(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(engine_rig_user_send(&rig, 3, 4000), 0);
    engine_rig_flush(&rig);
    assert_int_equal(engine_rig_count(&rig, 0), 3);
    size_t bytes = 0;
    for (size_t i = 0; i < 3; i++) {
        struct engine_rig_chunk c = engine_rig_find(&rig, 0, i);
        assert_int_equal(c.flags & 3, i == 0 ? 2 : i == 2);
        assert_int_equal(engine_rig_u32(c.bytes + 4), rig.ep_tsn + i);
        assert_int_equal(engine_rig_u16(c.bytes + 8), 3);
        assert_int_equal(engine_rig_u16(c.bytes + 10), 0);
        bytes += c.length - 16;
    }
    assert_int_equal(bytes, 4000);
    tear_down();
}

static void test_cwnd_is_respected(void **state)
{
    (void)state;
    for (uint32_t cwnd = 1000; cwnd < 20000; cwnd += 777) {
        set_up();
        engine_rig_options(rig.assoc)->max_burst = 0;
        rig.assoc->paths[0].cc.cwnd = cwnd;
        assert_int_equal(engine_rig_user_send(&rig, 0, 100000), 0);
        engine_rig_flush(&rig);
        uint32_t flight = sctpxi_outstanding_flight(&rig.assoc->outstanding, 0).bytes;
        assert_true(flight >= cwnd && flight < cwnd + 1460);
        tear_down();
    }
}

static void test_window_is_respected(void **state)
{
    (void)state;
    for (uint32_t rwnd = 1500; rwnd < 20000; rwnd += 777) {
        engine_rig_init(&rig);
        rig.rwnd = rwnd;
        rig.opt.assoc.max_burst = 0;
        engine_rig_accept(&rig);
        rig.assoc->paths[0].cc.cwnd = 100000;
        assert_int_equal(engine_rig_user_send(&rig, 0, 100000), 0);
        engine_rig_flush(&rig);
        assert_true(rig.assoc->outstanding.total_flight_bytes <= rwnd);
        assert_true(rig.assoc->outstanding.total_flight_bytes + 1460 > rwnd);
        tear_down();
    }
}

/* A short rest is held back while something is in flight, and goes as soon as that has arrived. */
static void test_nagle(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.assoc.nagle = true;
    engine_rig_accept(&rig);
    assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
    engine_rig_flush(&rig);
    assert_int_equal(engine_rig_count(&rig, 0), 1);
    assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 10), 0);
    engine_rig_flush(&rig);
    assert_int_equal(engine_rig_count(&rig, 0), 0);
    engine_rig_check(&rig);
    engine_rig_sack(&rig, rig.ep_tsn, 100000);
    assert_int_equal(engine_rig_count(&rig, 0), 2);
    assert_int_equal(rig.sent_count, 1);
    tear_down();
}

/* What is to be sent again comes before anything new (6.1 C). */
static void test_retransmissions_first(void **state)
{
    (void)state;
    set_up();
    engine_rig_options(rig.assoc)->max_burst = 2;
    assert_int_equal(engine_rig_user_send(&rig, 0, 8000), 0);
    engine_rig_flush(&rig);
    assert_int_equal(engine_rig_count(&rig, 0), 2);
    engine_rig_next_deadline(&rig);
    uint32_t last = rig.ep_tsn - 1;
    for (size_t i = 0; i < engine_rig_count(&rig, 0); i++)
        assert_int_equal(engine_rig_u32(engine_rig_find(&rig, 0, i).bytes + 4), ++last);
    assert_true(last >= rig.ep_tsn);
    tear_down();
}

static void test_flags(void **state)
{
    (void)state;
    set_up();
    sctpx_sndinfo info = {.stream = 1, .ppid = 0x01020304};
    info.flags = SCTPX_MSG_UNORDERED | SCTPX_MSG_SACK_NOW;
    assert_int_equal(sctpx_assoc_send(rig.assoc, rig.now, "abc", 3, &info), 0);
    engine_rig_flush(&rig);
    struct engine_rig_chunk c = engine_rig_find(&rig, 0, 0);
    assert_int_equal(c.flags, 15);
    assert_int_equal(engine_rig_u32(c.bytes + 12), 0x01020304);
    assert_memory_equal(c.bytes + 16, "abc", 4);
    tear_down();
}

/* Every primary path in turn, with data under way on the others. */
static void test_paths_and_their_timers(void **state)
{
    (void)state;
    const sctpx_addr more[] = {engine_rig_addr(1, 2), engine_rig_addr(2, 2)};
    engine_rig_init(&rig);
    rig.peer_addrs = more;
    rig.peer_addr_count = 2;
    engine_rig_accept(&rig);
    engine_rig_options(rig.assoc)->association_max_retrans = 100; /* nobody answers */
    for (uint8_t i = 0; i < 3; i++)
        rig.assoc->paths[i].is_confirmed = true;
    for (unsigned round = 0; round < 30; round++) {
        assert_int_equal(sctpx_assoc_set_primary(rig.assoc, round % 3), 0);
        assert_int_equal(engine_rig_user_send(&rig, 0, 500), 0);
        engine_rig_flush(&rig);
        if (engine_rig_has(&rig, 0))
            assert_int_equal(engine_rig_find(&rig, 0, 0).packet->remote.ip[2], round % 3);
        engine_rig_check(&rig);
        if (round % 5 == 4)
            engine_rig_next_deadline(&rig);
        engine_rig_check(&rig);
    }
    engine_rig_sack(&rig, rig.assoc->outstanding.next.v - 1, 100000);
    engine_rig_check(&rig);
    tear_down();
}

/* How many chunks have the I bit when so many messages leave, and whether the last one has. */
static size_t immediate_chunks(unsigned messages, bool *ret_last)
{
    size_t chunks = 0, immediate = 0;
    *ret_last = false;
    for (unsigned i = 0; i < messages; i++)
        assert_int_equal(engine_rig_user_send(&rig, 0, 1000), 0);
    engine_rig_flush(&rig);
    for (; chunks < engine_rig_count(&rig, 0); chunks++) {
        *ret_last = (engine_rig_find(&rig, 0, chunks).flags & 8) != 0;
        immediate += *ret_last;
    }
    return immediate;
}

/* RFC 7053: what nothing follows is acknowledged at once, if it is not alone. */
static void test_tail_asks_for_a_sack(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 4; n++) {
        bool is_last;
        set_up();
        assert_int_equal(immediate_chunks(n, &is_last), n > 1);
        assert_int_equal(is_last, n > 1);
        tear_down();
    }
}

/* What waits for cwnd follows: no tail. And losses told by counting need no tail. */
static void test_no_tail_no_request(void **state)
{
    bool is_last;
    (void)state;
    set_up();
    assert_int_equal(immediate_chunks(100, &is_last), 0);
    tear_down();
    engine_rig_init(&rig);
    rig.rwnd = 1000000;
    rig.opt.assoc.loss_detection = SCTPX_LOSS_RFC9260;
    engine_rig_accept(&rig);
    assert_int_equal(immediate_chunks(3, &is_last), 0);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fragments_of_one_message), cmocka_unit_test(test_cwnd_is_respected),
        cmocka_unit_test(test_window_is_respected),      cmocka_unit_test(test_nagle),
        cmocka_unit_test(test_retransmissions_first),    cmocka_unit_test(test_flags),
        cmocka_unit_test(test_tail_asks_for_a_sack),     cmocka_unit_test(test_no_tail_no_request),
        cmocka_unit_test(test_paths_and_their_timers),
    };
    return cmocka_run_group_tests_name("output_data", tests, NULL, NULL);
}

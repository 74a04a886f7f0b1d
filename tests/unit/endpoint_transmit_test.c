/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/assoc.h"
#include "engine/endpoint.h"
#include "support/engine_rig.h"

static struct engine_rig rig;
static uint8_t buffer[100000];

static void set_up(size_t n_more)
{
    static const sctpx_addr more[] = {{.family = SCTPX_IPV4, .ip = {10, 0, 1, 2}},
                                      {.family = SCTPX_IPV4, .ip = {10, 0, 2, 2}}};
    engine_rig_init(&rig);
    rig.opt.assoc.max_burst = 0;
    rig.rwnd = 10000000;
    rig.peer_addrs = more;
    rig.peer_addr_count = n_more;
    engine_rig_accept(&rig);
    for (uint8_t i = 0; i < rig.assoc->path_count; i++) {
        rig.assoc->paths[i].is_confirmed = true;
        rig.assoc->paths[i].cc.cwnd = 1000000;
    }
}

static void tear_down(void)
{
    engine_rig_flush(&rig);
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static int transmit(size_t capacity, sctpx_transmit *t)
{
    return sctpx_endpoint_transmit(rig.ep, rig.now, buffer, capacity, t);
}

/* All of a train have one size, but the last may be shorter. */
static void test_trains(void **state)
{
    (void)state;
    sctpx_transmit t;
    set_up(0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 200000), 0);
    size_t packets = 0, calls = 0, bytes = 0;
    while (transmit(sizeof buffer, &t) == 1) {
        assert_int_equal(t.segment_size, 1472);
        assert_true(t.length <= 65000 && t.length > 0);
        packets += (t.length + t.segment_size - 1) / t.segment_size;
        bytes += t.length;
        calls++;
    }
    assert_int_equal(bytes, 200000 + packets * 28);
    assert_int_equal(calls, 4);
    tear_down();
}

static void test_capacity(void **state)
{
    (void)state;
    for (size_t capacity = 1472; capacity < 8000; capacity += 331) {
        sctpx_transmit t;
        size_t bytes = 0;
        set_up(0);
        assert_int_equal(engine_rig_user_send(&rig, 0, 14440), 0);
        memset(buffer, 0xEE, sizeof buffer);
        while (transmit(capacity, &t) == 1) {
            assert_true(t.length <= capacity);
            assert_int_equal(buffer[capacity], 0xEE); /* nothing beyond is touched */
            assert_true(t.length + 1472 > capacity || bytes + t.length > 14440);
            bytes += t.length;
        }
        assert_int_equal(bytes, 14440 + 10 * 28);
        tear_down();
    }
}

/*
 * The DSCP of the options, as it is now; what waits in the stash is of the association too.
 * covers: 9260/11.1.13-2
 */
static void test_dscp(void **state)
{
    (void)state;
    sctpx_transmit t;
    sctpx_assoc_options o;
    set_up(0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 5000), 0);
    assert_int_equal(transmit(sizeof buffer, &t), 1);
    assert_int_equal(t.dscp, 0);
    sctpx_assoc_get_options(rig.assoc, &o);
    o.dscp = 63;
    assert_int_equal(sctpx_assoc_set_options(rig.assoc, rig.now, &o), 0);
    rig.assoc->paths[0].cc.cwnd = 1000000; /* it began anew */
    struct pb *pb = engine_rig_packet(&rig);
    pb_heartbeat(pb, buffer, 1400);
    engine_rig_feed(&rig, pb);
    assert_int_equal(engine_rig_user_send(&rig, 0, 5000), 0);
    unsigned trains = 0;
    while (transmit(sizeof buffer, &t) == 1) {
        assert_int_equal(t.dscp, 63);
        trains++;
    }
    assert_true(trains >= 2); /* one from the stash */
    tear_down();
}

/* What strangers are sent has none. */
static void test_dscp_of_answers_to_strangers(void **state)
{
    (void)state;
    sctpx_transmit t;
    engine_rig_init(&rig);
    rig.opt.assoc.dscp = 46;
    engine_rig_listen(&rig);
    engine_rig_feed(&rig, engine_rig_init_packet(&rig));
    assert_int_equal(transmit(sizeof buffer, &t), 1);
    assert_int_equal(buffer[12], 2); /* INIT ACK */
    assert_int_equal(t.dscp, 0);
    tear_down();
}

/* A longer packet behind a shorter one waits in the stash, and is not lost or overtaken. */
static void test_longer_packet_behind_a_shorter_one(void **state)
{
    (void)state;
    sctpx_transmit t;
    set_up(0);
    struct pb *pb = engine_rig_packet(&rig);
    pb_heartbeat(pb, buffer, 1400); /* its answer leaves no room for DATA */
    engine_rig_feed(&rig, pb);
    assert_int_equal(engine_rig_user_send(&rig, 0, 5000), 0);
    uint32_t expected = rig.ep_tsn;
    size_t calls = 0;
    while (transmit(sizeof buffer, &t) == 1) {
        calls++;
        for (size_t at = 0; at < t.length; at += t.segment_size) {
            for (size_t c = at + 12; c < at + t.segment_size && c < t.length;
                 c += (engine_rig_u16(buffer + c + 2) + 3u) & ~3u)
                if (buffer[c] == 0)
                    assert_int_equal(engine_rig_u32(buffer + c + 4), expected++);
        }
    }
    assert_true(calls >= 2);
    assert_int_equal(expected - rig.ep_tsn, sctpxi_outstanding_count(&rig.assoc->outstanding));
    tear_down();
}

/* A packet for another path does not go with the train to this one. */
static void test_other_route(void **state)
{
    (void)state;
    set_up(2);
    for (unsigned round = 0; round < 20; round++) {
        for (uint8_t i = 0; i < 3; i++)
            assert_int_equal(sctpx_assoc_heartbeat(rig.assoc, rig.now, i), 0);
        assert_int_equal(engine_rig_user_send(&rig, 0, 4000), 0);
        engine_rig_flush(&rig);
        assert_int_equal(engine_rig_count(&rig, 4), 3);
        for (size_t i = 0; i < 3; i++) {
            struct engine_rig_chunk c = engine_rig_find(&rig, 4, i);
            assert_int_equal(c.packet->remote.ip[2], c.bytes[11]); /* the path in it */
        }
        size_t n = engine_rig_count(&rig, 0);
        assert_true(n >= 3);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(engine_rig_find(&rig, 0, i).packet->remote.ip[2], 0);
        engine_rig_sack(&rig, rig.assoc->outstanding.next.v - 1, 10000000);
    }
    tear_down();
}

/* What is in the stash leaves although its association is gone, and before the ABORT. */
static void test_stash_outlives_its_association(void **state)
{
    (void)state;
    sctpx_transmit t;
    set_up(2);
    assert_int_equal(sctpx_assoc_heartbeat(rig.assoc, rig.now, 0), 0);
    assert_int_equal(sctpx_assoc_heartbeat(rig.assoc, rig.now, 1), 0);
    assert_int_equal(transmit(sizeof buffer, &t), 1);
    assert_true(rig.ep->stash.length > 0);
    sctpx_assoc_free(rig.assoc, rig.now);
    assert_int_equal(transmit(sizeof buffer, &t), 1);
    assert_int_equal(buffer[12], 4);
    assert_int_equal(t.remote.ip[2], 1);
    assert_int_equal(transmit(sizeof buffer, &t), 1);
    assert_int_equal(buffer[12], 6);
    assert_int_equal(transmit(sizeof buffer, &t), 0);
    tear_down();
}

/* No memory for the stash: the packet is lost, and comes again like any other. */
static void test_stash_without_memory(void **state)
{
    (void)state;
    set_up(1);
    assert_int_equal(sctpx_assoc_heartbeat(rig.assoc, rig.now, 1), 0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 1000), 0);
    assert_int_equal(sctpxi_outstanding_reserve(&rig.assoc->outstanding), 0);
    test_alloc_fail(&rig.ta, 1, 0);
    engine_rig_flush(&rig);
    test_alloc_fail(&rig.ta, 0, 0);
    engine_rig_check(&rig);
    for (unsigned i = 0; i < 3 && !engine_rig_has(&rig, 0); i++)
        engine_rig_next_deadline(&rig);
    assert_true(engine_rig_has(&rig, 0));
    tear_down();
}

/* One association with much to send does not hold up the others. */
static void test_turns(void **state)
{
    (void)state;
    set_up(0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 500000), 0);
    rig.peer_port++;
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    sctpx_transmit t;
    bool was_seen = false;
    for (unsigned i = 0; i < 3 && !was_seen; i++) {
        assert_int_equal(transmit(sizeof buffer, &t), 1);
        was_seen = buffer[12] == 1;
    }
    assert_true(was_seen);
    tear_down();
}

enum { MANY = 10 };

/* So many associations in all, each with one message to send. */
static void set_up_many(sctpx_assoc **ret_assocs, size_t length)
{
    static const sctpx_sndinfo info;
    static uint8_t message[1400];
    set_up(0);
    ret_assocs[0] = rig.assoc;
    for (size_t i = 1; i < MANY; i++) {
        rig.peer_port++;
        engine_rig_accept(&rig);
        ret_assocs[i] = rig.assoc;
    }
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(sctpx_assoc_send(ret_assocs[i], rig.now, message, length, &info), 0);
}

/* The SCTP port of the peer tells whose packet it is. */
static void check_train(const sctpx_transmit *t, const uint16_t *ports, size_t count)
{
    assert_int_equal(t->length, count * t->segment_size);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(engine_rig_u16(buffer + i * t->segment_size + 2), ports[i]);
}

static void test_associations_share_a_train(void **state)
{
    (void)state;
    sctpx_assoc *assocs[MANY];
    uint16_t ports[MANY];
    sctpx_transmit t;
    set_up_many(assocs, 1000);
    for (size_t i = 0; i < MANY; i++)
        ports[i] = assocs[i]->remote_port;
    assert_int_equal(transmit(sizeof buffer, &t), 1);
    check_train(&t, ports, MANY);
    assert_int_equal(transmit(sizeof buffer, &t), 0);
    tear_down();
}

/* Another address, UDP port or DSCP: another train, and nothing waits in the stash for it. */
static void test_a_train_goes_one_way(void **state)
{
    (void)state;
    for (unsigned what = 0; what < 3; what++) {
        sctpx_assoc *assocs[MANY];
        sctpx_assoc_options o;
        sctpx_transmit t;
        set_up_many(assocs, 1000);
        struct sctpxi_path *path = &assocs[MANY / 2]->paths[0];
        if (what == 0)
            path->remote.ip[3] ^= 1;
        else if (what == 1)
            path->remote.udp_port ^= 1;
        sctpx_assoc_get_options(assocs[MANY / 2], &o);
        o.dscp = what == 2 ? 46 : 0;
        assert_int_equal(sctpx_assoc_set_options(assocs[MANY / 2], rig.now, &o), 0);
        static const size_t expected[] = {MANY / 2, 1, MANY - MANY / 2 - 1};
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(transmit(sizeof buffer, &t), 1);
            assert_int_equal(t.length, expected[i] * t.segment_size);
            assert_int_equal(rig.ep->stash.length, 0);
            assert_int_equal(t.dscp, i == 1 ? o.dscp : 0);
        }
        assert_int_equal(transmit(sizeof buffer, &t), 0);
        tear_down();
    }
}

/* Who has a longer packet than the train begins the next one: nothing is lost or overtaken. */
static void test_longer_packet_of_another_association(void **state)
{
    (void)state;
    static const uint8_t message[1400];
    static const sctpx_sndinfo info;
    sctpx_assoc *assocs[MANY];
    sctpx_transmit t;
    set_up_many(assocs, 500);
    assert_int_equal(sctpx_assoc_send(assocs[1], rig.now, message, 1400, &info), 0);
    uint32_t tsn = 0;
    while (transmit(sizeof buffer, &t) == 1) {
        const uint8_t *packet = buffer;
        for (; packet < buffer + t.length; packet += t.segment_size) {
            if (engine_rig_u16(packet + 2) != assocs[1]->remote_port)
                continue;
            assert_true(tsn == 0 || engine_rig_u32(packet + 16) == tsn + 1);
            tsn = engine_rig_u32(packet + 16);
        }
    }
    assert_int_equal(tsn + 1, assocs[1]->outstanding.next.v);
    tear_down();
}

/* A packet may be longer than a train: 65,535 bytes is the most that IP takes. */
static void test_packets_as_long_as_a_train(void **state)
{
    (void)state;
    sctpx_transmit t;
    for (size_t length = 64900; length <= 65400; length += 4) {
        set_up(0);
        rig.assoc->paths[0].mtu = 65535;
        assert_int_equal(engine_rig_user_send(&rig, 0, length), 0);
        assert_int_equal(engine_rig_user_send(&rig, 0, length), 0);
        size_t bytes = 0;
        memset(buffer, 0xEE, sizeof buffer);
        while (transmit(66000, &t) == 1) {
            assert_true(t.length <= 65535);
            bytes += t.length;
        }
        assert_int_equal(bytes, 2 * (length + 28));
        assert_int_equal(buffer[66000], 0xEE);
        tear_down();
    }
}

static void test_replies_first(void **state)
{
    (void)state;
    sctpx_transmit t;
    set_up(0);
    assert_int_equal(engine_rig_user_send(&rig, 0, 500), 0);
    uint16_t port = rig.peer_port++;
    engine_rig_feed(&rig, engine_rig_init_packet(&rig));
    rig.peer_port = port;
    assert_int_equal(transmit(sizeof buffer, &t), 1);
    assert_int_equal(buffer[12], 2);
    assert_int_equal(t.length, t.segment_size);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trains),
        cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_dscp),
        cmocka_unit_test(test_dscp_of_answers_to_strangers),
        cmocka_unit_test(test_longer_packet_behind_a_shorter_one),
        cmocka_unit_test(test_other_route),
        cmocka_unit_test(test_stash_outlives_its_association),
        cmocka_unit_test(test_stash_without_memory),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_associations_share_a_train),
        cmocka_unit_test(test_a_train_goes_one_way),
        cmocka_unit_test(test_longer_packet_of_another_association),
        cmocka_unit_test(test_packets_as_long_as_a_train),
        cmocka_unit_test(test_replies_first),
    };
    return cmocka_run_group_tests_name("endpoint_transmit", tests, NULL, NULL);
}

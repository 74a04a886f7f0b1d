/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/address.h"
#include "engine/endpoint.h"
#include "engine/path.h"
#include "engine/retransmit.h"
#include "engine/timers.h"
#include "support/engine_rig.h"
#include "wire/chunk.h"

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

static int add(uint8_t b, bool is_confirmed)
{
    const sctpx_addr remote = engine_rig_addr(b, 2);
    int path = sctpxi_path_add(rig.assoc, &remote, is_confirmed);
    if (path >= 0)
        sctpxi_timers_arm_heartbeat(rig.assoc, rig.now, (uint8_t)path);
    sctpxi_timers_commit(rig.assoc);
    return path;
}

static void test_array_grows_and_the_demux_follows(void **state)
{
    (void)state;
    set_up();
    for (uint8_t b = 1; b < SCTPX_MAX_PATHS; b++) {
        assert_int_equal(add(b, true), b);
        engine_rig_check(&rig); /* every path is found where it is now */
    }
    assert_int_equal(add(1, true), SCTPX_ELIMIT);
    assert_int_equal(rig.assoc->path_count, SCTPX_MAX_PATHS);
    tear_down();
}

static void test_address_that_is_there(void **state)
{
    (void)state;
    set_up();
    sctpx_addr again = rig.peer;
    again.udp_port = 1; /* ports do not count */
    assert_int_equal(sctpxi_path_add(rig.assoc, &again, true), SCTPX_EADDRINUSE);
    assert_int_equal(sctpxi_path_find(rig.assoc, &again), 0);
    tear_down();
}

static void test_no_memory_for_one_more(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(add(1, true), 1);
    test_alloc_fail(&rig.ta, 1, 0);
    assert_int_equal(add(2, true), SCTPX_ENOMEM);
    test_alloc_fail(&rig.ta, 0, 0);
    engine_rig_check(&rig);
    assert_int_equal(rig.assoc->path_count, 2);
    assert_int_equal(add(2, true), 2);
    tear_down();
}

static void test_retain(void **state)
{
    (void)state;
    set_up();
    for (uint8_t b = 1; b < 5; b++)
        add(b, true);
    rig.assoc->paths[3].hb_sent_at = 33;
    rig.assoc->primary = rig.assoc->data_path = 4;
    const sctpx_addr kept[] = {engine_rig_addr(3, 2), engine_rig_addr(1, 2)};
    sctpxi_path_retain(rig.assoc, kept, 2);
    sctpxi_timers_commit(rig.assoc);
    assert_int_equal(rig.assoc->path_count, 2);
    assert_int_equal(rig.assoc->primary, 0);
    assert_int_equal(sctpxi_path_find(rig.assoc, &kept[1]), 0); /* the order stays */
    assert_int_equal(sctpxi_path_find(rig.assoc, &kept[0]), 1);
    assert_int_equal(rig.assoc->paths[1].hb_sent_at, 33);
    assert_int_equal(sctpxi_path_find(rig.assoc, &rig.peer), -1);
    assert_null(sctpxi_demux_by_address(&rig.ep->demux, &rig.peer, rig.peer_port, rig.port));
    assert_int_equal(add(2, true), 2); /* the room is used again */
    tear_down();
}

static void test_retain_keeps_the_primary(void **state)
{
    (void)state;
    set_up();
    for (uint8_t b = 1; b < 5; b++)
        add(b, true);
    rig.assoc->primary = 3;
    const sctpx_addr kept[] = {engine_rig_addr(3, 2), engine_rig_addr(1, 2)};
    sctpxi_path_retain(rig.assoc, kept, 2);
    sctpxi_timers_commit(rig.assoc);
    assert_int_equal(rig.assoc->primary, 1);
    assert_int_equal(sctpxi_path_find(rig.assoc, &kept[0]), 1);
    tear_down();
}

static void test_room(void **state)
{
    (void)state;
    struct sctpxi_path p = {.mtu = 1500, .remote = {.family = SCTPX_IPV4}};
    assert_int_equal(sctpxi_path_packet_bytes(&p), 1480);
    assert_int_equal(sctpxi_path_data_bytes(&p), 1468);
    p.remote.udp_port = 9899;
    assert_int_equal(sctpxi_path_packet_bytes(&p), 1472);
    p.remote.family = SCTPX_IPV6;
    assert_int_equal(sctpxi_path_packet_bytes(&p), 1452);
    p.mtu = 65535;
    assert_int_equal(sctpxi_path_packet_bytes(&p), 65484);
    p.mtu = 579; /* a multiple of 4 */
    assert_int_equal(sctpxi_path_packet_bytes(&p), 528);
}

static void test_where_data_goes(void **state)
{
    (void)state;
    set_up();
    sctpx_assoc *a = rig.assoc;
    add(1, false);
    add(2, true);
    assert_int_equal(sctpxi_path_for_data(a), 0);
    assert_int_equal(sctpxi_path_alternate(a, 0), 2);
    assert_int_equal(sctpxi_path_alternate(a, 2), 0);
    assert_int_equal(sctpxi_path_or_data(a, 1), 0);
    assert_int_equal(sctpxi_path_or_data(a, 2), 2);
    assert_int_equal(sctpxi_path_or_data(a, SCTPXI_NO_PATH), 0);
    a->paths[2].errors = 1; /* no better than the path itself */
    assert_int_equal(sctpxi_path_alternate(a, 0), 0);
    a->paths[0].errors = 1;
    assert_int_equal(sctpxi_path_alternate(a, 0), 2);
    a->paths[0].is_active = false;
    assert_int_equal(sctpxi_path_for_data(a), 2);
    a->paths[2].is_active = false; /* all are: the primary one */
    assert_int_equal(sctpxi_path_for_data(a), 0);
    a->primary = 1;
    assert_true(a->paths[sctpxi_path_for_data(a)].is_confirmed);
    a->primary = 0;
    tear_down();
}

static void test_silence(void **state)
{
    (void)state;
    set_up();
    sctpx_assoc *a = rig.assoc;
    a->paths[0].max_retrans = 2;
    engine_rig_options(a)->association_max_retrans = 4;
    add(1, false);
    for (unsigned i = 0; i < 2; i++)
        assert_true(sctpxi_path_on_silent(a, 0));
    assert_true(a->paths[0].is_active);
    assert_true(sctpxi_path_on_silent(a, 0));
    assert_false(a->paths[0].is_active);
    for (unsigned i = 0; i < 10; i++) /* unconfirmed ones do not count (5.4) */
        assert_true(sctpxi_path_on_heartbeat_silent(a, 1));
    assert_int_equal(a->errors, 3);
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_PATH_DOWN], 2);
    sctpxi_path_on_alive(a, 0);
    assert_int_equal(a->errors, 0);
    engine_rig_events(&rig);
    assert_int_equal(rig.events[SCTPX_EVENT_PATH_UP], 1);
    for (unsigned i = 0; i < 4; i++)
        assert_true(sctpxi_path_on_silent(a, 0));
    assert_false(sctpxi_path_on_silent(a, 0));
    assert_int_equal(a->state, SCTPX_CLOSED);
    assert_int_equal(a->error, SCTPX_ELOST);
    tear_down();
}

/* While none is confirmed nothing can be sent, so that nothing else would ever end it. */
static void test_silence_without_a_confirmed_path(void **state)
{
    (void)state;
    set_up();
    sctpx_assoc *a = rig.assoc;
    a->paths[0].max_retrans = 2;
    engine_rig_options(a)->association_max_retrans = 4;
    add(1, false);
    a->paths[0].is_confirmed = false;
    for (unsigned i = 0; i < 4; i++)
        assert_true(sctpxi_path_on_heartbeat_silent(a, (uint8_t)(i % 2)));
    assert_false(sctpxi_path_on_heartbeat_silent(a, 1));
    assert_int_equal(a->error, SCTPX_ELOST);
    tear_down();
}

/* 6.4: the source changes at once if nothing else can, else when it has failed twice. */
static void test_source_address_after_time_outs(void **state)
{
    (void)state;
    set_up();
    const sctpx_addr second = {.family = SCTPX_IPV4, .ip = {10, 0, 0, 9}};
    assert_int_equal(sctpx_endpoint_add_local(rig.ep, &second), 0);
    sctpx_assoc *a = rig.assoc;
    a->known_locals = 3;
    sctpx_addr before = a->paths[0].local;
    assert_true(sctpxi_path_on_silent(a, 0));
    assert_false(sctpxi_address_same_ip(&a->paths[0].local, &before));
    sctpxi_path_on_alive(a, 0);
    assert_int_equal(add(1, true), 1);
    before = a->paths[0].local;
    assert_true(sctpxi_path_on_silent(a, 0));
    assert_true(sctpxi_address_same_ip(&a->paths[0].local, &before));
    assert_true(sctpxi_path_on_silent(a, 0));
    assert_false(sctpxi_address_same_ip(&a->paths[0].local, &before));
    a->paths[0].max_retrans = 2; /* inactive: each heartbeat tries the next one */
    for (unsigned i = 0; i < 2; i++) {
        before = a->paths[0].local;
        assert_true(sctpxi_path_on_heartbeat_silent(a, 0));
        assert_false(a->paths[0].is_active);
        assert_false(sctpxi_address_same_ip(&a->paths[0].local, &before));
    }
    tear_down();
}

static void queue_control(uint8_t path)
{
    static const uint8_t chunk[4] = {SCTPXI_CHUNK_ERROR, 0, 0, 4};
    sctpxi_control_queue(rig.assoc, path, NULL, chunk, sizeof chunk);
}

/* Whatever is kept by the number of a path. covers: attacks/S2 */
static void test_retain_renumbers(void **state)
{
    (void)state;
    set_up();
    sctpx_assoc *a = rig.assoc;
    for (uint8_t b = 1; b < 5; b++)
        add(b, b != 2);
    for (uint8_t path = 0; path < 5; path++) {
        sctpxi_control_on_packet(a, 0);
        queue_control(path);
    }
    engine_rig_user_send(&rig, 0, 10);
    engine_rig_flush(&rig);
    for (uint8_t path = 2; path < 5; path++) {
        sctpxi_control_on_packet(a, 0);
        queue_control(path);
    }
    a->setup_path = 4;
    a->shutdown_path = 2;
    a->data_path = 3;
    sctpxi_retransmit_mark_all(a);
    struct sctpxi_sent *sent =
        sctpxi_outstanding_at(&a->outstanding, sctpxi_tsn_next(a->outstanding.cum_ack));
    sent->path = 3;
    sctpxi_path_retain_confirmed(a); /* 0, 1, 3, 4 remain */
    sctpxi_timers_commit(a);
    assert_int_equal(a->path_count, 4);
    assert_int_equal(a->setup_path, 3);
    assert_int_equal(a->data_path, 2);
    assert_int_equal(a->shutdown_path, 0); /* it is gone */
    assert_int_equal(sent->path, 2);
    assert_int_equal(a->control_count, 2);
    assert_int_equal(a->answer_path, 3);
    assert_int_equal(STAILQ_FIRST(&a->controls)->path, 2);
    engine_rig_check(&rig);
    engine_rig_flush(&rig);
    tear_down();
}

/* Of the local addresses the one nearest to the remote one, and not the same for all paths. */
static void test_choice_of_the_local_address(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    const sctpx_addr near = engine_rig_addr(1, 1);
    const sctpx_addr six = {.family = SCTPX_IPV6, .ip = {0x20, 1, [15] = 1}};
    assert_int_equal(sctpx_endpoint_add_local(rig.ep, &near), 0);
    assert_int_equal(sctpx_endpoint_add_local(rig.ep, &six), 0);
    const sctpx_addr far = {.family = SCTPX_IPV4, .ip = {192, 0, 2, 1}};
    const sctpx_addr far2 = {.family = SCTPX_IPV4, .ip = {192, 0, 2, 2}};
    const sctpx_addr six2 = {.family = SCTPX_IPV6, .ip = {0x20, 1, [15] = 2}};
    const sctpx_addr remotes[] = {engine_rig_addr(1, 2), far, far2, six2};
    assert_int_equal(
        sctpx_endpoint_connect(rig.ep, rig.now, remotes, 4, 6000, 0, NULL, NULL, &rig.assoc), 0);
    const struct sctpxi_path *p = rig.assoc->paths;
    assert_memory_equal(p[0].local.ip, near.ip, 16);
    assert_memory_equal(p[1].local.ip, rig.local.ip, 16);
    assert_int_equal(p[2].local.family, SCTPX_IPV4);
    assert_memory_equal(p[3].local.ip, six.ip, 16);
    tear_down();
}

/* Bound to all: the peer knows the one address that it has sent to, and answers others with ABORT. */
static void test_choice_when_bound_to_all(void **state)
{
    const sctpx_addr six = {.family = SCTPX_IPV6};
    (void)state;
    engine_rig_init(&rig);
    rig.local = (sctpx_addr){.family = SCTPX_IPV4, .udp_port = 9899};
    engine_rig_start(&rig);
    assert_int_equal(sctpx_endpoint_add_local(rig.ep, &six), 0);
    assert_int_equal(sctpx_endpoint_connect(rig.ep, rig.now, &rig.peer, 1, 6000, 0, NULL, NULL,
                                            &rig.assoc),
                     0);
    assert_true(sctpxi_address_is_wildcard(&rig.assoc->paths[0].local));
    assert_int_equal(add(1, true), 1); /* nothing is known yet */
    assert_true(sctpxi_address_is_wildcard(&rig.assoc->paths[1].local));

    const sctpx_addr learned = engine_rig_addr(0, 1);
    rig.assoc->paths[0].local = learned;
    assert_int_equal(add(2, true), 2);
    assert_memory_equal(rig.assoc->paths[2].local.ip, learned.ip, 16);
    const sctpx_addr remote6 = {.family = SCTPX_IPV6, .ip = {0x20, 1, [15] = 2}};
    assert_int_equal(sctpxi_path_add(rig.assoc, &remote6, true), 3); /* nothing of that family */
    assert_true(sctpxi_address_is_wildcard(&rig.assoc->paths[3].local));
    assert_int_equal(rig.assoc->paths[3].local.family, SCTPX_IPV6);
    tear_down();
}

static void test_port_of_the_peer_changes(void **state)
{
    (void)state;
    set_up();
    sctpx_addr moved = rig.peer;
    moved.udp_port = 4242;
    struct pb *pb = engine_rig_packet(&rig);
    pb_heartbeat(pb, "?", 1);
    assert_int_equal(engine_rig_feed_from(&rig, &moved, pb), 0);
    engine_rig_check(&rig);
    engine_rig_flush(&rig);
    assert_int_equal(rig.sent[0].remote.udp_port, 4242);
    assert_null(sctpxi_demux_by_address(&rig.ep->demux, &rig.peer, rig.peer_port, rig.port));
    assert_ptr_equal(sctpxi_demux_by_address(&rig.ep->demux, &moved, rig.peer_port, rig.port),
                     rig.assoc);
    moved.udp_port = 0; /* and even without encapsulation */
    pb = engine_rig_packet(&rig);
    pb_heartbeat(pb, "?", 1);
    assert_int_equal(engine_rig_feed_from(&rig, &moved, pb), 0);
    engine_rig_flush(&rig);
    assert_int_equal(rig.sent[0].remote.udp_port, 0);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_array_grows_and_the_demux_follows),
        cmocka_unit_test(test_address_that_is_there),
        cmocka_unit_test(test_no_memory_for_one_more),
        cmocka_unit_test(test_retain),
        cmocka_unit_test(test_retain_keeps_the_primary),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_where_data_goes),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_source_address_after_time_outs),
        cmocka_unit_test(test_silence_without_a_confirmed_path),
        cmocka_unit_test(test_retain_renumbers),
        cmocka_unit_test(test_choice_of_the_local_address),
        cmocka_unit_test(test_choice_when_bound_to_all),
        cmocka_unit_test(test_port_of_the_peer_changes),
    };
    return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}

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

static void test_bad_options(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    const sctpx_endpoint_options good = rig.opt;
    sctpx_endpoint_options o = good;
    o.allocator.alloc = NULL;
    assert_int_equal(sctpx_endpoint_new(&o, 0, &rig.ep), SCTPX_EINVAL);
    o = good;
    o.allocator.free = NULL;
    assert_int_equal(sctpx_endpoint_new(&o, 0, &rig.ep), SCTPX_EINVAL);
    o = good;
    o.random = NULL;
    assert_int_equal(sctpx_endpoint_new(&o, 0, &rig.ep), SCTPX_EINVAL);
    o = good;
    o.cookie_lifetime_us = 0;
    assert_int_equal(sctpx_endpoint_new(&o, 0, &rig.ep), SCTPX_EINVAL);
    o = good;
    o.shard_bits = 9;
    assert_int_equal(sctpx_endpoint_new(&o, 0, &rig.ep), SCTPX_EINVAL);
    o = good;
    o.shard_bits = 3;
    o.shard = 8;
    assert_int_equal(sctpx_endpoint_new(&o, 0, &rig.ep), SCTPX_EINVAL);
    o = good;
    o.assoc.mtu = 100;
    assert_int_equal(sctpx_endpoint_new(&o, 0, &rig.ep), SCTPX_EINVAL);
    assert_true(test_alloc_is_clean(&rig.ta));
    sctpx_endpoint_free(NULL);
}

/* Each allocation fails in turn: nothing is left behind. */
static void test_without_memory(void **state)
{
    (void)state;
    size_t failures = 0;
    for (size_t n = 1; n < 30; n++) {
        engine_rig_init(&rig);
        test_alloc_fail(&rig.ta, n, 1);
        int result = sctpx_endpoint_new(&rig.opt, 0, &rig.ep);
        if (result == 0) {
            sctpx_endpoint_free(rig.ep);
        } else {
            assert_int_equal(result, SCTPX_ENOMEM);
            failures++;
        }
        assert_true(test_alloc_is_clean(&rig.ta));
    }
    assert_in_range(failures, 4, 12);
}

static void test_locals(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    const sctpx_addr none = {.family = SCTPX_NO_FAMILY};
    assert_int_equal(sctpx_endpoint_add_local(rig.ep, &none), SCTPX_EINVAL);
    assert_int_equal(sctpx_endpoint_add_local(rig.ep, &rig.local), SCTPX_EADDRINUSE);
    for (uint8_t i = 1; i < SCTPX_MAX_LOCALS; i++) {
        const sctpx_addr more = engine_rig_addr(i, 1);
        assert_int_equal(sctpx_endpoint_add_local(rig.ep, &more), 0);
    }
    const sctpx_addr one_more = engine_rig_addr(99, 1);
    assert_int_equal(sctpx_endpoint_add_local(rig.ep, &one_more), SCTPX_ELIMIT);
    engine_rig_done(&rig);
}

static void test_tags(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.shard_bits = 5;
    rig.opt.shard = 19;
    engine_rig_start(&rig);
    for (unsigned i = 0; i < 1000; i++) {
        uint32_t tag = sctpxi_endpoint_new_tag(rig.ep);
        assert_true(tag != 0);
        assert_int_equal(tag >> 27, 19);
    }
    engine_rig_done(&rig);
}

static void test_limit_of_associations(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.opt.max_assocs = 3;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(engine_rig_try_connect(&rig), 0);
    sctpx_assoc *one = rig.assoc;
    assert_int_equal(engine_rig_try_connect(&rig), SCTPX_ELIMIT);
    sctpx_assoc_free(one, rig.now);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    engine_rig_flush(&rig);
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static void test_refused_connects(void **state)
{
    (void)state;
    sctpx_assoc *a;
    sctpx_addr many[SCTPX_MAX_PATHS + 1];
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    for (uint8_t i = 0; i <= SCTPX_MAX_PATHS; i++)
        many[i] = engine_rig_addr(i, 2);
    sctpx_endpoint *ep = rig.ep;
    assert_int_equal(sctpx_endpoint_connect(ep, 0, many, 0, 1, 0, NULL, NULL, &a), SCTPX_EINVAL);
    assert_int_equal(sctpx_endpoint_connect(ep, 0, many, SCTPX_MAX_PATHS + 1, 1, 0, NULL, NULL, &a),
                     SCTPX_EINVAL);
    assert_int_equal(sctpx_endpoint_connect(ep, 0, many, 1, 0, 0, NULL, NULL, &a), SCTPX_EINVAL);
    many[1].ip[0] = 224;
    assert_int_equal(sctpx_endpoint_connect(ep, 0, many, 2, 1, 0, NULL, NULL, &a), SCTPX_EINVAL);
    sctpx_assoc_options o;
    sctpx_assoc_options_defaults(&o);
    o.mtu = 1;
    assert_int_equal(sctpx_endpoint_connect(ep, 0, many, 1, 1, 0, &o, NULL, &a), SCTPX_EINVAL);
    assert_int_equal(sctpx_endpoint_connect(ep, 0, many, 1, 1, 77, NULL, NULL, &a), 0);
    assert_int_equal(sctpx_endpoint_connect(ep, 0, many, 1, 1, 77, NULL, NULL, &a),
                     SCTPX_EADDRINUSE);
    many[1] = many[0]; /* named twice is harmless */
    assert_int_equal(sctpx_endpoint_connect(ep, 0, many, 2, 1, 78, NULL, NULL, &a), 0);
    assert_int_equal(a->path_count, 1);
    engine_rig_flush(&rig);
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

/* Freed with associations in every state, data in every queue, packets in every buffer.
 * covers: 9260/11.1.16-1 */
static void test_freed_under_load(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    rig.capacity = 1500;
    engine_rig_accept(&rig);
    for (unsigned i = 0; i < 50; i++)
        engine_rig_user_send(&rig, (uint16_t)(i % 3), 3000);
    struct pb *pb = engine_rig_packet(&rig);
    pb_data(pb, 2, rig.tsn, 0, 0, 0, "x", 1);
    pb_data(pb, 3, rig.tsn + 4, 1, 1, 0, "x", 1);
    pb_heartbeat(pb, "?", 1);
    engine_rig_feed(&rig, pb);
    uint8_t buffer[1500];
    sctpx_transmit t;
    assert_int_equal(sctpx_endpoint_transmit(rig.ep, rig.now, buffer, sizeof buffer, &t), 1);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    rig.peer_port++;
    engine_rig_feed(&rig, engine_rig_init_packet(&rig));
    engine_rig_done(&rig);
}

static void test_stats(void **state)
{
    (void)state;
    sctpx_endpoint_stats s;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    sctpx_endpoint_get_stats(rig.ep, &s);
    assert_int_equal(s.received_packets, 2);
    assert_int_equal(s.sent_packets, 2);
    assert_int_equal(s.inits, 1);
    assert_int_equal(s.cookies_accepted, 1);
    assert_int_equal(s.associations, 1);
    assert_int_equal(s.memory_bytes, rig.ta.live_bytes);
    engine_rig_done(&rig);
}

/* Next to be drawn, in this order. */
static void draw_next(uint32_t first, uint32_t second)
{
    memcpy(rig.ep->random_bytes + 4, &first, 4);
    memcpy(rig.ep->random_bytes, &second, 4);
    rig.ep->random_left = 8;
}

/* RFC 9260 5.3.1: not while an old cookie may be around, which would be taken for the new one. */
static void test_tags_are_not_used_again_soon(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    uint32_t tag = rig.assoc->local_tag;
    draw_next(tag, 77);
    assert_int_equal(sctpxi_endpoint_new_tag(rig.ep), 77); /* it is in use */
    sctpx_assoc_free(rig.assoc, rig.now);
    draw_next(tag, 88);
    assert_int_equal(sctpxi_endpoint_new_tag(rig.ep), 88);
    engine_rig_done(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_locals),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_tags_are_not_used_again_soon),
        cmocka_unit_test(test_limit_of_associations),
        cmocka_unit_test(test_refused_connects),
        cmocka_unit_test(test_freed_under_load),
        cmocka_unit_test(test_stats),
    };
    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}

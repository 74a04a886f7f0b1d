/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/assoc.h"
#include "support/test_alloc.h"

enum { MANY = 500 };

struct fixture {
    struct test_alloc ta;
    struct sctpxi_alloc alloc;
    struct sctpxi_demux demux;
    sctpx_assoc *assocs[MANY];
    struct sctpxi_path paths[MANY];
};

static struct fixture fx;

static void set_up(void)
{
    static const struct sctpxi_siphash_key key = {UINT64_C(1) << 60, 2}; /* home: low 4 bits */
    memset(&fx, 0, sizeof fx);
    test_alloc_init(&fx.ta);
    sctpx_allocator user = test_alloc_allocator(&fx.ta);
    sctpxi_alloc_init(&fx.alloc, &user, SIZE_MAX);
    assert_int_equal(sctpxi_demux_init(&fx.demux, &fx.alloc, &key), 0);
    for (uint32_t i = 0; i < MANY; i++) {
        fx.assocs[i] = calloc(1, sizeof *fx.assocs[i]);
        assert_non_null(fx.assocs[i]);
        fx.assocs[i]->local_tag = 1 + 64 * i; /* as unlucky as can be */
        fx.assocs[i]->local_port = 5000;
        fx.assocs[i]->remote_port = (uint16_t)(6000 + i % 3);
        fx.paths[i].remote = (sctpx_addr){.family = SCTPX_IPV4,
                                          .udp_port = (uint16_t)(9000 + i % 7),
                                          .ip = {10, 0, (uint8_t)(i / 256), (uint8_t)i}};
    }
}

static void tear_down(void)
{
    for (uint32_t i = 0; i < MANY; i++)
        free(fx.assocs[i]);
    sctpxi_demux_done(&fx.demux);
    assert_true(test_alloc_is_clean(&fx.ta));
}

static sctpx_assoc *find(uint32_t i)
{
    return sctpxi_demux_by_address(&fx.demux, &fx.paths[i].remote, fx.assocs[i]->remote_port, 5000);
}

static void add_and_remove_all(void)
{
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(sctpxi_demux_reserve_tags(&fx.demux, i + 1), 0);
        sctpxi_demux_add_tag(&fx.demux, fx.assocs[i]);
        sctpxi_demux_add_path(&fx.demux, fx.assocs[i], &fx.paths[i]);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        assert_ptr_equal(sctpxi_demux_by_tag(&fx.demux, 1 + 64 * i), fx.assocs[i]);
        assert_ptr_equal(find(i), fx.assocs[i]);
    }
    for (uint32_t i = 0; i < MANY; i += 2) {
        sctpxi_demux_remove_tag(&fx.demux, fx.assocs[i]);
        sctpxi_demux_remove_tag(&fx.demux, fx.assocs[i]); /* harmless */
        sctpxi_demux_remove_path(&fx.demux, &fx.paths[i]);
        sctpxi_demux_remove_path(&fx.demux, &fx.paths[i]);
    }
    assert_int_equal(fx.demux.tag_count, MANY / 2);
    assert_int_equal(fx.demux.path_count, MANY / 2);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_ptr_equal(sctpxi_demux_by_tag(&fx.demux, 1 + 64 * i),
                         i % 2 == 0 ? NULL : fx.assocs[i]);
        assert_ptr_equal(find(i), i % 2 == 0 ? NULL : fx.assocs[i]);
    }
}

static void test_many(void **state)
{
    (void)state;
    set_up();
    add_and_remove_all();
    assert_true(fx.demux.tag_slots > MANY && fx.demux.path_buckets >= MANY);
    tear_down();
}

/* Somebody may pick the tags of his associations; he does not know where they will stand. */
static void test_picked_tags_stand_apart(void **state)
{
    static const struct sctpxi_siphash_key key = {UINT64_C(0x243F6A8885A308D3), 7};
    uint32_t run = 0, longest = 0;
    (void)state;
    set_up();
    fx.demux.key = key;
    assert_int_equal(sctpxi_demux_reserve_tags(&fx.demux, MANY), 0);
    for (uint32_t i = 0; i < MANY; i++) {
        fx.assocs[i]->local_tag = 5 + (i << 16);
        sctpxi_demux_add_tag(&fx.demux, fx.assocs[i]);
    }
    for (uint32_t at = 0; at < fx.demux.tag_slots; at++) {
        run = fx.demux.tags[at].assoc != NULL ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    assert_in_range(longest, 1, MANY / 4);
    for (uint32_t i = 0; i < MANY; i++)
        sctpxi_demux_remove_tag(&fx.demux, fx.assocs[i]);
    tear_down();
}

/* Without memory to grow: paths get slower, tags are only as many as there is room for. */
static void test_without_memory_to_grow(void **state)
{
    (void)state;
    set_up();
    assert_int_equal(sctpxi_demux_reserve_tags(&fx.demux, MANY), 0);
    uint32_t slots = fx.demux.tag_slots;
    test_alloc_fail(&fx.ta, 1, 0);
    assert_int_equal(sctpxi_demux_reserve_tags(&fx.demux, slots - 1), 0); /* one stays empty */
    assert_int_equal(sctpxi_demux_reserve_tags(&fx.demux, slots), SCTPX_ENOMEM);
    add_and_remove_all();
    assert_true(fx.ta.failed_calls > 0);
    assert_int_equal(fx.demux.tag_slots, slots);
    assert_int_equal(fx.demux.path_buckets, 16);
    tear_down();
}

/* Clusters, also around the end of the table, close when one of them goes. */
static void test_tags_are_found_whoever_goes(void **state)
{
    (void)state;
    static const uint32_t tags[] = {15, 31, 14, 47, 0, 30, 16, 1, 63, 13, 2, 46, 7};
    enum { TAGS = sizeof tags / sizeof tags[0] };
    set_up();
    assert_int_equal(fx.demux.tag_slots, 16);
    for (uint32_t gone = 0; gone < TAGS; gone++) {
        for (uint32_t i = 0; i < TAGS; i++) {
            fx.assocs[i]->local_tag = tags[i];
            sctpxi_demux_add_tag(&fx.demux, fx.assocs[i]);
        }
        for (uint32_t n = 0; n < TAGS; n++) {
            sctpxi_demux_remove_tag(&fx.demux, fx.assocs[(gone + 5 * n) % TAGS]);
            for (uint32_t k = 0; k < TAGS; k++) {
                uint32_t i = (gone + 5 * k) % TAGS;
                assert_ptr_equal(sctpxi_demux_by_tag(&fx.demux, tags[i]),
                                 k <= n ? NULL : fx.assocs[i]);
            }
        }
    }
    assert_int_equal(fx.demux.tag_slots, 16);
    tear_down();
}

static void test_no_memory_at_all(void **state)
{
    (void)state;
    static const struct sctpxi_siphash_key key = {1, 2};
    for (size_t n = 1; n <= 2; n++) {
        test_alloc_init(&fx.ta);
        sctpx_allocator user = test_alloc_allocator(&fx.ta);
        sctpxi_alloc_init(&fx.alloc, &user, SIZE_MAX);
        test_alloc_fail(&fx.ta, n, 1);
        assert_int_equal(sctpxi_demux_init(&fx.demux, &fx.alloc, &key), SCTPX_ENOMEM);
        assert_true(test_alloc_is_clean(&fx.ta));
    }
}

/* Everything that names a peer counts: family, address, UDP port, both SCTP ports. */
static void test_every_part_of_the_address_counts(void **state)
{
    (void)state;
    set_up();
    sctpxi_demux_add_path(&fx.demux, fx.assocs[0], &fx.paths[0]);
    sctpx_addr remote = fx.paths[0].remote;
    assert_ptr_equal(sctpxi_demux_by_address(&fx.demux, &remote, 6000, 5000), fx.assocs[0]);
    assert_null(sctpxi_demux_by_address(&fx.demux, &remote, 6001, 5000));
    assert_null(sctpxi_demux_by_address(&fx.demux, &remote, 6000, 5001));
    assert_null(sctpxi_demux_by_address(&fx.demux, &remote, 5000, 6000));
    remote.udp_port++;
    assert_null(sctpxi_demux_by_address(&fx.demux, &remote, 6000, 5000));
    remote = fx.paths[0].remote;
    remote.family = SCTPX_IPV6;
    assert_null(sctpxi_demux_by_address(&fx.demux, &remote, 6000, 5000));
    remote = fx.paths[0].remote;
    remote.ip[15] = 1;
    assert_null(sctpxi_demux_by_address(&fx.demux, &remote, 6000, 5000));
    sctpxi_demux_remove_path(&fx.demux, &fx.paths[0]);
    tear_down();
}

static void test_unknown_tags(void **state)
{
    (void)state;
    set_up();
    assert_null(sctpxi_demux_by_tag(&fx.demux, 0));
    assert_null(sctpxi_demux_by_tag(&fx.demux, 1));
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_picked_tags_stand_apart),
        cmocka_unit_test(test_without_memory_to_grow),
        cmocka_unit_test(test_tags_are_found_whoever_goes),
        cmocka_unit_test(test_no_memory_at_all),
        cmocka_unit_test(test_every_part_of_the_address_counts),
        cmocka_unit_test(test_unknown_tags),
    };
    return cmocka_run_group_tests_name("demux", tests, NULL, NULL);
}

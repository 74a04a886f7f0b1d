/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "base/sidmap.h"
#include "support/test_alloc.h"
#include "support/test_random.h"

struct fixture {
    struct test_alloc ta;
    struct sctpxi_alloc alloc;
    struct sctpxi_sidmap map;
    bool is_there[65536];
    char objects[65536]; /* the object of a number is its byte here */
};

static void start(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    sctpx_allocator user = test_alloc_allocator(&f->ta);
    sctpxi_alloc_init(&f->alloc, &user, SIZE_MAX);
}

static void finish(struct fixture *f)
{
    sctpxi_sidmap_done(&f->map, &f->alloc);
    assert_int_equal(f->map.count, 0);
    assert_true(test_alloc_is_clean(&f->ta));
}

static void put(struct fixture *f, unsigned sid)
{
    assert_int_equal(
        sctpxi_sidmap_put(&f->map, &f->alloc, (uint16_t)sid, &f->objects[sid], SCTPXI_SIDMAP_ANY),
        0);
    f->is_there[sid] = true;
}

/* Every number that was put is found, every other one is not, and the walk meets each once. */
static void check_all(const struct fixture *f)
{
    static bool is_met[65536];
    uint32_t cursor = 0, met = 0;
    char *object;

    for (unsigned sid = 0; sid < 65536; sid++) {
        const void *wanted = f->is_there[sid] ? &f->objects[sid] : NULL;
        if (sctpxi_sidmap_get(&f->map, (uint16_t)sid) != wanted) {
            fail_msg("wrong object for %u", sid);
        }
    }
    memset(is_met, 0, sizeof(is_met));
    while ((object = sctpxi_sidmap_next(&f->map, &cursor)) != NULL) {
        ptrdiff_t sid = object - f->objects;
        assert_true(f->is_there[sid]);
        assert_false(is_met[sid]);
        is_met[sid] = true;
        met++;
    }
    assert_int_equal(met, f->map.count);
}

static struct fixture fixture;

static void test_empty_costs_nothing(void **state)
{
    struct fixture *f = &fixture;

    (void)state;
    start(f);
    check_all(f);
    finish(f);
    assert_int_equal(f->ta.calls, 0);
}

static void test_numbers_from_zero_up(void **state)
{
    struct fixture *f = &fixture;

    (void)state;
    start(f);
    for (unsigned sid = 0; sid < 96; sid++) {
        put(f, sid);
    }
    check_all(f);
    assert_int_equal(f->map.capacity, 128);
    finish(f);
}

static void test_last_number_and_first(void **state)
{
    struct fixture *f = &fixture;

    (void)state;
    start(f);
    put(f, 65535);
    put(f, 0);
    put(f, 7); /* where 65535 is in a table of 8 */
    check_all(f);
    finish(f);
}

static void test_every_number_at_once(void **state)
{
    struct fixture *f = &fixture;

    (void)state;
    start(f);
    for (unsigned i = 0; i < 65536; i++) {
        put(f, (i * 40503u + 9) & 0xffff);
    }
    check_all(f);
    assert_int_equal(f->map.capacity, 65536);
    finish(f);
}

static void test_random_numbers(void **state)
{
    struct fixture *f = &fixture;
    struct test_random tr;

    (void)state;
    test_random_init(&tr, 3);
    for (int round = 0; round < 20; round++) {
        start(f);
        for (uint64_t left = test_random_below(&tr, 5000); left > 0; left--) {
            unsigned sid = (unsigned)test_random_below(&tr, 65536);
            if (!f->is_there[sid]) {
                put(f, sid);
            }
        }
        check_all(f);
        finish(f);
    }
}

/* The longest way from a number's own slot to its object; that bounds what a look-up takes. */
static uint32_t longest_way(const struct sctpxi_sidmap *map)
{
    uint32_t longest = 0;

    for (uint32_t i = 0; i < map->capacity; i++) {
        uint32_t way = (i - map->slots[i].sid) & (map->capacity - 1);
        if (map->slots[i].object != NULL && way > longest) {
            longest = way;
        }
    }
    return longest;
}

/* A peer that picks numbers which share a slot in every smaller table. */
static void test_hostile_numbers_do_not_make_long_ways(void **state)
{
    static const unsigned strides[] = {64, 256, 512, 1024, 4096, 16384};
    struct fixture *f = &fixture;

    (void)state;
    for (size_t s = 0; s < sizeof(strides) / sizeof(strides[0]); s++) {
        start(f);
        for (unsigned low = 0; low < strides[s] && f->map.count < 12000; low++) {
            for (unsigned sid = low; sid < 65536; sid += strides[s]) {
                put(f, sid);
            }
        }
        assert_true(longest_way(&f->map) < 128);
        check_all(f);
        finish(f);
    }
}

/* 256 numbers that need the largest table; an owner may say that it must not be made. */
static void test_no_larger_table_than_allowed(void **state)
{
    struct fixture *f = &fixture;
    int result = 0;

    (void)state;
    start(f);
    for (unsigned i = 0; i < 300 && result == 0; i++) {
        unsigned sid = (i % 2 == 0 ? 0 : 32768) + i / 2;
        result = sctpxi_sidmap_put(&f->map, &f->alloc, (uint16_t)sid, &f->objects[sid], 4096);
        f->is_there[sid] = result == 0;
    }
    assert_int_equal(result, SCTPX_ENOMEM);
    assert_true(f->map.count > 128 && f->map.capacity <= 4096);
    check_all(f);
    put(f, 1000); /* elsewhere there is room */
    for (unsigned i = 0; i < 300; i++) {
        unsigned sid = (i % 2 == 0 ? 0 : 32768) + i / 2;
        if (!f->is_there[sid]) {
            put(f, sid);
        }
    }
    assert_int_equal(f->map.capacity, 65536);
    check_all(f);
    finish(f);
}

static void test_out_of_memory_leaves_the_map(void **state)
{
    struct fixture *f = &fixture;

    (void)state;
    start(f);
    test_alloc_fail(&f->ta, 1, 1);
    assert_int_equal(sctpxi_sidmap_put(&f->map, &f->alloc, 1, f, SCTPXI_SIDMAP_ANY), SCTPX_ENOMEM);
    check_all(f);
    for (unsigned sid = 0; sid < 6; sid++) {
        put(f, sid);
    }
    test_alloc_fail(&f->ta, 1, 1);
    assert_int_equal(sctpxi_sidmap_put(&f->map, &f->alloc, 6, f, SCTPXI_SIDMAP_ANY), SCTPX_ENOMEM);
    check_all(f);
    put(f, 6);
    check_all(f);
    finish(f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_costs_nothing),
        cmocka_unit_test(test_numbers_from_zero_up),
        cmocka_unit_test(test_last_number_and_first),
        cmocka_unit_test(test_every_number_at_once),
        cmocka_unit_test(test_random_numbers),
        cmocka_unit_test(test_hostile_numbers_do_not_make_long_ways),
        cmocka_unit_test(test_no_larger_table_than_allowed),
        cmocka_unit_test(test_out_of_memory_leaves_the_map),
    };

    return cmocka_run_group_tests_name("sidmap", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/slotset.h"
#include "support/test_random.h"

struct fixture {
    struct sctpxi_slotset set;
    uint64_t words[2048];
    bool is_there[SCTPXI_SLOTSET_MAX_CAPACITY];
};

static struct fixture fixture;

static struct fixture *start(uint32_t capacity)
{
    struct fixture *f = &fixture;
    size_t words = sctpxi_slotset_words(capacity);

    assert_true(words + 1 <= sizeof(f->words) / sizeof(f->words[0]));
    memset(f, 0, sizeof(*f));
    f->words[words] = 0x5a5a5a5a5a5a5a5aU; /* not the set's any more */
    f->set = (struct sctpxi_slotset){f->words, capacity};
    return f;
}

static void finish(const struct fixture *f)
{
    assert_true(f->words[sctpxi_slotset_words(f->set.capacity)] == 0x5a5a5a5a5a5a5a5aU);
}

static uint32_t plain_distance(const struct fixture *f, uint32_t slot)
{
    uint32_t distance = 0;

    while (distance < f->set.capacity && !f->is_there[(slot + distance) % f->set.capacity]) {
        distance++;
    }
    return distance;
}

static void test_a_bit_per_slot_and_one_per_word(void **state)
{
    (void)state;
    assert_int_equal(sctpxi_slotset_words(8), 2);
    assert_int_equal(sctpxi_slotset_words(64), 2);
    assert_int_equal(sctpxi_slotset_words(128), 3);
    assert_int_equal(sctpxi_slotset_words(4096), 65);
    assert_int_equal(sctpxi_slotset_words(8192), 130);
    assert_int_equal(sctpxi_slotset_words(65536), 1040);
}

static void test_empty(void **state)
{
    (void)state;
    for (uint32_t capacity = 8; capacity <= SCTPXI_SLOTSET_MAX_CAPACITY; capacity *= 2) {
        struct fixture *f = start(capacity);
        assert_int_equal(sctpxi_slotset_distance(f->set, 0), capacity);
        assert_int_equal(sctpxi_slotset_distance(f->set, capacity - 1), capacity);
        finish(f);
    }
}

static void test_full(void **state)
{
    (void)state;
    for (uint32_t capacity = 8; capacity <= SCTPXI_SLOTSET_MAX_CAPACITY; capacity *= 2) {
        struct fixture *f = start(capacity);
        sctpxi_slotset_fill(f->set);
        for (uint32_t slot = 0; slot < capacity; slot++) {
            assert_int_equal(sctpxi_slotset_distance(f->set, slot), 0);
            sctpxi_slotset_take(f->set, slot);
        }
        assert_int_equal(sctpxi_slotset_distance(f->set, 0), capacity);
        finish(f);
    }
}

static void test_the_only_one_is_found_from_everywhere(void **state)
{
    static const uint32_t slots[] = {0, 1, 63, 64, 4095, 4096, 40000, 65535};

    (void)state;
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        struct fixture *f = start(65536);
        sctpxi_slotset_put(f->set, slots[i]);
        for (uint32_t from = 0; from < 65536; from++) {
            assert_int_equal(sctpxi_slotset_distance(f->set, from), (slots[i] - from) & 65535);
        }
        sctpxi_slotset_take(f->set, slots[i]);
        assert_int_equal(sctpxi_slotset_distance(f->set, 0), 65536);
        finish(f);
    }
}

static void test_slots_are_serial_numbers(void **state)
{
    struct fixture *f = start(128);

    (void)state;
    sctpxi_slotset_put(f->set, UINT32_MAX);
    sctpxi_slotset_put(f->set, UINT32_MAX);
    assert_int_equal(sctpxi_slotset_distance(f->set, UINT32_MAX - 5), 5);
    assert_int_equal(sctpxi_slotset_distance(f->set, 0), 127);
    sctpxi_slotset_take(f->set, 127);
    sctpxi_slotset_take(f->set, 127);
    assert_int_equal(sctpxi_slotset_distance(f->set, UINT32_MAX), 128);
    finish(f);
}

/* From full to nearly empty and back, at every size. */
static void test_agrees_with_an_array(void **state)
{
    struct test_random random;

    (void)state;
    test_random_init(&random, 7);
    for (uint32_t capacity = 8; capacity <= SCTPXI_SLOTSET_MAX_CAPACITY; capacity *= 4) {
        struct fixture *f = start(capacity);
        for (int i = 0; i < 20000; i++) {
            uint32_t slot = (uint32_t)test_random_below(&random, capacity);
            uint32_t from = (uint32_t)test_random_below(&random, capacity);
            f->is_there[slot] = test_random_below(&random, 100) < (uint32_t)(i / 200);
            if (f->is_there[slot]) {
                sctpxi_slotset_put(f->set, slot);
            } else {
                sctpxi_slotset_take(f->set, slot);
            }
            assert_int_equal(sctpxi_slotset_distance(f->set, from), plain_distance(f, from));
        }
        finish(f);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bit_per_slot_and_one_per_word),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_the_only_one_is_found_from_everywhere),
        cmocka_unit_test(test_slots_are_serial_numbers),
        cmocka_unit_test(test_agrees_with_an_array),
    };

    return cmocka_run_group_tests_name("slotset", tests, NULL, NULL);
}

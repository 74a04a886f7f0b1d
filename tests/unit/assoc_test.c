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

static void tear_down(void)
{
    engine_rig_check(&rig);
    engine_rig_done(&rig);
}

static sctpx_assoc *make(void)
{
    sctpx_assoc *a;
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    assert_int_equal(sctpxi_assoc_new(rig.ep, &rig.opt.assoc, 1, 2, 0, &a), 0);
    return a;
}

static void test_new(void **state)
{
    (void)state;
    sctpx_assoc *a = make();
    assert_int_equal(a->state, SCTPX_CLOSED);
    assert_true(a->local_tag != 0);
    assert_ptr_equal(sctpxi_demux_by_tag(&rig.ep->demux, a->local_tag), a);
    sctpxi_assoc_destroy(a);
    tear_down();
}

static void test_given_tag(void **state)
{
    (void)state;
    sctpx_assoc *a = make(), *b;
    sctpxi_assoc_destroy(a);
    assert_int_equal(sctpxi_assoc_new(rig.ep, &rig.opt.assoc, 1, 2, 4711, &b), 0);
    assert_int_equal(b->local_tag, 4711);
    sctpxi_assoc_destroy(b);
    tear_down();
}

static void test_without_memory(void **state)
{
    (void)state;
    sctpx_assoc *a;
    engine_rig_init(&rig);
    engine_rig_start(&rig);
    for (size_t n = 1; n <= 2; n++) { /* the heap's room, the object */
        test_alloc_fail(&rig.ta, 1, 1);
        assert_int_equal(sctpxi_assoc_new(rig.ep, &rig.opt.assoc, 1, 2, 0, &a), SCTPX_ENOMEM);
        test_alloc_fail(&rig.ta, 0, 0);
        sctpxi_heap_reserve(&rig.ep->timers, 1);
        engine_rig_check(&rig);
    }
    tear_down();
}

/* The list of those that are being set up follows the state, whichever way it goes. */
static void test_list_of_those_being_set_up(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    assert_int_equal(engine_rig_try_connect(&rig), 0);
    engine_rig_flush(&rig);
    engine_rig_check(&rig);
    sctpxi_assoc_set_state(rig.assoc, SCTPX_COOKIE_ECHOED);
    engine_rig_check(&rig);
    sctpxi_assoc_set_state(rig.assoc, SCTPX_COOKIE_WAIT);
    engine_rig_check(&rig);
    sctpxi_assoc_close(rig.assoc, SCTPX_ETIMEDOUT);
    assert_true(TAILQ_EMPTY(&rig.ep->setting_up));
    tear_down();
}

static void test_close_tells_the_user(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    sctpxi_assoc_close(rig.assoc, SCTPX_ELOST);
    assert_int_equal(engine_rig_events(&rig), 1);
    assert_int_equal(rig.last[SCTPX_EVENT_CLOSED].error, SCTPX_ELOST);
    sctpxi_assoc_want_output(rig.assoc); /* of one that ended: nothing */
    assert_true(TAILQ_EMPTY(&rig.ep->output));
    tear_down();
}

/* Nobody is there to free it later. */
static void test_close_after_the_user_left(void **state)
{
    (void)state;
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    rig.assoc->is_user_gone = true;
    sctpxi_assoc_close(rig.assoc, SCTPX_ELOST);
    assert_int_equal(rig.ep->assoc_count, 0);
    assert_int_equal(engine_rig_events(&rig), 0);
    tear_down();
}

static void test_reason(void **state)
{
    (void)state;
    static const uint8_t bytes[300] = {1, 2, 3};
    engine_rig_init(&rig);
    engine_rig_accept(&rig);
    for (size_t length = 0; length <= sizeof bytes; length += 50) {
        sctpxi_assoc_set_reason(rig.assoc, 12, bytes, length);
        assert_int_equal(rig.assoc->reason_length, length < 256 ? length : 256);
    }
    sctpxi_assoc_set_reason(rig.assoc, 0, NULL, 0);
    assert_null(rig.assoc->reason);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_given_tag),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_list_of_those_being_set_up),
        cmocka_unit_test(test_close_tells_the_user),
        cmocka_unit_test(test_close_after_the_user_left),
        cmocka_unit_test(test_reason),
    };
    return cmocka_run_group_tests_name("assoc", tests, NULL, NULL);
}

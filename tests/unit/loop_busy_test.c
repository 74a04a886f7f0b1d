/* SPDX-License-Identifier: MIT */
/* A loop that looks for a while before it sleeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <errno.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "loop/loop.h"

/* ---- a system whose time passes by being looked at ------------------------------------------- */

static struct {
    uint64_t now_us;
    unsigned looks, sleeps, yields;
    int pwait2_error;  /* epoll_pwait2() fails with it; 0: it does not */
    unsigned write_at; /* the yield in which another one writes to the pipe; 0: none */
    int pipe[2];
} system_;

/* These take the place of the C library's in this program. A microsecond passes with each look. */
int clock_gettime(clockid_t id, struct timespec *ret_time)
{
    (void)id;
    system_.now_us++;
    ret_time->tv_sec = (time_t)(system_.now_us / 1000000);
    ret_time->tv_nsec = (long)(system_.now_us % 1000000 * 1000);
    return 0;
}

int sched_yield(void)
{
    if (++system_.yields == system_.write_at)
        assert_int_equal(write(system_.pipe[1], "x", 1), 1);
    return 0;
}

static int look(int epoll, struct epoll_event *events, int count)
{
    return (int)syscall(SYS_epoll_wait, epoll, events, count, 0);
}

int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout_ms)
{
    *(timeout_ms == 0 ? &system_.looks : &system_.sleeps) += 1;
    if (timeout_ms > 0)
        system_.now_us += (uint64_t)timeout_ms * 1000;
    return look(epoll, events, count);
}

int epoll_pwait2(int epoll, struct epoll_event *events, int count, const struct timespec *limit,
                 const sigset_t *mask)
{
    (void)mask;
    if (system_.pwait2_error != 0) {
        errno = system_.pwait2_error;
        return -1;
    }
    *(limit->tv_sec == 0 && limit->tv_nsec == 0 ? &system_.looks : &system_.sleeps) += 1;
    system_.now_us += (uint64_t)limit->tv_sec * 1000000 + (uint64_t)limit->tv_nsec / 1000;
    return look(epoll, events, count);
}

/* ---- the loop -------------------------------------------------------------------------------- */

struct fixture {
    sctpx_loop *loop;
    struct sctpxi_loop_watch watch;
    unsigned bytes, fired;
};

static void on_byte(void *arg, unsigned events)
{
    struct fixture *fixture = arg;
    char byte;

    assert_int_equal(events, SCTPXI_LOOP_READ);
    assert_int_equal(read(system_.pipe[0], &byte, 1), 1);
    fixture->bytes++;
}

static void on_timer(sctpx_timer *timer, void *arg)
{
    (void)timer;
    ((struct fixture *)arg)->fired++;
}

static int set_up(void **state)
{
    static struct fixture fixture;

    memset(&fixture, 0, sizeof(fixture));
    memset(&system_, 0, sizeof(system_));
    system_.now_us = 5000000;
    assert_int_equal(pipe(system_.pipe), 0);
    assert_int_equal(sctpx_loop_new(&fixture.loop), 0);
    fixture.watch = (struct sctpxi_loop_watch){.function = on_byte, .arg = &fixture};
    assert_int_equal(
        sctpxi_loop_watch_start(fixture.loop, &fixture.watch, system_.pipe[0], SCTPXI_LOOP_READ),
        0);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    sctpxi_loop_watch_stop(&fixture->watch);
    sctpx_loop_free(fixture->loop);
    close(system_.pipe[0]);
    close(system_.pipe[1]);
    return 0;
}

static void test_what_comes_while_it_looks_is_handled_without_sleep(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(sctpx_loop_set_busy_poll(fixture->loop, 100), 0);
    system_.write_at = 20;
    assert_int_equal(sctpx_loop_run_once(fixture->loop, -1), 1);
    assert_int_equal(fixture->bytes, 1);
    assert_int_equal(system_.looks, 21);
    assert_int_equal(system_.sleeps, 0);
}

static void test_it_sleeps_when_nothing_comes_for_so_long(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(sctpx_loop_set_busy_poll(fixture->loop, 100), 0);
    assert_int_equal(sctpx_loop_run_once(fixture->loop, -1), 1);
    assert_in_range(system_.looks, 90, 110);
    assert_int_equal(system_.sleeps, 1);
}

static void test_it_does_not_look_unless_asked_to(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(sctpx_loop_run_once(fixture->loop, -1), 1);
    assert_int_equal(sctpx_loop_set_busy_poll(fixture->loop, 100), 0);
    assert_int_equal(sctpx_loop_set_busy_poll(fixture->loop, 0), 0);
    assert_int_equal(sctpx_loop_run_once(fixture->loop, -1), 1);
    assert_int_equal(system_.looks, 0);
    assert_int_equal(system_.sleeps, 2);
}

static void test_who_does_not_wait_looks_once(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(sctpx_loop_set_busy_poll(fixture->loop, 100), 0);
    assert_int_equal(sctpx_loop_process(fixture->loop), 1);
    assert_int_equal(system_.looks, 1);
    assert_int_equal(system_.yields, 0);
}

/* Linux before 5.11, and filters of system calls that are older than that. */
static void test_without_epoll_pwait2(void **state)
{
    static const int errors[] = {ENOSYS, EPERM};
    struct fixture *fixture = *state;
    sctpx_timer *timer;

    for (size_t i = 0; i < 2; i++) {
        system_.pwait2_error = errors[i];
        fixture->fired = system_.sleeps = 0;
        assert_int_equal(sctpx_timer_new(fixture->loop, on_timer, fixture, &timer), 0);
        sctpx_timer_start(timer, 7500);
        assert_int_equal(sctpx_loop_process(fixture->loop), 1);
        assert_int_equal(system_.sleeps, 0); /* it was not to wait */
        assert_int_equal(sctpx_loop_run_once(fixture->loop, -1), 1);
        assert_int_equal(system_.sleeps, 1);
        assert_int_equal(fixture->fired, 1);
        sctpx_timer_free(timer);
        tear_down(state);
        set_up(state);
    }
}

static void test_a_timeout_counts_the_look(void **state)
{
    struct fixture *fixture = *state;
    uint64_t start = system_.now_us;

    assert_int_equal(sctpx_loop_set_busy_poll(fixture->loop, 5000), 0);
    assert_int_equal(sctpx_loop_run_once(fixture->loop, 2), 1);
    assert_in_range(system_.now_us - start, 2000, 2100);
    start = system_.now_us;
    assert_int_equal(sctpx_loop_run_once(fixture->loop, 8), 1);
    assert_in_range(system_.now_us - start, 8000, 8100);
}

static void check_deadline(struct fixture *fixture, sctpx_time delay_us, unsigned sleeps)
{
    sctpx_timer *timer;
    uint64_t start = system_.now_us;

    assert_int_equal(sctpx_loop_set_busy_poll(fixture->loop, 100), 0);
    assert_int_equal(sctpx_timer_new(fixture->loop, on_timer, fixture, &timer), 0);
    sctpx_timer_start(timer, delay_us);
    while (fixture->fired == 0)
        assert_int_equal(sctpx_loop_run_once(fixture->loop, -1), 1);
    assert_in_range(system_.now_us - start, delay_us, delay_us + 50);
    assert_int_equal(system_.sleeps, sleeps);
    /* The next wait is not for that deadline. */
    assert_int_equal(sctpx_loop_run_once(fixture->loop, -1), 1);
    assert_int_equal(system_.sleeps, sleeps + 1);
    sctpx_timer_free(timer);
}

static void test_a_deadline_ends_the_look(void **state)
{
    check_deadline(*state, 40, 0);
}

static void test_a_deadline_behind_the_look_is_slept_for(void **state)
{
    check_deadline(*state, 100000, 1);
}

static void test_limits(void **state)
{
    struct fixture *fixture = *state;
    uv_loop_t uv;
    sctpx_loop *loop;

    assert_int_equal(sctpx_loop_set_busy_poll(fixture->loop, 1000000), 0);
    assert_int_equal(sctpx_loop_set_busy_poll(fixture->loop, 1000001), SCTPX_EINVAL);
    assert_int_equal(sctpx_loop_set_busy_poll(NULL, 1), SCTPX_EINVAL);
    assert_int_equal(uv_loop_init(&uv), 0);
    assert_int_equal(sctpx_loop_new_uv(&uv, &loop), 0);
    assert_int_equal(sctpx_loop_set_busy_poll(loop, 1), SCTPX_ENOTSUP);
    sctpx_loop_free(loop);
    assert_int_equal(uv_run(&uv, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&uv), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_comes_while_it_looks_is_handled_without_sleep,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_sleeps_when_nothing_comes_for_so_long, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_it_does_not_look_unless_asked_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_does_not_wait_looks_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_without_epoll_pwait2, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_timeout_counts_the_look, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_deadline_ends_the_look, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_deadline_behind_the_look_is_slept_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("loop_busy", tests, NULL, NULL);
}

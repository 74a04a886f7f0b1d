/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "loop/loop.h"

struct fixture {
    uv_loop_t uv;
    sctpx_loop *loop;
    bool is_freed;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture.is_freed = false;
    assert_int_equal(uv_loop_init(&fixture.uv), 0);
    assert_int_equal(sctpx_loop_new_uv(&fixture.uv, &fixture.loop), 0);
    *state = &fixture;
    return 0;
}

/* Whatever a test does: libuv's loop can be closed, so no handle is left. */
static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    if (!fixture->is_freed) {
        sctpx_loop_free(fixture->loop);
    }
    uv_run(&fixture->uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->uv), 0);
    return 0;
}

static void test_an_idle_loop_does_not_keep_libuv_alive(void **state)
{
    struct fixture *fixture = *state;
    sctpx_loop *none;

    assert_false(uv_loop_alive(&fixture->uv));
    assert_int_equal(uv_run(&fixture->uv, UV_RUN_DEFAULT), 0);
    assert_int_equal(sctpx_loop_run(fixture->loop), 0);
    assert_int_equal(sctpx_loop_new_uv(NULL, &none), SCTPX_EINVAL);
}

/* ---- timers ------------------------------------------------------------------------------- */

static void on_timer(sctpx_timer *timer, void *arg)
{
    (void)timer;
    ++*(int *)arg;
}

static void test_timers_under_uv_run(void **state)
{
    struct fixture *fixture = *state;
    sctpx_time start = sctpx_loop_now(fixture->loop);
    int fired = 0, late = 0;
    sctpx_timer *timer, *second;

    assert_int_equal(sctpx_timer_new(fixture->loop, on_timer, &fired, &timer), 0);
    assert_int_equal(sctpx_timer_new(fixture->loop, on_timer, &late, &second), 0);
    sctpx_timer_start(timer, 2500);
    sctpx_timer_start(second, 60000000);
    sctpx_timer_start(second, 5500);
    uv_run(&fixture->uv, UV_RUN_DEFAULT);
    assert_int_equal(fired, 1);
    assert_int_equal(late, 1);
    assert_true(sctpx_loop_now(fixture->loop) - start >= 5500);

    sctpx_timer_start(timer, 60000000);
    sctpx_timer_stop(timer);
    uv_run(&fixture->uv, UV_RUN_DEFAULT); /* does not wait for it */
    sctpx_timer_free(timer);
    sctpx_timer_free(second);
}

/* ---- deferred work -------------------------------------------------------------------------- */

struct deferred {
    struct sctpxi_loop_defer defer;
    int calls, again;
};

static void on_deferred(void *arg)
{
    struct deferred *deferred = arg;

    deferred->calls++;
    if (deferred->again-- > 0) {
        sctpxi_loop_defer_queue(&deferred->defer);
    }
}

static void test_deferred_work_is_done_without_blocking(void **state)
{
    struct fixture *fixture = *state;
    struct deferred deferred = {.again = 2};

    sctpxi_loop_defer_init(&deferred.defer, fixture->loop, on_deferred, &deferred);
    sctpxi_loop_defer_queue(&deferred.defer);
    assert_int_equal(uv_backend_timeout(&fixture->uv), 0);
    uv_run(&fixture->uv, UV_RUN_DEFAULT);
    assert_int_equal(deferred.calls, 3);
}

static void test_cancelled_work_does_not_keep_the_loop_busy(void **state)
{
    struct fixture *fixture = *state;
    struct deferred deferred = {0};

    sctpxi_loop_defer_init(&deferred.defer, fixture->loop, on_deferred, &deferred);
    sctpxi_loop_defer_queue(&deferred.defer);
    sctpxi_loop_defer_cancel(&deferred.defer);
    uv_run(&fixture->uv, UV_RUN_DEFAULT);
    assert_int_equal(deferred.calls, 0);
}

/* ---- descriptors -------------------------------------------------------------------------- */

struct seen {
    struct sctpxi_loop_watch watch;
    struct deferred *defers;
    unsigned events;
    int calls, stop_after, nested_result;
};

static void on_watch(void *arg, unsigned events)
{
    struct seen *seen = arg;

    seen->events = events;
    seen->calls++;
    seen->nested_result = sctpx_loop_run_once(seen->watch.loop, 0);
    if (seen->defers != NULL) {
        sctpxi_loop_defer_queue(&seen->defers->defer);
    }
    if (seen->calls == seen->stop_after) {
        sctpxi_loop_watch_stop(&seen->watch);
    }
}

static void watch(struct seen *seen, struct fixture *fixture, int fd, unsigned events)
{
    seen->watch.function = on_watch;
    seen->watch.arg = seen;
    assert_int_equal(sctpxi_loop_watch_start(fixture->loop, &seen->watch, fd, events), 0);
}

static void test_a_watch_under_uv_run(void **state)
{
    struct fixture *fixture = *state;
    struct deferred deferred = {0};
    struct seen seen = {.defers = &deferred};
    int pair[2];

    sctpxi_loop_defer_init(&deferred.defer, fixture->loop, on_deferred, &deferred);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    watch(&seen, fixture, pair[0], SCTPXI_LOOP_READ);
    assert_true(uv_loop_alive(&fixture->uv));
    uv_run(&fixture->uv, UV_RUN_NOWAIT);
    assert_int_equal(seen.calls, 0);

    assert_int_equal(send(pair[1], "x", 1, 0), 1);
    uv_run(&fixture->uv, UV_RUN_ONCE);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.events, SCTPXI_LOOP_READ);
    assert_int_equal(seen.nested_result, SCTPX_ESTATE);
    assert_int_equal(deferred.calls, 1); /* in the same turn, after the descriptors */

    sctpxi_loop_watch_set(&seen.watch, SCTPXI_LOOP_WRITE);
    seen.stop_after = 2;
    uv_run(&fixture->uv, UV_RUN_DEFAULT); /* ends, for the watch has stopped itself */
    assert_int_equal(seen.events, SCTPXI_LOOP_WRITE);
    assert_int_equal(deferred.calls, 2);
    close(pair[0]);
    close(pair[1]);
}

/* A UDP socket to a port that nobody has: with packets and errors waiting at once. */
static int socket_with_an_error(bool has_select_option, bool has_packet)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in own = in;
    socklen_t length = sizeof(own);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), one = 1;
    struct pollfd poll_fd = {.fd = fd};

    assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)), 0);
    if (has_select_option) {
        setsockopt(fd, SOL_SOCKET, SO_SELECT_ERR_QUEUE, &one, sizeof(one));
    }
    assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &length), 0);
    if (has_packet) {
        assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&own, sizeof(own)), 1);
    }
    in.sin_port = htons(1);
    assert_int_equal(sendto(fd, "x", 1, 0, (struct sockaddr *)&in, sizeof(in)), 1);
    assert_int_equal(poll(&poll_fd, 1, 5000), 1); /* POLLERR needs no asking */
    return fd;
}

static void check_error(struct fixture *fixture, bool has_select_option, bool has_packet)
{
    int fd = socket_with_an_error(has_select_option, has_packet);
    struct seen seen = {.stop_after = 2};

    watch(&seen, fixture, fd, SCTPXI_LOOP_READ);
    uv_run(&fixture->uv, UV_RUN_DEFAULT);
    assert_int_equal(seen.calls, 2); /* the error is still there: it goes on */
    assert_true(seen.events & SCTPXI_LOOP_ERROR);
    if (has_packet) {
        assert_true(seen.events & SCTPXI_LOOP_READ);
    }
    close(fd);
}

static void test_a_filled_error_queue_does_not_end_the_watch(void **state)
{
    check_error(*state, true, false);
    check_error(*state, true, true);
    check_error(*state, false, false);
    check_error(*state, false, true);
}

static void test_a_descriptor_may_be_closed_and_reused_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen = {.stop_after = 1};
    int pair[2], fd;

    for (int i = 0; i < 3; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
        fd = pair[0];
        watch(&seen, fixture, fd, SCTPXI_LOOP_READ);
        sctpxi_loop_watch_stop(&seen.watch);
        close(pair[0]);
        close(pair[1]);
    }
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    assert_int_equal(pair[0], fd);
    watch(&seen, fixture, fd, SCTPXI_LOOP_WRITE);
    uv_run(&fixture->uv, UV_RUN_DEFAULT);
    assert_int_equal(seen.calls, 1);
    close(pair[0]);
    close(pair[1]);
}

/* ---- run by ourselves ----------------------------------------------------------------------- */

static void test_turns_of_our_own(void **state)
{
    struct fixture *fixture = *state;
    int fired = 0;
    sctpx_timer *timer;

    assert_int_equal(sctpx_loop_run_once(fixture->loop, -1), 0);
    assert_int_equal(sctpx_timer_new(fixture->loop, on_timer, &fired, &timer), 0);
    sctpx_timer_start(timer, 60000000);
    assert_int_equal(sctpx_loop_run_once(fixture->loop, 2), 1); /* the limit ends it */
    assert_int_equal(fired, 0);
    assert_int_equal(sctpx_loop_process(fixture->loop), 1);
    sctpx_timer_start(timer, 1000);
    assert_int_equal(sctpx_loop_run(fixture->loop), 0);
    assert_int_equal(fired, 1);
    assert_int_equal(sctpx_loop_fd(fixture->loop), uv_backend_fd(&fixture->uv));
    sctpx_timer_free(timer);
}

/* ---- the end ------------------------------------------------------------------------------- */

static void free_loop(void *arg)
{
    struct fixture *fixture = arg;

    sctpx_loop_free(fixture->loop);
    fixture->is_freed = true;
}

static void test_a_loop_freed_in_its_callback(void **state)
{
    struct fixture *fixture = *state;
    struct sctpxi_loop_defer defer;

    sctpxi_loop_defer_init(&defer, fixture->loop, free_loop, fixture);
    sctpxi_loop_defer_queue(&defer);
    uv_run(&fixture->uv, UV_RUN_DEFAULT);
    assert_true(fixture->is_freed);
}

static void test_a_loop_freed_in_a_turn_of_our_own(void **state)
{
    struct fixture *fixture = *state;
    struct sctpxi_loop_defer defer;

    sctpxi_loop_defer_init(&defer, fixture->loop, free_loop, fixture);
    sctpxi_loop_defer_queue(&defer);
    assert_int_equal(sctpx_loop_run(fixture->loop), 0);
    assert_true(fixture->is_freed);
}

static void on_late(sctpx_timer *timer, void *arg)
{
    (void)timer;
    (void)arg;
    fail();
}

static void test_stop(void **state)
{
    struct fixture *fixture = *state;
    sctpx_timer *timer;

    assert_int_equal(sctpx_timer_new(fixture->loop, on_late, NULL, &timer), 0);
    sctpx_timer_start(timer, (sctpx_time)3600 * 1000000);
    sctpx_loop_stop(fixture->loop);
    assert_int_equal(sctpx_loop_run(fixture->loop), 0);
    sctpx_loop_stop(fixture->loop);
    assert_int_equal(sctpx_loop_run_once(fixture->loop, -1), 1);
    assert_true(sctpxi_loop_take_stop(fixture->loop));
    assert_false(sctpxi_loop_take_stop(fixture->loop));
    sctpx_timer_free(timer);
}

static void on_uv_timer(uv_timer_t *timer)
{
    free_loop(timer->data);
    uv_close((uv_handle_t *)timer, NULL);
}

static void test_a_loop_freed_in_a_callback_of_libuv(void **state)
{
    struct fixture *fixture = *state;
    struct deferred deferred = {0};
    uv_timer_t timer;

    sctpxi_loop_defer_init(&deferred.defer, fixture->loop, on_deferred, &deferred);
    uv_timer_init(&fixture->uv, &timer);
    timer.data = fixture;
    uv_timer_start(&timer, on_uv_timer, 1, 0);
    assert_int_equal(sctpx_loop_run(fixture->loop), 0);
    assert_true(fixture->is_freed);
    assert_int_equal(deferred.calls, 0);
    uv_run(&fixture->uv, UV_RUN_DEFAULT); /* before the timer goes out of scope */
}

/* ---- from other threads --------------------------------------------------------------------- */

static void on_posted(void *arg)
{
    ++*(int *)arg;
}

static void *post_from_thread(void *arg)
{
    struct fixture *fixture = arg;
    static int calls;

    calls = 0;
    for (int i = 0; i < 100; i++) {
        (void)sctpx_loop_post(fixture->loop, on_posted, &calls);
    }
    return &calls;
}

static void free_posted(void *arg)
{
    struct fixture *fixture = arg;

    sctpx_loop_free(fixture->loop);
    fixture->is_freed = true;
}

static void let_go(void *arg)
{
    sctpx_loop_keep(arg, false);
}

/* Our own run is kept by a post, libuv's only by sctpx_loop_keep(). */
static void test_posts(void **state)
{
    struct fixture *fixture = *state;
    int calls = 0;

    assert_int_equal(sctpx_loop_post(fixture->loop, on_posted, &calls), 0);
    assert_int_equal(sctpx_loop_run(fixture->loop), 0);
    assert_int_equal(calls, 1);
    sctpx_loop_keep(fixture->loop, true);
    assert_true(uv_loop_alive(&fixture->uv));
    assert_int_equal(sctpx_loop_post(fixture->loop, on_posted, &calls), 0);
    assert_int_equal(sctpx_loop_post(fixture->loop, let_go, fixture->loop), 0);
    uv_run(&fixture->uv, UV_RUN_DEFAULT);
    assert_int_equal(calls, 2);
    assert_false(uv_loop_alive(&fixture->uv));
}

static void test_posts_of_another_thread(void **state)
{
    struct fixture *fixture = *state;
    pthread_t thread;
    void *calls;

    sctpx_loop_keep(fixture->loop, true);
    assert_int_equal(pthread_create(&thread, NULL, post_from_thread, fixture), 0);
    assert_int_equal(pthread_join(thread, &calls), 0);
    assert_int_equal(sctpx_loop_post(fixture->loop, let_go, fixture->loop), 0);
    uv_run(&fixture->uv, UV_RUN_DEFAULT);
    assert_int_equal(*(int *)calls, 100);
}

static void test_a_loop_freed_in_a_post(void **state)
{
    struct fixture *fixture = *state;
    int calls = 0;

    assert_int_equal(sctpx_loop_post(fixture->loop, free_posted, fixture), 0);
    assert_int_equal(sctpx_loop_post(fixture->loop, on_posted, &calls), 0);
    assert_int_equal(sctpx_loop_run(fixture->loop), 0);
    assert_true(fixture->is_freed);
    assert_int_equal(calls, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_idle_loop_does_not_keep_libuv_alive, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_timers_under_uv_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_deferred_work_is_done_without_blocking, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_cancelled_work_does_not_keep_the_loop_busy, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_watch_under_uv_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_filled_error_queue_does_not_end_the_watch, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_descriptor_may_be_closed_and_reused_at_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_turns_of_our_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_loop_freed_in_its_callback, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_loop_freed_in_a_turn_of_our_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_posts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_posts_of_another_thread, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_loop_freed_in_a_post, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_loop_freed_in_a_callback_of_libuv, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("loop_uv", tests, NULL, NULL);
}

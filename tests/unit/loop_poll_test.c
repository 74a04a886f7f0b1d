/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop/loop.h"

#define WAIT_MS 5000

static sctpx_loop *new_loop(void)
{
    sctpx_loop *loop;

    assert_int_equal(sctpx_loop_new(&loop), 0);
    return loop;
}

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    return poll(&poll_fd, 1, timeout_ms) > 0;
}

/* ---- timers ------------------------------------------------------------------------------- */

struct order {
    char text[64]; /* a letter for each call */
    size_t length;
};

struct letter {
    struct order *order;
    char letter;
    sctpx_timer *timer;
    int again; /* starts the timer this often more */
};

static void note(struct order *order, char letter)
{
    assert_true(order->length < sizeof(order->text) - 1);
    order->text[order->length++] = letter;
}

static void on_letter(sctpx_timer *timer, void *arg)
{
    struct letter *letter = arg;

    note(letter->order, letter->letter);
    if (letter->again-- > 0) {
        sctpx_timer_start(timer, 0);
    }
}

static void new_letter(struct letter *letter, sctpx_loop *loop, struct order *order, char text)
{
    *letter = (struct letter){.order = order, .letter = text};
    assert_int_equal(sctpx_timer_new(loop, on_letter, letter, &letter->timer), 0);
}

static void test_timers_fire_in_order_and_not_early(void **state)
{
    sctpx_loop *loop = new_loop();
    struct order order = {0};
    struct letter letters[3];
    sctpx_time start = sctpx_loop_now(loop);

    (void)state;
    for (int i = 0; i < 3; i++) {
        new_letter(&letters[i], loop, &order, (char)('a' + i));
    }
    sctpx_timer_start(letters[2].timer, 12000);
    sctpx_timer_start(letters[0].timer, 2000);
    sctpx_timer_start(letters[1].timer, 7000);
    assert_true(sctpx_timer_is_running(letters[1].timer));
    assert_int_equal(sctpx_loop_run(loop), 0); /* returns: nothing is left */
    assert_string_equal(order.text, "abc");
    assert_true(sctpx_loop_now(loop) - start >= 12000);
    assert_false(sctpx_timer_is_running(letters[1].timer));
    for (int i = 0; i < 3; i++) {
        sctpx_timer_free(letters[i].timer);
    }
    sctpx_loop_free(loop);
}

static void test_a_timer_can_be_moved_and_stopped(void **state)
{
    sctpx_loop *loop = new_loop();
    struct order order = {0};
    struct letter a, b, c;

    (void)state;
    new_letter(&a, loop, &order, 'a');
    new_letter(&b, loop, &order, 'b');
    new_letter(&c, loop, &order, 'c');
    sctpx_timer_start(a.timer, 1000);
    sctpx_timer_start(b.timer, 3000);
    sctpx_timer_start(c.timer, 2000);
    sctpx_timer_start(a.timer, 5000); /* later: the wake-up at 1000 is an empty turn */
    sctpx_timer_stop(c.timer);
    assert_int_equal(sctpx_loop_run(loop), 0);
    assert_string_equal(order.text, "ba");
    sctpx_timer_start(b.timer, SCTPX_TIME_NEVER);
    assert_false(sctpx_timer_is_running(b.timer));
    assert_int_equal(sctpx_loop_run(loop), 0);
    sctpx_timer_free(a.timer);
    sctpx_timer_free(b.timer);
    sctpx_timer_free(c.timer);
    sctpx_timer_free(NULL);
    sctpx_loop_free(loop);
}

static void test_a_timer_may_restart_itself_without_end(void **state)
{
    sctpx_loop *loop = new_loop();
    struct order order = {0};
    struct letter a;

    (void)state;
    new_letter(&a, loop, &order, 'a');
    a.again = 3;
    sctpx_timer_start(a.timer, 0);
    assert_int_equal(sctpx_loop_run_once(loop, WAIT_MS), 1);
    assert_string_equal(order.text, "a"); /* once a turn */
    assert_int_equal(sctpx_loop_run(loop), 0);
    assert_string_equal(order.text, "aaaa");
    sctpx_timer_free(a.timer);
    sctpx_loop_free(loop);
}

static void free_timer(sctpx_timer *timer, void *arg)
{
    *(bool *)arg = true;
    sctpx_timer_free(timer);
}

static void test_a_timer_may_free_itself(void **state)
{
    sctpx_loop *loop = new_loop();
    bool is_called = false;
    sctpx_timer *timer;

    (void)state;
    assert_int_equal(sctpx_timer_new(loop, free_timer, &is_called, &timer), 0);
    sctpx_timer_start(timer, 10);
    assert_int_equal(sctpx_loop_run(loop), 0);
    assert_true(is_called);
    assert_int_equal(sctpx_timer_new(NULL, free_timer, NULL, &timer), SCTPX_EINVAL);
    assert_int_equal(sctpx_timer_new(loop, NULL, NULL, &timer), SCTPX_EINVAL);
    sctpx_loop_free(loop);
}

/* ---- one descriptor for another loop ---------------------------------------------------------- */

static void test_the_descriptor_tells_of_deadlines(void **state)
{
    sctpx_loop *loop = new_loop();
    struct order order = {0};
    struct letter a;

    (void)state;
    new_letter(&a, loop, &order, 'a');
    sctpx_timer_start(a.timer, 3000);
    assert_true(is_readable(sctpx_loop_fd(loop), WAIT_MS));
    assert_int_equal(sctpx_loop_process(loop), 1);
    assert_string_equal(order.text, "a");
    assert_false(is_readable(sctpx_loop_fd(loop), 0));
    assert_int_equal(sctpx_loop_process(loop), 0);
    sctpx_timer_free(a.timer);
    sctpx_loop_free(loop);
}

struct deferred {
    struct sctpxi_loop_defer defer;
    struct order *order;
    char letter;
    int again;
    struct sctpxi_loop_defer *cancel;
};

static void on_deferred(void *arg)
{
    struct deferred *deferred = arg;

    note(deferred->order, deferred->letter);
    if (deferred->cancel != NULL) {
        sctpxi_loop_defer_cancel(deferred->cancel);
    }
    if (deferred->again-- > 0) {
        sctpxi_loop_defer_queue(&deferred->defer);
    }
}

static void defer(struct deferred *deferred, sctpx_loop *loop, struct order *order, char letter)
{
    memset(deferred, 0, sizeof(*deferred));
    deferred->order = order;
    deferred->letter = letter;
    sctpxi_loop_defer_init(&deferred->defer, loop, on_deferred, deferred);
    sctpxi_loop_defer_queue(&deferred->defer);
}

static void test_the_descriptor_tells_of_deferred_work(void **state)
{
    sctpx_loop *loop = new_loop();
    struct order order = {0};
    struct deferred a;

    (void)state;
    assert_false(is_readable(sctpx_loop_fd(loop), 0));
    defer(&a, loop, &order, 'a');
    a.again = 1;
    assert_true(is_readable(sctpx_loop_fd(loop), WAIT_MS));
    assert_int_equal(sctpx_loop_process(loop), 1);
    assert_string_equal(order.text, "a");
    assert_true(is_readable(sctpx_loop_fd(loop), WAIT_MS)); /* it has queued itself again */
    assert_int_equal(sctpx_loop_process(loop), 1);
    assert_string_equal(order.text, "aa");
    assert_false(is_readable(sctpx_loop_fd(loop), 0));
    sctpx_loop_free(loop);
}

static void test_a_deadline_is_not_lost_by_deferred_work(void **state)
{
    sctpx_loop *loop = new_loop();
    struct order order = {0};
    struct deferred d;
    struct letter a;

    (void)state;
    new_letter(&a, loop, &order, 'a');
    defer(&d, loop, &order, 'd');
    sctpx_timer_start(a.timer, 2000);
    while (order.length < 2) {
        assert_true(is_readable(sctpx_loop_fd(loop), WAIT_MS));
        sctpx_loop_process(loop);
    }
    assert_string_equal(order.text, "da");
    sctpx_timer_free(a.timer);
    sctpx_loop_free(loop);
}

/* ---- deferred work -------------------------------------------------------------------------- */

static void test_what_deferred_work_queues_waits_for_the_next_turn(void **state)
{
    sctpx_loop *loop = new_loop();
    struct order order = {0};
    struct deferred a, b, c;

    (void)state;
    defer(&a, loop, &order, 'a');
    defer(&b, loop, &order, 'b');
    defer(&c, loop, &order, 'c');
    sctpxi_loop_defer_queue(&a.defer); /* is queued already */
    a.again = 1;
    a.cancel = &b.defer;
    assert_int_equal(sctpx_loop_run_once(loop, -1), 1);
    assert_string_equal(order.text, "ac");
    assert_int_equal(sctpx_loop_run_once(loop, -1), 1);
    assert_string_equal(order.text, "aca");
    assert_int_equal(sctpx_loop_run_once(loop, -1), 0);
    sctpx_loop_free(loop);
}

/* ---- descriptors -------------------------------------------------------------------------- */

struct seen {
    struct sctpxi_loop_watch watch;
    unsigned events;
    int calls;
    bool drain, stop_loop;
    struct seen *stop_other;
    int nested_result;
};

static void on_watch(void *arg, unsigned events)
{
    struct seen *seen = arg;
    sctpx_loop *loop = seen->watch.loop;
    char buffer[16];

    seen->events = events;
    seen->calls++;
    seen->nested_result = sctpx_loop_run_once(loop, 0);
    if (seen->drain) {
        assert_true(recv(seen->watch.fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0);
    }
    if (seen->stop_other != NULL) {
        sctpxi_loop_watch_stop(&seen->watch);
        sctpxi_loop_watch_stop(&seen->stop_other->watch);
    }
    if (seen->stop_loop) {
        sctpx_loop_stop(loop);
    }
}

static void watch(struct seen *seen, sctpx_loop *loop, int fd, unsigned events)
{
    seen->watch.function = on_watch;
    seen->watch.arg = seen;
    assert_int_equal(sctpxi_loop_watch_start(loop, &seen->watch, fd, events), 0);
}

static void new_pair(int pair[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), 0);
}

static void test_a_watch_sees_what_it_asks_for(void **state)
{
    sctpx_loop *loop = new_loop();
    struct seen seen = {.drain = true};
    int pair[2];

    (void)state;
    new_pair(pair);
    watch(&seen, loop, pair[0], SCTPXI_LOOP_READ);
    assert_int_equal(sctpx_loop_run_once(loop, 0), 1);
    assert_int_equal(seen.calls, 0);
    assert_int_equal(send(pair[1], "x", 1, 0), 1);
    assert_true(is_readable(sctpx_loop_fd(loop), WAIT_MS));
    assert_int_equal(sctpx_loop_run_once(loop, WAIT_MS), 1);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.events, SCTPXI_LOOP_READ);
    assert_int_equal(seen.nested_result, SCTPX_ESTATE);

    seen.drain = false;
    sctpxi_loop_watch_set(&seen.watch, SCTPXI_LOOP_READ | SCTPXI_LOOP_WRITE);
    assert_int_equal(sctpx_loop_run_once(loop, WAIT_MS), 1);
    assert_int_equal(seen.events, SCTPXI_LOOP_WRITE);
    sctpxi_loop_watch_set(&seen.watch, SCTPXI_LOOP_READ);
    assert_int_equal(sctpx_loop_run_once(loop, 0), 1);
    assert_int_equal(seen.calls, 2);

    sctpxi_loop_watch_stop(&seen.watch);
    sctpxi_loop_watch_stop(&seen.watch);
    assert_int_equal(sctpx_loop_run_once(loop, -1), 0); /* nothing is left */
    close(pair[0]);
    close(pair[1]);
    sctpx_loop_free(loop);
}

static void test_a_watch_stopped_in_the_same_turn_is_not_called(void **state)
{
    sctpx_loop *loop = new_loop();
    struct seen a = {0}, b = {0};
    int first[2], second[2];

    (void)state;
    new_pair(first);
    new_pair(second);
    watch(&a, loop, first[0], SCTPXI_LOOP_WRITE);
    watch(&b, loop, second[0], SCTPXI_LOOP_WRITE);
    a.stop_other = &b;
    b.stop_other = &a;
    assert_int_equal(sctpx_loop_run_once(loop, WAIT_MS), 1);
    assert_int_equal(a.calls + b.calls, 1);
    for (int i = 0; i < 2; i++) {
        close(first[i]);
        close(second[i]);
    }
    sctpx_loop_free(loop);
}

static void test_stop_ends_run(void **state)
{
    sctpx_loop *loop = new_loop();
    struct seen seen = {.stop_loop = true};
    int pair[2];

    (void)state;
    new_pair(pair);
    watch(&seen, loop, pair[0], SCTPXI_LOOP_WRITE);
    assert_int_equal(sctpx_loop_run(loop), 0);
    assert_int_equal(sctpx_loop_run(loop), 0); /* a stop holds for one run */
    assert_int_equal(seen.calls, 2);
    sctpxi_loop_watch_stop(&seen.watch);
    close(pair[0]);
    close(pair[1]);
    sctpx_loop_free(loop);
}

static void test_a_stop_before_run_is_not_lost(void **state)
{
    sctpx_loop *loop = new_loop();
    struct seen seen = {.drain = true};
    int pair[2];

    (void)state;
    new_pair(pair);
    watch(&seen, loop, pair[0], SCTPXI_LOOP_READ); /* nothing comes: run would wait for ever */
    sctpx_loop_stop(loop);
    sctpx_loop_stop(loop);
    assert_true(is_readable(sctpx_loop_fd(loop), 0));
    assert_int_equal(sctpx_loop_run(loop), 0);
    assert_false(sctpxi_loop_take_stop(loop)); /* the run has taken both */
    sctpx_loop_stop(loop);
    assert_int_equal(sctpx_loop_run_once(loop, -1), 1); /* wakes up, but does not take it */
    assert_false(is_readable(sctpx_loop_fd(loop), 0));
    assert_int_equal(sctpx_loop_run(loop), 0);
    assert_int_equal(seen.calls, 0);
    sctpxi_loop_watch_stop(&seen.watch);
    close(pair[0]);
    close(pair[1]);
    sctpx_loop_free(loop);
}

static sctpx_loop *signalled_loop;

static void on_alarm(int number)
{
    (void)number;
    sctpx_loop_stop(signalled_loop);
}

static void test_a_signal_handler_stops_a_loop_that_waits(void **state)
{
    const struct itimerval soon = {.it_value.tv_usec = 2000};
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART}, before;
    struct seen seen = {.drain = true};
    int pair[2];

    (void)state;
    signalled_loop = new_loop();
    new_pair(pair);
    watch(&seen, signalled_loop, pair[0], SCTPXI_LOOP_READ);
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    assert_int_equal(sctpx_loop_run(signalled_loop), 0);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
    sctpxi_loop_watch_stop(&seen.watch);
    close(pair[0]);
    close(pair[1]);
    sctpx_loop_free(signalled_loop);
}

static void test_without_a_loop(void **state)
{
    (void)state;
    assert_int_equal(sctpx_loop_run(NULL), SCTPX_EINVAL);
    assert_int_equal(sctpx_loop_run_once(NULL, 0), SCTPX_EINVAL);
    assert_int_equal(sctpx_loop_process(NULL), SCTPX_EINVAL);
}

static void test_what_cannot_be_watched(void **state)
{
    sctpx_loop *loop = new_loop();
    struct sctpxi_loop_watch file = {.function = on_watch};
    int pipe_fds[2];

    (void)state;
    assert_int_equal(pipe(pipe_fds), 0);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    assert_int_equal(sctpxi_loop_watch_start(loop, &file, pipe_fds[0], SCTPXI_LOOP_READ),
                     SCTPX_ESYSTEM);
    assert_null(file.loop);
    assert_int_equal(sctpx_loop_run_once(loop, -1), 0);
    sctpx_loop_free(loop);
}

/* ---- the end ------------------------------------------------------------------------------- */

struct client {
    struct sctpxi_loop_client client; /* first */
    struct order *order;
    char letter;
};

static void on_close(struct sctpxi_loop_client *loop_client)
{
    struct client *client = (struct client *)loop_client;

    note(client->order, client->letter);
    sctpxi_loop_client_remove(loop_client);
}

static void test_clients_close_with_the_loop_newest_first(void **state)
{
    static const char kind;
    sctpx_loop *loop = new_loop();
    struct order order = {0};
    struct client clients[4];

    (void)state;
    for (int i = 0; i < 4; i++) {
        clients[i] = (struct client){
            .client = {.on_close = on_close}, .order = &order, .letter = (char)('a' + i)};
    }
    clients[1].client.kind = &kind;
    assert_null(sctpxi_loop_client_find(loop, &kind));
    sctpxi_loop_client_add(loop, &clients[0].client);
    sctpxi_loop_client_add(loop, &clients[1].client);
    sctpxi_loop_client_add(loop, &clients[2].client);
    sctpxi_loop_client_add_oldest(loop, &clients[3].client);
    assert_ptr_equal(sctpxi_loop_client_find(loop, &kind), &clients[1].client);
    sctpxi_loop_client_remove(&clients[2].client);
    sctpx_loop_free(loop);
    assert_string_equal(order.text, "bad");
    sctpx_loop_free(NULL);
}

static void free_loop(void *arg)
{
    sctpx_loop_free(arg);
}

static void test_a_loop_freed_in_a_callback_ends_after_it(void **state)
{
    sctpx_loop *loop = new_loop();
    struct order order = {0};
    struct sctpxi_loop_defer first;
    struct deferred second;
    struct client client = {.client = {.on_close = on_close}, .order = &order, .letter = 'c'};

    (void)state;
    sctpxi_loop_defer_init(&first, loop, free_loop, loop);
    sctpxi_loop_defer_queue(&first);
    defer(&second, loop, &order, 's');
    sctpxi_loop_client_add(loop, &client.client);
    assert_int_equal(sctpx_loop_run(loop), 0);
    assert_string_equal(order.text, "c"); /* and not the second one */
    assert_false(second.defer.is_queued);

    loop = new_loop();
    sctpxi_loop_defer_init(&first, loop, free_loop, loop);
    sctpxi_loop_defer_queue(&first);
    assert_int_equal(sctpx_loop_process(loop), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timers_fire_in_order_and_not_early),
        cmocka_unit_test(test_a_timer_can_be_moved_and_stopped),
        cmocka_unit_test(test_a_timer_may_restart_itself_without_end),
        cmocka_unit_test(test_a_timer_may_free_itself),
        cmocka_unit_test(test_the_descriptor_tells_of_deadlines),
        cmocka_unit_test(test_the_descriptor_tells_of_deferred_work),
        cmocka_unit_test(test_a_deadline_is_not_lost_by_deferred_work),
        cmocka_unit_test(test_what_deferred_work_queues_waits_for_the_next_turn),
        cmocka_unit_test(test_a_watch_sees_what_it_asks_for),
        cmocka_unit_test(test_a_watch_stopped_in_the_same_turn_is_not_called),
        cmocka_unit_test(test_stop_ends_run),
        cmocka_unit_test(test_a_stop_before_run_is_not_lost),
        cmocka_unit_test(test_a_signal_handler_stops_a_loop_that_waits),
        cmocka_unit_test(test_without_a_loop),
        cmocka_unit_test(test_what_cannot_be_watched),
        cmocka_unit_test(test_clients_close_with_the_loop_newest_first),
        cmocka_unit_test(test_a_loop_freed_in_a_callback_ends_after_it),
    };

    return cmocka_run_group_tests_name("loop_poll", tests, NULL, NULL);
}

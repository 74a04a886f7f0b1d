/* SPDX-License-Identifier: MIT */
/* ctest: labels=tsan */
/* Calls into a loop from other threads: sctpx_loop_post() and sctpx_loop_keep(). */
#include "support/loopback.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

static int setup(void **state)
{
    sctpx_loop *loop;

    assert_int_equal(sctpx_loop_new(&loop), 0);
    *state = loop;
    return 0;
}

static int teardown(void **state)
{
    sctpx_loop_free(*state);
    return 0;
}

static void count(void *arg)
{
    ++*(unsigned *)arg;
}

static void test_runs_until_posts_are_called(void **state)
{
    sctpx_loop *loop = *state;
    unsigned called = 0;

    assert_int_equal(sctpx_loop_run_once(loop, 0), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(sctpx_loop_post(loop, count, &called), 0);
    assert_int_equal(called, 0);
    assert_int_equal(sctpx_loop_run(loop), 0);
    assert_int_equal(called, 3);
    assert_int_equal(sctpx_loop_run_once(loop, 0), 0);
}

static void test_bad_arguments(void **state)
{
    unsigned called = 0;

    assert_int_equal(sctpx_loop_post(NULL, count, &called), SCTPX_EINVAL);
    assert_int_equal(sctpx_loop_post(*state, NULL, &called), SCTPX_EINVAL);
    assert_int_equal(sctpx_loop_run(*state), 0);
}

/* ---- posts that post ---------------------------------------------------------------------- */

struct chain {
    sctpx_loop *loop;
    unsigned called;
};

static void post_again(void *arg)
{
    struct chain *chain = arg;

    if (++chain->called < 5)
        assert_int_equal(sctpx_loop_post(chain->loop, post_again, chain), 0);
}

/* Those who post without end leave room for others. */
static void test_a_post_of_a_post_waits_for_the_next_turn(void **state)
{
    struct chain chain = {.loop = *state};

    assert_int_equal(sctpx_loop_post(chain.loop, post_again, &chain), 0);
    for (unsigned i = 1; i <= 5; i++) {
        assert_int_equal(sctpx_loop_run_once(chain.loop, -1), 1);
        assert_int_equal(chain.called, i);
    }
    assert_int_equal(sctpx_loop_run_once(chain.loop, 0), 0);
}

static void free_loop(void *arg)
{
    sctpx_loop_free(arg);
}

static void test_a_post_may_free_the_loop(void **state)
{
    unsigned called = 0;
    sctpx_loop *loop;

    (void)state;
    assert_int_equal(sctpx_loop_new(&loop), 0);
    assert_int_equal(sctpx_loop_post(loop, free_loop, loop), 0);
    assert_int_equal(sctpx_loop_post(loop, count, &called), 0);
    assert_int_equal(sctpx_loop_run(loop), 0);
    assert_int_equal(called, 0);
}

static void test_what_is_left_is_dropped(void **state)
{
    unsigned called = 0;
    sctpx_loop *loop;

    (void)state;
    assert_int_equal(sctpx_loop_new(&loop), 0);
    assert_int_equal(sctpx_loop_post(loop, count, &called), 0);
    sctpx_loop_free(loop);
    assert_int_equal(called, 0);
}

/* ---- other loops -------------------------------------------------------------------------- */

static void test_descriptor_tells_of_posts(void **state)
{
    struct pollfd fd = {.fd = sctpx_loop_fd(*state), .events = POLLIN};
    struct chain chain = {.loop = *state};

    while (poll(&fd, 1, 0) > 0)
        assert_true(sctpx_loop_process(chain.loop) >= 0);
    assert_int_equal(sctpx_loop_post(chain.loop, post_again, &chain), 0);
    for (unsigned i = 1; i <= 5; i++) {
        assert_int_equal(poll(&fd, 1, 10000), 1);
        assert_true(sctpx_loop_process(chain.loop) >= 0);
        assert_int_equal(chain.called, i);
    }
    /* The last wake-up may have been for nothing, but only that one. */
    (void)sctpx_loop_process(chain.loop);
    assert_int_equal(poll(&fd, 1, 0), 0);
}

/* ---- threads ------------------------------------------------------------------------------ */

enum { THREADS = 4, POSTS = 2000 };

struct poster {
    pthread_t thread;
    struct receiver *to;
    unsigned next; /* of the loop's thread: which one comes next */
};

struct receiver {
    sctpx_loop *loop;
    pthread_t thread;
    unsigned left;
    const char *failure;
    struct poster posters[THREADS];
};

struct letter {
    struct poster *from;
    unsigned number;
};

static void receive(void *arg)
{
    struct letter *letter = arg;
    struct receiver *to = letter->from->to;

    if (letter->number != letter->from->next++)
        to->failure = "order";
    if (!pthread_equal(pthread_self(), to->thread))
        to->failure = "thread";
    if (--to->left == 0)
        sctpx_loop_keep(to->loop, false);
    free(letter);
}

static void *post_many(void *arg)
{
    struct poster *poster = arg;

    for (unsigned i = 0; i < POSTS; i++) {
        struct letter *letter = malloc(sizeof(*letter));

        *letter = (struct letter){.from = poster, .number = i};
        if (sctpx_loop_post(poster->to->loop, receive, letter) < 0)
            return poster;
    }
    return NULL;
}

static void test_many_threads_post_in_order(void **state)
{
    struct receiver receiver = {
        .loop = *state, .thread = pthread_self(), .left = THREADS * POSTS, .failure = NULL};
    void *failed;

    sctpx_loop_keep(receiver.loop, true);
    for (unsigned i = 0; i < THREADS; i++) {
        struct poster *poster = &receiver.posters[i];

        poster->to = &receiver;
        assert_int_equal(pthread_create(&poster->thread, NULL, post_many, poster), 0);
    }
    assert_int_equal(sctpx_loop_run(receiver.loop), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(receiver.posters[i].thread, &failed), 0);
        assert_null(failed);
        assert_int_equal(receiver.posters[i].next, POSTS);
    }
    assert_int_equal(receiver.left, 0);
    assert_null(receiver.failure);
}

static void *post_one(void *arg)
{
    struct chain *chain = arg;

    return sctpx_loop_post(chain->loop, free_loop, chain->loop) < 0 ? arg : NULL;
}

/* The post ends the loop that it was posted to, while the one who posted may still be in it. */
static void test_a_post_of_another_thread_may_free_the_loop(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        struct chain chain = {0};
        pthread_t thread;
        void *failed;

        assert_int_equal(sctpx_loop_new(&chain.loop), 0);
        sctpx_loop_keep(chain.loop, true);
        sctpx_loop_keep(chain.loop, true);
        assert_int_equal(pthread_create(&thread, NULL, post_one, &chain), 0);
        assert_int_equal(sctpx_loop_run(chain.loop), 0);
        assert_int_equal(pthread_join(thread, &failed), 0);
        assert_null(failed);
    }
}

/* ---- keeping ------------------------------------------------------------------------------ */

static void test_only_a_kept_loop_waits(void **state)
{
    sctpx_loop *loop = *state;

    assert_int_equal(sctpx_loop_run_once(loop, -1), 0);
    sctpx_loop_keep(loop, true);
    sctpx_loop_keep(loop, true);
    assert_int_equal(sctpx_loop_run_once(loop, 1), 1);
    sctpx_loop_keep(loop, false);
    assert_int_equal(sctpx_loop_run_once(loop, -1), 0);
    sctpx_loop_keep(loop, false);
    assert_int_equal(sctpx_loop_run(loop), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_runs_until_posts_are_called),
        TEST(test_bad_arguments),
        TEST(test_a_post_of_a_post_waits_for_the_next_turn),
        cmocka_unit_test(test_a_post_may_free_the_loop),
        cmocka_unit_test(test_what_is_left_is_dropped),
        TEST(test_descriptor_tells_of_posts),
        TEST(test_many_threads_post_in_order),
        cmocka_unit_test(test_a_post_of_another_thread_may_free_the_loop),
        TEST(test_only_a_kept_loop_waits),
    };

    return cmocka_run_group_tests_name("post", tests, NULL, NULL);
}

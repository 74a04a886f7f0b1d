/* SPDX-License-Identifier: MIT */
/*
 * Calls into a loop from other threads. The descriptor that ends a wait for sctpx_loop_stop() tells
 * the loop of them, so that they need none of their own.
 */
#include <stdlib.h>

#include "loop/loop.h"

struct post {
    struct sctpxi_loop_call call; /* first */
    void (*function)(void *arg);
    void *arg;
};

void sctpxi_loop_calls_init(sctpx_loop *loop)
{
    pthread_mutex_init(&loop->call_mutex, NULL);
    TAILQ_INIT(&loop->calls);
    atomic_init(&loop->call_count, 0);
}

void sctpxi_loop_call_init(struct sctpxi_loop_call *call, sctpx_loop *loop,
                           void (*function)(void *arg), void *arg)
{
    *call = (struct sctpxi_loop_call){.loop = loop, .function = function, .arg = arg};
}

/*
 * The wake-up belongs under the mutex: once it is given back, what was queued may be called, and
 * end the loop.
 */
void sctpxi_loop_call_queue(struct sctpxi_loop_call *call)
{
    sctpx_loop *loop = call->loop;

    pthread_mutex_lock(&loop->call_mutex);
    if (!call->is_queued) {
        call->is_queued = true;
        TAILQ_INSERT_TAIL(&loop->calls, call, link);
        if (atomic_fetch_add(&loop->call_count, 1) == 0)
            loop->table->interrupt(loop);
    }
    pthread_mutex_unlock(&loop->call_mutex);
}

static void take_out(struct sctpxi_loop_call *call)
{
    TAILQ_REMOVE(&call->loop->calls, call, link);
    call->is_queued = false;
    atomic_fetch_sub(&call->loop->call_count, 1);
}

void sctpxi_loop_call_cancel(struct sctpxi_loop_call *call)
{
    sctpx_loop *loop = call->loop;

    pthread_mutex_lock(&loop->call_mutex);
    if (call->is_queued)
        take_out(call);
    pthread_mutex_unlock(&loop->call_mutex);
}

/* A copy of the oldest one: its storage may be gone as soon as the mutex is given back. */
static bool take_oldest(sctpx_loop *loop, struct sctpxi_loop_call *ret_call)
{
    struct sctpxi_loop_call *call;

    pthread_mutex_lock(&loop->call_mutex);
    call = TAILQ_FIRST(&loop->calls);
    if (call != NULL) {
        *ret_call = *call;
        take_out(call);
    }
    pthread_mutex_unlock(&loop->call_mutex);
    return call != NULL;
}

/* What is queued meanwhile waits for the next turn, which must not wait for anything then. */
void sctpxi_loop_run_calls(sctpx_loop *loop)
{
    struct sctpxi_loop_call call;

    for (size_t left = atomic_load(&loop->call_count); left > 0 && !loop->is_freed; left--) {
        if (!take_oldest(loop, &call))
            return;
        call.function(call.arg);
    }
    if (atomic_load(&loop->call_count) > 0)
        loop->table->interrupt(loop);
}

void sctpxi_loop_calls_done(sctpx_loop *loop)
{
    struct sctpxi_loop_call *call;

    while ((call = TAILQ_FIRST(&loop->calls)) != NULL) {
        take_out(call);
        if (call->is_owned)
            free(call);
    }
    pthread_mutex_destroy(&loop->call_mutex);
}

/* ---- holding ------------------------------------------------------------------------------ */

void sctpxi_loop_hold(sctpx_loop *loop)
{
    if (loop->hold_count++ == 0 && loop->table->hold != NULL)
        loop->table->hold(loop, true);
}

void sctpxi_loop_unhold(sctpx_loop *loop)
{
    if (--loop->hold_count == 0 && loop->table->hold != NULL)
        loop->table->hold(loop, false);
}

void sctpx_loop_keep(sctpx_loop *loop, bool is_kept)
{
    if (loop->is_kept == is_kept)
        return;
    loop->is_kept = is_kept;
    if (is_kept)
        sctpxi_loop_hold(loop);
    else
        sctpxi_loop_unhold(loop);
}

/* ---- for users ---------------------------------------------------------------------------- */

static void on_post(void *arg)
{
    const struct post post = *(struct post *)arg;

    free(arg);
    post.function(post.arg);
}

int sctpx_loop_post(sctpx_loop *loop, void (*function)(void *arg), void *arg)
{
    struct post *post;

    if (loop == NULL || function == NULL)
        return SCTPX_EINVAL;
    post = malloc(sizeof(*post));
    if (post == NULL)
        return SCTPX_ENOMEM;
    sctpxi_loop_call_init(&post->call, loop, on_post, post);
    post->call.is_owned = true;
    post->function = function;
    post->arg = arg;
    sctpxi_loop_call_queue(&post->call);
    return 0;
}

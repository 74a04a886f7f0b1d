/* SPDX-License-Identifier: MIT */
#include "loop/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void *system_alloc(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void system_free(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

sctpx_time sctpx_loop_now(const sctpx_loop *loop)
{
    struct timespec now;

    (void)loop;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (sctpx_time)now.tv_sec * 1000000u + (sctpx_time)now.tv_nsec / 1000u;
}

void sctpxi_loop_init(sctpx_loop *loop, const struct sctpxi_loop_table *table)
{
    const sctpx_allocator allocator = {.alloc = system_alloc, .free = system_free};

    memset(loop, 0, sizeof(*loop));
    loop->table = table;
    sctpxi_alloc_init(&loop->alloc, &allocator, SIZE_MAX);
    sctpxi_heap_init(&loop->timers, &loop->alloc);
    loop->armed = SCTPX_TIME_NEVER;
    TAILQ_INIT(&loop->deferred);
    TAILQ_INIT(&loop->clients);
    sctpxi_loop_calls_init(loop);
}

void sctpxi_loop_done(sctpx_loop *loop)
{
    struct sctpxi_loop_defer *defer;

    while ((defer = TAILQ_FIRST(&loop->deferred)) != NULL)
        sctpxi_loop_defer_cancel(defer);
    sctpxi_loop_calls_done(loop);
    sctpxi_heap_done(&loop->timers);
}

/* ---- turns ------------------------------------------------------------------------------- */

bool sctpxi_loop_is_alive(const sctpx_loop *loop)
{
    return loop->watch_count > 0 || loop->hold_count > 0 || !TAILQ_EMPTY(&loop->deferred) ||
           sctpxi_heap_top(&loop->timers) != NULL || atomic_load(&loop->call_count) > 0;
}

/*
 * A wake-up that is too early costs one empty turn, setting the timer a system call: a deadline
 * that only moves away, as T3-rtx does with every SACK, leaves it as it is.
 */
static void loop_arm(sctpx_loop *loop)
{
    const struct sctpxi_heap_node *node = sctpxi_heap_top(&loop->timers);
    sctpx_time next = node != NULL ? node->deadline : SCTPX_TIME_NEVER;

    if (next < loop->armed || (next == SCTPX_TIME_NEVER && loop->armed != SCTPX_TIME_NEVER)) {
        loop->armed = next;
        loop->table->arm(loop, next);
    }
}

void sctpxi_loop_enter(sctpx_loop *loop)
{
    loop->depth++;
}

static void loop_close(sctpx_loop *loop)
{
    struct sctpxi_loop_client *client;

    loop->depth++; /* what clients do now needs no wake-up */
    while ((client = TAILQ_LAST(&loop->clients, sctpxi_loop_client_list)) != NULL) {
        client->on_close(client);
        assert(client != TAILQ_LAST(&loop->clients, sctpxi_loop_client_list));
    }
    loop->table->close(loop);
}

bool sctpxi_loop_leave(sctpx_loop *loop)
{
    assert(loop->depth > 0);
    if (--loop->depth > 0)
        return true;
    if (loop->is_freed) {
        loop_close(loop);
        return false;
    }
    loop_arm(loop);
    if (!TAILQ_EMPTY(&loop->deferred))
        loop->table->wake(loop);
    return true;
}

void sctpx_loop_free(sctpx_loop *loop)
{
    if (loop == NULL)
        return;
    loop->is_freed = true;
    loop->is_stopped = 1;
    if (loop->depth == 0)
        loop_close(loop);
}

int sctpx_loop_run(sctpx_loop *loop)
{
    int result = 1;

    if (loop == NULL)
        return SCTPX_EINVAL;
    if (loop->depth > 0)
        return SCTPX_ESTATE;
    while (result > 0 && !loop->is_stopped)
        result = loop->table->turn(loop, -1);
    if (result == SCTPX_ECLOSED) /* the loop is no more */
        return 0;
    loop->is_stopped = 0;
    return result < 0 ? result : 0;
}

int sctpx_loop_run_once(sctpx_loop *loop, int timeout_ms)
{
    int result;

    if (loop == NULL)
        return SCTPX_EINVAL;
    if (loop->depth > 0)
        return SCTPX_ESTATE;
    result = loop->table->turn(loop, timeout_ms);
    return result == SCTPX_ECLOSED ? 0 : result;
}

int sctpx_loop_process(sctpx_loop *loop)
{
    return sctpx_loop_run_once(loop, 0);
}

void sctpx_loop_stop(sctpx_loop *loop)
{
    loop->is_stopped = 1; /* before the wake-up: who wakes must see it */
    loop->table->interrupt(loop);
}

bool sctpxi_loop_take_stop(sctpx_loop *loop)
{
    if (loop->depth > 0 || !loop->is_stopped)
        return false;
    loop->is_stopped = 0;
    return true;
}

int sctpx_loop_fd(sctpx_loop *loop)
{
    return loop->table->fd(loop);
}

/* ---- deferred work ------------------------------------------------------------------------ */

void sctpxi_loop_defer_init(struct sctpxi_loop_defer *defer, sctpx_loop *loop,
                            void (*function)(void *arg), void *arg)
{
    *defer = (struct sctpxi_loop_defer){.loop = loop, .function = function, .arg = arg};
}

void sctpxi_loop_defer_queue(struct sctpxi_loop_defer *defer)
{
    sctpx_loop *loop = defer->loop;

    if (defer->is_queued)
        return;
    defer->is_queued = true;
    TAILQ_INSERT_TAIL(&loop->deferred, defer, link);
    if (loop->depth == 0)
        loop->table->wake(loop);
}

void sctpxi_loop_defer_cancel(struct sctpxi_loop_defer *defer)
{
    if (defer->is_queued) {
        TAILQ_REMOVE(&defer->loop->deferred, defer, link);
        defer->is_queued = false;
    }
}

static void on_mark(void *arg)
{
    (void)arg;
}

/* What the functions queue lands behind the mark, and so waits for the next turn. */
void sctpxi_loop_run_deferred(sctpx_loop *loop)
{
    struct sctpxi_loop_defer mark, *defer;

    if (TAILQ_EMPTY(&loop->deferred))
        return;
    sctpxi_loop_defer_init(&mark, loop, on_mark, NULL);
    sctpxi_loop_defer_queue(&mark);
    while ((defer = TAILQ_FIRST(&loop->deferred)) != &mark && !loop->is_freed) {
        sctpxi_loop_defer_cancel(defer);
        defer->function(defer->arg);
    }
    sctpxi_loop_defer_cancel(&mark);
}

/* ---- clients ------------------------------------------------------------------------------ */

void sctpxi_loop_client_add(sctpx_loop *loop, struct sctpxi_loop_client *client)
{
    client->loop = loop;
    TAILQ_INSERT_TAIL(&loop->clients, client, link);
}

void sctpxi_loop_client_add_oldest(sctpx_loop *loop, struct sctpxi_loop_client *client)
{
    client->loop = loop;
    TAILQ_INSERT_HEAD(&loop->clients, client, link);
}

void sctpxi_loop_client_remove(struct sctpxi_loop_client *client)
{
    if (client->loop != NULL) {
        TAILQ_REMOVE(&client->loop->clients, client, link);
        client->loop = NULL;
    }
}

struct sctpxi_loop_client *sctpxi_loop_client_find(const sctpx_loop *loop, const void *kind)
{
    struct sctpxi_loop_client *client;

    TAILQ_FOREACH (client, &loop->clients, link)
        if (client->kind == kind)
            return client;
    return NULL;
}

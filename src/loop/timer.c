/* SPDX-License-Identifier: MIT */
/* Deadlines of a loop, for the inside (sctpxi_loop_timer) and for users (sctpx_timer). */
#include <assert.h>
#include <stdlib.h>

#include "loop/loop.h"

struct sctpx_timer {
    struct sctpxi_loop_timer timer;
    sctpx_timer_callback callback;
    void *arg;
};

int sctpxi_loop_timer_init(struct sctpxi_loop_timer *timer, sctpx_loop *loop,
                           void (*function)(void *arg), void *arg)
{
    if (sctpxi_heap_reserve(&loop->timers, loop->timer_count + 1) < 0)
        return SCTPX_ENOMEM;
    loop->timer_count++;
    *timer = (struct sctpxi_loop_timer){.loop = loop, .function = function, .arg = arg};
    return 0;
}

void sctpxi_loop_timer_done(struct sctpxi_loop_timer *timer)
{
    sctpxi_loop_timer_set(timer, SCTPX_TIME_NEVER);
    assert(timer->loop->timer_count > 0);
    timer->loop->timer_count--;
}

bool sctpxi_loop_timer_is_set(const struct sctpxi_loop_timer *timer)
{
    return timer->node.seat != 0;
}

void sctpxi_loop_timer_set(struct sctpxi_loop_timer *timer, sctpx_time deadline)
{
    if (!sctpxi_loop_timer_is_set(timer) && deadline == SCTPX_TIME_NEVER)
        return;
    /* Outside of a turn, leave is what sets the wake-up. */
    sctpxi_loop_enter(timer->loop);
    sctpxi_heap_set(&timer->loop->timers, &timer->node, deadline);
    sctpxi_loop_leave(timer->loop);
}

void sctpxi_loop_on_timer(sctpx_loop *loop)
{
    sctpx_time now = sctpx_loop_now(loop);
    size_t limit = loop->timer_count; /* one that is set to the past again waits for its turn */
    struct sctpxi_loop_timer *timer;
    struct sctpxi_heap_node *node;

    while (limit-- > 0 && !loop->is_freed) {
        node = sctpxi_heap_top(&loop->timers);
        if (node == NULL || node->deadline > now)
            return;
        timer = (struct sctpxi_loop_timer *)node;
        sctpxi_heap_set(&loop->timers, node, SCTPX_TIME_NEVER);
        timer->function(timer->arg);
    }
}

/* ---- timers of users ---------------------------------------------------------------------- */

static void on_user_timer(void *arg)
{
    struct sctpx_timer *timer = arg;

    timer->callback(timer, timer->arg);
}

int sctpx_timer_new(sctpx_loop *loop, sctpx_timer_callback callback, void *arg,
                    sctpx_timer **ret_timer)
{
    struct sctpx_timer *timer;

    if (loop == NULL || callback == NULL)
        return SCTPX_EINVAL;
    timer = malloc(sizeof(*timer));
    if (timer == NULL || sctpxi_loop_timer_init(&timer->timer, loop, on_user_timer, timer) < 0) {
        free(timer);
        return SCTPX_ENOMEM;
    }
    timer->callback = callback;
    timer->arg = arg;
    *ret_timer = timer;
    return 0;
}

void sctpx_timer_start(sctpx_timer *timer, sctpx_time delay_us)
{
    sctpx_time now = sctpx_loop_now(timer->timer.loop);

    sctpxi_loop_timer_set(&timer->timer,
                          delay_us < SCTPX_TIME_NEVER - now ? now + delay_us : SCTPX_TIME_NEVER);
}

void sctpx_timer_stop(sctpx_timer *timer)
{
    sctpxi_loop_timer_set(&timer->timer, SCTPX_TIME_NEVER);
}

bool sctpx_timer_is_running(const sctpx_timer *timer)
{
    return sctpxi_loop_timer_is_set(&timer->timer);
}

void sctpx_timer_free(sctpx_timer *timer)
{
    if (timer != NULL) {
        sctpxi_loop_timer_done(&timer->timer);
        free(timer);
    }
}

/* SPDX-License-Identifier: MIT */
#include "api/wait.h"

#include <limits.h>

#include "loop/loop.h"

/* Whole milliseconds until then, rounded up: waking too early would only mean to wait again. */
static int left_ms(const sctpx_loop *loop, sctpx_time deadline)
{
    sctpx_time now = sctpx_loop_now(loop);
    sctpx_time left;

    if (deadline == SCTPX_TIME_NEVER)
        return -1;
    if (deadline <= now)
        return 0;
    left = (deadline - now + 999) / 1000;
    return left > INT_MAX ? INT_MAX : (int)left;
}

int sctpxi_wait(sctpx_loop *loop, int timeout_ms, int (*look)(const void *arg), const void *arg)
{
    sctpx_time deadline = SCTPX_TIME_NEVER;
    int result;

    if (loop && loop->depth > 0) /* also if it holds: by luck is worse than never */
        return SCTPX_ESTATE;
    result = loop && sctpxi_loop_take_stop(loop) ? SCTPX_ECANCELED : look(arg);
    if (result == SCTPX_EWOULDBLOCK && timeout_ms >= 0)
        deadline = sctpx_loop_now(loop) + (sctpx_time)timeout_ms * 1000;
    while (result == SCTPX_EWOULDBLOCK) {
        int wait_ms = left_ms(loop, deadline);
        int ran = sctpx_loop_run_once(loop, wait_ms);

        if (ran < 0)
            return ran;
        result = look(arg);
        if (result != SCTPX_EWOULDBLOCK)
            break;
        if (ran > 0 && sctpxi_loop_take_stop(loop)) /* 0: there may be no loop any more */
            return SCTPX_ECANCELED;
        if (wait_ms == 0)
            return SCTPX_ETIMEDOUT;
        if (ran == 0)
            return SCTPX_ESTATE;
    }
    return result;
}

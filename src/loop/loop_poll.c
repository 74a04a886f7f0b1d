/* SPDX-License-Identifier: MIT */
/*
 * A loop on one epoll descriptor. Run by itself it waits no longer than to the next deadline. For
 * a foreign loop a timerfd inside the epoll descriptor stands for the deadline, so that it alone
 * tells everything; deferred work that is left at the end of a turn makes it fire at once. An
 * eventfd beside it ends a wait from a signal handler or another thread.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "loop/loop.h"

#define POLL_BATCH 64
#define MAX_BUSY_US 1000000u

struct loop_poll {
    sctpx_loop base; /* first */
    int epoll_fd, timer_fd, stop_fd;
    sctpx_time deadline;
    uint32_t busy_us; /* how long to look before a wait */
    bool is_coarse;   /* no epoll_pwait2(): before Linux 5.11 */
    bool is_watched;  /* the descriptor was given out: a foreign loop may wait for it */
    bool is_waking;   /* the timer was set to fire at once */
    struct epoll_event ready[POLL_BATCH];
    int ready_count;
};

static struct loop_poll *poll_of(sctpx_loop *loop)
{
    return (struct loop_poll *)loop;
}

static int error_of(int error_number)
{
    switch (error_number) {
    case ENOMEM:
        return SCTPX_ENOMEM;
    case ENOSPC:
    case EMFILE:
    case ENFILE:
        return SCTPX_ERESOURCE;
    case EPERM:
        return SCTPX_ENOTSUP;
    default:
        return SCTPX_ESYSTEM;
    }
}

/* ---- descriptors ------------------------------------------------------------------------- */

static int poll_control(struct loop_poll *poll, int operation, struct sctpxi_loop_watch *watch)
{
    struct epoll_event event = {.data.ptr = watch};

    if (watch->events & SCTPXI_LOOP_READ)
        event.events |= EPOLLIN;
    if (watch->events & SCTPXI_LOOP_WRITE)
        event.events |= EPOLLOUT;
    return epoll_ctl(poll->epoll_fd, operation, watch->fd, &event) < 0 ? error_of(errno) : 0;
}

static int poll_watch(sctpx_loop *loop, struct sctpxi_loop_watch *watch)
{
    return poll_control(poll_of(loop), EPOLL_CTL_ADD, watch);
}

static void poll_rewatch(sctpx_loop *loop, struct sctpxi_loop_watch *watch)
{
    poll_control(poll_of(loop), EPOLL_CTL_MOD, watch);
}

static void poll_unwatch(sctpx_loop *loop, struct sctpxi_loop_watch *watch)
{
    struct loop_poll *poll = poll_of(loop);

    epoll_ctl(poll->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    /* It may be among those that this turn still has to call. */
    for (int i = 0; i < poll->ready_count; i++)
        if (poll->ready[i].data.ptr == watch)
            poll->ready[i].data.ptr = NULL;
}

/* ---- the timer ---------------------------------------------------------------------------- */

static void poll_set_timer(struct loop_poll *poll, sctpx_time at)
{
    struct itimerspec spec = {0};

    if (at != SCTPX_TIME_NEVER) {
        spec.it_value.tv_sec = (time_t)(at / 1000000u);
        spec.it_value.tv_nsec = (long)(at % 1000000u * 1000u);
        if (at == 0)
            spec.it_value.tv_nsec = 1; /* all zero would switch it off */
    }
    timerfd_settime(poll->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

static void poll_arm(sctpx_loop *loop, sctpx_time deadline)
{
    struct loop_poll *poll = poll_of(loop);

    poll->deadline = deadline;
    if (poll->is_watched && !poll->is_waking)
        poll_set_timer(poll, deadline);
}

/* Only a foreign loop has to be told; a turn of our own looks before it waits. */
static void poll_wake(sctpx_loop *loop)
{
    struct loop_poll *poll = poll_of(loop);

    if (poll->is_watched && !poll->is_waking) {
        poll->is_waking = true;
        poll_set_timer(poll, 0);
    }
}

/* It has passed, or may have: leave arms anew. */
static void poll_forget_deadline(struct loop_poll *poll)
{
    poll->deadline = SCTPX_TIME_NEVER;
    poll->base.armed = SCTPX_TIME_NEVER;
}

static void poll_on_timer_fd(struct loop_poll *poll)
{
    uint64_t expirations;

    if (read(poll->timer_fd, &expirations, sizeof(expirations)) == (ssize_t)sizeof(expirations)) {
        poll->is_waking = false;
        poll_forget_deadline(poll);
    }
}

/* A signal handler leaves errno as it was; a counter that is full is readable all the same. */
static void poll_interrupt(sctpx_loop *loop)
{
    const uint64_t one = 1;
    int saved_errno = errno;
    ssize_t written = write(poll_of(loop)->stop_fd, &one, sizeof(one));

    (void)written;
    errno = saved_errno;
}

static void poll_on_stop_fd(const struct loop_poll *poll)
{
    uint64_t stops;
    ssize_t length = read(poll->stop_fd, &stops, sizeof(stops));

    (void)length; /* it has only to be empty again */
}

/* Takes our own two descriptors out of what is ready. */
static void poll_own_events(struct loop_poll *poll)
{
    for (int i = 0; i < poll->ready_count; i++) {
        if (poll->ready[i].data.ptr == poll) {
            poll->ready[i].data.ptr = NULL;
            poll_on_timer_fd(poll);
        } else if (poll->ready[i].data.ptr == &poll->stop_fd) {
            poll->ready[i].data.ptr = NULL;
            poll_on_stop_fd(poll);
        }
    }
}

/* ---- turns -------------------------------------------------------------------------------- */

static void poll_dispatch(struct loop_poll *poll)
{
    struct sctpxi_loop_watch *watch;
    unsigned events;

    for (int i = 0; i < poll->ready_count && !poll->base.is_freed; i++) {
        watch = poll->ready[i].data.ptr;
        if (watch == NULL)
            continue;
        events = 0;
        if (poll->ready[i].events & (EPOLLERR | EPOLLHUP))
            events |= SCTPXI_LOOP_ERROR;
        if (poll->ready[i].events & (EPOLLIN | EPOLLHUP))
            events |= SCTPXI_LOOP_READ;
        if (poll->ready[i].events & EPOLLOUT)
            events |= SCTPXI_LOOP_WRITE;
        watch->function(watch->arg, events);
    }
    poll->ready_count = 0;
}

/* Sleeps until something is ready or the deadline is there. */
static int poll_sleep(struct loop_poll *poll, int timeout_ms)
{
    sctpx_time now = sctpx_loop_now(&poll->base);
    sctpx_time left = poll->deadline > now ? poll->deadline - now : 0;
    if (timeout_ms >= 0 && left > (sctpx_time)timeout_ms * 1000u)
        left = (sctpx_time)timeout_ms * 1000u;
    const struct timespec limit = {.tv_sec = (time_t)(left / 1000000u),
                                   .tv_nsec = (long)(left % 1000000u * 1000u)};
    int count = -1;
    if (!poll->is_coarse)
        count = epoll_pwait2(poll->epoll_fd, poll->ready, POLL_BATCH, &limit, NULL);
    /* Filters of system calls that do not know it say EPERM. */
    poll->is_coarse = poll->is_coarse || (count < 0 && (errno == ENOSYS || errno == EPERM));
    if (poll->is_coarse) {
        sctpx_time ms = left > 0 ? left / 1000u + 1 : 0;
        count = epoll_wait(poll->epoll_fd, poll->ready, POLL_BATCH, ms < 60000 ? (int)ms : 60000);
    }
    return count;
}

/* Looks instead of sleeping; others that want the CPU have it in between. */
static int poll_look(struct loop_poll *poll, int timeout_ms)
{
    sctpx_time limit = poll->busy_us, until;
    int count;

    if (timeout_ms >= 0 && limit > (sctpx_time)timeout_ms * 1000u)
        limit = (sctpx_time)timeout_ms * 1000u;
    until = sctpx_loop_now(&poll->base) + limit;
    if (until > poll->deadline)
        until = poll->deadline;
    while ((count = epoll_wait(poll->epoll_fd, poll->ready, POLL_BATCH, 0)) == 0 &&
           sctpx_loop_now(&poll->base) < until)
        sched_yield();
    return count;
}

/* Of a wait that began with looking. */
static int timeout_left(int timeout_ms, uint32_t looked_us)
{
    int looked_ms = (int)(looked_us / 1000u);

    return timeout_ms > looked_ms ? timeout_ms - looked_ms : 0;
}

/* Waits to the deadline at most, when it is we who wait. */
static int poll_wait(struct loop_poll *poll, int timeout_ms)
{
    int count = 0;

    if (poll->busy_us > 0 && timeout_ms != 0) {
        count = poll_look(poll, timeout_ms);
        if (timeout_ms > 0)
            timeout_ms = timeout_left(timeout_ms, poll->busy_us);
    }
    if (count == 0 && (poll->is_watched || poll->deadline == SCTPX_TIME_NEVER))
        return epoll_wait(poll->epoll_fd, poll->ready, POLL_BATCH, timeout_ms);
    if (count == 0)
        count = poll_sleep(poll, timeout_ms);
    if (!poll->is_watched && sctpx_loop_now(&poll->base) >= poll->deadline)
        poll_forget_deadline(poll);
    return count;
}

static int poll_turn(sctpx_loop *loop, int timeout_ms)
{
    struct loop_poll *poll = poll_of(loop);
    int count;

    if (!sctpxi_loop_is_alive(loop))
        return 0;
    if (!TAILQ_EMPTY(&loop->deferred))
        timeout_ms = 0;
    count = poll_wait(poll, timeout_ms);
    if (count < 0 && errno != EINTR)
        return error_of(errno);
    poll->ready_count = count > 0 ? count : 0;
    poll_own_events(poll);
    sctpxi_loop_enter(loop);
    poll_dispatch(poll);
    sctpxi_loop_on_timer(loop);
    sctpxi_loop_run_calls(loop);
    sctpxi_loop_run_deferred(loop);
    return sctpxi_loop_leave(loop) ? 1 : SCTPX_ECLOSED;
}

static int poll_fd(sctpx_loop *loop)
{
    struct loop_poll *poll = poll_of(loop);

    if (!poll->is_watched) {
        poll->is_watched = true;
        poll_set_timer(poll, poll->deadline);
    }
    if (!TAILQ_EMPTY(&loop->deferred))
        poll_wake(loop);
    return poll->epoll_fd;
}

/* ---- life -------------------------------------------------------------------------------- */

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

static void poll_close(sctpx_loop *loop)
{
    struct loop_poll *poll = poll_of(loop);

    close_if_open(poll->stop_fd);
    close_if_open(poll->timer_fd);
    close_if_open(poll->epoll_fd);
    sctpxi_loop_done(loop);
    free(poll);
}

static const struct sctpxi_loop_table poll_table = {
    .watch = poll_watch,
    .rewatch = poll_rewatch,
    .unwatch = poll_unwatch,
    .arm = poll_arm,
    .wake = poll_wake,
    .turn = poll_turn,
    .interrupt = poll_interrupt,
    .fd = poll_fd,
    .close = poll_close,
};

static int poll_open(struct loop_poll *poll)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = poll};

    poll->deadline = SCTPX_TIME_NEVER;
    poll->timer_fd = poll->stop_fd = -1;
    poll->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (poll->epoll_fd < 0)
        return error_of(errno);
    poll->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (poll->timer_fd < 0 || epoll_ctl(poll->epoll_fd, EPOLL_CTL_ADD, poll->timer_fd, &event) < 0)
        return error_of(errno);
    event.data.ptr = &poll->stop_fd;
    poll->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (poll->stop_fd < 0 || epoll_ctl(poll->epoll_fd, EPOLL_CTL_ADD, poll->stop_fd, &event) < 0)
        return error_of(errno);
    return 0;
}

int sctpx_loop_new(sctpx_loop **ret_loop)
{
    struct loop_poll *poll;
    int error;

    if (ret_loop == NULL)
        return SCTPX_EINVAL;
    poll = calloc(1, sizeof(*poll));
    if (poll == NULL)
        return SCTPX_ENOMEM;
    sctpxi_loop_init(&poll->base, &poll_table);
    error = poll_open(poll);
    if (error < 0) {
        poll_close(&poll->base);
        return error;
    }
    *ret_loop = &poll->base;
    return 0;
}

int sctpx_loop_set_busy_poll(sctpx_loop *loop, uint32_t limit_us)
{
    if (loop == NULL || limit_us > MAX_BUSY_US)
        return SCTPX_EINVAL;
    if (loop->table != &poll_table)
        return SCTPX_ENOTSUP;
    poll_of(loop)->busy_us = limit_us;
    return 0;
}

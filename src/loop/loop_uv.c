/* SPDX-License-Identifier: MIT */
/*
 * A loop that rides on a libuv loop: a uv_poll_t for each of our descriptors, one uv_timer_t for
 * the next deadline, a uv_check_t that runs deferred work after the descriptors of a turn, and a
 * uv_idle_t, started only while deferred work waits, that keeps libuv from blocking meanwhile.
 *
 * libuv lets go of a handle only in its close callback; memory of handles is freed there. The
 * descriptor itself may be closed right after uv_close().
 */
#include <stdlib.h>

#include <uv.h>

#include "loop/loop.h"

#define UV_OWN_HANDLES 5

struct loop_uv {
    sctpx_loop base; /* first */
    uv_loop_t *uv;
    uv_timer_t timer; /* the next deadline */
    uv_timer_t limit; /* the time-out of a turn that we run ourselves */
    uv_check_t check;
    uv_idle_t idle;
    uv_async_t stop; /* ends a turn from a signal handler, or calls for another thread */
    unsigned open_handles;
    bool is_turning; /* loop_uv_turn() is on the stack and looks at this once more */
};

struct watch_uv {
    uv_poll_t poll;                  /* first */
    struct sctpxi_loop_watch *watch; /* NULL once it is closing */
};

static struct loop_uv *loop_uv_of(sctpx_loop *loop)
{
    return (struct loop_uv *)loop;
}

/* ---- descriptors ------------------------------------------------------------------------- */

static void on_poll(uv_poll_t *poll, int status, int uv_events);

/*
 * UV_PRIORITIZED: with SO_SELECT_ERR_QUEUE a filled error queue shows as POLLPRI. Without that
 * libuv takes POLLERR for a dead descriptor.
 */
static int watch_uv_start(struct watch_uv *handle)
{
    int events = UV_PRIORITIZED;

    if (handle->watch->events & SCTPXI_LOOP_READ)
        events |= UV_READABLE;
    if (handle->watch->events & SCTPXI_LOOP_WRITE)
        events |= UV_WRITABLE;
    return uv_poll_start(&handle->poll, events, on_poll);
}

static void on_poll(uv_poll_t *poll, int status, int uv_events)
{
    struct watch_uv *handle = (struct watch_uv *)poll;
    struct sctpxi_loop_watch *watch = handle->watch;
    sctpx_loop *loop = watch->loop;
    unsigned events = 0;

    if (status < 0) {
        /* libuv has stopped it; it is no more than an error queue of ours. */
        events |= SCTPXI_LOOP_ERROR | SCTPXI_LOOP_READ;
        watch_uv_start(handle);
    }
    if (uv_events & UV_PRIORITIZED)
        events |= SCTPXI_LOOP_ERROR;
    if (uv_events & UV_READABLE)
        events |= SCTPXI_LOOP_READ;
    if (uv_events & UV_WRITABLE)
        events |= SCTPXI_LOOP_WRITE;
    sctpxi_loop_enter(loop);
    if (!loop->is_freed)
        watch->function(watch->arg, events);
    sctpxi_loop_leave(loop);
}

static void on_watch_closed(uv_handle_t *handle)
{
    free((struct watch_uv *)handle);
}

static void loop_uv_unwatch(sctpx_loop *loop, struct sctpxi_loop_watch *watch)
{
    struct watch_uv *handle = watch->handle;

    (void)loop;
    handle->watch = NULL;
    watch->handle = NULL;
    uv_close((uv_handle_t *)&handle->poll, on_watch_closed);
}

static int loop_uv_watch(sctpx_loop *loop, struct sctpxi_loop_watch *watch)
{
    struct watch_uv *handle = calloc(1, sizeof(*handle));
    int status;

    if (handle == NULL)
        return SCTPX_ENOMEM;
    status = uv_poll_init(loop_uv_of(loop)->uv, &handle->poll, watch->fd);
    if (status < 0) {
        free(handle);
        return status == UV_ENOMEM ? SCTPX_ENOMEM : SCTPX_ENOTSUP;
    }
    handle->watch = watch;
    watch->handle = handle;
    if (watch_uv_start(handle) < 0) {
        loop_uv_unwatch(loop, watch);
        return SCTPX_ESYSTEM;
    }
    return 0;
}

static void loop_uv_rewatch(sctpx_loop *loop, struct sctpxi_loop_watch *watch)
{
    (void)loop;
    watch_uv_start(watch->handle);
}

/* ---- deadlines and deferred work ----------------------------------------------------------- */

static void on_timer(uv_timer_t *timer)
{
    sctpx_loop *loop = timer->data;

    loop->armed = SCTPX_TIME_NEVER;
    sctpxi_loop_enter(loop);
    sctpxi_loop_on_timer(loop);
    sctpxi_loop_leave(loop);
}

/* libuv counts in milliseconds from the time it knows, so bring that up to date and round up. */
static void loop_uv_arm(sctpx_loop *loop, sctpx_time deadline)
{
    struct loop_uv *uv = loop_uv_of(loop);
    sctpx_time now = sctpx_loop_now(loop);

    if (deadline == SCTPX_TIME_NEVER) {
        uv_timer_stop(&uv->timer);
        return;
    }
    uv_update_time(uv->uv);
    uv_timer_start(&uv->timer, on_timer, deadline > now ? (deadline - now + 999) / 1000 : 0, 0);
}

static void run_deferred(sctpx_loop *loop)
{
    sctpxi_loop_enter(loop);
    sctpxi_loop_run_deferred(loop);
    if (TAILQ_EMPTY(&loop->deferred))
        uv_idle_stop(&loop_uv_of(loop)->idle);
    sctpxi_loop_leave(loop);
}

static void on_check(uv_check_t *check)
{
    sctpx_loop *loop = check->data;

    if (!TAILQ_EMPTY(&loop->deferred))
        run_deferred(loop);
}

static void on_idle(uv_idle_t *idle)
{
    run_deferred(idle->data);
}

static void loop_uv_wake(sctpx_loop *loop)
{
    uv_idle_start(&loop_uv_of(loop)->idle, on_idle);
}

/* Of all calls of libuv the one that is allowed in signal handlers; it keeps errno. */
static void loop_uv_interrupt(sctpx_loop *loop)
{
    uv_async_send(&loop_uv_of(loop)->stop);
}

static void on_stop(uv_async_t *stop)
{
    sctpx_loop *loop = stop->data;

    sctpxi_loop_enter(loop);
    sctpxi_loop_run_calls(loop);
    sctpxi_loop_leave(loop);
}

/* An async handle that is referenced keeps libuv waiting. */
static void loop_uv_hold(sctpx_loop *loop, bool is_held)
{
    uv_handle_t *handle = (uv_handle_t *)&loop_uv_of(loop)->stop;

    if (is_held)
        uv_ref(handle);
    else
        uv_unref(handle);
}

/* ---- turns -------------------------------------------------------------------------------- */

static void on_limit(uv_timer_t *timer)
{
    (void)timer;
}

static void loop_uv_destroy(struct loop_uv *uv)
{
    sctpxi_loop_done(&uv->base);
    free(uv);
}

/* libuv does not look at its descriptors when nothing keeps it. */
static int turn_of_calls(sctpx_loop *loop)
{
    if (atomic_load(&loop->call_count) == 0)
        return 0;
    sctpxi_loop_enter(loop);
    sctpxi_loop_run_calls(loop);
    return sctpxi_loop_leave(loop) ? 1 : SCTPX_ECLOSED;
}

static int loop_uv_turn(sctpx_loop *loop, int timeout_ms)
{
    struct loop_uv *uv = loop_uv_of(loop);

    if (!uv_loop_alive(uv->uv))
        return turn_of_calls(loop);
    if (timeout_ms > 0) {
        uv_update_time(uv->uv);
        uv_timer_start(&uv->limit, on_limit, (uint64_t)timeout_ms, 0);
    }
    uv->is_turning = true;
    uv_run(uv->uv, timeout_ms == 0 ? UV_RUN_NOWAIT : UV_RUN_ONCE);
    uv->is_turning = false;
    if (loop->is_freed) {
        if (uv->open_handles == 0)
            loop_uv_destroy(uv);
        return SCTPX_ECLOSED;
    }
    uv_timer_stop(&uv->limit);
    return uv_loop_alive(uv->uv) || atomic_load(&loop->call_count) > 0 ? 1 : 0;
}

static int loop_uv_fd(sctpx_loop *loop)
{
    return uv_backend_fd(loop_uv_of(loop)->uv);
}

/* ---- life -------------------------------------------------------------------------------- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct loop_uv *uv = handle->data;

    if (--uv->open_handles == 0 && !uv->is_turning)
        loop_uv_destroy(uv);
}

static void loop_uv_close(sctpx_loop *loop)
{
    struct loop_uv *uv = loop_uv_of(loop);

    uv_close((uv_handle_t *)&uv->timer, on_handle_closed);
    uv_close((uv_handle_t *)&uv->limit, on_handle_closed);
    uv_close((uv_handle_t *)&uv->check, on_handle_closed);
    uv_close((uv_handle_t *)&uv->idle, on_handle_closed);
    uv_close((uv_handle_t *)&uv->stop, on_handle_closed);
}

static const struct sctpxi_loop_table loop_uv_table = {
    .watch = loop_uv_watch,
    .rewatch = loop_uv_rewatch,
    .unwatch = loop_uv_unwatch,
    .arm = loop_uv_arm,
    .wake = loop_uv_wake,
    .turn = loop_uv_turn,
    .interrupt = loop_uv_interrupt,
    .hold = loop_uv_hold,
    .fd = loop_uv_fd,
    .close = loop_uv_close,
};

/* Only the first can fail: of the others libuv only links the handles into the loop. */
int sctpx_loop_new_uv(struct uv_loop_s *uv_loop, sctpx_loop **ret_loop)
{
    struct loop_uv *uv;

    if (uv_loop == NULL || ret_loop == NULL)
        return SCTPX_EINVAL;
    uv = calloc(1, sizeof(*uv));
    if (uv == NULL)
        return SCTPX_ENOMEM;
    if (uv_async_init(uv_loop, &uv->stop, on_stop) < 0) {
        free(uv);
        return SCTPX_ERESOURCE;
    }
    uv_unref((uv_handle_t *)&uv->stop);
    sctpxi_loop_init(&uv->base, &loop_uv_table);
    uv->uv = uv_loop;
    uv_timer_init(uv_loop, &uv->timer);
    uv_timer_init(uv_loop, &uv->limit);
    uv_check_init(uv_loop, &uv->check);
    uv_idle_init(uv_loop, &uv->idle);
    uv->open_handles = UV_OWN_HANDLES;
    uv->timer.data = uv->limit.data = uv->check.data = uv->idle.data = uv->stop.data = uv;
    uv_check_start(&uv->check, on_check);
    uv_unref((uv_handle_t *)&uv->check);
    *ret_loop = &uv->base;
    return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * The loop seam: what drivers and the API need of an event loop. Descriptors to watch, deadlines,
 * work put off to the end of the turn, and the objects that live on a loop. Two implementations
 * fill in struct sctpxi_loop_table: loop_poll.c (epoll) and loop_uv.c (libuv).
 *
 * A loop and everything on it belong to one thread; only sctpxi_loop_call_queue() and _cancel()
 * (post.c), and under them the implementations' interrupt, may be called by others.
 *
 * All structs here are the caller's storage. Every call may be made from inside every callback,
 * also to end or free the very thing that is calling back. The loop owns its timers' heap and
 * nothing else of its users.
 */
#ifndef SCTPXI_LOOP_LOOP_H
#define SCTPXI_LOOP_LOOP_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include <sctpx/loop.h>

#include "base/alloc.h"
#include "base/heap.h"

/* ---- descriptors ------------------------------------------------------------------------- */

enum sctpxi_loop_events {
    SCTPXI_LOOP_READ = 1u << 0,
    SCTPXI_LOOP_WRITE = 1u << 1,
    SCTPXI_LOOP_ERROR = 1u << 2 /* reported without asking: the error queue has something */
};

struct sctpxi_loop_watch {
    sctpx_loop *loop; /* NULL = not watched */
    int fd;
    unsigned events; /* asked for */
    void (*function)(void *arg, unsigned events);
    void *arg;
    void *handle; /* the implementation's */
};

/*
 * Watches fd (not owned, non-blocking) for events, level-triggered; function and arg are what the
 * caller has put there. SCTPX_ENOMEM, SCTPX_ERESOURCE, SCTPX_ENOTSUP (not pollable).
 */
int sctpxi_loop_watch_start(sctpx_loop *loop, struct sctpxi_loop_watch *watch, int fd,
                            unsigned events);

/* Changes what is watched for. Cheap if it is that already. */
void sctpxi_loop_watch_set(struct sctpxi_loop_watch *watch, unsigned events);

/* Ends it at once: afterwards fd may be closed and the storage freed. Harmless if not watched. */
void sctpxi_loop_watch_stop(struct sctpxi_loop_watch *watch);

/* ---- deadlines --------------------------------------------------------------------------- */

struct sctpxi_loop_timer {
    struct sctpxi_heap_node node; /* first */
    sctpx_loop *loop;
    void (*function)(void *arg);
    void *arg;
};

/* Reserves its room, so that setting cannot fail. SCTPX_ENOMEM. */
int sctpxi_loop_timer_init(struct sctpxi_loop_timer *timer, sctpx_loop *loop,
                           void (*function)(void *arg), void *arg);
void sctpxi_loop_timer_done(struct sctpxi_loop_timer *timer);

/* Calls function once at an absolute time; SCTPX_TIME_NEVER = not at all. */
void sctpxi_loop_timer_set(struct sctpxi_loop_timer *timer, sctpx_time deadline);
bool sctpxi_loop_timer_is_set(const struct sctpxi_loop_timer *timer);

/* ---- the end of the turn ------------------------------------------------------------------ */

struct sctpxi_loop_defer {
    TAILQ_ENTRY(sctpxi_loop_defer) link;
    sctpx_loop *loop;
    void (*function)(void *arg);
    void *arg;
    bool is_queued;
};

void sctpxi_loop_defer_init(struct sctpxi_loop_defer *defer, sctpx_loop *loop,
                            void (*function)(void *arg), void *arg);

/*
 * Calls function once, soon: after the descriptors and timers of this turn, or, when queued by
 * another deferred function, in the next turn, which then does not wait.
 */
void sctpxi_loop_defer_queue(struct sctpxi_loop_defer *defer);

/* Takes it out again. Needed before its storage is freed. */
void sctpxi_loop_defer_cancel(struct sctpxi_loop_defer *defer);

/* ---- from other threads -------------------------------------------------------------------- */

/* post.c. All members are the loop's, under its mutex. */
struct sctpxi_loop_call {
    TAILQ_ENTRY(sctpxi_loop_call) link;
    sctpx_loop *loop; /* to be called in its thread */
    void (*function)(void *arg);
    void *arg;
    bool is_queued;
    bool is_owned; /* freed by the loop: made by sctpx_loop_post() */
};

void sctpxi_loop_call_init(struct sctpxi_loop_call *call, sctpx_loop *loop,
                           void (*function)(void *arg), void *arg);

/*
 * Calls function once, at the next turn of the loop: after its descriptors and timers, before what
 * is deferred. From any thread that knows that the loop lives. Nothing if it is queued already.
 */
void sctpxi_loop_call_queue(struct sctpxi_loop_call *call);

/* Takes it out again, also from any thread; one that is being called is not waited for. */
void sctpxi_loop_call_cancel(struct sctpxi_loop_call *call);

/*
 * While something holds the loop it waits for calls of other threads, though nothing on it could
 * happen by itself. Counted; in the loop's thread.
 */
void sctpxi_loop_hold(sctpx_loop *loop);
void sctpxi_loop_unhold(sctpx_loop *loop);

/* ---- what lives on a loop ------------------------------------------------------------------ */

/*
 * Something that must go when the loop goes: the drivers, and API objects that close in the
 * background. sctpx_loop_free() calls on_close of each, the newest first; it must end with
 * sctpxi_loop_client_remove().
 */
struct sctpxi_loop_client {
    TAILQ_ENTRY(sctpxi_loop_client) link;
    sctpx_loop *loop; /* NULL = on no loop */
    const void *kind; /* any address that identifies the sort, for sctpxi_loop_client_find() */
    void (*on_close)(struct sctpxi_loop_client *client);
};

void sctpxi_loop_client_add(sctpx_loop *loop, struct sctpxi_loop_client *client);

/* The same, as the oldest of all: for what the others stand on. */
void sctpxi_loop_client_add_oldest(sctpx_loop *loop, struct sctpxi_loop_client *client);
void sctpxi_loop_client_remove(struct sctpxi_loop_client *client);

/* The oldest client of this kind, or NULL. */
struct sctpxi_loop_client *sctpxi_loop_client_find(const sctpx_loop *loop, const void *kind);

/* ---- for the implementations -------------------------------------------------------------- */

struct sctpxi_loop_table {
    int (*watch)(sctpx_loop *loop, struct sctpxi_loop_watch *watch);
    void (*rewatch)(sctpx_loop *loop, struct sctpxi_loop_watch *watch);
    void (*unwatch)(sctpx_loop *loop, struct sctpxi_loop_watch *watch);
    void (*arm)(sctpx_loop *loop, sctpx_time deadline); /* call sctpxi_loop_on_timer() then */
    void (*wake)(sctpx_loop *loop);                     /* deferred work waits: do not block */
    /* As sctpx_loop_run_once(); SCTPX_ECLOSED when the loop was freed in it. */
    int (*turn)(sctpx_loop *loop, int timeout_ms);
    /* Ends a wait, also one to come; signal handlers call it, and other threads. */
    void (*interrupt)(sctpx_loop *loop);
    void (*hold)(sctpx_loop *loop, bool is_held); /* NULL: sctpxi_loop_is_alive() is enough */
    int (*fd)(sctpx_loop *loop);
    void (*close)(sctpx_loop *loop); /* ends with sctpxi_loop_done() and frees the loop */
};

/* The common part, first member of what the implementations allocate. */
struct sctpx_loop {
    const struct sctpxi_loop_table *table;
    struct sctpxi_alloc alloc; /* of the heap of timers */
    struct sctpxi_heap timers;
    size_t timer_count; /* initialised ones: the heap has room for them */
    size_t watch_count;
    sctpx_time armed; /* what the implementation will wake at; may be too early, never too late */
    TAILQ_HEAD(sctpxi_loop_defer_list, sctpxi_loop_defer) deferred;
    TAILQ_HEAD(sctpxi_loop_client_list, sctpxi_loop_client) clients;
    pthread_mutex_t call_mutex; /* nothing else is locked, or called, under it */
    TAILQ_HEAD(sctpxi_loop_call_list, sctpxi_loop_call) calls;
    atomic_size_t call_count;
    unsigned hold_count;
    bool is_kept;                     /* by sctpx_loop_keep() */
    unsigned depth;                   /* callbacks of the implementation under way */
    bool is_freed;                    /* by the user, from inside a callback */
    volatile sig_atomic_t is_stopped; /* until a run or a wait has returned for it */
};

void sctpxi_loop_init(sctpx_loop *loop, const struct sctpxi_loop_table *table);
void sctpxi_loop_done(sctpx_loop *loop);

/*
 * Brackets around everything the implementation calls back. leave sets the next wake-up, and frees
 * the loop if that was asked for inside: do not touch it afterwards if leave returns false.
 */
void sctpxi_loop_enter(sctpx_loop *loop);
bool sctpxi_loop_leave(sctpx_loop *loop);

/* Between enter and leave: runs timers that are due; what was armed has fired. */
void sctpxi_loop_on_timer(sctpx_loop *loop);

/* Between enter and leave: runs what has been deferred so far. */
void sctpxi_loop_run_deferred(sctpx_loop *loop);

/* Between enter and leave: runs what other threads have asked for so far. */
void sctpxi_loop_run_calls(sctpx_loop *loop);

/* post.c's part of init and done; what is still queued is dropped. */
void sctpxi_loop_calls_init(sctpx_loop *loop);
void sctpxi_loop_calls_done(sctpx_loop *loop);

/*
 * Whether sctpx_loop_stop() was called; forgets it, for the caller now returns. False inside a
 * callback, where nothing waits.
 */
bool sctpxi_loop_take_stop(sctpx_loop *loop);

/* Whether anything could still happen. */
bool sctpxi_loop_is_alive(const sctpx_loop *loop);

#endif

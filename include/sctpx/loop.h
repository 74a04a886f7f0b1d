/* SPDX-License-Identifier: MIT */
/*
 * Event loops. A loop waits for packets and deadlines of the servers and sockets that live on it,
 * and calls their callbacks. It is either sctpx's own, which runs by itself or is watched by any
 * other loop through one descriptor, or it rides on a libuv loop.
 *
 * A loop and everything on it belong to one thread at a time: no two calls on any of it may run at
 * once, and callbacks come in the thread that runs it. Several loops (one per thread) share
 * nothing, but for sockets that were handed from one to another (sctpx_socket_detach()). Of a loop
 * that is not its own a thread may call sctpx_loop_post(), and nothing else.
 *
 * After fork() a child that inherits a loop may only call exec() or _exit(): its copies share
 * descriptors with the parent, so freeing or running them there would end the parent's
 * associations. Descriptors are closed by exec(). Since 0.1.
 */
#ifndef SCTPX_LOOP_H
#define SCTPX_LOOP_H

#include <sctpx/error.h>
#include <sctpx/types.h>
#include <sctpx/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct uv_loop_s; /* uv_loop_t of <uv.h> */

typedef struct sctpx_loop sctpx_loop;

/* ---- loops ------------------------------------------------------------------------------- */

/* A loop of our own (epoll). SCTPX_ENOMEM, SCTPX_ERESOURCE (descriptors), SCTPX_ESYSTEM. */
SCTPX_API int sctpx_loop_new(sctpx_loop **ret_loop);

/*
 * A loop that rides on a libuv loop of the caller, who goes on to run it with uv_run(). Sockets
 * keep the libuv loop alive as libuv's own do. SCTPX_EINVAL, SCTPX_ENOMEM, SCTPX_ERESOURCE.
 */
SCTPX_API int sctpx_loop_new_uv(struct uv_loop_s *uv, sctpx_loop **ret_loop);

/*
 * Frees the loop. Servers, sockets and timers on it should be freed before; what is still closing
 * in the background is cut off. No callback comes after it. From inside a callback of the loop it
 * takes effect when that callback has returned. With libuv, run the libuv loop on until
 * uv_loop_close() is content: closing handles takes one more turn there. NULL is allowed.
 */
SCTPX_API void sctpx_loop_free(sctpx_loop *loop);

/* ---- running ----------------------------------------------------------------------------- */

/*
 * Runs until sctpx_loop_stop() or until nothing is left to wait for. Returns 0, SCTPX_ESTATE when
 * called from inside a callback of the loop, SCTPX_EINVAL (NULL), SCTPX_ESYSTEM.
 */
SCTPX_API int sctpx_loop_run(sctpx_loop *loop);

/*
 * Waits at most timeout_ms (-1 = without limit) for something to happen, then does all that is
 * due. Returns 1, or 0 when nothing is left to wait for; errors as sctpx_loop_run().
 */
SCTPX_API int sctpx_loop_run_once(sctpx_loop *loop, int timeout_ms);

/*
 * Lets sctpx_loop_run() return 0 after the current turn, or one of the blocking calls
 * (sctpx_socket_wait_for_*(), sctpx_server_wait_for_new_connection()) return SCTPX_ECANCELED; when
 * nothing runs, the next one of them returns at once. One stop, or several that come together, end
 * one run or one wait. sctpx_loop_run_once() comes back too, but does not count as either.
 * For callbacks and signal handlers (async-signal-safe) of the loop's thread. It does not end
 * uv_run(): that is for uv_stop().
 */
SCTPX_API void sctpx_loop_stop(sctpx_loop *loop);

/* ---- inside another loop ------------------------------------------------------------------ */

/*
 * A descriptor that becomes readable whenever sctpx_loop_process() has work, deadlines included:
 * watching it is enough. It belongs to the loop. On a libuv loop it is uv_backend_fd(), which says
 * nothing of deadlines: there watch libuv's own time-out as well, as for any libuv program.
 */
SCTPX_API int sctpx_loop_fd(sctpx_loop *loop);

/* Does all that is due without waiting; the same as sctpx_loop_run_once(loop, 0). */
SCTPX_API int sctpx_loop_process(sctpx_loop *loop);

/* ---- from other threads ------------------------------------------------------------------- */

/*
 * Calls function(arg) in the thread that runs the loop, at its next turn; in the order of posting.
 * The one call here that any thread may make, as long as the loop lives. A post that waits keeps
 * sctpx_loop_run() going until it was called, though not uv_run(), see sctpx_loop_keep(). What is
 * left when the loop is freed is not called. SCTPX_EINVAL, SCTPX_ENOMEM.
 */
SCTPX_API int sctpx_loop_post(sctpx_loop *loop, void (*function)(void *arg), void *arg);

/*
 * While kept, a loop on which nothing happens by itself goes on to wait for posts, instead of
 * ending sctpx_loop_run() (or uv_run()): for threads that are handed their work. In the loop's
 * thread; false to begin with.
 */
SCTPX_API void sctpx_loop_keep(sctpx_loop *loop, bool is_kept);

/*
 * Before it sleeps, the loop looks for that long whether something has come, and lets others have
 * the CPU in between: what comes in that time is handled without the tens of microseconds that
 * waking up costs. For peers that answer at once, where there is a CPU to spare; a loop that has
 * nothing to do sleeps as before. 0 (the default) = do not. At most 1,000,000 (SCTPX_EINVAL).
 * SCTPX_ENOTSUP: the loop is libuv's, which waits by itself; so does a program that waits for
 * sctpx_loop_fd(), where this does nothing.
 */
SCTPX_API int sctpx_loop_set_busy_poll(sctpx_loop *loop, uint32_t limit_us);

/* ---- time -------------------------------------------------------------------------------- */

/* The clock of the loop: microseconds, monotonic. */
SCTPX_API sctpx_time sctpx_loop_now(const sctpx_loop *loop);

/* A timer that fires once for each start. */
typedef struct sctpx_timer sctpx_timer;
typedef void (*sctpx_timer_callback)(sctpx_timer *timer, void *arg);

/* Makes a timer that is not running. SCTPX_EINVAL, SCTPX_ENOMEM. */
SCTPX_API int sctpx_timer_new(sctpx_loop *loop, sctpx_timer_callback callback, void *arg,
                              sctpx_timer **ret_timer);

/*
 * Fires after delay_us (SCTPX_TIME_NEVER = stop); a timer that runs is started anew. The callback
 * may start, stop or free it.
 */
SCTPX_API void sctpx_timer_start(sctpx_timer *timer, sctpx_time delay_us);
SCTPX_API void sctpx_timer_stop(sctpx_timer *timer);
SCTPX_API bool sctpx_timer_is_running(const sctpx_timer *timer);

/* Before the loop is freed. NULL is allowed. */
SCTPX_API void sctpx_timer_free(sctpx_timer *timer);

/* ---- looking at it ------------------------------------------------------------------------ */

/*
 * Writes every packet that the sockets of this loop send and receive from now on to a file in pcap
 * format, for Wireshark and tshark; NULL ends it. IP and UDP headers in it are made up from the
 * addresses. SCTPX_EACCES, SCTPX_ENOMEM, SCTPX_ESYSTEM; the former file then goes on.
 */
SCTPX_API int sctpx_loop_set_pcap(sctpx_loop *loop, const char *path);

#ifdef __cplusplus
}
#endif
#endif

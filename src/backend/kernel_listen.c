/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sctp.h> /* includes too little of what it needs */

#include "backend/kernel_internal.h"

/* Out of descriptors or memory: how long to wait before trying again, ever longer. */
enum { FIRST_PAUSE_US = 20000, LAST_PAUSE_US = 1000000 };

static struct sctpxi_kernel_listener *find(const struct sctpxi_kernel *kernel, uint16_t port)
{
    struct sctpxi_kernel_listener *listener;

    LIST_FOREACH (listener, &kernel->listeners, link)
        if (listener->port == port)
            return listener;
    return NULL;
}

/* ---- what waits ---------------------------------------------------------------------------- */

static bool has_waiting(const struct sctpxi_kernel_listener *listener)
{
    struct pollfd poll_fd = {.fd = listener->fd, .events = POLLIN};

    return poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLIN) != 0;
}

/* Not while the user does not take what waits: the descriptor would go on telling it. */
static void watch(struct sctpxi_kernel_listener *listener, bool is_on)
{
    sctpxi_loop_watch_set(&listener->watch, is_on ? SCTPXI_LOOP_READ : 0);
}

static void tell(struct sctpxi_kernel_listener *listener)
{
    struct sctpxi_kernel *kernel = listener->kernel;
    uint16_t port = listener->port;

    kernel->depth++;
    kernel->sink->on_incoming(listener->owner);
    listener = find(kernel, port); /* it may be gone */
    if (listener && has_waiting(listener))
        watch(listener, false);
    kernel->depth--;
    sctpxi_kernel_reap(kernel);
}

static void on_descriptor(void *arg, unsigned events)
{
    (void)events;
    tell(arg);
}

static void on_timer(void *arg)
{
    struct sctpxi_kernel_listener *listener = arg;

    watch(listener, true);
}

/* ---- listening ----------------------------------------------------------------------------- */

/* Takes over fd on success. */
static int listener_new(struct sctpxi_kernel *kernel, int fd, const sctpx_assoc_options *options,
                        void *owner)
{
    struct sctpxi_kernel_listener *listener = calloc(1, sizeof(*listener));
    int result = SCTPX_ENOMEM;

    if (!listener)
        return result;
    if (sctpxi_loop_timer_init(&listener->timer, kernel->loop, on_timer, listener) < 0)
        goto free_listener;
    listener->kernel = kernel;
    listener->options = *options;
    listener->owner = owner;
    listener->fd = fd;
    listener->port = sctpxi_kernel_socket_port(fd);
    listener->watch.function = on_descriptor;
    listener->watch.arg = listener;
    result = sctpxi_loop_watch_start(kernel->loop, &listener->watch, fd, SCTPXI_LOOP_READ);
    if (result < 0)
        goto free_timer;
    LIST_INSERT_HEAD(&kernel->listeners, listener, link);
    return listener->port;

free_timer:
    sctpxi_loop_timer_done(&listener->timer);
free_listener:
    free(listener);
    return result;
}

/* Accepted sockets inherit all options: there is no moment when one has them not. */
static int open_listener(struct sctpxi_kernel *kernel, int fd, enum sctpx_family family,
                         uint16_t port, const sctpx_assoc_options *options, uint32_t backlog)
{
    int result = sctpxi_kernel_options_init(fd, options);

    /* Associations of a former listener there do not matter. */
    (void)sctpxi_kernel_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (result >= 0)
        result = sctpxi_kernel_options_apply(fd, options);
    if (result >= 0)
        result = sctpxi_kernel_socket_bind(kernel, fd, family, port);
    if (result >= 0 && listen(fd, backlog > INT32_MAX ? INT32_MAX : (int)backlog) < 0)
        result = sctpxi_kernel_error(errno);
    return result;
}

int sctpxi_kernel_listen(struct sctpxi_backend *backend, uint16_t port,
                         const sctpx_assoc_options *options, uint32_t backlog, void *owner)
{
    struct sctpxi_kernel *kernel = sctpxi_kernel_of(backend);
    enum sctpx_family family = sctpxi_kernel_socket_family(kernel->addrs, kernel->addr_count);
    int fd, result;

    if (family == SCTPX_NO_FAMILY && !kernel->has_ipv6)
        family = SCTPX_IPV4;
    result = sctpxi_kernel_socket_new(family, &fd);
    if (result < 0)
        return result;
    result = open_listener(kernel, fd, family, port, options, backlog);
    if (result >= 0)
        result = listener_new(kernel, fd, options, owner);
    if (result < 0)
        close(fd);
    return result;
}

int sctpxi_kernel_adopt_listener(struct sctpxi_backend *backend, int fd,
                                 const sctpx_assoc_options *options, void *owner)
{
    struct sctpxi_kernel *kernel = sctpxi_kernel_of(backend);
    int result = sctpxi_kernel_socket_check(fd, true);

    if (result >= 0)
        result = sctpxi_kernel_socket_unblock(fd);
    if (result >= 0)
        result = sctpxi_kernel_socket_subscribe(fd);
    if (result >= 0)
        result = sctpxi_kernel_options_init(fd, options);
    if (result >= 0)
        result = sctpxi_kernel_options_apply(fd, options);
    if (result < 0)
        return result;
    kernel->addr_count =
        sctpxi_kernel_addr_list(fd, SCTP_GET_LOCAL_ADDRS, kernel->addrs, SCTPX_MAX_LOCALS, NULL);
    return listener_new(kernel, fd, options, owner);
}

void sctpxi_kernel_listener_free(struct sctpxi_kernel_listener *listener)
{
    LIST_REMOVE(listener, link);
    sctpxi_loop_watch_stop(&listener->watch);
    sctpxi_loop_timer_done(&listener->timer);
    sctpxi_kernel_socket_close_hard(listener->fd); /* what waits is aborted */
    free(listener);
}

void sctpxi_kernel_unlisten(struct sctpxi_backend *backend, uint16_t port)
{
    struct sctpxi_kernel_listener *listener = find(sctpxi_kernel_of(backend), port);

    if (listener)
        sctpxi_kernel_listener_free(listener);
}

/* The kernel does not tell how many. */
uint32_t sctpxi_kernel_waiting(const struct sctpxi_backend *backend, uint16_t port)
{
    const struct sctpxi_kernel *kernel = sctpxi_kernel_of_const(backend);
    struct sctpxi_kernel_listener *listener = find(kernel, port);

    if (!listener || sctpxi_loop_timer_is_set(&listener->timer))
        return 0;
    if (has_waiting(listener))
        return 1;
    watch(listener, true); /* nobody may ask again before the next one comes */
    return 0;
}

int sctpxi_kernel_listener_descriptor(const struct sctpxi_backend *backend, uint16_t port)
{
    const struct sctpxi_kernel *kernel = sctpxi_kernel_of_const(backend);
    const struct sctpxi_kernel_listener *listener = find(kernel, port);

    return listener ? listener->fd : -1;
}

/* ---- accepting ----------------------------------------------------------------------------- */

/* Goes on by itself after a while. */
static void pause_listener(struct sctpxi_kernel_listener *listener)
{
    sctpx_time pause = listener->pause_us * 2;

    if (pause < FIRST_PAUSE_US)
        pause = FIRST_PAUSE_US;
    if (pause > LAST_PAUSE_US)
        pause = LAST_PAUSE_US;
    listener->pause_us = pause;
    watch(listener, false);
    sctpxi_loop_timer_set(&listener->timer, sctpx_loop_now(listener->kernel->loop) + pause);
}

/* Without asking for the address: of an association that has ended there is none, and accept would
   fail for that. What concerns only one that is gone already is no reason to stop. */
static int accept_one(int fd)
{
    int accepted;

    do {
        accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (accepted < 0 && (errno == EINTR || errno == ECONNABORTED || errno == EPROTO));
    return accepted;
}

/* An association that ended before: what it left behind is all there will ever be. */
static void take_over(struct sctpxi_kernel_conn *conn)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof(peer);

    conn->is_accepted = true;
    conn->local_port = sctpxi_kernel_socket_port(conn->fd);
    if (getpeername(conn->fd, (struct sockaddr *)&peer, &length) < 0) {
        conn->state = SCTPX_ESTABLISHED;
        conn->is_failing = true;
        while (sctpxi_kernel_receive_all(conn))
            continue;
        return;
    }
    (void)sctpxi_kernel_addr_from(&peer, &conn->paths[0].remote, &conn->remote_port);
    conn->path_count = 1;
    sctpxi_kernel_conn_up(conn);
}

int sctpxi_kernel_accept(struct sctpxi_backend *backend, uint16_t port,
                         struct sctpxi_conn **ret_conn)
{
    struct sctpxi_kernel *kernel = sctpxi_kernel_of(backend);
    struct sctpxi_kernel_listener *listener = find(kernel, port);
    struct sctpxi_kernel_conn *conn;
    int fd, result;

    if (!listener)
        return SCTPX_ESTATE;
    fd = accept_one(listener->fd);
    if (fd < 0 && errno == EAGAIN) {
        watch(listener, true);
        return SCTPX_EWOULDBLOCK;
    }
    if (fd < 0) {
        result = sctpxi_kernel_error(errno);
        pause_listener(listener);
        return result;
    }
    result = sctpxi_kernel_socket_subscribe(fd);
    if (result >= 0)
        result = sctpxi_kernel_conn_new(kernel, fd, &listener->options, &conn);
    if (result < 0) {
        close(fd);
        return result;
    }
    listener->pause_us = 0;
    watch(listener, true);
    take_over(conn);
    *ret_conn = (struct sctpxi_conn *)(void *)conn;
    return 0;
}

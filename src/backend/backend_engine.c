/* SPDX-License-Identifier: MIT */
#include "backend/backend.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "backend/driver.h"
#include "backend/engine_look.h"
#include "backend/remote.h"
#include "engine/assoc.h"

struct listener {
    SLIST_ENTRY(listener) link;
    void *owner;
    uint16_t port;
};

/* One per driver, which it is the sink of; it goes when the driver goes. */
struct engine_backend {
    struct sctpxi_backend backend; /* first */
    struct sctpxi_driver *driver;
    sctpx_endpoint *endpoint;
    const struct sctpxi_backend_sink *sink;
    SLIST_HEAD(, listener) listeners;
};

static struct engine_backend *self_of(struct sctpxi_backend *backend)
{
    return (struct engine_backend *)(void *)backend;
}

static const struct engine_backend *self_of_const(const struct sctpxi_backend *backend)
{
    return (const struct engine_backend *)(const void *)backend;
}

/* A connection is the engine's association itself. */
static sctpx_assoc *assoc_of(struct sctpxi_conn *conn)
{
    return (sctpx_assoc *)(void *)conn;
}

static const sctpx_assoc *assoc_of_const(const struct sctpxi_conn *conn)
{
    return (const sctpx_assoc *)(const void *)conn;
}

static struct sctpxi_conn *conn_of(sctpx_assoc *assoc)
{
    return (struct sctpxi_conn *)(void *)assoc;
}

static sctpx_time now_of(const struct engine_backend *self)
{
    return sctpxi_driver_now(self->driver);
}

/* Hands on what a command returned, after telling the driver that there was one. */
static int touched(struct engine_backend *self, int result)
{
    sctpxi_driver_touch(self->driver);
    return result;
}

/* ---- life -------------------------------------------------------------------------------- */

static void engine_acquire(struct sctpxi_backend *backend)
{
    sctpxi_driver_ref(self_of(backend)->driver);
}

static void engine_release(struct sctpxi_backend *backend)
{
    sctpxi_driver_put(self_of(backend)->driver);
}

static void on_release(void *sink)
{
    struct engine_backend *self = sink;
    struct listener *listener;

    while ((listener = SLIST_FIRST(&self->listeners)) != NULL) {
        SLIST_REMOVE_HEAD(&self->listeners, link);
        free(listener);
    }
    free(self);
}

static size_t engine_locals(const struct sctpxi_backend *backend, sctpx_addr *ret_addrs,
                            size_t capacity)
{
    const struct engine_backend *self = self_of_const(backend);
    size_t count = sctpxi_driver_local_count(self->driver);

    for (size_t i = 0; i < count && i < capacity; i++)
        ret_addrs[i] = *sctpxi_driver_local(self->driver, i);
    return count;
}

static uint16_t engine_udp_port(const struct sctpxi_backend *backend)
{
    return sctpxi_driver_udp_port(self_of_const(backend)->driver);
}

static void engine_stats(const struct sctpxi_backend *backend, sctpx_endpoint_stats *ret_stats)
{
    sctpx_endpoint_get_stats(self_of_const(backend)->endpoint, ret_stats);
}

/* ---- events ------------------------------------------------------------------------------ */

static void *owner_of_port(const struct engine_backend *self, uint16_t port)
{
    const struct listener *listener;

    SLIST_FOREACH (listener, &self->listeners, link)
        if (listener->port == port)
            return listener->owner;
    return NULL;
}

/* May end with the backend gone: nothing of it is touched after the sink was called. */
static void on_event(void *sink, const sctpx_event *event)
{
    const struct engine_backend *self = sink;

    if (event->type == SCTPX_EVENT_INCOMING) {
        void *owner = owner_of_port(self, event->port);

        if (owner)
            self->sink->on_incoming(owner);
    } else if (event->user) {
        self->sink->on_event(event->user, event);
    }
}

/* ---- listening and connecting ------------------------------------------------------------ */

static int engine_listen(struct sctpxi_backend *backend, uint16_t port,
                         const sctpx_assoc_options *options, uint32_t backlog, void *owner)
{
    struct engine_backend *self = self_of(backend);
    struct listener *listener = malloc(sizeof(*listener));
    sctpx_listen_options listen_options;
    int result;

    if (!listener)
        return SCTPX_ENOMEM;
    sctpx_listen_options_defaults(self->endpoint, &listen_options);
    listen_options.assoc = *options;
    listen_options.backlog = backlog;
    result = sctpxi_driver_listen(self->driver, port, &listen_options);
    if (result < 0) {
        free(listener);
        return result;
    }
    listener->owner = owner;
    listener->port = (uint16_t)result;
    SLIST_INSERT_HEAD(&self->listeners, listener, link);
    return result;
}

static void engine_unlisten(struct sctpxi_backend *backend, uint16_t port)
{
    struct engine_backend *self = self_of(backend);
    struct listener *listener;

    SLIST_FOREACH (listener, &self->listeners, link)
        if (listener->port == port)
            break;
    assert(listener);
    SLIST_REMOVE(&self->listeners, listener, listener, link);
    free(listener);
    sctpxi_driver_unlisten(self->driver, port);
}

static uint32_t engine_waiting(const struct sctpxi_backend *backend, uint16_t port)
{
    return sctpx_endpoint_backlog(self_of_const(backend)->endpoint, port);
}

static int engine_accept(struct sctpxi_backend *backend, uint16_t port,
                         struct sctpxi_conn **ret_conn)
{
    struct engine_backend *self = self_of(backend);
    sctpx_assoc *assoc;
    int result = sctpx_endpoint_accept(self->endpoint, port, NULL, &assoc);

    if (result >= 0)
        *ret_conn = conn_of(assoc);
    return touched(self, result);
}

static int engine_connect(struct sctpxi_backend *backend, const sctpx_addr *remotes, size_t n,
                          uint16_t remote_port, uint16_t local_port,
                          const sctpx_assoc_options *options, void *owner,
                          struct sctpxi_conn **ret_conn)
{
    struct engine_backend *self = self_of(backend);
    sctpx_assoc *assoc;
    const struct sctpxi_driver_target target = {remotes, n, remote_port, local_port};
    int result = sctpxi_driver_connect(self->driver, &target, options, owner, &assoc);

    if (result >= 0)
        *ret_conn = conn_of(assoc);
    return touched(self, result);
}

/* ---- connections ------------------------------------------------------------------------- */

static void engine_set_owner(struct sctpxi_backend *backend, struct sctpxi_conn *conn, void *owner)
{
    (void)backend;
    sctpx_assoc_set_user(assoc_of(conn), owner);
}

static void engine_free(struct sctpxi_backend *backend, struct sctpxi_conn *conn)
{
    struct engine_backend *self = self_of(backend);

    sctpx_assoc_free(assoc_of(conn), now_of(self));
    sctpxi_driver_touch(self->driver);
}

static int engine_shutdown(struct sctpxi_backend *backend, struct sctpxi_conn *conn)
{
    struct engine_backend *self = self_of(backend);

    return touched(self, sctpx_assoc_shutdown(assoc_of(conn), now_of(self)));
}

static int engine_abort(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                        const void *reason, size_t length)
{
    struct engine_backend *self = self_of(backend);

    return touched(self, sctpx_assoc_abort(assoc_of(conn), now_of(self), reason, length));
}

static int engine_send(struct sctpxi_backend *backend, struct sctpxi_conn *conn, const void *data,
                       size_t length, const sctpx_sndinfo *info)
{
    struct engine_backend *self = self_of(backend);

    return touched(self, sctpx_assoc_send(assoc_of(conn), now_of(self), data, length, info));
}

static long engine_receive(struct sctpxi_backend *backend, struct sctpxi_conn *conn, int stream,
                           void *buffer, size_t capacity, sctpx_rcvinfo *ret_info)
{
    long result = sctpx_assoc_receive(assoc_of(conn), stream, buffer, capacity, ret_info);

    if (result >= 0)
        sctpxi_driver_touch(self_of(backend)->driver);
    return result;
}

static long engine_peek(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                        int stream, void *buffer, size_t capacity, sctpx_rcvinfo *ret_info)
{
    (void)backend;
    return sctpx_assoc_peek(assoc_of_const(conn), stream, 0, buffer, capacity, ret_info);
}

static long engine_read_bytes(struct sctpxi_backend *backend, struct sctpxi_conn *conn, int stream,
                              void *buffer, size_t capacity)
{
    long result = sctpx_assoc_read_bytes(assoc_of(conn), stream, buffer, capacity);

    if (result >= 0)
        sctpxi_driver_touch(self_of(backend)->driver);
    return result;
}

static long engine_peek_bytes(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                              int stream, size_t offset, void *buffer, size_t capacity)
{
    (void)backend;
    return sctpx_assoc_peek_bytes(assoc_of_const(conn), stream, offset, buffer, capacity);
}

static int engine_next_readable(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                                bool is_first)
{
    struct sctpxi_reasm *reasm = &assoc_of(conn)->reasm;

    (void)backend;
    if (is_first)
        sctpxi_reasm_renew(reasm);
    return sctpxi_reasm_next_fresh(reasm);
}

static int engine_next_failed(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                              sctpx_failed_message *ret_message)
{
    (void)backend;
    return sctpx_assoc_next_failed(assoc_of(conn), ret_message);
}

static int engine_next_report(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                              sctpx_message_report *ret_report)
{
    return touched(self_of(backend), sctpx_assoc_next_report(assoc_of(conn), ret_report));
}

static int engine_set_path_options(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                                   size_t path, const sctpx_path_options *options)
{
    struct engine_backend *self = self_of(backend);

    return touched(self, sctpx_assoc_set_path_options(assoc_of(conn), now_of(self), path, options));
}

static int engine_set_primary(struct sctpxi_backend *backend, struct sctpxi_conn *conn, size_t path)
{
    return touched(self_of(backend), sctpx_assoc_set_primary(assoc_of(conn), path));
}

static int engine_heartbeat(struct sctpxi_backend *backend, struct sctpxi_conn *conn, size_t path)
{
    struct engine_backend *self = self_of(backend);

    return touched(self, sctpx_assoc_heartbeat(assoc_of(conn), now_of(self), path));
}

static int engine_set_options(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                              const sctpx_assoc_options *options)
{
    struct engine_backend *self = self_of(backend);

    return touched(self, sctpx_assoc_set_options(assoc_of(conn), now_of(self), options));
}

static void engine_flush(struct sctpxi_backend *backend)
{
    sctpxi_driver_flush_now(self_of(backend)->driver);
}

static int engine_detach(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                         struct sctpxi_backend **ret_backend, struct sctpxi_conn **ret_conn)
{
    struct engine_backend *self = self_of(backend);

    *ret_conn = conn;
    return sctpxi_remote_new(backend, self->driver, self->sink, assoc_of(conn), ret_backend);
}

static const struct sctpxi_backend_table engine_table = {
    .acquire = engine_acquire,
    .release = engine_release,
    .locals = engine_locals,
    .udp_port = engine_udp_port,
    .stats = engine_stats,
    .listen = engine_listen,
    .unlisten = engine_unlisten,
    .waiting = engine_waiting,
    .accept = engine_accept,
    .connect = engine_connect,
    .set_owner = engine_set_owner,
    .free = engine_free,
    .shutdown = engine_shutdown,
    .abort = engine_abort,
    .send = engine_send,
    .receive = engine_receive,
    .peek = engine_peek,
    .read_bytes = engine_read_bytes,
    .peek_bytes = engine_peek_bytes,
    .next_failed = engine_next_failed,
    .next_report = engine_next_report,
    .flush = engine_flush,
    .readable_bytes = sctpxi_engine_readable_bytes,
    .next_readable = engine_next_readable,
    .unacked_bytes = sctpxi_engine_unacked_bytes,
    .status = sctpxi_engine_status,
    .path = sctpxi_engine_path,
    .stream = sctpxi_engine_stream,
    .get_path_options = sctpxi_engine_get_path_options,
    .set_path_options = engine_set_path_options,
    .set_primary = engine_set_primary,
    .heartbeat = engine_heartbeat,
    .get_options = sctpxi_engine_get_options,
    .set_options = engine_set_options,
    .detach = engine_detach,
};

/* Makes the backend of a driver that has none yet. */
static struct engine_backend *engine_new(struct sctpxi_driver *driver,
                                         const struct sctpxi_backend_sink *sink)
{
    struct engine_backend *self = calloc(1, sizeof(*self));

    if (!self)
        return NULL;
    self->backend.table = &engine_table;
    self->driver = driver;
    self->endpoint = sctpxi_driver_endpoint(driver);
    self->sink = sink;
    SLIST_INIT(&self->listeners);
    sctpxi_driver_set_sink(driver, on_event, on_release, self);
    return self;
}

int sctpxi_backend_engine_get(sctpx_loop *loop, const struct sctpxi_backend_spec *spec,
                              const struct sctpxi_backend_sink *sink,
                              struct sctpxi_backend **ret_backend)
{
    const struct sctpxi_driver_spec driver_spec = {.addrs = spec->addrs,
                                                   .count = spec->count,
                                                   .udp_port = spec->udp_port,
                                                   .is_exclusive = spec->is_exclusive,
                                                   .no_segmentation = spec->no_segmentation,
                                                   .carrier = spec->carrier,
                                                   .fds = spec->fds,
                                                   .fd_count = spec->fd_count};
    struct sctpxi_driver *driver;
    struct engine_backend *self;
    int result = sctpxi_driver_get(loop, &driver_spec, spec->endpoint, &driver);

    if (result < 0)
        return result;
    self = sctpxi_driver_sink(driver);
    if (!self)
        self = engine_new(driver, sink);
    if (!self) {
        sctpxi_driver_put(driver);
        return SCTPX_ENOMEM;
    }
    *ret_backend = &self->backend;
    return 0;
}

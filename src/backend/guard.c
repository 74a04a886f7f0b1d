/* SPDX-License-Identifier: MIT */
#include "backend/guard.h"

#include "backend/guard_look.h"
#include "backend/remote.h"

static bool is_home(const struct sctpxi_backend *backend)
{
    return backend->share != NULL && backend->share->backend == backend;
}

static struct sctpxi_remote *remote_of(struct sctpxi_backend *backend)
{
    return (struct sctpxi_remote *)(void *)backend;
}

/* ---- what is another thing for a remote ---------------------------------------------------- */

/* References at home are the home thread's affair. */
static void guard_acquire(struct sctpxi_backend *backend)
{
    if (is_home(backend))
        backend->share->table->acquire(backend);
    else
        sctpxi_remote_acquire(remote_of(backend));
}

static void guard_release(struct sctpxi_backend *backend)
{
    if (is_home(backend))
        backend->share->table->release(backend);
    else
        sctpxi_remote_release(remote_of(backend));
}

static void guard_set_owner(struct sctpxi_backend *backend, struct sctpxi_conn *conn, void *owner)
{
    struct sctpxi_share *share;

    if (!is_home(backend)) {
        remote_of(backend)->owner = owner;
        return;
    }
    share = sctpxi_guard_enter(backend);
    share->table->set_owner(backend, conn, owner);
    sctpxi_guard_leave(share);
}

static void guard_free(struct sctpxi_backend *backend, struct sctpxi_conn *conn)
{
    struct sctpxi_share *share;

    if (!is_home(backend)) {
        sctpxi_remote_free(remote_of(backend));
        return;
    }
    share = sctpxi_guard_enter(backend);
    share->table->free(backend, conn);
    sctpxi_guard_leave(share);
}

/* The bytes must not be the engine's, which the home thread may free: see sctpxi_remote_keep(). */
static int guard_next_failed(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                             sctpx_failed_message *ret_message)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result = 0;

    if (!share->driver)
        result = sctpxi_remote_next_lost(remote_of(backend), ret_message);
    else
        result = share->table->next_failed(share->backend, conn, ret_message);
    if (result > 0 && share->driver && share->is_foreign)
        sctpxi_remote_keep(remote_of(backend), ret_message);
    sctpxi_guard_leave(share);
    return result;
}

/* Only the home thread sends. */
static void guard_flush(struct sctpxi_backend *backend)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);

    if (share->is_foreign)
        sctpxi_share_visit(share);
    else
        share->table->flush(backend);
    sctpxi_guard_leave(share);
}

static int guard_detach(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                        struct sctpxi_backend **ret_backend, struct sctpxi_conn **ret_conn)
{
    if (is_home(backend))
        return backend->share->table->detach(backend, conn, ret_backend, ret_conn);
    sctpxi_remote_detach(remote_of(backend));
    sctpxi_remote_acquire(remote_of(backend));
    *ret_backend = backend;
    *ret_conn = conn;
    return 0;
}

static int guard_attach(struct sctpxi_backend *backend, struct sctpxi_conn *conn, sctpx_loop *loop,
                        void *owner)
{
    (void)conn;
    sctpxi_remote_attach(remote_of(backend), loop, owner);
    return 0;
}

/* ---- at home only ---------------------------------------------------------------------------- */

static int guard_listen(struct sctpxi_backend *backend, uint16_t port,
                        const sctpx_assoc_options *options, uint32_t backlog, void *owner)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result = share->driver ? share->table->listen(share->backend, port, options, backlog, owner)
                               : SCTPX_ESTATE;

    sctpxi_guard_leave(share);
    return result;
}

static void guard_unlisten(struct sctpxi_backend *backend, uint16_t port)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);

    if (share->driver)
        share->table->unlisten(share->backend, port);
    sctpxi_guard_leave(share);
}

static uint32_t guard_waiting(const struct sctpxi_backend *backend, uint16_t port)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    uint32_t result = share->driver ? share->table->waiting(share->backend, port) : 0;

    sctpxi_guard_leave(share);
    return result;
}

static int guard_accept(struct sctpxi_backend *backend, uint16_t port,
                        struct sctpxi_conn **ret_conn)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result =
        share->driver ? share->table->accept(share->backend, port, ret_conn) : SCTPX_ESTATE;

    sctpxi_guard_leave(share);
    return result;
}

static int guard_connect(struct sctpxi_backend *backend, const sctpx_addr *remotes, size_t n,
                         uint16_t remote_port, uint16_t local_port,
                         const sctpx_assoc_options *options, void *owner,
                         struct sctpxi_conn **ret_conn)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result = share->driver ? share->table->connect(share->backend, remotes, n, remote_port,
                                                       local_port, options, owner, ret_conn)
                               : SCTPX_ESTATE;

    sctpxi_guard_leave(share);
    return result;
}

/* ---- connections ----------------------------------------------------------------------------- */

static int guard_shutdown(struct sctpxi_backend *backend, struct sctpxi_conn *conn)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result = share->driver ? share->table->shutdown(share->backend, conn) : SCTPX_ESTATE;

    sctpxi_guard_leave(share);
    return result;
}

static int guard_abort(struct sctpxi_backend *backend, struct sctpxi_conn *conn, const void *reason,
                       size_t length)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result =
        share->driver ? share->table->abort(share->backend, conn, reason, length) : SCTPX_ESTATE;

    sctpxi_guard_leave(share);
    return result;
}

static int guard_send(struct sctpxi_backend *backend, struct sctpxi_conn *conn, const void *data,
                      size_t length, const sctpx_sndinfo *info)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result =
        share->driver ? share->table->send(share->backend, conn, data, length, info) : SCTPX_ESTATE;

    sctpxi_guard_leave(share);
    return result;
}

static long guard_receive(struct sctpxi_backend *backend, struct sctpxi_conn *conn, int stream,
                          void *buffer, size_t capacity, sctpx_rcvinfo *ret_info)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    long result = share->driver ? share->table->receive(share->backend, conn, stream, buffer,
                                                        capacity, ret_info)
                                : SCTPX_EWOULDBLOCK;

    sctpxi_guard_leave(share);
    return result;
}

static long guard_read_bytes(struct sctpxi_backend *backend, struct sctpxi_conn *conn, int stream,
                             void *buffer, size_t capacity)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    long result = share->driver
                      ? share->table->read_bytes(share->backend, conn, stream, buffer, capacity)
                      : SCTPX_EWOULDBLOCK;

    sctpxi_guard_leave(share);
    return result;
}

static int guard_next_readable(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                               bool is_first)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result = share->driver ? share->table->next_readable(share->backend, conn, is_first) : -1;

    sctpxi_guard_leave(share);
    return result;
}

static int guard_next_report(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                             sctpx_message_report *ret_report)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result = share->driver ? share->table->next_report(share->backend, conn, ret_report) : 0;

    sctpxi_guard_leave(share);
    return result;
}

static int guard_set_path_options(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                                  size_t path, const sctpx_path_options *options)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result = share->driver ? share->table->set_path_options(share->backend, conn, path, options)
                               : SCTPX_ESTATE;

    sctpxi_guard_leave(share);
    return result;
}

static int guard_set_primary(struct sctpxi_backend *backend, struct sctpxi_conn *conn, size_t path)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result =
        share->driver ? share->table->set_primary(share->backend, conn, path) : SCTPX_ESTATE;

    sctpxi_guard_leave(share);
    return result;
}

static int guard_heartbeat(struct sctpxi_backend *backend, struct sctpxi_conn *conn, size_t path)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result = share->driver ? share->table->heartbeat(share->backend, conn, path) : SCTPX_ESTATE;

    sctpxi_guard_leave(share);
    return result;
}

static int guard_set_options(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                             const sctpx_assoc_options *options)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result =
        share->driver ? share->table->set_options(share->backend, conn, options) : SCTPX_ESTATE;

    sctpxi_guard_leave(share);
    return result;
}

const struct sctpxi_backend_table sctpxi_guard_table = {
    .acquire = guard_acquire,
    .release = guard_release,
    .locals = sctpxi_guard_locals,
    .udp_port = sctpxi_guard_udp_port,
    .stats = sctpxi_guard_stats,
    .listen = guard_listen,
    .unlisten = guard_unlisten,
    .waiting = guard_waiting,
    .accept = guard_accept,
    .connect = guard_connect,
    .set_owner = guard_set_owner,
    .free = guard_free,
    .shutdown = guard_shutdown,
    .abort = guard_abort,
    .send = guard_send,
    .receive = guard_receive,
    .peek = sctpxi_guard_peek,
    .read_bytes = guard_read_bytes,
    .peek_bytes = sctpxi_guard_peek_bytes,
    .next_failed = guard_next_failed,
    .next_report = guard_next_report,
    .flush = guard_flush,
    .readable_bytes = sctpxi_guard_readable_bytes,
    .next_readable = guard_next_readable,
    .unacked_bytes = sctpxi_guard_unacked_bytes,
    .status = sctpxi_guard_status,
    .path = sctpxi_guard_path,
    .stream = sctpxi_guard_stream,
    .get_path_options = sctpxi_guard_get_path_options,
    .set_path_options = guard_set_path_options,
    .set_primary = guard_set_primary,
    .heartbeat = guard_heartbeat,
    .get_options = sctpxi_guard_get_options,
    .set_options = guard_set_options,
    .detach = guard_detach,
    .attach = guard_attach,
};

/* SPDX-License-Identifier: MIT */
#include "backend/guard_look.h"

#include <string.h>

size_t sctpxi_guard_locals(const struct sctpxi_backend *backend, sctpx_addr *ret_addrs,
                           size_t capacity)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    size_t result = share->driver ? share->table->locals(share->backend, ret_addrs, capacity) : 0;

    sctpxi_guard_leave(share);
    return result;
}

uint16_t sctpxi_guard_udp_port(const struct sctpxi_backend *backend)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    uint16_t result = share->driver ? share->table->udp_port(share->backend) : 0;

    sctpxi_guard_leave(share);
    return result;
}

void sctpxi_guard_stats(const struct sctpxi_backend *backend, sctpx_endpoint_stats *ret_stats)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);

    if (share->driver)
        share->table->stats(share->backend, ret_stats);
    else
        memset(ret_stats, 0, sizeof(*ret_stats));
    sctpxi_guard_leave(share);
}

long sctpxi_guard_peek(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                       int stream, void *buffer, size_t capacity, sctpx_rcvinfo *ret_info)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    long result = share->driver
                      ? share->table->peek(share->backend, conn, stream, buffer, capacity, ret_info)
                      : SCTPX_EWOULDBLOCK;

    sctpxi_guard_leave(share);
    return result;
}

long sctpxi_guard_peek_bytes(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                             int stream, size_t offset, void *buffer, size_t capacity)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    long result = share->driver ? share->table->peek_bytes(share->backend, conn, stream, offset,
                                                           buffer, capacity)
                                : 0;

    sctpxi_guard_leave(share);
    return result;
}

size_t sctpxi_guard_readable_bytes(const struct sctpxi_backend *backend,
                                   const struct sctpxi_conn *conn, int stream)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    size_t result = share->driver ? share->table->readable_bytes(share->backend, conn, stream) : 0;

    sctpxi_guard_leave(share);
    return result;
}

size_t sctpxi_guard_unacked_bytes(const struct sctpxi_backend *backend,
                                  const struct sctpxi_conn *conn, int stream)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    size_t result = share->driver ? share->table->unacked_bytes(share->backend, conn, stream) : 0;

    sctpxi_guard_leave(share);
    return result;
}

void sctpxi_guard_status(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                         sctpx_assoc_status *ret_status)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);

    if (share->driver)
        share->table->status(share->backend, conn, ret_status);
    else
        *ret_status = (sctpx_assoc_status){.state = SCTPX_CLOSED, .error = SCTPX_EABORTED};
    sctpxi_guard_leave(share);
}

int sctpxi_guard_path(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                      size_t path, sctpx_path_status *ret_status)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result =
        share->driver ? share->table->path(share->backend, conn, path, ret_status) : SCTPX_EINVAL;

    sctpxi_guard_leave(share);
    return result;
}

int sctpxi_guard_stream(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                        uint16_t stream, sctpx_stream_status *ret_status)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result = share->driver ? share->table->stream(share->backend, conn, stream, ret_status)
                               : SCTPX_ESTREAM;

    sctpxi_guard_leave(share);
    return result;
}

int sctpxi_guard_get_path_options(const struct sctpxi_backend *backend,
                                  const struct sctpxi_conn *conn, size_t path,
                                  sctpx_path_options *ret_options)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);
    int result = share->driver
                     ? share->table->get_path_options(share->backend, conn, path, ret_options)
                     : SCTPX_ESTATE;

    sctpxi_guard_leave(share);
    return result;
}

void sctpxi_guard_get_options(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                              sctpx_assoc_options *ret_options)
{
    struct sctpxi_share *share = sctpxi_guard_enter(backend);

    if (share->driver)
        share->table->get_options(share->backend, conn, ret_options);
    else
        sctpx_assoc_options_defaults(ret_options);
    sctpxi_guard_leave(share);
}

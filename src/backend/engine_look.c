/* SPDX-License-Identifier: MIT */
#include "backend/engine_look.h"

/* A connection is the engine's association itself. */
static const sctpx_assoc *assoc_of(const struct sctpxi_conn *conn)
{
    return (const sctpx_assoc *)(const void *)conn;
}

size_t sctpxi_engine_readable_bytes(const struct sctpxi_backend *backend,
                                    const struct sctpxi_conn *conn, int stream)
{
    (void)backend;
    return sctpx_assoc_readable_bytes(assoc_of(conn), stream);
}

size_t sctpxi_engine_unacked_bytes(const struct sctpxi_backend *backend,
                                   const struct sctpxi_conn *conn, int stream)
{
    (void)backend;
    return sctpx_assoc_unacked_bytes(assoc_of(conn), stream);
}

void sctpxi_engine_status(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                          sctpx_assoc_status *ret_status)
{
    (void)backend;
    sctpx_assoc_get_status(assoc_of(conn), ret_status);
}

int sctpxi_engine_path(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                       size_t path, sctpx_path_status *ret_status)
{
    (void)backend;
    return sctpx_assoc_get_path(assoc_of(conn), path, ret_status);
}

int sctpxi_engine_stream(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                         uint16_t stream, sctpx_stream_status *ret_status)
{
    (void)backend;
    return sctpx_assoc_get_stream(assoc_of(conn), stream, ret_status);
}

int sctpxi_engine_get_path_options(const struct sctpxi_backend *backend,
                                   const struct sctpxi_conn *conn, size_t path,
                                   sctpx_path_options *ret_options)
{
    (void)backend;
    return sctpx_assoc_get_path_options(assoc_of(conn), path, ret_options);
}

void sctpxi_engine_get_options(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                               sctpx_assoc_options *ret_options)
{
    (void)backend;
    sctpx_assoc_get_options(assoc_of(conn), ret_options);
}

/* SPDX-License-Identifier: MIT */
/*
 * Entries of the engine's table (backend_engine.c) that only look at an association; as the
 * operations of the same name in struct sctpxi_backend_table.
 */
#ifndef SCTPXI_BACKEND_ENGINE_LOOK_H
#define SCTPXI_BACKEND_ENGINE_LOOK_H

#include "backend/backend.h"

size_t sctpxi_engine_readable_bytes(const struct sctpxi_backend *backend,
                                    const struct sctpxi_conn *conn, int stream);
size_t sctpxi_engine_unacked_bytes(const struct sctpxi_backend *backend,
                                   const struct sctpxi_conn *conn, int stream);
void sctpxi_engine_status(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                          sctpx_assoc_status *ret_status);
int sctpxi_engine_path(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                       size_t path, sctpx_path_status *ret_status);
int sctpxi_engine_stream(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                         uint16_t stream, sctpx_stream_status *ret_status);
int sctpxi_engine_get_path_options(const struct sctpxi_backend *backend,
                                   const struct sctpxi_conn *conn, size_t path,
                                   sctpx_path_options *ret_options);
void sctpxi_engine_get_options(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                               sctpx_assoc_options *ret_options);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * guard.h in two files: here the brackets, and the operations that only look at something
 * (guard_look.c).
 */
#ifndef SCTPXI_BACKEND_GUARD_LOOK_H
#define SCTPXI_BACKEND_GUARD_LOOK_H

#include "backend/share.h"

/* Gives the mutex, and says who calls. What is asked of an engine that is gone is not handed on. */
static inline struct sctpxi_share *sctpxi_guard_enter(const struct sctpxi_backend *backend)
{
    struct sctpxi_share *share = backend->share;

    sctpxi_share_lock(share);
    share->is_foreign = backend != share->backend;
    return share;
}

static inline void sctpxi_guard_leave(struct sctpxi_share *share)
{
    share->is_foreign = false;
    sctpxi_share_unlock(share);
}

/* As the operations of the same name in struct sctpxi_backend_table. */
size_t sctpxi_guard_locals(const struct sctpxi_backend *backend, sctpx_addr *ret_addrs,
                           size_t capacity);
uint16_t sctpxi_guard_udp_port(const struct sctpxi_backend *backend);
void sctpxi_guard_stats(const struct sctpxi_backend *backend, sctpx_endpoint_stats *ret_stats);
long sctpxi_guard_peek(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                       int stream, void *buffer, size_t capacity, sctpx_rcvinfo *ret_info);
long sctpxi_guard_peek_bytes(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                             int stream, size_t offset, void *buffer, size_t capacity);
size_t sctpxi_guard_readable_bytes(const struct sctpxi_backend *backend,
                                   const struct sctpxi_conn *conn, int stream);
size_t sctpxi_guard_unacked_bytes(const struct sctpxi_backend *backend,
                                  const struct sctpxi_conn *conn, int stream);
void sctpxi_guard_status(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                         sctpx_assoc_status *ret_status);
int sctpxi_guard_path(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                      size_t path, sctpx_path_status *ret_status);
int sctpxi_guard_stream(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                        uint16_t stream, sctpx_stream_status *ret_status);
int sctpxi_guard_get_path_options(const struct sctpxi_backend *backend,
                                  const struct sctpxi_conn *conn, size_t path,
                                  sctpx_path_options *ret_options);
void sctpxi_guard_get_options(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                              sctpx_assoc_options *ret_options);

#endif

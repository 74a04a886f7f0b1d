/* SPDX-License-Identifier: MIT */
/*
 * From one loop to another. A descriptor is nobody's in particular, so a connection moves as a
 * whole into a backend of its own; while that is on no loop the kernel goes on, and what happened
 * is found on the new one.
 */
#include "backend/kernel_internal.h"

int sctpxi_kernel_detach(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                         struct sctpxi_backend **ret_backend, struct sctpxi_conn **ret_conn)
{
    struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of(conn);
    struct sctpxi_kernel *kernel;

    if (self->depth > 0)
        return SCTPX_ESTATE;
    kernel = sctpxi_kernel_copy(sctpxi_kernel_of(backend));
    if (!kernel)
        return SCTPX_ENOMEM;
    sctpxi_loop_watch_stop(&self->watch);
    sctpxi_loop_defer_cancel(&self->defer);
    sctpxi_loop_timer_done(&self->timer);
    LIST_REMOVE(self, link);
    LIST_INSERT_HEAD(&kernel->conns, self, link);
    self->kernel = kernel;
    self->owner = NULL;
    *ret_backend = &kernel->backend;
    *ret_conn = conn;
    return 0;
}

int sctpxi_kernel_attach(struct sctpxi_backend *backend, struct sctpxi_conn *conn, sctpx_loop *loop,
                         void *owner)
{
    struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of(conn);
    struct sctpxi_kernel *kernel = sctpxi_kernel_of(backend);
    int result = sctpxi_kernel_conn_join(self, loop);

    if (result < 0)
        return result;
    sctpxi_kernel_join(kernel, loop);
    sctpxi_kernel_set_owner(backend, conn, owner);
    sctpxi_kernel_conn_watch(self);
    sctpxi_kernel_conn_poll_soon(self);
    return 0;
}

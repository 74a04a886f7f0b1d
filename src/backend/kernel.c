/* SPDX-License-Identifier: MIT */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/kernel_internal.h"

/* ---- life --------------------------------------------------------------------------------- */

static void take_down(struct sctpxi_kernel *kernel)
{
    struct sctpxi_kernel_listener *listener;
    struct sctpxi_kernel_conn *conn, *next;

    while ((listener = LIST_FIRST(&kernel->listeners)) != NULL)
        sctpxi_kernel_listener_free(listener);
    for (conn = LIST_FIRST(&kernel->conns); conn; conn = next) {
        next = LIST_NEXT(conn, link);
        sctpxi_kernel_free(&kernel->backend, (struct sctpxi_conn *)(void *)conn);
    }
    if (kernel->spare_fd >= 0)
        close(kernel->spare_fd);
    kernel->spare_fd = -1;
    if (kernel->loop)
        sctpxi_loop_client_remove(&kernel->client);
    kernel->loop = NULL;
}

/* The loop goes: who still has references must not use them any more. */
static void on_loop_close(struct sctpxi_loop_client *client)
{
    struct sctpxi_kernel *kernel =
        (struct sctpxi_kernel *)(void *)((char *)client - offsetof(struct sctpxi_kernel, client));

    kernel->refs = 0;
    take_down(kernel);
    sctpxi_kernel_reap(kernel);
}

void sctpxi_kernel_reap(struct sctpxi_kernel *kernel)
{
    if (kernel->refs > 0 || kernel->depth > 0)
        return;
    take_down(kernel);
    free(kernel->buffer);
    free(kernel);
}

static void kernel_acquire(struct sctpxi_backend *backend)
{
    sctpxi_kernel_of(backend)->refs++;
}

static void kernel_release(struct sctpxi_backend *backend)
{
    struct sctpxi_kernel *kernel = sctpxi_kernel_of(backend);

    kernel->refs--;
    sctpxi_kernel_reap(kernel);
}

/* ---- what it is --------------------------------------------------------------------------- */

static size_t kernel_locals(const struct sctpxi_backend *backend, sctpx_addr *ret_addrs,
                            size_t capacity)
{
    static const sctpx_addr any[2] = {{.family = SCTPX_IPV4}, {.family = SCTPX_IPV6}};
    const struct sctpxi_kernel *kernel = sctpxi_kernel_of_const(backend);
    const sctpx_addr *addrs = kernel->addr_count > 0 ? kernel->addrs : any;
    size_t count = kernel->addr_count;

    if (count == 0)
        count = kernel->has_ipv6 ? 2 : 1;
    for (size_t i = 0; i < count && i < capacity; i++)
        ret_addrs[i] = addrs[i];
    return count;
}

static uint16_t kernel_udp_port(const struct sctpxi_backend *backend)
{
    (void)backend;
    return 0;
}

/* The kernel counts for the whole host; only what is ours is told. */
static void kernel_stats(const struct sctpxi_backend *backend, sctpx_endpoint_stats *ret_stats)
{
    const struct sctpxi_kernel *kernel = sctpxi_kernel_of_const(backend);
    const struct sctpxi_kernel_conn *conn;

    *ret_stats = (sctpx_endpoint_stats){0};
    LIST_FOREACH (conn, &kernel->conns, link)
        ret_stats->associations++;
}

static const struct sctpxi_backend_table kernel_table = {
    .acquire = kernel_acquire,
    .release = kernel_release,
    .locals = kernel_locals,
    .udp_port = kernel_udp_port,
    .stats = kernel_stats,
    .listen = sctpxi_kernel_listen,
    .unlisten = sctpxi_kernel_unlisten,
    .waiting = sctpxi_kernel_waiting,
    .accept = sctpxi_kernel_accept,
    .connect = sctpxi_kernel_connect,
    .set_owner = sctpxi_kernel_set_owner,
    .free = sctpxi_kernel_free,
    .shutdown = sctpxi_kernel_shutdown,
    .abort = sctpxi_kernel_abort,
    .send = sctpxi_kernel_send,
    .receive = sctpxi_kernel_receive,
    .peek = sctpxi_kernel_peek,
    .read_bytes = sctpxi_kernel_read_bytes,
    .peek_bytes = sctpxi_kernel_peek_bytes,
    .next_failed = sctpxi_kernel_next_failed,
    .next_report = sctpxi_kernel_next_report,
    .flush = sctpxi_kernel_flush,
    .readable_bytes = sctpxi_kernel_readable_bytes,
    .next_readable = sctpxi_kernel_next_readable,
    .unacked_bytes = sctpxi_kernel_unacked_bytes,
    .status = sctpxi_kernel_status,
    .path = sctpxi_kernel_path,
    .stream = sctpxi_kernel_stream,
    .get_path_options = sctpxi_kernel_get_path_options,
    .set_path_options = sctpxi_kernel_set_path_options,
    .set_primary = sctpxi_kernel_set_primary,
    .heartbeat = sctpxi_kernel_heartbeat,
    .get_options = sctpxi_kernel_get_options,
    .set_options = sctpxi_kernel_set_options,
    .detach = sctpxi_kernel_detach,
    .attach = sctpxi_kernel_attach,
    .adopt = sctpxi_kernel_adopt,
    .adopt_listener = sctpxi_kernel_adopt_listener,
    .descriptor = sctpxi_kernel_descriptor,
    .listener_descriptor = sctpxi_kernel_listener_descriptor,
    .release_descriptor = sctpxi_kernel_release_descriptor,
};

/* ---- making one ---------------------------------------------------------------------------- */

/* "*" and no address at all are the same: all of the host. */
static void take_addrs(struct sctpxi_kernel *kernel, const struct sctpxi_backend_spec *spec)
{
    if (spec->count == 1 && spec->addrs[0].family == SCTPX_NO_FAMILY)
        return;
    kernel->addr_count = spec->count;
    for (size_t i = 0; i < spec->count; i++) {
        kernel->addrs[i] = spec->addrs[i];
        kernel->addrs[i].udp_port = 0;
    }
}

/* Whether this kernel has SCTP, and this host these addresses, shows by trying. */
static int try_out(struct sctpxi_kernel *kernel)
{
    enum sctpx_family family = sctpxi_kernel_socket_family(kernel->addrs, kernel->addr_count);
    int fd, result = sctpxi_kernel_socket_new(family, &fd);

    /* All of a host without IPv6. */
    if (result < 0 && kernel->addr_count == 0)
        result = sctpxi_kernel_socket_new(SCTPX_IPV4, &fd);
    if (result < 0)
        return result;
    if (kernel->addr_count > 0)
        result = sctpxi_kernel_socket_bind(kernel, fd, family, 0);
    close(fd);
    if (result >= 0 && sctpxi_kernel_socket_new(SCTPX_IPV6, &fd) >= 0) {
        kernel->has_ipv6 = true;
        close(fd);
    }
    return result;
}

static struct sctpxi_kernel *allocate(void)
{
    struct sctpxi_kernel *kernel = calloc(1, sizeof(*kernel));

    if (!kernel)
        return NULL;
    kernel->buffer = malloc(SCTPXI_KERNEL_BUFFER_BYTES);
    if (!kernel->buffer) {
        free(kernel);
        return NULL;
    }
    kernel->backend.table = &kernel_table;
    kernel->refs = 1;
    kernel->spare_fd = -1;
    LIST_INIT(&kernel->listeners);
    LIST_INIT(&kernel->conns);
    return kernel;
}

struct sctpxi_kernel *sctpxi_kernel_copy(const struct sctpxi_kernel *kernel)
{
    struct sctpxi_kernel *copy = allocate();

    if (!copy)
        return NULL;
    copy->sink = kernel->sink;
    copy->has_ipv6 = kernel->has_ipv6;
    copy->addr_count = kernel->addr_count;
    memcpy(copy->addrs, kernel->addrs, sizeof(copy->addrs));
    return copy;
}

/* What stands on a backend goes before it. */
void sctpxi_kernel_join(struct sctpxi_kernel *kernel, sctpx_loop *loop)
{
    kernel->loop = loop;
    kernel->client.on_close = on_loop_close;
    sctpxi_loop_client_add_oldest(loop, &kernel->client);
}

int sctpxi_backend_kernel_get(sctpx_loop *loop, const struct sctpxi_backend_spec *spec,
                              const struct sctpxi_backend_sink *sink,
                              struct sctpxi_backend **ret_backend)
{
    struct sctpxi_kernel *kernel;
    int result;

    if (spec->count > SCTPX_MAX_LOCALS)
        return SCTPX_ELIMIT;
    kernel = allocate();
    if (!kernel)
        return SCTPX_ENOMEM;
    kernel->sink = sink;
    take_addrs(kernel, spec);
    result = try_out(kernel);
    if (result < 0) {
        free(kernel->buffer);
        free(kernel);
        return result;
    }
    sctpxi_kernel_join(kernel, loop);
    *ret_backend = &kernel->backend;
    return 0;
}

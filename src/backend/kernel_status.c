/* SPDX-License-Identifier: MIT */
/*
 * The kernel does not tell verification tags, ssthresh, bytes in flight of a path and errors in a
 * row: these are 0.
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/sctp.h> /* includes too little of what it needs */

#include "backend/kernel_internal.h"

/* ---- the association ----------------------------------------------------------------------- */

static void take_status(struct sctpxi_kernel_conn *conn)
{
    struct sctp_status status = {0};
    struct sockaddr_storage primary;
    int path;

    if (sctpxi_kernel_get_sctp(conn->fd, SCTP_STATUS, &status, sizeof(status)) < 0)
        return;
    conn->in_streams = status.sstat_instrms;
    conn->out_streams = status.sstat_outstrms;
    conn->figures.peer_rwnd_bytes = status.sstat_rwnd;
    memcpy(&primary, &status.sstat_primary.spinfo_address, sizeof(primary));
    path = sctpxi_kernel_status_find_path(conn, &primary);
    if (path >= 0)
        conn->primary = (size_t)path;
}

static void take_counters(struct sctpxi_kernel_conn *conn)
{
    struct sctp_assoc_stats stats = {0};

    if (sctpxi_kernel_get_sctp(conn->fd, SCTP_GET_ASSOC_STATS, &stats, sizeof(stats)) < 0)
        return;
    conn->figures.sent_chunks = stats.sas_oodchunks + stats.sas_ouodchunks;
    conn->figures.received_chunks = stats.sas_iodchunks + stats.sas_iuodchunks;
    conn->figures.retransmitted_chunks = stats.sas_rtxchunks;
    conn->figures.duplicate_chunks = stats.sas_idupchunks;
    conn->figures.sent_packets = stats.sas_opackets;
    conn->figures.received_packets = stats.sas_ipackets;
}

void sctpxi_kernel_status_refresh(struct sctpxi_kernel_conn *conn)
{
    if (conn->fd < 0)
        return;
    take_status(conn);
    take_counters(conn);
}

/* Looking changes nothing but what was seen last. */
static struct sctpxi_kernel_conn *looked_at(const struct sctpxi_conn *conn)
{
    union {
        const struct sctpxi_conn *from;
        struct sctpxi_kernel_conn *to;
    } cast = {.from = conn};

    sctpxi_kernel_status_refresh(cast.to);
    return cast.to;
}

void sctpxi_kernel_status(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                          sctpx_assoc_status *ret_status)
{
    const struct sctpxi_kernel_conn *self = looked_at(conn);
    sctpx_assoc_status status = self->figures;

    (void)backend;
    status.state = self->state;
    status.error = self->error;
    status.local_port = self->local_port;
    status.remote_port = self->remote_port;
    status.in_streams = self->in_streams;
    status.out_streams = self->out_streams;
    status.paths = self->path_count;
    status.primary = self->primary;
    status.data_path = self->primary;
    status.unsent_bytes = self->outbox.waiting_bytes;
    status.unacked_bytes = self->outbox.unacked_bytes - self->outbox.waiting_bytes;
    status.readable_bytes = self->inbox.readable_bytes;
    status.readable_messages = self->inbox.readable_messages;
    status.rcvbuf_bytes = self->inbox.limit_bytes;
    status.rcvbuf_used_bytes = self->inbox.used_bytes;
    status.sent_bytes = self->outbox.handed_bytes;
    status.received_bytes = self->inbox.received_bytes;
    *ret_status = status;
}

int sctpxi_kernel_stream(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                         uint16_t stream, sctpx_stream_status *ret_status)
{
    const struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of_const(conn);

    (void)backend;
    if (stream >= self->in_streams && stream >= self->out_streams)
        return SCTPX_ESTREAM;
    *ret_status = (sctpx_stream_status){0};
    sctpxi_kernel_inbox_stream(&self->inbox, stream, ret_status);
    sctpxi_kernel_outbox_stream(&self->outbox, stream, ret_status);
    return 0;
}

/* ---- paths --------------------------------------------------------------------------------- */

int sctpxi_kernel_status_find_path(const struct sctpxi_kernel_conn *conn, const void *storage)
{
    sctpx_addr addr;

    if (sctpxi_kernel_addr_from(storage, &addr, NULL) < 0)
        return -1;
    for (size_t i = 0; i < conn->path_count; i++)
        if (sctpx_addr_same_ip(&conn->paths[i].remote, &addr))
            return (int)i;
    return -1;
}

/* Paths that are known keep their numbers, also when an address is gone. */
void sctpxi_kernel_status_refresh_paths(struct sctpxi_kernel_conn *conn)
{
    sctpx_addr addrs[SCTPX_MAX_PATHS];
    size_t count =
        sctpxi_kernel_addr_list(conn->fd, SCTP_GET_PEER_ADDRS, addrs, SCTPX_MAX_PATHS, NULL);

    for (size_t i = 0; i < count && conn->path_count < SCTPX_MAX_PATHS; i++) {
        size_t k = 0;

        while (k < conn->path_count && !sctpx_addr_same_ip(&conn->paths[k].remote, &addrs[i]))
            k++;
        if (k == conn->path_count)
            conn->paths[conn->path_count++].remote = addrs[i];
    }
    for (size_t i = 0; i < conn->path_count; i++) {
        sctpx_addr *remote = &conn->paths[i].remote;

        if (remote->udp_port == 0)
            remote->udp_port = sctpxi_kernel_addr_udp_port(conn->fd, remote, conn->remote_port);
    }
    take_status(conn); /* which of them is the primary one */
}

/* The kernel chooses a source address for each packet: the first that suits. */
static sctpx_addr local_for(const struct sctpxi_kernel_conn *conn, const sctpx_addr *remote)
{
    sctpx_addr addrs[SCTPX_MAX_LOCALS];
    size_t count =
        sctpxi_kernel_addr_list(conn->fd, SCTP_GET_LOCAL_ADDRS, addrs, SCTPX_MAX_LOCALS, NULL);

    for (size_t i = 0; i < count; i++)
        if (addrs[i].family == remote->family)
            return addrs[i];
    return (sctpx_addr){0};
}

static void take_path_info(const struct sctpxi_kernel_conn *conn, sctpx_path_status *status)
{
    struct sctp_paddrinfo info = {0};
    struct sockaddr_storage storage = {0};

    (void)sctpxi_kernel_addr_to(&status->remote, conn->remote_port, &storage);
    info.spinfo_address = storage;
    if (sctpxi_kernel_get_sctp(conn->fd, SCTP_GET_PEER_ADDR_INFO, &info, sizeof(info)) < 0)
        return;
    status->confirmed = info.spinfo_state != SCTP_UNCONFIRMED;
    status->active = info.spinfo_state == SCTP_ACTIVE || info.spinfo_state == SCTP_PF;
    status->cwnd_bytes = info.spinfo_cwnd;
    status->mtu = info.spinfo_mtu;
    status->srtt_us = (sctpx_time)info.spinfo_srtt * 1000;
    status->rto_us = (sctpx_time)info.spinfo_rto * 1000;
}

int sctpxi_kernel_path(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                       size_t path, sctpx_path_status *ret_status)
{
    const struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of_const(conn);
    sctpx_path_status status = {0};

    (void)backend;
    if (path >= self->path_count)
        return SCTPX_EINVAL;
    status.remote = self->paths[path].remote;
    if (self->fd >= 0) {
        status.local = local_for(self, &status.remote);
        take_path_info(self, &status);
    }
    *ret_status = status;
    return 0;
}

int sctpxi_kernel_set_primary(struct sctpxi_backend *backend, struct sctpxi_conn *conn, size_t path)
{
    struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of(conn);
    struct sctp_prim primary = {0};
    struct sockaddr_storage storage = {0};
    sctpx_path_status status;
    int result = sctpxi_kernel_path(backend, conn, path, &status);

    if (result < 0)
        return result;
    if (self->fd < 0 || !status.confirmed)
        return SCTPX_ESTATE;
    (void)sctpxi_kernel_addr_to(&status.remote, self->remote_port, &storage);
    primary.ssp_addr = storage;
    result = sctpxi_kernel_set_sctp(self->fd, SCTP_PRIMARY_ADDR, &primary, sizeof(primary));
    if (result < 0)
        return result;
    if (self->primary != path) {
        self->primary = path;
        self->paths[path].marks |= SCTPXI_KERNEL_PATH_PRIMARY;
        sctpxi_kernel_conn_mark(self, SCTPXI_KERNEL_PATHS);
    }
    return 0;
}

/* ---- heartbeats ---------------------------------------------------------------------------- */

/* The kernel does not report an answer: it shows as a control chunk that is no SACK. */
static uint64_t control_chunks(int fd)
{
    struct sctp_assoc_stats stats = {0};

    (void)sctpxi_kernel_get_sctp(fd, SCTP_GET_ASSOC_STATS, &stats, sizeof(stats));
    return stats.sas_ictrlchunks - stats.sas_isacks;
}

int sctpxi_kernel_heartbeat(struct sctpxi_backend *backend, struct sctpxi_conn *conn, size_t path)
{
    struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of(conn);
    struct sctp_paddrparams params = {.spp_flags = SPP_HB_DEMAND};
    struct sockaddr_storage storage = {0};
    uint64_t before;
    int result;

    (void)backend;
    if (path >= self->path_count)
        return SCTPX_EINVAL;
    if (self->fd < 0 || self->state != SCTPX_ESTABLISHED)
        return SCTPX_ESTATE;
    (void)sctpxi_kernel_addr_to(&self->paths[path].remote, self->remote_port, &storage);
    params.spp_address = storage;
    before = control_chunks(self->fd);
    result = sctpxi_kernel_set_sctp(self->fd, SCTP_PEER_ADDR_PARAMS, &params, sizeof(params));
    if (result < 0)
        return result;
    self->heartbeat_at = sctpx_loop_now(self->kernel->loop);
    self->heartbeat_path = path;
    self->heartbeat_chunks = before;
    sctpxi_kernel_conn_poll_soon(self);
    return 0;
}

void sctpxi_kernel_status_look_for_heartbeat(struct sctpxi_kernel_conn *conn)
{
    sctpx_path_status status;

    if (control_chunks(conn->fd) == conn->heartbeat_chunks)
        return;
    conn->heartbeat_rtt_us = sctpx_loop_now(conn->kernel->loop) - conn->heartbeat_at;
    conn->heartbeat_at = 0;
    /* The kernel's own measure is finer than our looking now and then, where it is not 0. */
    if (sctpxi_kernel_path(&conn->kernel->backend, (struct sctpxi_conn *)(void *)conn,
                           conn->heartbeat_path, &status) >= 0 &&
        status.srtt_us > 0 && status.srtt_us < conn->heartbeat_rtt_us)
        conn->heartbeat_rtt_us = status.srtt_us;
    conn->paths[conn->heartbeat_path].marks |= SCTPXI_KERNEL_PATH_HEARTBEAT;
    sctpxi_kernel_conn_mark(conn, SCTPXI_KERNEL_PATHS);
}

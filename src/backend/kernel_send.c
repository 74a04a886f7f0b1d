/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/sctp.h> /* includes too little of what it needs */

#include "backend/kernel_internal.h"

/* In the numbering of <linux/sock_diag.h>, which does not say how many there are. */
enum { MEMINFO_WMEM_QUEUED = 5, MEMINFO_ROOM = 16 };

/* Every message counts with what it costs besides its bytes, as in the engine. */
enum { MESSAGE_OVERHEAD = 64 };

/* ---- limits -------------------------------------------------------------------------------- */

static size_t held_bytes(const struct sctpxi_kernel_conn *conn)
{
    return conn->outbox.unacked_bytes + conn->outbox.message_count * MESSAGE_OVERHEAD;
}

static bool fits(size_t held, size_t length, size_t limit)
{
    return held == 0 || (held < limit && length <= limit - held);
}

static bool has_room(const struct sctpxi_kernel_conn *conn, size_t length, uint16_t stream)
{
    size_t stream_limit = conn->options.sndbuf_stream_bytes;

    if (!fits(held_bytes(conn), length, conn->options.sndbuf_bytes))
        return false;
    return stream_limit == 0 ||
           fits(sctpxi_kernel_outbox_unacked(&conn->outbox, stream), length, stream_limit);
}

/* ---- what is acknowledged ------------------------------------------------------------------ */

static void on_acked(struct sctpxi_kernel_conn *conn)
{
    if (!TAILQ_EMPTY(&conn->outbox.fresh) || !STAILQ_EMPTY(&conn->outbox.reports))
        sctpxi_kernel_conn_mark(conn, SCTPXI_KERNEL_SENT);
    if (conn->is_writable_wanted && held_bytes(conn) <= conn->options.sndbuf_bytes / 2) {
        conn->is_writable_wanted = false;
        sctpxi_kernel_conn_mark(conn, SCTPXI_KERNEL_WRITABLE);
    }
    if (conn->outbox.unacked_bytes == 0 && !conn->was_dry) {
        conn->was_dry = true;
        sctpxi_kernel_conn_mark(conn, SCTPXI_KERNEL_DRY);
    }
}

/* What the kernel's queue of this socket takes. SCTPX_ENOTSUP: it does not tell. */
static int queue_bytes(int fd, size_t *ret_bytes)
{
    uint32_t memory[MEMINFO_ROOM] = {0};
    socklen_t length = sizeof(memory);

    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &length) < 0 ||
        length < (MEMINFO_WMEM_QUEUED + 1) * sizeof(memory[0]))
        return SCTPX_ENOTSUP;
    *ret_bytes = memory[MEMINFO_WMEM_QUEUED];
    return 0;
}

void sctpxi_kernel_send_progress(struct sctpxi_kernel_conn *conn)
{
    size_t bytes;

    /* Over, its queue is empty although nothing was acknowledged. */
    if (conn->over != SCTPXI_KERNEL_NOT_OVER || conn->is_failing || conn->is_stuck ||
        conn->outbox.unacked_bytes == conn->outbox.waiting_bytes)
        return;
    if (queue_bytes(conn->fd, &bytes) >= 0 && sctpxi_kernel_outbox_on_queue(&conn->outbox, bytes))
        on_acked(conn);
}

void sctpxi_kernel_send_on_dry(struct sctpxi_kernel_conn *conn)
{
    size_t bytes = 0;

    if (conn->over != SCTPXI_KERNEL_NOT_OVER)
        return;
    /* Something may have been written since. */
    (void)queue_bytes(conn->fd, &bytes);
    if (sctpxi_kernel_outbox_on_queue(&conn->outbox, bytes))
        on_acked(conn);
}

void sctpxi_kernel_send_on_restart(struct sctpxi_kernel_conn *conn)
{
    conn->is_waiting = false;
    if (conn->is_writable_wanted)
        sctpxi_kernel_conn_mark(conn, SCTPXI_KERNEL_WRITABLE);
    conn->is_writable_wanted = false;
}

void sctpxi_kernel_send_on_end(struct sctpxi_kernel_conn *conn)
{
    if (sctpxi_kernel_outbox_on_queue(&conn->outbox, 0))
        on_acked(conn);
}

/* ---- to the kernel ------------------------------------------------------------------------- */

static ssize_t hand_over(int fd, struct sctpxi_kernel_written *written)
{
    union {
        struct cmsghdr head;
        uint8_t bytes[CMSG_SPACE(sizeof(struct sctp_sndinfo))];
    } control = {.bytes = {0}};
    struct sctp_sndinfo info = {.snd_sid = written->info.stream,
                                .snd_ppid = htonl(written->info.ppid),
                                .snd_context = written->id};
    struct iovec part = {.iov_base = written->bytes, .iov_len = written->length};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};

    if (written->info.flags & SCTPX_MSG_UNORDERED)
        info.snd_flags |= SCTP_UNORDERED;
    if (written->info.flags & SCTPX_MSG_SACK_NOW)
        info.snd_flags |= SCTP_SACK_IMMEDIATELY;
    control.head.cmsg_level = IPPROTO_SCTP;
    control.head.cmsg_type = SCTP_SNDINFO;
    control.head.cmsg_len = CMSG_LEN(sizeof(info));
    memcpy(CMSG_DATA(&control.head), &info, sizeof(info));
    return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool is_passing(int error_number)
{
    return error_number == EAGAIN || error_number == EINTR || error_number == ENOMEM ||
           error_number == ENOBUFS;
}

/* After a shutdown by the peer too the kernel ends it by itself; ours would silence its reports. */
static void shut_down_if_due(struct sctpxi_kernel_conn *conn)
{
    if (!conn->is_shutdown_wanted || conn->is_shut || conn->has_peer_shutdown)
        return;
    conn->is_shut = true;
    (void)shutdown(conn->fd, SHUT_WR);
}

void sctpxi_kernel_send_all(struct sctpxi_kernel_conn *conn)
{
    if (conn->fd < 0 || conn->state < SCTPX_ESTABLISHED)
        return;
    while (conn->outbox.waiting && !conn->is_stuck) {
        if (hand_over(conn->fd, conn->outbox.waiting) >= 0) {
            sctpxi_kernel_outbox_handed(&conn->outbox);
        } else {
            /* Anything else is the association's end, which is reported to the reader. */
            conn->is_stuck = !is_passing(errno);
            break;
        }
    }
    if (!conn->outbox.waiting || conn->is_stuck)
        shut_down_if_due(conn);
}

static int check(const struct sctpxi_kernel_conn *conn, size_t length, const sctpx_sndinfo *info)
{
    uint16_t streams = conn->out_streams != 0 ? conn->out_streams : conn->options.out_streams;

    if (conn->state == SCTPX_CLOSED || conn->state > SCTPX_ESTABLISHED || conn->fd < 0)
        return SCTPX_ESTATE;
    if (length == 0)
        return SCTPX_EEMPTY;
    if (length > SCTPX_MAX_SEND_BYTES)
        return SCTPX_EMSGSIZE;
    return info->stream < streams ? 0 : SCTPX_ESTREAM;
}

int sctpxi_kernel_send(struct sctpxi_backend *backend, struct sctpxi_conn *conn, const void *data,
                       size_t length, const sctpx_sndinfo *info)
{
    struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of(conn);
    int result = check(self, length, info);

    (void)backend;
    if (result >= 0)
        result = sctpxi_kernel_options_fit(self->fd, length);
    if (result < 0)
        return result;
    /* What has been acknowledged meanwhile is for the loop to find out, like all that happens. */
    if (!has_room(self, length, info->stream)) {
        self->is_writable_wanted = true;
        self->marks &= ~(unsigned)SCTPXI_KERNEL_WRITABLE; /* that room is taken */
        sctpxi_kernel_conn_poll_now(self);
        return SCTPX_EWOULDBLOCK;
    }
    result = sctpxi_kernel_outbox_push(&self->outbox, data, length, info);
    if (result < 0)
        return result;
    if (info->release)
        info->release(info->context, data, length); /* the outbox has a copy */
    self->was_dry = false;
    self->marks &= ~(unsigned)SCTPXI_KERNEL_DRY; /* not any more */
    sctpxi_kernel_send_all(self);
    sctpxi_kernel_conn_poll_soon(self);
    sctpxi_kernel_conn_watch(self);
    return 0;
}

size_t sctpxi_kernel_unacked_bytes(const struct sctpxi_backend *backend,
                                   const struct sctpxi_conn *conn, int stream)
{
    (void)backend;
    return sctpxi_kernel_outbox_unacked(&sctpxi_kernel_conn_of_const(conn)->outbox, stream);
}

int sctpxi_kernel_next_failed(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                              sctpx_failed_message *ret_message)
{
    (void)backend;
    return sctpxi_kernel_outbox_next_failed(&sctpxi_kernel_conn_of(conn)->outbox, ret_message);
}

int sctpxi_kernel_next_report(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                              sctpx_message_report *ret_report)
{
    (void)backend;
    return sctpxi_kernel_outbox_next_report(&sctpxi_kernel_conn_of(conn)->outbox, ret_report);
}

void sctpxi_kernel_flush(struct sctpxi_backend *backend)
{
    struct sctpxi_kernel_conn *conn;

    LIST_FOREACH (conn, &sctpxi_kernel_of(backend)->conns, link)
        sctpxi_kernel_send_all(conn);
}

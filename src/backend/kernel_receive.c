/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/sctp.h> /* includes too little of what it needs */

#include "backend/kernel_internal.h"

/* Messages in one go; then others have their turn. */
enum { READ_MAX = 64 };

/* What one recvmsg() gave. */
struct piece {
    size_t length;
    bool is_notification, is_end, has_info;
    sctpx_rcvinfo info;
    struct sockaddr_storage peer;
    socklen_t peer_length;
};

/* ---- one recvmsg() ------------------------------------------------------------------------- */

static void take_info(struct msghdr *message, struct piece *ret_piece)
{
    struct sctp_rcvinfo info;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != IPPROTO_SCTP || c->cmsg_type != SCTP_RCVINFO ||
            c->cmsg_len < CMSG_LEN(sizeof(info)))
            continue;
        memcpy(&info, CMSG_DATA(c), sizeof(info));
        ret_piece->has_info = true;
        ret_piece->info =
            (sctpx_rcvinfo){.stream = info.rcv_sid,
                            .ssn = info.rcv_flags & SCTP_UNORDERED ? 0 : info.rcv_ssn,
                            .flags = info.rcv_flags & SCTP_UNORDERED ? SCTPX_MSG_UNORDERED : 0,
                            .ppid = ntohl(info.rcv_ppid),
                            .tsn = info.rcv_tsn};
    }
}

/* Returns what recvmsg() does. */
static ssize_t read_piece(const struct sctpxi_kernel_conn *conn, struct piece *ret_piece)
{
    union {
        struct cmsghdr align;
        uint8_t bytes[256]; /* somebody may have asked for more than we do */
    } control;
    struct iovec part = {.iov_base = conn->kernel->buffer, .iov_len = SCTPXI_KERNEL_BUFFER_BYTES};
    struct msghdr message = {.msg_name = &ret_piece->peer,
                             .msg_namelen = sizeof(ret_piece->peer),
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t result;

    do {
        result = recvmsg(conn->fd, &message, 0);
    } while (result < 0 && errno == EINTR);
    if (result < 0)
        return result;
    ret_piece->length = (size_t)result;
    ret_piece->is_notification = (message.msg_flags & MSG_NOTIFICATION) != 0;
    ret_piece->is_end = (message.msg_flags & MSG_EOR) != 0;
    ret_piece->peer_length = message.msg_namelen;
    if (!ret_piece->is_notification)
        take_info(&message, ret_piece);
    return result;
}

/* ---- what it means ------------------------------------------------------------------------- */

/* Of an association that was over before it was accepted nothing else tells who it was. */
static void learn_peer(struct sctpxi_kernel_conn *conn, const struct piece *piece)
{
    if (conn->path_count > 0 || piece->peer_length < sizeof(struct sockaddr_in))
        return;
    if (sctpxi_kernel_addr_from(&piece->peer, &conn->paths[0].remote, &conn->remote_port) >= 0)
        conn->path_count = 1;
}

static void take_notification(struct sctpxi_kernel_conn *conn, const struct piece *piece)
{
    /* None is longer than the buffer; should one be, its beginning has what counts. */
    if (!conn->is_skipping)
        sctpxi_kernel_notify(conn, conn->kernel->buffer, piece->length);
    conn->is_skipping = !piece->is_end;
}

static bool is_stream(const struct sctpxi_kernel_conn *conn, uint16_t stream)
{
    return stream < SCTPX_MAX_STREAMS && (conn->in_streams == 0 || stream < conn->in_streams);
}

static void take_data(struct sctpxi_kernel_conn *conn, const struct piece *piece)
{
    int result;

    learn_peer(conn, piece);
    /* Without a stream there is no place for it. The kernel checks both: not with our eyes. */
    if (!piece->has_info || !is_stream(conn, piece->info.stream)) {
        sctpxi_kernel_conn_abort(conn, SCTPX_EPROTO);
        return;
    }
    result = sctpxi_kernel_inbox_add(&conn->inbox, &piece->info, conn->kernel->buffer,
                                     piece->length, piece->is_end);
    if (result < 0)
        sctpxi_kernel_conn_abort(conn, result);
    else if (!TAILQ_EMPTY(&conn->inbox.fresh))
        sctpxi_kernel_conn_mark(conn, SCTPXI_KERNEL_READABLE);
}

/* The peer has shut down; the end of the association is reported later, and polling for reading
   would go on telling this one. */
static void take_end_of_file(struct sctpxi_kernel_conn *conn)
{
    struct sctp_status status;

    if (!conn->has_end_of_file) {
        conn->has_end_of_file = true;
        sctpxi_loop_watch_stop(&conn->watch);
        if (!conn->has_peer_shutdown)
            sctpxi_kernel_conn_mark(conn, SCTPXI_KERNEL_PEER_SHUTDOWN);
        conn->has_peer_shutdown = true;
        if (conn->state < SCTPX_SHUTDOWN_RECEIVED)
            conn->state = SCTPX_SHUTDOWN_RECEIVED;
        sctpxi_kernel_conn_poll_soon(conn);
    }
    /* It is not reported when this end, too, has shut down just then. */
    if (conn->over == SCTPXI_KERNEL_NOT_OVER &&
        sctpxi_kernel_get_sctp(conn->fd, SCTP_STATUS, &status, sizeof(status)) < 0)
        conn->over = SCTPXI_KERNEL_COMPLETE;
}

/* One step. Returns false when there is nothing more to read now. */
static bool step(struct sctpxi_kernel_conn *conn)
{
    struct piece piece = {0};
    ssize_t result = read_piece(conn, &piece);
    int error_number = result < 0 ? errno : 0;

    if (result > 0 || (result == 0 && piece.is_end)) {
        if (piece.is_notification)
            take_notification(conn, &piece);
        else
            take_data(conn, &piece);
        return true;
    }
    if (result == 0)
        take_end_of_file(conn);
    else if (error_number != EAGAIN && conn->over == SCTPXI_KERNEL_NOT_OVER)
        conn->over = conn->state < SCTPX_ESTABLISHED ? SCTPXI_KERNEL_NEVER_UP : SCTPXI_KERNEL_LOST;
    if (conn->over != SCTPXI_KERNEL_NOT_OVER)
        sctpxi_kernel_notify_end(conn, error_number == EAGAIN ? 0 : error_number);
    return false;
}

bool sctpxi_kernel_receive_all(struct sctpxi_kernel_conn *conn)
{
    for (int i = 0; i < READ_MAX; i++) {
        /* What comes after the report of the end is little: what failed. */
        if (!conn->is_failing && conn->over == SCTPXI_KERNEL_NOT_OVER &&
            sctpxi_kernel_inbox_is_full(&conn->inbox))
            return false;
        if (conn->fd < 0 || !step(conn))
            return false;
    }
    return true;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* There may be room again. */
static long on_read(struct sctpxi_kernel_conn *conn, long result)
{
    if (result > 0)
        sctpxi_kernel_conn_watch(conn);
    return result;
}

long sctpxi_kernel_receive(struct sctpxi_backend *backend, struct sctpxi_conn *conn, int stream,
                           void *buffer, size_t capacity, sctpx_rcvinfo *ret_info)
{
    struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of(conn);

    (void)backend;
    return on_read(self,
                   sctpxi_kernel_inbox_receive(&self->inbox, stream, buffer, capacity, ret_info));
}

long sctpxi_kernel_peek(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                        int stream, void *buffer, size_t capacity, sctpx_rcvinfo *ret_info)
{
    (void)backend;
    return sctpxi_kernel_inbox_peek(&sctpxi_kernel_conn_of_const(conn)->inbox, stream, buffer,
                                    capacity, ret_info);
}

long sctpxi_kernel_read_bytes(struct sctpxi_backend *backend, struct sctpxi_conn *conn, int stream,
                              void *buffer, size_t capacity)
{
    struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of(conn);

    (void)backend;
    return on_read(self, sctpxi_kernel_inbox_read_bytes(&self->inbox, stream, buffer, capacity));
}

long sctpxi_kernel_peek_bytes(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                              int stream, size_t offset, void *buffer, size_t capacity)
{
    (void)backend;
    return sctpxi_kernel_inbox_peek_bytes(&sctpxi_kernel_conn_of_const(conn)->inbox, stream, offset,
                                          buffer, capacity);
}

size_t sctpxi_kernel_readable_bytes(const struct sctpxi_backend *backend,
                                    const struct sctpxi_conn *conn, int stream)
{
    (void)backend;
    return sctpxi_kernel_inbox_readable(&sctpxi_kernel_conn_of_const(conn)->inbox, stream);
}

int sctpxi_kernel_next_readable(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                                bool is_first)
{
    struct sctpxi_kernel_inbox *inbox = &sctpxi_kernel_conn_of(conn)->inbox;
    int stream;

    (void)backend;
    if (is_first)
        sctpxi_kernel_inbox_renew(inbox);
    do
        stream = sctpxi_kernel_inbox_next_fresh(inbox);
    while (stream >= 0 && sctpxi_kernel_inbox_readable(inbox, stream) == 0);
    return stream;
}

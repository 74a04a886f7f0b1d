/* SPDX-License-Identifier: MIT */
/*
 * Reports of the kernel (RFC 6458 6.1). Their bytes are copied into structures of the right size
 * first, whatever length they have: members that are not there are zero.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/sctp.h> /* includes too little of what it needs */

#include "backend/kernel_internal.h"

/* RFC 9260 3.3.10 */
enum { CAUSE_HEADER_BYTES = 4, CAUSE_STALE_COOKIE = 3, CAUSE_USER_ABORT = 12 };

static void copy(void *ret_to, size_t size, const uint8_t *bytes, size_t length)
{
    memset(ret_to, 0, size);
    memcpy(ret_to, bytes, length < size ? length : size);
}

/* ---- the association ----------------------------------------------------------------------- */

/* The first cause of the peer's ABORT; what follows is left. */
static void take_cause(struct sctpxi_kernel_conn *conn, const uint8_t *bytes, size_t length)
{
    size_t cause_length;

    if (length < CAUSE_HEADER_BYTES)
        return;
    conn->abort_cause = (uint16_t)(bytes[0] << 8 | bytes[1]);
    cause_length = (size_t)bytes[2] << 8 | bytes[3];
    if (cause_length < CAUSE_HEADER_BYTES || cause_length > length)
        cause_length = CAUSE_HEADER_BYTES;
    conn->reason_length = cause_length - CAUSE_HEADER_BYTES;
    if (conn->reason_length > sizeof(conn->reason))
        conn->reason_length = sizeof(conn->reason);
    memcpy(conn->reason, bytes + CAUSE_HEADER_BYTES, conn->reason_length);
}

static void on_lost(struct sctpxi_kernel_conn *conn, const struct sctp_assoc_change *change,
                    const uint8_t *bytes, size_t length)
{
    conn->over =
        change->sac_state == SCTP_CANT_STR_ASSOC ? SCTPXI_KERNEL_NEVER_UP : SCTPXI_KERNEL_LOST;
    conn->abort_cause = ntohs(change->sac_error);
    if (length > sizeof(*change))
        take_cause(conn, bytes + sizeof(*change), length - sizeof(*change));
}

static void on_restart(struct sctpxi_kernel_conn *conn, const struct sctp_assoc_change *change)
{
    conn->in_streams = change->sac_inbound_streams;
    conn->out_streams = change->sac_outbound_streams;
    sctpxi_kernel_inbox_drop_partial(&conn->inbox);
    sctpxi_kernel_outbox_fail(&conn->outbox, SCTPX_ERESTARTED);
    sctpxi_kernel_status_refresh_paths(conn);
    sctpxi_kernel_conn_mark(conn, SCTPXI_KERNEL_RESTARTED);
    sctpxi_kernel_send_on_restart(conn);
}

static void on_assoc_change(struct sctpxi_kernel_conn *conn, const uint8_t *bytes, size_t length)
{
    struct sctp_assoc_change change;

    copy(&change, sizeof(change), bytes, length);
    switch (change.sac_state) {
    case SCTP_COMM_UP:
        if (conn->in_streams == 0) {
            conn->in_streams = change.sac_inbound_streams;
            conn->out_streams = change.sac_outbound_streams;
        }
        sctpxi_kernel_conn_up(conn);
        break;
    case SCTP_RESTART:
        on_restart(conn, &change);
        break;
    case SCTP_COMM_LOST:
    case SCTP_CANT_STR_ASSOC:
        on_lost(conn, &change, bytes, length);
        break;
    case SCTP_SHUTDOWN_COMP:
        conn->over = SCTPXI_KERNEL_COMPLETE;
        break;
    default:
        break;
    }
}

/* ---- how it ended -------------------------------------------------------------------------- */

static int error_of_set_up(const struct sctpxi_kernel_conn *conn, int error_number)
{
    if (conn->abort_cause == CAUSE_STALE_COOKIE)
        return SCTPX_ESTALECOOKIE;
    switch (error_number) {
    case ECONNREFUSED: /* ABORT */
    case ECONNRESET:
    case ENOPROTOOPT: /* ICMP: no SCTP there */
    case 0:
        return SCTPX_EREFUSED;
    case ETIMEDOUT:
        return SCTPX_ETIMEDOUT;
    case EPROTO:
    case ECONNABORTED:
        return SCTPX_EPROTO;
    default:
        return sctpxi_kernel_error(error_number);
    }
}

static int error_of_loss(const struct sctpxi_kernel_conn *conn, int error_number)
{
    switch (error_number) {
    case ETIMEDOUT:
        return SCTPX_ELOST;
    case ECONNABORTED: /* what the peer sent made the kernel abort it */
    case EPROTO:
        return SCTPX_EPROTO;
    case 0: /* it was over before it was accepted: the listener got the error */
        return conn->abort_cause != 0 || conn->reason_length > 0 ? SCTPX_EPEERABORT : SCTPX_ELOST;
    default:
        return SCTPX_EPEERABORT;
    }
}

void sctpxi_kernel_notify_end(struct sctpxi_kernel_conn *conn, int error_number)
{
    switch (conn->over) {
    case SCTPXI_KERNEL_NEVER_UP:
        /* A refusal by a packet of an SCTP stack, not by ICMP. */
        conn->figures.received_packets += error_number == ECONNREFUSED;
        sctpxi_kernel_conn_end(conn, error_of_set_up(conn, error_number));
        break;
    case SCTPXI_KERNEL_LOST:
        sctpxi_kernel_conn_end(conn, error_of_loss(conn, error_number));
        break;
    case SCTPXI_KERNEL_COMPLETE:
        sctpxi_kernel_send_on_end(conn);
        sctpxi_kernel_conn_end(conn, conn->is_shutdown_wanted ? 0 : SCTPX_EPEERSHUTDOWN);
        break;
    case SCTPXI_KERNEL_NOT_OVER:
        break;
    }
}

/* ---- the rest ------------------------------------------------------------------------------ */

static void mark_path(struct sctpxi_kernel_conn *conn, size_t path, int state)
{
    switch (state) {
    case SCTP_ADDR_CONFIRMED:
        conn->paths[path].marks |= SCTPXI_KERNEL_PATH_CONFIRMED;
        break;
    case SCTP_ADDR_AVAILABLE:
        conn->paths[path].marks |= SCTPXI_KERNEL_PATH_UP;
        break;
    case SCTP_ADDR_UNREACHABLE:
        conn->paths[path].marks |= SCTPXI_KERNEL_PATH_DOWN;
        break;
    case SCTP_ADDR_MADE_PRIM:
        conn->paths[path].marks |= SCTPXI_KERNEL_PATH_PRIMARY;
        conn->primary = path;
        break;
    default:
        return;
    }
    sctpxi_kernel_conn_mark(conn, SCTPXI_KERNEL_PATHS);
}

static void on_path_change(struct sctpxi_kernel_conn *conn, const uint8_t *bytes, size_t length)
{
    struct sctp_paddr_change change;
    struct sockaddr_storage storage;
    int path;

    copy(&change, sizeof(change), bytes, length);
    if (conn->state < SCTPX_ESTABLISHED)
        return; /* the paths are not known yet */
    memcpy(&storage, &change.spc_aaddr, sizeof(storage));
    path = sctpxi_kernel_status_find_path(conn, &storage);
    if (path < 0) {
        sctpxi_kernel_status_refresh_paths(conn);
        path = sctpxi_kernel_status_find_path(conn, &storage);
    }
    if (path >= 0)
        mark_path(conn, (size_t)path, change.spc_state);
}

static void on_remote_error(struct sctpxi_kernel_conn *conn, const uint8_t *bytes, size_t length)
{
    struct sctp_remote_error error;

    copy(&error, sizeof(error), bytes, length);
    conn->remote_error = ntohs(error.sre_error);
    sctpxi_kernel_conn_mark(conn, SCTPXI_KERNEL_REMOTE_ERROR);
}

static void on_send_failed(struct sctpxi_kernel_conn *conn, const uint8_t *bytes, size_t length)
{
    struct sctp_send_failed_event failed;

    copy(&failed, sizeof(failed), bytes, length);
    sctpxi_kernel_outbox_on_failed(&conn->outbox, failed.ssfe_info.snd_context,
                                   failed.ssf_flags == SCTP_DATA_SENT);
}

/* Once it is certain that we do not only answer it: the association may have ended by now. */
static void on_peer_shutdown(struct sctpxi_kernel_conn *conn)
{
    if (conn->has_peer_shutdown)
        return;
    conn->has_peer_shutdown = true;
    if (conn->state < SCTPX_SHUTDOWN_RECEIVED)
        conn->state = SCTPX_SHUTDOWN_RECEIVED;
    sctpxi_kernel_conn_mark(conn, SCTPXI_KERNEL_PEER_SHUTDOWN);
    sctpxi_kernel_conn_poll_soon(conn);
}

void sctpxi_kernel_notify(struct sctpxi_kernel_conn *conn, const uint8_t *bytes, size_t length)
{
    uint16_t type = 0;

    copy(&type, sizeof(type), bytes, length);
    switch (type) {
    case SCTP_ASSOC_CHANGE:
        on_assoc_change(conn, bytes, length);
        break;
    case SCTP_PEER_ADDR_CHANGE:
        on_path_change(conn, bytes, length);
        break;
    case SCTP_REMOTE_ERROR:
        on_remote_error(conn, bytes, length);
        break;
    case SCTP_SEND_FAILED_EVENT:
        on_send_failed(conn, bytes, length);
        break;
    case SCTP_SHUTDOWN_EVENT:
        on_peer_shutdown(conn);
        break;
    case SCTP_PARTIAL_DELIVERY_EVENT: /* the only one there is: the rest will not come */
        sctpxi_kernel_inbox_drop_partial(&conn->inbox);
        break;
    case SCTP_SENDER_DRY_EVENT:
        sctpxi_kernel_send_on_dry(conn);
        break;
    default: /* of somebody who owned the descriptor before */
        break;
    }
}

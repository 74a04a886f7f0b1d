/* SPDX-License-Identifier: MIT */
/* What went wrong, in words that say what to do. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sctpx/addr.h>

#include "api/socket.h"

enum { TEXT_BYTES = 400, ABORT_BYTES = 200, REASON_BYTES = 256 };

/* "192.0.2.1:9899", or "[2001:db8::1]:9899". */
static void format_peer(const sctpx_socket *socket, char *buffer, size_t capacity)
{
    if (sctpx_addr_format(&socket->peer, buffer, capacity) < 0)
        (void)snprintf(buffer, capacity, "?");
}

/* A refusal by ICMP came without any packet of an SCTP stack. */
static bool has_heard_peer(const sctpx_socket *socket)
{
    sctpx_assoc_status status;

    if (!socket->conn)
        return false;
    socket->backend->table->status(socket->backend, socket->conn, &status);
    return status.received_packets > 0;
}

/* RFC 9260 3.3.10, in words for who looks for the reason. */
static const char *cause_text(uint16_t cause)
{
    static const char *const texts[] = {"none",
                                        "invalid stream",
                                        "missing parameter",
                                        "stale cookie",
                                        "out of resource, such as a message longer than it takes",
                                        "unresolvable address",
                                        "unrecognized chunk",
                                        "invalid parameter",
                                        "unrecognized parameters",
                                        "no user data",
                                        "cookie received while shutting down",
                                        "restart with new addresses",
                                        "by its user",
                                        "protocol violation"};

    return cause < sizeof(texts) / sizeof(texts[0]) ? texts[cause] : "not one of RFC 9260";
}

/* Bytes of a peer's making: only what is harmless on a terminal is shown. */
static void format_abort(const sctpx_socket *socket, char *buffer, size_t capacity)
{
    char reason[81];
    size_t length = socket->abort_reason_length;

    if (length > sizeof(reason) - 1)
        length = sizeof(reason) - 1;
    for (size_t i = 0; i < length; i++) {
        uint8_t c = socket->abort_reason[i];

        reason[i] = c >= 0x20 && c < 0x7f ? (char)c : '.';
    }
    reason[length] = '\0';
    (void)snprintf(buffer, capacity, "(cause %u, %s)%s%s", (unsigned)socket->abort_cause,
                   cause_text(socket->abort_cause), length > 0 ? ": " : "", reason);
}

static void describe_unreachable(const sctpx_socket *socket, char *text)
{
    sctpx_addr ip = socket->peer;
    char host[SCTPX_ADDR_TEXT_BYTES];

    ip.udp_port = 0;
    if (sctpx_addr_format(&ip, host, sizeof(host)) < 0)
        (void)snprintf(host, sizeof(host), "?");
    if (socket->peer.udp_port == 0) {
        (void)snprintf(text, TEXT_BYTES,
                       "connection refused: %s has no SCTP over IP (protocol unreachable)", host);
        return;
    }
    (void)snprintf(text, TEXT_BYTES,
                   "connection refused: no SCTP stack on UDP port %u of %s (is that the port its "
                   "SCTP is encapsulated in?)",
                   (unsigned)socket->peer.udp_port, host);
}

static void describe_refused(const sctpx_socket *socket, const char *peer, char *text)
{
    char abort[ABORT_BYTES];

    if (!has_heard_peer(socket)) {
        describe_unreachable(socket, text);
    } else if (socket->abort_cause != 0) {
        format_abort(socket, abort, sizeof(abort));
        (void)snprintf(text, TEXT_BYTES, "connection refused by SCTP port %u behind %s %s",
                       (unsigned)socket->peer_port, peer, abort);
    } else {
        (void)snprintf(text, TEXT_BYTES,
                       "connection refused: nothing listens on SCTP port %u behind %s",
                       (unsigned)socket->peer_port, peer);
    }
}

static void describe_abort(const sctpx_socket *socket, const char *peer, char *text)
{
    char abort[ABORT_BYTES];

    if (socket->abort_cause == 0) { /* RFC 9260 8.4 rule 8: the answer to packets of a stranger */
        (void)snprintf(text, TEXT_BYTES,
                       "aborted by the peer %s (no cause given: most likely the peer does not "
                       "know this association; was it restarted?)",
                       peer);
        return;
    }
    format_abort(socket, abort, sizeof(abort));
    (void)snprintf(text, TEXT_BYTES, "aborted by the peer %s %s", peer, abort);
}

/* How long the message would have become is not known: it is given up when it is too long. */
static void describe_too_long(const sctpx_socket *socket, const char *peer, char *text)
{
    (void)snprintf(text, TEXT_BYTES,
                   "message too long: %s sent one of more than %zu bytes (the option "
                   "max_message_bytes), so the association was aborted",
                   peer, socket->options.assoc.max_message_bytes);
}

static void describe_timeout(const sctpx_socket *socket, const char *peer, char *text)
{
    if (socket->was_up)
        (void)snprintf(text, TEXT_BYTES, "timed out: %s did not finish closing in time", peer);
    else if (socket->peer.family == SCTPX_NO_FAMILY)
        (void)snprintf(text, TEXT_BYTES,
                       "timed out: no name server told the address of \"%s\" in time",
                       sctpx_socket_peer_name(socket));
    else if (has_heard_peer(socket)) /* INIT ACK, but no COOKIE ACK */
        (void)snprintf(text, TEXT_BYTES,
                       "timed out: SCTP port %u behind %s answered, but did not take the "
                       "association (most likely its backlog is full: too many at once, or it "
                       "does not accept them)",
                       (unsigned)socket->peer_port, peer);
    else
        (void)snprintf(
            text, TEXT_BYTES,
            "timed out: no answer from SCTP port %u behind %s (wrong address or port, "
            "a firewall that drops %s, or a server whose backlog is full)",
            (unsigned)socket->peer_port, peer, socket->peer.udp_port != 0 ? "UDP" : "SCTP");
}

static void describe(const sctpx_socket *socket, int error, char *text)
{
    char peer[SCTPX_ADDR_TEXT_BYTES];

    format_peer(socket, peer, sizeof(peer));
    switch (error) {
    case SCTPX_EREFUSED:
        describe_refused(socket, peer, text);
        break;
    case SCTPX_EPEERABORT:
        describe_abort(socket, peer, text);
        break;
    case SCTPX_ETIMEDOUT:
        describe_timeout(socket, peer, text);
        break;
    case SCTPX_EMSGSIZE:
        describe_too_long(socket, peer, text);
        break;
    case SCTPX_EPEERSHUTDOWN:
        (void)snprintf(text, TEXT_BYTES, "closed by the peer %s (shutdown)", peer);
        break;
    case SCTPX_ELOST:
        (void)snprintf(text, TEXT_BYTES, "association lost: %s stopped answering", peer);
        break;
    case SCTPX_EHOSTNOTFOUND:
        (void)snprintf(text, TEXT_BYTES, "host not found: \"%s\" %s",
                       sctpx_socket_peer_name(socket),
                       socket->lookup_fault ? socket->lookup_fault : "has no address");
        break;
    default:
        (void)snprintf(text, TEXT_BYTES, "%s", sctpx_strerror(error));
        break;
    }
}

int sctpxi_socket_refuse(sctpx_socket *socket, int error, const char *text)
{
    free(socket->error_text);
    socket->error_text = strdup(text); /* without memory the short text has to do */
    socket->error = error;
    return error;
}

void sctpxi_socket_set_error(sctpx_socket *socket, int error)
{
    char text[TEXT_BYTES];

    describe(socket, error, text);
    (void)sctpxi_socket_refuse(socket, error, text);
}

void sctpxi_socket_set_abort(sctpx_socket *socket, uint16_t cause, const uint8_t *reason,
                             size_t length)
{
    if (length > REASON_BYTES)
        length = REASON_BYTES;
    free(socket->abort_reason);
    socket->abort_reason = NULL;
    socket->abort_reason_length = 0;
    socket->abort_cause = cause;
    if (!reason || length == 0)
        return;
    socket->abort_reason = malloc(length);
    if (!socket->abort_reason)
        return;
    memcpy(socket->abort_reason, reason, length);
    socket->abort_reason_length = length;
}

void sctpxi_socket_clear_error(sctpx_socket *socket)
{
    sctpxi_socket_set_abort(socket, 0, NULL, 0);
    free(socket->error_text);
    socket->error_text = NULL;
    socket->error = 0;
}

int sctpx_socket_error(const sctpx_socket *socket)
{
    return socket->error;
}

const char *sctpx_socket_error_string(const sctpx_socket *socket)
{
    if (socket->error == 0)
        return "";
    return socket->error_text ? socket->error_text : sctpx_strerror(socket->error);
}

uint16_t sctpx_socket_abort_cause(const sctpx_socket *socket)
{
    return socket->abort_cause;
}

const void *sctpx_socket_abort_reason(const sctpx_socket *socket, size_t *ret_length)
{
    *ret_length = socket->abort_reason_length;
    return socket->abort_reason;
}

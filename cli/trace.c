/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static enum trace_level wanted = TRACE_NONE;

void trace_set_level(enum trace_level level)
{
    wanted = level;
}

/* "12:34:56.789012 192.0.2.1:9899/7000 what" */
__attribute__((format(printf, 2, 3))) static void trace_line(const sctpx_socket *socket,
                                                             const char *format, ...)
{
    char peer[SCTPX_ADDR_TEXT_BYTES] = "?", line[400];
    struct timespec now;
    struct tm local;
    sctpx_addr addr;
    va_list arguments;

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    if (sctpx_socket_peer_addrs(socket, &addr, 1) > 0)
        (void)sctpx_addr_format(&addr, peer, sizeof(peer));
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    fprintf(stderr, "%02d:%02d:%02d.%06ld %s/%u %s\n", local.tm_hour, local.tm_min, local.tm_sec,
            now.tv_nsec / 1000, peer, (unsigned)sctpx_socket_peer_port(socket), line);
}

static void trace_up(const sctpx_socket *socket, const char *what)
{
    trace_line(socket, "%s: streams %u in, %u out, addresses %zu local, %zu peer", what,
               (unsigned)sctpx_socket_in_streams(socket),
               (unsigned)sctpx_socket_out_streams(socket),
               sctpx_socket_local_addrs(socket, NULL, 0), sctpx_socket_peer_addrs(socket, NULL, 0));
}

static void trace_end(const sctpx_socket *socket)
{
    const char *text = sctpx_socket_error_string(socket);
    sctpx_assoc_status status;

    if (sctpx_socket_status(socket, &status) == 0)
        trace_line(socket,
                   "ended: sent %llu bytes, received %llu, %llu chunks retransmitted, %llu "
                   "duplicate",
                   (unsigned long long)status.sent_bytes, (unsigned long long)status.received_bytes,
                   (unsigned long long)status.retransmitted_chunks,
                   (unsigned long long)status.duplicate_chunks);
    else
        trace_line(socket, "ended");
    if (text[0] != '\0')
        trace_line(socket, "%s", text);
}

static void on_state(sctpx_socket *socket, void *user, enum sctpx_socket_state state)
{
    (void)user;
    switch (state) {
    case SCTPX_HOST_LOOKUP:
        trace_line(socket, "looking up %s", sctpx_socket_peer_name(socket));
        break;
    case SCTPX_CONNECTING:
        trace_line(socket, "connecting");
        break;
    case SCTPX_CONNECTED:
        trace_up(socket, "connected");
        break;
    case SCTPX_CLOSING:
        trace_line(socket, "closing");
        break;
    case SCTPX_UNCONNECTED:
        trace_end(socket);
        break;
    }
}

static void on_path(sctpx_socket *socket, void *user, size_t path, enum sctpx_path_change change)
{
    static const char *const words[] = {"?", "confirmed", "up", "down"};
    char text[SCTPX_ADDR_TEXT_BYTES] = "?";
    sctpx_path_status status;

    (void)user;
    if (sctpx_socket_path_status(socket, path, &status) == 0)
        (void)sctpx_addr_format(&status.remote, text, sizeof(text));
    trace_line(socket, "path %zu (%s) %s", path, text, words[(unsigned)change <= 3 ? change : 0]);
}

static void on_restart(sctpx_socket *socket, void *user)
{
    (void)user;
    trace_line(socket, "restarted by the peer");
}

static void on_remote_error(sctpx_socket *socket, void *user, uint16_t cause)
{
    (void)user;
    trace_line(socket, "peer complains: error cause %u", (unsigned)cause);
}

void trace_add(sctpx_socket_callbacks *callbacks)
{
    if (wanted < TRACE_INFO)
        return;
    callbacks->on_state = on_state;
    callbacks->on_path = on_path;
    callbacks->on_restart = on_restart;
    callbacks->on_remote_error = on_remote_error;
}

void trace_accepted(const sctpx_socket *socket)
{
    if (wanted >= TRACE_INFO)
        trace_up(socket, "accepted");
}

void trace_received(const sctpx_socket *socket, const sctpx_rcvinfo *info)
{
    if (wanted >= TRACE_MESSAGES)
        trace_line(socket, "received: stream %u, ssn %u, ppid %lu, %zu bytes%s",
                   (unsigned)info->stream, (unsigned)info->ssn, (unsigned long)info->ppid,
                   info->length, info->flags & SCTPX_MSG_UNORDERED ? ", unordered" : "");
}

void trace_sent(const sctpx_socket *socket, size_t length, const sctpx_sndinfo *info)
{
    if (wanted >= TRACE_MESSAGES)
        trace_line(socket, "sent: stream %u, ppid %lu, %zu bytes%s", (unsigned)info->stream,
                   (unsigned long)info->ppid, length,
                   info->flags & SCTPX_MSG_UNORDERED ? ", unordered" : "");
}

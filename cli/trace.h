/* SPDX-License-Identifier: MIT */
/*
 * What --trace tells on standard error: with "info" how associations come, change and end, with
 * "messages" each message too. ("packets" is packet_trace.h.)
 */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include <sctpx/socket.h>

#include "options.h"

/* Once, before anything else. */
void trace_set_level(enum trace_level level);

/* Fills in the callbacks that only tracing needs; none if they are not wanted. */
void trace_add(sctpx_socket_callbacks *callbacks);

/* An association taken from a server. */
void trace_accepted(const sctpx_socket *socket);

void trace_received(const sctpx_socket *socket, const sctpx_rcvinfo *info);
void trace_sent(const sctpx_socket *socket, size_t length, const sctpx_sndinfo *info);

#endif

/* SPDX-License-Identifier: MIT */
/* What goes to standard error: failures in words, always after "sctpx: ". */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <sctpx/server.h>
#include <sctpx/socket.h>

/* Prints one line. */
__attribute__((format(printf, 1, 2))) void report(const char *format, ...);

/* Reports how an association ended, nothing if that was graceful. Returns the exit code. */
int report_end(const sctpx_socket *socket, int error);

/* Reports why something could not be done. Return the exit code. */
int report_socket_failure(const sctpx_socket *socket, const char *what, int error);
int report_server_failure(const sctpx_server *server, int error);
int report_failure(const char *what, int error);

#endif

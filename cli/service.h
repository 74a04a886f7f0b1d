/* SPDX-License-Identifier: MIT */
/* What can be done with an association that came in. */
#ifndef CLI_SERVICE_H
#define CLI_SERVICE_H

#include <stddef.h>

struct session;

struct service {
    size_t state_size; /* of session->state, which starts all zero */
    /* Sets the callbacks of the socket. From then on session_end() is due, soon or later. */
    void (*start)(struct session *session);
    /* On a signal: ends it gracefully, within a time. NULL = sctpx_socket_disconnect() will do. */
    void (*finish)(struct session *session, int number, int deadline_ms);
    /* Gives back what the state holds. May be NULL. */
    void (*release)(struct session *session);
};

extern const struct service service_echo;    /* RFC 862 */
extern const struct service service_discard; /* RFC 863 */
extern const struct service service_chargen; /* RFC 864 */
extern const struct service service_exec;    /* a child process */
extern const struct service service_stdio;   /* our own standard input and output */

#endif

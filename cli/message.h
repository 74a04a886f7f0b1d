/* SPDX-License-Identifier: MIT */
/* A buffer for what is read from a socket in either mode: it grows to the longest message. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <sctpx/socket.h>

/* All zero = empty. */
struct message {
    uint8_t *bytes;
    size_t capacity, length;
    sctpx_rcvinfo info; /* byte mode: all zero but the length */
};

/*
 * Reads the next message of any stream, or the bytes that are there. Returns the length; errors as
 * sctpx_socket_read_datagram(), and SCTPX_ENOMEM.
 */
long message_read(struct message *message, sctpx_socket *socket);

void message_free(struct message *message);

#endif

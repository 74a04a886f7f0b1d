/* SPDX-License-Identifier: MIT */
/* A client that dies without a word, and comes back from the same addresses and ports: a restart. */
#ifndef SUPPORT_RETURNING_H
#define SUPPORT_RETURNING_H

#include "support/loopback.h"

struct returning {
    uint16_t client_port; /* its SCTP port, of the caller's choice */
    uint16_t port;        /* that of the server */
    uint16_t udp_port;    /* its own; 0 where it has none */
};

/*
 * Lives in a process of its own: connects, has the message "before" acknowledged, and is gone. The
 * server's end is accepted into peer, and the message is there to be read. A kernel cannot be kept
 * from saying farewell, and from answering for the dead: the server's end hears no ABORT.
 */
void returning_live_and_die(struct returning *client, struct bed *bed, struct probe *peer);

/* Connects as it did before. Negative if that cannot be begun. */
int returning_connect(const struct returning *client, sctpx_loop *loop, const struct bed *bed,
                      sctpx_socket **ret_socket);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The addresses of a host that has several: alternatives, of which one is to be reached (after
 * RFC 8305). Not the paths of a multi-homed peer, which are one association.
 *
 * Each attempt is an association of its own. The next one begins 250 ms after the one before it, or
 * as soon as that has failed; the first that is up becomes the socket's, and the others are freed:
 * silently as long as the peer holds no association for them, with an ABORT after that. Four run at
 * the same time at most. When there are more addresses, the oldest attempt makes room after its
 * share of the time. A socket bound to an SCTP port runs one at a time, so that the peer can never
 * take two of them for the same association.
 *
 * If all fail, the socket gets the failure that tells most: an answer before silence.
 */
#ifndef SCTPXI_API_HAPPY_EYEBALLS_H
#define SCTPXI_API_HAPPY_EYEBALLS_H

#include <sctpx/socket.h>

struct sctpxi_attempts;

/*
 * Starts reaching one of the addresses (1..SCTPXI_HOST_ADDRS_MAX) for a socket that is connecting.
 * From then on socket->attempts is set until there is a winner, and the socket has no connection.
 * If each of them fails at once the socket has ended when it returns. SCTPX_ENOMEM.
 */
int sctpxi_attempts_start(sctpx_socket *socket, const sctpx_addr *addrs, size_t count,
                          uint16_t port);

/*
 * The time is over: ends the socket with the failure that tells most, if there was one already
 * that tells more than the time-out; else false, and nothing has changed.
 */
bool sctpxi_attempts_give_up(struct sctpxi_attempts *attempts);

/* New options for those that run. The first error there is. */
int sctpxi_attempts_set_options(struct sctpxi_attempts *attempts,
                                const sctpx_assoc_options *options);

/* Frees all of them and socket->attempts. NULL is allowed. */
void sctpxi_attempts_drop(struct sctpxi_attempts *attempts);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * One end of an association under soak: a program that writes messages as fast as it may, reads
 * all that comes, and enters both in the ledger. It does not own its socket's life: the test makes
 * and frees sockets, and is told by is_closed.
 */
#ifndef SUPPORT_SOAK_END_H
#define SUPPORT_SOAK_END_H

#include <sctpx/sctpx.h>

#include "support/ledger.h"

struct soak_end {
    const char *name;
    bool is_server, is_bytes; /* byte mode */
    size_t max_bytes;         /* of a message */
    uint16_t streams;
    uint64_t random;
    struct ledger_flow *out, *in;
    sctpx_socket *socket;            /* NULL: none */
    bool is_up, is_closed, is_quiet; /* quiet: writes no further message */
    int closed;                      /* the error of on_closed */
    unsigned restarts;
    uint8_t *message; /* being written */
    size_t length, written;
    uint16_t stream;
    bool is_unordered;
    uint8_t *bytes; /* byte mode: read, and not yet a whole message */
    size_t n_bytes;
    bool is_searching; /* the peer restarted: what follows may begin within a message */
};

/* Once; out and in are not owned. */
void soak_end_init(struct soak_end *end, const char *name, struct ledger_flow *out,
                   struct ledger_flow *in);
void soak_end_done(struct soak_end *end);

/* A new association on this socket; of servers it is up already. */
void soak_end_attach(struct soak_end *end, sctpx_socket *socket);
/* Frees the socket, if there is one. */
void soak_end_detach(struct soak_end *end);

/* Writes as much as is taken. */
void soak_end_pump(struct soak_end *end);
/* Quiet, and nothing is left half-way. */
bool soak_end_is_idle(const struct soak_end *end);

#endif

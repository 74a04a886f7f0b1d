/* SPDX-License-Identifier: MIT */
/* A look-up, for the ways to do it: resolve.c owns it until one of them has finished it. */
#ifndef SCTPXI_API_RESOLVE_INTERNAL_H
#define SCTPXI_API_RESOLVE_INTERNAL_H

#include <stdbool.h>
#include <sys/socket.h>

#include "api/resolve.h"

struct sctpxi_resolver;

struct sctpxi_lookup {
    struct sctpxi_loop_defer defer; /* tells the result */
    enum sctpx_family family;
    void (*on_done)(void *arg, const struct sctpxi_host *host);
    void *arg;
    struct sctpxi_resolver *resolver; /* whom it was asked of; NULL: nobody */
    bool is_finished;                 /* else cancelling leaves it to its resolver */
    bool is_cancelled;
    sctpx_addr found[2 * SCTPXI_HOST_ADDRS_MAX]; /* as they came */
    size_t found_count;
    struct sctpxi_host host;
};

/* Adds an address, unless it is there already, useless, or one too many of its family. */
void sctpxi_lookup_add(struct sctpxi_lookup *lookup, const struct sockaddr *address,
                       socklen_t length);

/*
 * The end, good (error 0; without an address it is not) or bad, with a fault as in struct
 * sctpxi_host. Frees one that was cancelled.
 */
void sctpxi_lookup_finish(struct sctpxi_lookup *lookup, int error, const char *fault);

/*
 * The end where nobody has answered. A resolver without descriptors says the same, so this looks:
 * then it is SCTPX_ERESOURCE.
 */
void sctpxi_lookup_finish_unanswered(struct sctpxi_lookup *lookup);

/* The family that is asked for, as the system has it: AF_... */
int sctpxi_lookup_family(const struct sctpxi_lookup *lookup);

/* What is wrong with a name that exists. */
const char *sctpxi_lookup_no_address(const struct sctpxi_lookup *lookup);

/* ---- resolve_cares.c ----------------------------------------------------------------------- */

/*
 * Asks; the answer finishes the look-up, maybe before this returns. It lets go of the resolver by
 * sctpxi_cares_release() when nobody waits for it any more. SCTPX_ENOTSUP (c-ares cannot be set
 * up, such as for want of its files), SCTPX_ENOMEM.
 */
int sctpxi_cares_ask(sctpx_loop *loop, const char *name, struct sctpxi_lookup *lookup);

/* The last one of a loop ends everything under way: look-ups that were cancelled are freed. */
void sctpxi_cares_release(struct sctpxi_resolver *resolver);

/* ---- resolve_system.c ---------------------------------------------------------------------- */

/* Asks the system's resolver and finishes the look-up. Blocks. */
void sctpxi_system_ask(const char *name, struct sctpxi_lookup *lookup);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Host names to addresses, through the loop: c-ares asks the name servers (resolve_cares.c). In a
 * build without it, or where it cannot be set up, getaddrinfo() does (resolve_system.c), inside
 * the call. Names that RFC 6761 settles are asked of nobody: "localhost" is the loopback
 * interface, and below "invalid" there is nothing.
 */
#ifndef SCTPXI_API_RESOLVE_H
#define SCTPXI_API_RESOLVE_H

#include <stddef.h>

#include <sctpx/types.h>

#include "loop/loop.h"

/* Addresses of a host; others are left out. */
#define SCTPXI_HOST_ADDRS_MAX 16

/* What a look-up has come to. */
struct sctpxi_host {
    int error;         /* 0, SCTPX_EHOSTNOTFOUND, SCTPX_ENOMEM or SCTPX_ERESOURCE */
    const char *fault; /* with SCTPX_EHOSTNOTFOUND: what is wrong with "name", as what follows it */
    size_t count;      /* at least one without an error */
    /* Best first (RFC 6724), but the families take turns (RFC 8305 4); each once. */
    sctpx_addr addrs[SCTPXI_HOST_ADDRS_MAX];
};

struct sctpxi_lookup;

/*
 * Whether it is an address and no name: 1 with the address. SCTPX_EHOSTNOTFOUND (of another family
 * than asked for), SCTPX_EINVAL (a wildcard); 0 for a name.
 */
int sctpxi_resolve_literal(const char *host, enum sctpx_family family, sctpx_addr *ret_addr);

/*
 * Looks up the addresses of a name, of one family or of both (SCTPX_NO_FAMILY). on_done comes once,
 * from the loop and never from inside this call; then the look-up is no more. SCTPX_ENOMEM.
 */
int sctpxi_lookup_start(sctpx_loop *loop, const char *name, enum sctpx_family family,
                        void (*on_done)(void *arg, const struct sctpxi_host *host), void *arg,
                        struct sctpxi_lookup **ret_lookup);

/* Before on_done; it does not come then. Needed before the loop is freed. NULL is allowed. */
void sctpxi_lookup_cancel(struct sctpxi_lookup *lookup);

#endif

/* SPDX-License-Identifier: MIT */
/* Names to addresses. */
#ifndef SCTPXI_API_RESOLVE_H
#define SCTPXI_API_RESOLVE_H

#include <sctpx/types.h>

/*
 * The addresses of a host, best first, each once, of one family or of both (SCTPX_NO_FAMILY), in
 * memory that the caller frees. A literal address gives itself and never blocks; a name may take
 * as long as the system's resolver. SCTPX_EHOSTNOTFOUND, SCTPX_EINVAL, SCTPX_ENOMEM.
 */
int sctpxi_resolve(const char *host, enum sctpx_family family, sctpx_addr **ret_addrs,
                   size_t *ret_count);

#endif

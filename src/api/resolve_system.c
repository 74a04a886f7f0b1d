/* SPDX-License-Identifier: MIT */
#include <netdb.h>

#include "api/resolve_internal.h"

static void finish_bad(struct sctpxi_lookup *lookup, int error)
{
    switch (error) {
    case EAI_MEMORY:
        sctpxi_lookup_finish(lookup, SCTPX_ENOMEM, NULL);
        break;
    case EAI_AGAIN:
    case EAI_SYSTEM:
        sctpxi_lookup_finish_unanswered(lookup);
        break;
    case EAI_FAIL:
        sctpxi_lookup_finish(lookup, SCTPX_EHOSTNOTFOUND,
                             "cannot be looked up (the name server failed)");
        break;
    default:
        sctpxi_lookup_finish(lookup, SCTPX_EHOSTNOTFOUND, sctpxi_lookup_no_address(lookup));
        break;
    }
}

void sctpxi_system_ask(const char *name, struct sctpxi_lookup *lookup)
{
    const struct addrinfo hints = {.ai_family = sctpxi_lookup_family(lookup),
                                   .ai_socktype = SOCK_DGRAM};
    struct addrinfo *list;
    int result;

    result = getaddrinfo(name, NULL, &hints, &list);
    if (result != 0) {
        finish_bad(lookup, result);
        return;
    }
    for (const struct addrinfo *info = list; info; info = info->ai_next)
        sctpxi_lookup_add(lookup, info->ai_addr, info->ai_addrlen);
    freeaddrinfo(list);
    sctpxi_lookup_finish(lookup, 0, NULL);
}

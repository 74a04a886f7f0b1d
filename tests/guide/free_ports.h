/* SPDX-License-Identifier: MIT */
/*
 * Blocks that are included after this one get free ports and addresses of this machine in the place
 * of those that the documents name, so that drivers may run beside each other and anything else:
 * UDP port 9899 of servers becomes a free one, 192.0.2.1 becomes 127.0.0.1, and 198.51.100.1
 * becomes 127.0.0.2. The rest stays as it is written.
 */
#ifndef GUIDE_FREE_PORTS_H
#define GUIDE_FREE_PORTS_H

#include "guide.h"

static inline int free_server_new(sctpx_loop *loop, const sctpx_server_options *options,
                                  sctpx_server **ret_server)
{
    sctpx_server_options own;

    if (options)
        own = *options;
    else
        sctpx_server_options_defaults(&own);
    CHECK(own.udp_port == 9899); /* else the block says it by itself, and need not come here */
    own.udp_port = 0;
    return sctpx_server_new(loop, &own, ret_server);
}

static inline int free_addr_parse(const char *text, sctpx_addr *ret_addr)
{
    if (strcmp(text, "192.0.2.1") == 0)
        return sctpx_addr_parse("127.0.0.1", ret_addr);
    if (strcmp(text, "198.51.100.1") == 0)
        return sctpx_addr_parse("127.0.0.2", ret_addr);
    return SCTPX_EINVAL;
}

/* From here on. */
#define sctpx_server_new free_server_new
#define sctpx_addr_parse free_addr_parse

#endif

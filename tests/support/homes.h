/* SPDX-License-Identifier: MIT */
/*
 * For tests of paths: a bed (support/loopback.h) with one association whose ends have two addresses
 * each, 127.0.0.1 and 2 at the client, 3 and 4 at the server. The loopback interface has but one of
 * IPv6.
 */
#ifndef SUPPORT_HOMES_H
#define SUPPORT_HOMES_H

#include "support/loopback.h"

struct homes {
    struct bed bed;
    struct probe client, peer;
    size_t count; /* of addresses */
};

/*
 * The client is told one address of the server, which tells the other one itself. options of the
 * client may be NULL.
 */
void homes_open(struct homes *homes, enum sctpx_family family, const sctpx_socket_options *options);
void homes_close(struct homes *homes);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * SCTP ports that are picked for those who name none: the dynamic ones (RFC 6335 6), in 256 blocks
 * of 64. All of them serve, unless the endpoint shares its addresses with others (raw IP): then
 * those blocks that are its own.
 */
#ifndef SCTPXI_ENGINE_DYNAMIC_PORTS_H
#define SCTPXI_ENGINE_DYNAMIC_PORTS_H

#include <sctpx/engine.h>

#define SCTPXI_PORT_BLOCKS 256u
#define SCTPXI_PORT_BLOCK_PORTS 64u

struct sctpxi_dynamic_ports {
    uint8_t own[SCTPXI_PORT_BLOCKS]; /* numbers of blocks, in the order in which they were added */
    uint16_t count;                  /* 0: all serve */
};

/* From now on only this block serves, and those that were added before. At most once each. */
void sctpxi_dynamic_ports_add(struct sctpxi_dynamic_ports *ports, uint8_t block);

/*
 * One on which nothing listens, free towards all these addresses with that port, and not that port
 * itself; or SCTPX_EADDRINUSE.
 */
int sctpxi_dynamic_ports_pick(sctpx_endpoint *ep, const sctpx_addr *remotes, size_t n,
                              uint16_t remote_port);

#endif

/* SPDX-License-Identifier: MIT */
#include "engine/dynamic_ports.h"

#include <assert.h>

#include "engine/endpoint.h"

enum { FIRST = 49152 };

void sctpxi_dynamic_ports_add(struct sctpxi_dynamic_ports *ports, uint8_t block)
{
    assert(ports->count < SCTPXI_PORT_BLOCKS);
    ports->own[ports->count++] = block;
}

/*
 * That of the peer is not: on a raw socket of the same host one's own INIT would come back from an
 * address and port that are the peer's, and one would be one's own peer (5.2.1).
 */
static bool is_free(const sctpx_endpoint *ep, uint16_t port, const sctpx_addr *remotes, size_t n,
                    uint16_t remote_port)
{
    if (port == remote_port || sctpxi_listener_find(ep, port) != NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        if (sctpxi_demux_by_address(&ep->demux, &remotes[i], remote_port, port) != NULL)
            return false;
    return true;
}

/* The i-th of those that serve. */
static uint16_t port_at(const struct sctpxi_dynamic_ports *ports, uint32_t i)
{
    uint32_t block = i / SCTPXI_PORT_BLOCK_PORTS;
    if (ports->count > 0)
        block = ports->own[block];
    return (uint16_t)(FIRST + block * SCTPXI_PORT_BLOCK_PORTS + i % SCTPXI_PORT_BLOCK_PORTS);
}

int sctpxi_dynamic_ports_pick(sctpx_endpoint *ep, const sctpx_addr *remotes, size_t n,
                              uint16_t remote_port)
{
    const struct sctpxi_dynamic_ports *ports = &ep->dynamic_ports;
    uint32_t blocks = ports->count > 0 ? ports->count : SCTPXI_PORT_BLOCKS;
    uint32_t count = blocks * SCTPXI_PORT_BLOCK_PORTS;
    uint32_t start = sctpxi_endpoint_random_u32(ep) % count;
    for (uint32_t i = 0; i < count; i++) {
        uint16_t port = port_at(ports, (start + i) % count);
        if (is_free(ep, port, remotes, n, remote_port))
            return port;
    }
    return SCTPX_EADDRINUSE;
}

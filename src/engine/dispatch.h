/* SPDX-License-Identifier: MIT */
/*
 * One packet of a known association: walks its chunks and calls for each the handler that one
 * table names, if the state allows it (RFC 9260 3.2, 6.10, 8.5).
 */
#ifndef SCTPXI_ENGINE_DISPATCH_H
#define SCTPXI_ENGINE_DISPATCH_H

#include "engine/assoc.h"
#include "wire/chunk.h"
#include "wire/packet.h"

/* What handlers know of the packet, and what they find out about it. */
struct sctpxi_rx {
    sctpx_time now;
    const sctpx_packet *packet;
    const struct sctpxi_packet *view;
    uint8_t path;  /* SCTPXI_NO_PATH: from an address not known yet (COOKIE_WAIT only) */
    bool has_data; /* a DATA chunk was in it */
    bool has_new_data;
    bool has_duplicate;
    bool wants_sack_now;    /* first DATA, gap, duplicate, I bit, dropped for lack of room */
    uint32_t memory_before; /* reasm.chunk_bytes and received_bytes when DATA began */
    uint64_t bytes_before;
};

enum sctpxi_verdict {
    SCTPXI_GO_ON, /* next chunk */
    SCTPXI_STOP,  /* ignore the rest of the packet */
    SCTPXI_GONE   /* the association has ended and may not be touched any more */
};

/*
 * Handles every chunk of the packet. The verification tag has been checked by finding the
 * association, ports and address as well.
 */
void sctpxi_dispatch_packet(sctpx_assoc *a, sctpx_time now, uint8_t path,
                            const sctpx_packet *packet, const struct sctpxi_packet *view);

/*
 * Chunks after the first one of a packet that has just made or changed the association (DATA
 * behind COOKIE ECHO, RFC 9260 5.1). iter stands behind the first chunk.
 */
void sctpxi_dispatch_rest(sctpx_assoc *a, struct sctpxi_rx *rx, struct sctpxi_chunk_iter *iter);

#endif

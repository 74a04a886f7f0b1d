/* SPDX-License-Identifier: MIT */
/* INIT and INIT ACK as we send them (RFC 9260 3.3.2, 3.3.3, 5.1.2). */
#ifndef SCTPXI_ENGINE_INIT_WRITE_H
#define SCTPXI_ENGINE_INIT_WRITE_H

#include "base/writer.h"
#include "engine/assoc.h"
#include "engine/peer_params.h"
#include "wire/packet.h"

/* What an INIT ACK and the cookie inside it say about us. */
struct sctpxi_init_answer {
    const sctpx_assoc_options *opt;
    uint16_t out_streams; /* wished for */
    uint32_t local_tag;
    struct sctpxi_tsn local_tsn;
    uint32_t local_tie, remote_tie;
};

/* How many streams one direction gets: what one end asks for and the other allows (5.1.1). */
static inline uint16_t sctpxi_init_streams(uint16_t asked, uint16_t allowed)
{
    return asked < allowed ? asked : allowed;
}

/* Writes the INIT of an association being set up, as one whole chunk. */
void sctpxi_init_write(const sctpx_assoc *a, struct sctpxi_writer *w);

/* Queues a packet with an INIT ACK, cookie inside, to where the INIT came from. */
void sctpxi_init_ack_send(sctpx_endpoint *ep, sctpx_time now, const sctpx_packet *packet,
                          const struct sctpxi_packet *view, const struct sctpxi_init *init,
                          const struct sctpxi_peer_params *params,
                          const struct sctpxi_init_answer *answer);

#endif

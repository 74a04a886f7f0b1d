/* SPDX-License-Identifier: MIT */
/*
 * Control chunks that answer something the peer sent and hold bytes of it (HEARTBEAT ACK, ERROR):
 * encoded at once, kept in a short bounded queue until a packet to their path is built. When the
 * queue is full the answer is dropped; a peer that matters asks again. So it is when the answers to
 * one packet would need more than one.
 */
#ifndef SCTPXI_ENGINE_CONTROL_H
#define SCTPXI_ENGINE_CONTROL_H

#include <sys/queue.h>

#include <sctpx/engine.h>

#include "base/writer.h"

#define SCTPXI_CONTROL_MAX 8u

struct sctpxi_control {
    STAILQ_ENTRY(sctpxi_control) link;
    uint16_t length;
    uint8_t path;
    sctpx_addr local; /* the address that was asked: the answer leaves from it (6.4); family 0:
                         from wherever the path sends */
    uint8_t bytes[];
};
STAILQ_HEAD(sctpxi_control_list, sctpxi_control);

/*
 * A packet has arrived. What is queued until the next one must fit a single packet to a single path
 * (RFC 9260 12.4), in which so many bytes are left for answers that are not queued here.
 */
void sctpxi_control_on_packet(sctpx_assoc *a, size_t reserved_bytes);

/*
 * Queues a copy of encoded chunks for a path; silently drops them when that is not possible. local
 * NULL or of family 0: from wherever the path sends.
 */
void sctpxi_control_queue(sctpx_assoc *a, uint8_t path, const sctpx_addr *local,
                          const uint8_t *chunks, size_t length);

/* Moves every queued chunk for these two addresses that fits into the packet. */
void sctpxi_control_write(sctpx_assoc *a, uint8_t path, const sctpx_addr *local,
                          struct sctpxi_writer *w);

/* Drops the oldest ones while they fit no packet of their path any more. */
void sctpxi_control_drop_too_long(sctpx_assoc *a);

/*
 * The path of the oldest queued chunk and where it leaves from (family 0: the path's own address);
 * SCTPXI_NO_PATH if there is none.
 */
uint8_t sctpxi_control_first(const sctpx_assoc *a, sctpx_addr *ret_local);

void sctpxi_control_clear(sctpx_assoc *a);

/* Path i has the number to[i] now; SCTPXI_NO_PATH: it is gone, and what was queued for it. */
void sctpxi_control_renumber(sctpx_assoc *a, const uint8_t *to);

#endif

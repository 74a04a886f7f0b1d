/* SPDX-License-Identifier: MIT */
/*
 * Control chunks that answer something the peer sent and hold bytes of it (HEARTBEAT ACK, ERROR):
 * encoded at once, kept in a short bounded queue until a packet to their path is built. When the
 * queue is full the answer is dropped; a peer that matters asks again.
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
    uint8_t bytes[];
};
STAILQ_HEAD(sctpxi_control_list, sctpxi_control);

/* Queues a copy of encoded chunks for a path; silently drops them when that is not possible. */
void sctpxi_control_queue(sctpx_assoc *a, uint8_t path, const uint8_t *chunks, size_t length);

/* Moves every queued chunk for the path that fits into the packet; returns how many. */
unsigned sctpxi_control_write(sctpx_assoc *a, uint8_t path, struct sctpxi_writer *w);

/* The path of the oldest queued chunk, SCTPXI_NO_PATH if there is none. */
uint8_t sctpxi_control_first_path(const sctpx_assoc *a);

void sctpxi_control_clear(sctpx_assoc *a);

#endif

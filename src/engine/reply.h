/* SPDX-License-Identifier: MIT */
/*
 * Whole packets that belong to no association any more or not yet: INIT ACK, ABORT, SHUTDOWN
 * COMPLETE, answers to strangers. A ring of bytes of fixed size; when it is full, further ones are
 * dropped, as any network may do.
 */
#ifndef SCTPXI_ENGINE_REPLY_H
#define SCTPXI_ENGINE_REPLY_H

#include <sctpx/engine.h>

#include "base/alloc.h"
#include "base/writer.h"

#define SCTPXI_REPLY_RING_BYTES (512u * 1024u)
#define SCTPXI_REPLY_MAX_BYTES 1400u

struct sctpxi_reply_queue {
    uint8_t *bytes;
    uint32_t head, used; /* offsets in bytes; records never wrap */
    uint32_t end;        /* where the records before the wrap end */
    uint8_t scratch[SCTPXI_REPLY_MAX_BYTES];
};

/* SCTPX_ENOMEM. */
int sctpxi_reply_init(struct sctpxi_reply_queue *q, struct sctpxi_alloc *alloc);
void sctpxi_reply_done(struct sctpxi_reply_queue *q, struct sctpxi_alloc *alloc);

/*
 * Starts a packet in the scratch space, common header written; chunks go to *ret_writer, then
 * sctpxi_reply_end() puts the checksum and queues it. At most SCTPXI_REPLY_MAX_BYTES.
 */
void sctpxi_reply_begin(sctpx_endpoint *ep, uint16_t local_port, uint16_t remote_port,
                        uint32_t tag, struct sctpxi_writer *ret_writer);

/* false if the packet did not fit or the queue is full. */
bool sctpxi_reply_end(sctpx_endpoint *ep, struct sctpxi_writer *w, const sctpx_addr *local,
                      const sctpx_addr *remote);

/* Moves the oldest packet out: 1, or 0 if there is none (or the buffer is too small for it). */
int sctpxi_reply_pop(struct sctpxi_reply_queue *q, uint8_t *buffer, size_t capacity,
                     sctpx_transmit *ret_transmit);

#endif

/* SPDX-License-Identifier: MIT */
#include "engine/reply.h"

#include <string.h>

#include "engine/endpoint.h"
#include "wire/packet.h"

struct record {
    sctpx_addr local, remote;
    uint32_t length;
};

static uint32_t record_bytes(uint32_t length)
{
    return (uint32_t)sizeof(struct record) + ((length + 7u) & ~7u);
}

int sctpxi_reply_init(struct sctpxi_reply_queue *q, struct sctpxi_alloc *alloc)
{
    q->head = q->used = 0;
    q->end = SCTPXI_REPLY_RING_BYTES;
    q->bytes = sctpxi_alloc_get(alloc, SCTPXI_REPLY_RING_BYTES);
    return q->bytes == NULL ? SCTPX_ENOMEM : 0;
}

void sctpxi_reply_done(struct sctpxi_reply_queue *q, struct sctpxi_alloc *alloc)
{
    sctpxi_alloc_put(alloc, q->bytes, SCTPXI_REPLY_RING_BYTES);
    q->bytes = NULL;
}

/* Offset for a record of this size, or UINT32_MAX when there is no room in one piece. */
static uint32_t find_room(struct sctpxi_reply_queue *q, uint32_t size)
{
    if (q->used == 0) {
        q->head = 0;
        q->end = SCTPXI_REPLY_RING_BYTES;
    }
    uint32_t tail = q->head + q->used;
    if (tail < SCTPXI_REPLY_RING_BYTES && q->end == SCTPXI_REPLY_RING_BYTES) { /* not wrapped */
        if (SCTPXI_REPLY_RING_BYTES - tail >= size)
            return tail;
        if (q->head < size)
            return UINT32_MAX;
        q->end = tail; /* the rest up here stays empty until the head has passed it */
        q->used += SCTPXI_REPLY_RING_BYTES - tail;
        return 0;
    }
    tail -= SCTPXI_REPLY_RING_BYTES;
    return q->head - tail >= size ? tail : UINT32_MAX;
}

void sctpxi_reply_begin(sctpx_endpoint *ep, uint16_t local_port, uint16_t remote_port, uint32_t tag,
                        struct sctpxi_writer *ret_writer)
{
    struct sctpxi_reply_queue *q = &ep->replies;
    *ret_writer = sctpxi_writer_make(q->scratch, sizeof q->scratch);
    sctpxi_packet_begin(ret_writer, local_port, remote_port, tag);
}

bool sctpxi_reply_end(sctpx_endpoint *ep, struct sctpxi_writer *w, const sctpx_addr *local,
                      const sctpx_addr *remote)
{
    struct sctpxi_reply_queue *q = &ep->replies;
    if (sctpxi_packet_end(w, 0) < 0)
        return false;
    uint32_t size = record_bytes((uint32_t)w->len);
    uint32_t at = find_room(q, size);
    if (at == UINT32_MAX) {
        ep->stats.dropped_rate++;
        return false;
    }
    struct record r = {.local = *local, .remote = *remote, .length = (uint32_t)w->len};
    memcpy(q->bytes + at, &r, sizeof r);
    memcpy(q->bytes + at + sizeof r, w->buf, w->len);
    q->used += size;
    return true;
}

int sctpxi_reply_pop(struct sctpxi_reply_queue *q, uint8_t *buffer, size_t capacity,
                     sctpx_transmit *ret_transmit)
{
    if (q->used > 0 && q->head == q->end) { /* wrap together with the records */
        q->used -= SCTPXI_REPLY_RING_BYTES - q->end;
        q->head = 0;
        q->end = SCTPXI_REPLY_RING_BYTES;
    }
    if (q->used == 0)
        return 0;
    struct record r;
    memcpy(&r, q->bytes + q->head, sizeof r);
    if (r.length > capacity)
        return 0;
    memcpy(buffer, q->bytes + q->head + sizeof r, r.length);
    q->head += record_bytes(r.length);
    q->used -= record_bytes(r.length);
    *ret_transmit = (sctpx_transmit){
        .local = r.local, .remote = r.remote, .length = r.length, .segment_size = r.length};
    return 1;
}

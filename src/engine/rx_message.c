/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "engine/reasm_internal.h"

/* A full packet on Ethernet must fit the pool's class of 1,536 bytes: 1,444 bytes of payload. */
_Static_assert(offsetof(struct sctpxi_rx_message, payload) + 1444 <= 1536,
               "header of received chunks too large");

static size_t block_size(size_t payload_bytes)
{
    return offsetof(struct sctpxi_rx_message, payload) + payload_bytes;
}

size_t sctpxi_reasm_cost(size_t payload_bytes)
{
    return sctpxi_pool_block_bytes(block_size(payload_bytes));
}

struct sctpxi_rx_message *sctpxi_rx_message_new(struct sctpxi_reasm *r,
                                                const struct sctpxi_data *data)
{
    struct sctpxi_rx_message *m = sctpxi_pool_get(r->pool, block_size(data->payload_len));

    if (m == NULL)
        return NULL;
    m->next = NULL;
    m->run.other = m;
    m->stream = NULL;
    m->bytes = data->payload_len;
    m->tsn = data->tsn;
    m->ppid = data->ppid;
    m->ssn = data->ssn;
    m->length = (uint16_t)data->payload_len;
    m->taken = 0;
    m->chunk_flags = data->flags;
    m->msg_flags = 0;
    memcpy(m->payload, data->payload, data->payload_len);
    r->payload_bytes += data->payload_len;
    size_t cost = sctpxi_reasm_cost(data->payload_len);
    r->used_bytes += cost;
    r->chunk_bytes += (uint32_t)cost;
    return m;
}

static void free_chunk(struct sctpxi_reasm *r, struct sctpxi_rx_message *m)
{
    r->payload_bytes -= m->length;
    r->used_bytes -= sctpxi_reasm_cost(m->length);
    sctpxi_pool_put(r->pool, m, block_size(m->length));
}

void sctpxi_rx_message_free(struct sctpxi_reasm *r, struct sctpxi_rx_message *m)
{
    while (m != NULL) {
        struct sctpxi_rx_message *next = m->next;
        free_chunk(r, m);
        m = next;
    }
}

void sctpxi_rx_message_info(const struct sctpxi_rx_message *m, sctpx_rcvinfo *ret_info)
{
    *ret_info = (sctpx_rcvinfo){
        .stream = m->stream->number,
        .ssn = sctpxi_rx_is_unordered(m) ? 0 : m->ssn.v,
        .flags = m->msg_flags,
        .ppid = m->ppid,
        .tsn = m->tsn.v,
        .length = m->bytes,
    };
}

size_t sctpxi_rx_message_copy(const struct sctpxi_rx_message *m, size_t offset, void *buffer,
                              size_t capacity)
{
    uint8_t *to = buffer;
    size_t copied = 0;

    /* What was consumed already counts as skipped: offsets are into what is left. */
    if (offset >= m->bytes)
        return 0;
    for (offset += m->taken; m != NULL && copied < capacity; m = m->next) {
        if (offset >= m->length) {
            offset -= m->length;
            continue;
        }
        size_t n = m->length - offset;
        if (n > capacity - copied)
            n = capacity - copied;
        memcpy(to + copied, m->payload + offset, n);
        copied += n;
        offset = 0;
    }
    return copied;
}

static void unlist(struct sctpxi_reasm *r, struct sctpxi_rx_message *m)
{
    TAILQ_REMOVE(&r->readable, m, listed.all);
    TAILQ_REMOVE(&m->stream->readable, m, listed.of_stream);
}

static void remove_message(struct sctpxi_reasm *r, struct sctpxi_rx_message *m)
{
    struct sctpxi_rx_stream *s = m->stream;

    unlist(r, m);
    r->readable_messages--;
    s->readable_messages--;
    if ((m->msg_flags & SCTPX_MSG_LAST) != 0)
        s->taken_messages++;
    sctpxi_rx_message_free(r, m);
    if (s->is_fresh && TAILQ_EMPTY(&s->readable)) {
        TAILQ_REMOVE(&r->fresh, s, fresh);
        s->is_fresh = false;
    }
}

/* Drops the first chunk; the second speaks for the message from now on. */
static struct sctpxi_rx_message *drop_first_chunk(struct sctpxi_reasm *r,
                                                  struct sctpxi_rx_message *m)
{
    struct sctpxi_rx_message *next = m->next;

    next->bytes = m->bytes;
    next->ppid = m->ppid;
    next->msg_flags = m->msg_flags;
    TAILQ_INSERT_AFTER(&r->readable, m, next, listed.all);
    TAILQ_INSERT_AFTER(&m->stream->readable, m, next, listed.of_stream);
    unlist(r, m);
    free_chunk(r, m);
    return next;
}

void sctpxi_reasm_consume(struct sctpxi_reasm *r, struct sctpxi_rx_message *m, size_t n)
{
    assert(n <= m->bytes);
    r->readable_bytes -= n;
    m->stream->readable_bytes -= n;
    m->stream->taken_bytes += n;
    r->has_totals = true;
    r->extra->look.message = NULL;
    if (n == m->bytes) {
        remove_message(r, m);
        return;
    }
    if (n == 0)
        return;

    m->bytes -= n;
    m->msg_flags &= (uint8_t)~SCTPX_MSG_FIRST;
    while (n >= (size_t)(m->length - m->taken)) {
        n -= (size_t)(m->length - m->taken);
        m = drop_first_chunk(r, m);
    }
    m->taken = (uint16_t)(m->taken + n);
}

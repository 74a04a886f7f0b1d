/* SPDX-License-Identifier: MIT */
/*
 * Looking ahead. What is readable grows at its end only, so the chunk where a look has ended serves
 * the next one until something is consumed: else a peer that sends byte by byte would make each
 * look pass over all chunks that are there.
 */
#include <string.h>

#include "engine/reasm_internal.h"

static size_t left_in(const struct sctpxi_rx_message *chunk)
{
    return (size_t)(chunk->length - chunk->taken);
}

/* Has the look stand at a chunk that begins at the offset or before; false: nothing is there. */
static bool start(const struct sctpxi_reasm *r, int stream, size_t offset)
{
    if (r->extra == NULL)
        return false;

    struct sctpxi_rx_look *look = &r->extra->look;
    if (look->message != NULL && look->stream == stream && look->offset <= offset)
        return true;
    look->message = look->chunk = sctpxi_reasm_first(r, stream);
    look->stream = stream;
    look->offset = 0;
    return look->message != NULL;
}

/* To the next chunk, of this message or the one after it; false: this is the last one. */
static bool go_on(struct sctpxi_rx_look *look)
{
    const struct sctpxi_rx_message *m = look->message, *chunk = look->chunk->next;

    if (chunk == NULL) {
        m = look->stream == SCTPX_ANY_STREAM ? TAILQ_NEXT(m, listed.all)
                                             : TAILQ_NEXT(m, listed.of_stream);
        chunk = m;
    }
    if (chunk == NULL)
        return false;
    look->offset += left_in(look->chunk);
    look->message = m;
    look->chunk = chunk;
    look->passed_chunks++;
    return true;
}

/* Copies what of the chunk lies at the offset and after it. */
static size_t copy(const struct sctpxi_rx_look *look, size_t offset, uint8_t *to, size_t capacity)
{
    const struct sctpxi_rx_message *chunk = look->chunk;
    size_t skipped = offset - look->offset, n = left_in(chunk);

    if (skipped >= n)
        return 0;
    n = n - skipped < capacity ? n - skipped : capacity;
    memcpy(to, chunk->payload + chunk->taken + skipped, n);
    return n;
}

size_t sctpxi_reasm_copy(const struct sctpxi_reasm *r, int stream, size_t offset, void *buffer,
                         size_t capacity)
{
    uint8_t *to = buffer;
    size_t copied = 0;

    if (capacity == 0 || !start(r, stream, offset))
        return 0;
    do
        copied += copy(&r->extra->look, offset + copied, to + copied, capacity - copied);
    while (copied < capacity && go_on(&r->extra->look));
    return copied;
}

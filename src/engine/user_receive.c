/* SPDX-License-Identifier: MIT */
#include "engine/receive_window.h"

static struct sctpxi_rx_message *first(const sctpx_assoc *a, int stream, sctpx_rcvinfo *ret_info)
{
    struct sctpxi_rx_message *m = sctpxi_reasm_first(&a->reasm, stream);
    if (m != NULL)
        sctpxi_rx_message_info(m, ret_info);
    return m;
}

static bool is_stream(int stream)
{
    return stream == SCTPX_ANY_STREAM || (stream >= 0 && stream < SCTPX_MAX_STREAMS);
}

long sctpx_assoc_receive(sctpx_assoc *assoc, int stream, void *buffer, size_t capacity,
                         sctpx_rcvinfo *ret_info)
{
    sctpx_rcvinfo info;
    if (!is_stream(stream))
        return SCTPX_EINVAL;
    struct sctpxi_rx_message *m = first(assoc, stream, &info);
    if (m == NULL)
        return SCTPX_EWOULDBLOCK;
    if (ret_info != NULL)
        *ret_info = info;
    if (info.length > capacity)
        return SCTPX_ETRUNC;
    sctpxi_rx_message_copy(m, 0, buffer, info.length);
    sctpxi_reasm_consume(&assoc->reasm, m, info.length);
    sctpxi_receive_window_on_read(assoc);
    return (long)info.length;
}

long sctpx_assoc_peek(const sctpx_assoc *assoc, int stream, size_t offset, void *buffer,
                      size_t capacity, sctpx_rcvinfo *ret_info)
{
    sctpx_rcvinfo info;
    if (!is_stream(stream))
        return SCTPX_EINVAL;
    const struct sctpxi_rx_message *m = first(assoc, stream, &info);
    if (m == NULL)
        return SCTPX_EWOULDBLOCK;
    if (ret_info != NULL)
        *ret_info = info;
    return (long)sctpxi_rx_message_copy(m, offset, buffer, capacity);
}

long sctpx_assoc_read_bytes(sctpx_assoc *assoc, int stream, void *buffer, size_t capacity)
{
    sctpx_rcvinfo info;
    if (!is_stream(stream) || capacity == 0)
        return SCTPX_EINVAL;
    struct sctpxi_rx_message *m = first(assoc, stream, &info);
    if (m == NULL)
        return SCTPX_EWOULDBLOCK;
    size_t n = sctpxi_rx_message_copy(m, 0, buffer, capacity);
    sctpxi_reasm_consume(&assoc->reasm, m, n);
    sctpxi_receive_window_on_read(assoc);
    return (long)n;
}

long sctpx_assoc_peek_bytes(const sctpx_assoc *assoc, int stream, size_t offset, void *buffer,
                            size_t capacity)
{
    if (!is_stream(stream))
        return SCTPX_EINVAL;
    return (long)sctpxi_reasm_copy(&assoc->reasm, stream, offset, buffer, capacity);
}

size_t sctpx_assoc_readable_bytes(const sctpx_assoc *assoc, int stream)
{
    if (stream == SCTPX_ANY_STREAM)
        return assoc->reasm.readable_bytes;
    return is_stream(stream) ? sctpxi_reasm_stream_bytes(&assoc->reasm, (uint16_t)stream) : 0;
}

size_t sctpx_assoc_unacked_bytes(const sctpx_assoc *assoc, int stream)
{
    if (stream == SCTPX_ANY_STREAM)
        return assoc->queue.unacked_bytes;
    return is_stream(stream) ? sctpxi_tx_queue_stream_bytes(&assoc->queue, (uint16_t)stream) : 0;
}

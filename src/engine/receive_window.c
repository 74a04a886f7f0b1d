/* SPDX-License-Identifier: MIT */
#include "engine/receive_window.h"

#include "engine/endpoint.h"
#include "engine/event.h"

static bool is_memory_short(const sctpx_assoc *a)
{
    return sctpxi_pool_is_short(&a->endpoint->pool);
}

static size_t buffer(const sctpx_assoc *a)
{
    bool is_cut = is_memory_short(a) && a->opt.rcvbuf_bytes > SCTPXI_SHARE_WHEN_SHORT;
    return is_cut ? SCTPXI_SHARE_WHEN_SHORT : a->opt.rcvbuf_bytes;
}

/*
 * What an incomplete message may take beyond the buffer, see receive_window.h. Half as much again
 * is for overhead, which is more than fragments of the smallest MTU cost: else that would fill the
 * buffer before a long message is whole.
 */
static size_t allowance(const sctpx_assoc *a)
{
    if (a->opt.partial_delivery || a->reasm.readable_messages > 0 || is_memory_short(a))
        return 0;
    size_t held = a->reasm.incomplete_bytes;
    held = held < a->opt.max_message_bytes ? held : a->opt.max_message_bytes;
    return held + held / 2;
}

/* What is given back once it is read; stream objects stay, and are bounded by their number. */
static size_t used(const sctpx_assoc *a)
{
    return a->reasm.used_bytes - a->reasm.stream_bytes;
}

static size_t room(const sctpx_assoc *a)
{
    size_t limit = buffer(a) + allowance(a);
    size_t open = used(a) < limit ? limit - used(a) : 0;
    return open < a->opt.rcvbuf_bytes ? open : a->opt.rcvbuf_bytes;
}

/* RFC 1122 4.2.3.3 as RFC 9260 6.2 asks: less than a packet is no window. */
static size_t silly_below(const sctpx_assoc *a)
{
    uint32_t packet = sctpxi_path_packet_bytes(&a->paths[a->primary]);
    return packet < a->opt.rcvbuf_bytes / 2 ? packet : a->opt.rcvbuf_bytes / 2;
}

/*
 * What was let in stays, though the limit may shrink below it: options change, and the allowance
 * ends for messages that are whole but wait for one before them. That one must still get in.
 */
static void keep_limit(sctpx_assoc *a)
{
    size_t limit = 3 * buffer(a) + allowance(a); /* at most, see sctpxi_receive_window_takes */
    if (a->former_limit_bytes < limit)
        a->former_limit_bytes = limit;
}

/*
 * When memory is short, half of the rest is for what fills gaps: if many hold much behind a lost
 * chunk, only that brings memory back.
 */
static size_t widest(const sctpx_assoc *a, size_t limit)
{
    size_t former = a->former_limit_bytes;
    if (is_memory_short(a)) {
        if (!sctpxi_rx_tracker_has_gaps(&a->tracker) ||
            !sctpxi_pool_has_left(&a->endpoint->pool, 16))
            return limit;
        former = former < 3 * a->opt.rcvbuf_bytes ? 3 * a->opt.rcvbuf_bytes : former;
    }
    return limit < former ? former : limit;
}

/*
 * Nothing can be read: only what comes next makes room. A window of 0 would let both sides wait
 * for each other for ever (6.2: nothing new is taken then).
 */
static bool is_next_needed(const sctpx_assoc *a)
{
    return a->reasm.readable_messages == 0 && a->reasm.incomplete_bytes > 0 &&
           !sctpxi_rx_tracker_has_gaps(&a->tracker) &&
           used(a) <= widest(a, buffer(a) + allowance(a));
}

uint32_t sctpxi_receive_window(const sctpx_assoc *a)
{
    size_t open = room(a), least = silly_below(a);
    if (open < least)
        return is_next_needed(a) ? (uint32_t)least : 0;
    return open < UINT32_MAX ? (uint32_t)open : UINT32_MAX;
}

/* A stream stays until the end, outside of the buffer: when memory is short only a share of it. */
static bool is_stream_too_much(const sctpx_assoc *a, uint16_t stream)
{
    return a->reasm.stream_bytes > SCTPXI_SHARE_WHEN_SHORT && is_memory_short(a) &&
           sctpxi_sidmap_get(&a->reasm.streams, stream) == NULL;
}

bool sctpxi_receive_window_takes(const sctpx_assoc *a, const struct sctpxi_data *data)
{
    size_t limit = buffer(a) + allowance(a);
    if (is_stream_too_much(a, data->stream))
        return false;
    bool is_ahead = sctpxi_tsn_gt(data->tsn, sctpxi_rx_tracker_highest(&a->tracker));
    if (is_ahead && a->advertised_rwnd == 0) /* 6.2; the SACK that answers tells what is free now */
        return false;
    if (!is_ahead || data->payload_len <= a->promised_bytes)
        limit += buffer(a);
    bool is_next = sctpxi_tsn_eq(data->tsn, sctpxi_tsn_next(a->tracker.cum));
    if (is_next && sctpxi_rx_tracker_has_gaps(&a->tracker))
        limit += buffer(a);
    if (is_next && a->reasm.readable_messages == 0) /* reading makes no room; and it may be long */
        return used(a) <= widest(a, limit);
    return used(a) + sctpxi_reasm_cost(data->payload_len) <= limit;
}

void sctpxi_receive_window_on_options(sctpx_assoc *a)
{
    keep_limit(a);
}

void sctpxi_receive_window_on_taken(sctpx_assoc *a, size_t payload_bytes)
{
    a->promised_bytes -= payload_bytes < a->promised_bytes ? (uint32_t)payload_bytes
                                                           : a->promised_bytes;
    if (used(a) > buffer(a))
        keep_limit(a);
}

bool sctpxi_receive_window_wants_partial_delivery(const sctpx_assoc *a)
{
    return a->opt.partial_delivery && a->reasm.readable_messages == 0 &&
           a->reasm.incomplete_bytes > 0 && room(a) < a->opt.rcvbuf_bytes / 2;
}

bool sctpxi_receive_window_is_dead(const sctpx_assoc *a)
{
    return a->reasm.readable_messages == 0 && a->reasm.incomplete_bytes == 0 &&
           !sctpxi_rx_tracker_has_gaps(&a->tracker) && sctpxi_receive_window(a) == 0;
}

void sctpxi_receive_window_on_read(sctpx_assoc *a)
{
    if (!sctpxi_assoc_is_up(a) || a->state == SCTPX_SHUTDOWN_ACK_SENT)
        return;
    if (used(a) <= buffer(a))
        a->former_limit_bytes = 0;
    if (sctpxi_receive_window_wants_partial_delivery(a) &&
        sctpxi_reasm_deliver_partly(&a->reasm, a->tracker.cum))
        sctpxi_event_raise(a, SCTPXI_EVENT_READABLE);
    uint32_t now_open = sctpxi_receive_window(a);
    size_t step = a->opt.rcvbuf_bytes / 4;
    if (now_open > a->advertised_rwnd && now_open - a->advertised_rwnd >= step &&
        a->advertised_rwnd < a->opt.rcvbuf_bytes / 2)
        sctpxi_assoc_ask(a, SCTPXI_PENDING_SACK);
}

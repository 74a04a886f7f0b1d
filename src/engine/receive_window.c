/* SPDX-License-Identifier: MIT */
#include "engine/receive_window.h"

#include "engine/endpoint.h"
#include "engine/event.h"
#include "engine/window_growth.h"

#define FIRST_FLIGHT_BYTES 4404
/* A part of the memory is for tables that chunks stand in, and for what differs from the mean. */
#define TABLES 32

static bool is_memory_short(const sctpx_assoc *a)
{
    return sctpxi_pool_is_short(&a->endpoint->pool);
}

/* The buffer as large as it has grown, or what of it there is. */
static size_t share(const sctpx_assoc *a)
{
    bool is_cut = a->window_bytes > SCTPXI_SHARE_WHEN_SHORT && is_memory_short(a);
    return is_cut ? SCTPXI_SHARE_WHEN_SHORT : a->window_bytes;
}

/* How much payload is held. One shorter than the chunks of the peer would never be open. */
static size_t buffer(const sctpx_assoc *a)
{
    size_t bytes = share(a);
    return bytes > a->long_chunk_bytes ? bytes : a->long_chunk_bytes;
}

/*
 * Payload of incomplete messages that is not counted, see receive_window.h. If much is readable,
 * the user is the one who can make room.
 */
static size_t uncounted(const sctpx_assoc *a)
{
    size_t held = a->reasm.incomplete_bytes;
    if (held == 0 || a->opt->partial_delivery || a->reasm.readable_bytes > buffer(a) / 2 ||
        is_memory_short(a))
        return 0;
    return held < a->opt->max_message_bytes ? held : a->opt->max_message_bytes;
}

/* What is given back once it is read; stream objects stay, and are bounded by their number. */
static size_t used(const sctpx_assoc *a)
{
    return a->reasm.used_bytes - a->reasm.stream_bytes;
}

/* Payload that is left; the peer's SACKs are about payload, so that is what the window counts. */
static size_t room(const sctpx_assoc *a)
{
    size_t bytes = buffer(a), held = a->reasm.payload_bytes - uncounted(a);
    return held < bytes ? bytes - held : 0;
}

/*
 * What all of it may really take: overhead as much again, and half as much for what is not counted,
 * which is more than fragments of the smallest MTU cost.
 */
static size_t memory_limit(const sctpx_assoc *a)
{
    size_t beyond = uncounted(a);
    return 2 * share(a) + a->long_chunk_bytes + beyond + beyond / 2;
}

/*
 * The same while a promise is left: it was given with what was not counted then, and that may count
 * by now, for the message is whole.
 */
static size_t promised_limit(const sctpx_assoc *a)
{
    size_t limit = memory_limit(a), bytes = share(a);
    bool is_former_larger = a->former_limit_bytes > limit + bytes && !is_memory_short(a);
    return is_former_larger ? a->former_limit_bytes - bytes : limit;
}

/* RFC 1122 4.2.3.3 as RFC 9260 6.2 asks: it does not open by less than a packet. */
static size_t silly_below(const sctpx_assoc *a)
{
    uint32_t packet = sctpxi_path_packet_bytes(&a->paths[a->primary]);
    return packet < a->window_bytes / 2 ? packet : a->window_bytes / 2;
}

/*
 * What was let in stays, though the limit may shrink below it: options change, and what was not
 * counted is for messages that are whole but wait for one before them. That one must still get in.
 */
static void keep_limit(sctpx_assoc *a)
{
    size_t limit = share(a) + memory_limit(a); /* at most, see sctpxi_receive_window_takes */
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
        size_t overdrawn = 3 * (size_t)a->window_bytes;
        former = former < overdrawn ? overdrawn : former;
    }
    return limit < former ? former : limit;
}

/*
 * Nothing can be read: only what comes next makes room. A window of 0 would let both sides wait
 * for each other for ever (6.2: nothing new is taken then).
 */
static bool is_next_needed(const sctpx_assoc *a)
{
    return a->reasm.readable_messages == 0 &&
           (a->reasm.incomplete_bytes > 0 || a->reasm.payload_bytes == 0) &&
           !sctpxi_rx_tracker_has_gaps(&a->tracker) && used(a) <= widest(a, memory_limit(a));
}

/*
 * So much payload can come if what comes is like what came lately, or like what is held: tiny
 * chunks cost many times their payload. Less than a packet's is none but what was promised.
 */
static size_t fitting(const sctpx_assoc *a, size_t least)
{
    size_t limit = promised_limit(a), taken = used(a), held = a->reasm.payload_bytes;
    size_t memory = limit > taken ? limit - taken : 0;
    size_t bytes = sctpxi_arrivals_in_memory(&a->arrivals, memory - memory / TABLES);
    if (taken > 2 * held && taken >= share(a) / 4) { /* else it is too little to tell */
        size_t same = (size_t)((uint64_t)memory * held / taken);
        bytes = bytes < same ? bytes : same;
    }
    if (bytes >= sctpxi_arrivals_in_packets(&a->arrivals, least))
        return bytes;
    return bytes < a->promised_bytes ? bytes : a->promised_bytes;
}

uint32_t sctpxi_receive_window(const sctpx_assoc *a)
{
    size_t least = silly_below(a), open = room(a), most = fitting(a, least);
    size_t most_under_way = sctpxi_window_growth_most_under_way(a);
    if (open > most_under_way)
        open = most_under_way;
    if (open < least || open < a->promised_bytes) /* the right edge does not move left */
        open = a->promised_bytes < buffer(a) ? a->promised_bytes : buffer(a);
    if (open > most)
        open = most;
    if (least < a->long_chunk_bytes)
        least = a->long_chunk_bytes;
    if (open < least && is_next_needed(a))
        open = least;
    return open < UINT32_MAX ? (uint32_t)open : UINT32_MAX;
}

/* A stream stays until the end, outside of the buffer: when memory is short only a share of it. */
static bool is_stream_too_much(const sctpx_assoc *a, uint16_t stream)
{
    return a->reasm.stream_bytes > SCTPXI_SHARE_WHEN_SHORT && is_memory_short(a) &&
           sctpxi_sidmap_get(&a->reasm.streams, stream) == NULL;
}

static bool is_next_tsn(const sctpx_assoc *a, const struct sctpxi_data *data)
{
    return sctpxi_tsn_eq(data->tsn, sctpxi_tsn_next(a->tracker.cum));
}

/*
 * 7.2.1: the initial cwnd. So much comes before the peer has heard what there is room for; it is
 * taken whatever it costs, but where small buffers are to save memory. What comes behind a hole is
 * not: it could take the room of what fills that.
 */
static bool is_first_flight(const sctpx_assoc *a, const struct sctpxi_data *data)
{
    return is_next_tsn(a, data) && a->received_bytes + data->payload_len <= FIRST_FLIGHT_BYTES &&
           a->window_bytes >= SCTPXI_SHARE_WHEN_SHORT && !is_memory_short(a);
}

/* Little is held, and it was promised: there is room, whatever else there is to think of. */
static bool is_ample(const sctpx_assoc *a, const struct sctpxi_data *data)
{
    size_t least =
        a->window_bytes < SCTPXI_SHARE_WHEN_SHORT ? a->window_bytes : SCTPXI_SHARE_WHEN_SHORT;
    if (data->payload_len > a->promised_bytes)
        return false;
    return used(a) + data->payload_len <= least || is_first_flight(a, data);
}

bool sctpxi_receive_window_takes(const sctpx_assoc *a, const struct sctpxi_data *data)
{
    if (is_stream_too_much(a, data->stream))
        return false;
    if (is_ample(a, data))
        return true;
    bool is_ahead = sctpxi_tsn_gt(data->tsn, sctpxi_rx_tracker_highest(&a->tracker));
    if (is_ahead && a->advertised_rwnd == 0) /* 6.2; the SACK that answers tells what is free now */
        return false;
    /* It begins inside, and one chunk may end outside. SHUTDOWN says nothing of the window. */
    bool is_promised = a->promised_bytes > 0 || a->state == SCTPX_SHUTDOWN_SENT;
    size_t limit = is_promised ? promised_limit(a) : memory_limit(a);
    bool is_next = is_next_tsn(a, data);
    if (is_next && sctpxi_rx_tracker_has_gaps(&a->tracker))
        limit += share(a);
    if (is_next && a->reasm.readable_messages == 0) /* reading makes no room; and it may be long */
        return used(a) <= widest(a, limit);
    if (is_ahead && !is_promised && data->payload_len > room(a))
        return false;
    return used(a) + sctpxi_reasm_cost(data->payload_len) <= limit;
}

void sctpxi_receive_window_on_options(sctpx_assoc *a, const sctpx_assoc_options *next)
{
    keep_limit(a);
    size_t cut = sctpxi_window_growth_on_options(a, next);
    a->promised_bytes = cut < a->promised_bytes ? a->promised_bytes - (uint32_t)cut : 0;
}

void sctpxi_receive_window_on_taken(sctpx_assoc *a, size_t payload_bytes)
{
    if (payload_bytes <= a->promised_bytes) {
        a->promised_bytes -= (uint32_t)payload_bytes;
    } else {
        a->promised_bytes = 0;
        if (payload_bytes > a->window_bytes && payload_bytes > a->long_chunk_bytes)
            a->long_chunk_bytes = (uint16_t)payload_bytes;
    }
    if (used(a) > share(a))
        keep_limit(a);
}

bool sctpxi_receive_window_wants_partial_delivery(const sctpx_assoc *a)
{
    return a->opt->partial_delivery && a->reasm.readable_messages == 0 &&
           a->reasm.incomplete_bytes > 0 && (room(a) < a->window_bytes / 2 || used(a) > share(a));
}

bool sctpxi_receive_window_is_dead(const sctpx_assoc *a)
{
    return a->reasm.readable_messages == 0 && a->reasm.incomplete_bytes == 0 &&
           a->reasm.payload_bytes > 0 && !sctpxi_rx_tracker_has_gaps(&a->tracker) &&
           sctpxi_receive_window(a) == 0;
}

/* Seen at a glance: the peer may still send half of what it ever may. */
static bool is_half_left(const sctpx_assoc *a)
{
    return a->promised_bytes >= buffer(a) / 2;
}

/* The peer is told of more when it has less left than this, or hears of it with a SACK anyway. */
static size_t half_window(const sctpx_assoc *a)
{
    size_t bytes = buffer(a), most = sctpxi_window_growth_most_under_way(a);
    size_t fits = sctpxi_arrivals_in_memory(&a->arrivals, 2 * bytes);
    bytes = bytes < fits ? bytes : fits;
    return (bytes < most ? bytes : most) / 2;
}

bool sctpxi_receive_window_is_awaited(const sctpx_assoc *a)
{
    if (is_half_left(a))
        return false;
    size_t packet = sctpxi_arrivals_in_packets(&a->arrivals, silly_below(a));
    bool is_used_up = a->promised_bytes < packet; /* a second packet cannot come */
    return is_used_up || (a->reasm.readable_messages == 0 && a->promised_bytes < half_window(a));
}

/* Much more than is promised, to a peer that has less left than half of a window, or a packet. */
static bool is_worth_telling(const sctpx_assoc *a)
{
    if (is_half_left(a))
        return false;
    size_t half = half_window(a), told = a->promised_bytes;
    size_t packet = sctpxi_arrivals_in_packets(&a->arrivals, silly_below(a));
    return told < (half > packet ? half : packet) && sctpxi_receive_window(a) >= told + half / 2;
}

void sctpxi_receive_window_on_read(sctpx_assoc *a)
{
    if (!sctpxi_assoc_is_up(a) || a->state == SCTPX_SHUTDOWN_ACK_SENT)
        return;
    if (a->former_limit_bytes > 0 && used(a) <= share(a))
        a->former_limit_bytes = 0;
    if (sctpxi_receive_window_wants_partial_delivery(a) &&
        sctpxi_reasm_deliver_partly(&a->reasm, a->tracker.cum))
        sctpxi_event_raise(a, SCTPXI_EVENT_READABLE);
    if ((a->pending & SCTPXI_PENDING_SACK) == 0 && is_worth_telling(a))
        sctpxi_assoc_ask(a, SCTPXI_PENDING_SACK);
}

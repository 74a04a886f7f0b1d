/* SPDX-License-Identifier: MIT */
#include "engine/data_receive.h"

#include "engine/endpoint.h"
#include "engine/event.h"
#include "engine/receive_window.h"
#include "engine/report.h"
#include "engine/sack_send.h"
#include "engine/shutdown.h"
#include "engine/termination.h"
#include "engine/window_growth.h"

#define HALF_PACKET_BYTES 700

static enum sctpxi_verdict violate(sctpx_assoc *a)
{
    sctpxi_termination_abort(a, SCTPXI_CAUSE_PROTOCOL_VIOLATION, NULL, 0, SCTPX_EPROTO);
    return SCTPXI_GONE;
}

static void on_duplicate(sctpx_assoc *a, struct sctpxi_rx *rx, const struct sctpxi_data *data)
{
    sctpxi_rx_tracker_note_duplicate(&a->tracker, data->tsn);
    rx->has_duplicate = true;
    a->duplicate_chunks++;
}

static void commit(sctpx_assoc *a, struct sctpxi_rx *rx, const struct sctpxi_data *data)
{
    /* 5.1: the first DATA is acknowledged immediately; RFC 5681 4.2: so is what fills a gap. */
    if (!a->has_received_data || sctpxi_rx_tracker_has_gaps(&a->tracker))
        rx->wants_sack_now = true;
    sctpxi_rx_tracker_commit(&a->tracker, data->tsn);
    rx->has_new_data = true;
    a->has_received_data = true;
}

static enum sctpxi_verdict take(sctpx_assoc *a, struct sctpxi_rx *rx,
                                const struct sctpxi_data *data)
{
    int result = sctpxi_reasm_add(&a->reasm, data);
    if (result == SCTPX_EPROTO)
        return violate(a);
    if (result == SCTPX_EMSGSIZE) { /* max_message_bytes */
        sctpxi_termination_abort(a, SCTPXI_CAUSE_OUT_OF_RESOURCE, NULL, 0, SCTPX_EMSGSIZE);
        return SCTPXI_GONE;
    }
    if (result < 0) { /* no memory: as if the network had lost it */
        a->endpoint->stats.dropped_memory++;
        rx->wants_sack_now = true;
        return SCTPXI_GO_ON;
    }
    commit(a, rx, data);
    sctpxi_receive_window_on_taken(a, data->payload_len);
    a->received_chunks++;
    a->received_bytes += data->payload_len;
    return SCTPXI_GO_ON;
}

static enum sctpxi_verdict on_new(sctpx_assoc *a, struct sctpxi_rx *rx,
                                  const struct sctpxi_data *data)
{
    if (data->stream >= a->in_streams) { /* 6.5: acknowledged, reported, dropped */
        commit(a, rx, data);
        sctpxi_report_invalid_stream(a, rx->path, data->stream);
        return SCTPXI_GO_ON;
    }
    if (!sctpxi_receive_window_takes(a, data)) { /* 6.2: dropped, and told at once */
        rx->wants_sack_now = true;
        return SCTPXI_GO_ON;
    }
    return take(a, rx, data);
}

/* In full packets of the path, or of the usual MTU; the peer's may be less than ours. */
static bool is_half_full(const sctpx_assoc *a, const struct sctpxi_rx *rx)
{
    uint8_t path = rx->path < a->path_count ? rx->path : a->primary;
    size_t half = sctpxi_path_packet_bytes(&a->paths[path]) / 2;
    return rx->packet->length >= (half < HALF_PACKET_BYTES ? half : HALF_PACKET_BYTES);
}

/*
 * A packet less than half full is none of many, unless it carries more than they: arrivals.h. One
 * that takes much memory was filled as far as its sender could.
 */
static void note_arrival(sctpx_assoc *a, const struct sctpxi_rx *rx)
{
    size_t payload = (size_t)(a->received_bytes - rx->bytes_before);
    size_t memory = a->reasm.chunk_bytes - rx->memory_before;
    if (rx->has_new_data && (is_half_full(a, rx) || memory >= HALF_PACKET_BYTES ||
                             sctpxi_arrivals_is_above(&a->arrivals, payload)))
        sctpxi_arrivals_add(&a->arrivals, payload, memory);
}

static void begin_data(sctpx_assoc *a, struct sctpxi_rx *rx)
{
    if (rx->has_data)
        return;
    rx->has_data = true;
    rx->bytes_before = a->received_bytes;
    rx->memory_before = a->reasm.chunk_bytes;
    a->data_path = rx->path;
}

enum sctpxi_verdict sctpxi_data_on_chunk(sctpx_assoc *a, struct sctpxi_rx *rx,
                                         const struct sctpxi_chunk *chunk)
{
    struct sctpxi_data data;
    int result = sctpxi_data_parse(chunk, &data);
    if (result == SCTPX_EEMPTY) {
        sctpxi_termination_no_user_data(a, data.tsn);
        return SCTPXI_GONE;
    }
    if (result < 0)
        return SCTPXI_STOP; /* shorter than its header: a torn chunk */
    begin_data(a, rx);
    if ((data.flags & SCTPXI_DATA_IMMEDIATE) != 0)
        rx->wants_sack_now = true;
    switch (sctpxi_rx_tracker_check(&a->tracker, data.tsn)) {
    case SCTPXI_RX_NEW:
        return on_new(a, rx, &data);
    case SCTPXI_RX_DUPLICATE:
        on_duplicate(a, rx, &data);
        break;
    case SCTPXI_RX_UNWANTED:
        rx->wants_sack_now = true;
        break;
    }
    return SCTPXI_GO_ON;
}

enum sctpxi_verdict sctpxi_data_on_packet_end(sctpx_assoc *a, struct sctpxi_rx *rx)
{
    if (sctpxi_receive_window_is_dead(a))
        return violate(a);
    if (sctpxi_receive_window_wants_partial_delivery(a))
        sctpxi_reasm_deliver_partly(&a->reasm, a->tracker.cum);
    if (!TAILQ_EMPTY(&a->reasm.fresh))
        sctpxi_event_raise(a, SCTPXI_EVENT_READABLE);
    note_arrival(a, rx);
    sctpxi_window_growth_on_data(a, rx->now);
    if (a->state == SCTPX_SHUTDOWN_SENT)
        sctpxi_shutdown_on_data(a);
    bool is_urgent =
        rx->wants_sack_now || rx->has_duplicate || sctpxi_rx_tracker_has_gaps(&a->tracker);
    sctpxi_sack_on_data_packet(a, rx->now, is_urgent);
    return SCTPXI_GO_ON;
}

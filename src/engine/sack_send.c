/* SPDX-License-Identifier: MIT */
#include "engine/sack_send.h"

#include "engine/receive_window.h"
#include "engine/timers.h"
#include "wire/sack.h"

enum { GAPS_MAX = SCTPXI_RX_MAX_RANGES }; /* as many as there can be; what fits decides */

void sctpxi_sack_send_now(sctpx_assoc *a)
{
    sctpxi_assoc_ask(a, SCTPXI_PENDING_SACK);
}

/*
 * The SHUTDOWN that goes out acknowledges it (9.2), but says nothing of the window: the peer counts
 * on the one it was told last.
 */
static bool is_shutdown_enough(const sctpx_assoc *a)
{
    return sctpxi_receive_window(a) >= a->advertised_rwnd / 2;
}

void sctpxi_sack_on_data_packet(sctpx_assoc *a, sctpx_time now, bool is_urgent)
{
    if (a->packets_since_sack < UINT16_MAX)
        a->packets_since_sack++;
    if (a->state == SCTPX_SHUTDOWN_SENT && !is_urgent) {
        if (is_shutdown_enough(a))
            return;
        is_urgent = true;
    }
    if (is_urgent || a->packets_since_sack >= a->opt->sack_packets ||
        sctpxi_receive_window_is_awaited(a))
        sctpxi_assoc_ask(a, SCTPXI_PENDING_SACK);
    else
        sctpxi_timers_on_sack_delayed(a, now);
}

bool sctpxi_sack_is_owed(const sctpx_assoc *a)
{
    return (a->pending & SCTPXI_PENDING_SACK) != 0 || a->packets_since_sack > 0;
}

static void on_written(sctpx_assoc *a, uint32_t a_rwnd)
{
    a->advertised_rwnd = a->promised_bytes = a_rwnd;
    a->packets_since_sack = 0;
    a->pending &= (uint16_t)~SCTPXI_PENDING_SACK;
    sctpxi_rx_tracker_sack_sent(&a->tracker);
    sctpxi_timers_on_sack_sent(a);
}

bool sctpxi_sack_write_current(sctpx_assoc *a, struct sctpxi_writer *w)
{
    size_t left = sctpxi_writer_left(w);
    if (left < SCTPXI_SACK_HEADER_SIZE)
        return false;
    struct sctpxi_sack_gap gaps[GAPS_MAX];
    struct sctpxi_tsn dups[SCTPXI_RX_MAX_DUPS];
    size_t slots = (left - SCTPXI_SACK_HEADER_SIZE) / 4;
    size_t gap_count =
        sctpxi_rx_tracker_gaps(&a->tracker, gaps, slots < GAPS_MAX ? slots : GAPS_MAX);
    size_t dup_count = 0;
    while (dup_count < a->tracker.dup_count && gap_count + dup_count < slots) {
        dups[dup_count] = sctpxi_tsn_make(a->tracker.dups[dup_count]);
        dup_count++;
    }
    uint32_t a_rwnd = sctpxi_receive_window(a);
    sctpxi_sack_write(w, a->tracker.cum, a_rwnd, gaps, (uint16_t)gap_count, dups,
                      (uint16_t)dup_count);
    on_written(a, a_rwnd);
    return true;
}

/* SPDX-License-Identifier: MIT */
/* Options and status of associations, for their user. */
#include <string.h>

#include "engine/assoc.h"
#include "engine/burst.h"
#include "engine/endpoint.h"
#include "engine/receive_window.h"
#include "engine/timers.h"

void sctpx_assoc_set_user(sctpx_assoc *assoc, void *user)
{
    assoc->user = user;
}

void *sctpx_assoc_user(const sctpx_assoc *assoc)
{
    return assoc->user;
}

void sctpx_assoc_get_options(const sctpx_assoc *assoc, sctpx_assoc_options *ret_options)
{
    *ret_options = *assoc->opt;
}

int sctpx_assoc_set_options(sctpx_assoc *assoc, sctpx_time now, const sctpx_assoc_options *options)
{
    if (sctpx_assoc_options_check(options) < 0)
        return SCTPX_EINVAL;
    if (assoc->state == SCTPX_CLOSED)
        return SCTPX_ESTATE;
    sctpx_endpoint *ep = assoc->endpoint;
    const sctpx_assoc_options *old = assoc->opt, *fresh;
    sctpx_assoc_options values = *options;
    values.out_streams = old->out_streams;
    values.max_in_streams = old->max_in_streams;
    if (sctpxi_option_set_take(&ep->option_sets, &ep->alloc, &values, &fresh) < 0)
        return SCTPX_ENOMEM;
    sctpxi_receive_window_on_options(assoc, fresh);
    assoc->opt = fresh;
    assoc->reasm.max_message_bytes = fresh->partial_delivery ? SIZE_MAX : fresh->max_message_bytes;
    sctpxi_path_on_options(assoc, now, old);
    sctpxi_option_set_drop(&ep->alloc, old);
    sctpxi_timers_commit(assoc);
    sctpxi_receive_window_on_read(assoc);
    sctpxi_burst_allow(assoc);
    sctpxi_assoc_want_output(assoc);
    return 0;
}

int sctpx_assoc_set_primary(sctpx_assoc *assoc, size_t path)
{
    if (path >= assoc->path_count)
        return SCTPX_EINVAL;
    if (assoc->state == SCTPX_CLOSED || !assoc->paths[path].is_confirmed)
        return SCTPX_ESTATE;
    assoc->primary = (uint8_t)path;
    sctpxi_path_watch_choice(assoc);
    sctpxi_burst_allow(assoc);
    sctpxi_assoc_want_output(assoc);
    return 0;
}

/* Sums of what is kept for each path. */
static void fill_sums(const sctpx_assoc *a, sctpx_assoc_status *s)
{
    for (uint8_t i = 0; i < a->path_count; i++) {
        const struct sctpxi_path *p = &a->paths[i];
        s->flight_bytes += sctpxi_outstanding_flight(&a->outstanding, i).bytes;
        s->heartbeats_sent += p->heartbeats_sent;
        s->heartbeats_acked += p->heartbeats_acked;
    }
}

static void fill_counters(const sctpx_assoc *a, sctpx_assoc_status *s)
{
    s->sent_bytes = a->sent_bytes;
    s->received_bytes = a->received_bytes;
    s->sent_chunks = a->sent_chunks;
    s->received_chunks = a->received_chunks;
    s->retransmitted_chunks = a->retransmitted_chunks;
    s->retransmitted_bytes = a->retransmitted_bytes;
    s->duplicate_chunks = a->duplicate_chunks;
    s->sent_packets = a->sent_packets;
    s->received_packets = a->received_packets;
    s->t3_timeouts = a->t3_timeouts;
    s->fast_retransmits = a->fast_retransmits;
}

void sctpx_assoc_get_status(const sctpx_assoc *assoc, sctpx_assoc_status *ret_status)
{
    sctpx_assoc_status *s = ret_status;
    memset(s, 0, sizeof *s);
    s->state = assoc->state;
    s->error = assoc->error;
    s->local_port = assoc->local_port;
    s->remote_port = assoc->remote_port;
    s->in_streams = assoc->in_streams;
    s->out_streams = assoc->out_streams;
    s->local_tag = assoc->local_tag;
    s->remote_tag = assoc->remote_tag;
    s->paths = assoc->path_count;
    s->primary = assoc->primary;
    s->data_path = assoc->path_count > 0 ? sctpxi_path_for_data(assoc) : 0;
    s->peer_rwnd_bytes = assoc->peer_rwnd;
    s->unsent_bytes = assoc->queue.unsent_bytes;
    s->unacked_bytes = assoc->queue.unacked_bytes - assoc->queue.unsent_bytes;
    s->readable_bytes = assoc->reasm.readable_bytes;
    s->readable_messages = assoc->reasm.readable_messages;
    s->rcvbuf_bytes = assoc->window_bytes;
    s->rcvbuf_used_bytes = assoc->reasm.used_bytes - assoc->reasm.stream_bytes;
    fill_counters(assoc, s);
    fill_sums(assoc, s);
}

int sctpx_assoc_get_path(const sctpx_assoc *assoc, size_t path, sctpx_path_status *ret_status)
{
    if (path >= assoc->path_count)
        return SCTPX_EINVAL;
    const struct sctpxi_path *p = &assoc->paths[path];
    *ret_status = (sctpx_path_status){
        .local = p->local,
        .remote = p->remote,
        .confirmed = p->is_confirmed,
        .active = p->is_active,
        .cwnd_bytes = p->cc.cwnd,
        .ssthresh_bytes = p->cc.ssthresh,
        .flight_bytes = sctpxi_outstanding_flight(&assoc->outstanding, (uint8_t)path).bytes,
        .mtu = p->mtu,
        .srtt_us = p->rto.srtt_us,
        .rttvar_us = p->rto.rttvar_us,
        .rto_us = p->rto.rto_us,
        .rtt_us = p->rto.last_rtt_us,
        .min_rtt_us = p->rto.min_rtt_us,
        .max_rto_us = p->rto.max_rto_us,
        .errors = p->errors,
        .sent_packets = p->sent_packets,
        .received_packets = p->received_packets,
        .sent_bytes = p->sent_bytes,
        .received_bytes = p->received_bytes,
        .retransmitted_chunks = p->retransmitted_chunks,
        .retransmitted_bytes = p->retransmitted_bytes,
        .t3_timeouts = p->t3_timeouts,
        .heartbeats_sent = p->heartbeats_sent,
        .heartbeats_acked = p->heartbeats_acked,
    };
    return 0;
}

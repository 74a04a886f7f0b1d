/* SPDX-License-Identifier: MIT */
/* Options and status of associations, for their user. */
#include <string.h>

#include "engine/assoc.h"
#include "engine/burst.h"
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
    *ret_options = assoc->opt;
}

static void apply_to_paths(sctpx_assoc *a, sctpx_time now, const sctpx_assoc_options *old)
{
    for (uint8_t i = 0; i < a->path_count; i++) {
        struct sctpxi_path *p = &a->paths[i];
        if (a->opt.mtu != old->mtu) {
            p->mtu = (uint16_t)a->opt.mtu;
            sctpxi_cc_rfc9260.set_mtu(&p->cc, sctpxi_path_data_bytes(p));
        }
        if (p->rto.srtt_us == 0 && a->opt.rto_initial_us != old->rto_initial_us)
            p->rto.rto_us = a->opt.rto_initial_us;
        /* RFC 9260 8.3: one that is not answered yet is waited for; then the new one counts. */
        if (sctpxi_assoc_is_up(a) && a->opt.hb_interval_us != old->hb_interval_us &&
            !p->is_hb_unanswered)
            sctpxi_timers_arm_heartbeat(a, now, i);
    }
}

int sctpx_assoc_set_options(sctpx_assoc *assoc, sctpx_time now, const sctpx_assoc_options *options)
{
    if (sctpx_assoc_options_check(options) < 0)
        return SCTPX_EINVAL;
    if (assoc->state == SCTPX_CLOSED)
        return SCTPX_ESTATE;
    sctpx_assoc_options old = assoc->opt;
    sctpxi_receive_window_on_options(assoc);
    assoc->opt = *options;
    assoc->opt.out_streams = old.out_streams;
    assoc->opt.max_in_streams = old.max_in_streams;
    assoc->reasm.max_message_bytes =
        assoc->opt.partial_delivery ? SIZE_MAX : assoc->opt.max_message_bytes;
    apply_to_paths(assoc, now, &old);
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
    sctpxi_burst_allow(assoc);
    sctpxi_assoc_want_output(assoc);
    return 0;
}

static void fill_counters(const sctpx_assoc *a, sctpx_assoc_status *s)
{
    s->sent_bytes = a->sent_bytes;
    s->received_bytes = a->received_bytes;
    s->sent_chunks = a->sent_chunks;
    s->received_chunks = a->received_chunks;
    s->retransmitted_chunks = a->retransmitted_chunks;
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
    s->peer_rwnd_bytes = assoc->peer_rwnd;
    s->unsent_bytes = assoc->queue.unsent_bytes;
    s->unacked_bytes = assoc->queue.unacked_bytes - assoc->queue.unsent_bytes;
    s->readable_bytes = assoc->reasm.readable_bytes;
    s->readable_messages = assoc->reasm.readable_messages;
    s->rcvbuf_used_bytes = assoc->reasm.used_bytes - assoc->reasm.stream_bytes;
    fill_counters(assoc, s);
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
        .flight_bytes = (uint32_t)assoc->outstanding.flight_bytes[path],
        .mtu = p->mtu,
        .srtt_us = p->rto.srtt_us,
        .rttvar_us = p->rto.rttvar_us,
        .rto_us = p->rto.rto_us,
        .errors = p->errors,
    };
    return 0;
}

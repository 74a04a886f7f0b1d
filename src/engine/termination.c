/* SPDX-License-Identifier: MIT */
#include "engine/termination.h"

#include "engine/endpoint.h"
#include "wire/cause.h"
#include "wire/ctrl.h"

enum { INFO_MAX = 256 };

void sctpxi_termination_put_cause(struct sctpxi_writer *w, uint16_t cause, const void *info,
                                  size_t length)
{
    static const uint16_t cookie[] = {SCTPXI_PARAM_STATE_COOKIE};
    length = length < INFO_MAX ? length : INFO_MAX;
    switch (cause) {
    case SCTPXI_CAUSE_USER_ABORT:
        sctpxi_cause_put_user_abort(w, info, length);
        break;
    case SCTPXI_CAUSE_PROTOCOL_VIOLATION:
        sctpxi_cause_put_protocol_violation(w, info, length);
        break;
    case SCTPXI_CAUSE_MISSING_PARAM:
        sctpxi_cause_put_missing_params(w, cookie, 1);
        break;
    case SCTPXI_CAUSE_INVALID_PARAM:
        sctpxi_cause_put_invalid_param(w);
        break;
    case SCTPXI_CAUSE_OUT_OF_RESOURCE:
        sctpxi_cause_put_out_of_resource(w);
        break;
    default:
        break;
    }
}

static void send_abort(sctpx_assoc *a, const struct sctpxi_path *path, uint16_t cause,
                       const void *info, size_t length, const struct sctpxi_tsn *no_data)
{
    struct sctpxi_writer w;
    sctpxi_reply_begin(a->endpoint, a->local_port, a->remote_port, a->remote_tag, &w);
    size_t at = sctpxi_abort_begin(&w, SCTPXI_TAG_OF_PEER);
    if (no_data != NULL)
        sctpxi_cause_put_no_user_data(&w, *no_data);
    else
        sctpxi_termination_put_cause(&w, cause, info, length);
    sctpxi_chunk_end(&w, at);
    sctpxi_reply_end(a->endpoint, &w, &path->local, &path->remote);
}

void sctpxi_termination_abort(sctpx_assoc *a, uint16_t cause, const void *info, size_t length,
                              int error)
{
    /* Without the peer's tag there is nobody to tell: it knows nothing of us (9.1, 8.5.1 B). */
    if (a->remote_tag != 0)
        send_abort(a, &a->paths[sctpxi_path_for_data(a)], cause, info, length, NULL);
    sctpxi_assoc_set_reason(a, cause, info, length);
    sctpxi_assoc_close(a, error);
}

void sctpxi_termination_no_user_data(sctpx_assoc *a, struct sctpxi_tsn tsn)
{
    send_abort(a, &a->paths[sctpxi_path_for_data(a)], SCTPXI_CAUSE_NO_USER_DATA, NULL, 0, &tsn);
    sctpxi_assoc_set_reason(a, SCTPXI_CAUSE_NO_USER_DATA, NULL, 0);
    sctpxi_assoc_close(a, SCTPX_EPROTO);
}

/*
 * What is told is the reason of the peer's user if there is one (9.1), else the first cause; most
 * ABORTs have one or none.
 */
static void take_reason(sctpx_assoc *a, const struct sctpxi_chunk *chunk)
{
    struct sctpxi_tlv_iter iter;
    struct sctpxi_tlv tlv;
    struct sctpxi_cause cause, told = {0};
    sctpxi_causes(chunk, &iter);
    for (bool is_first = true; sctpxi_tlv_iter_next(&iter, &tlv) > 0; is_first = false)
        if ((is_first || tlv.type == SCTPXI_CAUSE_USER_ABORT) &&
            sctpxi_cause_parse(&tlv, &cause) == 0)
            told = cause;
    sctpxi_assoc_set_reason(a, told.code, told.info, told.info_len);
}

enum sctpxi_verdict sctpxi_termination_on_abort(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                const struct sctpxi_chunk *chunk)
{
    if (sctpxi_causes_check(chunk) < 0)
        return SCTPXI_STOP; /* 3.3.7: silently discarded */
    bool is_reflected = (chunk->flags & SCTPXI_FLAG_T) != 0;
    uint32_t expected = is_reflected ? a->remote_tag : a->local_tag;
    if (rx->view->vtag != expected)
        return SCTPXI_STOP; /* T bit in a later chunk than the first */
    take_reason(a, chunk);
    bool was_setting_up = !sctpxi_assoc_is_up(a);
    sctpxi_assoc_close(a, was_setting_up ? SCTPX_EREFUSED : SCTPX_EPEERABORT);
    return SCTPXI_GONE;
}

/* SPDX-License-Identifier: MIT */
#include "engine/error_receive.h"

#include "engine/event.h"
#include "engine/handshake.h"
#include "wire/cause.h"
#include "wire/ctrl.h"

/* Stale Cookie concerns the set-up, the rest is for the user to know. */
enum sctpxi_verdict sctpxi_error_on_chunk(sctpx_assoc *a, struct sctpxi_rx *rx,
                                          const struct sctpxi_chunk *chunk)
{
    struct sctpxi_tlv_iter iter;
    struct sctpxi_tlv tlv;
    struct sctpxi_cause cause;
    if (sctpxi_causes_check(chunk) < 0)
        return SCTPXI_GO_ON;
    sctpxi_causes(chunk, &iter);
    while (sctpxi_tlv_iter_next(&iter, &tlv) > 0) {
        if (sctpxi_cause_parse(&tlv, &cause) < 0)
            continue;
        if (cause.code == SCTPXI_CAUSE_STALE_COOKIE) {
            enum sctpxi_verdict verdict = sctpxi_handshake_on_stale_cookie(a, rx->now);
            if (verdict != SCTPXI_GO_ON)
                return verdict;
            continue;
        }
        sctpxi_assoc_set_reason(a, cause.code, cause.info, cause.info_len);
        sctpxi_event_raise(a, SCTPXI_EVENT_REMOTE_ERROR);
    }
    return SCTPXI_GO_ON;
}

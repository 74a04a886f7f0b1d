/* SPDX-License-Identifier: MIT */
/* What became of messages, for their user (RFC 9260 11.1.14, 11.1.15, 11.2.2). */
#include "engine/assoc.h"
#include "engine/tx_outcome.h"
#include "engine/user.h"

int sctpx_assoc_next_failed(sctpx_assoc *assoc, sctpx_failed_message *ret_message)
{
    const struct sctpxi_tx_message *m = sctpxi_tx_outcome_next_failed(&assoc->queue);
    if (m == NULL)
        return 0;
    *ret_message = (sctpx_failed_message){
        .error = m->is_of_restart ? SCTPX_ERESTARTED : assoc->error,
        .was_sent = m->has_left,
        .info = {.stream = m->stream, .flags = m->flags, .ppid = m->ppid, .context = m->context},
        .data = m->data,
        .length = m->length,
    };
    return 1;
}

int sctpx_assoc_next_report(sctpx_assoc *assoc, sctpx_message_report *ret_report)
{
    if (!sctpxi_tx_outcome_next_step(&assoc->queue, ret_report))
        return 0;
    sctpxi_user_on_room(assoc);
    return 1;
}

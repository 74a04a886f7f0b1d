/* SPDX-License-Identifier: MIT */
/* Totals of one stream. They are kept in the objects of streams in use: the others cost nothing. */
#include "engine/assoc.h"

static uint16_t stream_count(const sctpx_assoc *a)
{
    if (a->in_streams == 0 && a->out_streams == 0)
        return a->opt->out_streams; /* not negotiated: those that can be written to already */
    return a->in_streams > a->out_streams ? a->in_streams : a->out_streams;
}

int sctpx_assoc_get_stream(const sctpx_assoc *assoc, uint16_t stream,
                           sctpx_stream_status *ret_status)
{
    sctpx_stream_status status = {0};
    if (stream >= stream_count(assoc))
        return SCTPX_ESTREAM;
    sctpxi_reasm_stream_status(&assoc->reasm, stream, &status);
    sctpxi_tx_queue_stream_status(&assoc->queue, stream, &status);
    *ret_status = status;
    return 0;
}

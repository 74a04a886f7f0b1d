/* SPDX-License-Identifier: MIT */
#include "engine/report.h"

#include "base/writer.h"
#include "wire/cause.h"
#include "wire/ctrl.h"

/* What an ERROR may take at most: smaller than any path's packet, so that it can always be sent. */
enum { ERROR_MAX = 512 };

static void finish(sctpx_assoc *a, uint8_t path, struct sctpxi_writer *w, size_t at)
{
    sctpxi_chunk_end(w, at);
    if (!w->failed)
        sctpxi_control_queue(a, sctpxi_path_or_data(a, path), NULL, w->buf, w->len); /* 5.4 */
}

void sctpxi_report_unrecognized_chunk(sctpx_assoc *a, uint8_t path,
                                      const struct sctpxi_chunk *chunk)
{
    uint8_t space[ERROR_MAX];
    struct sctpxi_writer w = sctpxi_writer_make(space, sizeof space);
    struct sctpxi_chunk told = *chunk;
    size_t at = sctpxi_error_begin(&w);
    if (told.raw_len > sctpxi_writer_left(&w) - SCTPXI_TLV_HEADER_SIZE) {
        told.raw_len = SCTPXI_CHUNK_HEADER_SIZE; /* too long to come back whole: its header */
        told.value_len = 0;
    }
    sctpxi_cause_put_unrecognized_chunk(&w, &told);
    finish(a, path, &w, at);
}

void sctpxi_report_unrecognized_params(sctpx_assoc *a, uint8_t path,
                                       const struct sctpxi_peer_params *params)
{
    if (params->unknown_count == 0)
        return;
    uint8_t list[SCTPXI_PEER_PARAMS_UNKNOWN_BYTES], space[ERROR_MAX];
    struct sctpxi_writer l = sctpxi_writer_make(list, sizeof list);
    for (size_t i = 0; i < params->unknown_count; i++)
        sctpxi_tlv_copy(&l, &params->unknown[i]);
    struct sctpxi_writer w = sctpxi_writer_make(space, sizeof space);
    size_t at = sctpxi_error_begin(&w);
    sctpxi_cause_put_unrecognized_params(&w, list, l.len);
    finish(a, path, &w, at);
}

void sctpxi_report_invalid_stream(sctpx_assoc *a, uint8_t path, uint16_t stream)
{
    uint8_t space[32];
    struct sctpxi_writer w = sctpxi_writer_make(space, sizeof space);
    size_t at = sctpxi_error_begin(&w);
    sctpxi_cause_put_invalid_stream(&w, stream);
    finish(a, path, &w, at);
}

/* SPDX-License-Identifier: MIT */
/*
 * The 13 error causes of RFC 9260 3.3.10, both ways. Writers put one cause into an ABORT or ERROR
 * that is open (sctpxi_abort_begin, sctpxi_error_begin); they fail the writer when it does not fit,
 * so a long one is best tried with sctpxi_writer_rewind. The reader takes one item found with
 * sctpxi_causes. Views point into the packet.
 */
#ifndef SCTPXI_WIRE_CAUSE_H
#define SCTPXI_WIRE_CAUSE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include <sctpx/types.h>

#include "base/reader.h"
#include "base/serial.h"
#include "base/writer.h"
#include "wire/chunk.h"
#include "wire/tlv.h"

struct sctpxi_cause {
    uint16_t code;         /* enum sctpxi_cause_code, or anything */
    uint16_t stream;       /* INVALID_STREAM */
    uint32_t staleness_us; /* STALE_COOKIE; 0 = the peer does not say */
    struct sctpxi_tsn tsn; /* NO_USER_DATA */
    uint32_t n_missing;    /* MISSING_PARAM: for sctpxi_cause_missing_param */
    /*
     * What the cause carries: the unresolvable address, the unrecognized chunk or parameters, the
     * new addresses, the abort reason, the text of a violation; for MISSING_PARAM the list; for
     * codes not known here everything; else what stands after the fixed fields.
     */
    const uint8_t *info;
    size_t info_len;
};

/*
 * Reads a cause; fields of other codes are 0. SCTPX_EBADPACKET when it is shorter than its code
 * asks for (or lists fewer missing parameters than it says). Longer ones are accepted: peers add
 * text to causes that should have none.
 */
int sctpxi_cause_parse(const struct sctpxi_tlv *tlv, struct sctpxi_cause *ret_cause);

/* The type of the i-th missing parameter, i < n_missing. */
static inline uint16_t sctpxi_cause_missing_param(const struct sctpxi_cause *cause, size_t i)
{
    assert(i < cause->n_missing);
    return sctpxi_load_u16(cause->info + 2 * i);
}

void sctpxi_cause_put_invalid_stream(struct sctpxi_writer *w, uint16_t stream);

/* types: n parameter types that were missing. */
void sctpxi_cause_put_missing_params(struct sctpxi_writer *w, const uint16_t *types, size_t n);

/* staleness_us: by how much the cookie is too old, 0 to keep it to ourselves. */
void sctpxi_cause_put_stale_cookie(struct sctpxi_writer *w, uint32_t staleness_us);

void sctpxi_cause_put_out_of_resource(struct sctpxi_writer *w);

/* param: the address or host name parameter that cannot be used. */
void sctpxi_cause_put_unresolvable_addr(struct sctpxi_writer *w, const struct sctpxi_tlv *param);

void sctpxi_cause_put_unrecognized_chunk(struct sctpxi_writer *w, const struct sctpxi_chunk *chunk);

void sctpxi_cause_put_invalid_param(struct sctpxi_writer *w);

/* params: len bytes of parameters, as collected with sctpxi_tlv_copy. */
void sctpxi_cause_put_unrecognized_params(struct sctpxi_writer *w, const uint8_t *params,
                                          size_t len);

void sctpxi_cause_put_no_user_data(struct sctpxi_writer *w, struct sctpxi_tsn tsn);

void sctpxi_cause_put_cookie_in_shutdown(struct sctpxi_writer *w);

/* addrs: the n addresses that were not part of the association before. */
void sctpxi_cause_put_restart_new_addrs(struct sctpxi_writer *w, const sctpx_addr *addrs, size_t n);

/* reason: len bytes for the peer's user, may be none. */
void sctpxi_cause_put_user_abort(struct sctpxi_writer *w, const void *reason, size_t len);

/* info: len bytes that say more, may be none. */
void sctpxi_cause_put_protocol_violation(struct sctpxi_writer *w, const void *info, size_t len);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The small control chunks, both ways: HEARTBEAT (ACK), SHUTDOWN, SHUTDOWN ACK, SHUTDOWN COMPLETE,
 * COOKIE ECHO, COOKIE ACK, ABORT, ERROR, ECNE, CWR (RFC 9260 3.3.5 to 3.3.13). Readers take a
 * chunk whose type the caller has looked at, and write their output only on success. Views point
 * into the packet. The causes inside ABORT and ERROR are cause.h's.
 */
#ifndef SCTPXI_WIRE_CTRL_H
#define SCTPXI_WIRE_CTRL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/serial.h"
#include "base/writer.h"
#include "wire/chunk.h"
#include "wire/tlv.h"

/* An opaque run of bytes inside a packet. */
struct sctpxi_view {
    const uint8_t *p;
    size_t len;
};

/*
 * The Heartbeat Info inside a HEARTBEAT or HEARTBEAT ACK (may be 0 bytes long). SCTPX_EBADPACKET
 * when the chunk does not begin with a whole Heartbeat Info parameter; what follows it is ignored.
 */
int sctpxi_heartbeat_parse(const struct sctpxi_chunk *chunk, struct sctpxi_view *ret_info);

/* The Cumulative TSN Ack of a SHUTDOWN; SCTPX_EBADPACKET unless its length is 8. */
int sctpxi_shutdown_parse(const struct sctpxi_chunk *chunk, struct sctpxi_tsn *ret_cum_tsn);

/* The cookie of a COOKIE ECHO; SCTPX_EBADPACKET when it is empty. */
int sctpxi_cookie_echo_parse(const struct sctpxi_chunk *chunk, struct sctpxi_view *ret_cookie);

/*
 * The lowest TSN of an ECNE or CWR. SCTPX_EBADPACKET when it is missing; more bytes are ignored,
 * since some stacks add a counter.
 */
int sctpxi_ecn_parse(const struct sctpxi_chunk *chunk, struct sctpxi_tsn *ret_tsn);

/*
 * For chunks that have no value (SHUTDOWN ACK, SHUTDOWN COMPLETE, COOKIE ACK): 0 when the length
 * is 4, else SCTPX_EBADPACKET.
 */
int sctpxi_bare_check(const struct sctpxi_chunk *chunk);

/*
 * Whether the causes of an ABORT or ERROR are well formed: their number, or SCTPX_EBADPACKET. An
 * ABORT may have none; one with a format error is discarded silently (RFC 9260 3.3.7).
 */
int sctpxi_causes_check(const struct sctpxi_chunk *chunk);

/* Starts a walk over the causes of an ABORT or ERROR; each goes to sctpxi_cause_parse. */
static inline void sctpxi_causes(const struct sctpxi_chunk *chunk, struct sctpxi_tlv_iter *ret_iter)
{
    sctpxi_tlv_iter_init(ret_iter, chunk->value, chunk->value_len);
}

/* HEARTBEAT and HEARTBEAT ACK with len bytes of info. */
void sctpxi_heartbeat_write(struct sctpxi_writer *w, const void *info, size_t len);
void sctpxi_heartbeat_ack_write(struct sctpxi_writer *w, const void *info, size_t len);

/* Bytes a HEARTBEAT (ACK) with len bytes of info takes, padding included. */
static inline size_t sctpxi_heartbeat_size(size_t len)
{
    return SCTPXI_CHUNK_HEADER_SIZE + sctpxi_tlv_size(len);
}

void sctpxi_shutdown_write(struct sctpxi_writer *w, struct sctpxi_tsn cum_tsn);
void sctpxi_shutdown_ack_write(struct sctpxi_writer *w);

void sctpxi_shutdown_complete_write(struct sctpxi_writer *w, enum sctpxi_tag_kind tag);

void sctpxi_cookie_echo_write(struct sctpxi_writer *w, const uint8_t *cookie, size_t len);
void sctpxi_cookie_ack_write(struct sctpxi_writer *w);

void sctpxi_ecne_write(struct sctpxi_writer *w, struct sctpxi_tsn lowest_tsn);
void sctpxi_cwr_write(struct sctpxi_writer *w, struct sctpxi_tsn lowest_tsn);

/* An ABORT or ERROR left open for causes; the result goes to sctpxi_chunk_end. */
size_t sctpxi_abort_begin(struct sctpxi_writer *w, enum sctpxi_tag_kind tag);
size_t sctpxi_error_begin(struct sctpxi_writer *w);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What our HEARTBEATs carry, and which of them an acknowledgement answers (RFC 9260 5.4, 8.3):
 * path, number, time of sending, and a nonce that nobody can guess. Nothing is remembered of those
 * under way but the number of the last one.
 */
#ifndef SCTPXI_ENGINE_HEARTBEAT_INFO_H
#define SCTPXI_ENGINE_HEARTBEAT_INFO_H

#include "engine/assoc.h"
#include "wire/chunk.h"

#define SCTPXI_HEARTBEAT_INFO_BYTES 24u

/* Fills the Heartbeat Info of a HEARTBEAT that is sent at that time, the path's hb_number-th. */
void sctpxi_heartbeat_info_write(const sctpx_assoc *a, uint8_t path, sctpx_time sent_at,
                                 uint8_t *info);

/*
 * The path that a HEARTBEAT ACK answers, when its HEARTBEAT was sent and which it was, or -1:
 * length, path or nonce are wrong, it is more than a minute old, or it or a later one was answered
 * already.
 */
int sctpxi_heartbeat_info_check(const sctpx_assoc *a, sctpx_time now,
                                const struct sctpxi_chunk *chunk, sctpx_time *ret_sent_at,
                                uint32_t *ret_number);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What "sctpx perf client" and "sctpx perf server" say to each other, version 1. The payload
 * protocol identifier of a message tells what it is; arguments are decimal numbers with one space
 * between two. All of them but data go on stream 0.
 *
 *   PERF_DISCARD  data: counted, in both directions; so is everything else that a server gets
 *   PERF_ECHO     to the server: comes back as it is
 *   PERF_COUNT    to the server: how much came; answered "BYTES MESSAGES", of this association
 *   PERF_SEND     to the server: "VERSION SIZE BYTES STREAMS": send data, messages of SIZE bytes,
 *                 BYTES in total (0 = until PERF_STOP), over all streams in turn if STREAMS is 1,
 *                 else on stream 0. Answered with the version, or with 0: refused
 *   PERF_STOP     to the server: send no more. Answered "BYTES MESSAGES RETRANSMITTED" (in chunks)
 *                 when all of it is acknowledged; also unasked, when BYTES are sent
 */
#ifndef CLI_PERF_PROTOCOL_H
#define CLI_PERF_PROTOCOL_H

#include <stdbool.h>

#include "message.h"

enum perf_ppid {
    PERF_DISCARD = 0x73780001,
    PERF_ECHO = 0x73780002,
    PERF_COUNT = 0x73780003,
    PERF_SEND = 0x73780004,
    PERF_STOP = 0x73780005
};

/* The longest message that a server sends on request. */
enum { PERF_VERSION = 1, PERF_SEND_MAX_BYTES = 1 << 20, PERF_TEXT_BYTES = 96 };

/* Exactly so many numbers, nothing else; false if the message is anything else. */
bool perf_parse(const struct message *message, size_t count, uint64_t *ret_numbers);

/*
 * Sends these numbers on stream 0, to be acknowledged at once (RFC 7053): who waits until all that
 * was sent is acknowledged also waits for this. Returns as sctpx_socket_write_datagram().
 */
int perf_say(sctpx_socket *socket, enum perf_ppid ppid, size_t count, const uint64_t *numbers);

#endif

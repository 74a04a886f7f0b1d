/* SPDX-License-Identifier: MIT */
/*
 * Packets that look like SCTP and are only numbered: a common header and one DATA or SACK chunk,
 * with the CRC32c of SCTP. What udp_limit.c sends. Pure.
 */
#ifndef BENCH_SUPPORT_LIMIT_H
#define BENCH_SUPPORT_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENCH_LIMIT_HEADER_BYTES = 12 + 16, BENCH_LIMIT_SACK_BYTES = 12 + 16 };

/* Writes header, payload (copied) and checksum. */
void bench_limit_write_data(uint8_t *packet, uint32_t tsn, const uint8_t *payload, size_t length);

/* A packet without payload that says there is nothing more. */
void bench_limit_write_end(uint8_t packet[BENCH_LIMIT_HEADER_BYTES]);

void bench_limit_write_sack(uint8_t packet[BENCH_LIMIT_SACK_BYTES], uint32_t tsn);

/* False: not a SACK, or its checksum is wrong. */
bool bench_limit_read_sack(uint8_t *packet, size_t length, uint32_t *ret_tsn);

struct bench_limit_receiver {
    uint32_t next_tsn; /* 0 before the first packet */
    uint64_t bytes;    /* of payload that came */
    bool ended;
    uint8_t user[1 << 16]; /* where the payload is copied to */
};

/* Takes packets of that length each (the last may be shorter); fails on a wrong one or a gap. */
void bench_limit_receive(struct bench_limit_receiver *receiver, uint8_t *packets, size_t length,
                         size_t each);

#endif

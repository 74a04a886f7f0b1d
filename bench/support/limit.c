/* SPDX-License-Identifier: MIT */
#include "support/limit.h"

#include <string.h>

#include "support/figure.h"
#include "wire/crc32c.h"

enum { CHECKSUM_AT = 8, CHUNK_AT = 12, TSN_AT = 16, DATA = 0, SACK = 3, SHUTDOWN_COMPLETE = 14 };

static void put32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Ports 7, a tag, no checksum yet, the chunk's header, a number and 12 bytes of the chunk. */
static void put_header(uint8_t *packet, uint8_t type, size_t chunk_bytes, uint32_t tsn)
{
    static const uint8_t header[BENCH_LIMIT_HEADER_BYTES] = {0, 7, 0, 7, 1, 2, 3, 4};
    memcpy(packet, header, sizeof header);
    packet[CHUNK_AT] = type;
    packet[CHUNK_AT + 1] = 3; /* DATA: a whole message */
    packet[CHUNK_AT + 2] = (uint8_t)(chunk_bytes >> 8);
    packet[CHUNK_AT + 3] = (uint8_t)chunk_bytes;
    put32(packet + TSN_AT, tsn);
}

/* The checksum of a packet whose field is zero, least significant byte first. */
static void put_checksum(uint8_t *packet, size_t length)
{
    uint32_t sum = ~sctpxi_crc32c_update(SCTPXI_CRC32C_INIT, packet, length);
    packet[CHECKSUM_AT] = (uint8_t)sum;
    packet[CHECKSUM_AT + 1] = (uint8_t)(sum >> 8);
    packet[CHECKSUM_AT + 2] = (uint8_t)(sum >> 16);
    packet[CHECKSUM_AT + 3] = (uint8_t)(sum >> 24);
}

static bool is_right(uint8_t *packet, size_t length)
{
    uint8_t sum[4];
    if (length < BENCH_LIMIT_HEADER_BYTES)
        return false;
    memcpy(sum, packet + CHECKSUM_AT, sizeof sum);
    memset(packet + CHECKSUM_AT, 0, sizeof sum);
    put_checksum(packet, length);
    return memcmp(sum, packet + CHECKSUM_AT, sizeof sum) == 0;
}

void bench_limit_write_data(uint8_t *packet, uint32_t tsn, const uint8_t *payload, size_t length)
{
    put_header(packet, DATA, 16 + length, tsn);
    memcpy(packet + BENCH_LIMIT_HEADER_BYTES, payload, length);
    put_checksum(packet, BENCH_LIMIT_HEADER_BYTES + length);
}

void bench_limit_write_end(uint8_t packet[BENCH_LIMIT_HEADER_BYTES])
{
    put_header(packet, SHUTDOWN_COMPLETE, 16, 0);
    put_checksum(packet, BENCH_LIMIT_HEADER_BYTES);
}

void bench_limit_write_sack(uint8_t packet[BENCH_LIMIT_SACK_BYTES], uint32_t tsn)
{
    put_header(packet, SACK, 16, tsn);
    put_checksum(packet, BENCH_LIMIT_SACK_BYTES);
}

bool bench_limit_read_sack(uint8_t *packet, size_t length, uint32_t *ret_tsn)
{
    if (!is_right(packet, length) || packet[CHUNK_AT] != SACK)
        return false;
    *ret_tsn = get32(packet + TSN_AT);
    return true;
}

static void receive_one(struct bench_limit_receiver *receiver, uint8_t *packet, size_t length)
{
    uint32_t tsn;
    if (!is_right(packet, length))
        bench_fail("the checksum of a packet");
    if (packet[CHUNK_AT] != DATA) {
        receiver->ended = true;
        return;
    }
    tsn = get32(packet + TSN_AT);
    if (receiver->next_tsn != 0 && tsn != receiver->next_tsn)
        bench_fail("receiving all: a packet was lost, which");
    receiver->next_tsn = tsn + 1;
    length -= BENCH_LIMIT_HEADER_BYTES;
    memcpy(receiver->user + receiver->bytes % (sizeof receiver->user - 2048),
           packet + BENCH_LIMIT_HEADER_BYTES, length);
    receiver->bytes += length;
}

void bench_limit_receive(struct bench_limit_receiver *receiver, uint8_t *packets, size_t length,
                         size_t each)
{
    for (size_t at = 0; at < length; at += each)
        receive_one(receiver, packets + at, length - at < each ? length - at : each);
}

/* SPDX-License-Identifier: MIT */
#include "support/packet_builder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 8

/* A chunk or item whose end has not been reached. */
struct open_item {
    size_t start;
    bool is_chunk;
    bool lies;
    uint16_t lie;
    bool no_padding;
    uint8_t pad_byte;
};

struct pb {
    uint8_t *bytes;
    size_t len;
    size_t cap;
    bool has_header;
    struct open_item open[MAX_DEPTH];
    size_t depth;
    size_t owed_padding; /* of the item closed last; paid when another one follows it */
    uint8_t owed_byte;
    bool sets_checksum;
    uint32_t checksum;
    uint32_t checksum_flip;
};

static uint8_t *grow(struct pb *pb, size_t n)
{
    if (pb->bytes == NULL || pb->cap - pb->len < n) {
        pb->cap = 2 * pb->cap + n + 64;
        pb->bytes = realloc(pb->bytes, pb->cap);
        if (pb->bytes == NULL)
            abort();
    }
    pb->len += n;
    return pb->bytes + pb->len - n;
}

struct pb *pb_bare(void)
{
    struct pb *pb = calloc(1, sizeof *pb);
    if (pb == NULL)
        abort();
    return pb;
}

struct pb *pb_new(uint16_t src_port, uint16_t dst_port, uint32_t vtag)
{
    struct pb *pb = pb_bare();
    pb->has_header = true;
    pb_u16(pb, src_port);
    pb_u16(pb, dst_port);
    pb_u32(pb, vtag);
    pb_u32(pb, 0);
    return pb;
}

void pb_fill(struct pb *pb, uint8_t byte, size_t n)
{
    pb->owed_padding = 0;
    uint8_t *p = grow(pb, n);
    if (n > 0)
        memset(p, byte, n);
}

void pb_bytes(struct pb *pb, const void *p, size_t n)
{
    pb->owed_padding = 0;
    uint8_t *to = grow(pb, n);
    if (n > 0)
        memcpy(to, p, n);
}

/* The low `count` bytes of v, the highest of them first. */
static void put_integer(struct pb *pb, uint64_t v, unsigned count)
{
    while (count-- > 0) {
        uint8_t byte = (uint8_t)(v >> (8 * count));
        pb_bytes(pb, &byte, 1);
    }
}

void pb_u8(struct pb *pb, uint8_t v)
{
    put_integer(pb, v, 1);
}

void pb_u16(struct pb *pb, uint16_t v)
{
    put_integer(pb, v, 2);
}

void pb_u32(struct pb *pb, uint32_t v)
{
    put_integer(pb, v, 4);
}

void pb_u64(struct pb *pb, uint64_t v)
{
    put_integer(pb, v, 8);
}

static void push(struct pb *pb, bool is_chunk)
{
    assert(pb->depth < MAX_DEPTH);
    pb_fill(pb, pb->owed_byte, pb->owed_padding);
    pb->open[pb->depth++] = (struct open_item){.start = pb->len, .is_chunk = is_chunk};
}

void pb_chunk(struct pb *pb, uint8_t type, uint8_t flags)
{
    push(pb, true);
    pb_u8(pb, type);
    pb_u8(pb, flags);
    pb_u16(pb, 0);
}

void pb_tlv(struct pb *pb, uint16_t type)
{
    push(pb, false);
    pb_u16(pb, type);
    pb_u16(pb, 0);
}

static struct open_item *top(struct pb *pb)
{
    assert(pb->depth > 0);
    return &pb->open[pb->depth - 1];
}

void pb_end(struct pb *pb)
{
    struct open_item item = *top(pb);
    pb->depth--;
    size_t length = item.lies ? item.lie : pb->len - item.start;
    pb->bytes[item.start + 2] = (uint8_t)(length / 256 % 256);
    pb->bytes[item.start + 3] = (uint8_t)(length % 256);
    size_t over = (pb->len - item.start) % 4;
    size_t padding = over == 0 || item.no_padding ? 0 : 4 - over;
    if (item.is_chunk) {
        pb_fill(pb, item.pad_byte, padding);
    } else {
        pb->owed_padding = padding;
        pb->owed_byte = item.pad_byte;
    }
}

void pb_lie_length(struct pb *pb, uint16_t length)
{
    top(pb)->lies = true;
    top(pb)->lie = length;
}

void pb_no_padding(struct pb *pb)
{
    top(pb)->no_padding = true;
}

void pb_pad_with(struct pb *pb, uint8_t byte)
{
    top(pb)->pad_byte = byte;
}

void pb_set_checksum(struct pb *pb, uint32_t value)
{
    pb->sets_checksum = true;
    pb->checksum = value;
}

void pb_corrupt_checksum(struct pb *pb)
{
    pb->checksum_flip = 0x00010000;
}

uint32_t pb_crc32c(const uint8_t *p, size_t n)
{
    /* Castagnoli's polynomial with its bits reversed, as RFC 9260 appendix A reads bytes. */
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc % 2 != 0 ? crc / 2 ^ 0x82F63B78 : crc / 2;
    }
    return crc ^ 0xFFFFFFFF;
}

static uint32_t checksum_field(const struct pb *pb)
{
    if (pb->sets_checksum)
        return pb->checksum;
    uint32_t crc = pb_crc32c(pb->bytes, pb->len);
    uint32_t swapped = crc << 24 | (crc & 0xFF00) << 8 | (crc >> 8 & 0xFF00) | crc >> 24;
    return swapped ^ pb->checksum_flip;
}

uint8_t *pb_finish(struct pb *pb, size_t *len)
{
    while (pb->depth > 0)
        pb_end(pb);
    if (pb->has_header) {
        uint32_t field = checksum_field(pb);
        for (unsigned i = 0; i < 4; i++)
            pb->bytes[8 + i] = (uint8_t)(field >> (24 - 8 * i));
    }
    *len = pb->len;
    uint8_t *exact = malloc(pb->len > 0 ? pb->len : 1);
    if (exact == NULL)
        abort();
    if (pb->len > 0)
        memcpy(exact, pb->bytes, pb->len);
    free(pb->bytes);
    free(pb);
    return exact;
}

bool pb_equals(struct pb *pb, const void *p, size_t n)
{
    size_t len;
    uint8_t *built = pb_finish(pb, &len);
    bool same = len == n && memcmp(built, p, n) == 0;
    free(built);
    return same;
}

uint8_t *pb_exact(const void *p, size_t n)
{
    /* One byte in front, so that there is a block whose end can be reached with n == 0. */
    uint8_t *block = malloc(n + 1);
    if (block == NULL)
        abort();
    if (n > 0)
        memcpy(block + 1, p, n);
    return block + 1;
}

void pb_exact_free(uint8_t *exact)
{
    free(exact - 1);
}

uint8_t *pb_exact_cut(const uint8_t *chunk, size_t n)
{
    assert(n >= 4);
    uint8_t *exact = pb_exact(chunk, n);
    exact[2] = (uint8_t)(n / 256);
    exact[3] = (uint8_t)(n % 256);
    return exact;
}

/* SPDX-License-Identifier: MIT */
/*
 * The input does not know TSNs and tags, which are random. So chunks get the numbers that the
 * association waits for, and the input says by how much they are off.
 */
#include <string.h>

#include "base/writer.h"
#include "engine/assoc.h"
#include "fuzz/pair.h"
#include "wire/packet.h"

enum { MAX_BYTES = 12 + 1500 };

/* The lower half of what stands there is the distance to the right number. */
static void correct(uint8_t *at, uint32_t right)
{
    uint32_t distance = sctpxi_load_u16(at + 2);
    sctpxi_store_u32(at, right + distance - (distance & 0x8000) * 2);
}

static void correct_chunk(const sctpx_assoc *a, uint8_t *chunk, size_t length)
{
    if (length < 8)
        return;
    switch (chunk[0]) {
    case SCTPXI_CHUNK_DATA:
        correct(chunk + 4, a->tracker.cum.v + 1);
        break;
    case SCTPXI_CHUNK_SACK:
    case SCTPXI_CHUNK_SHUTDOWN:
        correct(chunk + 4, a->outstanding.cum_ack.v);
        break;
    default:
        break;
    }
}

static void correct_all(const sctpx_assoc *a, uint8_t *chunks, size_t length)
{
    for (size_t at = 0; length - at >= 4;) {
        size_t step = sctpxi_load_u16(chunks + at + 2);
        if (step < 4 || step > length - at)
            return;
        correct_chunk(a, chunks + at, step);
        step = sctpxi_pad4(step);
        at = step < length - at ? at + step : length;
    }
}

/* INIT has tag 0, and with the T bit it is the peer's own. */
static uint32_t tag_for(const sctpx_assoc *a, const uint8_t *chunk)
{
    if (chunk[0] == SCTPXI_CHUNK_INIT)
        return 0;
    if ((chunk[0] == SCTPXI_CHUNK_ABORT || chunk[0] == SCTPXI_CHUNK_SHUTDOWN_COMPLETE) &&
        (chunk[1] & SCTPXI_FLAG_T) != 0)
        return a->remote_tag;
    return a->local_tag;
}

static void give(struct pair_side *to, const sctpx_addr *local, const sctpx_addr *remote,
                 uint8_t *bytes, size_t length)
{
    sctpxi_crc32c_store(bytes, length);
    uint8_t *exact = malloc(length);
    FUZZ_CHECK(exact != NULL);
    memcpy(exact, bytes, length);
    to->pair->is_tainted = true;
    pair_trace_packet(to, "forged", remote, local, bytes, length);
    const sctpx_packet packet = {
        .local = *local, .remote = *remote, .data = exact, .length = length};
    sctpx_endpoint_receive(to->endpoint, to->pair->now, &packet);
    free(exact);
    pair_service(to);
}

void pair_forge_chunks(struct pair_side *to, struct pair_end *end)
{
    uint8_t bytes[MAX_BYTES] = {0};
    struct fuzz_input *in = &to->pair->in;
    const sctpx_assoc *a = end->assoc;
    uint8_t choice = fuzz_u8(in);
    struct fuzz_input part = fuzz_bytes(in, 4 + (size_t)fuzz_u8(in));
    size_t length = 12 + (part.left < 4 ? 4 : part.left);
    if (part.left > 0)
        memcpy(bytes + 12, part.p, part.left);
    struct sctpxi_writer w = sctpxi_writer_make(bytes, sizeof bytes);
    sctpxi_packet_begin(&w, a->remote_port, a->local_port, tag_for(a, bytes + 12));
    correct_all(a, bytes + 12, length - 12);
    const struct sctpxi_path *path = &a->paths[(choice & 7) % a->path_count];
    sctpx_addr remote = path->remote;
    if ((choice & 0xc0) == 0xc0) { /* from elsewhere, or another port */
        remote.ip[3] ^= (uint8_t)(choice & 8);
        remote.udp_port = (uint16_t)(remote.udp_port ^ (choice & 16));
    }
    give(to, &to->addrs[0], &remote, bytes, length);
}

void pair_forge_packet(struct pair_side *to)
{
    uint8_t bytes[MAX_BYTES] = {0};
    struct fuzz_input *in = &to->pair->in;
    uint8_t choice = fuzz_u8(in);
    struct fuzz_input part = fuzz_bytes(in, 12 + (size_t)fuzz_u8(in));
    if (part.left > 0)
        memcpy(bytes, part.p, part.left);
    sctpx_addr remote = pair_other(to)->addrs[choice % pair_other(to)->addr_count];
    if ((choice & 128) != 0)
        remote.ip[3] = choice;
    give(to, &to->addrs[0], &remote, bytes, part.left < 12 ? 12 : part.left);
}

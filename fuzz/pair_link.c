/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "fuzz/pair.h"
#include "wire/packet.h"

static bool same_ip(const sctpx_addr *a, const sctpx_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

static bool owns(const struct pair_side *side, const sctpx_addr *addr)
{
    for (size_t i = 0; i < side->addr_count; i++)
        if (same_ip(&side->addrs[i], addr))
            return addr->udp_port == side->public_port;
    return false;
}

/* What no peer could read must not go out. */
static void check_packet(const uint8_t *data, size_t length)
{
    struct sctpxi_packet packet;
    struct sctpxi_chunk_iter iter;
    struct sctpxi_chunk chunk;
    int more;
    size_t count = 0;
    FUZZ_CHECK(length % 4 == 0 && sctpxi_crc32c_verify(data, length));
    FUZZ_CHECK(sctpxi_packet_parse(data, length, &packet) == 0);
    sctpxi_packet_chunks(&packet, &iter);
    while ((more = sctpxi_chunk_iter_next(&iter, &chunk)) > 0) {
        count++;
        FUZZ_CHECK(chunk.type <= SCTPXI_CHUNK_SHUTDOWN_COMPLETE);
        FUZZ_CHECK(sctpxi_bundle_allowed(chunk.type) || (count == 1 && iter.left == 0));
    }
    FUZZ_CHECK(more == 0 && count > 0);
}

void pair_post(struct pair_side *from, const sctpx_addr *local, const sctpx_addr *remote,
               const uint8_t *data, size_t length)
{
    struct pair_side *to = pair_other(from);
    check_packet(data, length);
    pair_trace_packet(to, "sent", local, remote, data, length);
    if (!owns(to, remote) || to->queue_count == PAIR_QUEUE)
        return;
    struct pair_packet *p = &to->queue[to->queue_count++];
    *p = (struct pair_packet){.from = *local, .to = *remote, .length = length};
    if (local->family == SCTPX_NO_FAMILY)
        p->from = from->addrs[0];
    p->from.udp_port = from->public_port;
    p->data = malloc(length);
    FUZZ_CHECK(p->data != NULL);
    memcpy(p->data, data, length);
}

/* Takes it out of the queue; the caller frees its bytes. */
static struct pair_packet take(struct pair_side *to, size_t i)
{
    struct pair_packet packet = to->queue[i];
    to->queue_count--;
    memmove(&to->queue[i], &to->queue[i + 1], (to->queue_count - i) * sizeof to->queue[0]);
    return packet;
}

void pair_drop(struct pair_side *to, size_t i)
{
    if (i < to->queue_count)
        free(take(to, i).data);
}

void pair_drop_cookie_acks(struct pair_side *to)
{
    for (size_t i = to->queue_count; i-- > 0;)
        if (to->queue[i].length > 12 && to->queue[i].data[12] == SCTPXI_CHUNK_COOKIE_ACK)
            pair_drop(to, i);
}

void pair_deliver(struct pair_side *to, size_t i)
{
    if (i >= to->queue_count)
        return;
    struct pair_packet p = take(to, i);
    const char *what = p.is_damaged ? "damaged" : p.is_forged ? "forged" : "in";
    pair_trace_packet(to, what, &p.from, &p.to, p.data, p.length);
    const sctpx_packet packet = {
        .local = p.to, .remote = p.from, .data = p.data, .length = p.length};
    if (p.is_forged && !p.is_damaged)
        to->pair->is_tainted = true;
    int result = sctpx_endpoint_receive(to->endpoint, to->pair->now, &packet);
    if (p.is_damaged)
        FUZZ_CHECK(result == SCTPX_EBADPACKET);
    free(p.data);
    pair_service(to);
}

void pair_duplicate(struct pair_side *to, size_t i)
{
    if (i >= to->queue_count || to->queue_count == PAIR_QUEUE)
        return;
    struct pair_packet *copy = &to->queue[to->queue_count++];
    *copy = to->queue[i];
    copy->data = malloc(copy->length);
    FUZZ_CHECK(copy->data != NULL);
    memcpy(copy->data, to->queue[i].data, copy->length);
}

void pair_change(struct pair_side *to, size_t i, bool keeps_sum)
{
    struct fuzz_input *in = &to->pair->in;
    if (i >= to->queue_count)
        return;
    struct pair_packet *p = &to->queue[i];
    size_t at = fuzz_u16(in) % p->length;
    uint8_t mask = (uint8_t)(1 + fuzz_below(in, 255));
    if (p->is_damaged)
        return; /* a second change could undo the first */
    p->data[at] ^= mask;
    if (keeps_sum) {
        p->is_damaged = true; /* one byte: a CRC finds that always */
        return;
    }
    sctpxi_crc32c_store(p->data, p->length);
    p->is_forged = true;
}

void pair_truncate(struct pair_side *to, size_t i)
{
    struct fuzz_input *in = &to->pair->in;
    if (i >= to->queue_count || to->queue[i].is_damaged)
        return;
    struct pair_packet *p = &to->queue[i];
    size_t length = 12 + fuzz_u16(in) % (p->length - 11);
    if (length == p->length)
        return;
    uint8_t *exact = malloc(length);
    FUZZ_CHECK(exact != NULL);
    memcpy(exact, p->data, length);
    free(p->data);
    p->data = exact;
    p->length = length;
    sctpxi_crc32c_store(p->data, p->length);
    p->is_forged = true;
}

void pair_flush(struct pair *pair, unsigned max)
{
    struct pair_side *a = &pair->sides[0], *b = &pair->sides[1];
    for (unsigned n = 0; n < max && a->queue_count + b->queue_count > 0; n++) {
        pair_deliver(a, 0);
        pair_deliver(b, 0);
    }
}

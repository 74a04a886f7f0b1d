/* SPDX-License-Identifier: MIT */
/* Rules that every packet of every test must keep; a host that breaks one fails the test. */
#include <string.h>

#include "sim/internal.h"
#include "wire/crc32c.h"

struct seen {
    size_t n, data, sack, abort;
    bool has_lone, has_init;
};

static void fail_packet(const struct sim_host *host, const struct sim_packet *packet,
                        const char *what)
{
    sim_print_packet(host->sim, packet, "bad");
    sim_violation(host->sim, "%s sent a bad packet: %s", host->name, what);
}

/* RFC 9260 6.10 and 5.1: order within a packet. */
static const char *check_chunk(struct seen *seen, const struct sim_chunk *chunk)
{
    if (seen->has_lone)
        return "chunk after one that must be alone";
    switch (chunk->type) {
    case SIM_INIT:
        seen->has_init = true;
        /* fall through */
    case SIM_INIT_ACK:
    case SIM_SHUTDOWN_COMPLETE:
        seen->has_lone = true;
        if (seen->n > 0)
            return "chunk that must be alone is bundled";
        break;
    case SIM_COOKIE_ECHO:
    case SIM_COOKIE_ACK:
        if (seen->n > 0)
            return "COOKIE ECHO or COOKIE ACK is not first";
        break;
    case SIM_SACK:
        if (seen->sack++)
            return "two SACKs";
        break;
    case SIM_ABORT:
        seen->abort++;
        break;
    case SIM_DATA:
        seen->data++;
        if (chunk->length <= 16)
            return "DATA without user data";
        break;
    default:
        break;
    }
    if (chunk->type != SIM_DATA && seen->data)
        return "control chunk after DATA";
    if (seen->abort && seen->data)
        return "ABORT together with DATA";
    seen->n++;
    return NULL;
}

static const char *check_chunks(const struct sim_packet *packet, struct seen *seen)
{
    size_t at = 12;
    while (at < packet->length) {
        struct sim_chunk chunk;
        if (!sim_chunk_parse(packet->data + at, packet->length - at, &chunk))
            return "broken chunk";
        const char *what = check_chunk(seen, &chunk);
        if (what)
            return what;
        size_t end = at + ((chunk.length + 3u) & ~(size_t)3u);
        if (end > packet->length)
            return "padding is missing";
        for (size_t i = at + chunk.length; i < end; i++)
            if (packet->data[i] != 0)
                return "padding is not zero";
        at = end;
    }
    return seen->n ? NULL : "no chunk";
}

static bool is_own_address(const struct sim_host *host, const sctpx_addr *addr)
{
    for (size_t i = 0; i < host->n_addrs; i++)
        if (sim_same_ip(&host->addrs[i], addr))
            return true;
    return false;
}

void sim_check_packet(const struct sim_host *host, const struct sim_packet *packet)
{
    if (packet->length < 16)
        fail_packet(host, packet, "too short");
    size_t overhead =
        (packet->to.family == SCTPX_IPV6 ? 40u : 20u) + (packet->to.udp_port ? 8u : 0u);
    if (packet->length + overhead > host->mtu)
        fail_packet(host, packet, "longer than the MTU");
    if (!sctpxi_crc32c_verify(packet->data, packet->length))
        fail_packet(host, packet, "wrong checksum");
    if (sim_u16(packet->data) == 0 || sim_u16(packet->data + 2) == 0)
        fail_packet(host, packet, "port 0");
    if (!is_own_address(host, &packet->from))
        fail_packet(host, packet, "not from an own address");
    struct seen seen = {0};
    const char *what = check_chunks(packet, &seen);
    if (what)
        fail_packet(host, packet, what);
    /* RFC 9260 8.5.1 A: tag 0 belongs to INIT and to nothing else. */
    if ((sim_u32(packet->data + 4) == 0) != seen.has_init)
        fail_packet(host, packet, "tag 0 without INIT, or INIT with a tag");
}

/* SPDX-License-Identifier: MIT */
#include <stdarg.h>

#include "fuzz/pair.h"
#include "wire/data.h"
#include "wire/names.h"
#include "wire/packet.h"
#include "wire/sack.h"

static bool is_on(void)
{
    static int on = -1;
    if (on < 0)
        on = getenv("PAIR_TRACE") != NULL;
    return on > 0;
}

void pair_trace(const struct pair *pair, const char *format, ...)
{
    va_list args;
    if (!is_on())
        return;
    fprintf(stderr, "%12.6f ", (double)pair->now / 1e6);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

static void print_numbers(const struct sctpxi_chunk *chunk)
{
    struct sctpxi_data data;
    struct sctpxi_sack sack;
    if (chunk->type == SCTPXI_CHUNK_DATA && sctpxi_data_parse(chunk, &data) == 0)
        fprintf(stderr, "(tsn %u sid %u ssn %u flags %u, %zu)", data.tsn.v, data.stream, data.ssn.v,
                data.flags, data.payload_len);
    if (chunk->type == SCTPXI_CHUNK_SACK && sctpxi_sack_parse(chunk, &sack) == 0)
        fprintf(stderr, "(cum %u rwnd %u gaps %u dups %u)", sack.cum_tsn.v, sack.a_rwnd,
                sack.n_gaps, sack.n_dups);
}

/* Only what differs between the addresses of a run. */
static void print_addr(const sctpx_addr *addr)
{
    if (addr->udp_port != PAIR_UDP_PORT)
        fprintf(stderr, " :%u", addr->udp_port);
    if (addr->family == SCTPX_IPV6)
        fprintf(stderr, " v6:%u", addr->ip[15]);
    else
        fprintf(stderr, " %u.%u", addr->ip[1], addr->ip[3]);
}

void pair_trace_packet(const struct pair_side *to, const char *what, const sctpx_addr *from,
                       const sctpx_addr *target, const uint8_t *data, size_t length)
{
    struct sctpxi_packet packet;
    struct sctpxi_chunk_iter iter;
    struct sctpxi_chunk chunk;
    if (!is_on())
        return;
    fprintf(stderr, "%12.6f to %u %s", (double)to->pair->now / 1e6, to->index, what);
    print_addr(from);
    print_addr(target);
    if (sctpxi_packet_parse(data, length, &packet) == 0) {
        fprintf(stderr, " %08x", packet.vtag);
        sctpxi_packet_chunks(&packet, &iter);
        while (sctpxi_chunk_iter_next(&iter, &chunk) > 0) {
            fprintf(stderr, " %s", sctpxi_chunk_name(chunk.type));
            print_numbers(&chunk);
        }
    }
    fputc('\n', stderr);
}

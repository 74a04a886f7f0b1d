/* SPDX-License-Identifier: MIT */
#include "packet_print.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include <sctpx/addr.h>

enum {
    IPV4_HEADER_BYTES = 20,
    IPV6_HEADER_BYTES = 40,
    UDP_HEADER_BYTES = 8,
    COMMON_HEADER_BYTES = 12,
    CHUNK_HEADER_BYTES = 4,
    PROTOCOL_UDP = 17
};

/* The bytes that are not read yet. */
struct rest {
    const uint8_t *bytes;
    size_t length;
};

static unsigned get16(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static unsigned long get32(const uint8_t *bytes)
{
    return (unsigned long)get16(bytes) << 16 | get16(bytes + 2);
}

static void skip(struct rest *rest, size_t length)
{
    if (length > rest->length)
        length = rest->length;
    rest->bytes += length;
    rest->length -= length;
}

/* ---- IP and UDP --------------------------------------------------------------------------- */

static bool take_ip(struct rest *rest, sctpx_addr *ret_from, sctpx_addr *ret_to,
                    uint8_t *ret_protocol)
{
    unsigned version = rest->length > 0 ? rest->bytes[0] >> 4 : 0;
    size_t header = version == 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
    size_t width = version == 4 ? 4 : 16;
    const uint8_t *bytes = rest->bytes;

    if ((version != 4 && version != 6) || rest->length < header)
        return false;
    *ret_from = *ret_to = (sctpx_addr){.family = version == 4 ? SCTPX_IPV4 : SCTPX_IPV6};
    memcpy(ret_from->ip, bytes + header - 2 * width, width);
    memcpy(ret_to->ip, bytes + header - width, width);
    *ret_protocol = version == 4 ? bytes[9] : bytes[6];
    skip(rest, header);
    return true;
}

static bool take_udp(struct rest *rest, sctpx_addr *from, sctpx_addr *to)
{
    if (rest->length < UDP_HEADER_BYTES)
        return false;
    from->udp_port = (uint16_t)get16(rest->bytes);
    to->udp_port = (uint16_t)get16(rest->bytes + 2);
    skip(rest, UDP_HEADER_BYTES);
    return true;
}

/* ---- chunks (RFC 9260 3.2, 3.3) ------------------------------------------------------------ */

static const char *chunk_name(unsigned type)
{
    static const char *const names[] = {
        "DATA",          "INIT",       "INIT ACK", "SACK",         "HEARTBEAT",
        "HEARTBEAT ACK", "ABORT",      "SHUTDOWN", "SHUTDOWN ACK", "ERROR",
        "COOKIE ECHO",   "COOKIE ACK", "ECNE",     "CWR",          "SHUTDOWN COMPLETE"};

    return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

static void print_data(FILE *to, unsigned flags, const uint8_t *value, size_t length)
{
    if (length < 12)
        return;
    fprintf(to, "(tsn %lu sid %u ssn %u ppid %lu %zu bytes%s%s%s)", get32(value), get16(value + 4),
            get16(value + 6), get32(value + 8), length - 12, flags & 4 ? " U" : "",
            flags & 2 ? " B" : "", flags & 1 ? " E" : "");
}

static void print_init(FILE *to, const uint8_t *value, size_t length)
{
    if (length >= 16)
        fprintf(to, "(tag %08lx rwnd %lu streams %u/%u tsn %lu)", get32(value), get32(value + 4),
                get16(value + 8), get16(value + 10), get32(value + 12));
}

static void print_sack(FILE *to, const uint8_t *value, size_t length)
{
    if (length >= 12)
        fprintf(to, "(cum %lu rwnd %lu gaps %u dups %u)", get32(value), get32(value + 4),
                get16(value + 8), get16(value + 10));
}

static void print_cause(FILE *to, const uint8_t *value, size_t length)
{
    if (length >= 4)
        fprintf(to, "(cause %u)", get16(value));
}

static void print_chunk(FILE *to, unsigned type, unsigned flags, const uint8_t *value,
                        size_t length)
{
    const char *name = chunk_name(type);

    if (name)
        fprintf(to, " %s", name);
    else
        fprintf(to, " chunk %u", type);
    if (type == 0)
        print_data(to, flags, value, length);
    else if (type == 1 || type == 2)
        print_init(to, value, length);
    else if (type == 3)
        print_sack(to, value, length);
    else if (type == 6 || type == 9)
        print_cause(to, value, length);
    else if (type == 7 && length >= 4)
        fprintf(to, "(cum %lu)", get32(value));
}

static void print_chunks(FILE *to, struct rest rest)
{
    while (rest.length >= CHUNK_HEADER_BYTES) {
        size_t length = get16(rest.bytes + 2);

        if (length < CHUNK_HEADER_BYTES || length > rest.length) {
            fputs(" (bad length)", to);
            return;
        }
        print_chunk(to, rest.bytes[0], rest.bytes[1], rest.bytes + CHUNK_HEADER_BYTES,
                    length - CHUNK_HEADER_BYTES);
        skip(&rest, (length + 3) & ~(size_t)3);
    }
}

/* ---- lines -------------------------------------------------------------------------------- */

static void print_head(FILE *to, uint32_t seconds, uint32_t microseconds, const sctpx_addr *from,
                       const sctpx_addr *addr_to)
{
    char from_text[SCTPX_ADDR_TEXT_BYTES] = "?", to_text[SCTPX_ADDR_TEXT_BYTES] = "?";
    time_t at = (time_t)seconds;
    struct tm local;

    localtime_r(&at, &local);
    (void)sctpx_addr_format(from, from_text, sizeof(from_text));
    (void)sctpx_addr_format(addr_to, to_text, sizeof(to_text));
    fprintf(to, "%02d:%02d:%02d.%06lu %s > %s", local.tm_hour, local.tm_min, local.tm_sec,
            (unsigned long)microseconds, from_text, to_text);
}

void packet_print(FILE *to, uint32_t seconds, uint32_t microseconds, const uint8_t *packet,
                  size_t length)
{
    struct rest rest = {packet, length};
    sctpx_addr from, addr_to;
    uint8_t protocol;

    if (!take_ip(&rest, &from, &addr_to, &protocol))
        return;
    if (protocol == PROTOCOL_UDP && !take_udp(&rest, &from, &addr_to))
        return;
    print_head(to, seconds, microseconds, &from, &addr_to);
    if (rest.length < COMMON_HEADER_BYTES) {
        fputs(" (short)\n", to);
        return;
    }
    fprintf(to, " %u>%u tag %08lx:", get16(rest.bytes), get16(rest.bytes + 2),
            get32(rest.bytes + 4));
    skip(&rest, COMMON_HEADER_BYTES);
    print_chunks(to, rest);
    fputc('\n', to);
}

/* SPDX-License-Identifier: MIT */
#include "trace/pcap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sctpx/error.h>

/* The file format's numbers (pcap 2.4) and those of the headers made up here. */
#define PCAP_MAGIC_MICROSECONDS 0xa1b2c3d4u
#define PCAP_LINKTYPE_RAW 101u
#define PCAP_SNAP_BYTES 65576u
#define IPV4_HEADER_BYTES 20u
#define IPV6_HEADER_BYTES 40u
#define UDP_HEADER_BYTES 8u
#define PROTOCOL_UDP 17
#define PROTOCOL_SCTP 132
#define HOP_LIMIT 64

struct sctpxi_pcap {
    FILE *file;
    uint64_t epoch_us; /* to add to the caller's clock */
};

/* ---- the file ----------------------------------------------------------------------------- */

/* Headers of the file are in the byte order of this machine; readers look at the magic number. */
static bool put(struct sctpxi_pcap *pcap, const void *data, size_t length)
{
    return fwrite(data, 1, length, pcap->file) == length;
}

static bool put_file_header(struct sctpxi_pcap *pcap)
{
    const struct {
        uint32_t magic;
        uint16_t major, minor;
        uint32_t zone, accuracy, snap_bytes, link_type;
    } header = {PCAP_MAGIC_MICROSECONDS, 2, 4, 0, 0, PCAP_SNAP_BYTES, PCAP_LINKTYPE_RAW};

    return put(pcap, &header, sizeof(header));
}

static uint64_t calendar_us(void)
{
    struct timespec now = {0};

    timespec_get(&now, TIME_UTC);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

int sctpxi_pcap_open(const char *path, sctpx_time now, struct sctpxi_pcap **ret_pcap)
{
    struct sctpxi_pcap *pcap = malloc(sizeof(*pcap));
    int error;

    if (pcap == NULL)
        return SCTPX_ENOMEM;
    pcap->epoch_us = calendar_us() - now;
    pcap->file = fopen(path, "wb");
    if (pcap->file == NULL) {
        error = errno == EACCES || errno == EPERM || errno == EROFS ? SCTPX_EACCES : SCTPX_ESYSTEM;
        free(pcap);
        return error;
    }
    if (!put_file_header(pcap) || fflush(pcap->file) != 0) {
        sctpxi_pcap_close(pcap);
        return SCTPX_ESYSTEM;
    }
    *ret_pcap = pcap;
    return 0;
}

void sctpxi_pcap_flush(struct sctpxi_pcap *pcap)
{
    fflush(pcap->file);
}

void sctpxi_pcap_close(struct sctpxi_pcap *pcap)
{
    if (pcap != NULL) {
        fclose(pcap->file);
        free(pcap);
    }
}

/* ---- headers ------------------------------------------------------------------------------ */

static void put16(uint8_t *to, size_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

/* The Internet checksum (RFC 1071), to be folded at the end. */
static uint64_t sum(uint64_t total, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i + 1 < length; i += 2)
        total += (uint64_t)data[i] << 8 | data[i + 1];
    if (length % 2 != 0)
        total += (uint64_t)data[length - 1] << 8;
    return total;
}

static uint16_t fold(uint64_t total)
{
    while (total > 0xffff)
        total = (total >> 16) + (total & 0xffff);
    return (uint16_t)~total;
}

/* Addresses without family keep the zeros that are there. Returns the bytes of the header. */
static size_t make_ipv4(uint8_t *ip, const sctpx_addr *source, const sctpx_addr *destination,
                        uint8_t protocol, size_t payload_length)
{
    ip[0] = 0x45;
    put16(ip + 2, IPV4_HEADER_BYTES + payload_length);
    put16(ip + 6, 0x4000); /* DF */
    ip[8] = HOP_LIMIT;
    ip[9] = protocol;
    memcpy(ip + 12, source->ip, 4);
    memcpy(ip + 16, destination->ip, 4);
    put16(ip + 10, fold(sum(0, ip, IPV4_HEADER_BYTES)));
    return IPV4_HEADER_BYTES;
}

static size_t make_ipv6(uint8_t *ip, const sctpx_addr *source, const sctpx_addr *destination,
                        uint8_t protocol, size_t payload_length)
{
    ip[0] = 0x60;
    put16(ip + 4, payload_length);
    ip[6] = protocol;
    ip[7] = HOP_LIMIT;
    memcpy(ip + 8, source->ip, 16);
    memcpy(ip + 24, destination->ip, 16);
    return IPV6_HEADER_BYTES;
}

/* With the checksum over the pseudo header: RFC 768, RFC 8200 8.1. */
static void make_udp(uint8_t *udp, const sctpx_addr *source, const sctpx_addr *destination,
                     const void *data, size_t length)
{
    uint64_t total = PROTOCOL_UDP + UDP_HEADER_BYTES + length;
    uint16_t checksum;

    put16(udp, source->udp_port);
    put16(udp + 2, destination->udp_port);
    put16(udp + 4, UDP_HEADER_BYTES + length);
    total = sum(total, source->ip, sizeof(source->ip));
    total = sum(total, destination->ip, sizeof(destination->ip));
    total = sum(total, udp, UDP_HEADER_BYTES);
    checksum = fold(sum(total, data, length));
    put16(udp + 6, checksum != 0 ? checksum : 0xffff);
}

/* ---- packets ------------------------------------------------------------------------------ */

static void put_packet(struct sctpxi_pcap *pcap, sctpx_time now, const uint8_t *headers,
                       size_t header_length, const void *data, size_t length)
{
    uint64_t time_us = pcap->epoch_us + now;
    uint32_t total = (uint32_t)(header_length + length);
    const struct {
        uint32_t seconds, microseconds, stored_bytes, bytes;
    } record = {(uint32_t)(time_us / 1000000u), (uint32_t)(time_us % 1000000u), total, total};

    /* After an error the rest would be out of step. */
    if (!ferror(pcap->file)) {
        (void)(put(pcap, &record, sizeof(record)) && put(pcap, headers, header_length) &&
               put(pcap, data, length));
    }
}

void sctpxi_pcap_write(struct sctpxi_pcap *pcap, sctpx_time now, const sctpx_addr *source,
                       const sctpx_addr *destination, const void *data, size_t length)
{
    uint8_t headers[IPV6_HEADER_BYTES + UDP_HEADER_BYTES] = {0};
    bool has_udp = destination->udp_port != 0;
    bool is_ipv6 = source->family == SCTPX_IPV6 || destination->family == SCTPX_IPV6;
    size_t udp_length = has_udp ? UDP_HEADER_BYTES : 0, ip_length;
    uint8_t protocol = has_udp ? PROTOCOL_UDP : PROTOCOL_SCTP;

    if (length > 65535u - UDP_HEADER_BYTES - (is_ipv6 ? 0 : IPV4_HEADER_BYTES))
        return;
    ip_length = is_ipv6 ? make_ipv6(headers, source, destination, protocol, udp_length + length)
                        : make_ipv4(headers, source, destination, protocol, udp_length + length);
    if (has_udp)
        make_udp(headers + ip_length, source, destination, data, length);
    put_packet(pcap, now, headers, ip_length + udp_length, data, length);
}

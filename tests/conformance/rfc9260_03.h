/* SPDX-License-Identifier: MIT */
/*
 * What the tests of chapter 3 (packet format) share: a peer played by hand in the three situations
 * they start from, and readers of what the host sent. The readers look at the bytes themselves, and
 * what has to be there is made by the packet builder: nothing of src/wire is asked.
 */
#ifndef CONFORMANCE_RFC9260_03_H
#define CONFORMANCE_RFC9260_03_H

#include <string.h>

#include "sim/raw.h"
#include "sim/sim.h"

enum { COMMON_HEADER = 12, INIT_FIXED = 20 };

static inline uint16_t get_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)get_u16(p) << 16 | get_u16(p + 2);
}

/* A host that listens on SIM_PORT, and a peer nobody has heard of. */
static inline struct sim_raw stranger(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    return sim_raw_new(host, 1);
}

/* Gives the host an IPv6 address too, 2001:db8::1. */
static inline void add_ipv6(struct sim_host *host)
{
    sctpx_addr ipv6 = {
        .family = SCTPX_IPV6, .udp_port = SIM_UDP_PORT, .ip = {0x20, 0x01, 0x0D, 0xB8, [15] = 1}};
    assert_int_equal(sctpx_endpoint_add_local(host->endpoint, &ipv6), 0);
    host->addrs[host->n_addrs++] = ipv6;
}

/* A host that has sent an INIT to the peer: COOKIE_WAIT. */
static inline struct sim_raw client(struct sim *sim, const sctpx_assoc_options *options)
{
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    raw.conn = sim_connect_to(raw.host, &raw.addr, 1, raw.port, 0, options);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    return raw;
}

/* The peer has set up an association with a listening host: ESTABLISHED. */
static inline struct sim_raw connected(struct sim *sim)
{
    struct sim_raw raw = stranger(sim);
    sim_raw_connect(&raw);
    return raw;
}

/* An INIT ACK left open for parameters; no cookie yet. */
static inline struct pb *init_ack(const struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_init_ack(pb, raw->tag, raw->rwnd, raw->os, raw->mis, raw->tsn);
    return pb;
}

static inline struct pb *cookie_echo(const struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_cookie_echo(pb, raw->cookie, raw->cookie_length);
    return pb;
}

/* Gets an INIT ACK, or sets the association up. */
static inline void send_init(struct sim_raw *raw)
{
    sim_raw_send(raw, sim_raw_init(raw));
    sim_raw_learn(raw, SIM_INIT_ACK);
}

/* The chunks of the latest packet with such a chunk are exactly these, padding included. */
static inline void check_chunks(const struct sim_raw *raw, int chunk, struct pb *expected)
{
    const struct sim_record *record = sim_raw_last(raw, chunk);
    assert_non_null(record);
    assert_true(pb_equals(expected, record->raw + COMMON_HEADER, record->length - COMMON_HEADER));
}

/* The latest chunk of a type that the host sent to the peer: its first byte. */
static inline const uint8_t *last_chunk(const struct sim_raw *raw, int type)
{
    const struct sim_record *record = sim_raw_last(raw, type);
    assert_non_null(record);
    return record->raw + sim_find_chunk(raw->host->sim, record, type)->offset;
}

/* The n-th parameter or cause of a type behind so many bytes of a chunk, or NULL. */
static inline const uint8_t *find_item(const uint8_t *chunk, size_t fixed, uint16_t type, size_t n)
{
    size_t at = fixed, end = get_u16(chunk + 2);
    while (at + 4 <= end) {
        size_t length = get_u16(chunk + at + 2);
        assert_true(length >= 4 && at + length <= end);
        if (get_u16(chunk + at) == type && n-- == 0)
            return chunk + at;
        at += (length + 3u) & ~(size_t)3u;
    }
    return NULL;
}

/* Sends it and checks that the host says nothing at all. */
static inline void send_and_hear_nothing(struct sim_raw *raw, struct pb *pb)
{
    size_t mark = sim_mark(raw->host->sim);
    sim_raw_send(raw, pb);
    assert_int_equal(sim_mark(raw->host->sim), mark);
}

#endif

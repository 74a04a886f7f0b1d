/* SPDX-License-Identifier: MIT */
/*
 * What the tests of chapters 4 and 5 share: a peer played by hand whose association the host holds
 * in any state, the four packets of a set-up, and readers of what the host sent.
 */
#ifndef CONFORMANCE_RFC9260_05_H
#define CONFORMANCE_RFC9260_05_H

#include <string.h>

#include "engine/cookie_codec.h"
#include "sim/internal.h"
#include "sim/raw.h"
#include "sim/sim.h"
#include "sim/states.h"

enum {
    PARAM_IPV4 = 5,
    PARAM_IPV6 = 6,
    PARAM_COOKIE = 7,
    PARAM_PRESERVATIVE = 9,
    PARAM_HOST_NAME = 11,
    PARAM_ADDR_TYPES = 12
};
enum {
    CAUSE_MISSING_PARAM = 2,
    CAUSE_STALE_COOKIE = 3,
    CAUSE_UNRESOLVABLE = 5,
    CAUSE_INVALID_PARAM = 7,
    CAUSE_COOKIE_IN_SHUTDOWN = 10,
    CAUSE_NEW_ADDRESSES = 11
};

/* Where peers may be besides sim_raw_new()'s 192.0.2.<n>. */
#define OTHER_IP 0xC0000263u   /* 192.0.2.99 */
#define THIRD_IP 0xC0000262u   /* 192.0.2.98 */
#define PRIVATE_IP 0x0A090909u /* 10.9.9.9: hosts tell it their own addresses, which are 10.x */

static inline uint16_t get_u16(const uint8_t *p)
{
    return sim_u16(p);
}

static inline uint32_t get_u32(const uint8_t *p)
{
    return sim_u32(p);
}

/* A whole message that the simulator's readers take for the n-th of its stream. */
static inline void put_message(struct pb *pb, uint32_t tsn, uint16_t stream, uint16_t n,
                               size_t length)
{
    uint8_t bytes[256];
    assert_true(length <= sizeof bytes);
    sim_fill_content(bytes, length, stream, n);
    pb_data(pb, 3, tsn, stream, n, n, bytes, length);
}

static inline sctpx_addr addr_of(uint32_t ip)
{
    return sim_ipv4((uint8_t)(ip >> 24), (uint8_t)(ip >> 16), (uint8_t)(ip >> 8), (uint8_t)ip,
                    SIM_UDP_PORT);
}

/* A host that listens on SIM_PORT, and a peer nobody has heard of. */
static inline struct sim_raw stranger(struct sim *sim)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sim_listen(host, SIM_PORT, NULL);
    return sim_raw_new(host, 1);
}

static inline struct pb *init_ack(const struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_init_ack(pb, raw->tag, raw->rwnd, raw->os, raw->mis, raw->tsn);
    pb_cookie(pb, "cookie", 6);
    return pb;
}

static inline struct pb *cookie_echo(const struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_cookie_echo(pb, raw->cookie, raw->cookie_length);
    return pb;
}

static inline void send_cookie_ack(struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_cookie_ack(pb);
    sim_raw_send(raw, pb);
}

static inline void send_shutdown(struct sim_raw *raw, uint32_t cum_tsn)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_shutdown(pb, cum_tsn);
    sim_raw_send(raw, pb);
}

/* Gets a cookie: what the host answers to an INIT of this peer. */
static inline void get_cookie(struct sim_raw *raw)
{
    size_t n = sim_raw_count(raw, SIM_INIT_ACK);
    sim_raw_send(raw, sim_raw_init(raw));
    assert_int_equal(sim_raw_count(raw, SIM_INIT_ACK), n + 1);
    sim_raw_learn(raw, SIM_INIT_ACK);
}

/* The host connects from SIM_PORT to these addresses of the peer. */
static inline void start_connect(struct sim_raw *raw, const sctpx_addr *addrs, size_t n)
{
    raw->conn = sim_connect_to(raw->host, addrs, n, raw->port, SIM_PORT, NULL);
    sim_flush(raw->host->sim);
    sim_raw_learn(raw, SIM_INIT);
}

static inline void enter_shutdown(struct sim_raw *raw, enum sctpx_assoc_state state)
{
    struct sim *sim = raw->host->sim;
    if (state == SCTPX_SHUTDOWN_PENDING || state == SCTPX_SHUTDOWN_RECEIVED) {
        sim_send(raw->conn, 0, 100);
        sim_flush(sim);
    }
    if (state == SCTPX_SHUTDOWN_PENDING || state == SCTPX_SHUTDOWN_SENT)
        assert_int_equal(sctpx_assoc_shutdown(raw->conn->assoc, sim->now), 0);
    if (state == SCTPX_SHUTDOWN_RECEIVED || state == SCTPX_SHUTDOWN_ACK_SENT)
        send_shutdown(raw, raw->host_tsn - 1);
    sim_flush(sim);
}

/*
 * The host has connected to the peer, and was answered as far as the state asks for; the INIT ACK
 * lists one more address (0 = none), which stays unconfirmed.
 */
static inline void bring_into_with(struct sim_raw *raw, enum sctpx_assoc_state state, uint32_t more)
{
    start_connect(raw, &raw->addr, 1);
    if (state >= SCTPX_COOKIE_ECHOED) {
        struct pb *pb = init_ack(raw);
        if (more != 0)
            pb_ipv4(pb, more);
        pb_end(pb);
        sim_raw_send(raw, pb);
    }
    if (state >= SCTPX_ESTABLISHED)
        send_cookie_ack(raw);
    if (state > SCTPX_ESTABLISHED)
        enter_shutdown(raw, state);
    assert_int_equal(sim_state(raw->conn), state);
}

static inline void bring_into(struct sim_raw *raw, enum sctpx_assoc_state state)
{
    bring_into_with(raw, state, 0);
}

/* The same with a new host. */
static inline struct sim_raw peer_in_state(struct sim *sim, enum sctpx_assoc_state state)
{
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    bring_into(&raw, state);
    return raw;
}

/* The n-th parameter (0 = first) of that type in the INIT or INIT ACK of a packet, or NULL. */
static inline const uint8_t *find_param(const struct sim_record *record, uint16_t type, size_t n)
{
    const struct sim_chunk *chunk = &record->chunks[0];
    for (size_t at = 20; at + 4 <= chunk->length;) {
        const uint8_t *param = record->raw + chunk->offset + at;
        if (get_u16(param) == type && n-- == 0)
            return param;
        at += (get_u16(param + 2) + 3u) & ~(size_t)3u;
    }
    return NULL;
}

/* Whether the INIT or INIT ACK lists an IPv4 address. */
static inline bool lists_ipv4(const struct sim_record *record, const sctpx_addr *addr)
{
    const uint8_t *param;
    for (size_t n = 0; (param = find_param(record, PARAM_IPV4, n)) != NULL; n++)
        if (memcmp(param + 4, addr->ip, 4) == 0)
            return true;
    return false;
}

/* What the cookie that this peer was given says. */
static inline struct sctpxi_cookie read_cookie(const struct sim_raw *raw)
{
    struct sctpxi_cookie cookie;
    struct sctpxi_cookie_stamp stamp;
    size_t length = raw->cookie_length - SCTPXI_COOKIE_MAC_BYTES;
    assert_int_equal(sctpxi_cookie_decode(raw->cookie, length, &cookie, &stamp), 0);
    return cookie;
}

/* The first cause of the ERROR or ABORT in a packet. */
static inline const uint8_t *first_cause(const struct sim_record *record, int chunk)
{
    const struct sim_chunk *c = sim_find_chunk(record->sender->sim, record, chunk);
    assert_true(c->length >= 8);
    return record->raw + c->offset + 4;
}

/* Packets of the host to an address. */
static inline size_t sent_to(const struct sim_host *host, const sctpx_addr *to, int chunk,
                             size_t since)
{
    return sim_count(host->sim,
                     (struct sim_query){.from = host, .to = *to, .chunk = chunk, .since = since});
}

/* Sends a packet from another address of the peer. */
static inline int send_from(struct sim_raw *raw, const sctpx_addr *from, struct pb *pb)
{
    int result = sim_inject_pb(raw->host->sim, from, &raw->host->addrs[0], pb);
    sim_flush(raw->host->sim);
    return result;
}

#endif

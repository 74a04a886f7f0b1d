/* SPDX-License-Identifier: MIT */
/*
 * A host that sends to a peer played by hand, with one or two addresses, for the tests of
 * congestion control and of fault management: the peer's SACKs are made here, chunks counted from
 * 1 (the first one sent).
 */
#ifndef TESTS_CONFORMANCE_RFC9260_07_H
#define TESTS_CONFORMANCE_RFC9260_07_H

#include "sim/raw.h"

enum {
    PMDCS = 1460,        /* MTU 1500 without IPv4, UDP and common header */
    FULL = 1444,         /* payload of a DATA chunk of that size */
    INITIAL_CWND = 4404, /* 7.2.1, IPv4 */
    RWND = 1000000
};

static inline struct sim_raw peer_of(struct sim_host *host, const sctpx_assoc_options *options)
{
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.rwnd = RWND;
    sim_raw_answer(&raw, options);
    return raw;
}

static inline struct sim_raw peer(struct sim *sim)
{
    return peer_of(sim_host_new(sim, "a", 1, NULL), NULL);
}

/* Sends a packet from one of the peer's addresses. */
static inline void send_from(struct sim_raw *raw, const sctpx_addr *from, struct pb *pb)
{
    sim_inject_pb(raw->host->sim, from, &raw->host->addrs[0], pb);
    sim_flush(raw->host->sim);
}

static inline size_t count_to(const struct sim_raw *raw, const sctpx_addr *to, int chunk)
{
    return sim_count(raw->host->sim,
                     (struct sim_query){.from = raw->host, .to = *to, .chunk = chunk});
}

static inline const struct sim_record *last_to(const struct sim_raw *raw, const sctpx_addr *to,
                                               int chunk)
{
    return sim_last(raw->host->sim,
                    (struct sim_query){.from = raw->host, .to = *to, .chunk = chunk});
}

/* Answers the latest HEARTBEAT that went to this address. */
static inline void answer_heartbeat(struct sim_raw *raw, const sctpx_addr *addr)
{
    const struct sim_record *record = last_to(raw, addr, SIM_HEARTBEAT);
    assert_non_null(record);
    const struct sim_chunk *chunk = sim_find_chunk(raw->host->sim, record, SIM_HEARTBEAT);
    struct pb *pb = sim_raw_packet(raw);
    pb_heartbeat_ack(pb, record->raw + chunk->offset + 8, chunk->length - 8u);
    send_from(raw, addr, pb);
}

/* The n-th address (0 = first) of a peer that has several. */
static inline sctpx_addr nth_address(size_t n)
{
    return sim_ipv4(192, 0, 2, (uint8_t)(n == 0 ? 1 : 100 + n), SIM_UDP_PORT);
}

static inline sctpx_addr second_address(void)
{
    return nth_address(1);
}

/* Probes go out one for each RTO. */
static inline void confirm_address(struct sim_raw *raw, size_t n)
{
    sctpx_addr addr = nth_address(n);
    for (int i = 0; i < 20 && last_to(raw, &addr, SIM_HEARTBEAT) == NULL; i++)
        sim_run_for(raw->host->sim, 100 * SIM_MS);
    answer_heartbeat(raw, &addr);
    assert_true(sim_path(raw->conn, sim_path_to(raw->conn, &addr)).confirmed);
}

/* A peer with n addresses, all confirmed, the first one primary. */
static inline struct sim_raw several_addresses(struct sim_host *host, size_t n,
                                               const sctpx_assoc_options *options)
{
    struct sim_raw raw = sim_raw_new(host, 1);
    raw.rwnd = RWND;
    raw.conn = sim_connect_to(host, &raw.addr, 1, raw.port, 0, options);
    sim_flush(host->sim);
    sim_raw_learn(&raw, SIM_INIT);
    struct pb *pb = sim_raw_packet(&raw);
    pb_init_ack(pb, raw.tag, raw.rwnd, raw.os, raw.mis, raw.tsn);
    for (uint32_t i = 0; i < n; i++)
        pb_ipv4(pb, 0xC0000200u + (i == 0 ? 1 : 100 + i));
    pb_cookie(pb, "cookie", 6);
    pb_end(pb);
    sim_raw_send(&raw, pb);
    pb = sim_raw_packet(&raw);
    pb_cookie_ack(pb);
    sim_raw_send(&raw, pb);
    for (size_t i = 1; i < n; i++)
        confirm_address(&raw, i);
    return raw;
}

static inline struct sim_raw two_addresses(struct sim_host *host,
                                           const sctpx_assoc_options *options)
{
    return several_addresses(host, 2, options);
}

/* Sends n messages of so many bytes, each as one event of its own (Max.Burst). */
static inline void send_messages(struct sim_raw *raw, size_t n, size_t bytes)
{
    for (size_t i = 0; i < n; i++) {
        sim_send(raw->conn, 0, bytes);
        sim_flush(raw->host->sim);
    }
}

/* A SACK for the first n chunks, and one gap block of chunks first to last when first is not 0. */
static inline void sack_gap(struct sim_raw *raw, uint32_t n, uint32_t first, uint32_t last)
{
    const uint16_t gap[1][2] = {{(uint16_t)(first - n), (uint16_t)(last - n)}};
    struct pb *pb = sim_raw_packet(raw);
    pb_sack(pb, raw->host_tsn - 1 + n, RWND, first != 0, gap, 0, NULL);
    sim_raw_send(raw, pb);
}

static inline void sack(struct sim_raw *raw, uint32_t n)
{
    sack_gap(raw, n, 0, 0);
}

/* How often the n-th chunk was sent. */
static inline size_t times_sent(const struct sim_raw *raw, uint32_t n)
{
    return sim_count(
        raw->host->sim,
        (struct sim_query){.from = raw->host, .has_tsn = true, .tsn = raw->host_tsn - 1 + n});
}

static inline uint32_t cwnd(const struct sim_raw *raw)
{
    return sim_path(raw->conn, 0).cwnd_bytes;
}

static inline uint32_t ssthresh(const struct sim_raw *raw)
{
    return sim_path(raw->conn, 0).ssthresh_bytes;
}

static inline uint32_t flight(const struct sim_raw *raw)
{
    return sim_path(raw->conn, 0).flight_bytes;
}

/* Fills the window to the brim; how many chunks that takes. Nothing may be in flight before. */
static inline uint32_t fill(struct sim_raw *raw)
{
    uint32_t n = (cwnd(raw) + PMDCS - 1) / PMDCS;
    send_messages(raw, n, FULL);
    assert_int_equal(flight(raw), n * PMDCS);
    return n;
}

/*
 * Keeps a window that is full at any time growing until n chunks are acknowledged, two by each
 * SACK. Afterwards everything is acknowledged and nothing is queued.
 */
static inline void grow(struct sim_raw *raw, uint32_t *acked, uint32_t n)
{
    sim_send_load(raw->conn, (struct sim_load){.count = n, .min_bytes = FULL});
    sim_flush(raw->host->sim);
    for (uint32_t i = 2; i <= n; i += 2)
        sack(raw, *acked + i);
    *acked += n;
    sack(raw, *acked);
    assert_int_equal(flight(raw), 0);
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * For the tests of RFC 9260 chapter 6: a host with a peer played by hand, which sends DATA to it or
 * receives DATA from it, and what the host's packets say. Heartbeats are off, so that every packet
 * has a reason a test knows.
 */
#ifndef TESTS_CONFORMANCE_RFC9260_06_H
#define TESTS_CONFORMANCE_RFC9260_06_H

#include "sim/raw.h"
#include "sim/sim.h"

/* Flags of DATA. */
enum { DATA_END = 1, DATA_BEGIN = 2, DATA_WHOLE = 3, DATA_UNORDERED = 4, DATA_IMMEDIATE = 8 };

/* Path MTU 1500 without IPv4 and UDP, and without the common header. */
enum { PACKET_BYTES = 1472, PMDCS = 1460, FULL_PAYLOAD = 1444, INITIAL_CWND = 4404 };

static inline sctpx_assoc_options transfer_options(void)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.hb_interval_us = SCTPX_TIME_NEVER;
    return options;
}

/* The peer connects and sends; no DATA yet, nothing is read. options may be NULL. */
static inline struct sim_raw transfer_to_host(struct sim *sim, const sctpx_assoc_options *options)
{
    struct sim_host *host = sim_host_new(sim, "host", 1, NULL);
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(host->endpoint, &listen);
    listen.assoc = options ? *options : transfer_options();
    sim_listen(host, SIM_PORT, &listen);
    struct sim_raw raw = sim_raw_new(host, 1);
    sim_raw_connect(&raw);
    raw.conn->auto_read = false;
    return raw;
}

/* The same with one DATA chunk behind it: 5.1 has the first one acknowledged at once. */
static inline struct sim_raw transfer_to_host_begun(struct sim *sim,
                                                    const sctpx_assoc_options *options)
{
    struct sim_raw raw = transfer_to_host(sim, options);
    sim_raw_data(&raw, 0, 0, 100);
    assert_int_equal(sim_raw_count(&raw, SIM_SACK), 1);
    return raw;
}

/* The host connects to the peer, whose window is rwnd, and sends. */
static inline struct sim_raw transfer_from_host(struct sim *sim, uint32_t rwnd,
                                                const sctpx_assoc_options *options)
{
    struct sim_host *host = sim_host_new(sim, "host", 1, NULL);
    struct sim_raw raw = sim_raw_new(host, 1);
    sctpx_assoc_options plain = transfer_options();
    raw.rwnd = rwnd;
    sim_raw_answer(&raw, options ? options : &plain);
    return raw;
}

/* The host's program writes so many messages; what may leave does. */
static inline void transfer_write(struct sim_raw *raw, size_t count, size_t bytes)
{
    for (size_t i = 0; i < count; i++)
        sim_send(raw->conn, 0, bytes);
    sim_flush(raw->host->sim);
}

/* DATA chunks of the host, transmissions of one TSN, and the packets with DATA. */
static inline size_t transfer_chunks(const struct sim_raw *raw)
{
    return sim_count_chunks(raw->host->sim, (struct sim_query){.from = raw->host});
}

static inline size_t transfer_times(const struct sim_raw *raw, uint32_t tsn)
{
    return sim_count_chunks(raw->host->sim,
                            (struct sim_query){.from = raw->host, .has_tsn = true, .tsn = tsn});
}

static inline size_t transfer_packets(const struct sim_raw *raw)
{
    return sim_count(raw->host->sim, (struct sim_query){.from = raw->host});
}

/* The n-th packet with DATA (0 = first); must exist. */
static inline const struct sim_record *transfer_packet(const struct sim_raw *raw, size_t n)
{
    const struct sim_record *record = sim_sent_nth(raw->host, SIM_DATA, n);
    assert_non_null(record);
    return record;
}

/* The peer acknowledges up to cum and, when end is not 0, from cum + start to cum + end. */
static inline void transfer_sack(struct sim_raw *raw, uint32_t cum, uint32_t rwnd, uint16_t start,
                                 uint16_t end)
{
    const uint16_t gaps[1][2] = {{start, end}};
    struct pb *pb = sim_raw_packet(raw);
    pb_sack(pb, cum, rwnd, end != 0, gaps, 0, NULL);
    assert_int_equal(sim_raw_send(raw, pb), 0);
}

/* The latest SACK of the host; must exist. */
static inline const struct sim_chunk *transfer_last_sack(const struct sim_raw *raw)
{
    const struct sim_record *record = sim_raw_last(raw, SIM_SACK);
    assert_non_null(record);
    return sim_find_chunk(raw->host->sim, record, SIM_SACK);
}

static inline uint16_t transfer_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t transfer_u32(const uint8_t *p)
{
    return (uint32_t)transfer_u16(p) << 16 | transfer_u16(p + 2);
}

/* Gap Ack Block i of that SACK is (start, end). */
static inline void transfer_check_gap(const struct sim_raw *raw, size_t i, uint16_t start,
                                      uint16_t end)
{
    const struct sim_chunk *sack = transfer_last_sack(raw);
    const uint8_t *p = sim_raw_last(raw, SIM_SACK)->raw + sack->offset + 16 + 4 * i;
    assert_true(i < sack->gaps);
    assert_int_equal(transfer_u16(p), start);
    assert_int_equal(transfer_u16(p + 2), end);
}

/* Runs until the moment so many microseconds after start. */
static inline void transfer_run_to(struct sim *sim, sctpx_time start, sctpx_time after)
{
    assert_true(start + after >= sim->now);
    sim_run_for(sim, start + after - sim->now);
}

#endif

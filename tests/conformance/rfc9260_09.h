/* SPDX-License-Identifier: MIT */
/* What the tests of chapter 9.2 (shutdown) share: a peer played by hand, and what it says. */
#ifndef TESTS_CONFORMANCE_RFC9260_09_H
#define TESTS_CONFORMANCE_RFC9260_09_H

#include "conformance/rfc9260_07.h"

static inline void shut_down(struct sim_raw *raw)
{
    assert_int_equal(sctpx_assoc_shutdown(raw->conn->assoc, raw->host->sim->now), 0);
    sim_flush(raw->host->sim);
}

/* The peer's SHUTDOWN, acknowledging the first n chunks. */
static inline void say_shutdown(struct sim_raw *raw, uint32_t n)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_shutdown(pb, raw->host_tsn - 1 + n);
    sim_raw_send(raw, pb);
}

static inline void say_shutdown_ack(struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_shutdown_ack(pb);
    sim_raw_send(raw, pb);
}

static inline void say_shutdown_complete(struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_shutdown_complete(pb, false);
    sim_raw_send(raw, pb);
}

/* Held in SHUTDOWN-SENT, or in SHUTDOWN-ACK-SENT. */
static inline struct sim_raw shutdown_sent(struct sim_host *host,
                                           const sctpx_assoc_options *options)
{
    struct sim_raw raw = peer_of(host, options);
    shut_down(&raw);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_SENT);
    return raw;
}

static inline struct sim_raw shutdown_ack_sent(struct sim_host *host,
                                               const sctpx_assoc_options *options)
{
    struct sim_raw raw = peer_of(host, options);
    say_shutdown(&raw, 0);
    assert_int_equal(sim_state(raw.conn), SCTPX_SHUTDOWN_ACK_SENT);
    return raw;
}

static inline struct sim_host *one_host(struct sim *sim)
{
    return sim_host_new(sim, "a", 1, NULL);
}

/* The Cumulative TSN Ack of the latest SHUTDOWN. */
static inline uint32_t shutdown_tsn(const struct sim_raw *raw)
{
    const struct sim_record *record = sim_raw_last(raw, SIM_SHUTDOWN);
    assert_non_null(record);
    return sim_find_chunk(raw->host->sim, record, SIM_SHUTDOWN)->tsn;
}

#endif

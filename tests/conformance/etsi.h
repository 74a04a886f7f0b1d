/* SPDX-License-Identifier: MIT */
/*
 * What the tests of ETSI TS 102 369 share: an association with a peer played by hand, set up from
 * either side, the peer's packets of the shutdown, and how the peer sees whether the host still
 * knows it. Tests are named after the test purposes.
 */
#ifndef CONFORMANCE_ETSI_H
#define CONFORMANCE_ETSI_H

#include "conformance/rfc9260_05.h"

/* Path MTU 1500 without IPv4, UDP and common header: the longest chunk, and what it can carry. */
enum { PMDCS = 1460, FULL_PAYLOAD = 1444 };

/* Flags of DATA. */
enum { DATA_END = 1, DATA_BEGIN = 2, DATA_WHOLE = 3 };

/* Defaults without heartbeats, so that every packet has a reason a test knows. */
static inline sctpx_assoc_options quiet(void)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.hb_interval_us = SCTPX_TIME_NEVER;
    return options;
}

/* A host that listens with these options, and a peer nobody has heard of. */
static inline struct sim_raw listener(struct sim *sim, const sctpx_assoc_options *assoc)
{
    struct sim_host *host = sim_host_new(sim, "b", 1, NULL);
    sctpx_listen_options options;
    sctpx_listen_options_defaults(host->endpoint, &options);
    options.assoc = *assoc;
    sim_listen(host, SIM_PORT, &options);
    return sim_raw_new(host, 1);
}

/* The host has been connected to: ESTABLISHED. */
static inline struct sim_raw passive(struct sim *sim)
{
    sctpx_assoc_options options = quiet();
    struct sim_raw raw = listener(sim, &options);
    sim_raw_connect(&raw);
    return raw;
}

/* Sends this INIT, and COOKIE ECHO for what it is answered with: ESTABLISHED. */
static inline void set_up_with(struct sim_raw *raw, struct pb *init)
{
    size_t n = raw->host->n_conns;
    assert_int_equal(sim_raw_send(raw, init), 0);
    sim_raw_learn(raw, SIM_INIT_ACK);
    sim_raw_send(raw, cookie_echo(raw));
    assert_int_equal(sim_raw_count(raw, SIM_COOKIE_ACK), 1);
    raw->conn = sim_accepted(raw->host, n);
}

/* The host has sent its INIT, or has connected; options NULL = quiet(). */
static inline struct sim_raw asking(struct sim *sim, const sctpx_assoc_options *options)
{
    sctpx_assoc_options plain = quiet();
    struct sim_raw raw = sim_raw_new(sim_host_new(sim, "a", 1, NULL), 1);
    raw.conn =
        sim_connect_to(raw.host, &raw.addr, 1, raw.port, SIM_PORT, options ? options : &plain);
    sim_flush(sim);
    sim_raw_learn(&raw, SIM_INIT);
    return raw;
}

static inline void send_init_ack(struct sim_raw *raw)
{
    struct pb *pb = init_ack(raw);
    pb_end(pb);
    sim_raw_send(raw, pb);
}

static inline struct sim_raw active(struct sim *sim, const sctpx_assoc_options *options)
{
    struct sim_raw raw = asking(sim, options);
    send_init_ack(&raw);
    send_cookie_ack(&raw);
    assert_int_equal(sim_state(raw.conn), SCTPX_ESTABLISHED);
    return raw;
}

/* ---- what the peer says ---------------------------------------------------------------------- */

/* The next packets carry another tag than the host expects. */
static inline struct sim_raw with_wrong_tag(const struct sim_raw *raw)
{
    struct sim_raw wrong = *raw;
    wrong.host_tag ^= 0x00010000;
    return wrong;
}

static inline void send_shutdown_ack(struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_shutdown_ack(pb);
    sim_raw_send(raw, pb);
}

static inline void send_shutdown_complete(struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_shutdown_complete(pb, false);
    sim_raw_send(raw, pb);
}

static inline void send_abort(struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_abort(pb, false);
    pb_end(pb);
    sim_raw_send(raw, pb);
}

/* A SACK for the host's first n DATA chunks. */
static inline void sack(struct sim_raw *raw, uint32_t n, uint32_t rwnd)
{
    assert_int_equal(sim_raw_sack(raw, raw->host_tsn - 1 + n, rwnd), 0);
}

/* ---- what the host says ---------------------------------------------------------------------- */

/* Sends it and checks that the host says nothing at all. */
static inline void send_and_hear_nothing(struct sim_raw *raw, struct pb *pb)
{
    size_t mark = sim_mark(raw->host->sim);
    sim_raw_send(raw, pb);
    assert_int_equal(sim_mark(raw->host->sim), mark);
}

/* The latest packet with such a chunk holds it alone, with the peer's tag and flags 0. */
static inline const struct sim_record *check_alone(const struct sim_raw *raw, int chunk)
{
    const struct sim_record *record = sim_raw_last(raw, chunk);
    assert_non_null(record);
    assert_int_equal(record->n_chunks, 1);
    assert_int_equal(record->vtag, raw->tag);
    assert_int_equal(record->chunks[0].flags, 0);
    return record;
}

/* The latest packet with such a chunk reflects the tag of the peer's packet (8.5.1 B, C). */
static inline void check_reflected(const struct sim_raw *raw, int chunk)
{
    const struct sim_record *record = sim_raw_last(raw, chunk);
    assert_non_null(record);
    assert_int_equal(record->n_chunks, 1);
    assert_int_equal(record->vtag, raw->host_tag);
    assert_int_equal(record->chunks[0].flags, 1);
}

/* The latest chunk of a type. */
static inline const struct sim_chunk *last_chunk(const struct sim_raw *raw, int type)
{
    const struct sim_record *record = sim_raw_last(raw, type);
    assert_non_null(record);
    return sim_find_chunk(raw->host->sim, record, type);
}

static inline void send_heartbeat(struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_heartbeat(pb, "are you there?", 14);
    sim_raw_send(raw, pb);
}

/* The association is there: a HEARTBEAT is answered. */
static inline void check_alive(struct sim_raw *raw)
{
    size_t answers = sim_raw_count(raw, SIM_HEARTBEAT_ACK);
    assert_int_equal(sim_state(raw->conn), SCTPX_ESTABLISHED);
    send_heartbeat(raw);
    assert_int_equal(sim_raw_count(raw, SIM_HEARTBEAT_ACK), answers + 1);
    assert_int_equal(sim_raw_last(raw, SIM_HEARTBEAT_ACK)->vtag, raw->tag);
}

/* The host knows nothing of it any more: what the peer says is out of the blue (8.4). */
static inline void check_gone(struct sim_raw *raw)
{
    size_t aborts = sim_raw_count(raw, SIM_ABORT);
    assert_int_equal(sim_event_count(raw->host, SCTPX_EVENT_CLOSED), 1);
    send_heartbeat(raw);
    assert_int_equal(sim_raw_count(raw, SIM_ABORT), aborts + 1);
    check_reflected(raw, SIM_ABORT);
    size_t mark = sim_mark(raw->host->sim);
    sim_run_for(raw->host->sim, 300 * SIM_SECOND);
    assert_int_equal(sim_mark(raw->host->sim), mark); /* no timer is left */
}

/* The host's user shuts down. */
static inline void shut_down(struct sim_raw *raw)
{
    assert_int_equal(sctpx_assoc_shutdown(raw->conn->assoc, raw->host->sim->now), 0);
    sim_flush(raw->host->sim);
}

static inline void write_message(struct sim_raw *raw, size_t bytes)
{
    sim_send(raw->conn, 0, bytes);
    sim_flush(raw->host->sim);
}

/* Transmissions of the n-th DATA chunk (1 = first). */
static inline size_t times_sent(const struct sim_raw *raw, uint32_t n)
{
    return sim_count_chunks(
        raw->host->sim,
        (struct sim_query){.from = raw->host, .has_tsn = true, .tsn = raw->host_tsn - 1 + n});
}

/* Runs until the host has sent one more such chunk to the peer; how long that took. */
static inline sctpx_time wait_for(struct sim_raw *raw, int chunk)
{
    struct sim_query query = {.from = raw->host, .chunk = chunk};
    size_t before = sim_count(raw->host->sim, query);
    sctpx_time start = raw->host->sim->now;
    while (sim_count(raw->host->sim, query) == before)
        assert_true(sim_step(raw->host->sim));
    return raw->host->sim->now - start;
}

/* Answers the probe of an address of the peer, as soon as it comes. */
static inline void confirm(struct sim_raw *raw, const sctpx_addr *addr)
{
    struct sim_query probe = {.from = raw->host, .to = *addr, .chunk = SIM_HEARTBEAT};
    while (sim_count(raw->host->sim, probe) == 0)
        assert_true(sim_step(raw->host->sim));
    const struct sim_record *record = sim_last(raw->host->sim, probe);
    const struct sim_chunk *chunk = sim_find_chunk(raw->host->sim, record, SIM_HEARTBEAT);
    struct pb *pb = sim_raw_packet(raw);
    pb_heartbeat_ack(pb, record->raw + chunk->offset + 8, chunk->length - 8u);
    send_from(raw, addr, pb);
    assert_true(sim_path(raw->conn, sim_path_to(raw->conn, addr)).confirmed);
}

#endif

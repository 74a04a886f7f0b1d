/* SPDX-License-Identifier: MIT */
/* Peers played by hand. */
#include <stdlib.h>
#include <string.h>

#include "sim/internal.h"
#include "sim/raw.h"

enum { PARAM_STATE_COOKIE = 7 };

struct sim_raw sim_raw_new(struct sim_host *host, uint8_t n)
{
    return (struct sim_raw){
        .host = host,
        .addr = sim_ipv4(192, 0, 2, n, SIM_UDP_PORT),
        .port = (uint16_t)(7000 + n),
        .host_port = SIM_PORT,
        .tag = 0x11110000u + n,
        .tsn = 1000,
        .rwnd = 100000,
        .os = 10,
        .mis = 10,
    };
}

int sim_inject_pb(struct sim *sim, const sctpx_addr *from, const sctpx_addr *to, struct pb *pb)
{
    size_t length;
    uint8_t *packet = pb_finish(pb, &length);
    int result = sim_inject(sim, from, to, packet, length);
    free(packet);
    return result;
}

struct pb *sim_raw_packet(const struct sim_raw *raw)
{
    return pb_new(raw->port, raw->host_port, raw->host_tag);
}

struct pb *sim_raw_init(const struct sim_raw *raw)
{
    struct pb *pb = pb_new(raw->port, raw->host_port, 0);
    pb_init(pb, raw->tag, raw->rwnd, raw->os, raw->mis, raw->tsn);
    return pb;
}

int sim_raw_send(struct sim_raw *raw, struct pb *pb)
{
    int result = sim_inject_pb(raw->host->sim, &raw->addr, &raw->host->addrs[0], pb);
    sim_flush(raw->host->sim);
    return result;
}

static struct sim_query query_for(const struct sim_raw *raw, int chunk)
{
    return (struct sim_query){.from = raw->host, .to = raw->addr, .chunk = chunk};
}

const struct sim_record *sim_raw_last(const struct sim_raw *raw, int chunk)
{
    return sim_last(raw->host->sim, query_for(raw, chunk));
}

size_t sim_raw_count(const struct sim_raw *raw, int chunk)
{
    return sim_count(raw->host->sim, query_for(raw, chunk));
}

static void learn_cookie(struct sim_raw *raw, const uint8_t *params, size_t left)
{
    raw->cookie_length = 0;
    while (left >= 4) {
        size_t length = sim_u16(params + 2);
        assert_true(length >= 4 && length <= left);
        if (sim_u16(params) == PARAM_STATE_COOKIE) {
            raw->cookie_length = length - 4;
            assert_true(raw->cookie_length <= sizeof(raw->cookie));
            memcpy(raw->cookie, params + 4, raw->cookie_length);
        }
        size_t padded = (length + 3u) & ~(size_t)3u;
        params += padded < left ? padded : left;
        left -= padded < left ? padded : left;
    }
}

void sim_raw_learn(struct sim_raw *raw, int type)
{
    struct sim *sim = raw->host->sim;
    const struct sim_record *record = sim_raw_last(raw, type);
    if (!record)
        sim_fail(sim, "%s sent no chunk %d to the peer", raw->host->name, type);
    const struct sim_chunk *chunk = sim_find_chunk(sim, record, type);
    raw->host_tag = chunk->tag;
    raw->host_tsn = chunk->tsn;
    raw->host_port = record->source_port;
    learn_cookie(raw, record->raw + chunk->offset + 20, chunk->length - 20u);
}

void sim_raw_connect(struct sim_raw *raw)
{
    size_t n = raw->host->n_conns;
    sim_raw_send(raw, sim_raw_init(raw));
    sim_raw_learn(raw, SIM_INIT_ACK);
    struct pb *pb = sim_raw_packet(raw);
    pb_cookie_echo(pb, raw->cookie, raw->cookie_length);
    assert_int_equal(sim_raw_send(raw, pb), 0);
    assert_int_equal(raw->host->n_conns, n + 1);
    raw->conn = raw->host->conns[n];
}

void sim_raw_answer(struct sim_raw *raw, const sctpx_assoc_options *options)
{
    struct sim *sim = raw->host->sim;
    raw->conn = sim_connect_to(raw->host, &raw->addr, 1, raw->port, 0, options);
    sim_flush(sim);
    sim_raw_learn(raw, SIM_INIT);
    struct pb *pb = sim_raw_packet(raw);
    pb_init_ack(pb, raw->tag, raw->rwnd, raw->os, raw->mis, raw->tsn);
    pb_cookie(pb, "cookie", 6);
    pb_end(pb);
    sim_raw_send(raw, pb);
    pb = sim_raw_packet(raw);
    pb_cookie_ack(pb);
    sim_raw_send(raw, pb);
    assert_true(raw->conn->is_up);
}

int sim_raw_data_tsn(struct sim_raw *raw, uint32_t tsn, uint8_t flags, uint16_t stream,
                     uint16_t ssn, size_t length)
{
    uint8_t *bytes = malloc(length + 1);
    assert_non_null(bytes);
    memset(bytes, 'x', length);
    struct pb *pb = sim_raw_packet(raw);
    pb_data(pb, flags, tsn, stream, ssn, 0, bytes, length);
    free(bytes);
    return sim_raw_send(raw, pb);
}

int sim_raw_data(struct sim_raw *raw, uint16_t stream, uint16_t ssn, size_t length)
{
    uint8_t *bytes = malloc(length + 1);
    assert_non_null(bytes);
    sim_fill_content(bytes, length, stream, ssn);
    struct pb *pb = sim_raw_packet(raw);
    pb_data(pb, 3, raw->tsn++, stream, ssn, ssn, bytes, length);
    free(bytes);
    return sim_raw_send(raw, pb);
}

int sim_raw_sack(struct sim_raw *raw, uint32_t cum_tsn, uint32_t rwnd)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_sack(pb, cum_tsn, rwnd, 0, NULL, 0, NULL);
    return sim_raw_send(raw, pb);
}

struct pb *sim_peer_packet(const struct sim_conn *conn)
{
    sctpx_assoc_status status = sim_status(conn);
    return pb_new(status.remote_port, status.local_port, status.local_tag);
}

int sim_peer_send(const struct sim_conn *conn, struct pb *pb)
{
    sctpx_path_status path = sim_path(conn, sim_status(conn).primary);
    const sctpx_addr *local = path.local.family ? &path.local : &conn->host->addrs[0];
    int result = sim_inject_pb(conn->host->sim, &path.remote, local, pb);
    sim_flush(conn->host->sim);
    return result;
}

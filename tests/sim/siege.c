/* SPDX-License-Identifier: MIT */
/* An attacked server and its honest client. */
#include "sim/siege.h"

/* Pools keep some blocks that messages have used. */
enum { SLACK_BYTES = 256 * 1024 };

static void exchange(struct sim_pair *pair)
{
    size_t at_a = pair->ab->received_messages, at_b = pair->ba->received_messages;
    sim_send(pair->ab, 1, 3000);
    sim_send(pair->ba, 1, 3000);
    sim_run_until_received(pair->ba, at_b + 1, 120 * SIM_SECOND);
    sim_run_until_received(pair->ab, at_a + 1, 120 * SIM_SECOND);
}

struct sim_siege sim_siege(struct sim *sim, const sctpx_endpoint_options *options)
{
    struct sim_siege siege = {.host = sim_host_new(sim, "attacked", 1, options)};
    struct sim_host *client = sim_host_new(sim, "honest", 1, NULL);
    sim_listen(siege.host, SIM_PORT, NULL);
    siege.pair = sim_pair_hosts(client, siege.host, NULL);
    exchange(&siege.pair);
    sim_run_for(sim, SIM_SECOND);
    siege.bytes = siege.host->live_bytes;
    return siege;
}

void sim_siege_check(struct sim_siege *siege)
{
    assert_int_equal(sim_state(siege->pair.ab), SCTPX_ESTABLISHED);
    assert_int_equal(sim_state(siege->pair.ba), SCTPX_ESTABLISHED);
    assert_int_equal(sctpx_endpoint_backlog(siege->host->endpoint, SIM_PORT), 0);
    exchange(&siege->pair);
    if (siege->host->live_bytes > siege->bytes + SLACK_BYTES)
        sim_fail(siege->host->sim, "an attack left %zu bytes",
                 siege->host->live_bytes - siege->bytes);
}

static void put_known(struct pb *pb, uint8_t type)
{
    switch (type) {
    case SIM_DATA:
        pb_data(pb, 3, 1, 0, 0, 0, "x", 1);
        break;
    case SIM_INIT:
        pb_init(pb, 5, 100000, 5, 5, 5);
        pb_end(pb);
        break;
    case SIM_INIT_ACK:
        pb_init_ack(pb, 5, 100000, 5, 5, 5);
        pb_cookie(pb, "abc", 3);
        pb_end(pb);
        break;
    case SIM_SACK:
        pb_sack(pb, 1, 1000, 0, NULL, 0, NULL);
        break;
    case SIM_HEARTBEAT:
        pb_heartbeat(pb, "info", 4);
        break;
    case SIM_HEARTBEAT_ACK:
        pb_heartbeat_ack(pb, "info", 4);
        break;
    default:
        break;
    }
}

static void put_end(struct pb *pb, uint8_t type)
{
    switch (type) {
    case SIM_ABORT:
        pb_abort(pb, false);
        pb_end(pb);
        break;
    case SIM_SHUTDOWN:
        pb_shutdown(pb, 1);
        break;
    case SIM_SHUTDOWN_ACK:
        pb_shutdown_ack(pb);
        break;
    case SIM_ERROR:
        pb_error(pb);
        pb_item(pb, 3, "abcd", 4);
        pb_end(pb);
        break;
    case SIM_COOKIE_ECHO:
        pb_cookie_echo(pb, "cookie", 6);
        break;
    case SIM_COOKIE_ACK:
        pb_cookie_ack(pb);
        break;
    case SIM_SHUTDOWN_COMPLETE:
        pb_shutdown_complete(pb, false);
        break;
    default:
        pb_chunk(pb, type, 0);
        pb_u64(pb, 1);
        pb_u64(pb, 1);
        pb_end(pb);
        break;
    }
}

void sim_put_chunk(struct pb *pb, uint8_t type)
{
    if (type <= SIM_HEARTBEAT_ACK)
        put_known(pb, type);
    else
        put_end(pb, type);
}

void sim_put_lie(struct pb *pb, uint8_t type, size_t bytes, uint16_t length)
{
    pb_chunk(pb, type, 0);
    pb_fill(pb, 0, bytes);
    pb_lie_length(pb, length);
    pb_no_padding(pb);
    pb_end(pb);
}

struct pb *sim_raw_echo(const struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_cookie_echo(pb, raw->cookie, raw->cookie_length);
    return pb;
}

void sim_raw_get_cookie(struct sim_raw *raw)
{
    sim_raw_send(raw, sim_raw_init(raw));
    sim_raw_learn(raw, SIM_INIT_ACK);
}

void sim_raw_abort(struct sim_raw *raw)
{
    struct pb *pb = sim_raw_packet(raw);
    pb_abort(pb, false);
    pb_end(pb);
    sim_raw_send(raw, pb);
}

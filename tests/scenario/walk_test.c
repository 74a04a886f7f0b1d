/* SPDX-License-Identifier: MIT */
/*
 * Random walks of a peer with four addresses that knows every number of the host and sends the legal
 * and the illegal in any order, in every state, while the host's user goes on as well. What must hold
 * is checked by the simulator after each step (engine_check()): above all that the host never waits
 * for something without a timer, so that silence ends every association in the end.
 * WALK_FIRST and WALK_COUNT in the environment choose other walks.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/assoc.h"
#include "sim/siege.h"

enum { ADDRESSES = 4, WALKS = 150, STEPS = 300, COOKIES = 8, STREAMS = 4 };

struct jar {
    uint8_t bytes[600];
    size_t length;
    uint32_t tag; /* the host's, which must be in the packet */
};

struct walk {
    struct sim *sim;
    struct sim_raw raw;
    sctpx_addr addrs[ADDRESSES];
    struct jar jars[COOKIES];
    size_t cookies; /* so many were issued */
    uint8_t info[64];
    size_t info_length; /* of the host's last HEARTBEAT */
    size_t mark;
    uint64_t random;
};

static uint32_t below(struct walk *w, uint32_t n)
{
    return (uint32_t)(sim_draw(&w->random) >> 20) % n;
}

static bool one_in(struct walk *w, uint32_t n)
{
    return below(w, n) == 0;
}

static struct sim_conn *find_open(const struct walk *w)
{
    struct sim_conn *open = NULL;
    for (size_t i = 0; i < w->raw.host->n_conns; i++)
        if (w->raw.host->conns[i]->assoc && !w->raw.host->conns[i]->is_closed)
            open = w->raw.host->conns[i];
    return open;
}

/* ---- what the peer learns -------------------------------------------------------------------- */

static void learn_cookie(struct walk *w, const struct sim_record *record)
{
    struct jar *jar = &w->jars[w->cookies++ % COOKIES];
    struct sim_raw seen = w->raw;
    seen.addr = record->to;
    sim_raw_learn(&seen, SIM_INIT_ACK);
    assert_true(seen.cookie_length <= sizeof(jar->bytes));
    memcpy(jar->bytes, seen.cookie, seen.cookie_length);
    jar->length = seen.cookie_length;
    jar->tag = seen.host_tag;
}

static void learn(struct walk *w)
{
    const struct sim_record *record;
    struct sim_query query = {.from = w->raw.host, .chunk = SIM_ANY, .since = w->mark};
    for (size_t n = 0; (record = sim_nth(w->sim, query, n)) != NULL; n++) {
        if (sim_record_has(record, SIM_INIT_ACK))
            learn_cookie(w, record);
        if (!sim_record_has(record, SIM_HEARTBEAT))
            continue;
        const struct sim_chunk *chunk = sim_find_chunk(w->sim, record, SIM_HEARTBEAT);
        w->info_length = chunk->length - 8u;
        assert_true(w->info_length <= sizeof(w->info));
        memcpy(w->info, record->raw + chunk->offset + 8, w->info_length);
    }
    w->mark = sim_mark(w->sim);
}

/* ---- what it sends --------------------------------------------------------------------------- */

static void put_addresses(struct walk *w, struct pb *pb)
{
    for (uint32_t i = 0; i < ADDRESSES; i++)
        if (one_in(w, 2))
            pb_ipv4(pb, 0xC0000201 + i);
}

static void put_data(struct walk *w, struct pb *pb, const sctpx_assoc *a)
{
    static const uint8_t flags[] = {3, 3, 3, 2, 0, 1, 7, 6, 4, 5, 11}, bytes[1300];
    uint32_t ahead = one_in(w, 4) ? below(w, 6) : one_in(w, 40) ? below(w, 70000) : 1;
    pb_data(pb, flags[below(w, sizeof(flags))], a->tracker.cum.v + ahead, (uint16_t)below(w, 3),
            (uint16_t)below(w, 4), 0, bytes, 1 + below(w, one_in(w, 10) ? 1200 : 60));
}

static void put_sack(struct walk *w, struct pb *pb, const sctpx_assoc *a)
{
    static const uint32_t windows[] = {0, 1, 100, 1500, 100000, INT32_MAX};
    uint32_t count = sctpxi_outstanding_count(&a->outstanding);
    uint32_t advance = one_in(w, 3) ? below(w, count + 1) : 0, at = 2;
    uint16_t gaps[3][2], n = 0;
    for (; n < 3 && at + 8 < count - advance; n++) {
        gaps[n][0] = (uint16_t)(at + below(w, 4));
        gaps[n][1] = (uint16_t)(gaps[n][0] + below(w, 4));
        at = gaps[n][1] + 2u;
    }
    pb_sack(pb, a->outstanding.cum_ack.v + advance, windows[below(w, 6)], n,
            (const uint16_t(*)[2])gaps, 0, NULL);
}

static void put_rare(struct walk *w, struct pb *pb, const sctpx_assoc *a)
{
    switch (below(w, 12)) {
    case 0:
    case 1:
        pb_shutdown(pb, a->outstanding.cum_ack.v);
        break;
    case 2:
    case 3:
        pb_shutdown_ack(pb);
        break;
    case 4:
        pb_abort(pb, false);
        pb_end(pb);
        break;
    default:
        sim_put_chunk(pb, (uint8_t)below(w, 256));
    }
}

/* Any chunk, with numbers that fit the association. */
static void put_chunk(struct walk *w, struct pb *pb, const sctpx_assoc *a)
{
    static const uint8_t zeros[100];
    switch (below(w, 10)) {
    case 0:
    case 1:
    case 2:
        put_data(w, pb, a);
        break;
    case 3:
    case 4:
        put_sack(w, pb, a);
        break;
    case 5:
        pb_heartbeat(pb, zeros, below(w, sizeof(zeros)));
        break;
    case 6:
        pb_heartbeat_ack(pb, w->info, w->info_length);
        break;
    case 7:
        pb_error(pb);
        pb_item(pb, one_in(w, 2) ? 3 : 1, zeros, 4); /* Stale Cookie */
        pb_end(pb);
        break;
    case 8:
        pb_cookie_ack(pb);
        break;
    default:
        put_rare(w, pb, a);
    }
}

static void send_init(struct walk *w)
{
    struct sim_raw raw = w->raw;
    raw.tag = one_in(w, 4) ? raw.tag : below(w, 1u << 30) + 1;
    raw.tsn = one_in(w, 3) ? 0xFFFFFFF0u + below(w, 20) : below(w, 1u << 30);
    raw.os = (uint16_t)(1 + below(w, STREAMS));
    struct pb *pb = sim_raw_init(&raw);
    put_addresses(w, pb);
    pb_end(pb);
    sim_raw_send(&raw, pb);
}

static void send_init_ack(struct walk *w)
{
    struct pb *pb = sim_raw_packet(&w->raw);
    pb_init_ack(pb, below(w, 1u << 30) + 1, one_in(w, 3) ? 1500 : 100000, STREAMS,
                (uint16_t)(1 + below(w, STREAMS)), below(w, 1u << 30));
    pb_cookie(pb, "cookie", 6);
    put_addresses(w, pb);
    pb_end(pb);
    sim_raw_send(&w->raw, pb);
}

static void send_cookie_echo(struct walk *w, const sctpx_assoc *a)
{
    if (w->cookies == 0)
        return;
    size_t back = one_in(w, 2) ? below(w, COOKIES) : 0;
    const struct jar *jar = &w->jars[(w->cookies + COOKIES - 1 - back) % COOKIES];
    struct pb *pb = pb_new(w->raw.port, w->raw.host_port, jar->tag);
    pb_cookie_echo(pb, jar->bytes, jar->length);
    for (uint32_t n = a ? below(w, 4) : 0; n > 0; n--)
        put_chunk(w, pb, a);
    sim_raw_send(&w->raw, pb);
}

static void send_chunks(struct walk *w, const sctpx_assoc *a)
{
    struct pb *pb = sim_raw_packet(&w->raw);
    for (uint32_t n = 1 + below(w, 6); n > 0; n--)
        put_chunk(w, pb, a);
    sim_raw_send(&w->raw, pb);
}

/* ---- what the host's user does --------------------------------------------------------------- */

static void change_options(struct walk *w, sctpx_assoc *a)
{
    sctpx_assoc_options options;
    sctpx_assoc_get_options(a, &options);
    options.mtu = one_in(w, 2) ? 1500 : 576;
    options.nagle = one_in(w, 2);
    options.hb_interval_us = one_in(w, 4) ? SCTPX_TIME_NEVER : SIM_SECOND;
    options.rcvbuf_bytes = one_in(w, 2) ? 1500 : 100000;
    options.max_burst = (uint16_t)below(w, 6);
    options.refuse_restart = one_in(w, 10);
    sctpx_assoc_set_options(a, w->sim->now, &options);
}

static void use(struct walk *w, struct sim_conn *conn)
{
    switch (below(w, 8)) {
    case 0:
        if (one_in(w, 4))
            sctpx_assoc_shutdown(conn->assoc, w->sim->now);
        break;
    case 1:
        if (one_in(w, 20))
            sim_conn_free(conn);
        break;
    case 2:
        sctpx_assoc_heartbeat(conn->assoc, w->sim->now, below(w, ADDRESSES));
        sctpx_assoc_set_primary(conn->assoc, below(w, ADDRESSES));
        break;
    case 3:
        change_options(w, conn->assoc);
        break;
    default:
        for (uint32_t n = below(w, 20); n > 0; n--)
            sim_try_send(conn, (uint16_t)below(w, STREAMS),
                         1 + below(w, one_in(w, 5) ? 20000 : 300), 0);
    }
}

/* ---- the walk -------------------------------------------------------------------------------- */

static void follow(struct walk *w, const sctpx_assoc *a)
{
    w->raw.addr = w->addrs[one_in(w, 3) ? below(w, ADDRESSES) : 0];
    if (a == NULL)
        return;
    w->raw.host_tag = a->local_tag;
    w->raw.host_port = a->local_port;
    if (a->remote_tag != 0)
        w->raw.tag = a->remote_tag;
}

static void step(struct walk *w)
{
    struct sim_conn *conn = find_open(w);
    sctpx_assoc *a = conn ? conn->assoc : NULL;
    follow(w, a);
    uint32_t what = below(w, 30);
    if (what < 4)
        send_init(w);
    else if (what < 8)
        send_cookie_echo(w, a);
    else if (what < 11 && a && a->state == SCTPX_COOKIE_WAIT)
        send_init_ack(w);
    else if (what < 12)
        sim_run_for(w->sim, below(w, one_in(w, 4) ? 3000000 : 300000));
    else if (what < 13 && one_in(w, 4))
        sctpx_endpoint_on_unreachable(w->raw.host->endpoint, w->sim->now, &w->raw.addr, NULL, 0);
    else if (what < 17 && !a)
        sim_try_connect(w->raw.host, w->addrs, 1 + below(w, ADDRESSES), w->raw.port, 0, NULL);
    else if (what < 17)
        use(w, conn);
    else if (a)
        send_chunks(w, a);
    sim_flush(w->sim);
    learn(w);
}

/* Silence from here on: nothing lasts but what has nothing to wait for. */
static void check_end(struct walk *w)
{
    w->sim->capture_off = true;
    sim_run_for(w->sim, 3000 * SIM_SECOND);
    for (size_t i = 0; i < w->raw.host->n_conns; i++) {
        struct sim_conn *conn = w->raw.host->conns[i];
        if (!conn->assoc || conn->is_closed)
            continue;
        sctpx_assoc_status status = sim_status(conn);
        sctpx_assoc_options options;
        sctpx_assoc_get_options(conn->assoc, &options);
        assert_int_equal(options.hb_interval_us, SCTPX_TIME_NEVER);
        assert_int_equal(status.state, SCTPX_ESTABLISHED);
        assert_int_equal(status.unsent_bytes + status.unacked_bytes, 0);
    }
}

static unsigned number_of(const char *name, unsigned usual)
{
    const char *text = getenv(name);
    return text ? (unsigned)strtoul(text, NULL, 10) : usual;
}

static struct walk begin(struct sim *sim, unsigned n)
{
    sctpx_endpoint_options options;
    struct walk w = {.sim = sim, .random = n * 7919u + 3};
    sim_host_options(&options);
    options.assoc.rcvbuf_bytes = one_in(&w, 2) ? 5000 : 100000;
    options.assoc.partial_delivery = one_in(&w, 2);
    options.assoc.out_streams = options.assoc.max_in_streams = STREAMS;
    options.assoc.hb_interval_us = SIM_SECOND;
    struct sim_host *host = sim_host_new(sim, "host", 1 + below(&w, 2), &options);
    host->auto_read = false;
    sim_listen(host, SIM_PORT, NULL);
    w.raw = sim_raw_new(host, 1);
    for (uint8_t i = 0; i < ADDRESSES; i++)
        w.addrs[i] = sim_ipv4(192, 0, 2, (uint8_t)(1 + i), SIM_UDP_PORT);
    return w;
}

static void test_silence_ends_whatever_a_peer_has_done(void **state)
{
    unsigned first = number_of("WALK_FIRST", 1), count = number_of("WALK_COUNT", WALKS);
    unsigned seen = 0;
    for (unsigned n = first; n < first + count; n++) {
        struct walk w = begin(sim_renew(state), n);
        for (int i = 0; i < STEPS; i++) {
            step(&w);
            struct sim_conn *conn = find_open(&w);
            seen |= conn ? 1u << sim_state(conn) : 0;
        }
        check_end(&w);
        sim_finish(w.sim);
    }
    for (int s = SCTPX_COOKIE_WAIT; s <= SCTPX_SHUTDOWN_ACK_SENT && count >= WALKS; s++)
        assert_true((seen >> s & 1u) != 0); /* it gets everywhere */
}

int main(void)
{
    const struct CMUnitTest tests[] = {sim_unit_test(test_silence_ends_whatever_a_peer_has_done)};
    return cmocka_run_group_tests_name("scenario.walk", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * An endpoint with one association at a time, a user who does anything at any time, a peer who
 * says anything it could say, and memory that runs out now and then. After every step everything
 * in the endpoint must agree with everything else, and nothing may wait without a timer.
 *
 * SCTPX_SEED=n runs only that seed, and a failure names its seed.
 *
 * ctest: timeout=300
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/endpoint.h"
#include "support/engine_rig.h"

enum { SEEDS = 400, STEPS = 300, PEER_ADDRS = 3 };

struct play {
    struct engine_rig rig;
    struct test_random tr;
    sctpx_addr addrs[PEER_ADDRS];
    bool is_server;
    bool has_no_memory;
};

static uint64_t below(struct play *p, uint64_t limit)
{
    return test_random_below(&p->tr, limit);
}

static bool one_in(struct play *p, uint64_t n)
{
    return below(p, n) == 0;
}

/* Whoever is there: accepted, waiting, or being set up. */
static sctpx_assoc *anybody(const struct play *p)
{
    return TAILQ_FIRST(&p->rig.ep->all);
}

/* ---- options ----------------------------------------------------------------------------- */

static void draw_options(struct play *p, sctpx_assoc_options *o)
{
    static const uint32_t mtus[] = {576, 1280, 1500, 9000};
    static const size_t buffers[] = {1500, 3000, 20000, 1 << 20};
    o->mtu = mtus[below(p, 4)];
    o->max_burst = (uint16_t)(one_in(p, 3) ? 0 : below(p, 5));
    o->nagle = one_in(p, 3);
    o->rcvbuf_bytes = buffers[below(p, 4)];
    o->sndbuf_bytes = one_in(p, 2) ? 4000 : 1 << 20;
    o->sndbuf_stream_bytes = one_in(p, 3) ? 2000 : 0;
    o->partial_delivery = one_in(p, 2);
    o->max_message_bytes = one_in(p, 4) ? 5000 : 1 << 24;
    o->hb_interval_us = one_in(p, 4) ? SCTPX_TIME_NEVER : 1000000 * (1 + below(p, 30));
    o->association_max_retrans = (uint16_t)(1 + below(p, 10));
    o->path_max_retrans = (uint16_t)below(p, 6);
    o->sack_packets = (uint16_t)(1 + below(p, 3));
    o->refuse_restart = one_in(p, 4);
}

/* ---- the user ---------------------------------------------------------------------------- */

static void user_sends(struct play *p, sctpx_assoc *a)
{
    static uint8_t bytes[12000];
    sctpx_sndinfo info = {.stream = (uint16_t)below(p, 11)};
    info.flags = (uint16_t)below(p, 4);
    size_t length = one_in(p, 3) ? below(p, sizeof bytes) : below(p, 300);
    sctpx_assoc_send(a, p->rig.now, bytes, length, &info);
}

static void user_reads(struct play *p, sctpx_assoc *a)
{
    static uint8_t bytes[40000];
    int stream = one_in(p, 2) ? SCTPX_ANY_STREAM : (int)below(p, 10);
    sctpx_rcvinfo info;
    switch (below(p, 3)) {
    case 0:
        sctpx_assoc_read_bytes(a, stream, bytes, 1 + below(p, 3000));
        break;
    case 1:
        sctpx_assoc_peek(a, stream, below(p, 100), bytes, sizeof bytes, &info);
        break;
    default:
        sctpx_assoc_receive(a, stream, bytes, sizeof bytes, &info);
        break;
    }
}

static void user_changes_a_path(struct play *p, sctpx_assoc *a)
{
    size_t path = below(p, 4);
    sctpx_path_options o;
    if (sctpx_assoc_get_path_options(a, path, &o) < 0)
        return;
    o.hb_interval_us = one_in(p, 4) ? SCTPX_TIME_NEVER : 1000000 * (1 + below(p, 30));
    o.path_max_retrans = (uint16_t)below(p, 6);
    o.mtu = (uint32_t)(500 + below(p, 2000));
    o.rto_us = one_in(p, 2) ? o.rto_us : 1000 * below(p, 100000);
    sctpx_assoc_set_path_options(a, p->rig.now, path, &o);
}

static void user_changes(struct play *p, sctpx_assoc *a)
{
    sctpx_assoc_options o;
    switch (below(p, 5)) {
    case 0:
        sctpx_assoc_get_options(a, &o);
        draw_options(p, &o);
        sctpx_assoc_set_options(a, p->rig.now, &o);
        break;
    case 1:
        sctpx_assoc_set_primary(a, below(p, 4));
        break;
    case 2:
        user_changes_a_path(p, a);
        break;
    default:
        sctpx_assoc_heartbeat(a, p->rig.now, below(p, 4));
        break;
    }
}

static void user_ends(struct play *p)
{
    sctpx_assoc *a = p->rig.assoc;
    switch (below(p, 8)) {
    case 0:
        sctpx_assoc_free(a, p->rig.now);
        p->rig.assoc = NULL;
        break;
    case 1:
        sctpx_assoc_abort(a, p->rig.now, "why not", 7);
        break;
    default:
        sctpx_assoc_shutdown(a, p->rig.now);
        break;
    }
}

static void user_acts(struct play *p)
{
    struct engine_rig *rig = &p->rig;
    if (rig->assoc == NULL) {
        if (p->is_server)
            sctpx_endpoint_accept(rig->ep, 5000, NULL, &rig->assoc);
        else if (anybody(p) == NULL)
            sctpx_endpoint_connect(rig->ep, rig->now, p->addrs, 1 + below(p, 2), 6000, 0, NULL,
                                   NULL, &rig->assoc);
        return;
    }
    uint64_t what = below(p, 40);
    if (what < 20)
        user_sends(p, rig->assoc);
    else if (what < 32)
        user_reads(p, rig->assoc);
    else if (what < 37)
        user_changes(p, rig->assoc);
    else if (one_in(p, 3))
        user_ends(p);
}

/* ---- the peer ---------------------------------------------------------------------------- */

static void peer_data(struct play *p, struct pb *pb, const sctpx_assoc *a)
{
    static const uint8_t bytes[3000];
    uint32_t tsn = a->tracker.cum.v + 1;
    if (one_in(p, 3))
        tsn += (uint32_t)below(p, 8) - 2;
    size_t length = one_in(p, 100) ? 0 : 1 + below(p, one_in(p, 3) ? sizeof bytes : 100);
    uint8_t flags = (uint8_t)(one_in(p, 4) ? below(p, 16) : 7);
    uint16_t stream = (uint16_t)below(p, 11);
    pb_data(pb, flags, tsn, stream, (uint16_t)below(p, 3), 0, bytes, length);
}

static void peer_sack(struct play *p, struct pb *pb, const sctpx_assoc *a)
{
    static const uint32_t windows[] = {0, 0, 100, 2000, 100000, UINT32_MAX};
    uint32_t count = sctpxi_outstanding_count(&a->outstanding);
    uint32_t step = (uint32_t)below(p, count + 1);
    uint16_t gaps[2][2];
    uint16_t n = 0;
    uint32_t left = count - step;
    if (left >= 2 && one_in(p, 2)) {
        gaps[n][0] = (uint16_t)(2 + below(p, left - 1));
        gaps[n][1] = (uint16_t)(gaps[n][0] + below(p, left - gaps[n][0] + 1));
        n++;
        if (gaps[0][1] + 2u <= left) {
            gaps[n][0] = (uint16_t)(gaps[0][1] + 2u);
            gaps[n][1] = (uint16_t)left;
            n++;
        }
    }
    uint32_t lie = one_in(p, 300) ? 5 : 0;
    pb_sack(pb, a->outstanding.cum_ack.v + step + lie, windows[below(p, 6)], n,
            (const uint16_t(*)[2])gaps, 0, NULL);
}

/* Right as a rule: who sees all packets could answer like this. */
static void peer_heartbeat_ack(struct play *p, struct pb *pb, const sctpx_assoc *a)
{
    uint8_t index = (uint8_t)below(p, a->path_count);
    sctpx_time sent_at = a->paths[index].hb_sent_at + (one_in(p, 4) ? below(p, 5) : 0);
    uint8_t bytes[20 + 8];
    struct sctpxi_writer w = sctpxi_writer_make(bytes, sizeof bytes);
    sctpxi_writer_put_u32(&w, index);
    sctpxi_writer_put_u64(&w, sent_at);
    sctpxi_writer_put_u32(&w, a->local_tag);
    sctpxi_writer_put_u32(&w, a->remote_tag);
    uint64_t nonce = sctpxi_siphash24(&p->rig.ep->heartbeat_key, bytes, 20);
    w.len = 12; /* the tags are known, the nonce takes their place */
    sctpxi_writer_put_u64(&w, one_in(p, 4) ? below(p, 5) : nonce);
    pb_heartbeat_ack(pb, bytes, one_in(p, 10) ? below(p, 21) : 20);
}

static void peer_error(struct play *p, struct pb *pb)
{
    static const uint8_t bytes[300];
    uint8_t type = one_in(p, 20) ? 6 : 9;
    pb_chunk(pb, type, one_in(p, 5));
    for (uint64_t i = below(p, 3); i > 0; i--) {
        uint16_t cause = (uint16_t)below(p, 15);
        pb_item(pb, cause, bytes, below(p, one_in(p, 5) ? sizeof bytes : 9));
    }
    pb_end(pb);
}

static void peer_ends(struct play *p, struct pb *pb, const sctpx_assoc *a)
{
    uint32_t count = sctpxi_outstanding_count(&a->outstanding);
    if (a->state == SCTPX_ESTABLISHED && !one_in(p, 8))
        return;
    switch (below(p, 6)) {
    case 0:
    case 1:
        pb_shutdown(pb, a->outstanding.cum_ack.v + (uint32_t)below(p, count + 1));
        break;
    case 2:
        if (one_in(p, 3))
            pb_shutdown_ack(pb);
        break;
    case 3:
        if (one_in(p, 3))
            pb_shutdown_complete(pb, one_in(p, 2));
        break;
    default:
        break;
    }
}

static void peer_odd(struct play *p, struct pb *pb)
{
    static const uint8_t bytes[1400];
    switch (below(p, 6)) {
    case 0:
        pb_heartbeat(pb, bytes, below(p, sizeof bytes));
        break;
    case 1:
        pb_cookie_ack(pb);
        break;
    case 2:
        pb_cookie_echo(pb, p->rig.cookie, p->rig.cookie_length);
        break;
    case 3:
        pb_ecne(pb, 1);
        break;
    default:
        pb_chunk(pb, (uint8_t)below(p, 256), 0);
        pb_bytes(pb, bytes, below(p, one_in(p, 9) ? sizeof bytes : 20));
        pb_end(pb);
        break;
    }
}

static void peer_chunk(struct play *p, struct pb *pb, const sctpx_assoc *a)
{
    uint64_t what = below(p, 30);
    if (what < 10)
        peer_data(p, pb, a);
    else if (what < 20)
        peer_sack(p, pb, a);
    else if (what < 23)
        peer_heartbeat_ack(p, pb, a);
    else if (what < 25)
        peer_error(p, pb);
    else if (what < 27)
        peer_ends(p, pb, a);
    else
        peer_odd(p, pb);
}

/* INIT, alone as it must be: a stranger, a duplicate, a collision or a restart. */
static struct pb *peer_init(struct play *p)
{
    struct engine_rig *rig = &p->rig;
    const sctpx_assoc *a = anybody(p);
    if (one_in(p, 3))
        rig->tag = (uint32_t)test_random_u64(&p->tr) | 1;
    rig->peer_addr_count = below(p, PEER_ADDRS + 1);
    rig->port = a != NULL ? a->local_port : 5000;
    return engine_rig_init_packet(rig);
}

static struct pb *peer_packet(struct play *p)
{
    struct engine_rig *rig = &p->rig;
    const sctpx_assoc *a = anybody(p);
    if (a == NULL || one_in(p, 25))
        return one_in(p, 2) && rig->cookie_length > 0 ? engine_rig_cookie_echo(rig) : peer_init(p);
    rig->port = a->local_port;
    rig->ep_tag = one_in(p, 50) ? a->remote_tag : a->local_tag;
    if (a->state == SCTPX_COOKIE_WAIT) {
        if (a->remote_tag == 0)
            rig->tag |= 1;
        return engine_rig_init_ack(rig);
    }
    struct pb *pb = engine_rig_packet(rig);
    if (a->state == SCTPX_COOKIE_ECHOED && one_in(p, 2))
        pb_cookie_ack(pb);
    for (uint64_t i = 1 + below(p, 3); i > 0; i--)
        peer_chunk(p, pb, a);
    return pb;
}

static void peer_acts(struct play *p)
{
    struct engine_rig *rig = &p->rig;
    size_t length;
    struct pb *pb = peer_packet(p);
    uint8_t *bytes = pb_finish(pb, &length);
    sctpx_packet packet = {.local = rig->local, .data = bytes, .length = length};
    packet.remote = p->addrs[one_in(p, 2) ? 0 : below(p, PEER_ADDRS)];
    if (one_in(p, 40))
        packet.remote.udp_port = (uint16_t)(one_in(p, 2) ? 0 : below(p, 3) + 9899);
    if (one_in(p, 10))
        packet.local = (sctpx_addr){.family = SCTPX_NO_FAMILY};
    sctpx_endpoint_receive(rig->ep, rig->now, &packet);
    free(bytes);
}

/* ---- everything else --------------------------------------------------------------------- */

/* INIT ACK: the cookie and the tag it came with. */
static void look_at_answers(struct play *p)
{
    struct engine_rig *rig = &p->rig;
    if (engine_rig_has(rig, 2) && !engine_rig_has(rig, 1)) {
        engine_rig_learn(rig);
    }
}

static void time_passes(struct play *p)
{
    struct engine_rig *rig = &p->rig;
    sctpx_time next = sctpx_endpoint_next_deadline(rig->ep);
    if (one_in(p, 2) || next == SCTPX_TIME_NEVER)
        rig->now += below(p, 100000);
    else if (next > rig->now)
        rig->now = next;
    sctpx_endpoint_on_deadline(rig->ep, rig->now);
    next = sctpx_endpoint_next_deadline(rig->ep);
    assert_true(next > rig->now);
}

static void memory_changes(struct play *p)
{
    p->has_no_memory = !p->has_no_memory && one_in(p, 2);
    size_t n = p->has_no_memory ? 1 + below(p, 4) : 0;
    test_alloc_fail(&p->rig.ta, n, below(p, 4));
}

static void step(struct play *p)
{
    struct engine_rig *rig = &p->rig;
    uint64_t what = below(p, 100);
    if (what < 40)
        peer_acts(p);
    else if (what < 70)
        user_acts(p);
    else if (what < 90)
        time_passes(p);
    else if (what < 95)
        memory_changes(p);
    else if (what < 96)
        sctpx_endpoint_on_unreachable(rig->ep, rig->now, &p->addrs[below(p, PEER_ADDRS)], NULL, 0);
    if (!one_in(p, 4)) {
        engine_rig_flush(rig);
        look_at_answers(p);
    }
}

/* A user gives up what has ended, some time. */
static void clean_up(struct play *p)
{
    struct engine_rig *rig = &p->rig;
    engine_rig_events(rig);
    if (rig->assoc != NULL && rig->assoc->state == SCTPX_CLOSED && one_in(p, 4)) {
        sctpx_assoc_free(rig->assoc, rig->now);
        rig->assoc = NULL;
    }
}

static void play(struct play *p, uint64_t seed)
{
    memset(p, 0, sizeof *p);
    engine_rig_init(&p->rig);
    test_random_init(&p->tr, seed);
    test_random_init(&p->rig.random, seed + 1000000);
    draw_options(p, &p->rig.opt.assoc);
    p->is_server = one_in(p, 2);
    for (uint8_t i = 0; i < PEER_ADDRS; i++)
        p->addrs[i] = engine_rig_addr(i, 2);
    p->rig.peer_addrs = p->addrs;
    p->rig.peer_addr_count = below(p, PEER_ADDRS + 1);
    engine_rig_start(&p->rig);
    if (p->is_server)
        assert_int_equal(sctpx_endpoint_listen(p->rig.ep, 5000, NULL), 5000);
    for (unsigned i = 0; i < STEPS; i++) {
        step(p);
        engine_rig_check(&p->rig);
        if (!one_in(p, 3))
            clean_up(p);
    }
    test_alloc_fail(&p->rig.ta, 0, 0);
    engine_rig_flush(&p->rig);
    engine_rig_check(&p->rig);
    engine_rig_done(&p->rig);
}

static uint64_t seed_now; /* of a play that has not ended well */

static void test_everything_agrees(void **state)
{
    (void)state;
    static struct play p;
    const char *only = getenv("SCTPX_SEED");
    uint64_t first = only != NULL ? strtoull(only, NULL, 10) : 1;
    uint64_t last = only != NULL ? first : SEEDS;
    for (seed_now = first; seed_now <= last; seed_now++)
        play(&p, seed_now);
    seed_now = 0;
}

static int name_seed(void **state)
{
    (void)state;
    if (seed_now != 0)
        print_error("SCTPX_SEED=%llu\n", (unsigned long long)seed_now);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_everything_agrees, name_seed),
    };
    return cmocka_run_group_tests_name("endpoint_hostile", tests, NULL, NULL);
}

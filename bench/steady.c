/* SPDX-License-Identifier: MIT */
/*
 * A pair of endpoints in memory in steady state, without a clock and with a fixed number of
 * messages, so that two runs do exactly the same: how many allocations each packet takes, and, for
 * who counts instructions of bench_steady_measured() with callgrind, how many messages and packets
 * these belong to. tests/bench/ judges both. --only CASE, --count MESSAGES.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/figure.h"
#include "support/options.h"
#include "support/pair.h"

/*
 * A step of 20 us is what a fast local network takes. With these buffers cwnd no longer grows after
 * the warm-up, which is as long as what is measured.
 */
enum { STEP_US = 20, BUFFER_BYTES = 1 << 18, MOST_BYTES = 65536 };

struct steady {
    struct bench_pair pair;
    sctpx_assoc *side[2];
    uint8_t message[MOST_BYTES], received[MOST_BYTES];
    size_t length;
    bool is_response;        /* each message is answered before the next one */
    uint64_t answers, until; /* messages that came to the one that counts */
};

void bench_steady_measured(struct steady *steady, uint64_t messages);

static int send_one(struct steady *steady, int side)
{
    return sctpx_assoc_send(steady->side[side], steady->pair.now, steady->message, steady->length,
                            NULL);
}

static void fill(struct steady *steady)
{
    int error;
    do
        error = send_one(steady, 0);
    while (error == 0);
    if (error != SCTPX_EWOULDBLOCK)
        bench_fail("sctpx_assoc_send");
}

static void take_all(struct steady *steady, int side)
{
    while (sctpx_assoc_receive(steady->side[side], SCTPX_ANY_STREAM, steady->received,
                               sizeof steady->received, NULL) > 0) {
        steady->answers += side == 0 || !steady->is_response;
        if (steady->is_response && send_one(steady, side) < 0)
            bench_fail("sctpx_assoc_send");
    }
}

static void on_event(struct bench_pair *pair, int side, const sctpx_event *event, void *user)
{
    struct steady *steady = user;
    (void)pair;
    if (event->type == SCTPX_EVENT_CLOSED)
        bench_fail("the association");
    if (event->type == SCTPX_EVENT_READABLE && steady->side[side] != NULL)
        take_all(steady, side);
    if (event->type == SCTPX_EVENT_WRITABLE && side == 0)
        fill(steady);
}

static void run(struct steady *steady, uint64_t messages)
{
    uint64_t idle = 0;
    steady->until = steady->answers + messages;
    while (steady->answers < steady->until) {
        uint64_t before = steady->answers;
        bench_pair_tick(&steady->pair);
        bench_pair_carry(&steady->pair, 0);
        bench_pair_carry(&steady->pair, 1);
        idle = steady->answers == before ? idle + 1 : 0;
        if (idle > 1000000)
            bench_fail("going on: nothing came for 20 s, which");
    }
}

/* A name of its own, for callgrind's --toggle-collect. */
__attribute__((noinline)) void bench_steady_measured(struct steady *steady, uint64_t messages)
{
    run(steady, messages);
}

static void set_up(struct steady *steady, size_t length, bool is_response)
{
    sctpx_assoc_options assoc;
    memset(steady, 0, sizeof *steady);
    sctpx_assoc_options_defaults(&assoc);
    assoc.sndbuf_bytes = assoc.rcvbuf_bytes = BUFFER_BYTES;
    assoc.mtu = 1480;
    bench_pair_init(&steady->pair, &assoc);
    steady->pair.step_us = STEP_US;
    steady->pair.now = 1000000;
    steady->length = length;
    steady->is_response = is_response;
    steady->side[0] = bench_pair_connect(&steady->pair, 0);
    bench_pair_settle(&steady->pair);
    if (steady->pair.up != 1)
        bench_fail("set-up");
    steady->side[1] = steady->pair.accepted;
    steady->pair.on_event = on_event;
    steady->pair.user = steady;
    if (is_response && send_one(steady, 0) < 0)
        bench_fail("sctpx_assoc_send");
    if (!is_response)
        fill(steady);
}

static uint64_t sum(const struct steady *steady, bool of_packets)
{
    const struct bench_side *side = steady->pair.side;
    return of_packets ? side[0].packets + side[1].packets
                      : side[0].allocations + side[1].allocations;
}

static void measure(const char *name, size_t length, bool is_response, uint32_t messages)
{
    static struct steady steady;
    set_up(&steady, length, is_response);
    run(&steady, messages);
    uint64_t packets = sum(&steady, true), allocations = sum(&steady, false);
    uint64_t before = steady.answers;
    bench_steady_measured(&steady, messages);
    packets = sum(&steady, true) - packets;
    allocations = sum(&steady, false) - allocations;
    const struct bench_case of = {"steady", name, "sctpx"};
    bench_figure(&of, "messages", BENCH_MORE, (double)(steady.answers - before));
    bench_figure(&of, "packets", BENCH_LESS, (double)packets);
    bench_figure(&of, "allocations per packet", BENCH_LESS, (double)allocations / (double)packets);
    bench_pair_done(&steady.pair);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        size_t length;
        bool is_response;
        uint32_t messages;
    } cases[] = {
        {"bulk 64 B", 64, false, 300000},
        {"bulk 1000 B", 1000, false, 100000},
        {"bulk 65536 B", 65536, false, 4000},
        {"request and response 64 B", 64, true, 50000},
    };
    struct bench_options options = {0};
    bench_options_parse(&options, argc, argv);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (bench_options_want(&options, cases[i].name))
            measure(cases[i].name, cases[i].length, cases[i].is_response,
                    options.count != 0 ? options.count : cases[i].messages);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * One bulk stream between two sctpx endpoints in memory, in one thread, checksums on. Beside it:
 * usrsctp_pair.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/figure.h"
#include "support/options.h"
#include "support/pair.h"
#include "support/sizes.h"

enum { BUFFER_BYTES = 1 << 20 };

struct bulk {
    struct bench_pair pair;
    sctpx_assoc *sender;
    uint8_t *message, *received;
    size_t length;
    uint64_t messages, bytes; /* that came */
};

static void send_all(struct bulk *bulk)
{
    int error;
    do
        error = sctpx_assoc_send(bulk->sender, bulk->pair.now, bulk->message, bulk->length, NULL);
    while (error == 0);
    if (error != SCTPX_EWOULDBLOCK)
        bench_fail("sctpx_assoc_send");
}

static void on_event(struct bench_pair *pair, int side, const sctpx_event *event, void *user)
{
    struct bulk *bulk = user;
    (void)pair;
    if (event->type == SCTPX_EVENT_CLOSED)
        bench_fail("the association");
    if (event->type == SCTPX_EVENT_WRITABLE && side == 0)
        send_all(bulk);
    if (event->type != SCTPX_EVENT_READABLE || side != 1)
        return;
    long n;
    while ((n = sctpx_assoc_receive(event->assoc, SCTPX_ANY_STREAM, bulk->received, bulk->length,
                                    NULL)) > 0) {
        bulk->messages++;
        bulk->bytes += (uint64_t)n;
    }
}

/* Runs until that much time has gone by. */
static void run(struct bulk *bulk, double seconds)
{
    uint64_t end = bench_now_us() + (uint64_t)(seconds * 1e6);
    while (bulk->pair.now < end) {
        bulk->pair.now = bench_now_us();
        bench_pair_carry(&bulk->pair, 0);
        bench_pair_carry(&bulk->pair, 1);
    }
}

static void measure(struct bulk *bulk, const struct bench_options *options)
{
    char name[64];
    snprintf(name, sizeof name, "%zu B in %u", bulk->length, options->mtu - BENCH_HEADERS_BYTES);
    const struct bench_case of = {"engine_pair", name, "sctpx"};
    run(bulk, options->seconds / 5);
    uint64_t start = bench_now_us(), messages = bulk->messages, bytes = bulk->bytes;
    uint64_t packets = bulk->pair.side[0].packets;
    uint64_t allocations = bulk->pair.side[0].allocations + bulk->pair.side[1].allocations;
    run(bulk, options->seconds);
    double us = (double)(bench_now_us() - start);
    packets = bulk->pair.side[0].packets - packets;
    allocations = bulk->pair.side[0].allocations + bulk->pair.side[1].allocations - allocations;
    bench_figure(&of, "MB/s", BENCH_MORE, (double)(bulk->bytes - bytes) / us);
    bench_figure(&of, "messages/s", BENCH_MORE, (double)(bulk->messages - messages) / us * 1e6);
    fprintf(stderr, "sctpx %s: packets of %zu bytes, %.3f allocations per packet\n", name,
            bulk->pair.side[0].longest_packet, (double)allocations / (double)packets);
}

static void run_length(const struct bench_options *options, size_t length)
{
    static struct bulk bulk;
    sctpx_assoc_options assoc;
    memset(&bulk, 0, sizeof bulk);
    sctpx_assoc_options_defaults(&assoc);
    assoc.mtu = options->mtu;
    assoc.sndbuf_bytes = BUFFER_BYTES;
    assoc.rcvbuf_bytes = BUFFER_BYTES;
    bulk.length = length;
    bulk.message = calloc(2, length);
    if (bulk.message == NULL)
        bench_fail("calloc");
    bulk.received = bulk.message + length;
    bench_pair_init(&bulk.pair, &assoc);
    bulk.pair.on_event = on_event;
    bulk.pair.user = &bulk;
    bulk.sender = bench_pair_connect(&bulk.pair, 0);
    bench_pair_settle(&bulk.pair);
    if (bulk.pair.up != 1)
        bench_fail("set-up");
    send_all(&bulk);
    measure(&bulk, options);
    bench_pair_done(&bulk.pair);
    free(bulk.message);
}

int main(int argc, char **argv)
{
    struct bench_options options = {.seconds = 1, .mtu = 1480};
    bench_options_parse(&options, argc, argv);
    if (options.length != 0) {
        run_length(&options, options.length);
        return 0;
    }
    for (size_t i = 0; i < BENCH_PAIR_SIZES; i++) {
        options.mtu = bench_pair_sizes[i].packet + BENCH_HEADERS_BYTES;
        run_length(&options, bench_pair_sizes[i].length);
    }
    return 0;
}

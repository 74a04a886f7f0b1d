/* SPDX-License-Identifier: MIT */
/*
 * What a packet costs as something grows: associations, streams in use, outstanding chunks, gap
 * blocks. Two endpoints in memory, 100-byte messages, one in each packet; CPU time of both ends,
 * the least of several slices. No clock: the engines see 10 us go by with each packet.
 * --only associations|seldom|streams|outstanding|gaps
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/figure.h"
#include "support/line.h"
#include "support/options.h"
#include "support/pair.h"

enum {
    LENGTH = 100,
    STEP_US = 10,
    BATCH = 10, /* packets that are under way at once, in the first two curves */
    SLICES = 7,
    SLICE_PACKETS = 20000,
    AT_ONCE = 32,
    MAX_OUTSTANDING = 65535, /* what an association keeps, docs/limits.md */
    PACKET_BYTES = 160,
    CHUNK_BYTES = 116,
    MOST_ROUNDS = 40 /* slow start takes 20 of them */
};

static struct curve {
    struct bench_pair pair;
    struct bench_line line;
    sctpx_assoc **assocs;
    uint32_t count;    /* associations */
    uint64_t sent;     /* messages */
    uint32_t in_a_row; /* of each association, before the next one has its turn */
    uint32_t streams;
    uint8_t message[LENGTH], received[LENGTH];
} curve;

static uint64_t cpu_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void on_event(struct bench_pair *pair, int side, const sctpx_event *event, void *user)
{
    (void)pair;
    (void)user;
    if (event->type == SCTPX_EVENT_CLOSED)
        bench_fail("keeping an association alive");
    if (event->type == SCTPX_EVENT_READABLE && side == 1)
        while (sctpx_assoc_receive(event->assoc, SCTPX_ANY_STREAM, curve.received,
                                   sizeof curve.received, NULL) > 0)
            ;
}

static void begin(uint32_t count, const sctpx_assoc_options *options, sctpx_time step_us)
{
    bench_pair_init(&curve.pair, options);
    curve.pair.step_us = step_us;
    curve.pair.on_event = on_event;
    curve.count = count;
    curve.streams = curve.in_a_row = 1;
    curve.sent = 0;
    curve.assocs = calloc(count, sizeof *curve.assocs);
    if (curve.assocs == NULL)
        bench_fail("calloc");
    for (uint32_t i = 0; i < count; i++) {
        curve.assocs[i] = bench_pair_connect(&curve.pair, i);
        if (i % AT_ONCE == AT_ONCE - 1)
            bench_pair_settle(&curve.pair);
    }
    bench_pair_settle(&curve.pair);
    if (curve.pair.up != count)
        bench_fail("setting them all up");
}

static void end(void)
{
    bench_pair_done(&curve.pair);
    free(curve.assocs);
}

/* One message on the next association, or the next stream of the only one. */
static bool send_next(void)
{
    const sctpx_sndinfo info = {.stream = (uint16_t)(curve.sent % curve.streams)};
    int error = sctpx_assoc_send(curve.assocs[curve.sent / curve.in_a_row % curve.count],
                                 curve.pair.now, curve.message, LENGTH, &info);
    if (error < 0 && error != SCTPX_EWOULDBLOCK)
        bench_fail("sctpx_assoc_send");
    curve.sent += error == 0;
    return error == 0;
}

static void report(const char *what, uint32_t size, double ns)
{
    char name[64];
    snprintf(name, sizeof name, "%s %u", what, size);
    const struct bench_case of = {"curves", name, "sctpx"};
    bench_figure(&of, "ns per packet", BENCH_LESS, ns);
}

/* ---- associations and streams -------------------------------------------------------------- */

static void batch(void)
{
    for (int i = 0; i < BATCH; i++) {
        send_next();
        bench_pair_tick(&curve.pair);
        bench_pair_carry(&curve.pair, 0);
    }
    bench_pair_carry(&curve.pair, 1);
    bench_pair_carry(&curve.pair, 0);
}

static uint64_t packets(void)
{
    return curve.pair.side[0].packets + curve.pair.side[1].packets;
}

static double least_of_batches(uint32_t warm_up)
{
    double least = 0;
    for (uint32_t i = 0; i < warm_up; i += BATCH)
        batch();
    for (int slice = 0; slice < SLICES; slice++) {
        uint64_t before = packets(), ns = cpu_ns();
        for (int i = 0; i < SLICE_PACKETS; i += BATCH)
            batch();
        double each = (double)(cpu_ns() - ns) / (double)(packets() - before);
        least = slice == 0 || each < least ? each : least;
    }
    return least;
}

/*
 * Two messages of each, so that the work is the same whatever the number is: the second one is
 * answered by a SACK.
 */
static void associations(uint32_t count)
{
    begin(count, NULL, STEP_US);
    curve.in_a_row = 2;
    report("associations", count, least_of_batches(4 * count));
    end();
}

/*
 * One message of each: the more there are, the later comes the next one. From 20,000 on SACKs wait
 * for their timer, and each packet finds an association that nobody has touched for long.
 */
static void seldom(uint32_t count)
{
    begin(count, NULL, STEP_US);
    report("seldom", count, least_of_batches(2 * count));
    end();
}

static void streams(uint32_t count)
{
    begin(1, NULL, STEP_US);
    curve.streams = count;
    report("streams", count, least_of_batches(2 * count));
    end();
}

/* ---- outstanding and gaps ------------------------------------------------------------------ */

/* Half the time that a packet takes through such a line. */
static sctpx_time step_of(uint32_t longest)
{
    return (sctpx_time)(longest / 2 + 1) * STEP_US;
}

/*
 * So much may be outstanding, and nothing but a time-out slows it down. What is set up in the time
 * that such a line takes has windows for it: receivers know their round trip from there.
 */
static void begin_long_line(uint32_t longest)
{
    sctpx_assoc_options options;
    sctpx_assoc_options_defaults(&options);
    options.sndbuf_bytes = options.rcvbuf_bytes = (size_t)1 << 30;
    options.max_burst = 0;
    options.mtu = 9000; /* a thousand gap blocks in one SACK */
    begin(1, &options, step_of(longest));
    bench_line_init(&curve.line, &curve.pair, (size_t)2 * MAX_OUTSTANDING * PACKET_BYTES);
}

/* One message, one packet's time. */
static void turn(uint32_t longest)
{
    send_next();
    bench_pair_tick(&curve.pair);
    bench_line_turn(&curve.line, longest);
}

static double least_of_turns(uint32_t longest, int slices, uint32_t turns)
{
    double least = 0;
    for (int slice = 0; slice < slices; slice++) {
        uint64_t before = curve.line.sent, ns = cpu_ns();
        for (uint32_t i = 0; i < turns; i++)
            turn(longest);
        double each = (double)(cpu_ns() - ns) / (double)(curve.line.sent - before);
        least = slice == 0 || each < least ? each : least;
    }
    return least;
}

static size_t unsent_bytes(void)
{
    sctpx_assoc_status status;
    sctpx_assoc_get_status(curve.assocs[0], &status);
    return status.unsent_bytes;
}

/* What cwnd and window take leaves, all of it arrives, all of it is acknowledged. */
static void round_trip(uint32_t longest)
{
    bench_line_turn(&curve.line, UINT32_MAX);
    curve.pair.step_us = step_of(longest);
    bench_pair_tick(&curve.pair);
    curve.pair.step_us = STEP_US;
    bench_line_turn(&curve.line, 0);
}

static bool has_room_for(uint32_t chunks)
{
    sctpx_path_status path;
    sctpx_assoc_status status;
    sctpx_assoc_get_path(curve.assocs[0], 0, &path);
    sctpx_assoc_get_status(curve.assocs[0], &status);
    return path.cwnd_bytes >= chunks * CHUNK_BYTES && status.peer_rwnd_bytes >= chunks * LENGTH;
}

/* More messages than there is room for in each round trip, until there is so much. */
static void grow(uint32_t chunks)
{
    for (uint32_t rounds = 0; !has_room_for(chunks); rounds++) {
        if (rounds > MOST_ROUNDS)
            bench_fail("opening the windows");
        while (unsent_bytes() < (size_t)chunks * LENGTH && send_next())
            ;
        round_trip(chunks);
    }
    while (unsent_bytes() > 0)
        round_trip(chunks);
}

/* Makes the line that long, of packets with one message each. */
static void lengthen(uint32_t longest)
{
    grow(longest);
    while (curve.line.waiting < longest) {
        turn(longest);
        if (unsent_bytes() > 0)
            bench_fail("having so many chunks outstanding");
    }
}

static void outstanding(uint32_t count)
{
    /* The one that is being sent is outstanding too. */
    uint32_t longest = count == MAX_OUTSTANDING ? count - 2 : count;
    begin_long_line(longest);
    lengthen(longest);
    report("outstanding chunks", count, least_of_turns(longest, SLICES, SLICE_PACKETS));
    bench_line_done(&curve.line);
    end();
}

static struct {
    uint32_t first, count; /* every second TSN from first on is lost, always, so many */
    bool is_on;
} losing;

static bool loses(const uint8_t *packet, size_t length, void *user)
{
    uint32_t tsn, offset;
    (void)user;
    if (!bench_line_tsn(packet, length, &tsn))
        return false;
    if (!losing.is_on) {
        losing.first = tsn + 1;
        return false;
    }
    offset = tsn - losing.first;
    return offset % 2 == 0 && offset < 2 * losing.count;
}

/* The line is as long as 10 ms; what is lost is lost again as often as it is sent again. */
static void gaps(uint32_t count)
{
    enum { CWND = 20000, LINE = 1000, TURNS = 8000, SLICES_OF_GAPS = 4 };
    begin_long_line(CWND);
    losing.is_on = false;
    losing.count = count;
    curve.line.loses = loses;
    lengthen(CWND); /* large enough for what is lost */
    least_of_turns(LINE, 1, 2 * LINE);
    losing.is_on = true;
    least_of_turns(LINE, 1, 2 * count + LINE);
    report("gap blocks", count, least_of_turns(LINE, SLICES_OF_GAPS, TURNS));
    bench_line_done(&curve.line);
    end();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*point)(uint32_t size);
        uint32_t sizes[5];
    } curves[] = {
        {"associations", associations, {10, 100, 1000, 10000, 100000}},
        {"seldom", seldom, {10, 100, 1000, 10000, 100000}},
        {"streams", streams, {1, 10, 100, 10000, 65535}},
        {"outstanding", outstanding, {10, 100, 1000, 10000, MAX_OUTSTANDING}},
        {"gaps", gaps, {1, 10, 100, 300, 1000}},
    };
    struct bench_options options = {0};
    bench_options_parse(&options, argc, argv);
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
        for (size_t k = 0; k < 5 && bench_options_want(&options, curves[i].name); k++)
            curves[i].point(curves[i].sizes[k]);
    return 0;
}

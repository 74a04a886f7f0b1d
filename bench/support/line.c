/* SPDX-License-Identifier: MIT */
#include "support/line.h"

#include <stdlib.h>
#include <string.h>

#include "support/figure.h"

enum { CHUNK_AT = 12, TSN_AT = 16 };

void bench_line_init(struct bench_line *line, struct bench_pair *pair, size_t bytes)
{
    memset(line, 0, sizeof *line);
    line->pair = pair;
    line->size = bytes;
    line->bytes = malloc(bytes);
    if (line->bytes == NULL)
        bench_fail("malloc");
    memset(line->bytes, 0xFF, bytes); /* resident before anyone measures */
}

void bench_line_done(struct bench_line *line)
{
    free(line->bytes);
}

bool bench_line_tsn(const uint8_t *packet, size_t length, uint32_t *ret_tsn)
{
    const uint8_t *at = packet + TSN_AT;
    if (length < TSN_AT + 4 || packet[CHUNK_AT] != 0)
        return false;
    *ret_tsn = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    return true;
}

/* Packets lie in one piece: one that does not fit before the end begins at the start. */
static void put(struct bench_line *line, const uint8_t *packet, size_t length)
{
    const size_t stop = 0;
    if (line->waiting == 0)
        line->first = line->last = 0;
    if (line->size - line->last < 2 * sizeof length + length) {
        memcpy(line->bytes + line->last, &stop, sizeof stop);
        line->last = 0;
    }
    if (line->waiting > 0 && line->last <= line->first &&
        line->first - line->last <= 2 * sizeof length + length)
        bench_fail("so much on the line");
    memcpy(line->bytes + line->last, &length, sizeof length);
    memcpy(line->bytes + line->last + sizeof length, packet, length);
    line->last += sizeof length + length;
    line->waiting++;
}

static const uint8_t *get(struct bench_line *line, size_t *ret_length)
{
    size_t length;
    memcpy(&length, line->bytes + line->first, sizeof length);
    if (length == 0) {
        line->first = 0;
        memcpy(&length, line->bytes, sizeof length);
    }
    const uint8_t *packet = line->bytes + line->first + sizeof length;
    line->first += sizeof length + length;
    line->waiting--;
    *ret_length = length;
    return packet;
}

static void arrive(struct bench_line *line, int to, const uint8_t *data, size_t length)
{
    struct bench_pair *pair = line->pair;
    const sctpx_packet packet = {.local = pair->side[to].addr,
                                 .remote = pair->side[1 - to].addr,
                                 .data = data,
                                 .length = length};
    if (to == 1 && line->loses != NULL && line->loses(data, length, line->user))
        return;
    sctpx_endpoint_receive(pair->side[to].endpoint, pair->now, &packet);
}

static void transmit(struct bench_line *line, int from)
{
    struct bench_pair *pair = line->pair;
    sctpx_transmit train;
    while (sctpx_endpoint_transmit(pair->side[from].endpoint, pair->now, pair->buffer,
                                   sizeof pair->buffer, &train) > 0)
        for (size_t at = 0; at < train.length; at += train.segment_size) {
            size_t left = train.length - at;
            size_t length = left < train.segment_size ? left : train.segment_size;
            line->sent++;
            if (from == 0)
                put(line, pair->buffer + at, length);
            else
                arrive(line, 0, pair->buffer + at, length);
        }
}

static void arrive_next(struct bench_line *line)
{
    size_t length;
    const uint8_t *packet = get(line, &length);
    arrive(line, 1, packet, length);
}

void bench_line_turn(struct bench_line *line, uint32_t longest)
{
    bench_pair_deadlines(line->pair, 0);
    transmit(line, 0);
    while (line->waiting > longest)
        arrive_next(line);
    bench_pair_deadlines(line->pair, 1);
    transmit(line, 1);
}

void bench_line_step(struct bench_line *line)
{
    bench_pair_deadlines(line->pair, 0);
    transmit(line, 0);
    if (line->waiting > 0)
        arrive_next(line);
    bench_pair_deadlines(line->pair, 1);
    transmit(line, 1);
}

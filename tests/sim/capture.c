/* SPDX-License-Identifier: MIT */
/* The record of all packets sent, parsed by hand (not with src/wire), and questions to it. */
#include <stdlib.h>
#include <string.h>

#include "sim/internal.h"

struct sim_capture {
    struct sim_record **records;
    size_t n, max;
};

struct sim_capture *sim_capture_new(void)
{
    struct sim_capture *capture = calloc(1, sizeof(*capture));
    assert_non_null(capture);
    return capture;
}

void sim_capture_free(struct sim_capture *capture)
{
    for (size_t i = 0; i < capture->n; i++)
        free(capture->records[i]);
    free(capture->records);
    free(capture);
}

static void parse_fields(const uint8_t *p, struct sim_chunk *chunk)
{
    switch (chunk->type) {
    case SIM_DATA:
        if (chunk->length < 16)
            break;
        chunk->tsn = sim_u32(p + 4);
        chunk->stream = sim_u16(p + 8);
        chunk->ssn = sim_u16(p + 10);
        chunk->ppid = sim_u32(p + 12);
        break;
    case SIM_INIT:
    case SIM_INIT_ACK:
        if (chunk->length < 20)
            break;
        chunk->tag = sim_u32(p + 4);
        chunk->rwnd = sim_u32(p + 8);
        chunk->tsn = sim_u32(p + 16);
        break;
    case SIM_SACK:
        if (chunk->length < 16)
            break;
        chunk->tsn = sim_u32(p + 4);
        chunk->rwnd = sim_u32(p + 8);
        chunk->gaps = sim_u16(p + 12);
        chunk->dups = sim_u16(p + 14);
        break;
    case SIM_SHUTDOWN:
        if (chunk->length >= 8)
            chunk->tsn = sim_u32(p + 4);
        break;
    case SIM_ABORT:
    case SIM_ERROR:
        if (chunk->length >= 8)
            chunk->cause = sim_u16(p + 4);
        break;
    default:
        break;
    }
}

bool sim_chunk_parse(const uint8_t *data, size_t left, struct sim_chunk *ret_chunk)
{
    if (left < 4)
        return false;
    struct sim_chunk chunk = {.type = data[0], .flags = data[1], .length = sim_u16(data + 2)};
    if (chunk.length < 4 || chunk.length > left)
        return false;
    parse_fields(data, &chunk);
    *ret_chunk = chunk;
    return true;
}

/* Writes the chunks of a packet unless ret_chunks is NULL; returns how many there are. */
static size_t parse_chunks(const struct sim_packet *packet, struct sim_chunk *ret_chunks)
{
    size_t at = 12, n = 0;
    struct sim_chunk chunk;
    while (at < packet->length && sim_chunk_parse(packet->data + at, packet->length - at, &chunk)) {
        chunk.offset = at;
        if (ret_chunks)
            ret_chunks[n] = chunk;
        at += (chunk.length + 3u) & ~(size_t)3u;
        n++;
    }
    return n;
}

/* Record, chunks and bytes are one block that never moves. */
static struct sim_record *make_record(const struct sim *sim, const struct sim_packet *packet)
{
    size_t n = parse_chunks(packet, NULL);
    struct sim_record *record =
        malloc(sizeof(*record) + n * sizeof(struct sim_chunk) + packet->length);
    assert_non_null(record);
    struct sim_chunk *chunks = (struct sim_chunk *)(record + 1);
    uint8_t *raw = (uint8_t *)(chunks + n);
    parse_chunks(packet, chunks);
    memcpy(raw, packet->data, packet->length);
    *record = (struct sim_record){
        .at = sim->now,
        .sender = packet->sender,
        .from = packet->from,
        .to = packet->to,
        .source_port = sim_u16(packet->data),
        .destination_port = sim_u16(packet->data + 2),
        .vtag = sim_u32(packet->data + 4),
        .length = packet->length,
        .raw = raw,
        .n_chunks = n,
        .chunks = chunks,
    };
    return record;
}

void sim_capture_add(struct sim *sim, const struct sim_packet *packet)
{
    if (sim->capture_off)
        return;
    struct sim_capture *capture = sim->capture;
    capture->records =
        sim_grow(capture->records, &capture->max, capture->n + 1, sizeof(struct sim_record *));
    capture->records[capture->n++] = make_record(sim, packet);
}

/* ---- questions --------------------------------------------------------------------------- */

size_t sim_mark(const struct sim *sim)
{
    return sim->capture->n;
}

/* How many chunks of the packet match; a packet that matches SIM_ANY counts as one. */
static size_t matches(const struct sim_query *query, const struct sim_record *record)
{
    if (query->from && query->from != record->sender)
        return 0;
    if (query->to.family && !sim_same_ip(&query->to, &record->to))
        return 0;
    if (query->chunk == SIM_ANY)
        return 1;
    size_t n = 0;
    for (size_t i = 0; i < record->n_chunks; i++) {
        const struct sim_chunk *chunk = &record->chunks[i];
        n += chunk->type == query->chunk && (!query->has_tsn || chunk->tsn == query->tsn);
    }
    return n;
}

size_t sim_count(const struct sim *sim, struct sim_query query)
{
    size_t n = 0;
    for (size_t i = query.since; i < sim->capture->n; i++)
        n += matches(&query, sim->capture->records[i]) > 0;
    return n;
}

size_t sim_count_chunks(const struct sim *sim, struct sim_query query)
{
    size_t n = 0;
    for (size_t i = query.since; i < sim->capture->n; i++)
        n += matches(&query, sim->capture->records[i]);
    return n;
}

const struct sim_record *sim_nth(const struct sim *sim, struct sim_query query, size_t n)
{
    for (size_t i = query.since; i < sim->capture->n; i++)
        if (matches(&query, sim->capture->records[i]) && n-- == 0)
            return sim->capture->records[i];
    sim_need(sim, NULL);
    return NULL;
}

const struct sim_record *sim_last(const struct sim *sim, struct sim_query query)
{
    for (size_t i = sim->capture->n; i-- > query.since;)
        if (matches(&query, sim->capture->records[i]))
            return sim->capture->records[i];
    sim_need(sim, NULL);
    return NULL;
}

size_t sim_sent(const struct sim_host *host, int chunk)
{
    return sim_count(host->sim, (struct sim_query){.from = host, .chunk = chunk});
}

const struct sim_record *sim_sent_nth(const struct sim_host *host, int chunk, size_t n)
{
    const struct sim_record *record =
        sim_nth(host->sim, (struct sim_query){.from = host, .chunk = chunk}, n);
    if (!record)
        sim_fail(host->sim, "%s sent fewer than %zu packets with chunk %d", host->name, n + 1,
                 chunk);
    return record;
}

bool sim_record_has(const struct sim_record *record, int type)
{
    struct sim_query query = {.chunk = type};
    return matches(&query, record) > 0;
}

const struct sim_chunk *sim_find_chunk(const struct sim *sim, const struct sim_record *record,
                                       int type)
{
    if (!record)
        sim_fail(sim, "there is no packet with chunk %d", type);
    for (size_t i = 0; i < record->n_chunks; i++)
        if (record->chunks[i].type == type)
            return &record->chunks[i];
    sim_fail(sim, "packet holds no chunk %d", type);
}

int sim_replay(struct sim *sim, const struct sim_record *record)
{
    return sim_inject(sim, &record->from, &record->to, record->raw, record->length);
}

void sim_print_tail(const struct sim *sim, size_t n)
{
    const struct sim_capture *capture = sim->capture;
    for (size_t i = capture->n > n ? capture->n - n : 0; i < capture->n; i++) {
        const struct sim_record *record = capture->records[i];
        struct sim past = *sim;
        past.now = record->at;
        struct sim_packet packet = {
            .from = record->from,
            .to = record->to,
            .data = (uint8_t *)(uintptr_t)record->raw,
            .length = record->length,
        };
        sim_print_packet(&past, &packet, "");
    }
}

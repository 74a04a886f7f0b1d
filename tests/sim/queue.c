/* SPDX-License-Identifier: MIT */
/* Packets under way: a binary heap by time of arrival, first come first served within a time. */
#include <stdlib.h>
#include <string.h>

#include "sim/internal.h"

struct entry {
    sctpx_time at;
    uint64_t order;
    struct sim_packet packet;
};

struct sim_queue {
    struct entry *entries;
    size_t n, max;
    uint64_t order;
};

struct sim_queue *sim_queue_new(void)
{
    struct sim_queue *queue = calloc(1, sizeof(*queue));
    assert_non_null(queue);
    return queue;
}

void sim_queue_free(struct sim_queue *queue)
{
    for (size_t i = 0; i < queue->n; i++)
        free(queue->entries[i].packet.data);
    free(queue->entries);
    free(queue);
}

static bool is_before(const struct entry *a, const struct entry *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void swap(struct sim_queue *queue, size_t i, size_t j)
{
    struct entry entry = queue->entries[i];
    queue->entries[i] = queue->entries[j];
    queue->entries[j] = entry;
}

void sim_queue_push(struct sim_queue *queue, sctpx_time at, const struct sim_packet *packet)
{
    queue->entries = sim_grow(queue->entries, &queue->max, queue->n + 1, sizeof(struct entry));
    struct entry *entry = &queue->entries[queue->n];
    entry->at = at;
    entry->order = queue->order++;
    entry->packet = *packet;
    /* Exact size, so that a sanitizer sees every byte read past the packet. */
    entry->packet.data = malloc(packet->length);
    assert_non_null(entry->packet.data);
    memcpy(entry->packet.data, packet->data, packet->length);
    size_t i = queue->n++;
    while (i > 0 && is_before(&queue->entries[i], &queue->entries[(i - 1) / 2])) {
        swap(queue, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

sctpx_time sim_queue_next(const struct sim_queue *queue)
{
    return queue->n ? queue->entries[0].at : SCTPX_TIME_NEVER;
}

struct sim_packet sim_queue_pop(struct sim_queue *queue)
{
    struct sim_packet packet = queue->entries[0].packet;
    queue->entries[0] = queue->entries[--queue->n];
    size_t i = 0;
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < queue->n; child++)
            if (is_before(&queue->entries[child], &queue->entries[least]))
                least = child;
        if (least == i)
            return packet;
        swap(queue, i, least);
        i = least;
    }
}

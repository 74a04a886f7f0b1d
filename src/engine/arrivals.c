/* SPDX-License-Identifier: MIT */
#include "engine/arrivals.h"

/* Enough for a mean, and soon over when messages of another kind come. */
#define LATEST_PACKETS 32
/* What a table may grow by for a single chunk is no cost of a packet. */
#define MOST_MEMORY ((size_t)1 << 20)
/* From here on a packet is full: it takes as much room in a socket, whatever it carries. */
#define FULL_PAYLOAD 1400

static uint64_t capped(size_t bytes)
{
    return bytes < UINT32_MAX ? bytes : UINT32_MAX;
}

void sctpxi_arrivals_add(struct sctpxi_arrivals *arrivals, size_t payload_bytes,
                         size_t memory_bytes)
{
    if (payload_bytes == 0 || payload_bytes > UINT16_MAX)
        return;
    if (memory_bytes < payload_bytes)
        memory_bytes = payload_bytes;
    if (arrivals->packets == LATEST_PACKETS) {
        arrivals->payload_bytes -= arrivals->payload_bytes / 2;
        arrivals->memory_bytes -= arrivals->memory_bytes / 2;
        arrivals->packets /= 2;
    }
    arrivals->payload_bytes += (uint32_t)payload_bytes;
    arrivals->memory_bytes += (uint32_t)(memory_bytes < MOST_MEMORY ? memory_bytes : MOST_MEMORY);
    arrivals->packets++;
}

bool sctpxi_arrivals_is_above(const struct sctpxi_arrivals *arrivals, size_t payload_bytes)
{
    return capped(payload_bytes) * arrivals->packets > arrivals->payload_bytes;
}

size_t sctpxi_arrivals_in_memory(const struct sctpxi_arrivals *arrivals, size_t memory_bytes)
{
    if (arrivals->packets == 0)
        return memory_bytes;
    return (size_t)(capped(memory_bytes) * arrivals->payload_bytes / arrivals->memory_bytes);
}

size_t sctpxi_arrivals_in_packets(const struct sctpxi_arrivals *arrivals, size_t full_bytes)
{
    uint32_t full = arrivals->packets * FULL_PAYLOAD;
    if (arrivals->payload_bytes >= full)
        return full_bytes;
    return (size_t)(capped(full_bytes) * arrivals->payload_bytes / full);
}

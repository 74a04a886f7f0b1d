/* SPDX-License-Identifier: MIT */
/*
 * What packets with DATA have lately carried, and what that took in the receive buffer. A window
 * counts payload; what holds the payload, memory here and sockets below, fills with chunks and with
 * packets. Where messages are tiny that is much more, also where all has been read by now.
 */
#ifndef SCTPXI_ENGINE_ARRIVALS_H
#define SCTPXI_ENGINE_ARRIVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sums in which the latest packets weigh most: halved when they hold 32. All 0: none has come. */
struct sctpxi_arrivals {
    uint32_t payload_bytes, memory_bytes;
    uint32_t packets;
};

/*
 * A packet brought so much new payload, which took so much memory. Packets that are less
 * than half full are kept away from here: their sender had no more to say, and few come at once.
 */
void sctpxi_arrivals_add(struct sctpxi_arrivals *arrivals, size_t payload_bytes,
                         size_t memory_bytes);

/* Whether a packet with so much payload is above the mean of these; not if there are none. */
bool sctpxi_arrivals_is_above(const struct sctpxi_arrivals *arrivals, size_t payload_bytes);

/* The payload that takes this memory if what comes is like what came. */
size_t sctpxi_arrivals_in_memory(const struct sctpxi_arrivals *arrivals, size_t memory_bytes);

/* The payload of as many packets as it takes for full_bytes when they are full; not more. */
size_t sctpxi_arrivals_in_packets(const struct sctpxi_arrivals *arrivals, size_t full_bytes);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What goes into the next packet of an association (RFC 9260 6.10): control chunks first, then
 * SACK, then DATA. output.c puts packets together, output_data.c decides about DATA.
 */
#ifndef SCTPXI_ENGINE_OUTPUT_H
#define SCTPXI_ENGINE_OUTPUT_H

#include "base/writer.h"
#include "engine/assoc.h"

/* Where a packet goes, and where from. */
struct sctpxi_route {
    uint8_t path;
    sctpx_addr local;
};

/*
 * Builds the next packet, checksum included. Returns its length and route; 0 when there is nothing
 * to send now (the route's path is SCTPXI_NO_PATH), or when the buffer cannot hold a packet of that
 * path.
 */
size_t sctpxi_output_packet(sctpx_assoc *a, sctpx_time now, uint8_t *buffer, size_t capacity,
                            struct sctpxi_route *ret_route);

/*
 * The path on which DATA may be sent now, or SCTPXI_NO_PATH (window, cwnd, burst, Nagle, state:
 * 6.1). Sets the zero window probe timer going when that is what is missing.
 */
uint8_t sctpxi_output_data_target(sctpx_assoc *a, sctpx_time now);

/*
 * What a packet for that path must hold to carry the next retransmission alone; 0 if there is
 * none. More than the path's room when the MTU has shrunk since: a chunk is never cut again, the
 * packet is left to IP fragmentation (6.9).
 */
size_t sctpxi_output_data_needed(sctpx_assoc *a, uint8_t path);

/*
 * Whether the peer's latest a_rwnd takes the next DATA chunk: the first one it has not
 * acknowledged, or else the next new one. If not, its window counts as closed (6.1 A).
 */
bool sctpxi_output_data_is_window_open(const sctpx_assoc *a);

/* Fills the rest of a packet for that path with DATA: what is marked first, then new. */
void sctpxi_output_data_write(sctpx_assoc *a, sctpx_time now, uint8_t path,
                              struct sctpxi_writer *w);

#endif

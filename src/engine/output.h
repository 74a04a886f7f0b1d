/* SPDX-License-Identifier: MIT */
/*
 * What goes into the next packet of an association (RFC 9260 6.10): control chunks first, then
 * SACK, then DATA. output.c puts packets together, output_data.c writes the DATA that send_rules.h
 * lets go.
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
 * Its next packet is longer than its path takes (a large cookie, a chunk that is older than the
 * MTU): it wants a buffer that nothing else is in.
 */
bool sctpxi_output_is_oversize(const sctpx_assoc *a);

/*
 * What a packet for that path must hold to carry the next retransmission alone; 0 if there is
 * none. More than the path's room when the MTU has shrunk since: a chunk is never cut again, the
 * packet is left to IP fragmentation (6.9).
 */
size_t sctpxi_output_data_needed(const sctpx_assoc *a, uint8_t path);

/*
 * Fills the rest of a packet with DATA: what is marked first, then new. For the path that may get
 * some now (sctpxi_send_rules_path()), and for that of COOKIE ECHO.
 */
void sctpxi_output_data_write(sctpx_assoc *a, sctpx_time now, uint8_t path,
                              struct sctpxi_writer *w);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * How large the receive buffer of an association is now, and how much of it the peer may have under
 * way.
 *
 * The buffer begins small and doubles, up to rcvbuf_bytes, while its user reads so much that the
 * window may be what holds the peer back: half of the buffer within a round trip. So a reader that
 * stops, or a slow path, does not cost more than the beginning. Where messages are so small that
 * their overhead leaves less room than that, it also doubles when half was read between two
 * packets, on a slow path too. It does not shrink by itself.
 *
 * What is under way must also fit the sockets below (packet_buffer_bytes), all associations that
 * receive taken together: what a socket drops looks like loss. There a packet takes as much room as
 * a full one, so less may be under way of packets that carry less. Nothing that was promised is
 * taken back for that; the window just does not open further.
 */
#ifndef SCTPXI_ENGINE_WINDOW_GROWTH_H
#define SCTPXI_ENGINE_WINDOW_GROWTH_H

#include "engine/assoc.h"

/* a_rwnd of INIT and INIT ACK. */
uint32_t sctpxi_window_growth_first(const sctpx_endpoint *endpoint,
                                    const sctpx_assoc_options *options);

/* At the beginning, and when the peer restarts: buffer, and what was promised with INIT. */
void sctpxi_window_growth_init(sctpx_assoc *a);

/* INIT ACK and COOKIE ECHO took so long: a round trip, until the path has measured one. */
void sctpxi_window_growth_on_set_up(sctpx_assoc *a, sctpx_time round_trip_us);

/* The user's options are about to change. Returns by how much the buffer is smaller. */
size_t sctpxi_window_growth_on_options(sctpx_assoc *a, const sctpx_assoc_options *next);

/* A packet with DATA came. */
void sctpxi_window_growth_on_data(sctpx_assoc *a, sctpx_time now);

/* The most that the peer may have under way; SIZE_MAX: whatever the buffer holds. */
size_t sctpxi_window_growth_most_under_way(const sctpx_assoc *a);

#endif

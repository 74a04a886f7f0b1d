/* SPDX-License-Identifier: MIT */
/*
 * How much the peer may send: a_rwnd, what is taken when it is closed, and how messages larger
 * than the whole buffer get through (RFC 9260 6.2, 6.9).
 *
 * A message that is longer than the receive buffer can only be delivered when it is whole. While
 * nothing else is readable, what such a message takes is therefore not counted against the buffer,
 * up to max_message_bytes; with partial_delivery it is handed over in pieces instead.
 */
#ifndef SCTPXI_ENGINE_RECEIVE_WINDOW_H
#define SCTPXI_ENGINE_RECEIVE_WINDOW_H

#include "engine/assoc.h"

/* a_rwnd to advertise now, with silly windows rounded down to 0. */
uint32_t sctpxi_receive_window(const sctpx_assoc *a);

/*
 * Whether a new chunk is taken. What lies inside the window that was promised is, although its
 * overhead may then exceed the buffer, up to twice the buffer in all; so is what fills a gap, and
 * the very next TSN even up to three times, else everything behind the gap would be stuck. While
 * nothing is readable the very next TSN only has to begin inside its limit, for its chunk may be
 * longer than the buffer (its length is the peer's choice) and nothing else can make room. Beyond
 * that only what fits the buffer, and nothing above the highest TSN while the peer has been told a
 * window of 0. When the endpoint's memory is short, nothing on a stream that was not used yet if
 * those that were take more than a share.
 */
bool sctpxi_receive_window_takes(const sctpx_assoc *a, const struct sctpxi_data *data);

/*
 * Before the user's options change: what was let in so far may be more than the new ones allow, and
 * what is missing of it must still get in, else it could never be read.
 */
void sctpxi_receive_window_on_options(sctpx_assoc *a);

/* The chunk was taken: so much less of the promise is left. */
void sctpxi_receive_window_on_taken(sctpx_assoc *a, size_t payload_bytes);

/* Nothing is readable, incomplete messages fill the buffer, and the user wants them in pieces. */
bool sctpxi_receive_window_wants_partial_delivery(const sctpx_assoc *a);

/*
 * The buffer is full of messages that wait for an SSN which no TSN is missing for: the peer left
 * one out and nothing can ever be delivered any more.
 */
bool sctpxi_receive_window_is_dead(const sctpx_assoc *a);

/* The user has read: opens the window for the peer if that is worth a SACK (6.2). */
void sctpxi_receive_window_on_read(sctpx_assoc *a);

#endif

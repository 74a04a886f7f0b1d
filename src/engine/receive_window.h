/* SPDX-License-Identifier: MIT */
/*
 * How much the peer may send: a_rwnd, what is taken when it is closed, and how messages larger
 * than the whole buffer get through (RFC 9260 6.2, 6.9).
 *
 * The window counts payload, as its sender does; so a sender that keeps to it sees a right edge
 * (Cumulative TSN Ack + a_rwnd) that never moves left, and nothing that it sends is dropped. What
 * is held may take as much again in overhead; tiny messages cost more than that, and when such have
 * come lately (arrivals.h) the window is only what fits the memory if all are like that.
 *
 * A message that is longer than the receive buffer can only be delivered when it is whole. While
 * less than half a buffer is readable, what such a message takes is therefore not counted, up to
 * max_message_bytes; with partial_delivery it is handed over in pieces instead. A buffer shorter
 * than the chunks that the peer sends counts as one of them, else its window would never be open.
 */
#ifndef SCTPXI_ENGINE_RECEIVE_WINDOW_H
#define SCTPXI_ENGINE_RECEIVE_WINDOW_H

#include "engine/assoc.h"

/*
 * a_rwnd to advertise now. It closes with what comes, opens by a packet at least (RFC 1122
 * 4.2.3.3), and is not 0 while nothing can be read that would open it.
 */
uint32_t sctpxi_receive_window(const sctpx_assoc *a);

/*
 * Whether a new chunk is taken. What begins inside the window that was promised is, as long as all
 * that is held takes no more than twice the buffer; so is what fills a gap, and the very next TSN
 * even up to three times, else everything behind the gap would be stuck. While nothing is readable
 * the very next TSN only has to begin inside its limit, for its chunk may be longer than the buffer
 * (its length is the peer's choice) and nothing else can make room. Beyond that only what fits the
 * buffer, and nothing above the highest TSN while the peer has been told a window of 0. What an
 * initial cwnd lets a peer send first is taken by buffers of 64 KiB and more, tiny as it may be: it
 * knows nothing yet of what there is room for. When the endpoint's memory is short, nothing on a
 * stream that was not used yet if those that were take more than a share.
 */
bool sctpxi_receive_window_takes(const sctpx_assoc *a, const struct sctpxi_data *data);

/*
 * Before the user's options change: what was let in so far may be more than the new ones allow, and
 * what is missing of it must still get in, else it could never be read. A smaller buffer takes back
 * what was promised, the only thing that does.
 */
void sctpxi_receive_window_on_options(sctpx_assoc *a, const sctpx_assoc_options *next);

/* The chunk was taken: so much less of the promise is left. */
void sctpxi_receive_window_on_taken(sctpx_assoc *a, size_t payload_bytes);

/*
 * The peer may have used up what it may send, and no reading will tell it of more, or it cannot
 * send another packet: the SACK does not wait for a second one.
 */
bool sctpxi_receive_window_is_awaited(const sctpx_assoc *a);

/* Nothing is readable, incomplete messages fill the buffer, and the user wants them in pieces. */
bool sctpxi_receive_window_wants_partial_delivery(const sctpx_assoc *a);

/*
 * The buffer is full of messages that wait for an SSN which no TSN is missing for: the peer left
 * one out and nothing can ever be delivered any more.
 */
bool sctpxi_receive_window_is_dead(const sctpx_assoc *a);

/*
 * The user has read: a SACK tells the peer if it has less than half a window left to send and can
 * have a quarter more (6.2); where half a window is less than a packet, if it can send one again.
 */
void sctpxi_receive_window_on_read(sctpx_assoc *a);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * HEARTBEAT: supervision of idle paths (RFC 9260 8.3; heartbeat.c) and probing of those that are
 * not confirmed (5.4; heartbeat_probe.c).
 */
#ifndef SCTPXI_ENGINE_HEARTBEAT_H
#define SCTPXI_ENGINE_HEARTBEAT_H

#include "base/writer.h"
#include "engine/dispatch.h"

/* The heartbeat timer of a path ran out. false: the association has ended. */
bool sctpxi_heartbeat_on_timer(sctpx_assoc *a, sctpx_time now, uint8_t path);

/* Asks for HEARTBEATs to unconfirmed addresses, as many as HB.Max.Burst lets go now (5.4). */
void sctpxi_heartbeat_probe(sctpx_assoc *a, sctpx_time now);

/* Paths were added after it was set up: they are supervised and probed as the others are. */
void sctpxi_heartbeat_watch_new(sctpx_assoc *a, sctpx_time now);

/*
 * Something is about to go to this unconfirmed address, and its probe with it: in place of another
 * one that was asked for but not sent, so that HB.Max.Burst is kept (5.4). false: not any more.
 */
bool sctpxi_heartbeat_probe_first(sctpx_assoc *a, uint8_t path);

/* Writes the HEARTBEAT that is pending for a path; false if it does not fit. */
bool sctpxi_heartbeat_write_pending(sctpx_assoc *a, sctpx_time now, uint8_t path,
                                    struct sctpxi_writer *w);

enum sctpxi_verdict sctpxi_heartbeat_on_request(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                const struct sctpxi_chunk *chunk);
enum sctpxi_verdict sctpxi_heartbeat_on_ack(sctpx_assoc *a, struct sctpxi_rx *rx,
                                            const struct sctpxi_chunk *chunk);

/* ---- among the files of this module ------------------------------------------------------- */

/* Whether the state lets HEARTBEATs go: none after SHUTDOWN or SHUTDOWN ACK (8.3). */
bool sctpxi_heartbeat_may_go(const sctpx_assoc *a);

/* One is to be sent on this path. */
void sctpxi_heartbeat_ask(sctpx_assoc *a, uint8_t path);

#endif

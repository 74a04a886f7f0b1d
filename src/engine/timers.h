/* SPDX-License-Identifier: MIT */
/*
 * The only file that changes a deadline. An association has T1-init/T1-cookie, T2-shutdown,
 * T5-shutdown-guard, the delayed SACK, and T3-rtx and heartbeat per path; the earliest of them
 * stands in the endpoint's heap, the earliest of all of which is what the user of the endpoint sees
 * (sctpx_endpoint_next_deadline()). Functions are named after what happened.
 */
#ifndef SCTPXI_ENGINE_TIMERS_H
#define SCTPXI_ENGINE_TIMERS_H

#include <sctpx/engine.h>

/* INIT or COOKIE ECHO was sent: T1 with the RTO of that path (5.1). */
void sctpxi_timers_on_setup_sent(sctpx_assoc *a, sctpx_time now);
void sctpxi_timers_stop_t1(sctpx_assoc *a);

/* SHUTDOWN or SHUTDOWN ACK is to be sent: T5, if it does not run yet, whenever it leaves (9.2). */
void sctpxi_timers_on_shutdown_begun(sctpx_assoc *a, sctpx_time now);

/* SHUTDOWN or SHUTDOWN ACK was sent: T2 (9.2). */
void sctpxi_timers_on_shutdown_sent(sctpx_assoc *a, sctpx_time now);

/* DATA that is not acknowledged at once has come (6.2). */
void sctpxi_timers_on_sack_delayed(sctpx_assoc *a, sctpx_time now);
void sctpxi_timers_on_sack_sent(sctpx_assoc *a);

/*
 * T3-rtx of a path (6.3.2): starts it unless it runs; starts it anew; stops it. While a closed
 * window is being probed the interval doubles with every probe (6.1 A).
 */
void sctpxi_timers_start_t3(sctpx_assoc *a, sctpx_time now, uint8_t path);
void sctpxi_timers_restart_t3(sctpx_assoc *a, sctpx_time now, uint8_t path);
void sctpxi_timers_stop_t3(sctpx_assoc *a, uint8_t path);

/* A HEARTBEAT was sent: within one RTO it must be answered (8.3). */
void sctpxi_timers_on_heartbeat_sent(sctpx_assoc *a, sctpx_time now, uint8_t path);

/* The next heartbeat of a path: RTO + HB.interval with jitter, or RTO while probing (8.3, 5.4). */
void sctpxi_timers_arm_heartbeat(sctpx_assoc *a, sctpx_time now, uint8_t path);
void sctpxi_timers_stop_heartbeat(sctpx_assoc *a, uint8_t path);

/* Nothing of it runs any more. */
void sctpxi_timers_stop_all(sctpx_assoc *a);

/* Puts the earliest deadline into the heap; at the end of whatever may have changed one. */
void sctpxi_timers_commit(sctpx_assoc *a);

/* Runs what is due, one timer after the other; the association may be gone afterwards. */
void sctpxi_timers_run(sctpx_assoc *a, sctpx_time now);

/* When rack.h looks again, or a tail loss probe is due; SCTPX_TIME_NEVER stops it. */
void sctpxi_timers_set_loss(sctpx_assoc *a, sctpx_time at, bool is_tail_probe);

/* When pacing lets the next packets go (burst.h). */
void sctpxi_timers_set_pace(sctpx_assoc *a, sctpx_time at);

#endif

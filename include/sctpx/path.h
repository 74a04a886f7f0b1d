/* SPDX-License-Identifier: MIT */
/*
 * Paths, figures and limits of an association in detail: options of one path (RFC 9260 11.1.9 to
 * 11.1.13), one snapshot of all statistics, ready-made sets of timers, congestion levels.
 * Since 0.1.
 */
#ifndef SCTPX_PATH_H
#define SCTPX_PATH_H

#include <sctpx/config.h>
#include <sctpx/engine.h>
#include <sctpx/types.h>
#include <sctpx/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- profiles ----------------------------------------------------------------------------- */

/* Ready-made sets of options; the values of each are in sctpx_path(3). */
enum sctpx_profile {
    SCTPX_PROFILE_DEFAULT = 0, /* the RFC's values */
    SCTPX_PROFILE_SIGNALLING,  /* telephone signalling on short networks: the failure of a path in
                                  use is seen within two seconds */
    SCTPX_PROFILE_BULK,        /* large transfers: big buffers for long fat networks */
    SCTPX_PROFILE_LOW_LATENCY  /* small messages now: quick acknowledgements and repetitions */
};

/*
 * Changes timers, retransmission limits, acknowledging, Max.Burst and buffers to those of a
 * profile; leaves stream counts, MTU and the rest as they are. For both ends, when they are ours.
 * Works on the options of a running association too. SCTPX_EINVAL (no such profile).
 */
SCTPX_API int sctpx_assoc_options_profile(sctpx_assoc_options *options, enum sctpx_profile profile);

/* ---- figures ------------------------------------------------------------------------------ */

/* Everything of an association and its paths, of one moment. */
typedef struct sctpx_statistics {
    sctpx_time now_us;                        /* on the clock of the loop */
    sctpx_assoc_status assoc;                 /* the association as a whole */
    sctpx_path_status paths[SCTPX_MAX_PATHS]; /* the first assoc.paths of them */
} sctpx_statistics;

/* ---- congestion --------------------------------------------------------------------------- */

/* Levels 0 (none) to 3, as signalling users know them. */
#define SCTPX_MAX_CONGESTION_LEVEL 3

/*
 * The level is n while the bytes written and not yet acknowledged have reached high[n-1] and not
 * fallen below low[n-1]. 0 < low[i] <= high[i], and neither falls with i; who wants one level only
 * sets the others to SIZE_MAX.
 */
typedef struct sctpx_congestion_marks {
    size_t high[SCTPX_MAX_CONGESTION_LEVEL]; /* bytes at which a level begins */
    size_t low[SCTPX_MAX_CONGESTION_LEVEL];  /* bytes below which it ends */
} sctpx_congestion_marks;

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/*
 * CLOCK_MONOTONIC, with leaps: programs that call this have a clock_gettime() of their own, also
 * for the libraries that they use. What waits for a descriptor by the real clock is not moved by
 * that (timerfd, and so sctpx_loop_fd()).
 */
#ifndef SUPPORT_LEAPING_CLOCK_H
#define SUPPORT_LEAPING_CLOCK_H

#include <stdint.h>

/* So much later at once. */
void leaping_clock_leap(uint64_t us);

/* By how much it is ahead of the real one. */
uint64_t leaping_clock_ahead_us(void);

#endif

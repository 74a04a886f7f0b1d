/* SPDX-License-Identifier: MIT */
#include "support/leaping_clock.h"

#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Atomic uint64_t ahead_us;

__attribute__((visibility("default"))) /* the library is to find this one */
int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
    uint64_t us = clock == CLOCK_MONOTONIC ? atomic_load(&ahead_us) : 0;
    long result = syscall(SYS_clock_gettime, clock, ret_time);

    ret_time->tv_sec += (time_t)(us / 1000000);
    ret_time->tv_nsec += (long)(us % 1000000 * 1000);
    if (ret_time->tv_nsec >= 1000000000) {
        ret_time->tv_nsec -= 1000000000;
        ret_time->tv_sec++;
    }
    return (int)result;
}

void leaping_clock_leap(uint64_t us)
{
    atomic_fetch_add(&ahead_us, us);
}

uint64_t leaping_clock_ahead_us(void)
{
    return atomic_load(&ahead_us);
}

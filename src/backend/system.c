/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/rand.h>

#include "backend/system.h"

static void *system_alloc(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void system_free(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

sctpx_allocator sctpxi_system_allocator(void)
{
    return (sctpx_allocator){.alloc = system_alloc, .free = system_free, .context = NULL};
}

/* A failure must not stay in the thread's error queue, where the program finds it as its own. */
static bool fill_from_libcrypto(uint8_t *bytes, size_t size)
{
    ERR_set_mark();
    bool is_filled = size <= INT_MAX && RAND_bytes(bytes, (int)size) == 1;
    ERR_pop_to_mark();
    return is_filled;
}

static bool fill_from_kernel(uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t got = getrandom(bytes, size, 0);
        if (got > 0) {
            bytes += got;
            size -= (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

void sctpxi_system_random(void *context, void *ret_bytes, size_t size)
{
    static const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

    (void)context;
    while (!fill_from_libcrypto(ret_bytes, size) && !fill_from_kernel(ret_bytes, size))
        nanosleep(&pause, NULL);
}

/* The clock always exists on the systems we build for; there is no error to handle. */
sctpx_time sctpxi_system_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (sctpx_time)now.tv_sec * 1000000u + (sctpx_time)now.tv_nsec / 1000u;
}

/* SPDX-License-Identifier: MIT */
/*
 * What the engine does not do itself, done with this machine: memory, randomness, time. For the
 * driver to put into an endpoint's options. No state.
 */
#ifndef SCTPXI_BACKEND_SYSTEM_H
#define SCTPXI_BACKEND_SYSTEM_H

#include <sctpx/config.h>

/* malloc and free. */
sctpx_allocator sctpxi_system_allocator(void);

/*
 * A sctpx_random_function: libcrypto's generator, or the kernel's if that fails. Never returns
 * without having filled all bytes; on a machine without any source of randomness it waits for one,
 * for keys that can be guessed would be worse. context is ignored.
 */
void sctpxi_system_random(void *context, void *ret_bytes, size_t size);

/* CLOCK_MONOTONIC in microseconds. */
sctpx_time sctpxi_system_now_us(void);

#endif

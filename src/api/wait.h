/* SPDX-License-Identifier: MIT */
/* Running the loop until something holds, for the blocking calls. */
#ifndef SCTPXI_API_WAIT_H
#define SCTPXI_API_WAIT_H

#include <sctpx/loop.h>

/*
 * Runs the loop until look(arg) returns something else than SCTPX_EWOULDBLOCK, which it then
 * returns, or timeout_ms have passed (0: one turn; SCTPX_FOREVER): SCTPX_ETIMEDOUT. Also
 * SCTPX_ECANCELED after sctpx_loop_stop(), which is then forgotten, even if the condition holds
 * when it is called, so that a program that never has to wait can be stopped too. SCTPX_ESTATE,
 * from inside a callback, or when nothing on the loop could ever change it.
 */
int sctpxi_wait(sctpx_loop *loop, int timeout_ms, int (*look)(const void *arg), const void *arg);

#endif

/* SPDX-License-Identifier: MIT */
/* A timer that frees itself; then nothing is left to wait for, and the run ends. */
#include "guide.h"

#include "guide_tick.inc"

int main(void)
{
    struct tick tick = {.left = 2};
    sctpx_loop *loop;
    sctpx_time begin;

    CHECK(sctpx_loop_new(&loop) == 0);
    begin = sctpx_loop_now(loop);
    CHECK(start_ticking(loop, &tick) == 0);
    CHECK(sctpx_loop_run(loop) == 0);
    CHECK(tick.left == 0 && sctpx_loop_now(loop) - begin >= 2000000);
    sctpx_loop_free(loop);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* Descriptors of a loop: the part that is the same in both implementations. */
#include "loop/loop.h"

int sctpxi_loop_watch_start(sctpx_loop *loop, struct sctpxi_loop_watch *watch, int fd,
                            unsigned events)
{
    int error;

    watch->fd = fd;
    watch->events = events;
    watch->handle = NULL;
    error = loop->table->watch(loop, watch);
    if (error < 0)
        return error;
    watch->loop = loop;
    loop->watch_count++;
    return 0;
}

void sctpxi_loop_watch_set(struct sctpxi_loop_watch *watch, unsigned events)
{
    if (watch->loop != NULL && watch->events != events) {
        watch->events = events;
        watch->loop->table->rewatch(watch->loop, watch);
    }
}

void sctpxi_loop_watch_stop(struct sctpxi_loop_watch *watch)
{
    if (watch->loop != NULL) {
        watch->loop->table->unwatch(watch->loop, watch);
        watch->loop->watch_count--;
        watch->loop = NULL;
    }
}

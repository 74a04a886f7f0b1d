/* SPDX-License-Identifier: MIT */
/*
 * Who hears of a connection. What is given to the message seam as the owner of a connection begins
 * with a struct sctpxi_owner, whatever it is otherwise: a socket, or one of the attempts to reach
 * a host of several addresses.
 */
#ifndef SCTPXI_API_OWNER_H
#define SCTPXI_API_OWNER_H

#include "backend/backend.h"

struct sctpxi_owner {
    void (*on_event)(struct sctpxi_owner *owner, const sctpx_event *event);
};

/* Of the sink: hands an event on to its owner. */
void sctpxi_owner_on_event(void *owner, const sctpx_event *event);

#endif

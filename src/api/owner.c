/* SPDX-License-Identifier: MIT */
#include "api/owner.h"

void sctpxi_owner_on_event(void *owner, const sctpx_event *event)
{
    struct sctpxi_owner *self = owner;

    self->on_event(self, event);
}

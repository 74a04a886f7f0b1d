/* SPDX-License-Identifier: MIT */
/* What the user of an association does with data, and what he is told about it in return. */
#ifndef SCTPXI_ENGINE_USER_H
#define SCTPXI_ENGINE_USER_H

#include "engine/assoc.h"

/* The peer acknowledged data: marks SENT, MESSAGE, DRY, and WRITABLE as on_room does. */
void sctpxi_user_on_acked(sctpx_assoc *a);

/* It has nothing to send any more: one fewer shares what may be queued ahead of the window. */
void sctpxi_user_forget_writer(sctpx_assoc *a);

/* The send buffer holds less than before: marks WRITABLE if somebody waits for room. */
void sctpxi_user_on_room(sctpx_assoc *a);

/* New data was put into a packet: marks MESSAGE if that is to be told of some message. */
void sctpxi_user_on_sent(sctpx_assoc *a);

#endif

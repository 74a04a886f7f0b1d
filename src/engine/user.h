/* SPDX-License-Identifier: MIT */
/* What the user of an association does with data, and what he is told about it in return. */
#ifndef SCTPXI_ENGINE_USER_H
#define SCTPXI_ENGINE_USER_H

#include "engine/assoc.h"

/* The peer acknowledged data: marks SENT, DRY, and WRITABLE when somebody waits for room. */
void sctpxi_user_on_acked(sctpx_assoc *a);

#endif

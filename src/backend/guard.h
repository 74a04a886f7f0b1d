/* SPDX-License-Identifier: MIT */
/*
 * The message seam of an engine that several threads use: every operation is the engine backend's
 * own, under the share's mutex (share.h). The same table is for the backend at home and for the
 * remotes; to these a connection whose engine has gone is one that has ended and holds nothing.
 */
#ifndef SCTPXI_BACKEND_GUARD_H
#define SCTPXI_BACKEND_GUARD_H

#include "backend/backend.h"

extern const struct sctpxi_backend_table sctpxi_guard_table;

#endif

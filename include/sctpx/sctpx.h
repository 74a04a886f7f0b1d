/* SPDX-License-Identifier: MIT */
/* All of sctpx. Since 0.1. */
#ifndef SCTPX_SCTPX_H
#define SCTPX_SCTPX_H

#include <sctpx/addr.h>
#include <sctpx/available.h>
#include <sctpx/config.h>
#include <sctpx/engine.h>
#include <sctpx/error.h>
#include <sctpx/loop.h>
#include <sctpx/outcome.h>
#include <sctpx/path.h>
#include <sctpx/read.h>
#include <sctpx/server.h>
#include <sctpx/socket.h>
#include <sctpx/types.h>
#include <sctpx/version.h>

#endif

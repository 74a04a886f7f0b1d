/* SPDX-License-Identifier: MIT */
#include "sctpx/server.h"

/* SPDX-License-Identifier: MIT */
#include "support/net.h"
#include "api/server.h"

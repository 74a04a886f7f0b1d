/* SPDX-License-Identifier: MIT */
#include <sctpx/error.h>
#include <sctpx/server.h>
#include <stdio.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include "base/fine.h"
#include "wire/packet.h"
#include "../engine/assoc.h"
#include "near.h"

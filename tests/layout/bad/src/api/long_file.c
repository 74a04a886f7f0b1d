/* SPDX-License-Identifier: MIT */
#include "engine/assoc.h"
#include "backend/backend.h"





























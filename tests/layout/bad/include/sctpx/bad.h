/* SPDX-License-Identifier: MIT */
#include "base/inside.h"
int sctp_bindx(int fd);

/* SPDX-License-Identifier: MIT */
/* The processes of "listen --exec": how they end is reported, and they end with the server. */
#ifndef CLI_CHILDREN_H
#define CLI_CHILDREN_H

#include <stdbool.h>
#include <sys/types.h>

/* A process that leads a process group of its own. Without memory it is only not remembered. */
void children_add(pid_t pid);

/* Takes those that have ended. Reports the failed ones unless they are known to be unwanted. */
void children_reap(bool is_reporting);

/* SIGTERM to those that are left, and what they have started. */
void children_terminate(void);

#endif

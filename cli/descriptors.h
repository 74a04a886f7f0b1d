/* SPDX-License-Identifier: MIT */
/* Descriptors that whoever started the command has made for it: --fd, --systemd. */
#ifndef CLI_DESCRIPTORS_H
#define CLI_DESCRIPTORS_H

#include "options.h"

/*
 * Those that the options name, 0 if they name none. With --systemd the environment must be that of
 * sd_listen_fds(3); children do not get it. Reports what is wrong and returns an exit code.
 */
int descriptors_get(const struct options *options, int *ret_fds, size_t *ret_count);

#endif

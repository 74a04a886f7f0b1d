/* SPDX-License-Identifier: MIT */
/* The sub-commands. Each runs to its end and returns the exit code. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

struct options;

int listen_run(const struct options *options);
int connect_run(const struct options *options);
int ping_run(const struct options *options);
int perf_server_run(const struct options *options);
int perf_client_run(const struct options *options);

#endif

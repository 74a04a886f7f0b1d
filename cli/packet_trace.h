/* SPDX-License-Identifier: MIT */
/*
 * --pcap FILE and --trace packets. The library writes packets in pcap format; with --trace a child
 * process reads that from a pipe, prints a line for each packet on standard error, and passes it
 * on to the file. A slow terminal thus slows down only itself and the pipe.
 */
#ifndef CLI_PACKET_TRACE_H
#define CLI_PACKET_TRACE_H

#include <stdbool.h>
#include <sys/types.h>

#include <sctpx/loop.h>

struct packet_trace {
    pid_t child; /* 0 = there is none */
};

/* path may be NULL. Reports what went wrong; returns the exit code. */
int packet_trace_open(struct packet_trace *trace, sctpx_loop *loop, const char *path,
                      bool is_printing);

/* When the loop writes no more: waits until everything is printed. */
void packet_trace_close(struct packet_trace *trace);

#endif

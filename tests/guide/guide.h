/* SPDX-License-Identifier: MIT */
/*
 * For the drivers that run the C of the documents (tests/cli/snippets_test.sh): one loop with a
 * server on the loopback interface and sockets that talk to it. A driver includes blocks by their
 * names, "name.inc", calls what they define, and says with CHECK and UNTIL what must come of it.
 * Real time, no sleeps: UNTIL runs the loop, and after ten seconds the driver fails.
 */
#ifndef GUIDE_GUIDE_H
#define GUIDE_GUIDE_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sctpx/sctpx.h>

#define GUIDE_LIMIT_US 10000000u

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            guide_fail(__FILE__, __LINE__, #condition);                                            \
    } while (0)

/* Runs the loop until the condition holds. */
#define UNTIL(loop, condition)                                                                     \
    do {                                                                                           \
        sctpx_time limit_ = sctpx_loop_now(loop) + GUIDE_LIMIT_US;                                 \
        while (!(condition)) {                                                                     \
            if (sctpx_loop_now(loop) > limit_ || sctpx_loop_run_once(loop, 100) < 0)               \
                guide_fail(__FILE__, __LINE__, "never came: " #condition);                         \
        }                                                                                          \
    } while (0)

/* A loop and a server on it, on free ports of 127.0.0.1. */
struct guide {
    sctpx_loop *loop;
    sctpx_server *server;
    sctpx_addr addr; /* where it listens, with the UDP port */
    uint16_t port;   /* its SCTP port */
};

/* Says where and what, and ends the program. */
_Noreturn void guide_fail(const char *file, int line, const char *what);

/* channels as in sctpx_server_set_maximum_channel_count(). */
void guide_open(struct guide *guide, int channels);
void guide_close(struct guide *guide);

/* Notes where a server listens that was not made by guide_open(). */
void guide_found(struct guide *guide, sctpx_server *server);

/* A new socket with default options, or one that is there, begins to connect to the server. */
sctpx_socket *guide_client(struct guide *guide);
void guide_connect(struct guide *guide, sctpx_socket *client);

/* Waits for the next connection, and takes it. */
sctpx_socket *guide_accept(struct guide *guide);

/* Waits until the socket is connected. */
void guide_up(struct guide *guide, sctpx_socket *socket);

/* A message of so many bytes, the same in each call, on a stream; the write must succeed. */
void guide_send(sctpx_socket *socket, uint16_t stream, size_t length);
void guide_say(sctpx_socket *socket, uint16_t stream, const char *text);

/* Waits for a message, which must be this text; ret_info may be NULL. */
void guide_hear(struct guide *guide, sctpx_socket *socket, int stream, const char *text,
                sctpx_rcvinfo *ret_info);

/* The same with bytes of a byte stream, however they are cut. */
void guide_hear_bytes(struct guide *guide, sctpx_socket *socket, const char *text);

/* From here on what goes to a descriptor (1 or 2) is kept; captured ends that and returns it. */
void guide_capture(int descriptor);
const char *guide_captured(int descriptor);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * For tests of servers and sockets: a loop with a server on the loopback interface, and sockets
 * whose callbacks are written down. Everything is real UDP, and nothing sleeps: waiting means
 * running the loop until a condition holds, with a deadline that fails the test.
 */
#ifndef SUPPORT_LOOPBACK_H
#define SUPPORT_LOOPBACK_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <sctpx/sctpx.h>

/* Long enough for a busy machine under a sanitizer. */
#define LOOPBACK_LIMIT_US 20000000u

/* Runs the loop until the condition holds. */
#define RUN_UNTIL(loop, condition)                                                                 \
    do {                                                                                           \
        sctpx_time limit_ = sctpx_loop_now(loop) + LOOPBACK_LIMIT_US;                              \
        while (!(condition)) {                                                                     \
            if (sctpx_loop_now(loop) > limit_)                                                     \
                fail_msg("never came: %s", #condition);                                            \
            assert_true(sctpx_loop_run_once(loop, 100) >= 0);                                      \
        }                                                                                          \
    } while (0)

/* ---- callbacks, written down --------------------------------------------------------------- */

enum probe_event {
    PROBE_STATE = 1,
    PROBE_CONNECTED,
    PROBE_READABLE,
    PROBE_SENT,
    PROBE_DRAINED,
    PROBE_WRITABLE,
    PROBE_PEER_SHUTDOWN,
    PROBE_PATH,
    PROBE_HEARTBEAT,
    PROBE_RESTART,
    PROBE_ERROR,
    PROBE_CLOSED
};

struct probe {
    sctpx_socket *socket;
    char log[512]; /* "lookup connecting connected up", "closing", "peer-shutdown",
                      "unconnected error:NAME closed:NAME"; not the traffic */
    unsigned count[PROBE_CLOSED + 1];
    int last_stream;
    size_t sent_bytes;
    sctpx_time rtt_us;
    int error, closed;
    /* If set, called at the end of every callback; may free the socket. */
    void (*hook)(struct probe *probe, enum probe_event event);
    enum probe_event hook_at; /* only for this one; 0 = for all */
    void *arg;
};

/* Has the callbacks of a socket written down. */
void probe_attach(struct probe *probe, sctpx_socket *socket);

/* ---- a server and its clients -------------------------------------------------------------- */

struct bed {
    sctpx_loop *loop;
    sctpx_server *server;
    sctpx_addr addr; /* where it listens, with its UDP port */
    unsigned connections, accept_errors;
    int accept_error;
};

/* 127.0.0.1 or ::1. */
sctpx_addr loopback_addr(enum sctpx_family family);

/* False if the machine has no such loopback address. */
bool loopback_has(enum sctpx_family family);

/* 127.0.0.n with a UDP port. */
sctpx_addr loopback_v4(uint8_t n, uint16_t udp_port);

/* A server on a free UDP and a free SCTP port of the loopback address. options may be NULL. */
void bed_open(struct bed *bed, enum sctpx_family family, int channel_count,
              const sctpx_server_options *options);
void bed_close(struct bed *bed);

/* A socket that has begun to connect to the server. */
void bed_connect(struct bed *bed, struct probe *client, int channel_count,
                 const sctpx_socket_options *options);

/* Waits for a pending connection and takes it. */
void bed_accept(struct bed *bed, struct probe *peer);

/* Both of these; both ends are up. */
void bed_pair(struct bed *bed, struct probe *client, struct probe *peer, int channel_count);

/* length bytes that depend on the seed and the position. */
void pattern_fill(uint8_t *bytes, size_t length, uint32_t seed);
bool pattern_check(const uint8_t *bytes, size_t length, uint32_t seed, size_t offset);

#endif

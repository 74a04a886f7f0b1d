/* SPDX-License-Identifier: MIT */
/*
 * For tests of servers and sockets: a loop with a server on the loopback interface, and sockets
 * whose callbacks are written down. Everything is real, and nothing sleeps: waiting means running
 * the loop until a condition holds, with a deadline that fails the test.
 *
 * The API suite. What servers and sockets promise holds on every backend and for both families of
 * addresses. The programs that prove it have the label "suite" in their line "ctest: labels=";
 * ctest runs them on the engine as api.x and api.x.ipv6, and tests/interop runs them where there is
 * a kernel with SCTP. The environment says what on:
 *
 *   SCTPX_TEST_BACKEND       engine (default), kernel; of servers
 *   SCTPX_TEST_PEER_BACKEND  the same of sockets that connect; default: that of servers
 *   SCTPX_TEST_FAMILY        4 (default), 6
 *   SCTPX_TEST_CARRIER       udp (default), raw; of the engine
 *
 * A test of the suite opens its bed with bed_family() and takes options from bed_server_options()
 * and bed_socket_options(). What makes sense on the engine only (UDP ports, limits of an endpoint)
 * begins with ENGINE_ONLY(). Other programs of tests/api are about the engine as a whole.
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
    PROBE_ABOUT_TO_CLOSE,
    PROBE_READ_FINISHED,
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

/* ---- what the suite runs on ----------------------------------------------------------------- */

/* SCTPX_TEST_FAMILY. Ends the program as skipped (77) if the machine has no such loopback. */
enum sctpx_family bed_family(void);

/* That end, or one of them, is the kernel's SCTP. For the few things that only the engine has. */
bool bed_server_is_kernel(void);
bool bed_client_is_kernel(void);
bool bed_is_kernel(void);

/* The packets are in UDP: addresses have ports. */
bool bed_is_udp(void);

#define SKIP_WHERE_KERNEL_(is_kernel, why)                                                         \
    do {                                                                                           \
        if (is_kernel) {                                                                           \
            print_message("engine only: %s\n", why);                                               \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

/* Skips the test where an end is the kernel's, or just that one. */
#define ENGINE_ONLY(why) SKIP_WHERE_KERNEL_(bed_is_kernel(), why)
#define ENGINE_SERVER_ONLY(why) SKIP_WHERE_KERNEL_(bed_server_is_kernel(), why)
#define ENGINE_CLIENT_ONLY(why) SKIP_WHERE_KERNEL_(bed_client_is_kernel(), why)

/*
 * The same over raw IP: UDP ports, and refusals, which closed ports do not send there because
 * another stack of the host may have them (SCTPX_ANSWER_LISTENING_PORTS).
 */
#define NOT_OVER_RAW_IP(why)                                                                       \
    do {                                                                                           \
        if (!bed_is_kernel() && !bed_is_udp()) {                                                   \
            print_message("not over raw IP: %s\n", why);                                           \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

/* Defaults with the backend and carrier of the environment; the server with a free UDP port. */
void bed_server_options(sctpx_server_options *ret_options);
void bed_socket_options(sctpx_socket_options *ret_options);

/* ---- a server and its clients -------------------------------------------------------------- */

struct bed {
    sctpx_loop *loop;
    sctpx_server *server;
    sctpx_addr addr; /* where it listens, with the UDP port it is reached by (0 = none) */
    unsigned connections, accept_errors;
    int accept_error;
};

/* 127.0.0.1 or ::1. */
sctpx_addr loopback_addr(enum sctpx_family family);

/* False if the machine has no such loopback address. */
bool loopback_has(enum sctpx_family family);

/* 127.0.0.n with a UDP port. */
sctpx_addr loopback_v4(uint8_t n, uint16_t udp_port);

/*
 * A server on a free UDP and a free SCTP port of the loopback address. options may be NULL; backend
 * and carrier are always those of the environment.
 */
void bed_open(struct bed *bed, enum sctpx_family family, int channel_count,
              const sctpx_server_options *options);
void bed_close(struct bed *bed);

/* Closes the server and listens again, with addr NULL on bed->addr; the port may be 0. */
void bed_listen(struct bed *bed, const sctpx_addr *addr, int channel_count, uint16_t port);

/* The UDP port by which the other side reaches the server; 0 where there is no UDP. */
uint16_t bed_udp_port(const struct bed *bed);

/* A socket of the client side, not connected; options as with bed_open(). */
sctpx_socket *bed_socket(struct bed *bed, struct probe *client,
                         const sctpx_socket_options *options);

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

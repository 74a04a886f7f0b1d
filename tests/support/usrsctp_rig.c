/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "interop/pattern.h"
#include "support/usrsctp_rig.h"

enum { MAX_ARGUMENTS = 24 };

/* ---- callbacks ---------------------------------------------------------------------------- */

static void on_connected(sctpx_socket *socket, void *user)
{
    struct rig *rig = user;
    (void)socket;
    rig->connected = true;
}

static void take_message(struct rig *rig, size_t length)
{
    struct rig_message message = {.bytes = malloc(length)};
    size_t n = rig->n_messages;
    rig->messages = realloc(rig->messages, (n + 1) * sizeof message);
    assert_non_null(message.bytes);
    assert_non_null(rig->messages);
    long got = sctpx_socket_read_datagram(rig->socket, SCTPX_ANY_STREAM, message.bytes, length,
                                          &message.info);
    assert_int_equal(got, length);
    rig->messages[n] = message;
    rig->n_messages++;
}

static void take_bytes(struct rig *rig, size_t length)
{
    rig->bytes = realloc(rig->bytes, rig->n_bytes + length);
    assert_non_null(rig->bytes);
    long got = sctpx_socket_read(rig->socket, rig->bytes + rig->n_bytes, length);
    assert_true(got > 0);
    rig->n_bytes += (size_t)got;
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    struct rig *rig = user;
    (void)stream;
    if (sctpx_socket_mode(socket) == SCTPX_MODE_BYTES) {
        size_t n;
        while ((n = sctpx_socket_bytes_available(socket, SCTPX_ANY_STREAM)) > 0)
            take_bytes(rig, n);
        return;
    }
    long next;
    while ((next = sctpx_socket_next_datagram_size(socket, SCTPX_ANY_STREAM)) > 0)
        take_message(rig, (size_t)next);
}

static void on_drained(sctpx_socket *socket, void *user)
{
    struct rig *rig = user;
    (void)socket;
    rig->drained = true;
}

static void on_writable(sctpx_socket *socket, void *user)
{
    struct rig *rig = user;
    (void)socket;
    rig->writables++;
}

static void on_peer_shutdown(sctpx_socket *socket, void *user)
{
    struct rig *rig = user;
    (void)socket;
    rig->peer_shutdown = true;
}

static void on_restart(sctpx_socket *socket, void *user)
{
    struct rig *rig = user;
    (void)socket;
    rig->restarts++;
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct rig *rig = user;
    (void)socket;
    rig->closed = true;
    rig->closed_error = error;
}

static const sctpx_socket_callbacks socket_callbacks = {
    .on_connected = on_connected,
    .on_readable = on_readable,
    .on_drained = on_drained,
    .on_writable = on_writable,
    .on_peer_shutdown = on_peer_shutdown,
    .on_restart = on_restart,
    .on_closed = on_closed,
};

static void on_connection(sctpx_server *server, void *user)
{
    struct rig *rig = user;
    assert_null(rig->socket);
    assert_int_equal(sctpx_server_next_pending_connection(server, &rig->socket), 0);
    sctpx_socket_set_callbacks(rig->socket, &socket_callbacks, rig);
    rig->connected = true;
}

static const sctpx_server_callbacks server_callbacks = {.on_connection = on_connection};

/* ---- waiting ------------------------------------------------------------------------------ */

void rig_turn(struct rig *rig)
{
    struct pollfd fds[2] = {{.fd = sctpx_loop_fd(rig->loop), .events = POLLIN},
                            {.fd = rig->peer.ended ? -1 : rig->peer.out, .events = POLLIN}};
    sctpx_time now = sctpx_loop_now(rig->loop);
    if (now >= rig->deadline)
        fail_msg("not within %d s; connected %d, closed %d (%s), %zu messages, %zu bytes, last "
                 "line of the peer \"%s\"",
                 RIG_SECONDS, rig->connected, rig->closed, sctpx_error_name(rig->closed_error),
                 rig->n_messages, rig->n_bytes, rig->line);
    assert_true(poll(fds, 2, (int)((rig->deadline - now) / 1000 + 1)) >= 0);
    assert_true(sctpx_loop_process(rig->loop) >= 0);
    if (rig->peer.pid != 0)
        child_read(&rig->peer);
}

const char *rig_line(struct rig *rig, const char *begin)
{
    size_t length = strlen(begin);
    do {
        while (!child_line(&rig->peer, rig->line, sizeof rig->line)) {
            if (rig->peer.ended)
                fail_msg("the peer ended before it said \"%s\"; last \"%s\"", begin, rig->line);
            rig_turn(rig);
        }
        if (strncmp(rig->line, "failed", 6) == 0)
            fail_msg("the peer %s", rig->line);
    } while (strncmp(rig->line, begin, length) != 0);
    return rig->line;
}

/* ---- setting up --------------------------------------------------------------------------- */

void rig_open(struct rig *rig, enum rig_role role)
{
    static unsigned number;
    memset(rig, 0, sizeof *rig);
    rig->role = role;
    rig->addresses = 1;
    assert_int_equal(sctpx_loop_new(&rig->loop), 0);
    rig->deadline = sctpx_loop_now(rig->loop) + RIG_SECONDS * UINT64_C(1000000);
    const char *directory = getenv("SCTPX_PCAP_DIR");
    if (directory != NULL) {
        char path[512];
        snprintf(path, sizeof path, "%s/%u.pcap", directory, number++);
        assert_int_equal(sctpx_loop_set_pcap(rig->loop, path), 0);
    }
}

/* As many of our addresses, or of the peer's, as each side has. */
static void loopbacks(const struct rig *rig, uint16_t udp_port, sctpx_addr *ret_addrs)
{
    char text[32];
    assert_in_range(rig->addresses, 1, RIG_ADDRESSES);
    for (unsigned i = 0; i < rig->addresses; i++) {
        snprintf(text, sizeof text, "127.0.0.%u", i + 1);
        assert_int_equal(sctpx_addr_parse(text, &ret_addrs[i]), 0);
        ret_addrs[i].udp_port = udp_port;
    }
}

void rig_listen(struct rig *rig)
{
    sctpx_server_options options;
    sctpx_addr local[RIG_ADDRESSES];
    sctpx_server_options_defaults(&options);
    options.udp_port = 0;
    loopbacks(rig, 0, local);
    assert_int_equal(sctpx_server_new(rig->loop, &options, &rig->server), 0);
    assert_int_equal(sctpx_server_set_maximum_channel_count(rig->server, rig->channels), 0);
    sctpx_server_set_callbacks(rig->server, &server_callbacks, rig);
    assert_int_equal(sctpx_server_listen(rig->server, local, rig->addresses, RIG_SCTP_PORT), 0);
}

/* Splits a copy of the arguments at blanks; returns how many there are. */
static size_t split(char *text, char **ret_words, size_t capacity)
{
    size_t n = 0;
    for (char *rest = NULL, *word = strtok_r(text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        assert_true(n + 1 < capacity);
        ret_words[n++] = word;
    }
    ret_words[n] = NULL;
    return n;
}

static const char *peer_name(void)
{
    const char *name = getenv("SCTPX_INTEROP_PEER");
    return name != NULL ? name : "usrsctp_peer";
}

bool rig_peer_is_kernel(void)
{
    return strcmp(peer_name(), "kernel_peer") == 0;
}

void rig_start_peer(struct rig *rig, const char *arguments, uint16_t udp_port, uint16_t sctp_port)
{
    const char *directory = getenv("SCTPX_TESTS_BIN");
    char text[1024], *argv[MAX_ARGUMENTS];
    assert_non_null(directory);
    bool serves = rig->role == RIG_WE_CONNECT;
    int n = snprintf(text, sizeof text, "%s/%s %s --udp-port %u --sctp-port %u --addresses %u %s",
                     directory, peer_name(), serves ? "server" : "client", udp_port, sctp_port,
                     rig->addresses, arguments != NULL ? arguments : "");
    assert_in_range(n, 1, sizeof text - 64);
    if (!serves)
        snprintf(text + n, sizeof text - (size_t)n, " --peer-udp-port %u --peer-sctp-port %u",
                 sctpx_server_udp_port(rig->server), RIG_SCTP_PORT);
    split(text, argv, MAX_ARGUMENTS);
    child_start(&rig->peer, argv);
    const char *ready = rig_line(rig, "ready ");
    assert_int_equal(sscanf(ready, "ready udp=%" SCNu16 " sctp=%" SCNu16, &rig->peer_udp_port,
                            &rig->peer_sctp_port),
                     2);
}

static int bind_and_connect(struct rig *rig)
{
    sctpx_addr peer[RIG_ADDRESSES], local[RIG_ADDRESSES];
    loopbacks(rig, rig->peer_udp_port, peer);
    loopbacks(rig, rig->udp_port, local);
    int error =
        sctpx_socket_bind(rig->socket, local, rig->addresses, rig->sctp_port, rig->udp_port);
    if (error < 0)
        return error;
    /* One of its addresses is enough, the peer tells the others. */
    return sctpx_socket_connect(rig->socket, peer, 1, rig->peer_sctp_port);
}

void rig_connect(struct rig *rig)
{
    assert_int_equal(sctpx_socket_new(rig->loop, NULL, &rig->socket), 0);
    assert_int_equal(sctpx_socket_set_maximum_channel_count(rig->socket, rig->channels), 0);
    sctpx_socket_set_callbacks(rig->socket, &socket_callbacks, rig);
    assert_int_equal(bind_and_connect(rig), 0);
}

void rig_up(struct rig *rig, const char *arguments)
{
    if (rig->role == RIG_WE_CONNECT) {
        rig_start_peer(rig, arguments, 0, RIG_SCTP_PORT);
        rig_connect(rig);
    } else {
        rig_listen(rig);
        rig_start_peer(rig, arguments, 0, 0);
    }
    RIG_WAIT(rig, rig->connected);
    rig_line(rig, "up ");
}

/* ---- dying -------------------------------------------------------------------------------- */

void rig_crash_peer(struct rig *rig)
{
    child_say(&rig->peer, "crash");
    RIG_WAIT(rig, rig->peer.ended);
    child_kill(&rig->peer);
}

/* In a process of its own: nothing of the parent's loop is touched, and no assert returns to it. */
static void connect_and_wait(struct rig *rig, int tell)
{
    if (sctpx_loop_new(&rig->loop) < 0 || sctpx_socket_new(rig->loop, NULL, &rig->socket) < 0 ||
        bind_and_connect(rig) < 0 ||
        sctpx_socket_wait_for_connected(rig->socket, RIG_SECONDS * 1000) < 0)
        _exit(1);
    uint16_t udp_port = sctpx_socket_local_udp_port(rig->socket);
    if (write(tell, &udp_port, sizeof udp_port) != sizeof udp_port)
        _exit(1);
    for (;;)
        pause();
}

void rig_connect_and_die(struct rig *rig, uint16_t sctp_port)
{
    int tell[2];
    rig->sctp_port = sctp_port;
    assert_int_equal(pipe(tell), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        connect_and_wait(rig, tell[1]);
    close(tell[1]);
    ssize_t n = read(tell[0], &rig->udp_port, sizeof rig->udp_port);
    close(tell[0]);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(n, sizeof rig->udp_port);
}

/* ---- at work ------------------------------------------------------------------------------ */

void rig_send(struct rig *rig, uint32_t first, uint32_t n, size_t length, uint16_t streams,
              uint32_t ppid, uint16_t flags)
{
    uint8_t *bytes = malloc(length);
    assert_non_null(bytes);
    for (uint32_t i = first; i < first + n; i++) {
        sctpx_sndinfo info = {.stream = (uint16_t)(i % streams), .ppid = ppid, .flags = flags};
        pattern_fill(bytes, length, i);
        int error;
        while ((error = sctpx_socket_write_datagram(rig->socket, bytes, length, &info)) ==
               SCTPX_EWOULDBLOCK)
            rig_turn(rig);
        assert_int_equal(error, 0);
    }
    free(bytes);
}

void rig_close(struct rig *rig)
{
    child_kill(&rig->peer);
    sctpx_socket_free(rig->socket);
    sctpx_server_free(rig->server);
    sctpx_loop_free(rig->loop);
    for (size_t i = 0; i < rig->n_messages; i++)
        free(rig->messages[i].bytes);
    free(rig->messages);
    free(rig->bytes);
}

/* SPDX-License-Identifier: MIT */
#include "support/loopback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- callbacks ---------------------------------------------------------------------------- */

static void note(struct probe *probe, const char *text)
{
    size_t used = strlen(probe->log);

    (void)snprintf(probe->log + used, sizeof(probe->log) - used, "%s%s", used > 0 ? " " : "", text);
}

static void note_error(struct probe *probe, const char *text, int error)
{
    char line[64];

    (void)snprintf(line, sizeof(line), "%s:%s", text,
                   error == 0 ? "0" : sctpx_error_name(error) + strlen("SCTPX_"));
    note(probe, line);
}

static void happened(struct probe *probe, enum probe_event event)
{
    probe->count[event]++;
    if (probe->hook && (probe->hook_at == 0 || probe->hook_at == event))
        probe->hook(probe, event);
}

static void on_state(sctpx_socket *socket, void *user, enum sctpx_socket_state state)
{
    static const char *const names[] = {"unconnected", "lookup", "connecting", "connected",
                                        "closing"};
    struct probe *probe = user;

    assert_ptr_equal(socket, probe->socket);
    note(probe, names[state]);
    happened(probe, PROBE_STATE);
}

static void on_connected(sctpx_socket *socket, void *user)
{
    assert_int_equal(sctpx_socket_state(socket), SCTPX_CONNECTED);
    note(user, "up");
    happened(user, PROBE_CONNECTED);
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    struct probe *probe = user;

    assert_int_equal(probe->count[PROBE_CLOSED], 0);
    if (sctpx_socket_mode(socket) == SCTPX_MODE_BYTES)
        assert_int_equal(stream, SCTPX_ANY_STREAM);
    probe->last_stream = stream;
    happened(probe, PROBE_READABLE);
}

static void on_sent(sctpx_socket *socket, void *user, int stream, size_t bytes)
{
    struct probe *probe = user;

    (void)socket;
    (void)stream;
    probe->sent_bytes += bytes;
    happened(probe, PROBE_SENT);
}

static void on_drained(sctpx_socket *socket, void *user)
{
    (void)socket;
    happened(user, PROBE_DRAINED);
}

static void on_writable(sctpx_socket *socket, void *user)
{
    (void)socket;
    happened(user, PROBE_WRITABLE);
}

static void on_peer_shutdown(sctpx_socket *socket, void *user)
{
    (void)socket;
    note(user, "peer-shutdown");
    happened(user, PROBE_PEER_SHUTDOWN);
}

/* Only counted: their order is a matter of api/callback_order_test.c. */
static void on_about_to_close(sctpx_socket *socket, void *user)
{
    (void)socket;
    happened(user, PROBE_ABOUT_TO_CLOSE);
}

static void on_read_finished(sctpx_socket *socket, void *user)
{
    (void)socket;
    happened(user, PROBE_READ_FINISHED);
}

static void on_path(sctpx_socket *socket, void *user, size_t path, enum sctpx_path_change change)
{
    (void)socket;
    (void)path;
    (void)change;
    happened(user, PROBE_PATH);
}

static void on_heartbeat(sctpx_socket *socket, void *user, size_t path, sctpx_time rtt_us)
{
    struct probe *probe = user;

    (void)socket;
    (void)path;
    probe->rtt_us = rtt_us;
    happened(probe, PROBE_HEARTBEAT);
}

static void on_restart(sctpx_socket *socket, void *user)
{
    (void)socket;
    happened(user, PROBE_RESTART);
}

static void on_error(sctpx_socket *socket, void *user, int error)
{
    struct probe *probe = user;

    assert_int_equal(sctpx_socket_error(socket), error);
    assert_string_not_equal(sctpx_socket_error_string(socket), "");
    probe->error = error;
    note_error(probe, "error", error);
    happened(probe, PROBE_ERROR);
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct probe *probe = user;

    assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
    probe->closed = error;
    note_error(probe, "closed", error);
    happened(probe, PROBE_CLOSED);
}

void probe_attach(struct probe *probe, sctpx_socket *socket)
{
    static const sctpx_socket_callbacks callbacks = {
        .on_state = on_state,
        .on_connected = on_connected,
        .on_readable = on_readable,
        .on_sent = on_sent,
        .on_drained = on_drained,
        .on_writable = on_writable,
        .on_peer_shutdown = on_peer_shutdown,
        .on_about_to_close = on_about_to_close,
        .on_read_finished = on_read_finished,
        .on_path = on_path,
        .on_heartbeat = on_heartbeat,
        .on_restart = on_restart,
        .on_error = on_error,
        .on_closed = on_closed,
    };

    probe->socket = socket;
    sctpx_socket_set_callbacks(socket, &callbacks, probe);
}

/* ---- addresses ---------------------------------------------------------------------------- */

sctpx_addr loopback_addr(enum sctpx_family family)
{
    sctpx_addr addr;

    assert_int_equal(sctpx_addr_parse(family == SCTPX_IPV6 ? "::1" : "127.0.0.1", &addr), 0);
    return addr;
}

sctpx_addr loopback_v4(uint8_t n, uint16_t udp_port)
{
    return (sctpx_addr){.family = SCTPX_IPV4, .udp_port = udp_port, .ip = {127, 0, 0, n}};
}

bool loopback_has(enum sctpx_family family)
{
    sctpx_addr addr = loopback_addr(family);
    struct sockaddr_storage storage;
    int length = sctpx_addr_to_sockaddr(&addr, &storage);
    int fd = socket(storage.ss_family, SOCK_DGRAM, 0);
    bool is_there;

    if (fd < 0)
        return false;
    is_there = bind(fd, (struct sockaddr *)&storage, (socklen_t)length) == 0;
    close(fd);
    return is_there;
}

/* ---- what the suite runs on ----------------------------------------------------------------- */

/* The value of an environment variable is one of two; default: the first one. */
static bool is_second(const char *name, const char *first, const char *second)
{
    const char *value = getenv(name);

    if (!value || strcmp(value, first) == 0)
        return false;
    if (strcmp(value, second) != 0)
        fail_msg("%s=%s is neither %s nor %s", name, value, first, second);
    return true;
}

enum sctpx_family bed_family(void)
{
    enum sctpx_family family = is_second("SCTPX_TEST_FAMILY", "4", "6") ? SCTPX_IPV6 : SCTPX_IPV4;

    if (!loopback_has(family)) {
        print_message("skipped: no IPv%d here\n", (int)family);
        exit(77);
    }
    return family;
}

static enum sctpx_backend server_backend(void)
{
    return is_second("SCTPX_TEST_BACKEND", "engine", "kernel") ? SCTPX_BACKEND_KERNEL
                                                               : SCTPX_BACKEND_ENGINE;
}

static enum sctpx_backend client_backend(void)
{
    if (!getenv("SCTPX_TEST_PEER_BACKEND"))
        return server_backend();
    return is_second("SCTPX_TEST_PEER_BACKEND", "engine", "kernel") ? SCTPX_BACKEND_KERNEL
                                                                    : SCTPX_BACKEND_ENGINE;
}

static enum sctpx_carrier carrier(void)
{
    return is_second("SCTPX_TEST_CARRIER", "udp", "raw") ? SCTPX_CARRIER_RAW_IP : SCTPX_CARRIER_UDP;
}

bool bed_server_is_kernel(void)
{
    return server_backend() == SCTPX_BACKEND_KERNEL;
}

bool bed_client_is_kernel(void)
{
    return client_backend() == SCTPX_BACKEND_KERNEL;
}

bool bed_is_kernel(void)
{
    return bed_server_is_kernel() || bed_client_is_kernel();
}

bool bed_is_udp(void)
{
    return carrier() == SCTPX_CARRIER_UDP && !(bed_server_is_kernel() && bed_client_is_kernel());
}

void bed_server_options(sctpx_server_options *ret_options)
{
    sctpx_server_options_defaults(ret_options);
    ret_options->udp_port = 0;
    ret_options->backend = server_backend();
    ret_options->carrier = carrier();
}

void bed_socket_options(sctpx_socket_options *ret_options)
{
    sctpx_socket_options_defaults(ret_options);
    ret_options->backend = client_backend();
    ret_options->carrier = carrier();
}

/* ---- a server and its clients -------------------------------------------------------------- */

static void on_connection(sctpx_server *server, void *user)
{
    struct bed *bed = user;

    assert_ptr_equal(server, bed->server);
    bed->connections++;
}

static void on_accept_error(sctpx_server *server, void *user, int error)
{
    struct bed *bed = user;

    assert_int_equal(sctpx_server_error(server), error);
    bed->accept_errors++;
    bed->accept_error = error;
}

void bed_open(struct bed *bed, enum sctpx_family family, int channel_count,
              const sctpx_server_options *options)
{
    static const sctpx_server_callbacks callbacks = {.on_connection = on_connection,
                                                     .on_accept_error = on_accept_error};
    sctpx_server_options own;

    bed_server_options(&own);
    if (options) {
        own = *options;
        own.udp_port = 0;
        own.backend = server_backend();
        own.carrier = carrier();
    }
    *bed = (struct bed){.addr = loopback_addr(family)};
    assert_int_equal(sctpx_loop_new(&bed->loop), 0);
    assert_int_equal(sctpx_server_new(bed->loop, &own, &bed->server), 0);
    sctpx_server_set_callbacks(bed->server, &callbacks, bed);
    bed_listen(bed, NULL, channel_count, 0);
}

uint16_t bed_udp_port(const struct bed *bed)
{
    if (!bed_is_udp())
        return 0;
    if (bed_server_is_kernel())
        return 9899; /* sysctl net.sctp.udp_port */
    assert_int_not_equal(sctpx_server_udp_port(bed->server), 0);
    return sctpx_server_udp_port(bed->server);
}

void bed_listen(struct bed *bed, const sctpx_addr *addr, int channel_count, uint16_t port)
{
    sctpx_addr own = addr ? *addr : bed->addr;

    own.udp_port = 0;
    sctpx_server_close(bed->server);
    assert_int_equal(sctpx_server_set_maximum_channel_count(bed->server, channel_count), 0);
    assert_int_equal(sctpx_server_listen(bed->server, &own, own.family ? 1 : 0, port), 0);
    if (addr && !sctpx_addr_is_wildcard(addr))
        bed->addr = *addr;
    bed->addr.udp_port = bed_udp_port(bed);
}

void bed_close(struct bed *bed)
{
    sctpx_server_free(bed->server);
    sctpx_loop_free(bed->loop);
}

sctpx_socket *bed_socket(struct bed *bed, struct probe *client, const sctpx_socket_options *options)
{
    sctpx_socket_options own;
    sctpx_socket *socket;

    bed_socket_options(&own);
    if (options) {
        own = *options;
        own.backend = client_backend();
        own.carrier = carrier();
    }
    assert_int_equal(sctpx_socket_new(bed->loop, &own, &socket), 0);
    probe_attach(client, socket);
    return socket;
}

void bed_connect(struct bed *bed, struct probe *client, int channel_count,
                 const sctpx_socket_options *options)
{
    sctpx_socket *socket = bed_socket(bed, client, options);

    assert_int_equal(sctpx_socket_set_maximum_channel_count(socket, channel_count), 0);
    assert_int_equal(sctpx_socket_connect(socket, &bed->addr, 1, sctpx_server_port(bed->server)),
                     0);
}

void bed_accept(struct bed *bed, struct probe *peer)
{
    sctpx_socket *socket;

    RUN_UNTIL(bed->loop, sctpx_server_has_pending_connections(bed->server));
    assert_int_equal(sctpx_server_next_pending_connection(bed->server, &socket), 0);
    probe_attach(peer, socket);
}

void bed_pair(struct bed *bed, struct probe *client, struct probe *peer, int channel_count)
{
    *client = (struct probe){0};
    *peer = (struct probe){0};
    bed_connect(bed, client, channel_count, NULL);
    bed_accept(bed, peer);
    RUN_UNTIL(bed->loop, sctpx_socket_state(client->socket) == SCTPX_CONNECTED);
}

/* ---- patterns ----------------------------------------------------------------------------- */

static uint8_t pattern_at(uint32_t seed, size_t position)
{
    uint32_t x = (uint32_t)position * 2654435761u + seed * 40503u;

    return (uint8_t)(x >> 24 ^ x >> 11);
}

void pattern_fill(uint8_t *bytes, size_t length, uint32_t seed)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = pattern_at(seed, i);
}

bool pattern_check(const uint8_t *bytes, size_t length, uint32_t seed, size_t offset)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != pattern_at(seed, offset + i))
            return false;
    return true;
}

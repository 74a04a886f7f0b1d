/* SPDX-License-Identifier: MIT */
/*
 * The order of callbacks at the top of <sctpx/socket.h>, for every way in which an association can
 * end; and with the socket freed inside each of them. ctest: labels=suite
 */
#include "support/loopback.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- writing down -------------------------------------------------------------------------- */

struct end {
    sctpx_socket *socket; /* NULL: none, or freed */
    char log[256];
    unsigned calls, free_at; /* frees the socket in that call; 0 = never */
    bool is_over;
};

static void record(struct end *end, const char *text)
{
    size_t used = strlen(end->log);

    if (end->is_over)
        fail_msg("'%s' after the end: '%s'", text, end->log);
    (void)snprintf(end->log + used, sizeof(end->log) - used, "%s%s", used > 0 ? " " : "", text);
    if (++end->calls != end->free_at)
        return;
    sctpx_socket_free(end->socket);
    end->socket = NULL;
    end->is_over = true;
}

static void record_error(struct end *end, const char *text, int error)
{
    char line[64];

    (void)snprintf(line, sizeof(line), "%s:%s", text,
                   error == 0 ? "0" : sctpx_error_name(error) + strlen("SCTPX_"));
    record(end, line);
}

static void on_state(sctpx_socket *socket, void *user, enum sctpx_socket_state state)
{
    static const char *const names[] = {"unconnected", "lookup", "connecting", "connected",
                                        "closing"};

    (void)socket;
    record(user, names[state]);
}

static void on_connected(sctpx_socket *socket, void *user)
{
    (void)socket;
    record(user, "up");
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    assert_true(sctpx_socket_bytes_available(socket, stream) > 0);
    record(user, "readable");
}

static void on_peer_shutdown(sctpx_socket *socket, void *user)
{
    (void)socket;
    record(user, "peer-shutdown");
}

static void on_about_to_close(sctpx_socket *socket, void *user)
{
    assert_int_not_equal(sctpx_socket_state(socket), SCTPX_CONNECTED);
    record(user, "about-to-close");
}

static void on_read_finished(sctpx_socket *socket, void *user)
{
    (void)socket;
    record(user, "finished");
}

static void on_error(sctpx_socket *socket, void *user, int error)
{
    (void)socket;
    record_error(user, "error", error);
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct end *end = user;

    (void)socket;
    record_error(end, "closed", error);
    end->is_over = true;
}

static const sctpx_socket_callbacks recording = {
    .on_state = on_state,
    .on_connected = on_connected,
    .on_readable = on_readable,
    .on_peer_shutdown = on_peer_shutdown,
    .on_about_to_close = on_about_to_close,
    .on_read_finished = on_read_finished,
    .on_error = on_error,
    .on_closed = on_closed,
};

/* ---- the ways to end ----------------------------------------------------------------------- */

struct run {
    struct bed bed;
    struct end client, peer;
    int silent_fd;
};

static void write_something(const struct end *end)
{
    assert_int_equal(sctpx_socket_write_datagram(end->socket, "something", 9, NULL), 0);
}

static void disconnect(struct run *run)
{
    write_something(&run->client);
    assert_int_equal(sctpx_socket_disconnect(run->client.socket, 20000), 0);
}

/* What the peer has sent is told after on_about_to_close, and before on_read_finished. */
static void disconnect_under_way(struct run *run)
{
    write_something(&run->peer);
    assert_int_equal(sctpx_socket_disconnect(run->client.socket, 20000), 0);
}

static void close_discarding(struct run *run)
{
    write_something(&run->peer);
    assert_int_equal(sctpx_socket_close(run->client.socket), 0);
}

static void disconnect_both(struct run *run)
{
    assert_int_equal(sctpx_socket_disconnect(run->client.socket, 20000), 0);
    assert_int_equal(sctpx_socket_disconnect(run->peer.socket, 20000), 0);
}

static void disconnect_twice_then_close(struct run *run)
{
    assert_int_equal(sctpx_socket_disconnect(run->client.socket, 20000), 0);
    assert_int_equal(sctpx_socket_disconnect(run->client.socket, SCTPX_FOREVER), 0);
    assert_int_equal(sctpx_socket_close(run->client.socket), 0);
}

static void abort_it(struct run *run)
{
    assert_int_equal(sctpx_socket_abort(run->client.socket, NULL, 0), 0);
}

static void abort_while_closing(struct run *run)
{
    assert_int_equal(sctpx_socket_disconnect(run->client.socket, 20000), 0);
    assert_int_equal(sctpx_loop_run_once(run->bed.loop, 0) >= 0, true);
    if (run->client.socket && sctpx_socket_state(run->client.socket) == SCTPX_CLOSING)
        assert_int_equal(sctpx_socket_abort(run->client.socket, NULL, 0), 0);
}

/* The peer has more to say than is received ahead, and nobody reads. */
static void run_into_the_deadline(struct run *run)
{
    static const uint8_t data[20000] = {1};

    assert_int_equal(sctpx_socket_set_read_buffer_size(run->client.socket, 1500), 0);
    for (int i = 0; i < 20; i++)
        assert_int_equal(sctpx_socket_write_datagram(run->peer.socket, data, sizeof(data), NULL),
                         0);
    assert_int_equal(sctpx_socket_disconnect(run->client.socket, 50), 0);
}

static void start_connecting(struct run *run, const sctpx_addr *addr, uint16_t port)
{
    run->peer.is_over = true;
    assert_int_equal(sctpx_socket_connect(run->client.socket, addr, 1, port), 0);
}

static void be_refused(struct run *run)
{
    uint16_t port = sctpx_server_port(run->bed.server);

    start_connecting(run, &run->bed.addr, port == 1 ? 2 : (uint16_t)(port - 1));
}

static void wait_in_vain(struct run *run)
{
    sctpx_addr addr = loopback_addr(bed_family());
    struct sockaddr_storage storage;
    socklen_t length;

    addr.udp_port = 0;
    length = (socklen_t)sctpx_addr_to_sockaddr(&addr, &storage);
    run->silent_fd = socket(storage.ss_family, SOCK_DGRAM, 0);
    assert_true(run->silent_fd >= 0);
    assert_int_equal(bind(run->silent_fd, (struct sockaddr *)&storage, length), 0);
    assert_int_equal(getsockname(run->silent_fd, (struct sockaddr *)&storage, &length), 0);
    assert_int_equal(sctpx_addr_from_sockaddr((struct sockaddr *)&storage, length, &addr), 0);
    start_connecting(run, &addr, 7);
}

static void ask_for_no_name(struct run *run)
{
    /* Too long a label to be asked of any server. */
    static const char host[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    run->peer.is_over = true;
    assert_int_equal(sctpx_socket_connect_name(run->client.socket, host, 7), 0);
}

static void abort_connecting(struct run *run)
{
    start_connecting(run, &run->bed.addr, sctpx_server_port(run->bed.server));
    assert_int_equal(sctpx_socket_abort(run->client.socket, NULL, 0), 0);
}

static void disconnect_connecting(struct run *run)
{
    start_connecting(run, &run->bed.addr, sctpx_server_port(run->bed.server));
    assert_int_equal(sctpx_socket_disconnect(run->client.socket, 20000), 0);
}

struct way {
    const char *name;
    void (*end)(struct run *run);
    const char *client_log;
    const char *peer_log; /* NULL: not connected, the way begins with connecting */
    bool is_engine_only;
};

static const struct way ways[] = {
    {"disconnect", disconnect, "closing about-to-close unconnected finished closed:0",
     "readable closing peer-shutdown finished unconnected closed:EPEERSHUTDOWN", false},
    {"disconnect, peer still sends", disconnect_under_way,
     "closing about-to-close readable unconnected finished closed:0",
     "closing peer-shutdown finished unconnected closed:EPEERSHUTDOWN", false},
    {"close", close_discarding, "closing about-to-close unconnected finished closed:0",
     "closing peer-shutdown finished unconnected closed:EPEERSHUTDOWN", false},
    {"both", disconnect_both, "closing about-to-close peer-shutdown finished unconnected closed:0",
     "closing about-to-close peer-shutdown finished unconnected closed:0", true},
    {"several times", disconnect_twice_then_close,
     "closing about-to-close unconnected finished closed:0",
     "closing peer-shutdown finished unconnected closed:EPEERSHUTDOWN", false},
    {"abort", abort_it, "about-to-close unconnected finished error:EABORTED closed:EABORTED",
     "unconnected finished error:EPEERABORT closed:EPEERABORT", false},
    {"abort while closing", abort_while_closing,
     "closing about-to-close unconnected finished error:EABORTED closed:EABORTED", NULL, true},
    {"deadline", run_into_the_deadline,
     "closing about-to-close readable unconnected finished error:ETIMEDOUT closed:ETIMEDOUT",
     "closing peer-shutdown finished unconnected error:EPEERABORT closed:EPEERABORT", true},
    {"refused", be_refused, "connecting unconnected error:EREFUSED closed:EREFUSED", NULL, false},
    {"no answer", wait_in_vain, "connecting unconnected error:ETIMEDOUT closed:ETIMEDOUT", NULL,
     true},
    {"no such name", ask_for_no_name, "lookup unconnected error:EHOSTNOTFOUND closed:EHOSTNOTFOUND",
     NULL, false},
    {"abort while connecting", abort_connecting,
     "about-to-close unconnected error:EABORTED closed:EABORTED", NULL, false},
    {"disconnect while connecting", disconnect_connecting,
     "connecting closing about-to-close unconnected finished closed:0", NULL, false},
};

/* ---- running them -------------------------------------------------------------------------- */

static bool begins_connected(const struct way *way)
{
    return way->peer_log || way->end == abort_while_closing;
}

static void begin(struct run *run, const struct way *way)
{
    struct probe client, peer;
    sctpx_socket_options options;

    *run = (struct run){.silent_fd = -1};
    bed_socket_options(&options);
    options.connect_timeout_ms = way->end == wait_in_vain ? 50 : 20000;
    bed_open(&run->bed, bed_family(), 0, NULL);
    if (begins_connected(way)) {
        bed_pair(&run->bed, &client, &peer, 0);
        run->client.socket = client.socket;
        run->peer.socket = peer.socket;
        sctpx_socket_set_callbacks(run->peer.socket, &recording, &run->peer);
    } else {
        run->client.socket = bed_socket(&run->bed, &client, &options);
    }
    sctpx_socket_set_callbacks(run->client.socket, &recording, &run->client);
}

static void finish(struct run *run)
{
    RUN_UNTIL(run->bed.loop, run->client.is_over && run->peer.is_over);
    for (int i = 0; i < 3; i++) /* whatever comes now comes too late */
        assert_true(sctpx_loop_run_once(run->bed.loop, 0) >= 0);
    sctpx_socket_free(run->client.socket);
    sctpx_socket_free(run->peer.socket);
    if (run->silent_fd >= 0)
        close(run->silent_fd);
    bed_close(&run->bed);
}

static bool is_run_here(const struct way *way)
{
    return !way->is_engine_only || (!bed_is_kernel() && bed_is_udp());
}

static void test_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct run run;

        if (!is_run_here(&ways[i]))
            continue;
        begin(&run, &ways[i]);
        ways[i].end(&run);
        finish(&run);
        if (strcmp(run.client.log, ways[i].client_log) != 0)
            fail_msg("%s: '%s', not '%s'", ways[i].name, run.client.log, ways[i].client_log);
        if (ways[i].peer_log && strcmp(run.peer.log, ways[i].peer_log) != 0)
            fail_msg("%s, peer: '%s', not '%s'", ways[i].name, run.peer.log, ways[i].peer_log);
    }
}

/* The log is the beginning of what it should be, so many words of it. */
static void check_beginning(const struct way *way, const char *log, const char *whole,
                            unsigned words)
{
    unsigned count = 1;

    for (const char *at = log; *at != '\0'; at++)
        count += *at == ' ';
    if (count != words || strncmp(log, whole, strlen(log)) != 0)
        fail_msg("%s, freed in call %u: '%s'", way->name, words, log);
}

static unsigned words_of(const char *log)
{
    unsigned count = 1;

    for (; *log != '\0'; log++)
        count += *log == ' ';
    return count;
}

static void test_free_in_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        for (unsigned at = 1; is_run_here(&ways[i]) && at <= words_of(ways[i].client_log); at++) {
            struct run run;

            begin(&run, &ways[i]);
            run.client.free_at = at;
            ways[i].end(&run);
            finish(&run);
            check_beginning(&ways[i], run.client.log, ways[i].client_log, at);
        }
    }
}

static void test_peer_frees_in_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        const char *log = ways[i].peer_log;

        for (unsigned at = 1; log && is_run_here(&ways[i]) && at <= words_of(log); at++) {
            struct run run;

            begin(&run, &ways[i]);
            run.peer.free_at = at;
            ways[i].end(&run);
            finish(&run);
            check_beginning(&ways[i], run.peer.log, log, at);
        }
    }
}

/* Nobody listened while it happened: what is kept is told in the same order. */
static void test_callbacks_set_afterwards(void **state)
{
    struct probe client, peer;
    struct end end = {0};
    struct bed bed;

    (void)state;
    bed_open(&bed, bed_family(), 0, NULL);
    bed_pair(&bed, &client, &peer, 0);
    sctpx_socket_set_callbacks(peer.socket, NULL, NULL);
    assert_int_equal(sctpx_socket_write_datagram(client.socket, "x", 1, NULL), 0);
    assert_int_equal(sctpx_socket_disconnect(client.socket, 20000), 0);
    RUN_UNTIL(bed.loop, client.count[PROBE_CLOSED] > 0 &&
                            sctpx_socket_state(peer.socket) == SCTPX_UNCONNECTED);
    end.socket = peer.socket;
    sctpx_socket_set_callbacks(peer.socket, &recording, &end);
    RUN_UNTIL(bed.loop, end.is_over);
    assert_string_equal(end.log,
                        "readable peer-shutdown finished unconnected closed:EPEERSHUTDOWN");
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
    bed_close(&bed);
}

/* ---- connecting anew in the middle --------------------------------------------------------- */

static const struct bed *anew_bed;

static void connect_anew(sctpx_socket *socket, void *user, enum sctpx_socket_state state)
{
    on_state(socket, user, state);
    if (state != SCTPX_CLOSING)
        return;
    assert_int_equal(sctpx_socket_abort(socket, NULL, 0), 0);
    assert_int_equal(
        sctpx_socket_connect(socket, &anew_bed->addr, 1, sctpx_server_port(anew_bed->server)), 0);
}

/* What is still to be told of the old association is not told of the new one. */
static void test_connect_anew_when_the_peer_ends(void **state)
{
    sctpx_socket_callbacks callbacks = recording;
    struct probe client, peer;
    struct end end = {0};
    struct bed bed;

    (void)state;
    callbacks.on_state = connect_anew;
    bed_open(&bed, bed_family(), 0, NULL);
    anew_bed = &bed;
    bed_pair(&bed, &client, &peer, 0);
    end.socket = client.socket;
    sctpx_socket_set_callbacks(client.socket, &callbacks, &end);
    assert_int_equal(sctpx_socket_disconnect(peer.socket, 20000), 0);
    RUN_UNTIL(bed.loop, strstr(end.log, "up") != NULL);
    assert_string_equal(end.log, "closing connecting connected up");
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
    bed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_free_in_each),
        cmocka_unit_test(test_peer_frees_in_each),
        cmocka_unit_test(test_callbacks_set_afterwards),
        cmocka_unit_test(test_connect_anew_when_the_peer_ends),
    };

    return cmocka_run_group_tests_name("callback_order", tests, NULL, NULL);
}

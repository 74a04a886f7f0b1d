/* SPDX-License-Identifier: MIT */
/* "sctpx perf server": see perf_protocol.h for what it does with messages. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "exit_code.h"
#include "node.h"
#include "perf_sender.h"
#include "report.h"
#include "trace.h"

/* Clients of --setup come in crowds. */
enum { BACKLOG = 20000, FINISH_MS = 5000 };

struct server;

struct peer {
    struct server *server;
    sctpx_socket *socket;
    struct message message; /* the one in hand; it waits for room when it must be answered */
    struct perf_sender sender;
    uint64_t bytes, messages;
    TAILQ_ENTRY(peer) link;
};

struct server {
    struct node node;
    sctpx_server *listener;
    sctpx_timer *idle_timer;
    TAILQ_HEAD(peer_list, peer) peers;
    uint8_t *payload; /* of what is sent on request */
    uint64_t left;    /* associations still to be served */
    bool is_finishing;
};

/* ---- the end ------------------------------------------------------------------------------ */

static void stop_if_done(struct server *server)
{
    if (!TAILQ_EMPTY(&server->peers))
        return;
    if (server->left == 0 || server->is_finishing)
        runner_stop(&server->node.runner, EXIT_DONE);
    else if (server->idle_timer)
        sctpx_timer_start(server->idle_timer, server->node.options->timeout);
}

static void on_idle(sctpx_timer *timer, void *arg)
{
    struct server *server = arg;
    bool was_used = server->left < server->node.options->count;

    (void)timer;
    if (!was_used)
        report("timed out: no association came");
    runner_stop(&server->node.runner, was_used ? EXIT_DONE : EXIT_NO_REPLY);
}

static void on_signal(void *arg, int number, unsigned count)
{
    struct server *server = arg;
    struct peer *peer;

    if (count > 1) {
        runner_stop(&server->node.runner, EXIT_SIGNAL + number);
        return;
    }
    server->is_finishing = true;
    sctpx_server_close(server->listener);
    TAILQ_FOREACH (peer, &server->peers, link)
        (void)sctpx_socket_disconnect(peer->socket, FINISH_MS);
    stop_if_done(server);
}

static void peer_free(struct peer *peer)
{
    TAILQ_REMOVE(&peer->server->peers, peer, link);
    sctpx_socket_free(peer->socket);
    message_free(&peer->message);
    free(peer);
}

/* ---- messages ----------------------------------------------------------------------------- */

/* The message in hand is a question. Returns as sctpx_socket_write_datagram(). */
static int answer(struct peer *peer)
{
    struct message *message = &peer->message;
    const sctpx_sndinfo info = {.stream = message->info.stream, .ppid = message->info.ppid};
    const uint64_t count[] = {peer->bytes, peer->messages};
    uint64_t version;
    int result;

    if (message->info.ppid == PERF_ECHO)
        return sctpx_socket_write_datagram(peer->socket, message->bytes, message->length, &info);
    if (message->info.ppid == PERF_COUNT)
        return perf_say(peer->socket, PERF_COUNT, 2, count);
    version = perf_sender_begin(&peer->sender, message);
    result = perf_say(peer->socket, PERF_SEND, 1, &version);
    if (version != 0 && result < 0)
        peer->sender.state = PERF_SENDER_IDLE; /* it comes again */
    return result;
}

static bool is_question(uint32_t ppid)
{
    return ppid == PERF_ECHO || ppid == PERF_COUNT || ppid == PERF_SEND;
}

/* Returns whether the next one can be read. */
static bool handle(struct peer *peer)
{
    struct message *message = &peer->message;

    if (message->length == 0)
        return true;
    if (message->info.ppid == PERF_STOP) {
        perf_sender_stop(&peer->sender);
    } else if (!is_question(message->info.ppid)) {
        peer->bytes += message->length;
        peer->messages++;
    } else if (answer(peer) == SCTPX_EWOULDBLOCK) {
        return false;
    }
    message->length = 0;
    return true;
}

/* Answers go before what is sent on request. */
static void run_peer(struct peer *peer)
{
    while (handle(peer) && message_read(&peer->message, peer->socket) >= 0)
        continue;
    if (peer->message.length == 0 && !peer->server->is_finishing)
        perf_sender_run(&peer->sender);
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    (void)socket;
    (void)stream;
    run_peer(user);
}

static void on_writable(sctpx_socket *socket, void *user)
{
    (void)socket;
    run_peer(user);
}

static void on_drained(sctpx_socket *socket, void *user)
{
    struct peer *peer = user;

    (void)socket;
    perf_sender_drained(&peer->sender);
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct peer *peer = user;
    struct server *server = peer->server;

    (void)report_end(socket, error);
    peer_free(peer);
    stop_if_done(server);
}

/* ---- associations ------------------------------------------------------------------------- */

static void serve(struct server *server, sctpx_socket *socket)
{
    sctpx_socket_callbacks callbacks = {.on_readable = on_readable,
                                        .on_writable = on_writable,
                                        .on_drained = on_drained,
                                        .on_closed = on_closed};
    struct peer *peer = calloc(1, sizeof(*peer));

    if (!peer) {
        report("out of memory");
        sctpx_socket_free(socket);
        return;
    }
    peer->server = server;
    peer->socket = socket;
    peer->sender = (struct perf_sender){.socket = socket, .payload = server->payload};
    TAILQ_INSERT_TAIL(&server->peers, peer, link);
    trace_accepted(socket);
    trace_add(&callbacks);
    sctpx_socket_set_callbacks(socket, &callbacks, peer);
}

static void on_connection(sctpx_server *listener, void *user)
{
    struct server *server = user;
    sctpx_socket *socket;

    while (server->left > 0 && sctpx_server_next_pending_connection(listener, &socket) == 0) {
        if (server->idle_timer)
            sctpx_timer_stop(server->idle_timer);
        server->left--;
        serve(server, socket);
    }
    if (server->left == 0)
        sctpx_server_close(listener);
}

static int start(struct server *server)
{
    const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    const struct options *options = server->node.options;
    int code;

    server->payload = malloc(PERF_SEND_MAX_BYTES);
    if (!server->payload)
        return report_failure("cannot begin", SCTPX_ENOMEM);
    memset(server->payload, 'x', PERF_SEND_MAX_BYTES);
    server->node.runner.on_signal = on_signal;
    server->node.runner.signal_arg = server;
    if (options->timeout != OPTION_UNSET &&
        sctpx_timer_new(server->node.runner.loop, on_idle, server, &server->idle_timer) < 0)
        return report_failure("cannot make a timer", SCTPX_ENOMEM);
    code = node_listen(&server->node, BACKLOG, &callbacks, server, &server->listener);
    if (code == EXIT_DONE && server->idle_timer)
        sctpx_timer_start(server->idle_timer, options->timeout);
    return code;
}

int perf_server_run(const struct options *options)
{
    struct server server = {.left = options->count};
    struct peer *peer;
    int code = node_open(&server.node, options);

    if (code != EXIT_DONE)
        return code;
    TAILQ_INIT(&server.peers);
    code = start(&server);
    if (code == EXIT_DONE)
        code = runner_run(&server.node.runner);
    while ((peer = TAILQ_FIRST(&server.peers)) != NULL)
        peer_free(peer);
    sctpx_server_free(server.listener);
    sctpx_timer_free(server.idle_timer);
    free(server.payload);
    node_close(&server.node);
    return code;
}

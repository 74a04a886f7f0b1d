/* SPDX-License-Identifier: MIT */
/* "sctpx listen": a server that gives each association to a service. */
#include <stdio.h>

#include "children.h"
#include "commands.h"
#include "exit_code.h"
#include "node.h"
#include "report.h"
#include "service.h"
#include "session.h"

enum { BACKLOG = 128, FINISH_MS = 5000 };

struct listen {
    struct node node;
    sctpx_server *server;
    const struct service *service;
    struct session_list sessions;
    uint64_t left; /* associations still to be served */
    uint64_t served;
    bool is_one_by_one, is_finishing;
    int exit_code;
    sctpx_timer *idle_timer; /* NULL = no --timeout */
};

/* ---- the end ------------------------------------------------------------------------------ */

static void stop_if_done(struct listen *listen)
{
    if (!TAILQ_EMPTY(&listen->sessions))
        return;
    if (listen->left == 0 || listen->is_finishing)
        runner_stop(&listen->node.runner, listen->exit_code);
    else if (listen->idle_timer)
        sctpx_timer_start(listen->idle_timer, listen->node.options->timeout);
}

static void on_idle(sctpx_timer *timer, void *arg)
{
    struct listen *listen = arg;

    (void)timer;
    if (listen->served > 0) {
        runner_stop(&listen->node.runner, listen->exit_code);
        return;
    }
    report("timed out: no association came");
    runner_stop(&listen->node.runner, EXIT_NO_REPLY);
}

static void finish(struct session *session, int number)
{
    if (session->service->finish)
        session->service->finish(session, number, FINISH_MS);
    else
        (void)sctpx_socket_disconnect(session->socket, FINISH_MS);
}

static void on_signal(void *arg, int number, unsigned count)
{
    struct listen *listen = arg;
    struct session *session;

    if (count > 1) {
        runner_stop(&listen->node.runner, EXIT_SIGNAL + number);
        return;
    }
    if (listen->is_one_by_one && listen->left > 0 && listen->exit_code == EXIT_DONE)
        listen->exit_code = EXIT_SIGNAL + number;
    listen->is_finishing = true;
    sctpx_server_close(listen->server);
    children_terminate();
    TAILQ_FOREACH (session, &listen->sessions, link)
        finish(session, number);
    stop_if_done(listen);
}

static void on_child(void *arg)
{
    const struct listen *listen = arg;

    children_reap(!listen->is_finishing);
}

/* ---- associations ------------------------------------------------------------------------- */

static void on_session_end(struct session *session, int exit_code)
{
    struct listen *listen = session->owner;

    TAILQ_REMOVE(&listen->sessions, session, link);
    session_free(session);
    if (listen->is_one_by_one) {
        if (listen->exit_code == EXIT_DONE)
            listen->exit_code = exit_code;
        (void)sctpx_server_resume_accepting(listen->server);
    }
    stop_if_done(listen);
}

static void serve(struct listen *listen, sctpx_socket *socket)
{
    struct session *session =
        session_new(&listen->node, socket, listen->service, on_session_end, listen);

    listen->served++;
    if (--listen->left == 0)
        sctpx_server_close(listen->server);
    if (!session) {
        stop_if_done(listen);
        return;
    }
    TAILQ_INSERT_TAIL(&listen->sessions, session, link);
    if (listen->idle_timer)
        sctpx_timer_stop(listen->idle_timer);
    if (listen->is_one_by_one)
        (void)sctpx_server_pause_accepting(listen->server);
    listen->service->start(session);
}

static void on_connection(sctpx_server *server, void *user)
{
    struct listen *listen = user;
    sctpx_socket *socket;

    while (listen->left > 0 && !(listen->is_one_by_one && !TAILQ_EMPTY(&listen->sessions)) &&
           sctpx_server_next_pending_connection(server, &socket) == 0)
        serve(listen, socket);
}

static void on_accept_error(sctpx_server *server, void *user, int error)
{
    (void)server;
    (void)user;
    (void)report_failure("cannot take an association", error);
}

/* ---- the command -------------------------------------------------------------------------- */

static const struct service *service_of(const struct options *options)
{
    if (options->echo)
        return &service_echo;
    if (options->discard)
        return &service_discard;
    if (options->chargen)
        return &service_chargen;
    return options->exec ? &service_exec : &service_stdio;
}

static int start(struct listen *listen)
{
    const sctpx_server_callbacks callbacks = {.on_connection = on_connection,
                                              .on_accept_error = on_accept_error};
    const struct options *options = listen->node.options;
    int code;

    listen->node.runner.on_signal = on_signal;
    listen->node.runner.on_child = on_child;
    listen->node.runner.signal_arg = listen->node.runner.child_arg = listen;
    if (options->timeout != OPTION_UNSET &&
        sctpx_timer_new(listen->node.runner.loop, on_idle, listen, &listen->idle_timer) < 0)
        return report_failure("cannot make a timer", SCTPX_ENOMEM);
    code = node_listen(&listen->node, BACKLOG, &callbacks, listen, &listen->server);
    if (code == EXIT_DONE && listen->idle_timer)
        sctpx_timer_start(listen->idle_timer, options->timeout);
    return code;
}

int listen_run(const struct options *options)
{
    struct listen listen = {.service = service_of(options), .left = options->count};
    struct session *session;
    int code = node_open(&listen.node, options);

    if (code != EXIT_DONE)
        return code;
    TAILQ_INIT(&listen.sessions);
    listen.is_one_by_one = listen.service == &service_stdio;
    if (listen.is_one_by_one && options->count == OPTION_UNSET)
        listen.left = 1;
    code = start(&listen);
    if (code == EXIT_DONE)
        code = runner_run(&listen.node.runner);
    while ((session = TAILQ_FIRST(&listen.sessions)) != NULL) {
        TAILQ_REMOVE(&listen.sessions, session, link);
        session_free(session);
    }
    children_reap(!listen.is_finishing);
    sctpx_server_free(listen.server);
    sctpx_timer_free(listen.idle_timer);
    node_close(&listen.node);
    return code;
}

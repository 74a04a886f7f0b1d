/* SPDX-License-Identifier: MIT */
#include "api/socket.h"

/* After a callback: it may have ended the association, and begun another one. */
static bool goes_on(const sctpx_socket *socket, unsigned life)
{
    return !socket->is_freed && socket->life == life && !socket->has_ended;
}

static void on_up(sctpx_socket *socket)
{
    bool is_connect = socket->state == SCTPX_CONNECTING;
    unsigned life = socket->life;

    socket->was_up = true;
    if (socket->state == SCTPX_CLOSING) {
        /* Closed while it was connecting: what was written meanwhile is delivered first. */
        (void)socket->backend->table->shutdown(socket->backend, socket->conn);
        return;
    }
    if (!is_connect)
        return; /* accepted: it was never anything else */
    sctpxi_loop_timer_set(&socket->timer, SCTPX_TIME_NEVER);
    socket->state = SCTPX_CONNECTED;
    if (socket->callbacks.on_state)
        socket->callbacks.on_state(socket, socket->user, SCTPX_CONNECTED);
    if (goes_on(socket, life) && socket->callbacks.on_connected)
        socket->callbacks.on_connected(socket, socket->user);
    if (goes_on(socket, life) && socket->wants_writable && socket->state == SCTPX_CONNECTED) {
        socket->wants_writable = false;
        if (socket->callbacks.on_writable)
            socket->callbacks.on_writable(socket, socket->user);
    }
}

static void on_readable(sctpx_socket *socket, uint16_t stream)
{
    bool is_bytes = sctpx_socket_mode(socket) == SCTPX_MODE_BYTES;

    if (socket->is_discarding)
        sctpxi_socket_discard(socket);
    else if (!socket->has_callbacks)
        sctpxi_socket_notify(socket, SCTPXI_NOTICE_READABLE);
    else if (socket->callbacks.on_readable)
        socket->callbacks.on_readable(socket, socket->user, is_bytes ? SCTPX_ANY_STREAM : stream);
}

static void on_peer_shutdown(sctpx_socket *socket)
{
    bool is_news = socket->state == SCTPX_CONNECTED;

    socket->peer_finished = true;
    /* Reads and waits return it from now on. */
    sctpxi_socket_set_error(socket, SCTPX_EPEERSHUTDOWN);
    if (is_news)
        socket->state = SCTPX_CLOSING;
    if (is_news && socket->callbacks.on_state)
        socket->callbacks.on_state(socket, socket->user, SCTPX_CLOSING);
    if (socket->is_freed || !socket->peer_finished) /* or connected anew */
        return;
    sctpxi_socket_notify(socket, SCTPXI_NOTICE_PEER_SHUTDOWN);
    sctpxi_socket_deliver(socket); /* or keeps it, while there are no callbacks */
}

static void on_closed(sctpx_socket *socket, const sctpx_event *event)
{
    sctpxi_socket_end(socket, event->error);
    sctpxi_socket_deliver(socket);
}

static void on_path(sctpx_socket *socket, const sctpx_event *event, enum sctpx_path_change change)
{
    if (socket->callbacks.on_path)
        socket->callbacks.on_path(socket, socket->user, event->path, change);
}

static void on_sent(sctpx_socket *socket, const sctpx_event *event)
{
    socket->sent_context = event->context;
    if (socket->callbacks.on_sent)
        socket->callbacks.on_sent(socket, socket->user, event->stream, event->bytes);
}

void *sctpx_socket_sent_context(const sctpx_socket *socket)
{
    return socket->sent_context;
}

/* What did not get through comes first, so that it can be sent again. */
static void on_restart(sctpx_socket *socket)
{
    const struct sctpxi_conn *conn = socket->conn;

    sctpxi_socket_tell_failed(socket);
    if (!socket->is_freed && socket->conn == conn && !socket->has_ended &&
        socket->callbacks.on_restart)
        socket->callbacks.on_restart(socket, socket->user);
}

/* What a callback has written since the event came makes it untrue; another one will follow. */
static void on_drained(sctpx_socket *socket)
{
    if (socket->callbacks.on_drained && sctpx_socket_bytes_to_write(socket, SCTPX_ANY_STREAM) == 0)
        socket->callbacks.on_drained(socket, socket->user);
}

static void on_writable(sctpx_socket *socket)
{
    if (socket->callbacks.on_writable && !socket->is_write_refused)
        socket->callbacks.on_writable(socket, socket->user);
}

/* Events that only pass through. */
static void on_simple(sctpx_socket *socket, const sctpx_event *event)
{
    const sctpx_socket_callbacks *call = &socket->callbacks;

    if (event->type == SCTPX_EVENT_SENT)
        on_sent(socket, event);
    else if (event->type == SCTPX_EVENT_DRY)
        on_drained(socket);
    else if (event->type == SCTPX_EVENT_WRITABLE)
        on_writable(socket);
    else if (event->type == SCTPX_EVENT_RESTARTED)
        on_restart(socket);
    else if (event->type == SCTPX_EVENT_HEARTBEAT && call->on_heartbeat)
        call->on_heartbeat(socket, socket->user, event->path, event->rtt_us);
    else if (event->type == SCTPX_EVENT_REMOTE_ERROR && call->on_remote_error)
        call->on_remote_error(socket, socket->user, event->cause);
}

static void handle(sctpx_socket *socket, const sctpx_event *event)
{
    if (socket->has_ended)
        return; /* by our own abort: on_closed is the last the user hears */
    switch (event->type) {
    case SCTPX_EVENT_UP:
        on_up(socket);
        break;
    case SCTPX_EVENT_READABLE:
        on_readable(socket, event->stream);
        break;
    case SCTPX_EVENT_PEER_SHUTDOWN:
        on_peer_shutdown(socket);
        break;
    case SCTPX_EVENT_CLOSED:
        on_closed(socket, event);
        break;
    case SCTPX_EVENT_PATH_CONFIRMED:
        on_path(socket, event, SCTPX_PATH_CONFIRMED);
        break;
    case SCTPX_EVENT_PATH_UP:
        on_path(socket, event, SCTPX_PATH_UP);
        break;
    case SCTPX_EVENT_PATH_DOWN:
        on_path(socket, event, SCTPX_PATH_DOWN);
        break;
    case SCTPX_EVENT_PATH_PRIMARY:
        on_path(socket, event, SCTPX_PATH_PRIMARY);
        break;
    default:
        on_simple(socket, event);
        break;
    }
}

void sctpxi_socket_on_event(struct sctpxi_owner *owner, const sctpx_event *event)
{
    sctpx_socket *socket = (sctpx_socket *)owner;
    const struct sctpxi_conn *conn = socket->conn;
    unsigned life = socket->life;

    sctpxi_socket_enter(socket);
    /* The bytes of a reason are the engine's, and gone when a callback calls it. */
    if (event->type == SCTPX_EVENT_CLOSED && !socket->has_ended)
        sctpxi_socket_set_abort(socket, event->cause, event->reason, event->reason_length);
    /* A report is lost when an end is told first. */
    if (event->type == SCTPX_EVENT_MESSAGE &&
        (!socket->has_ended || (socket->notices & (unsigned)SCTPXI_NOTICE_ENDED) != 0))
        sctpxi_socket_on_report(socket, &event->report);
    if (event->type == SCTPX_EVENT_WRITABLE) /* but who is told something else first may write */
        socket->is_write_refused = false;
    /* What the user's own calls brought about came before this. */
    sctpxi_socket_deliver(socket);
    if (!socket->is_freed && socket->conn == conn && socket->life == life)
        handle(socket, event);
    if (!socket->is_freed) /* after on_sent, in this turn of the loop */
        sctpxi_socket_update_congestion(socket);
    (void)sctpxi_socket_leave(socket);
}

/* SPDX-License-Identifier: MIT */
#include "api/happy_eyeballs.h"

#include <stdlib.h>

#include "api/socket.h"

/* RFC 8305 5, Connection Attempt Delay. */
enum { DELAY_US = 250000, RUNNING_MAX = 4 };

struct attempt {
    struct sctpxi_owner owner; /* first */
    struct sctpxi_attempts *all;
    sctpx_addr addr;
    struct sctpxi_conn *conn; /* NULL: not started yet, or freed */
    bool is_running;
};

/* How much a failure tells. */
enum weight {
    WEIGHT_NONE,
    WEIGHT_UNUSABLE,
    WEIGHT_SILENT,
    WEIGHT_LOCAL,
    WEIGHT_ICMP,
    WEIGHT_ANSWER
};

struct sctpxi_attempts {
    sctpx_socket *socket;
    struct sctpxi_loop_timer timer; /* of the next one */
    uint16_t port;
    size_t count, next, running, running_max;
    struct {
        struct attempt *attempt; /* keeps its connection, if it had one */
        enum weight weight;
        int error;
        char *text; /* owned; NULL: made from the connection */
    } best;         /* failure so far */
    struct attempt each[];
};

/* ---- failures ------------------------------------------------------------------------------ */

static void free_conn(struct attempt *attempt)
{
    struct sctpxi_backend *backend = attempt->all->socket->backend;

    if (attempt->conn)
        backend->table->free(backend, attempt->conn);
    attempt->conn = NULL;
}

static enum weight weigh(const struct attempt *attempt, int error)
{
    const struct sctpxi_backend *backend = attempt->all->socket->backend;
    sctpx_assoc_status status;

    if (error == SCTPX_ETIMEDOUT)
        return WEIGHT_SILENT;
    if (!attempt->conn) /* could not even be started */
        return error == SCTPX_EINVAL ? WEIGHT_UNUSABLE : WEIGHT_LOCAL;
    backend->table->status(backend, attempt->conn, &status);
    return status.received_packets > 0 ? WEIGHT_ANSWER : WEIGHT_ICMP;
}

/* The first of those that tell as much stays: it was the better address. True if it is the best. */
static bool note_failure(struct attempt *attempt, int error)
{
    struct sctpxi_attempts *all = attempt->all;
    enum weight weight = weigh(attempt, error);

    if (weight <= all->best.weight)
        return false;
    if (all->best.attempt)
        free_conn(all->best.attempt);
    free(all->best.text);
    all->best.attempt = attempt;
    all->best.weight = weight;
    all->best.error = error;
    all->best.text = NULL;
    return true;
}

/* What start said in words goes with it: the socket itself has not failed yet. */
static void on_start_failed(struct attempt *attempt, int error)
{
    sctpx_socket *socket = attempt->all->socket;

    if (note_failure(attempt, error)) {
        attempt->all->best.text = socket->error_text;
        socket->error_text = NULL;
    }
    sctpxi_socket_clear_error(socket);
}

static void on_failed(struct attempt *attempt, const sctpx_event *event)
{
    attempt->is_running = false;
    attempt->all->running--;
    if (note_failure(attempt, event->error))
        sctpxi_socket_set_abort(attempt->all->socket, event->cause, event->reason,
                                event->reason_length);
    else
        free_conn(attempt);
}

/* ---- ends ---------------------------------------------------------------------------------- */

void sctpxi_attempts_drop(struct sctpxi_attempts *attempts)
{
    if (!attempts)
        return;
    attempts->socket->attempts = NULL;
    for (size_t i = 0; i < attempts->count; i++)
        free_conn(&attempts->each[i]);
    sctpxi_loop_timer_done(&attempts->timer);
    free(attempts->best.text);
    free(attempts);
}

/* The connection of this one is the socket's from now on. */
static void adopt(struct attempt *attempt)
{
    sctpx_socket *socket = attempt->all->socket;

    socket->peer = attempt->addr;
    socket->conn = attempt->conn;
    attempt->conn = NULL;
    if (socket->conn)
        socket->backend->table->set_owner(socket->backend, socket->conn, socket);
}

static void fail(struct sctpxi_attempts *all)
{
    sctpx_socket *socket = all->socket;
    int error = all->best.error;
    char *text = all->best.text;

    all->best.text = NULL;
    adopt(all->best.attempt);
    sctpxi_attempts_drop(all);
    sctpxi_socket_end_with_text(socket, error, text);
}

bool sctpxi_attempts_give_up(struct sctpxi_attempts *attempts)
{
    if (attempts->best.weight <= WEIGHT_SILENT)
        return false;
    fail(attempts);
    return true;
}

/* ---- starting ------------------------------------------------------------------------------ */

static void on_event(struct sctpxi_owner *owner, const sctpx_event *event);

static int start(struct attempt *attempt)
{
    struct sctpxi_attempts *all = attempt->all;
    int result = sctpxi_socket_start(all->socket, &attempt->addr, 1, all->port, &attempt->owner,
                                     &attempt->conn);

    if (result < 0)
        return result;
    attempt->is_running = true;
    all->running++;
    return 0;
}

/* The next one that can be started at all. */
static void start_next(struct sctpxi_attempts *all)
{
    while (all->next < all->count) {
        struct attempt *attempt = &all->each[all->next++];
        int result = start(attempt);

        if (result >= 0)
            return;
        on_start_failed(attempt, result);
    }
}

/*
 * An equal share of what is left of the time for each address. Nobody waits longer than that, and
 * who must make room for the next one does not have less.
 */
static void set_timer(struct sctpxi_attempts *all)
{
    sctpx_socket *socket = all->socket;
    bool is_full = all->running == all->running_max;
    sctpx_time now = sctpx_loop_now(socket->loop);
    sctpx_time delay = is_full ? SCTPX_TIME_NEVER - now : DELAY_US;

    if (sctpxi_loop_timer_is_set(&socket->timer)) {
        sctpx_time deadline = socket->timer.node.deadline;
        sctpx_time share = deadline > now ? (deadline - now) / (all->count - all->next + 1) : 0;

        if (share < delay)
            delay = share;
    }
    sctpxi_loop_timer_set(&all->timer, all->next < all->count ? now + delay : SCTPX_TIME_NEVER);
}

static void go_on(struct sctpxi_attempts *all)
{
    start_next(all);
    if (all->running == 0)
        fail(all);
    else
        set_timer(all);
}

/* ---- what happens -------------------------------------------------------------------------- */

static void make_room(struct sctpxi_attempts *all)
{
    struct attempt *attempt = all->each;

    while (!attempt->is_running)
        attempt++;
    attempt->is_running = false;
    all->running--;
    free_conn(attempt);
    (void)note_failure(attempt, SCTPX_ETIMEDOUT);
}

static void on_timer(void *arg)
{
    struct sctpxi_attempts *all = arg;

    if (all->running == all->running_max)
        make_room(all);
    go_on(all);
}

static void win(struct attempt *attempt, const sctpx_event *event)
{
    sctpx_socket *socket = attempt->all->socket;

    adopt(attempt);
    sctpxi_attempts_drop(attempt->all);
    sctpxi_socket_clear_error(socket);
    sctpxi_socket_on_event(&socket->owner, event);
}

/* Anything else is of no interest before the association is up. */
static void on_event(struct sctpxi_owner *owner, const sctpx_event *event)
{
    struct attempt *attempt = (struct attempt *)(void *)owner;

    if (event->type == SCTPX_EVENT_UP) {
        win(attempt, event);
    } else if (event->type == SCTPX_EVENT_CLOSED && attempt->is_running) {
        on_failed(attempt, event);
        go_on(attempt->all);
    }
}

/* ---- interface ----------------------------------------------------------------------------- */

int sctpxi_attempts_set_options(struct sctpxi_attempts *attempts,
                                const sctpx_assoc_options *options)
{
    struct sctpxi_backend *backend = attempts->socket->backend;
    int result = 0;

    for (size_t i = 0; i < attempts->count && result >= 0; i++)
        if (attempts->each[i].is_running)
            result = backend->table->set_options(backend, attempts->each[i].conn, options);
    return result;
}

int sctpxi_attempts_start(sctpx_socket *socket, const sctpx_addr *addrs, size_t count,
                          uint16_t port)
{
    struct sctpxi_attempts *all = calloc(1, sizeof(*all) + count * sizeof(all->each[0]));

    if (!all || sctpxi_loop_timer_init(&all->timer, socket->loop, on_timer, all) < 0) {
        free(all);
        return SCTPX_ENOMEM;
    }
    all->socket = socket;
    all->port = port;
    all->count = count;
    all->running_max = socket->bound_port != 0 ? 1 : RUNNING_MAX;
    for (size_t i = 0; i < count; i++)
        all->each[i] = (struct attempt){.owner = {.on_event = on_event},
                                        .all = all,
                                        .addr = sctpxi_socket_remote(socket, &addrs[i])};
    socket->attempts = all;
    go_on(all);
    return 0;
}

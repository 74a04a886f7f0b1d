/* SPDX-License-Identifier: MIT */
/* Connections: the life of an association as its program sees it, and waiting for steps of it. */
#include <stdlib.h>
#include <string.h>

#include "sim/internal.h"

struct sim_conn *sim_conn_new(struct sim_host *host)
{
    struct sim_conn *conn = calloc(1, sizeof(*conn));
    assert_non_null(conn);
    conn->host = host;
    conn->auto_read = host->auto_read;
    return conn;
}

void sim_conn_delete(struct sim_conn *conn)
{
    free(conn->next_out);
    free(conn->next_in);
    free(conn->unordered_seen);
    free(conn->outcomes);
    free(conn);
}

void sim_conn_free(struct sim_conn *conn)
{
    sctpx_assoc_free(conn->assoc, conn->host->sim->now);
    conn->assoc = NULL;
}

struct sim_conn *sim_try_connect(struct sim_host *host, const sctpx_addr *remotes, size_t n,
                                 uint16_t port, uint16_t local_port,
                                 const sctpx_assoc_options *options)
{
    struct sim_conn *conn = sim_conn_new(host);
    int r = sctpx_endpoint_connect(host->endpoint, host->sim->now, remotes, n, port, local_port,
                                   options, conn, &conn->assoc);
    if (r != 0) {
        sim_conn_delete(conn);
        if (r != SCTPX_EADDRINUSE && r != SCTPX_ENOMEM)
            sim_expect(host->sim, r, host->name, "connect");
        return NULL;
    }
    sim_host_add_conn(host, conn);
    return conn;
}

struct sim_conn *sim_connect_to(struct sim_host *host, const sctpx_addr *remotes, size_t n,
                                uint16_t port, uint16_t local_port,
                                const sctpx_assoc_options *options)
{
    struct sim_conn *conn = sim_try_connect(host, remotes, n, port, local_port, options);
    if (!conn)
        sim_fail(host->sim, "%s cannot connect: ports in use, or no memory", host->name);
    return conn;
}

struct sim_conn *sim_connect(struct sim_host *host, const struct sim_host *to, uint16_t port,
                             const sctpx_assoc_options *options)
{
    return sim_connect_to(host, &to->addrs[0], 1, port, 0, options);
}

struct sim_conn *sim_accepted(const struct sim_host *host, size_t n)
{
    for (size_t i = 0; i < host->n_conns; i++)
        if (host->conns[i]->is_accepted && n-- == 0)
            return host->conns[i];
    sim_fail(host->sim, "%s has not accepted so many", host->name);
}

static void on_closed(struct sim_conn *conn, const sctpx_event *event)
{
    if (conn->is_closed)
        sim_violation(conn->host->sim, "%s: CLOSED twice", conn->host->name);
    conn->is_closed = true;
    conn->is_up = false;
    conn->error = event->error;
    conn->cause = event->cause;
    conn->reason_length =
        event->reason_length < sizeof(conn->reason) ? event->reason_length : sizeof(conn->reason);
    if (conn->reason_length)
        memcpy(conn->reason, event->reason, conn->reason_length);
}

void sim_conn_on_event(struct sim_conn *conn, const sctpx_event *event)
{
    if (conn->is_closed)
        sim_violation(conn->host->sim, "%s: event %d after CLOSED", conn->host->name,
                      (int)event->type);
    switch (event->type) {
    case SCTPX_EVENT_UP:
        conn->is_up = true;
        break;
    case SCTPX_EVENT_RESTARTED:
        conn->restarts++;
        sim_outcome_take_failed(conn, SCTPX_ERESTARTED);
        sim_conn_restart_counters(conn);
        break;
    case SCTPX_EVENT_MESSAGE:
        sim_outcome_on_report(conn, &event->report);
        break;
    case SCTPX_EVENT_PEER_SHUTDOWN:
        conn->peer_shut_down = true;
        break;
    case SCTPX_EVENT_CLOSED:
        on_closed(conn, event);
        sim_outcome_on_closed(conn);
        if (conn->auto_read)
            sim_read(conn, SIZE_MAX);
        break;
    case SCTPX_EVENT_READABLE:
        if (conn->auto_read)
            sim_read(conn, SIZE_MAX);
        break;
    case SCTPX_EVENT_WRITABLE:
        sim_conn_pump(conn);
        break;
    default:
        break;
    }
}

/* ---- status ------------------------------------------------------------------------------ */

sctpx_assoc_status sim_status(const struct sim_conn *conn)
{
    sctpx_assoc_status status;
    sctpx_assoc_get_status(conn->assoc, &status);
    return status;
}

enum sctpx_assoc_state sim_state(const struct sim_conn *conn)
{
    return sim_status(conn).state;
}

sctpx_path_status sim_path(const struct sim_conn *conn, size_t path)
{
    sctpx_path_status status;
    assert_int_equal(sctpx_assoc_get_path(conn->assoc, path, &status), 0);
    return status;
}

size_t sim_path_to(const struct sim_conn *conn, const sctpx_addr *remote)
{
    size_t n = sim_status(conn).paths;
    for (size_t i = 0; i < n; i++) {
        sctpx_path_status status = sim_path(conn, i);
        if (sim_same_ip(&status.remote, remote))
            return i;
    }
    sim_fail(conn->host->sim, "%s has no path to that address", conn->host->name);
}

/* ---- waiting ------------------------------------------------------------------------------- */

bool sim_is_up(void *conn)
{
    return ((struct sim_conn *)conn)->is_up;
}

bool sim_is_closed(void *conn)
{
    return ((struct sim_conn *)conn)->is_closed;
}

bool sim_has_sent_all(void *context)
{
    const struct sim_conn *conn = context;
    if (conn->load_done < conn->load.count)
        return false;
    sctpx_assoc_status status = sim_status(conn);
    return status.unsent_bytes == 0 && status.unacked_bytes == 0;
}

static void run_until(struct sim_conn *conn, sim_predicate predicate, void *context,
                      sctpx_time limit_us, const char *what)
{
    struct sim *sim = conn->host->sim;
    if (sim_run_until(sim, predicate, context, limit_us))
        return;
    sctpx_assoc_status status = sim_status(conn);
    sim_fail(sim, "%s is not %s: state %d error %d unsent %zu unacked %zu received %zu",
             conn->host->name, what, (int)status.state, status.error, status.unsent_bytes,
             status.unacked_bytes, conn->received_messages);
}

void sim_run_until_up(struct sim_conn *conn, sctpx_time limit_us)
{
    run_until(conn, sim_is_up, conn, limit_us, "up");
}

void sim_run_until_closed(struct sim_conn *conn, sctpx_time limit_us)
{
    run_until(conn, sim_is_closed, conn, limit_us, "closed");
}

void sim_run_until_sent(struct sim_conn *conn, sctpx_time limit_us)
{
    run_until(conn, sim_has_sent_all, conn, limit_us, "done with sending");
}

struct wanted {
    const struct sim_conn *conn;
    size_t messages;
};

static bool has_received(void *context)
{
    const struct wanted *wanted = context;
    return wanted->conn->received_messages >= wanted->messages;
}

void sim_run_until_received(struct sim_conn *conn, size_t messages, sctpx_time limit_us)
{
    struct wanted wanted = {conn, messages};
    run_until(conn, has_received, &wanted, limit_us, "done with receiving");
}

/* ---- pairs --------------------------------------------------------------------------------- */

struct sim_pair sim_pair_hosts(struct sim_host *a, struct sim_host *b,
                               const sctpx_assoc_options *options)
{
    sctpx_listen_options listen;
    sctpx_listen_options_defaults(b->endpoint, &listen);
    if (options)
        listen.assoc = *options;
    int r = sctpx_endpoint_listen(b->endpoint, SIM_PORT, &listen);
    if (r != SCTPX_EADDRINUSE)
        sim_expect(b->sim, r, b->name, "listen");
    struct sim_pair pair = {.a = a, .b = b};
    pair.ab = sim_connect(a, b, SIM_PORT, options);
    sim_run_until_up(pair.ab, 60 * SIM_SECOND);
    for (size_t i = 0; i < b->n_conns; i++)
        if (b->conns[i]->is_accepted)
            pair.ba = b->conns[i];
    assert_non_null(pair.ba);
    return pair;
}

struct sim_pair sim_pair_multi(struct sim *sim, size_t n, const sctpx_assoc_options *options)
{
    struct sim_host *a = sim_host_new(sim, "a", n, NULL);
    struct sim_host *b = sim_host_new(sim, "b", n, NULL);
    if (options)
        a->mtu = b->mtu = options->mtu;
    return sim_pair_hosts(a, b, options);
}

struct sim_pair sim_pair(struct sim *sim, const sctpx_assoc_options *options)
{
    return sim_pair_multi(sim, 1, options);
}

/* SPDX-License-Identifier: MIT */
/*
 * An echo server with one loop per thread. The first thread accepts and hands each association to
 * the next worker, whose thread has it from then on; the packets of all go through the one UDP port
 * of the first loop. On SIGTERM or SIGINT nobody new is taken, and every worker says goodbye to its
 * clients; a second signal aborts those who have not answered.
 *
 *     threaded_server [PORT [UDP_PORT [THREADS]]]
 */
#define _GNU_SOURCE /* with -std=c11 the system shows no more than C */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <sctpx/sctpx.h>

enum { BUFFER_BYTES = 65536, GOODBYE_MS = 5000, MAX_WORKERS = 64 };

struct client {
    struct worker *worker;
    sctpx_socket *socket;
    struct client *previous, *next;
};

/* All of it belongs to the worker's thread, from its start to its end. */
struct worker {
    pthread_t thread;
    sctpx_loop *loop;
    struct client *clients;
    unsigned served, aborted;
    unsigned long echoed;
};

static struct worker workers[MAX_WORKERS];
static unsigned worker_count = 4, running;
static sctpx_loop *loop; /* of the first thread */
static volatile sig_atomic_t signals;

static void on_signal(int number)
{
    (void)number;
    signals++;
    sctpx_loop_stop(loop); /* allowed in a signal handler of this loop's thread */
}

/* ---- in the threads of the workers --------------------------------------------------------- */

/* A message is taken when its echo is: who does not read the answers is not read either. */
static void echo(sctpx_socket *socket, struct client *client)
{
    char text[BUFFER_BYTES];
    sctpx_rcvinfo info;
    long length;

    while ((length = sctpx_socket_peek_datagram(socket, SCTPX_ANY_STREAM, text, sizeof(text),
                                                &info)) >= 0) {
        const sctpx_sndinfo reply = {.stream = info.stream, .ppid = info.ppid};
        int result = sctpx_socket_write_datagram(socket, text, (size_t)length, &reply);

        if (result == SCTPX_EWOULDBLOCK)
            return; /* on_writable goes on */
        if (result == 0)
            client->worker->echoed++;
        (void)sctpx_socket_read_datagram(socket, SCTPX_ANY_STREAM, text, sizeof(text), NULL);
    }
}

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    (void)stream;
    echo(socket, user);
}

static void on_writable(sctpx_socket *socket, void *user)
{
    echo(socket, user);
}

static void drop(struct client *client)
{
    struct worker *worker = client->worker;

    if (client->next)
        client->next->previous = client->previous;
    if (client->previous)
        client->previous->next = client->next;
    else
        worker->clients = client->next;
    sctpx_socket_free(client->socket);
    free(client);
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct client *client = user;

    if (error != 0 && error != SCTPX_EPEERSHUTDOWN) {
        client->worker->aborted++;
        fprintf(stderr, "%s\n", sctpx_socket_error_string(socket));
    }
    drop(client);
}

/* Posted with each client. What the client has sent meanwhile is told on this loop. */
static void on_handed_over(void *arg)
{
    const sctpx_socket_callbacks callbacks = {
        .on_readable = on_readable, .on_writable = on_writable, .on_closed = on_closed};
    struct client *client = arg;
    struct worker *worker = client->worker;

    client->next = worker->clients;
    if (worker->clients)
        worker->clients->previous = client;
    worker->clients = client;
    if (sctpx_socket_attach(client->socket, worker->loop) < 0) {
        worker->aborted++;
        drop(client);
        return;
    }
    worker->served++;
    sctpx_socket_set_callbacks(client->socket, &callbacks, client);
}

/* Posted when the server ends. The loop runs until the last client has left. */
static void on_finish(void *arg)
{
    struct worker *worker = arg;

    for (struct client *client = worker->clients; client; client = client->next)
        sctpx_socket_disconnect(client->socket, GOODBYE_MS);
    sctpx_loop_keep(worker->loop, false);
}

/* Posted at the second signal. */
static void on_give_up(void *arg)
{
    struct worker *worker = arg;

    while (worker->clients) {
        worker->aborted++;
        drop(worker->clients);
    }
}

static void on_worker_done(void *arg)
{
    (void)arg;
    if (--running == 0)
        sctpx_loop_stop(loop);
}

static void *work(void *arg)
{
    struct worker *worker = arg;

    sctpx_loop_run(worker->loop);
    sctpx_loop_post(loop, on_worker_done, NULL);
    return NULL;
}

/* ---- in the first thread ------------------------------------------------------------------- */

static enum sctpx_incoming on_incoming(sctpx_server *server, void *user, sctpx_socket *socket)
{
    static unsigned next;
    struct worker *worker = &workers[next++ % worker_count];
    struct client *client = calloc(1, sizeof(*client));

    (void)server;
    (void)user;
    if (!client)
        return SCTPX_INCOMING_REFUSE;
    *client = (struct client){.worker = worker, .socket = socket};
    if (sctpx_socket_detach(socket) < 0) { /* it has ended already, or there is no memory */
        free(client);
        return SCTPX_INCOMING_REFUSE;
    }
    if (sctpx_loop_post(worker->loop, on_handed_over, client) < 0) {
        sctpx_socket_free(socket);
        free(client);
    }
    return SCTPX_INCOMING_TAKE;
}

/* The loop is there before its thread: there may be posts at once. Signals are for this thread. */
static int start_worker(struct worker *worker)
{
    sigset_t all, before;
    int result;

    if (sctpx_loop_new(&worker->loop) < 0)
        return -1;
    sctpx_loop_keep(worker->loop, true);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    result = pthread_create(&worker->thread, NULL, work, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result == 0 ? 0 : -1;
}

static void post_to_all(void (*function)(void *arg))
{
    for (unsigned i = 0; i < worker_count; i++)
        if (sctpx_loop_post(workers[i].loop, function, &workers[i]) < 0)
            abort(); /* no memory for a few bytes */
}

/* The first loop carries the packets of all: it runs until the last worker has done. */
static void finish(sctpx_server *server)
{
    sctpx_server_free(server); /* nothing is handed over any more */
    post_to_all(on_finish);
    printf("ending\n");
    fflush(stdout);
    while (running > 0) {
        sctpx_loop_run(loop);
        if (running > 0 && signals > 1)
            post_to_all(on_give_up);
    }
}

static int report(void)
{
    unsigned served = 0, aborted = 0;
    unsigned long echoed = 0;

    for (unsigned i = 0; i < worker_count; i++) {
        pthread_join(workers[i].thread, NULL);
        sctpx_loop_free(workers[i].loop);
        printf("worker %u: %u clients\n", i, workers[i].served);
        served += workers[i].served;
        aborted += workers[i].aborted;
        echoed += workers[i].echoed;
    }
    printf("%u clients, %lu messages echoed, %u aborted\n", served, echoed, aborted);
    return aborted == 0 ? 0 : 1;
}

static sctpx_server *listen_on(uint16_t port, const char *udp_port)
{
    const sctpx_server_callbacks callbacks = {.on_incoming = on_incoming};
    sctpx_server_options options;
    sctpx_server *server;

    sctpx_server_options_defaults(&options);
    options.assoc.max_message_bytes = BUFFER_BYTES; /* no message is longer than the buffer */
    if (udp_port)
        options.udp_port = (uint16_t)atoi(udp_port);
    if (sctpx_server_new(loop, &options, &server) < 0)
        return NULL;
    sctpx_server_set_callbacks(server, &callbacks, NULL);
    if (sctpx_server_listen(server, NULL, 0, port) < 0) {
        fprintf(stderr, "%s\n", sctpx_server_error_string(server));
        return NULL;
    }
    return server;
}

int main(int argc, char **argv)
{
    sctpx_server *server;
    int result;

    if (argc > 3)
        worker_count = (unsigned)atoi(argv[3]);
    if (worker_count < 1 || worker_count > MAX_WORKERS || sctpx_loop_new(&loop) < 0)
        return 2;
    sctpx_loop_keep(loop, true); /* workers post to it when there is no server any more */
    server = listen_on((uint16_t)(argc > 1 ? atoi(argv[1]) : 7000), argc > 2 ? argv[2] : NULL);
    if (!server)
        return 1;
    for (; running < worker_count; running++)
        if (start_worker(&workers[running]) < 0)
            return 1;
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    printf("listening on SCTP port %d, UDP port %d\n", sctpx_server_port(server),
           sctpx_server_udp_port(server));
    fflush(stdout);
    sctpx_loop_run(loop);
    finish(server);
    result = report();
    sctpx_loop_free(loop);
    return result;
}

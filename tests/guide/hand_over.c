/* SPDX-License-Identifier: MIT */
/* An association that comes up on one loop is served by another one, in another thread. */
#include "guide.h"

#include <pthread.h>

#include "guide_hand_over.inc"

static struct guide guide;
static bool is_worker_done; /* in the first thread */

static void on_worker_done(void *arg)
{
    (void)arg;
    is_worker_done = true;
}

static void *work(void *arg)
{
    struct worker *worker = arg;

    CHECK(sctpx_loop_run(worker->loop) == 0); /* until the last socket is freed */
    CHECK(sctpx_loop_post(guide.loop, on_worker_done, NULL) == 0);
    return NULL;
}

static void stop_waiting(void *arg)
{
    struct worker *worker = arg;

    sctpx_loop_keep(worker->loop, false);
}

int main(void)
{
    const sctpx_server_callbacks callbacks = {.on_incoming = on_incoming};
    struct worker worker = {0};
    pthread_t thread;
    sctpx_socket *clients[3];

    guide_open(&guide, 0);
    CHECK(sctpx_loop_new(&worker.loop) == 0);
    sctpx_loop_keep(worker.loop, true);
    CHECK(pthread_create(&thread, NULL, work, &worker) == 0);
    sctpx_server_set_callbacks(guide.server, &callbacks, &worker);
    for (int i = 0; i < 3; i++) {
        clients[i] = guide_client(&guide);
        guide_say(clients[i], 0, "hello");
    }
    for (int i = 0; i < 3; i++) {
        guide_hear(&guide, clients[i], 0, "hello", NULL);
        CHECK(sctpx_socket_disconnect(clients[i], 5000) == 0);
        CHECK(sctpx_socket_wait_for_disconnected(clients[i], 10000) == 0);
        CHECK(sctpx_socket_error(clients[i]) == 0);
        sctpx_socket_free(clients[i]);
    }
    CHECK(sctpx_server_pending_connections(guide.server) == 0);
    CHECK(sctpx_loop_post(worker.loop, stop_waiting, &worker) == 0);
    UNTIL(guide.loop, is_worker_done); /* the packets go through this loop */
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(worker.served == 3);
    sctpx_loop_free(worker.loop);
    guide_close(&guide);
    return 0;
}

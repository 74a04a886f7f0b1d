/* SPDX-License-Identifier: MIT */
#include "backend/share.h"

#include <stdlib.h>

#include "backend/driver.h"
#include "backend/guard.h"
#include "backend/remote.h"
#include "engine/event.h"

void sctpxi_share_lock(struct sctpxi_share *share)
{
    pthread_mutex_lock(&share->mutex);
}

void sctpxi_share_unlock(struct sctpxi_share *share)
{
    pthread_mutex_unlock(&share->mutex);
}

static void share_free(struct sctpxi_share *share)
{
    pthread_mutex_destroy(&share->mutex);
    free(share);
}

/*
 * Under the mutex: leaves the home loop to itself again. Others may still hold the share, but not
 * the engine; as soon as the mutex is given back they may free it. The reference to the driver is
 * the caller's then.
 */
static struct sctpxi_driver *leave_home(struct sctpxi_share *share)
{
    struct sctpxi_driver *driver = share->driver;

    share->driver = NULL; /* no more visits are asked for */
    sctpxi_loop_call_cancel(&share->visit);
    sctpxi_loop_client_remove(&share->client);
    share->backend->table = share->table;
    share->backend->share = NULL;
    sctpxi_driver_set_share(driver, NULL);
    return driver;
}

static void on_visit(void *arg)
{
    struct sctpxi_share *share = arg;
    struct sctpxi_driver *driver = share->driver;
    bool is_unused;

    sctpxi_share_lock(share);
    sctpxi_driver_touch(driver);
    is_unused = share->count == 0;
    if (is_unused)
        (void)leave_home(share);
    sctpxi_share_unlock(share);
    if (is_unused) {
        share_free(share);
        sctpxi_driver_put(driver);
    }
}

/* The home loop goes: all associations that it drives end, and their threads hear of that. */
static void on_close(struct sctpxi_loop_client *client)
{
    struct sctpxi_share *share = (struct sctpxi_share *)(void *)client;
    struct sctpxi_driver *driver;
    struct sctpxi_remote *remote;
    bool is_last;

    sctpxi_share_lock(share);
    TAILQ_FOREACH (remote, &share->remotes, link)
        sctpxi_remote_lose(remote);
    driver = leave_home(share);
    is_last = share->count == 0;
    sctpxi_share_unlock(share);
    if (is_last)
        share_free(share);
    sctpxi_driver_put(driver);
}

static struct sctpxi_share *share_new(struct sctpxi_backend *backend, struct sctpxi_driver *driver,
                                      const struct sctpxi_backend_sink *sink)
{
    sctpx_loop *loop = sctpxi_driver_loop(driver);
    struct sctpxi_share *share = calloc(1, sizeof(*share));

    if (share == NULL || pthread_mutex_init(&share->mutex, NULL) != 0) {
        free(share);
        return NULL;
    }
    sctpxi_loop_call_init(&share->visit, loop, on_visit, share);
    TAILQ_INIT(&share->remotes);
    share->driver = driver;
    share->backend = backend;
    share->table = backend->table;
    share->sink = sink;
    share->client.on_close = on_close;
    sctpxi_loop_client_add(loop, &share->client);
    sctpxi_driver_ref(driver);
    sctpxi_driver_set_share(driver, share);
    backend->share = share;
    backend->table = &sctpxi_guard_table;
    return share;
}

int sctpxi_share_get(struct sctpxi_backend *backend, struct sctpxi_driver *driver,
                     const struct sctpxi_backend_sink *sink, struct sctpxi_share **ret_share)
{
    struct sctpxi_share *share = backend->share;

    if (share == NULL)
        share = share_new(backend, driver, sink);
    if (share == NULL)
        return SCTPX_ENOMEM;
    *ret_share = share;
    return 0;
}

void sctpxi_share_visit(struct sctpxi_share *share)
{
    if (share->driver != NULL)
        sctpxi_loop_call_queue(&share->visit);
}

void sctpxi_share_remove(struct sctpxi_share *share, struct sctpxi_remote *remote)
{
    bool is_last;

    sctpxi_share_lock(share);
    if (share->driver != NULL) {
        share->is_foreign = true;
        share->table->free(share->backend, sctpxi_remote_conn(remote));
        share->is_foreign = false;
    }
    TAILQ_REMOVE(&share->remotes, remote, link);
    share->count--;
    remote->loop = NULL;
    sctpxi_share_visit(share);
    is_last = share->driver == NULL && share->count == 0;
    sctpxi_share_unlock(share);
    if (is_last)
        share_free(share);
}

void sctpxi_share_tell(sctpx_endpoint *endpoint)
{
    sctpx_assoc *assoc;

    while ((assoc = sctpxi_event_next_held(endpoint)) != NULL)
        sctpxi_remote_wake(sctpx_assoc_user(assoc));
}

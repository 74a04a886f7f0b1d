/* SPDX-License-Identifier: MIT */
/*
 * A share makes the engine of one driver usable by several threads. It is made when the first
 * association is handed to another loop, and ends when the last one of these is gone: a driver
 * without a share knows no locks.
 *
 * The thread of the driver's loop is the home thread. It alone reads and sends packets and runs the
 * engine's timers. Everybody calls the engine under the share's mutex, which is given back around
 * callbacks of users, but not while lent bytes are given back (types.h): no thread ever waits for
 * another one's callbacks, or holds two of these. A call from another thread leaves a note that
 * makes the home loop take a turn.
 *
 * What one association of it is to its new thread is in remote.h; guard.c is the message seam with
 * the mutex around it.
 */
#ifndef SCTPXI_BACKEND_SHARE_H
#define SCTPXI_BACKEND_SHARE_H

#include <pthread.h>

#include "backend/backend.h"
#include "loop/loop.h"

struct sctpxi_driver;
struct sctpxi_remote;

struct sctpxi_share {
    struct sctpxi_loop_client client; /* first; of the home loop */
    pthread_mutex_t mutex;            /* before a loop's call_mutex, after nothing */
    struct sctpxi_loop_call visit;    /* of the home loop: something was asked for from outside */
    struct sctpxi_driver *driver;     /* NULL once the home loop has gone */
    struct sctpxi_backend *backend;   /* the engine's, for use at home */
    const struct sctpxi_backend_table *table; /* its own, without the mutex */
    const struct sctpxi_backend_sink *sink;
    bool is_foreign; /* under the mutex: it is not the home thread that calls the engine */
    TAILQ_HEAD(sctpxi_remote_list, sctpxi_remote) remotes;
    size_t count; /* of remotes; also those that have lost the driver */
};

/*
 * The share of a backend that runs on driver, made if there is none: from then on the backend's
 * table is the guarded one. In the home thread. SCTPX_ENOMEM.
 */
int sctpxi_share_get(struct sctpxi_backend *backend, struct sctpxi_driver *driver,
                     const struct sctpxi_backend_sink *sink, struct sctpxi_share **ret_share);

void sctpxi_share_lock(struct sctpxi_share *share);
void sctpxi_share_unlock(struct sctpxi_share *share);

/* Under the mutex: the home loop is to take a turn. Nothing if it has gone. */
void sctpxi_share_visit(struct sctpxi_share *share);

/* Takes a remote out whose association is freed; the share may be gone afterwards. Any thread. */
void sctpxi_share_remove(struct sctpxi_share *share, struct sctpxi_remote *remote);

/* Under the mutex, at home: wakes the threads whose associations in this engine have events. */
void sctpxi_share_tell(sctpx_endpoint *endpoint);

#endif

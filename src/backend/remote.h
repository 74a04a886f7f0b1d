/* SPDX-License-Identifier: MIT */
/*
 * One association of a shared engine (share.h) as it is used from another loop than the engine's:
 * a backend with one connection, which is the engine's association. It belongs to the thread of the
 * loop that it is attached to, or, attached to none, to whoever has it. It lives until it is
 * released; its place in the share ends when the association is freed.
 *
 * Events are not carried over, they stay marks in the engine: the home thread asks for a call in
 * this loop, which then polls them, and so a loop that is slow or busy costs no memory.
 */
#ifndef SCTPXI_BACKEND_REMOTE_H
#define SCTPXI_BACKEND_REMOTE_H

#include "backend/backend.h"
#include "backend/share.h"

struct sctpxi_remote_failed {
    STAILQ_ENTRY(sctpxi_remote_failed) link;
    sctpx_failed_message message; /* its data is behind this */
};

struct sctpxi_remote {
    struct sctpxi_backend backend;   /* first; its share is NULL once the association is freed */
    TAILQ_ENTRY(sctpxi_remote) link; /* in the share */
    struct sctpxi_loop_call news;    /* of its loop: there are events; under the share's mutex */
    sctpx_loop *loop;                /* NULL: attached to none; under the share's mutex */
    bool is_lost;                    /* the engine is gone, to be told; under the share's mutex */
    sctpx_assoc *assoc;              /* of the engine, as long as that is there */
    const struct sctpxi_backend_sink *sink;
    void *owner;
    void *kept; /* bytes of the last message that failed; owned */
    /* What had failed when the engine went, to be told; under the share's mutex; owned. */
    STAILQ_HEAD(, sctpxi_remote_failed) failed;
    unsigned refs;
    bool is_holding; /* the loop, as a socket on it does */
};

/*
 * Takes an association out of the backend of a driver, with one reference and no loop. At home.
 * SCTPX_ENOMEM.
 */
int sctpxi_remote_new(struct sctpxi_backend *backend, struct sctpxi_driver *driver,
                      const struct sctpxi_backend_sink *sink, sctpx_assoc *assoc,
                      struct sctpxi_backend **ret_backend);

/* What the message seam asks for, of a remote. */
void sctpxi_remote_acquire(struct sctpxi_remote *remote);
void sctpxi_remote_release(struct sctpxi_remote *remote);
void sctpxi_remote_free(struct sctpxi_remote *remote);
void sctpxi_remote_attach(struct sctpxi_remote *remote, sctpx_loop *loop, void *owner);
void sctpxi_remote_detach(struct sctpxi_remote *remote);

/*
 * Under the mutex: puts the bytes of a failed message where only this thread frees them. Without
 * memory for that the message has none (length 0).
 */
void sctpxi_remote_keep(struct sctpxi_remote *remote, sctpx_failed_message *message);

/*
 * Under the mutex, at home: the engine goes. The association ends, what failed of it is put by as
 * far as there is memory, and its thread hears of it.
 */
void sctpxi_remote_lose(struct sctpxi_remote *remote);

/* Under the mutex, after that: 1 and the next message put by, valid until the next one; or 0. */
int sctpxi_remote_next_lost(struct sctpxi_remote *remote, sctpx_failed_message *ret_message);

/* Its association as the connection that the message seam knows. */
struct sctpxi_conn *sctpxi_remote_conn(struct sctpxi_remote *remote);

/* Under the mutex: there are events, or the engine is gone. Any thread. */
void sctpxi_remote_wake(struct sctpxi_remote *remote);

#endif

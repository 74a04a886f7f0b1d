/* SPDX-License-Identifier: MIT */
#include "backend/remote.h"

#include <stdlib.h>
#include <string.h>

#include "backend/guard.h"
#include "engine/event.h"

/* So many in one turn of its loop; and of the bytes of a reason, which are the engine's. */
enum { EVENTS_PER_TURN = 256, REASON_BYTES = 256 };

/* ---- life -------------------------------------------------------------------------------- */

int sctpxi_remote_new(struct sctpxi_backend *backend, struct sctpxi_driver *driver,
                      const struct sctpxi_backend_sink *sink, sctpx_assoc *assoc,
                      struct sctpxi_backend **ret_backend)
{
    struct sctpxi_remote *remote = calloc(1, sizeof(*remote));
    struct sctpxi_share *share;

    if (remote == NULL || sctpxi_share_get(backend, driver, sink, &share) < 0) {
        free(remote);
        return SCTPX_ENOMEM;
    }
    remote->backend.table = &sctpxi_guard_table;
    remote->backend.share = share;
    remote->assoc = assoc;
    remote->sink = sink;
    remote->refs = 1;
    sctpxi_share_lock(share);
    sctpx_assoc_set_user(assoc, remote);
    sctpxi_event_hold(assoc);
    TAILQ_INSERT_TAIL(&share->remotes, remote, link);
    share->count++;
    sctpxi_share_unlock(share);
    *ret_backend = &remote->backend;
    return 0;
}

struct sctpxi_conn *sctpxi_remote_conn(struct sctpxi_remote *remote)
{
    return (struct sctpxi_conn *)(void *)remote->assoc;
}

void sctpxi_remote_acquire(struct sctpxi_remote *remote)
{
    remote->refs++;
}

void sctpxi_remote_release(struct sctpxi_remote *remote)
{
    if (--remote->refs == 0) {
        free(remote->kept);
        free(remote);
    }
}

void sctpxi_remote_keep(struct sctpxi_remote *remote, sctpx_failed_message *message)
{
    free(remote->kept);
    remote->kept = malloc(message->length);
    if (remote->kept == NULL)
        message->length = 0;
    else
        memcpy(remote->kept, message->data, message->length);
    message->data = remote->kept;
}

static void unhold(struct sctpxi_remote *remote, sctpx_loop *loop)
{
    if (remote->is_holding)
        sctpxi_loop_unhold(loop);
    remote->is_holding = false;
}

void sctpxi_remote_free(struct sctpxi_remote *remote)
{
    sctpx_loop *loop = remote->loop;

    sctpxi_share_remove(remote->backend.share, remote);
    remote->backend.share = NULL;
    if (loop != NULL) {
        sctpxi_loop_call_cancel(&remote->news);
        unhold(remote, loop);
    }
}

/* ---- events ------------------------------------------------------------------------------ */

void sctpxi_remote_wake(struct sctpxi_remote *remote)
{
    if (remote->loop != NULL)
        sctpxi_loop_call_queue(&remote->news);
}

/* Under the mutex. */
static bool poll_event(struct sctpxi_remote *remote, sctpx_event *ret_event, uint8_t *reason)
{
    if (remote->backend.share->driver != NULL) {
        if (sctpxi_event_poll_held(remote->assoc, ret_event) <= 0)
            return false;
    } else if (remote->is_lost) {
        remote->is_lost = false;
        *ret_event = (sctpx_event){.type = SCTPX_EVENT_CLOSED, .error = SCTPX_EABORTED};
    } else {
        return false;
    }
    if (ret_event->reason_length > REASON_BYTES)
        ret_event->reason_length = REASON_BYTES;
    if (ret_event->reason_length > 0) {
        memcpy(reason, ret_event->reason, ret_event->reason_length);
        ret_event->reason = reason;
    }
    ret_event->user = remote->owner;
    return true;
}

static bool next_event(struct sctpxi_remote *remote, sctpx_event *ret_event, uint8_t *reason)
{
    struct sctpxi_share *share = remote->backend.share;
    bool is_one;

    if (share == NULL || remote->loop == NULL)
        return false; /* freed or taken off by what was told before */
    sctpxi_share_lock(share);
    is_one = poll_event(remote, ret_event, reason);
    if (share->driver == NULL)
        unhold(remote, remote->loop); /* there is nothing more to wait for */
    sctpxi_share_unlock(share);
    return is_one;
}

static void on_news(void *arg)
{
    struct sctpxi_remote *remote = arg;
    uint8_t reason[REASON_BYTES];
    sctpx_event event;
    int left = EVENTS_PER_TURN;

    sctpxi_remote_acquire(remote);
    while (left > 0 && next_event(remote, &event, reason)) {
        if (remote->owner != NULL)
            remote->sink->on_event(remote->owner, &event);
        left--;
    }
    if (left == 0 && remote->loop != NULL)
        sctpxi_loop_call_queue(&remote->news);
    sctpxi_remote_release(remote);
}

/* ---- from loop to loop -------------------------------------------------------------------- */

void sctpxi_remote_attach(struct sctpxi_remote *remote, sctpx_loop *loop, void *owner)
{
    struct sctpxi_share *share = remote->backend.share;

    remote->owner = owner;
    sctpxi_loop_hold(loop);
    remote->is_holding = true;
    sctpxi_share_lock(share);
    sctpxi_loop_call_init(&remote->news, loop, on_news, remote);
    remote->loop = loop;
    sctpxi_remote_wake(remote); /* what there is of it already */
    sctpxi_share_unlock(share);
}

void sctpxi_remote_detach(struct sctpxi_remote *remote)
{
    struct sctpxi_share *share = remote->backend.share;
    sctpx_loop *loop = remote->loop;

    sctpxi_share_lock(share);
    remote->loop = NULL;
    sctpxi_share_unlock(share);
    sctpxi_loop_call_cancel(&remote->news);
    unhold(remote, loop);
    remote->owner = NULL;
}

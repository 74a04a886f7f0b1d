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
    STAILQ_INIT(&remote->failed);
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
    struct sctpxi_remote_failed *failed;

    if (--remote->refs > 0)
        return;
    while ((failed = STAILQ_FIRST(&remote->failed)) != NULL) {
        STAILQ_REMOVE_HEAD(&remote->failed, link);
        free(failed);
    }
    free(remote->kept);
    free(remote);
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

/* ---- when the engine goes ---------------------------------------------------------------- */

static void put_by(struct sctpxi_remote *remote, const sctpx_failed_message *message)
{
    struct sctpxi_remote_failed *failed = malloc(sizeof(*failed) + message->length);

    if (failed == NULL)
        return;
    failed->message = *message;
    if (message->length > 0)
        memcpy(failed + 1, message->data, message->length);
    failed->message.data = failed + 1;
    STAILQ_INSERT_TAIL(&remote->failed, failed, link);
}

void sctpxi_remote_lose(struct sctpxi_remote *remote)
{
    struct sctpxi_share *share = remote->backend.share;
    struct sctpxi_conn *conn = sctpxi_remote_conn(remote);
    sctpx_failed_message message;

    (void)share->table->abort(share->backend, conn, NULL, 0);
    while (share->table->next_failed(share->backend, conn, &message) > 0)
        put_by(remote, &message);
    share->table->free(share->backend, conn);
    remote->is_lost = true;
    sctpxi_remote_wake(remote);
}

int sctpxi_remote_next_lost(struct sctpxi_remote *remote, sctpx_failed_message *ret_message)
{
    struct sctpxi_remote_failed *failed = STAILQ_FIRST(&remote->failed);

    if (failed == NULL)
        return 0;
    STAILQ_REMOVE_HEAD(&remote->failed, link);
    *ret_message = failed->message;
    free(remote->kept);
    remote->kept = failed;
    return 1;
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

/* SPDX-License-Identifier: MIT */
#include "backend/kernel_outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "backend/system.h"

struct sctpxi_kernel_outstream {
    TAILQ_ENTRY(sctpxi_kernel_outstream) fresh_link;
    sctpx_stream_status status; /* of the sending side */
    size_t fresh_bytes;         /* acknowledged and not yet told */
    void *context;              /* of the last message acknowledged */
    uint16_t number;
    bool is_fresh;
};

struct sctpxi_kernel_report {
    STAILQ_ENTRY(sctpxi_kernel_report) link;
    sctpx_message_report report;
};

/* ---- life -------------------------------------------------------------------------------- */

void sctpxi_kernel_outbox_init(struct sctpxi_kernel_outbox *outbox)
{
    const sctpx_allocator allocator = sctpxi_system_allocator();

    *outbox = (struct sctpxi_kernel_outbox){0};
    sctpxi_alloc_init(&outbox->alloc, &allocator, SIZE_MAX);
    TAILQ_INIT(&outbox->all);
    TAILQ_INIT(&outbox->failed);
    TAILQ_INIT(&outbox->fresh);
    STAILQ_INIT(&outbox->reports);
}

static void free_list(struct sctpxi_kernel_written_list *list)
{
    struct sctpxi_kernel_written *written;

    while ((written = TAILQ_FIRST(list)) != NULL) {
        TAILQ_REMOVE(list, written, link);
        free(written);
    }
}

void sctpxi_kernel_outbox_done(struct sctpxi_kernel_outbox *outbox)
{
    struct sctpxi_kernel_report *report;
    uint32_t cursor = 0;
    void *stream;

    free_list(&outbox->all);
    free_list(&outbox->failed);
    free(outbox->told);
    while ((report = STAILQ_FIRST(&outbox->reports)) != NULL) {
        STAILQ_REMOVE_HEAD(&outbox->reports, link);
        free(report);
    }
    while ((stream = sctpxi_sidmap_next(&outbox->streams, &cursor)) != NULL)
        free(stream);
    sctpxi_sidmap_done(&outbox->streams, &outbox->alloc);
}

/* ---- in ----------------------------------------------------------------------------------- */

static struct sctpxi_kernel_outstream *stream_of(struct sctpxi_kernel_outbox *outbox,
                                                 uint16_t number)
{
    struct sctpxi_kernel_outstream *stream = sctpxi_sidmap_get(&outbox->streams, number);

    if (stream)
        return stream;
    stream = calloc(1, sizeof(*stream));
    if (!stream || sctpxi_sidmap_put(&outbox->streams, &outbox->alloc, number, stream,
                                     SCTPXI_SIDMAP_ANY) < 0) {
        free(stream);
        return NULL;
    }
    stream->number = number;
    return stream;
}

int sctpxi_kernel_outbox_push(struct sctpxi_kernel_outbox *outbox, const void *data, size_t length,
                              const sctpx_sndinfo *info)
{
    struct sctpxi_kernel_outstream *stream = stream_of(outbox, info->stream);
    struct sctpxi_kernel_written *written = stream ? malloc(sizeof(*written) + length) : NULL;

    if (!written)
        return SCTPX_ENOMEM;
    written->stream = stream;
    written->info = *info;
    written->info.release = NULL; /* these bytes are its own */
    written->id = outbox->next_id++;
    written->is_unsent = false;
    written->length = length;
    memcpy(written->bytes, data, length);
    TAILQ_INSERT_TAIL(&outbox->all, written, link);
    if (!outbox->waiting)
        outbox->waiting = written;
    outbox->message_count++;
    outbox->unacked_bytes += length;
    outbox->waiting_bytes += length;
    stream->status.unacked_bytes += length;
    stream->status.unacked_messages++;
    return 0;
}

static size_t least_cost(const struct sctpxi_kernel_written *written)
{
    return written->length + SCTPXI_KERNEL_CHUNK_BYTES;
}

void sctpxi_kernel_outbox_handed(struct sctpxi_kernel_outbox *outbox)
{
    struct sctpxi_kernel_written *written = outbox->waiting;

    outbox->waiting = TAILQ_NEXT(written, link);
    outbox->waiting_bytes -= written->length;
    outbox->handed_bytes += written->length;
    outbox->handed_cost += least_cost(written);
}

/* ---- acknowledged ------------------------------------------------------------------------- */

/* Without memory a report is not told; the message is counted all the same. */
static void add_report(struct sctpxi_kernel_outbox *outbox,
                       const struct sctpxi_kernel_written *written, enum sctpx_outcome outcome)
{
    struct sctpxi_kernel_report *report = malloc(sizeof(*report));

    if (!report)
        return;
    report->report = (sctpx_message_report){.outcome = outcome,
                                            .stream = written->info.stream,
                                            .ppid = written->info.ppid,
                                            .length = written->length,
                                            .context = written->info.context};
    STAILQ_INSERT_TAIL(&outbox->reports, report, link);
}

/* Off the books, in the list still. */
static void discount(struct sctpxi_kernel_outbox *outbox, struct sctpxi_kernel_written *written,
                     bool was_handed)
{
    outbox->message_count--;
    outbox->unacked_bytes -= written->length;
    written->stream->status.unacked_bytes -= written->length;
    written->stream->status.unacked_messages--;
    if (was_handed)
        outbox->handed_cost -= least_cost(written);
    else
        outbox->waiting_bytes -= written->length;
}

static void acknowledge_first(struct sctpxi_kernel_outbox *outbox)
{
    struct sctpxi_kernel_written *written = TAILQ_FIRST(&outbox->all);
    struct sctpxi_kernel_outstream *stream = written->stream;

    discount(outbox, written, true);
    stream->status.sent_bytes += written->length;
    stream->status.sent_messages++;
    stream->fresh_bytes += written->length;
    stream->context = written->info.context;
    if (!stream->is_fresh)
        TAILQ_INSERT_TAIL(&outbox->fresh, stream, fresh_link);
    stream->is_fresh = true;
    if (written->info.flags & SCTPX_MSG_REPORT) {
        add_report(outbox, written, SCTPX_MESSAGE_SENT);
        add_report(outbox, written, SCTPX_MESSAGE_ACKED);
    }
    TAILQ_REMOVE(&outbox->all, written, link);
    free(written);
}

static bool has_handed(const struct sctpxi_kernel_outbox *outbox)
{
    return TAILQ_FIRST(&outbox->all) != outbox->waiting;
}

bool sctpxi_kernel_outbox_on_queue(struct sctpxi_kernel_outbox *outbox, size_t queue_bytes)
{
    bool is_news = false;

    while (has_handed(outbox)) {
        size_t behind = outbox->handed_cost - least_cost(TAILQ_FIRST(&outbox->all));

        /* Its last chunk would be there, with a byte at least. */
        if (queue_bytes > behind + SCTPXI_KERNEL_CHUNK_BYTES)
            break;
        acknowledge_first(outbox);
        is_news = true;
    }
    return is_news;
}

/* ---- failed ------------------------------------------------------------------------------- */

void sctpxi_kernel_outbox_on_failed(struct sctpxi_kernel_outbox *outbox, uint32_t id, bool was_sent)
{
    struct sctpxi_kernel_written *written;

    TAILQ_FOREACH (written, &outbox->all, link) {
        if (written == outbox->waiting)
            return;
        if (written->id == id) {
            written->is_unsent = !was_sent;
            return;
        }
    }
}

void sctpxi_kernel_outbox_fail(struct sctpxi_kernel_outbox *outbox, int error)
{
    struct sctpxi_kernel_written *written;
    bool was_handed = true;

    while ((written = TAILQ_FIRST(&outbox->all)) != NULL) {
        if (written == outbox->waiting)
            was_handed = false;
        discount(outbox, written, was_handed);
        if (!was_handed)
            written->is_unsent = true;
        written->error = error;
        TAILQ_REMOVE(&outbox->all, written, link);
        TAILQ_INSERT_TAIL(&outbox->failed, written, link);
    }
    outbox->waiting = NULL;
}

int sctpxi_kernel_outbox_next_failed(struct sctpxi_kernel_outbox *outbox,
                                     sctpx_failed_message *ret_message)
{
    struct sctpxi_kernel_written *written = TAILQ_FIRST(&outbox->failed);

    free(outbox->told);
    outbox->told = written;
    if (!written)
        return 0;
    TAILQ_REMOVE(&outbox->failed, written, link);
    *ret_message = (sctpx_failed_message){.error = written->error,
                                          .was_sent = !written->is_unsent,
                                          .info = written->info,
                                          .data = written->bytes,
                                          .length = written->length};
    return 1;
}

/* ---- told --------------------------------------------------------------------------------- */

int sctpxi_kernel_outbox_next_report(struct sctpxi_kernel_outbox *outbox,
                                     sctpx_message_report *ret_report)
{
    struct sctpxi_kernel_report *report = STAILQ_FIRST(&outbox->reports);

    if (!report)
        return 0;
    STAILQ_REMOVE_HEAD(&outbox->reports, link);
    *ret_report = report->report;
    free(report);
    return 1;
}

bool sctpxi_kernel_outbox_next_sent(struct sctpxi_kernel_outbox *outbox, sctpx_event *ret_event)
{
    struct sctpxi_kernel_outstream *stream = TAILQ_FIRST(&outbox->fresh);

    if (sctpxi_kernel_outbox_next_report(outbox, &ret_event->report)) {
        ret_event->type = SCTPX_EVENT_MESSAGE;
        ret_event->stream = ret_event->report.stream;
        return true;
    }
    if (!stream)
        return false;
    TAILQ_REMOVE(&outbox->fresh, stream, fresh_link);
    stream->is_fresh = false;
    ret_event->type = SCTPX_EVENT_SENT;
    ret_event->stream = stream->number;
    ret_event->bytes = stream->fresh_bytes;
    ret_event->context = stream->context;
    stream->fresh_bytes = 0;
    return true;
}

size_t sctpxi_kernel_outbox_unacked(const struct sctpxi_kernel_outbox *outbox, int stream)
{
    const struct sctpxi_kernel_outstream *found;

    if (stream == SCTPX_ANY_STREAM)
        return outbox->unacked_bytes;
    if (stream < 0 || stream >= SCTPX_MAX_STREAMS)
        return 0;
    found = sctpxi_sidmap_get(&outbox->streams, (uint16_t)stream);
    return found ? found->status.unacked_bytes : 0;
}

void sctpxi_kernel_outbox_stream(const struct sctpxi_kernel_outbox *outbox, uint16_t stream,
                                 sctpx_stream_status *ret_status)
{
    const struct sctpxi_kernel_outstream *found = sctpxi_sidmap_get(&outbox->streams, stream);

    if (!found)
        return;
    ret_status->unacked_bytes = found->status.unacked_bytes;
    ret_status->unacked_messages = found->status.unacked_messages;
    ret_status->sent_bytes = found->status.sent_bytes;
    ret_status->sent_messages = found->status.sent_messages;
}

/* SPDX-License-Identifier: MIT */
/*
 * What has been written on a kernel association and is not known to be acknowledged: messages the
 * kernel has not taken yet, then, in front of them, those it has. Their bytes are kept until they
 * are acknowledged, so that what fails can be handed back. Owns them. Makes no system call.
 *
 * The kernel does not tell what is acknowledged. It does tell how much memory its queue of DATA
 * takes (SO_MEMINFO), from which it drops chunks in the order of sending as they are acknowledged.
 * A message costs at least its bytes and a constant: so when the queue takes less than the messages
 * behind one must cost, that one is gone from it. This never tells too much, and tells all of it
 * when the queue is empty.
 */
#ifndef SCTPXI_BACKEND_KERNEL_OUTBOX_H
#define SCTPXI_BACKEND_KERNEL_OUTBOX_H

#include <sys/queue.h>

#include <sctpx/engine.h>
#include <sctpx/types.h>

#include "base/sidmap.h"

/* What the Linux kernel takes for a chunk besides its bytes, at the very least. */
#define SCTPXI_KERNEL_CHUNK_BYTES 400u

struct sctpxi_kernel_outstream;

struct sctpxi_kernel_written {
    TAILQ_ENTRY(sctpxi_kernel_written) link;
    struct sctpxi_kernel_outstream *stream;
    sctpx_sndinfo info;
    int error; /* why it has failed */
    uint32_t id;    /* counts up; for the kernel's reports */
    bool is_unsent; /* the kernel says so */
    size_t length;
    uint8_t bytes[];
};

TAILQ_HEAD(sctpxi_kernel_written_list, sctpxi_kernel_written);
TAILQ_HEAD(sctpxi_kernel_outstream_list, sctpxi_kernel_outstream);
struct sctpxi_kernel_report;
STAILQ_HEAD(sctpxi_kernel_report_list, sctpxi_kernel_report);

struct sctpxi_kernel_outbox {
    struct sctpxi_alloc alloc;
    struct sctpxi_kernel_written_list all;    /* in order of writing */
    struct sctpxi_kernel_written *waiting;    /* the first that the kernel has not; NULL: none */
    struct sctpxi_kernel_written_list failed; /* not delivered, for their user */
    struct sctpxi_kernel_written *told;       /* the failed one that was told last */
    struct sctpxi_kernel_outstream_list fresh;
    struct sctpxi_kernel_report_list reports;
    struct sctpxi_sidmap streams;
    size_t message_count;
    size_t unacked_bytes;  /* all of them */
    size_t waiting_bytes;  /* of those that the kernel has not */
    size_t handed_cost;    /* the least that those it has can cost there */
    uint64_t handed_bytes; /* since the start */
    uint32_t next_id;
};

void sctpxi_kernel_outbox_init(struct sctpxi_kernel_outbox *outbox);
void sctpxi_kernel_outbox_done(struct sctpxi_kernel_outbox *outbox);

/* Copies a message to the end. SCTPX_ENOMEM. */
int sctpxi_kernel_outbox_push(struct sctpxi_kernel_outbox *outbox, const void *data, size_t length,
                              const sctpx_sndinfo *info);

/* The kernel has taken the first waiting one. */
void sctpxi_kernel_outbox_handed(struct sctpxi_kernel_outbox *outbox);

/* The kernel's queue takes so many bytes now. Returns whether something became acknowledged. */
bool sctpxi_kernel_outbox_on_queue(struct sctpxi_kernel_outbox *outbox, size_t queue_bytes);

/* The kernel says that a message will not be delivered, and whether it was sent. */
void sctpxi_kernel_outbox_on_failed(struct sctpxi_kernel_outbox *outbox, uint32_t id,
                                    bool was_sent);

/* Everything that is left has failed, for this reason. */
void sctpxi_kernel_outbox_fail(struct sctpxi_kernel_outbox *outbox, int error);

/* As sctpx_assoc_next_failed(). */
int sctpxi_kernel_outbox_next_failed(struct sctpxi_kernel_outbox *outbox,
                                     sctpx_failed_message *ret_message);

/* 1 and what the next SCTPX_EVENT_MESSAGE would tell, or 0. */
int sctpxi_kernel_outbox_next_report(struct sctpxi_kernel_outbox *outbox,
                                     sctpx_message_report *ret_report);

/* The next SCTPX_EVENT_SENT or SCTPX_EVENT_MESSAGE there is to tell: fills in the event. */
bool sctpxi_kernel_outbox_next_sent(struct sctpxi_kernel_outbox *outbox, sctpx_event *ret_event);

size_t sctpxi_kernel_outbox_unacked(const struct sctpxi_kernel_outbox *outbox, int stream);

/* Fills in the members of the sending side. */
void sctpxi_kernel_outbox_stream(const struct sctpxi_kernel_outbox *outbox, uint16_t stream,
                                 sctpx_stream_status *ret_status);

#endif

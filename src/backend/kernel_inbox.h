/* SPDX-License-Identifier: MIT */
/*
 * What a kernel association has received and its user has not yet read. The kernel hands messages
 * out in one order only; readers want them by stream. So they are taken over into this queue, up to
 * a limit: when it is full the kernel is not read any more, its own buffer fills, and its window
 * closes. Owns its messages. Nothing here makes a system call.
 *
 * Pieces of a message come one after the other and are put together; with has_pieces they are
 * handed over in parts once they are half as long as the limit.
 *
 * Two files: kernel_inbox.c (what comes in, up to readable messages), kernel_inbox_read.c.
 */
#ifndef SCTPXI_BACKEND_KERNEL_INBOX_H
#define SCTPXI_BACKEND_KERNEL_INBOX_H

#include <sys/queue.h>

#include <sctpx/engine.h>
#include <sctpx/types.h>

#include "base/sidmap.h"

TAILQ_HEAD(sctpxi_kernel_message_list, sctpxi_kernel_message);
TAILQ_HEAD(sctpxi_kernel_instream_list, sctpxi_kernel_instream);

struct sctpxi_kernel_message {
    TAILQ_ENTRY(sctpxi_kernel_message) all_link, stream_link;
    struct sctpxi_kernel_instream *stream;
    sctpx_rcvinfo info;
    size_t start, length, capacity; /* of bytes: taken by readers, valid ones, room */
    size_t before;                  /* bytes of the message handed over in earlier pieces */
    uint8_t *bytes;
};

struct sctpxi_kernel_instream {
    TAILQ_ENTRY(sctpxi_kernel_instream) fresh_link;
    struct sctpxi_kernel_message_list messages;
    sctpx_stream_status status; /* of the receiving side */
    uint16_t number;
    bool is_fresh;
};

struct sctpxi_kernel_inbox {
    struct sctpxi_alloc alloc;
    struct sctpxi_kernel_message_list all; /* readable ones, in order of arrival */
    struct sctpxi_kernel_instream_list fresh;
    struct sctpxi_sidmap streams;
    struct sctpxi_kernel_message *partial; /* being put together; NULL: none */
    size_t limit_bytes;
    size_t max_message_bytes;
    bool has_pieces; /* partial delivery */
    size_t readable_bytes, readable_messages;
    size_t used_bytes;                          /* with overhead, the partial one too */
    uint64_t received_bytes, received_messages; /* all that ever was added */
};

void sctpxi_kernel_inbox_init(struct sctpxi_kernel_inbox *inbox);
void sctpxi_kernel_inbox_done(struct sctpxi_kernel_inbox *inbox);

/*
 * Nothing more is to be taken from the kernel now. A message that is being put together may go
 * beyond the limit while nothing else is readable, else it would never be whole.
 */
bool sctpxi_kernel_inbox_is_full(const struct sctpxi_kernel_inbox *inbox);

/*
 * Adds a piece: length bytes (0 is allowed at the end) of the message that info describes (stream,
 * ssn, tsn, ppid, SCTPX_MSG_UNORDERED); is_end: its last one. SCTPX_ENOMEM; SCTPX_EMSGSIZE
 * (longer than max_message_bytes): what there was of the message is dropped.
 */
int sctpxi_kernel_inbox_add(struct sctpxi_kernel_inbox *inbox, const sctpx_rcvinfo *info,
                            const void *bytes, size_t length, bool is_end);

/* The rest of the message that is being put together will not come. */
void sctpxi_kernel_inbox_drop_partial(struct sctpxi_kernel_inbox *inbox);

/* A readable message has been read to its end: takes it out and frees it. */
void sctpxi_kernel_inbox_remove(struct sctpxi_kernel_inbox *inbox,
                                struct sctpxi_kernel_message *message);

/* ---- kernel_inbox_read.c ------------------------------------------------------------------- */

/* As the engine's verbs of the same names (sctpx_assoc_receive() and so on). */
long sctpxi_kernel_inbox_receive(struct sctpxi_kernel_inbox *inbox, int stream, void *buffer,
                                 size_t capacity, sctpx_rcvinfo *ret_info);
long sctpxi_kernel_inbox_peek(const struct sctpxi_kernel_inbox *inbox, int stream, void *buffer,
                              size_t capacity, sctpx_rcvinfo *ret_info);
long sctpxi_kernel_inbox_read_bytes(struct sctpxi_kernel_inbox *inbox, int stream, void *buffer,
                                    size_t capacity);
long sctpxi_kernel_inbox_peek_bytes(const struct sctpxi_kernel_inbox *inbox, int stream,
                                    size_t offset, void *buffer, size_t capacity);
size_t sctpxi_kernel_inbox_readable(const struct sctpxi_kernel_inbox *inbox, int stream);

/* Every stream with messages is one that got some. */
void sctpxi_kernel_inbox_renew(struct sctpxi_kernel_inbox *inbox);

/* The next stream that got messages since this was last told of it; -1: none. */
int sctpxi_kernel_inbox_next_fresh(struct sctpxi_kernel_inbox *inbox);

/* Fills in the members of the receiving side. */
void sctpxi_kernel_inbox_stream(const struct sctpxi_kernel_inbox *inbox, uint16_t stream,
                                sctpx_stream_status *ret_status);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What became of messages that were sent: one report for each step of those that asked for it, and
 * every message that was not delivered, with its bytes (RFC 9260 11.1.15, 11.1.16, 11.2.2). Since
 * 0.1.
 */
#ifndef SCTPX_OUTCOME_H
#define SCTPX_OUTCOME_H

#include <sctpx/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The steps of a message. */
enum sctpx_outcome {
    SCTPX_MESSAGE_SENT = 1, /* its last byte has left for the first time */
    SCTPX_MESSAGE_ACKED     /* the peer has acknowledged all of it: it will not be lost any more */
};

/*
 * A step of one message that was sent with SCTPX_MSG_REPORT. A message gets SENT and ACKED, or it
 * fails, after SENT or without it. Until it is told the message stays in the send buffer.
 */
typedef struct sctpx_message_report {
    enum sctpx_outcome outcome; /* which step */
    uint16_t stream;            /* as it was sent */
    uint32_t ppid;              /* as it was sent, host order */
    size_t length;              /* of the message */
    void *context;              /* sctpx_sndinfo.context */
} sctpx_message_report;

/* A message that was not acknowledged before the association ended or the peer restarted. */
typedef struct sctpx_failed_message {
    int error;          /* why, as in on_closed; SCTPX_ERESTARTED */
    bool was_sent;      /* some of it has left: the peer may have it all the same */
    sctpx_sndinfo info; /* as it was given to the write; without release: written again, the bytes
                           are copied */
    const void *data;   /* all of the message; valid until the next one is taken. NULL: of a socket
                           that was handed over, when there was no memory for a copy */
    size_t length;      /* of data */
} sctpx_failed_message;

#ifdef __cplusplus
}
#endif
#endif

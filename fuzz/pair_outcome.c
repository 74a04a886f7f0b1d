/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "fuzz/pair.h"

enum { SENT = 1, ACKED = 2, FAILED = 4 };

static struct pair_message *find(struct pair_end *end, const void *context, uint16_t stream,
                                 uint32_t ppid, size_t length)
{
    struct pair_message *message = NULL;
    for (uint32_t i = 0; i < end->message_count; i++)
        if (&end->messages[i] == context && ppid == pair_ppid(end, i))
            message = &end->messages[i];
    FUZZ_CHECK(message != NULL);
    FUZZ_CHECK(pair_stream_number(message->stream) == stream && message->length == length);
    return message;
}

void pair_on_report(struct pair_end *end, const sctpx_message_report *report)
{
    struct pair_message *message =
        find(end, report->context, report->stream, report->ppid, report->length);
    bool is_sent = report->outcome == SCTPX_MESSAGE_SENT;
    FUZZ_CHECK((message->flags & SCTPX_MSG_REPORT) != 0);
    FUZZ_CHECK(message->outcomes == (is_sent ? 0 : SENT));
    message->outcomes |= is_sent ? SENT : ACKED;
}

void pair_take_failed(struct pair_end *end, int error)
{
    sctpx_failed_message failed;
    while (sctpx_assoc_next_failed(end->assoc, &failed) > 0) {
        struct pair_message *message =
            find(end, failed.info.context, failed.info.stream, failed.info.ppid, failed.length);
        uint32_t number = (uint32_t)(message - end->messages);
        FUZZ_CHECK(failed.error == error && failed.info.flags == message->flags);
        FUZZ_CHECK((message->outcomes & (ACKED | FAILED)) == 0);
        FUZZ_CHECK((message->outcomes & SENT) == 0 || failed.was_sent);
        FUZZ_CHECK(number >= end->failed_from);
        FUZZ_CHECK(memcmp(failed.data, pair_content(end->index, number), failed.length) == 0);
        message->outcomes |= FAILED;
        end->failed_from = number + 1;
    }
}

void pair_check_outcomes(const struct pair_end *end)
{
    for (uint32_t i = 0; i < end->message_count; i++) {
        unsigned outcomes = end->messages[i].outcomes;
        if ((end->messages[i].flags & SCTPX_MSG_REPORT) != 0)
            FUZZ_CHECK((outcomes & (ACKED | FAILED)) != 0);
    }
}

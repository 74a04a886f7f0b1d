/* SPDX-License-Identifier: MIT */
#include "perf_sender.h"

static uint64_t retransmitted(const struct perf_sender *sender)
{
    sctpx_assoc_status status;

    return sctpx_socket_status(sender->socket, &status) == 0 ? status.retransmitted_chunks : 0;
}

uint64_t perf_sender_begin(struct perf_sender *sender, const struct message *request)
{
    uint64_t numbers[4]; /* version, size, bytes, streams */

    if (sender->state != PERF_SENDER_IDLE || !perf_parse(request, 4, numbers) ||
        numbers[0] != PERF_VERSION || numbers[1] == 0 || numbers[1] > PERF_SEND_MAX_BYTES ||
        numbers[3] > 1)
        return 0;
    *sender = (struct perf_sender){.socket = sender->socket,
                                   .payload = sender->payload,
                                   .state = PERF_SENDER_SENDING,
                                   .is_endless = numbers[2] == 0,
                                   .uses_all_streams = numbers[3] == 1,
                                   .size = (size_t)numbers[1],
                                   .left = numbers[2]};
    sender->retransmitted_before = retransmitted(sender);
    return PERF_VERSION;
}

static int send_one(struct perf_sender *sender)
{
    sctpx_sndinfo info = {.stream = sender->next_stream, .ppid = PERF_DISCARD};
    size_t length = sender->size;
    uint16_t streams = sctpx_socket_out_streams(sender->socket);
    int result;

    if (!sender->is_endless && length > sender->left)
        length = (size_t)sender->left;
    if (!sender->is_endless && length == sender->left)
        info.flags = SCTPX_MSG_SACK_NOW; /* the end must not wait for a delayed one */
    result = sctpx_socket_write_datagram(sender->socket, sender->payload, length, &info);
    if (result < 0)
        return result;
    sender->bytes += length;
    sender->messages++;
    if (!sender->is_endless)
        sender->left -= length;
    if (sender->uses_all_streams && streams > 0)
        sender->next_stream = (uint16_t)((info.stream + 1) % streams);
    return 0;
}

void perf_sender_run(struct perf_sender *sender)
{
    while (sender->state == PERF_SENDER_SENDING && (sender->is_endless || sender->left > 0))
        if (send_one(sender) < 0)
            return;
    perf_sender_stop(sender);
}

void perf_sender_stop(struct perf_sender *sender)
{
    if (sender->state != PERF_SENDER_SENDING)
        return;
    sender->state = PERF_SENDER_DRAINING;
    if (sctpx_socket_bytes_to_write(sender->socket, SCTPX_ANY_STREAM) == 0)
        perf_sender_drained(sender);
}

void perf_sender_drained(struct perf_sender *sender)
{
    const uint64_t numbers[] = {sender->bytes, sender->messages,
                                retransmitted(sender) - sender->retransmitted_before};

    if (sender->state != PERF_SENDER_DRAINING)
        return;
    sender->state = PERF_SENDER_IDLE;
    (void)perf_say(sender->socket, PERF_STOP, 3, numbers);
}

/* SPDX-License-Identifier: MIT */
#include "perf_protocol.h"

#include <stdio.h>

/* Digits up to the next space or the end; false if there are none, or too many. */
static bool parse_one(const uint8_t *bytes, size_t length, size_t *at, uint64_t *ret_number)
{
    uint64_t number = 0;
    size_t first = *at;

    for (; *at < length && bytes[*at] >= '0' && bytes[*at] <= '9'; ++*at) {
        uint64_t digit = (uint64_t)(bytes[*at] - '0');

        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *ret_number = number;
    return *at > first;
}

bool perf_parse(const struct message *message, size_t count, uint64_t *ret_numbers)
{
    size_t at = 0;

    if (message->length >= PERF_TEXT_BYTES)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (at == message->length || message->bytes[at++] != ' '))
            return false;
        if (!parse_one(message->bytes, message->length, &at, &ret_numbers[i]))
            return false;
    }
    return at == message->length;
}

int perf_say(sctpx_socket *socket, enum perf_ppid ppid, size_t count, const uint64_t *numbers)
{
    const sctpx_sndinfo info = {.ppid = (uint32_t)ppid, .flags = SCTPX_MSG_SACK_NOW};
    char text[PERF_TEXT_BYTES];
    size_t length = 0;

    for (size_t i = 0; i < count && length < sizeof(text); i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%llu", i > 0 ? " " : "",
                                   (unsigned long long)numbers[i]);
    return sctpx_socket_write_datagram(socket, text, length, &info);
}

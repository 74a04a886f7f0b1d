/* SPDX-License-Identifier: MIT */
#include "support/pair.h"

#include <stdlib.h>
#include <string.h>

void pair_open(struct pair *pair, int client_count, int server_count,
               const sctpx_socket_options *client_options,
               const sctpx_server_options *server_options)
{
    *pair = (struct pair){0};
    bed_open(&pair->bed, bed_family(), server_count, server_options);
    bed_connect(&pair->bed, &pair->client, client_count, client_options);
    bed_accept(&pair->bed, &pair->peer);
    RUN_UNTIL(pair->bed.loop, sctpx_socket_state(pair->client.socket) == SCTPX_CONNECTED);
}

void pair_close(struct pair *pair)
{
    sctpx_socket_free(pair->client.socket);
    sctpx_socket_free(pair->peer.socket);
    bed_close(&pair->bed);
}

static struct pair fixture;

int pair_setup(void **state)
{
    pair_open(&fixture, 8, 8, NULL, NULL);
    *state = &fixture;
    return 0;
}

int pair_setup_bytes(void **state)
{
    pair_open(&fixture, -1, -1, NULL, NULL);
    *state = &fixture;
    return 0;
}

int pair_teardown(void **state)
{
    pair_close(*state);
    return 0;
}

bool pair_is_closed(const struct pair *pair)
{
    return pair->client.count[PROBE_CLOSED] > 0 && pair->peer.count[PROBE_CLOSED] > 0;
}

int pair_send(struct probe *probe, uint16_t stream, const void *data, size_t length)
{
    return sctpx_socket_write_datagram(probe->socket, data, length,
                                       &(sctpx_sndinfo){.stream = stream});
}

size_t pair_available(const struct probe *probe, int stream)
{
    return sctpx_socket_bytes_available(probe->socket, stream);
}

void pair_pass(struct pair *pair, struct probe *from, uint16_t stream, const void *data,
               size_t length)
{
    struct probe *to = from == &pair->client ? &pair->peer : &pair->client;
    uint8_t *got = malloc(length);
    sctpx_rcvinfo info;

    assert_non_null(got);
    assert_int_equal(pair_send(from, stream, data, length), 0);
    RUN_UNTIL(pair->bed.loop, sctpx_socket_next_datagram_size(to->socket, stream) >= 0);
    assert_int_equal(pair_available(to, stream), length);
    assert_int_equal(sctpx_socket_read_datagram(to->socket, stream, got, length, &info), length);
    assert_int_equal(info.stream, stream);
    assert_int_equal(info.length, length);
    assert_int_equal(info.flags & SCTPX_MSG_PARTIAL, 0);
    assert_memory_equal(got, data, length);
    free(got);
}

uint8_t *pair_pattern(size_t length, uint32_t seed)
{
    uint8_t *data = malloc(length);

    assert_non_null(data);
    pattern_fill(data, length, seed);
    return data;
}

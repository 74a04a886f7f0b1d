/* SPDX-License-Identifier: MIT */
/*
 * For tests of servers and sockets: a bed (support/loopback.h) with one association whose both ends
 * are up, and the few calls that every test makes on it.
 */
#ifndef SUPPORT_PAIR_H
#define SUPPORT_PAIR_H

#include "support/loopback.h"

struct pair {
    struct bed bed;
    struct probe client, peer;
};

/*
 * What sctpx_*_set_maximum_channel_count() gets on each side (0 = default, -1 = bytes), and
 * options, which may be NULL. On bed_family().
 */
void pair_open(struct pair *pair, int client_count, int server_count,
               const sctpx_socket_options *client_options,
               const sctpx_server_options *server_options);
/* Frees sockets (those that are not NULL), server and loop. */
void pair_close(struct pair *pair);

/* cmocka fixtures: 8 streams each way, and bytes. *state is the pair. */
int pair_setup(void **state);
int pair_setup_bytes(void **state);
int pair_teardown(void **state);

/* on_closed has come at both ends. */
bool pair_is_closed(const struct pair *pair);

/* A message; returns what sctpx_socket_write_datagram() does. */
int pair_send(struct probe *probe, uint16_t stream, const void *data, size_t length);

/* sctpx_socket_bytes_available(). */
size_t pair_available(const struct probe *probe, int stream);

/* Sends a message that must be taken, has it arrive at the other end, and compares. */
void pair_pass(struct pair *pair, struct probe *from, uint16_t stream, const void *data,
               size_t length);

/* length bytes for a test, filled with pattern_fill(); to be freed. */
uint8_t *pair_pattern(size_t length, uint32_t seed);

#endif

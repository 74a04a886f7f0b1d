/* SPDX-License-Identifier: MIT */
/*
 * A bad network of real UDP sockets. The relay stands between clients, all at one UDP port of
 * their addresses, and servers, all at one UDP port of theirs: it holds a socket at each address
 * of both sides (at ports of its own), so that either side sees the addresses of the other one and
 * only the UDP ports differ, as behind a NAT. What passes is delayed, lost, reordered, duplicated
 * and damaged, and addresses and whole sides can be cut off.
 *
 * One thread: the owner polls relay_poll_fds() and calls relay_process().
 */
#ifndef SUPPORT_RELAY_H
#define SUPPORT_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sctpx/types.h>

enum relay_side { RELAY_CLIENT = 0, RELAY_SERVER = 1 };

#define RELAY_MAX_ADDRS 4

struct relay_config {
    size_t n_addrs; /* on each side */
    struct sctpx_addr_list {
        sctpx_addr addrs[RELAY_MAX_ADDRS]; /* IPv4; with the real UDP port of the side */
    } sides[2];
    uint32_t loss_permille, duplicate_permille, reorder_permille, corrupt_permille;
    uint64_t delay_us, reorder_us; /* one way; reordered ones take that much longer */
    uint64_t seed;
};

struct relay_stats {
    uint64_t received, forwarded, lost, duplicated, reordered, corrupted, cut;
};

struct relay;

/* NULL if the sockets cannot be made. */
struct relay *relay_new(const struct relay_config *config);
void relay_free(struct relay *relay);

/* The UDP port at which a side is reached by the other one. */
uint16_t relay_port(const struct relay *relay, enum relay_side side);

/* Nothing comes from an address of a side and nothing gets there. */
void relay_set_down(struct relay *relay, enum relay_side side, size_t addr, bool is_down);
/* Nothing that a side sends goes on, as if its machine were off. */
void relay_set_mute(struct relay *relay, enum relay_side side, bool is_mute);

/* Fills in the descriptors to poll for reading; there is room for 2 * RELAY_MAX_ADDRS. */
size_t relay_poll_fds(const struct relay *relay, struct pollfd *ret_fds);
/* When relay_process() has to be called next (CLOCK_MONOTONIC, microseconds); UINT64_MAX. */
uint64_t relay_next_us(const struct relay *relay);
/* Takes what has come and passes on what is due. */
void relay_process(struct relay *relay);

const struct relay_stats *relay_stats(const struct relay *relay);

/* CLOCK_MONOTONIC in microseconds. */
uint64_t relay_now_us(void);

#endif

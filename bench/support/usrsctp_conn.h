/* SPDX-License-Identifier: MIT */
/*
 * usrsctp without threads and without sockets: packets go from one of its associations to another
 * through a ring in memory (its AF_CONN). It has one state per process, so this has too. Addresses
 * come in couples that are connected with each other. Only there with SCTPX_HAVE_USRSCTP.
 */
#ifndef BENCH_SUPPORT_USRSCTP_CONN_H
#define BENCH_SUPPORT_USRSCTP_CONN_H

#ifdef SCTPX_HAVE_USRSCTP

#include <stddef.h>
#include <stdint.h>

#include <usrsctp.h>

/* Starts it with room for so many couples of addresses. */
void bench_conn_init(uint32_t couples);

/* How side 0 or 1 calls the association of a couple: its own address and that of its peer. */
struct sockaddr_conn bench_conn_addr(uint32_t couple, int side, uint16_t port);

/* Any couple's side, to be bound to. */
struct sockaddr_conn bench_conn_any(uint16_t port);

/* Hands over what is in the ring, also what comes of it, until it is empty; runs timers. */
void bench_conn_settle(void);

/* The same for what is in the ring now. Returns how many packets there were. */
size_t bench_conn_carry(void);

size_t bench_conn_longest_packet(void);

/* The options that suit a bulk transfer; sizes of 0 stay as they are. */
void bench_conn_tune(struct socket *socket, int buffer_bytes, uint32_t mtu);

#endif
#endif

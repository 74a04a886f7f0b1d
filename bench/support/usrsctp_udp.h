/* SPDX-License-Identifier: MIT */
/*
 * usrsctp over UDP encapsulation on 127.0.0.1, with its threads and callbacks. One UDP port per
 * process. Only there with SCTPX_HAVE_USRSCTP.
 */
#ifndef BENCH_SUPPORT_USRSCTP_UDP_H
#define BENCH_SUPPORT_USRSCTP_UDP_H

#ifdef SCTPX_HAVE_USRSCTP

#include <netinet/in.h>
#include <stdint.h>

#include <usrsctp.h>

typedef int (*bench_receive_callback)(struct socket *socket, union sctp_sockstore from, void *data,
                                      size_t length, struct sctp_rcvinfo info, int flags,
                                      void *user);
typedef int (*bench_send_callback)(struct socket *socket, uint32_t free_bytes, void *user);

struct bench_udp_options {
    int type;               /* SOCK_STREAM, SOCK_SEQPACKET */
    uint16_t port;          /* SCTP port, 0 = a free one */
    uint16_t peer_udp_port; /* 0 = whoever comes */
    int buffer_bytes;       /* 0 = usrsctp's own */
    uint32_t mtu;           /* IP level, 0 = of the interface */
    bench_receive_callback on_receive;
    bench_send_callback on_send;
    uint32_t send_threshold;
    void *user;
};

/* Starts usrsctp on a free UDP port and returns that. */
uint16_t bench_udp_init(void);

/* A non-blocking socket, bound to 127.0.0.1, that tells of the beginnings and ends. */
struct socket *bench_udp_socket(const struct bench_udp_options *options);

struct sockaddr_in bench_udp_addr(uint16_t sctp_port);

/* What SCTP_ASSOC_CHANGE says (SCTP_COMM_UP, ...), 0 for any other notification. */
uint16_t bench_udp_change(const void *data, size_t length);

#endif
#endif

/* SPDX-License-Identifier: MIT */
/* What the pair benches of both stacks go through: lengths of messages and of packets. */
#ifndef BENCH_SUPPORT_SIZES_H
#define BENCH_SUPPORT_SIZES_H

#include <stddef.h>
#include <stdint.h>

/* IPv4 and UDP, which the MTU counts and the length of a packet does not. */
#define BENCH_HEADERS_BYTES 28u

struct bench_sizes {
    size_t length;   /* of a message */
    uint32_t packet; /* the longest SCTP packet */
};

/* 1,191 bytes are what WebRTC's stacks send at most, 1,452 fit UDP on most of the Internet. */
static const struct bench_sizes bench_pair_sizes[] = {
    {64, 1191}, {1000, 1191}, {64, 1452}, {1000, 1452}, {16384, 1452}, {65536, 1452},
};

#define BENCH_PAIR_SIZES (sizeof bench_pair_sizes / sizeof bench_pair_sizes[0])

#endif

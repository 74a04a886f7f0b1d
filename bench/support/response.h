/* SPDX-License-Identifier: MIT */
/*
 * What controllers reach in theory on a path that loses packets at random, in Mbit/s of user data:
 * their response functions. No queue, nothing lost twice, no limit but cwnd.
 */
#ifndef BENCH_SUPPORT_RESPONSE_H
#define BENCH_SUPPORT_RESPONSE_H

struct bench_lossy_path {
    double packet_bytes; /* of user data */
    double rtt_s;
    double loss; /* share of the packets */
};

/* MSS / RTT * sqrt(3/2) / sqrt(p) (Mathis and others, 1997). */
double bench_response_reno(const struct bench_lossy_path *path);

/* RFC 9438 5.1 with its constants; the larger of it and its Reno-friendly region (4.3). */
double bench_response_cubic(const struct bench_lossy_path *path);

/* Jain's index of fairness: 1 when all shares are equal, 1/n when one has everything. */
double bench_jain(const double *shares, int n);

#endif

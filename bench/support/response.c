/* SPDX-License-Identifier: MIT */
#include "support/response.h"

#include <math.h>

static double mbit_s(const struct bench_lossy_path *path, double window_packets)
{
    return window_packets * path->packet_bytes * 8 / path->rtt_s / 1e6;
}

double bench_response_reno(const struct bench_lossy_path *path)
{
    return mbit_s(path, sqrt(1.5 / path->loss));
}

double bench_response_cubic(const struct bench_lossy_path *path)
{
    const double c = 0.4, beta = 0.7;
    double factor = pow(c * (3 + beta) / (4 * (1 - beta)), 0.25);
    double cubic = mbit_s(path, factor * pow(path->rtt_s / path->loss, 0.75));
    double reno = bench_response_reno(path);
    return cubic > reno ? cubic : reno;
}

double bench_jain(const double *shares, int n)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++) {
        sum += shares[i];
        squares += shares[i] * shares[i];
    }
    return sum * sum / (n * squares);
}

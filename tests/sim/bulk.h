/* SPDX-License-Identifier: MIT */
/*
 * Bulk transfers over one bottleneck, for benches: some associations from one host to another share
 * a link of given rate, delay and queue for a given (virtual) time. Owns the simulation and frees it
 * before it returns.
 */
#ifndef SIM_BULK_H
#define SIM_BULK_H

#include "sim/sim.h"

enum { SIM_MAX_FLOWS = 8 };

struct sim_bulk_flow {
    size_t message_bytes;
    sctpx_time start_us;                /* begins to send so much later than the first */
    const sctpx_assoc_options *options; /* of both ends; NULL = defaults */
};

struct sim_bulk_sample;

struct sim_bulk_config {
    struct sim_link_config data, acks; /* the two directions */
    sctpx_time duration_us;            /* from the first byte written on */
    sctpx_time warm_up_us;             /* the first so much of it is not in mbit_s */
    uint64_t seed;
    bool is_checked; /* everything that the simulator can, instead of its light mode; slow */
    size_t n_flows;
    struct sim_bulk_flow flows[SIM_MAX_FLOWS];
    sctpx_time sample_us; /* how often on_sample is called; 0 = never */
    void (*on_sample)(void *context, const struct sim_bulk_sample *sample);
    void *context;
};

struct sim_bulk_sample {
    sctpx_time at_us; /* since the first byte was written */
    size_t flow;
    uint64_t received_bytes; /* since the start */
    sctpx_time wait_us;      /* in the queue */
    sctpx_assoc_status status;
    sctpx_path_status path;
};

struct sim_bulk_flow_result {
    double mbit_s;               /* of user data that its reader got, from its start on */
    sctpx_assoc_status sender;   /* at the end */
    sctpx_assoc_status receiver; /* at the end */
};

struct sim_bulk_result {
    struct sim_link_counts data;
    struct sim_bulk_flow_result flows[SIM_MAX_FLOWS];
};

/* A link of so many Mbit/s whose queue holds what fits into the round-trip time. */
struct sim_link_config sim_bulk_link(double mbit_s, sctpx_time rtt_us);

struct sim_bulk_result sim_bulk_run(const struct sim_bulk_config *config);

#endif

/* SPDX-License-Identifier: MIT */
#include "sim/bulk.h"

#include <string.h>

enum { LEAST_QUEUE_BYTES = 8 * 1500 }; /* one burst fits, however short the round trip */

struct bulk {
    const struct sim_bulk_config *config;
    struct sim *sim;
    struct sim_pair pairs[SIM_MAX_FLOWS];
    sctpx_time began;
    uint64_t received_before[SIM_MAX_FLOWS]; /* when the warm-up was over */
};

struct sim_link_config sim_bulk_link(double mbit_s, sctpx_time rtt_us)
{
    uint64_t rate_bps = (uint64_t)(mbit_s * 1e6);
    size_t queue_bytes = (size_t)(rate_bps / 8 * rtt_us / SIM_SECOND);
    return (struct sim_link_config){
        .rate_bps = rate_bps,
        .delay_us = rtt_us / 2,
        .queue_bytes = queue_bytes > LEAST_QUEUE_BYTES ? queue_bytes : LEAST_QUEUE_BYTES,
    };
}

static struct sim *new_sim(const struct sim_bulk_config *config)
{
    void *state = NULL;
    assert_int_equal(sim_setup(&state), 0);
    struct sim *sim = state;
    if (config->seed != 0)
        sim->seed = sim->random = config->seed;
    sim->is_light = !config->is_checked;
    return sim;
}

/* All associations are up, over links of that rate and delay, before the first one sends. */
static void set_up(struct bulk *bulk)
{
    const struct sim_bulk_config *config = bulk->config;
    struct sim_host *a = sim_host_new(bulk->sim, "a", 1, NULL);
    struct sim_host *b = sim_host_new(bulk->sim, "b", 1, NULL);
    struct sim_link_config *data = sim_link(bulk->sim, &a->addrs[0], &b->addrs[0]);
    struct sim_link_config *acks = sim_link(bulk->sim, &b->addrs[0], &a->addrs[0]);
    *data = (struct sim_link_config){.delay_us = config->data.delay_us};
    *acks = (struct sim_link_config){.delay_us = config->acks.delay_us};
    for (size_t i = 0; i < config->n_flows; i++)
        bulk->pairs[i] = sim_pair_hosts(a, b, config->flows[i].options);
    *data = config->data;
    *acks = config->acks;
    bulk->began = bulk->sim->now;
}

static void take_sample(const struct bulk *bulk, size_t flow)
{
    const struct sim_pair *pair = &bulk->pairs[flow];
    const struct sim_bulk_sample sample = {
        .at_us = bulk->sim->now - bulk->began,
        .flow = flow,
        .received_bytes = pair->ba->received_bytes,
        .wait_us = sim_link_wait(bulk->sim, &pair->a->addrs[0], &pair->b->addrs[0]),
        .status = sim_status(pair->ab),
        .path = sim_path(pair->ab, 0),
    };
    bulk->config->on_sample(bulk->config->context, &sample);
}

static void start_flows(struct bulk *bulk)
{
    for (size_t i = 0; i < bulk->config->n_flows; i++) {
        const struct sim_bulk_flow *flow = &bulk->config->flows[i];
        struct sim_conn *conn = bulk->pairs[i].ab;
        if (conn->load.count > 0 || bulk->sim->now < bulk->began + flow->start_us)
            continue;
        sim_send_load(conn, (struct sim_load){.count = SIZE_MAX, .min_bytes = flow->message_bytes});
    }
}

/* The next moment when a flow starts, the warm-up ends, a sample is taken, or all is over. */
static sctpx_time next_stop(const struct bulk *bulk)
{
    const struct sim_bulk_config *config = bulk->config;
    sctpx_time at = bulk->sim->now - bulk->began;
    sctpx_time next = config->warm_up_us > at ? config->warm_up_us : config->duration_us;
    for (size_t i = 0; i < config->n_flows; i++)
        if (config->flows[i].start_us > at && config->flows[i].start_us < next)
            next = config->flows[i].start_us;
    sctpx_time sample =
        config->sample_us > 0 ? (at / config->sample_us + 1) * config->sample_us : SCTPX_TIME_NEVER;
    return sample < next ? sample : next;
}

static void run(struct bulk *bulk)
{
    const struct sim_bulk_config *config = bulk->config;
    while (bulk->sim->now - bulk->began < config->duration_us) {
        start_flows(bulk);
        if (bulk->sim->now - bulk->began == config->warm_up_us)
            for (size_t i = 0; i < config->n_flows; i++)
                bulk->received_before[i] = bulk->pairs[i].ba->received_bytes;
        sim_run_for(bulk->sim, next_stop(bulk) - (bulk->sim->now - bulk->began));
        if (config->sample_us == 0 || (bulk->sim->now - bulk->began) % config->sample_us != 0)
            continue;
        for (size_t i = 0; i < config->n_flows; i++)
            take_sample(bulk, i);
    }
}

static struct sim_bulk_result judge(const struct bulk *bulk)
{
    const struct sim_bulk_config *config = bulk->config;
    const struct sim_pair *first = &bulk->pairs[0];
    struct sim_bulk_result result = {
        .data = sim_link_counts(bulk->sim, &first->a->addrs[0], &first->b->addrs[0]),
    };
    for (size_t i = 0; i < config->n_flows; i++) {
        const struct sim_pair *pair = &bulk->pairs[i];
        sctpx_time start = config->flows[i].start_us > config->warm_up_us
                               ? config->flows[i].start_us
                               : config->warm_up_us;
        uint64_t bytes = pair->ba->received_bytes - bulk->received_before[i];
        result.flows[i] = (struct sim_bulk_flow_result){
            .mbit_s = (double)bytes * 8 / (double)(config->duration_us - start),
            .sender = sim_status(pair->ab),
            .receiver = sim_status(pair->ba),
        };
    }
    return result;
}

struct sim_bulk_result sim_bulk_run(const struct sim_bulk_config *config)
{
    struct bulk bulk = {.config = config, .sim = new_sim(config)};
    assert_true(config->n_flows >= 1 && config->n_flows <= SIM_MAX_FLOWS);
    set_up(&bulk);
    run(&bulk);
    struct sim_bulk_result result = judge(&bulk);
    void *state = bulk.sim;
    sim_finish(bulk.sim);
    sim_teardown(&state);
    return result;
}

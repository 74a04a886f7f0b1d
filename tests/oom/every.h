/* SPDX-License-Identifier: MIT */
/*
 * Tests that are run with every single allocation failing: alone, with the next one (so that it
 * reaches the caller of a pool), and with the next five (so that repeated packets fail, too; with
 * many more, memory would not be back before the association is given up). Unlike in sim/sweep.c
 * the test is judged in full: memory comes back, and then all must be as if nothing had been.
 */
#ifndef OOM_EVERY_H
#define OOM_EVERY_H

#include "sim/sim.h"

/* From here on in the test: the n-th allocation fails, and as many as are failing together. */
struct every {
    size_t n, length;
};

static inline void every_arm(struct sim *sim, const struct every *every)
{
    sim_set_fault(sim, (struct sim_fault){.first = every->n, .count = every->length});
}

/* Runs the test until it makes fewer than n allocations after every_arm(). Returns the runs. */
static inline size_t every_run(void **state, void (*test)(struct sim *, const struct every *))
{
    static const size_t lengths[] = {1, 2, 6};
    size_t runs = 0;

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct every every = {.n = 1, .length = lengths[i]};
        for (bool has_failed = true; has_failed; every.n++, runs++) {
            struct sim *sim = sim_renew(state);
            test(sim, &every);
            has_failed = sim->failed_allocations > 0;
            sim_finish(sim);
        }
    }
    return runs;
}

/* Connects, again and again while there is no memory for it. */
static inline struct sim_conn *every_connect(struct sim_host *from, const struct sim_host *to,
                                             uint16_t local_port)
{
    for (int tries = 0; tries < 100; tries++) {
        size_t assocs = sim_stats(from).associations;
        struct sim_conn *conn = sim_try_connect(from, to->addrs, 1, SIM_PORT, local_port, NULL);
        if (conn)
            return conn;
        assert_int_equal(sim_stats(from).associations, assocs);
        assert_true(from->sim->failed_allocations > 0);
    }
    fail_msg("no memory for ever");
    return NULL;
}

/* Sends, again and again while there is no memory or no room for it. */
static inline void every_send(struct sim_conn *conn, uint16_t stream, size_t length)
{
    for (int tries = 0; tries < 10000; tries++) {
        int r = sim_try_send(conn, stream, length, 0);
        if (r == 0)
            return;
        assert_true(r == SCTPX_ENOMEM || r == SCTPX_EWOULDBLOCK);
        if (r == SCTPX_EWOULDBLOCK)
            sim_run_for(conn->host->sim, SIM_MS);
    }
    fail_msg("cannot be sent");
}

#endif

/* SPDX-License-Identifier: MIT */
#include "fuzz/pair.h"

enum { MAX_STEPS = 20000, MAX_PACKETS_A_STEP = 5000, TAINTED_STEPS = 8 };

/* Nothing is left to do for it: quiet, or over. */
static bool is_at_rest(const struct pair_end *end)
{
    sctpx_assoc_status status;
    if (end->assoc == NULL || end->is_closed)
        return true;
    sctpx_assoc_get_status(end->assoc, &status);
    return status.state == SCTPX_ESTABLISHED && status.unacked_bytes == 0 &&
           status.unsent_bytes == 0 && !end->is_shutdown_asked;
}

static bool is_all_at_rest(const struct pair *pair)
{
    if (pair->sides[0].queue_count + pair->sides[1].queue_count > 0)
        return false;
    for (unsigned i = 0; i < pair->end_count; i++)
        if (!is_at_rest(&pair->ends[i]))
            return false;
    return true;
}

static bool read_all(struct pair *pair)
{
    bool is_any = false;
    for (unsigned i = 0; i < pair->end_count; i++) {
        struct pair_end *end = &pair->ends[i];
        while (end->assoc != NULL && pair_read(end, -1, SIZE_MAX))
            is_any = true;
    }
    pair_service(&pair->sides[0]);
    pair_service(&pair->sides[1]);
    return is_any;
}

static void work(struct pair *pair)
{
    do {
        pair_flush(pair, MAX_PACKETS_A_STEP);
        pair_accept(&pair->sides[0]);
        pair_accept(&pair->sides[1]);
        pair_service(&pair->sides[0]);
        pair_service(&pair->sides[1]);
    } while (read_all(pair));
}

void pair_settle(struct pair *pair)
{
    unsigned limit = pair->is_tainted ? TAINTED_STEPS : MAX_STEPS;
    for (unsigned i = 0; i < 2; i++) {
        pair->sides[i].memory.fail_count = 0;
        pair->sides[i].is_lazy = false;
        pair_service(&pair->sides[i]);
    }
    pair_trace(pair, "settling");
    work(pair);
    for (unsigned step = 0; step < limit && !is_all_at_rest(pair); step++) {
        sctpx_time next = pair_next_deadline(pair);
        if (next != SCTPX_TIME_NEVER)
            pair_run_until(pair, next);
        else
            FUZZ_CHECK(pair->is_tainted || pair->sides[0].queue_count > 0 ||
                       pair->sides[1].queue_count > 0);
        work(pair);
    }
    if (pair->is_tainted)
        return;
    FUZZ_CHECK(is_all_at_rest(pair));
    pair_check_complete(pair);
}

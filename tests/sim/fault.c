/* SPDX-License-Identifier: MIT */
/* Memory that fails, and what still counts as a failure of the test then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/internal.h"

/* What the run of one test came to; one test at a time in a process. */
static struct sim_verdict verdict;

/* "n", "n+k" (k from the n-th on), "n+" (all from there on), "p%" (each with that probability). */
static struct sim_fault parse(const char *text)
{
    struct sim_fault fault = {0};
    char *end;
    unsigned long long number = strtoull(text, &end, 10);

    if (*end == '%') {
        fault.permille = (uint32_t)(number * 10);
        return fault;
    }
    fault.first = number;
    fault.count = 1;
    if (*end == '+')
        fault.count = end[1] ? strtoull(end + 1, NULL, 10) : 0;
    return fault;
}

void sim_fault_setup(struct sim *sim)
{
    const char *text = getenv("SIM_FAIL_ALLOC");

    sim->fault_random = sim->seed;
    sim->is_sweep = text != NULL;
    if (text)
        sim->fault = parse(text);
}

void sim_set_fault(struct sim *sim, struct sim_fault fault)
{
    sim->fault = fault;
    if (fault.first != 0)
        sim->fault.first += sim->allocations;
}

static bool is_hit(struct sim *sim, const struct sim_host *host)
{
    const struct sim_fault *fault = &sim->fault;

    if (fault->only && fault->only != host)
        return false;
    if (fault->permille > 0 && sim_draw(&sim->fault_random) % 1000 < fault->permille)
        return true;
    if (fault->first == 0 || sim->allocations < fault->first)
        return false;
    return fault->count == 0 || sim->allocations - fault->first < fault->count;
}

bool sim_fault_next(struct sim_host *host)
{
    struct sim *sim = host->sim;

    sim->allocations++;
    if (sim->allocations > verdict.allocations)
        verdict.allocations = sim->allocations;
    if (!is_hit(sim, host))
        return false;
    sim->failed_allocations++;
    verdict.failed++;
    return true;
}

/* ---- verdict ------------------------------------------------------------------------------- */

struct sim_verdict *sim_verdict(void)
{
    return &verdict;
}

void sim_violation(const struct sim *sim, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(verdict.what, sizeof(verdict.what), format, args);
    va_end(args);
    verdict.is_violated = true;
    sim_fail(sim, "%s", verdict.what);
}

void sim_wrong_data(const struct sim *sim, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (sim->has_injected && sim->failed_allocations > 0)
        sim_fail(sim, "%s", text);
    sim_violation(sim, "%s", text);
}

void sim_need(const struct sim *sim, const void *found)
{
    if (!found && sim->failed_allocations > 0)
        sim_fail(sim, "not there, for want of memory");
}

/* What a call may say when an earlier one, or this one, got no memory. */
static bool is_clean(int error)
{
    return error == SCTPX_ENOMEM || error == SCTPX_EWOULDBLOCK || error == SCTPX_ESTATE ||
           error == SCTPX_EADDRINUSE;
}

void sim_expect(const struct sim *sim, int result, const char *host, const char *what)
{
    if (result >= 0)
        return;
    if (sim->failed_allocations > 0 && is_clean(result))
        sim_fail(sim, "%s: %s: %s", host, what, sctpx_error_name(result));
    sim_violation(sim, "%s: %s: %s", host, what, sctpx_error_name(result));
}

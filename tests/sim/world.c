/* SPDX-License-Identifier: MIT */
/* The clock: what happens next, and running until something has happened. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/internal.h"

/* A deadline that stays due after so many calls is a livelock. */
enum { MAX_IDLE_ROUNDS = 1000 };

/* By a test, after an allocation has failed. */
enum { MAX_INJECTED = 100000 };

static uint64_t choose_seed(void)
{
    const char *text = getenv("SIM_SEED");
    return text ? strtoull(text, NULL, 0) : UINT64_C(20260101);
}

static int set_up(void **state)
{
    struct sim *sim = calloc(1, sizeof(*sim));
    if (!sim)
        return -1;
    sim->seed = sim->random = choose_seed();
    sim->now = 1000 * SIM_SECOND;
    sim->network = sim_network_new();
    sim->capture = sim_capture_new();
    sim_fault_setup(sim);
    *state = sim;
    return 0;
}

int sim_setup(void **state)
{
    sim_use_rfc9260_sender(false);
    return set_up(state);
}

int sim_setup_rfc9260(void **state)
{
    sim_use_rfc9260_sender(true);
    return set_up(state);
}

int sim_teardown(void **state)
{
    struct sim *sim = *state;
    if (sim->is_sweep && !sim->is_finished && !sim_verdict()->is_violated)
        sim_aftermath(sim);
    if (!sim->is_finished) {
        sim_print_tail(sim, 40);
        fprintf(stderr, "sim: failed at %" PRIu64 " us; run again with SIM_SEED=%" PRIu64 "\n",
                sim->now, sim->seed);
    }
    for (size_t i = 0; i < sim->n_hosts; i++)
        sim_host_free(sim->hosts[i]);
    sim_network_free(sim->network);
    sim_capture_free(sim->capture);
    free(sim->buffer);
    free(sim);
    return 0;
}

void sim_finish(struct sim *sim)
{
    for (size_t i = 0; i < sim->n_hosts; i++)
        sim_host_stop(sim->hosts[i]);
    sim->is_finished = true;
}

struct sim *sim_renew(void **state)
{
    struct sim *sim = *state;
    assert_true(sim->is_finished || sim->n_hosts == 0);
    sim->is_finished = true;
    sim_teardown(state);
    assert_int_equal(set_up(state), 0);
    return *state;
}

void sim_fail(const struct sim *sim, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    print_error("sim: at %" PRIu64 " us: %s\n", sim->now, text);
    fail();
    abort();
}

/* ---- running ----------------------------------------------------------------------------- */

void sim_flush(struct sim *sim)
{
    for (size_t i = 0; i < sim->n_hosts; i++)
        sim_host_service(sim->hosts[i]);
}

static sctpx_time next_moment(const struct sim *sim)
{
    sctpx_time next = sim_queue_next(sim_network_queue((struct sim *)(uintptr_t)sim));
    for (size_t i = 0; i < sim->n_hosts; i++) {
        if (!sim->hosts[i]->endpoint)
            continue;
        sctpx_time deadline = sctpx_endpoint_next_deadline(sim->hosts[i]->endpoint);
        if (deadline < next)
            next = deadline;
    }
    return next;
}

static void deliver_one(struct sim *sim)
{
    struct sim_packet packet = sim_queue_pop(sim_network_queue(sim));
    struct sim_host *host = sim_host_at(sim, &packet.to);
    if (host && host->endpoint) {
        sim_host_receive(host, &packet);
        sim_host_service(host);
    }
    free(packet.data);
}

static void run_deadlines(struct sim *sim)
{
    for (size_t i = 0; i < sim->n_hosts; i++) {
        struct sim_host *host = sim->hosts[i];
        if (!host->endpoint || sctpx_endpoint_next_deadline(host->endpoint) > sim->now)
            continue;
        if (++host->idle_rounds > MAX_IDLE_ROUNDS)
            sim_violation(sim, "deadline of %s does not move", host->name);
        sctpx_endpoint_on_deadline(host->endpoint, sim->now);
        sim_host_service(host);
    }
}

static void advance(struct sim *sim, sctpx_time to)
{
    if (to <= sim->now)
        return;
    sim->now = to;
    for (size_t i = 0; i < sim->n_hosts; i++)
        sim->hosts[i]->idle_rounds = 0;
}

/* One packet, or all deadlines that are due, whichever comes first. */
static bool step_before(struct sim *sim, sctpx_time end)
{
    sim_flush(sim);
    sctpx_time next = next_moment(sim);
    if (next == SCTPX_TIME_NEVER || next > end)
        return false;
    advance(sim, next);
    if (sim_queue_next(sim_network_queue(sim)) <= sim->now)
        deliver_one(sim);
    else
        run_deadlines(sim);
    return true;
}

bool sim_step(struct sim *sim)
{
    return step_before(sim, SCTPX_TIME_NEVER - 1);
}

void sim_run_for(struct sim *sim, sctpx_time duration_us)
{
    sctpx_time end = sim->now + duration_us;
    while (step_before(sim, end))
        ;
    advance(sim, end);
}

bool sim_run_until(struct sim *sim, sim_predicate predicate, void *context, sctpx_time limit_us)
{
    sctpx_time end = sim->now + limit_us;
    sim_flush(sim);
    while (!predicate(context))
        if (!step_before(sim, end))
            return false;
    return true;
}

int sim_inject(struct sim *sim, const sctpx_addr *from, const sctpx_addr *to, const void *data,
               size_t length)
{
    struct sim_host *host = sim_host_at(sim, to);
    if (!host || !host->endpoint)
        sim_fail(sim, "packet injected for nobody");
    sim->has_injected = true;
    if (sim->failed_allocations > 0 && ++sim->injected_since > MAX_INJECTED)
        sim_fail(sim, "a loop that waits for what memory did not allow");
    /* Exact size, so that a sanitizer sees every byte read past the packet. */
    uint8_t *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, data, length);
    struct sim_packet packet = {.from = *from, .to = *to, .data = copy, .length = length};
    if (sim_is_tracing())
        sim_print_packet(sim, &packet, "injected");
    int result = sim_host_receive(host, &packet);
    free(copy);
    return result;
}

/* ---- small things ------------------------------------------------------------------------ */

uint64_t sim_draw(uint64_t *state)
{
    /* splitmix64 */
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

sctpx_addr sim_ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t udp_port)
{
    return (sctpx_addr){.family = SCTPX_IPV4, .udp_port = udp_port, .ip = {a, b, c, d}};
}

bool sim_same_ip(const sctpx_addr *a, const sctpx_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

void *sim_grow(void *array, size_t *max, size_t needed, size_t element)
{
    if (needed <= *max)
        return array;
    size_t wanted = *max * 2 > needed ? *max * 2 : needed + 16;
    uint8_t *grown = realloc(array, wanted * element);
    assert_non_null(grown);
    memset(grown + *max * element, 0, (wanted - *max) * element);
    *max = wanted;
    return grown;
}

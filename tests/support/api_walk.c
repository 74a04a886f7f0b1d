/* SPDX-License-Identifier: MIT */
#include "support/api_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/dns.h"

enum { END_LIMIT_US = 20 * 1000 * 1000 };

/* ---- chance, and what is written down ----------------------------------------------------------- */

uint32_t walk_below(struct walk *walk, uint32_t limit)
{
    return (uint32_t)test_random_below(&walk->random, limit);
}

bool walk_chance(struct walk *walk, unsigned percent)
{
    return walk_below(walk, 100) < percent;
}

void walk_log(struct walk *walk, const char *format, ...)
{
    char *line = walk->log[walk->log_at++ % WALK_LOG_LINES];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(line, sizeof(walk->log[0]), format, args);
    va_end(args);
    if (getenv("SCTPX_WALK_TRACE"))
        (void)fprintf(stderr, "%s\n", line);
}

void walk_fail(struct walk *walk, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    for (unsigned i = walk->log_at < WALK_LOG_LINES ? 0 : walk->log_at - WALK_LOG_LINES;
         i < walk->log_at; i++)
        print_message("    %s\n", walk->log[i % WALK_LOG_LINES]);
    walk_crash_unwatch();
    fail_msg("SCTPX_WALK_SEED=%llu, step %u: %s", (unsigned long long)walk->seed, walk->step, text);
    abort(); /* not reached */
}

bool walk_is_one_of(const struct walk *walk, long result, const int *errors, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (errors[i] == result)
            return true;
    return result == SCTPX_ENOMEM && walk->before_step;
}

/* ---- loops ---------------------------------------------------------------------------------------- */

void walk_enter_loop(struct walk *walk, sctpx_loop *loop)
{
    WALK_CHECK(walk, walk->depth < sizeof(walk->running) / sizeof(walk->running[0]));
    walk->running[walk->depth++] = loop;
}

void walk_leave_loop(struct walk *walk)
{
    walk->depth--;
    walk_loop_sweep(walk);
}

bool walk_is_running(const struct walk *walk, const sctpx_loop *loop)
{
    for (unsigned i = 0; i < walk->depth; i++)
        if (walk->running[i] == loop)
            return true;
    return false;
}

int walk_run_once(struct walk *walk, sctpx_loop *loop, int timeout_ms)
{
    bool is_inside = walk_is_running(walk, loop);
    int r;

    walk_enter_loop(walk, loop);
    r = sctpx_loop_run_once(loop, timeout_ms);
    walk_leave_loop(walk);
    WALK_CHECK(walk, is_inside ? r == SCTPX_ESTATE : r >= 0);
    return r;
}

void walk_act(struct walk *walk, struct walk_end *end)
{
    unsigned kind = walk_below(walk, 100);

    if (!end || !end->socket || end->keeper)
        end = walk_end_pick(walk);
    if (kind < 10)
        walk_host_call(&walk->hosts[walk_below(walk, WALK_SERVERS)]);
    else if (kind < 14)
        walk_loop_call(walk);
    else if (kind < 20 || !end)
        walk_socket_new(walk);
    else
        walk_socket_call(end);
}

/* ---- the end ---------------------------------------------------------------------------------------- */

static bool is_on_loop(const struct walk_end *end)
{
    return end->socket && !end->is_detached && sctpx_socket_loop(end->socket);
}

/* Nothing is in the way of a graceful end any more. */
static void prepare_end(struct walk *walk)
{
    walk->is_ending = true;
    for (unsigned i = 0; i < WALK_SERVERS; i++) {
        struct walk_host *host = &walk->hosts[i];

        if (!host->server)
            continue;
        (void)sctpx_server_set_max_pending_connections(host->server, 100);
        (void)sctpx_server_resume_accepting(host->server);
        walk_host_take_all(host);
    }
    for (unsigned i = 0; i < walk->n_ends; i++) {
        struct walk_end *end = &walk->ends[i];
        int r;

        while (end->socket && end->is_detached) {
            r = sctpx_socket_attach(end->socket, walk->loops[0]);
            WALK_RESULT(walk, r, SCTPX_ERESOURCE);
            end->is_detached = r < 0;
        }
        if (!end->socket)
            continue;
        if (!end->has_callbacks)
            walk_end_set_callbacks(end, 2);
        (void)sctpx_socket_set_read_buffer_size(end->socket, 65536);
        walk_read_all(end);
        if (end->life)
            end->life->is_drained = end->is_full && !end->life->is_discarded;
    }
}

/* Nothing that is due is missing while associations live. */
static bool is_calm(const struct walk *walk)
{
    for (unsigned i = 0; i < walk->n_ends; i++) {
        const struct walk_end *end = &walk->ends[i];

        if (is_on_loop(end) && sctpx_socket_state(end->socket) == SCTPX_CONNECTED &&
            end->life->is_whole && !end->life->is_muddled &&
            (end->life->is_refused || end->life->is_wet))
            return false;
    }
    return true;
}

/* One that closes while nobody answers its set-up may try for hours, by its options. */
static bool is_up(const sctpx_socket *socket)
{
    sctpx_assoc_status status;

    return sctpx_socket_status(socket, &status) == 0 && status.state >= SCTPX_ESTABLISHED;
}

static void end_all(struct walk *walk, bool is_graceful)
{
    for (unsigned i = 0; i < walk->n_ends; i++) {
        struct walk_end *end = &walk->ends[i];

        if (!is_on_loop(end))
            continue;
        if (is_graceful && is_up(end->socket))
            (void)sctpx_socket_disconnect(end->socket, SCTPX_FOREVER);
        else
            (void)sctpx_socket_abort(end->socket, NULL, 0);
    }
}

/* An end that is still there, or NULL. */
static const struct walk_end *not_over(const struct walk *walk)
{
    for (unsigned i = 0; i < walk->n_ends; i++)
        if (is_on_loop(&walk->ends[i]) &&
            sctpx_socket_state(walk->ends[i].socket) != SCTPX_UNCONNECTED)
            return &walk->ends[i];
    return NULL;
}

static void turn(struct walk *walk, int timeout_ms)
{
    for (unsigned i = 0; i < WALK_LOOPS; i++)
        if (walk->loops[i])
            (void)walk_run_once(walk, walk->loops[i], timeout_ms);
}

static void check_told(struct walk *walk)
{
    for (unsigned i = 0; i < walk->n_ends; i++) {
        struct walk_end *end = &walk->ends[i];

        if (!is_on_loop(end))
            continue;
        walk_look(end);
        if (!end->life || end->life->may_be_silent)
            continue;
        if (end->life->closed != 1)
            walk_fail(walk, "socket %u was not told its end", end->id);
        if (sctpx_socket_error(end->socket) == 0)
            walk_read_check_whole(end);
    }
}

static void free_all(struct walk *walk, bool is_loop_first)
{
    sctpx_timer_free(walk->timer);
    if (is_loop_first)
        for (unsigned i = 0; i < WALK_LOOPS; i++)
            sctpx_loop_free(walk->loops[i]);
    for (unsigned i = 0; i < WALK_SERVERS; i++)
        if (walk->hosts[i].server)
            walk_host_free(&walk->hosts[i]);
    for (unsigned i = walk->n_ends; i-- > 0;)
        if (walk->ends[i].socket)
            walk_end_free(&walk->ends[i]);
    if (!is_loop_first)
        for (unsigned i = 0; i < WALK_LOOPS; i++)
            sctpx_loop_free(walk->loops[i]);
}

static void lose_a_loop(struct walk *walk)
{
    walk_loop_free(walk, 0);
    walk->loops[0] = NULL;
    for (unsigned i = 0; i < 5; i++)
        turn(walk, 0);
}

static void end_walk(struct walk *walk)
{
    const struct walk_end *end;
    uint64_t limit;
    bool is_graceful = walk_chance(walk, 70);

    prepare_end(walk);
    if (walk_chance(walk, 10))
        lose_a_loop(walk);
    limit = sctpx_loop_now(walk->loops[1]) + END_LIMIT_US;
    while (is_graceful && !is_calm(walk)) {
        turn(walk, 1);
        if (sctpx_loop_now(walk->loops[1]) > limit)
            walk_fail(walk, "does not calm down");
    }
    end_all(walk, is_graceful);
    limit = sctpx_loop_now(walk->loops[1]) + END_LIMIT_US;
    while ((end = not_over(walk)) != NULL) {
        turn(walk, 1);
        if (sctpx_loop_now(walk->loops[1]) > limit)
            walk_fail(walk, "socket %u does not end: state %d", end->id,
                      (int)sctpx_socket_state(end->socket));
    }
    for (unsigned i = 0; i < 5; i++)
        turn(walk, 0);
    end_all(walk, false); /* what has come in since */
    for (unsigned i = 0; i < 3; i++)
        turn(walk, 0);
    check_told(walk);
    free_all(walk, walk_chance(walk, 20));
}

/* ---- walks -------------------------------------------------------------------------------------------- */

static bool has_dns;

void walk_dns_start(void)
{
    has_dns = dns_is_possible();
    if (!has_dns)
        return;
    dns_start();
    dns_set("host.test", "A=127.0.0.1");
    dns_set("several.test", "AAAA=::1 A=127.0.0.1 A=127.0.0.2");
    dns_set("alias.test", "CNAME=host.test A=127.0.0.1");
    dns_set("silent.test", "SILENCE");
    dns_set("broken.test", "SERVFAIL");
}

void walk_dns_stop(void)
{
    if (has_dns)
        dns_stop();
    has_dns = false;
}

static void begin(struct walk *walk, uint64_t seed)
{
    memset(walk, 0, offsetof(struct walk, log));
    walk->log_at = 0;
    walk->seed = seed;
    walk->has_dns = has_dns;
    test_random_init(&walk->random, seed);
    for (unsigned i = 0; i < WALK_LOOPS; i++) {
        assert_int_equal(sctpx_loop_new(&walk->loops[i]), 0);
        walk->posts[i] = (struct walk_post){walk, walk->loops[i]};
    }
    for (unsigned i = 0; i < WALK_SERVERS; i++) {
        walk->hosts[i].walk = walk;
        walk_host_start(&walk->hosts[i]);
    }
}

void walk_run(uint64_t seed, unsigned steps, void (*before_step)(struct walk *walk),
              struct walk_totals *totals)
{
    static struct walk walk;

    walk_crash_watch(&walk);
    begin(&walk, seed);
    walk.before_step = before_step;
    while (walk.step < steps) {
        walk.step++;
        if (before_step)
            before_step(&walk);
        if (walk_chance(&walk, 50))
            walk_act(&walk, NULL);
        else
            (void)walk_run_once(&walk, walk.loops[walk_below(&walk, WALK_LOOPS)],
                                walk_chance(&walk, 10));
    }
    walk.is_ending = true;
    if (before_step)
        before_step(&walk);
    end_walk(&walk);
    walk_crash_unwatch();
    totals->walks++;
    totals->calls += walk.calls;
    totals->checked_bytes += walk.checked_bytes;
    totals->whole_ends += walk.whole_ends;
}

static uint64_t setting(const char *name)
{
    const char *text = getenv(name);

    return text ? strtoull(text, NULL, 0) : 0;
}

void walk_run_many(size_t count, unsigned steps, void (*before_step)(struct walk *walk),
                   struct walk_totals *totals)
{
    uint64_t seed = setting("SCTPX_WALK_SEED"), first = 1;
    time_t seconds = (time_t)setting("SCTPX_WALK_SECONDS"), end = time(NULL) + seconds;

    if (seed != 0) {
        walk_run(seed, steps, before_step, totals);
        return;
    }
    if (seconds > 0) { /* others than those of any other run */
        first = (uint64_t)time(NULL) << 22 | (uint64_t)getpid();
        first <<= 16;
    }
    for (seed = first; seconds > 0 ? time(NULL) < end : seed < first + count; seed++)
        walk_run(seed, steps, before_step, totals);
    print_message("%zu walks, %zu calls, %zu bytes compared, %zu whole associations\n",
                  totals->walks, totals->calls, totals->checked_bytes, totals->whole_ends);
}

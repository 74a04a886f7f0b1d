/* SPDX-License-Identifier: MIT */
/* ctest: timeout=240 */
/*
 * Clients and servers on real UDP sockets with a bad network in between, that loses, reorders,
 * doubles and damages packets, whose addresses come and go, and whose processes die without a word
 * and come back at the same ports. The ledger compares what went in with what came out.
 *
 *     SCTPX_SOAK_SECONDS   how long (20)
 *     SCTPX_SOAK_SEED      which run of accidents
 */
#include "support/soak.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

enum {
    CLIENTS = SOAK_CLIENTS,
    ADDRS = SOAK_ADDRS,
    KINDS = 6,
    STALL_US = 90 * 1000 * 1000,
    SECOND_US = 1000 * 1000
};

/* A run of the soak. */
struct run {
    struct soak soak;
    uint64_t seed, end_us, next_accident_us, down_until_us[2][ADDRS];
    unsigned accidents[KINDS], ended[2]; /* associations of clients: gracefully, or not */
    uint64_t seen[2][CLIENTS], seen_at_us[2][CLIENTS]; /* for the watch over progress */
};

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text ? strtoull(text, NULL, 0) : otherwise;
}

/* ---- accidents ----------------------------------------------------------------------------- */

static void cut_off(struct run *run, unsigned side, size_t addr, uint64_t duration_us)
{
    relay_set_down(run->soak.relay, side, addr, true);
    run->down_until_us[side][addr] = relay_now_us() + duration_us;
}

static void die(struct run *run, enum relay_side which)
{
    struct soak_side *side = &run->soak.sides[which];

    if (!side->loop)
        return;
    soak_stop_side(&run->soak, which);
    side->deaths++;
    side->back_at_us = relay_now_us() + 100 * 1000 + soak_draw(&run->soak, SECOND_US);
}

static void have_accident(struct run *run)
{
    struct soak *soak = &run->soak;
    unsigned total = 0, kind;

    /* Each kind once to begin with. */
    for (unsigned i = 0; i < KINDS; i++)
        total += run->accidents[i];
    kind = total < KINDS ? total : (unsigned)soak_draw(soak, KINDS);
    run->accidents[kind]++;
    switch (kind) {
    case 0:
    case 1: /* one path of either side */
        cut_off(run, kind, soak_draw(soak, ADDRS), 300 * 1000 + soak_draw(soak, 3 * SECOND_US));
        break;
    case 2: /* all of them */
        cut_off(run, RELAY_SERVER, 0, 200 * 1000 + soak_draw(soak, SECOND_US));
        cut_off(run, RELAY_SERVER, 1, 200 * 1000 + soak_draw(soak, SECOND_US));
        break;
    case 3:
        die(run, RELAY_CLIENT);
        break;
    case 4:
        die(run, RELAY_SERVER);
        break;
    default: /* a client says goodbye, and connects anew */
        soak->sides[RELAY_CLIENT].ends[soak_draw(soak, CLIENTS)].is_quiet = true;
        break;
    }
    run->next_accident_us = relay_now_us() + 500 * 1000 + soak_draw(soak, 3 * SECOND_US);
}

static void recover(struct run *run)
{
    uint64_t now = relay_now_us();

    for (unsigned side = 0; side < 2; side++) {
        for (size_t k = 0; k < ADDRS; k++)
            if (run->down_until_us[side][k] <= now)
                relay_set_down(run->soak.relay, side, k, false);
        if (!run->soak.sides[side].loop && run->soak.sides[side].back_at_us <= now)
            soak_start_side(&run->soak, side);
    }
}

static void heal(struct run *run)
{
    memset(run->down_until_us, 0, sizeof(run->down_until_us));
    run->soak.sides[0].back_at_us = run->soak.sides[1].back_at_us = 0;
    recover(run);
}

/* ---- the run ------------------------------------------------------------------------------- */

static void serve_client(struct run *run, unsigned i, bool may_reconnect)
{
    struct soak_end *end = &run->soak.sides[RELAY_CLIENT].ends[i];

    soak_end_pump(end);
    if (end->is_closed) {
        run->ended[end->closed != 0]++;
        soak_end_detach(end);
        end->is_quiet = !may_reconnect;
        if (may_reconnect)
            soak_start_client(&run->soak, i);
    } else if (may_reconnect && end->is_up && soak_end_is_idle(end) &&
               sctpx_socket_state(end->socket) == SCTPX_CONNECTED) {
        assert_int_equal(sctpx_socket_disconnect(end->socket, SCTPX_FOREVER), 0);
    }
}

static void serve(struct run *run, bool may_reconnect)
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct soak_end *end = &run->soak.sides[RELAY_SERVER].ends[i];

        if (run->soak.sides[RELAY_CLIENT].loop)
            serve_client(run, i, may_reconnect);
        soak_end_pump(end);
        if (end->is_closed)
            soak_end_detach(end);
    }
}

static void turn(struct run *run, bool may_reconnect)
{
    struct soak *soak = &run->soak;
    struct pollfd fds[2 * RELAY_MAX_ADDRS + 2];
    nfds_t n = relay_poll_fds(soak->relay, fds);
    uint64_t now = relay_now_us(), next = relay_next_us(soak->relay);
    int wait_ms = next <= now ? 0 : next - now < 20000 ? (int)((next - now + 999) / 1000) : 20;

    for (unsigned side = 0; side < 2; side++)
        if (soak->sides[side].loop)
            fds[n++] =
                (struct pollfd){.fd = sctpx_loop_fd(soak->sides[side].loop), .events = POLLIN};
    (void)poll(fds, n, wait_ms);
    relay_process(soak->relay);
    for (unsigned side = 0; side < 2; side++)
        if (soak->sides[side].loop)
            assert_true(sctpx_loop_process(soak->sides[side].loop) >= 0);
    serve(run, may_reconnect);
}

/* Every flow has to go on within STALL_US, whatever happens. */
static void watch(struct run *run)
{
    const struct soak *soak = &run->soak;
    uint64_t now = relay_now_us();

    for (unsigned i = 0; i < CLIENTS; i++)
        for (unsigned k = 0; k < 2; k++) {
            uint64_t got = ledger_totals(k ? soak->down[i] : soak->up[i])->received_messages;

            if (got != run->seen[k][i] || run->seen_at_us[k][i] == 0)
                run->seen_at_us[k][i] = now;
            run->seen[k][i] = got;
            if (now - run->seen_at_us[k][i] > STALL_US)
                fail_msg("nothing comes from %s", soak->sides[k].ends[i].name);
        }
}

static void turn_until(struct run *run, bool (*is_done)(const struct soak *soak),
                       bool may_reconnect, const char *what)
{
    uint64_t limit = relay_now_us() + STALL_US;

    while (!is_done(&run->soak)) {
        if (relay_now_us() > limit)
            fail_msg("in the end not %s", what);
        turn(run, may_reconnect);
    }
}

/* All is well again: what was written arrives, and everybody says goodbye. */
static void finish(struct run *run)
{
    struct soak *soak = &run->soak;

    heal(run);
    turn_until(run, soak_is_all_up, true, "all up");
    for (unsigned i = 0; i < CLIENTS; i++)
        soak->sides[0].ends[i].is_quiet = soak->sides[1].ends[i].is_quiet = true;
    turn_until(run, soak_is_all_delivered, false, "all delivered");
    for (unsigned i = 0; i < CLIENTS; i++)
        assert_int_equal(sctpx_socket_disconnect(soak->sides[0].ends[i].socket, 60000), 0);
    unsigned failed = run->ended[1];
    turn_until(run, soak_is_all_closed, false, "all closed");
    assert_int_equal(run->ended[1], failed);
}

/* ---- report -------------------------------------------------------------------------------- */

static void report_flows(const char *name, struct ledger_flow *const *flows)
{
    struct ledger_totals sum = {0};

    for (unsigned i = 0; i < CLIENTS; i++) {
        const struct ledger_totals *one = ledger_totals(flows[i]);

        assert_true(one->received_messages > 0);
        sum.sent_messages += one->sent_messages;
        sum.sent_bytes += one->sent_bytes;
        sum.received_messages += one->received_messages;
        sum.received_bytes += one->received_bytes;
        sum.epochs += one->epochs;
        sum.whole_epochs += one->whole_epochs;
    }
    print_message("soak: %s: %" PRIu64 " messages (%" PRIu64 " bytes) in, %" PRIu64 " (%" PRIu64
                  ") out, %" PRIu64 " associations, %" PRIu64 " ended gracefully and whole\n",
                  name, sum.sent_messages, sum.sent_bytes, sum.received_messages,
                  sum.received_bytes, sum.epochs, sum.whole_epochs);
}

static void report(const struct run *run)
{
    const struct soak *soak = &run->soak;
    const struct relay_stats *net = relay_stats(soak->relay);
    struct rusage usage;
    unsigned restarts = 0;

    for (unsigned i = 0; i < CLIENTS; i++)
        restarts += soak->sides[RELAY_SERVER].ends[i].restarts;
    (void)getrusage(RUSAGE_SELF, &usage);
    report_flows("up", soak->up);
    report_flows("down", soak->down);
    print_message("soak: network: %" PRIu64 " packets, %" PRIu64 " lost, %" PRIu64 " late, %" PRIu64
                  " doubled, %" PRIu64 " damaged, %" PRIu64 " cut off\n",
                  net->received, net->lost, net->reordered, net->duplicated, net->corrupted,
                  net->cut);
    print_message("soak: accidents: %u paths, %u blackouts, %u client deaths, %u server deaths, "
                  "%u goodbyes; associations of clients: %u ended gracefully, %u not; "
                  "%u restarts told; %ld KiB at most\n",
                  run->accidents[0] + run->accidents[1], run->accidents[2], soak->sides[0].deaths,
                  soak->sides[1].deaths, run->accidents[5], run->ended[0], run->ended[1], restarts,
                  usage.ru_maxrss);
}

static void test_what_goes_in_comes_out(void **state)
{
    static struct run run;
    uint64_t seconds = setting("SCTPX_SOAK_SECONDS", 20);

    (void)state;
    run.seed = setting("SCTPX_SOAK_SEED", relay_now_us());
    print_message("soak: SCTPX_SOAK_SECONDS=%" PRIu64 " SCTPX_SOAK_SEED=%" PRIu64 "\n", seconds,
                  run.seed);
    soak_init(&run.soak, run.seed);
    recover(&run);
    run.end_us = relay_now_us() + seconds * SECOND_US;
    run.next_accident_us = relay_now_us() + SECOND_US;
    while (relay_now_us() < run.end_us) {
        turn(&run, true);
        recover(&run);
        if (relay_now_us() >= run.next_accident_us) {
            have_accident(&run);
            watch(&run);
        }
    }
    finish(&run);
    die(&run, RELAY_SERVER);
    report(&run);
    soak_done(&run.soak);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_goes_in_comes_out)};

    return cmocka_run_group_tests_name("soak", tests, NULL, NULL);
}

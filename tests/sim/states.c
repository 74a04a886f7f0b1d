/* SPDX-License-Identifier: MIT */
/* Associations that are held in a chosen state. */
#include "sim/internal.h"
#include "sim/states.h"

static void drop_from(struct sim_host *host, int chunk)
{
    sim_add_drop(host->sim, (struct sim_drop){.from = host, .chunk = chunk});
}

static struct sim_pair pair_in_setup(struct sim *sim, enum sctpx_assoc_state state)
{
    struct sim_pair pair = {
        .a = sim_host_new(sim, "a", 1, NULL),
        .b = sim_host_new(sim, "b", 1, NULL),
    };
    sim_listen(pair.b, SIM_PORT, NULL);
    drop_from(pair.b, state == SCTPX_COOKIE_WAIT ? SIM_INIT_ACK : SIM_COOKIE_ACK);
    pair.ab = sim_connect(pair.a, pair.b, SIM_PORT, NULL);
    sim_run_for(sim, 100 * SIM_MS);
    if (state == SCTPX_COOKIE_ECHOED)
        pair.ba = sim_accepted(pair.b, 0);
    return pair;
}

static void hold(struct sim_pair *pair, enum sctpx_assoc_state state)
{
    struct sim *sim = pair->a->sim;
    switch (state) {
    case SCTPX_SHUTDOWN_PENDING:
        drop_from(pair->b, SIM_SACK);
        sim_send(pair->ab, 0, 100);
        assert_int_equal(sctpx_assoc_shutdown(pair->ab->assoc, sim->now), 0);
        break;
    case SCTPX_SHUTDOWN_SENT:
        drop_from(pair->a, SIM_SHUTDOWN);
        assert_int_equal(sctpx_assoc_shutdown(pair->ab->assoc, sim->now), 0);
        break;
    case SCTPX_SHUTDOWN_RECEIVED:
        drop_from(pair->a, SIM_DATA);
        sim_send(pair->ab, 0, 100);
        assert_int_equal(sctpx_assoc_shutdown(pair->ba->assoc, sim->now), 0);
        break;
    case SCTPX_SHUTDOWN_ACK_SENT:
        drop_from(pair->a, SIM_SHUTDOWN_ACK);
        assert_int_equal(sctpx_assoc_shutdown(pair->ba->assoc, sim->now), 0);
        break;
    default:
        break;
    }
}

struct sim_pair sim_pair_in_state(struct sim *sim, enum sctpx_assoc_state state)
{
    struct sim_pair pair;
    if (state == SCTPX_COOKIE_WAIT || state == SCTPX_COOKIE_ECHOED) {
        pair = pair_in_setup(sim, state);
    } else {
        pair = sim_pair(sim, NULL);
        sim_run_for(sim, 100 * SIM_MS);
        hold(&pair, state);
        sim_run_for(sim, 100 * SIM_MS);
    }
    if (sim_state(pair.ab) != state)
        sim_fail(sim, "state is %s instead of %s", sim_state_name(sim_state(pair.ab)),
                 sim_state_name(state));
    return pair;
}

const char *sim_state_name(enum sctpx_assoc_state state)
{
    static const char *const names[] = {
        "CLOSED",           "COOKIE_WAIT",   "COOKIE_ECHOED",     "ESTABLISHED",
        "SHUTDOWN_PENDING", "SHUTDOWN_SENT", "SHUTDOWN_RECEIVED", "SHUTDOWN_ACK_SENT",
    };
    return names[state];
}

static void check_data(struct sim_pair *pair)
{
    if (!pair->ab->is_up)
        sim_run_until_up(pair->ab, 60 * SIM_SECOND);
    if (!pair->ba)
        pair->ba = sim_accepted(pair->b, 0);
    size_t at_a = pair->ab->received_messages, at_b = pair->ba->received_messages;
    sim_send(pair->ab, 1, 3000);
    sim_send(pair->ba, 1, 3000);
    sim_run_until_received(pair->ba, at_b + 1, 60 * SIM_SECOND);
    sim_run_until_received(pair->ab, at_a + 1, 60 * SIM_SECOND);
}

void sim_pair_check_end(struct sim_pair *pair, enum sctpx_assoc_state state)
{
    sim_clear_filters(pair->a->sim);
    if (state <= SCTPX_ESTABLISHED) {
        check_data(pair);
        return;
    }
    bool a_started = state == SCTPX_SHUTDOWN_PENDING || state == SCTPX_SHUTDOWN_SENT;
    sim_run_until_closed(pair->ab, 120 * SIM_SECOND);
    sim_run_until_closed(pair->ba, 120 * SIM_SECOND);
    assert_int_equal(pair->ab->error, a_started ? 0 : SCTPX_EPEERSHUTDOWN);
    assert_int_equal(pair->ba->error, a_started ? SCTPX_EPEERSHUTDOWN : 0);
    assert_int_equal(pair->ba->received_messages, pair->ab->sent_messages);
}

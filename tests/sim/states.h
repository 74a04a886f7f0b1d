/* SPDX-License-Identifier: MIT */
/* Associations that are held in a chosen state, for tests that go through all of them. */
#ifndef SIM_STATES_H
#define SIM_STATES_H

#include "sim/sim.h"

/* COOKIE_WAIT to SHUTDOWN_ACK_SENT. */
#define SIM_FIRST_STATE SCTPX_COOKIE_WAIT
#define SIM_LAST_STATE SCTPX_SHUTDOWN_ACK_SENT

/*
 * Two new hosts with pair.ab in that state. Drop rules keep it there; sim_clear_filters() lets it
 * go on, with some data under way in the states that can have it. pair.ba is NULL in COOKIE_WAIT.
 */
struct sim_pair sim_pair_in_state(struct sim *sim, enum sctpx_assoc_state state);

/* The name of a state, for messages. */
const char *sim_state_name(enum sctpx_assoc_state state);

/*
 * Takes the drop rules away and checks that the association of sim_pair_in_state() ends up where
 * it should: with data flowing both ways, or gracefully closed on both sides.
 */
void sim_pair_check_end(struct sim_pair *pair, enum sctpx_assoc_state state);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The world of a soak: two sides, clients and servers, each with a loop of its own, that dies and
 * comes back at the same addresses and ports, and the bad network between them.
 */
#ifndef SUPPORT_SOAK_H
#define SUPPORT_SOAK_H

#include "support/relay.h"
#include "support/soak_end.h"

#define SOAK_CLIENTS 4
#define SOAK_BYTES 1 /* the client that uses byte mode */
#define SOAK_ADDRS 2

struct soak_side {
    sctpx_addr addrs[SOAK_ADDRS]; /* with the UDP port */
    sctpx_loop *loop;             /* NULL while it is dead */
    sctpx_server *servers[2];
    struct soak_end ends[SOAK_CLIENTS];
    uint64_t back_at_us;
    unsigned deaths;
};

struct soak {
    struct relay *relay;
    struct soak_side sides[2]; /* RELAY_CLIENT, RELAY_SERVER */
    struct ledger_flow *up[SOAK_CLIENTS], *down[SOAK_CLIENTS];
    uint64_t random;
};

/* Both sides are dead at first. */
void soak_init(struct soak *soak, uint64_t seed);
void soak_done(struct soak *soak);

uint64_t soak_draw(struct soak *soak, uint64_t n);

/* Begins to listen, or to connect. */
void soak_start_side(struct soak *soak, enum relay_side which);
/* Dies: nothing of it is heard any more. */
void soak_stop_side(struct soak *soak, enum relay_side which);

/* Connects one client, whose side is alive. */
void soak_start_client(struct soak *soak, unsigned i);

/* Both ends of all associations are up, and nobody says goodbye. */
bool soak_is_all_up(const struct soak *soak);
/* Nobody writes, and all that was written has come. */
bool soak_is_all_delivered(const struct soak *soak);
bool soak_is_all_closed(const struct soak *soak);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Set-up chunks that meet an association that is there already (RFC 9260 5.2): simultaneous open,
 * restart of the peer, late and duplicated ones. collision_init.c has INIT, collision.c COOKIE
 * ECHO.
 */
#ifndef SCTPXI_ENGINE_COLLISION_H
#define SCTPXI_ENGINE_COLLISION_H

#include "engine/handshake.h"

/* INIT for it, from one of its addresses (5.2.1, 5.2.2, 9.2). */
void sctpxi_collision_on_init(sctpx_assoc *a, sctpx_time now, const sctpx_packet *packet,
                              const struct sctpxi_packet *view, const struct sctpxi_init *init,
                              const struct sctpxi_peer_params *params);

/* COOKIE ECHO that carries its own tag: cases B and D of 5.2.4. */
enum sctpxi_verdict sctpxi_collision_on_cookie_echo(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                    const struct sctpxi_chunk *chunk);

/* A good cookie from one of its addresses that carries another tag: cases A and C of 5.2.4. */
void sctpxi_collision_on_foreign_cookie(sctpx_assoc *a, sctpx_time now,
                                        const sctpx_packet *packet,
                                        const struct sctpxi_packet *view,
                                        const struct sctpxi_cookie *cookie);

#endif

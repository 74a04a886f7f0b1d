/* SPDX-License-Identifier: MIT */
/*
 * Setting up an association (RFC 9260 5.1): the client's side (handshake_client.c: connect, INIT
 * ACK, COOKIE ACK, T1, Stale Cookie), the server's (handshake_server.c: INIT and COOKIE ECHO
 * without an association), and what both learn of their peer (handshake_adopt.c). What meets an
 * existing association is collision.h's.
 */
#ifndef SCTPXI_ENGINE_HANDSHAKE_H
#define SCTPXI_ENGINE_HANDSHAKE_H

#include "engine/cookie.h"
#include "engine/dispatch.h"
#include "engine/peer_params.h"

/* ---- client ------------------------------------------------------------------------------ */

enum sctpxi_verdict sctpxi_handshake_on_init_ack(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                 const struct sctpxi_chunk *chunk);
enum sctpxi_verdict sctpxi_handshake_on_cookie_ack(sctpx_assoc *a, struct sctpxi_rx *rx,
                                                   const struct sctpxi_chunk *chunk);

/* T1-init or T1-cookie ran out (5.1, 5.1.6). false: given up, the association may be gone. */
bool sctpxi_handshake_on_t1(sctpx_assoc *a);

/* ERROR with Stale Cookie (5.2.6): tries again with a longer life, or gives up. */
enum sctpxi_verdict sctpxi_handshake_on_stale_cookie(sctpx_assoc *a, sctpx_time now);

/* ---- server ------------------------------------------------------------------------------ */

/* A lone INIT with tag 0: for an association we have goes to collision.h, else answers it. */
int sctpxi_handshake_on_init(sctpx_endpoint *ep, sctpx_time now, const sctpx_packet *packet,
                             const struct sctpxi_packet *view, const struct sctpxi_chunk *chunk);

/* A packet beginning with COOKIE ECHO whose tag is of no association. */
int sctpxi_handshake_on_cookie_echo(sctpx_endpoint *ep, sctpx_time now,
                                    const sctpx_packet *packet,
                                    const struct sctpxi_packet *view,
                                    const struct sctpxi_chunk *chunk);

/* ---- both -------------------------------------------------------------------------------- */

/*
 * Opens a cookie and checks that it belongs to this packet: tag, ports, one of its addresses
 * (5.1.5 1-4). SCTPXI_COOKIE_FORGED also for a good cookie in the wrong packet.
 */
enum sctpxi_cookie_verdict sctpxi_handshake_open_cookie(sctpx_endpoint *ep, sctpx_time now,
                                                        const sctpx_packet *packet,
                                                        const struct sctpxi_packet *view,
                                                        const struct sctpxi_chunk *chunk,
                                                        struct sctpxi_cookie *ret_cookie,
                                                        sctpx_time *ret_staleness_us);

/* ERROR with Stale Cookie to whoever sent it (5.1.5 4). */
void sctpxi_handshake_send_stale(sctpx_endpoint *ep, sctpx_time now, const sctpx_packet *packet,
                                 const struct sctpxi_packet *view,
                                 const struct sctpxi_cookie *cookie, sctpx_time staleness_us);

/* Acknowledges an accepted COOKIE ECHO and goes on with the chunks behind it (5.1 D, 5.2.4). */
void sctpxi_handshake_acknowledge_cookie(sctpx_assoc *a, struct sctpxi_rx *rx);

/* What an association learns about its peer while it is being set up. */
struct sctpxi_peer_facts {
    uint32_t tag;
    struct sctpxi_tsn initial_tsn;
    uint32_t rwnd;
    uint16_t in_streams, out_streams;
    const sctpx_addr *addrs;
    uint8_t addr_count;
};

/*
 * Takes them over: tag, TSNs, window, streams, addresses (new ones unconfirmed, 5.4). Nothing
 * received so far may exist. There must be room for its paths (sctpxi_path_reserve).
 */
void sctpxi_handshake_adopt(sctpx_assoc *a, const struct sctpxi_peer_facts *facts);

/*
 * Whether no message waits on a stream that was not granted (5.1.1); else the association is
 * aborted with SCTPX_ESTREAM, and may be gone.
 */
bool sctpxi_handshake_has_streams(sctpx_assoc *a);

/* Adopts what a cookie says; its first address is confirmed (5.4 rule 2). */
void sctpxi_handshake_adopt_cookie(sctpx_assoc *a, const struct sctpxi_cookie *cookie);

#endif

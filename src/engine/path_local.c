/* SPDX-License-Identifier: MIT */
/*
 * Which of our addresses a path sends from. They are paired for good: only a time-out moves a path
 * to another one (RFC 9260 6.4), and then its congestion control starts over (7.2.5.2).
 */
#include "engine/address.h"
#include "engine/endpoint.h"

static unsigned users_of(const sctpx_assoc *a, const sctpx_addr *local)
{
    unsigned n = 0;
    for (uint8_t i = 0; i < a->path_count; i++)
        n += sctpxi_address_same_ip(&a->paths[i].local, local);
    return n;
}

/* The address of ours that the peer has sent to, where we are bound to all of them. */
static const sctpx_addr *learned_local(const sctpx_assoc *a, const sctpx_addr *wildcard)
{
    for (uint8_t i = 0; i < a->path_count; i++)
        if (a->paths[i].local.family == wildcard->family &&
            !sctpxi_address_is_wildcard(&a->paths[i].local))
            return &a->paths[i].local;
    return wildcard;
}

/*
 * The local address that suits the remote one best. Where several do equally well the one that
 * fewest paths use is taken, so that paths of two multihomed hosts share as little as possible.
 */
const sctpx_addr *sctpxi_path_choose_local(const sctpx_assoc *a, const sctpx_addr *remote)
{
    const sctpx_endpoint *ep = a->endpoint;
    const sctpx_addr *best = NULL;
    int best_fitness = -1;
    for (size_t i = 0; i < ep->local_count; i++) {
        const sctpx_addr *local = &ep->locals[i];
        int fitness = sctpxi_address_fitness(local, remote);
        if (fitness > best_fitness ||
            (best != NULL && fitness == best_fitness && users_of(a, local) < users_of(a, best))) {
            best_fitness = fitness;
            best = local;
        }
    }
    return best != NULL && sctpxi_address_is_wildcard(best) ? learned_local(a, best) : best;
}

/* The peer knows this local address: it need not have been announced, or not have fitted. */
void sctpxi_path_note_local(sctpx_assoc *a, const sctpx_addr *local)
{
    const sctpx_endpoint *ep = a->endpoint;
    if (a->known_locals == (1u << ep->local_count) - 1u)
        return; /* as soon as all are known, and that is for each packet */
    for (size_t i = 0; ep->local_count > 1 && i < ep->local_count; i++)
        if (sctpxi_address_same_ip(&ep->locals[i], local))
            a->known_locals |= (uint8_t)(1u << i);
}

/*
 * After a time-out: perhaps it is our own side that is cut off (6.4). But to an address it does not
 * know the peer would answer with an ABORT (8.4).
 */
void sctpxi_path_rotate_local(sctpx_assoc *a, struct sctpxi_path *path)
{
    const sctpx_endpoint *ep = a->endpoint;
    size_t at = 0;
    while (at < ep->local_count && !sctpxi_address_same_ip(&ep->locals[at], &path->local))
        at++;
    for (size_t step = 1; at < ep->local_count && step < ep->local_count; step++) {
        size_t next = (at + step) % ep->local_count;
        if (((unsigned)a->known_locals >> next & 1u) != 0 &&
            sctpxi_address_fitness(&ep->locals[next], &path->remote) > 0) {
            path->local = ep->locals[next];
            sctpxi_path_start_congestion_over(a, path);
            return;
        }
    }
}

/* SPDX-License-Identifier: MIT */
/* SCTP ports that accept associations, and those that wait there to be taken. */
#ifndef SCTPXI_ENGINE_LISTENER_H
#define SCTPXI_ENGINE_LISTENER_H

#include <sys/queue.h>

#include <sctpx/engine.h>

struct sctpxi_listener {
    LIST_ENTRY(sctpxi_listener) link;
    TAILQ_HEAD(, sctpx_assoc) waiting;
    sctpx_listen_options opt;
    uint32_t waiting_count;
    uint16_t port;
    bool has_news; /* SCTPX_EVENT_INCOMING is due */
};
LIST_HEAD(sctpxi_listener_list, sctpxi_listener);

/* NULL if nothing listens on the port. */
struct sctpxi_listener *sctpxi_listener_find(const sctpx_endpoint *ep, uint16_t port);

/* Whether one more association may wait. */
bool sctpxi_listener_has_room(const struct sctpxi_listener *listener);

/* Puts a new association into the backlog. */
void sctpxi_listener_add(struct sctpxi_listener *listener, sctpx_assoc *a);

/* Takes it out again, if it is in one. */
void sctpxi_listener_remove(sctpx_assoc *a);

/* Next listener with news: its port and true. */
bool sctpxi_listener_next_news(sctpx_endpoint *ep, uint16_t *ret_port);

/* Frees all listeners; their associations must be gone. */
void sctpxi_listener_free_all(sctpx_endpoint *ep);

#endif

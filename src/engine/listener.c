/* SPDX-License-Identifier: MIT */
#include "engine/listener.h"

#include "engine/endpoint.h"
#include "engine/event.h"

struct sctpxi_listener *sctpxi_listener_find(const sctpx_endpoint *ep, uint16_t port)
{
    struct sctpxi_listener *l;
    LIST_FOREACH (l, &ep->listeners, link)
        if (l->port == port)
            return l;
    return NULL;
}

bool sctpxi_listener_has_room(const struct sctpxi_listener *listener)
{
    return listener->waiting_count < listener->opt.backlog;
}

void sctpxi_listener_add(struct sctpxi_listener *listener, sctpx_assoc *a)
{
    a->listener = listener;
    TAILQ_INSERT_TAIL(&listener->waiting, a, wait_link);
    listener->waiting_count++;
    listener->has_news = true;
}

void sctpxi_listener_remove(sctpx_assoc *a)
{
    if (a->listener == NULL)
        return;
    TAILQ_REMOVE(&a->listener->waiting, a, wait_link);
    a->listener->waiting_count--;
    a->listener = NULL;
}

bool sctpxi_listener_next_news(sctpx_endpoint *ep, uint16_t *ret_port)
{
    struct sctpxi_listener *l;
    LIST_FOREACH (l, &ep->listeners, link) {
        if (!l->has_news)
            continue;
        l->has_news = false;
        if (l->waiting_count == 0) /* gone again before anybody looked */
            continue;
        *ret_port = l->port;
        return true;
    }
    return false;
}

void sctpxi_listener_free_all(sctpx_endpoint *ep)
{
    struct sctpxi_listener *l;
    while ((l = LIST_FIRST(&ep->listeners)) != NULL) {
        LIST_REMOVE(l, link);
        sctpxi_alloc_put(&ep->alloc, l, sizeof *l);
    }
}

void sctpx_listen_options_defaults(const sctpx_endpoint *endpoint,
                                   sctpx_listen_options *ret_options)
{
    ret_options->assoc = endpoint->opt.assoc;
    ret_options->backlog = 50;
}

int sctpx_endpoint_listen(sctpx_endpoint *endpoint, uint16_t port,
                          const sctpx_listen_options *options)
{
    sctpx_listen_options opt;
    sctpx_listen_options_defaults(endpoint, &opt);
    if (options != NULL)
        opt = *options;
    if (opt.backlog == 0 || sctpx_assoc_options_check(&opt.assoc) < 0)
        return SCTPX_EINVAL;
    int chosen = port != 0 ? port : sctpxi_dynamic_ports_pick(endpoint, NULL, 0, 0);
    if (chosen < 0)
        return chosen;
    if (sctpxi_listener_find(endpoint, (uint16_t)chosen) != NULL)
        return SCTPX_EADDRINUSE;
    struct sctpxi_listener *l = sctpxi_alloc_zeroed(&endpoint->alloc, sizeof *l);
    if (l == NULL)
        return SCTPX_ENOMEM;
    l->opt = opt;
    l->port = (uint16_t)chosen;
    TAILQ_INIT(&l->waiting);
    LIST_INSERT_HEAD(&endpoint->listeners, l, link);
    return chosen;
}

int sctpx_endpoint_unlisten(sctpx_endpoint *endpoint, sctpx_time now, uint16_t port)
{
    struct sctpxi_listener *l = sctpxi_listener_find(endpoint, port);
    if (l == NULL)
        return SCTPX_ESTATE;
    sctpx_assoc *a;
    while ((a = TAILQ_FIRST(&l->waiting)) != NULL) {
        sctpxi_listener_remove(a);
        sctpx_assoc_free(a, now);
    }
    LIST_REMOVE(l, link);
    sctpxi_alloc_put(&endpoint->alloc, l, sizeof *l);
    return 0;
}

int sctpx_endpoint_accept(sctpx_endpoint *endpoint, uint16_t port, void *user,
                          sctpx_assoc **ret_assoc)
{
    struct sctpxi_listener *l = sctpxi_listener_find(endpoint, port);
    if (l == NULL)
        return SCTPX_ESTATE;
    sctpx_assoc *a = TAILQ_FIRST(&l->waiting);
    if (a == NULL)
        return SCTPX_EWOULDBLOCK;
    sctpxi_listener_remove(a);
    a->user = user;
    sctpxi_event_resume(a); /* what happened while it waited is told now */
    *ret_assoc = a;
    return 0;
}

uint32_t sctpx_endpoint_backlog(const sctpx_endpoint *endpoint, uint16_t port)
{
    const struct sctpxi_listener *l = sctpxi_listener_find(endpoint, port);
    return l == NULL ? 0 : l->waiting_count;
}

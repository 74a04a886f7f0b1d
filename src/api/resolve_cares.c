/* SPDX-License-Identifier: MIT */
/*
 * The way through c-ares. One channel per loop, made for the first look-up and gone after the last
 * one, so that a change of /etc/resolv.conf is seen. No code of users runs inside c-ares: answers
 * are only put down. ares_library_init() is not called: outside of Windows it only counts, and not
 * safely in several threads.
 */
#include <ares.h>
#include <stdlib.h>
#include <sys/time.h>

#include "api/resolve_internal.h"

/* Of one question to one server; c-ares doubles it with each round of questions. */
enum { TIMEOUT_MS = 2000, TRIES = 3 };

/* c-ares tells whole milliseconds, cut off. */
enum { ROUNDING_US = 1000 };

struct watch {
    struct sctpxi_loop_watch watch;
    struct sctpxi_resolver *resolver;
    LIST_ENTRY(watch) link;
};

struct sctpxi_resolver {
    struct sctpxi_loop_client client; /* first */
    sctpx_loop *loop;
    ares_channel channel;
    struct sctpxi_loop_timer timer;
    LIST_HEAD(, watch) watches;
    size_t users; /* look-ups that somebody waits for */
};

/* Its address identifies resolvers among the clients of a loop. */
static const char resolver_kind;

/* ---- descriptors and time ------------------------------------------------------------------ */

static void arm(struct sctpxi_resolver *resolver)
{
    struct timeval buffer;
    const struct timeval *wait = ares_timeout(resolver->channel, NULL, &buffer);
    sctpx_time deadline = SCTPX_TIME_NEVER;

    if (wait)
        deadline = sctpx_loop_now(resolver->loop) + (sctpx_time)wait->tv_sec * 1000000u +
                   (sctpx_time)wait->tv_usec + ROUNDING_US;
    sctpxi_loop_timer_set(&resolver->timer, deadline);
}

static void on_timer(void *arg)
{
    struct sctpxi_resolver *resolver = arg;

    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    arm(resolver);
}

/* c-ares may close the descriptor in it, and the watch is gone then. */
static void on_descriptor(void *arg, unsigned events)
{
    const struct watch *watch = arg;
    struct sctpxi_resolver *resolver = watch->resolver;
    ares_socket_t fd = watch->watch.fd;
    const unsigned reading = (unsigned)SCTPXI_LOOP_READ | (unsigned)SCTPXI_LOOP_ERROR;

    ares_process_fd(resolver->channel, events & reading ? fd : ARES_SOCKET_BAD,
                    events & SCTPXI_LOOP_WRITE ? fd : ARES_SOCKET_BAD);
    arm(resolver);
}

static struct watch *find_watch(const struct sctpxi_resolver *resolver, ares_socket_t fd)
{
    struct watch *watch;

    LIST_FOREACH (watch, &resolver->watches, link)
        if (watch->watch.fd == fd)
            return watch;
    return NULL;
}

static void drop_watch(struct watch *watch)
{
    sctpxi_loop_watch_stop(&watch->watch);
    LIST_REMOVE(watch, link);
    free(watch);
}

/* A descriptor that cannot be watched is like a server that does not answer. */
static void add_watch(struct sctpxi_resolver *resolver, ares_socket_t fd, unsigned events)
{
    struct watch *watch = calloc(1, sizeof(*watch));

    if (!watch)
        return;
    watch->resolver = resolver;
    watch->watch.function = on_descriptor;
    watch->watch.arg = watch;
    if (sctpxi_loop_watch_start(resolver->loop, &watch->watch, fd, events) < 0) {
        free(watch);
        return;
    }
    LIST_INSERT_HEAD(&resolver->watches, watch, link);
}

static void on_socket_state(void *arg, ares_socket_t fd, int is_reading, int is_writing)
{
    struct sctpxi_resolver *resolver = arg;
    struct watch *watch = find_watch(resolver, fd);
    unsigned events = (is_reading ? (unsigned)SCTPXI_LOOP_READ : 0) |
                      (is_writing ? (unsigned)SCTPXI_LOOP_WRITE : 0);

    if (!watch && events != 0)
        add_watch(resolver, fd, events);
    else if (watch && events == 0)
        drop_watch(watch);
    else if (watch)
        sctpxi_loop_watch_set(&watch->watch, events);
}

/* ---- life ---------------------------------------------------------------------------------- */

static void close_resolver(struct sctpxi_resolver *resolver)
{
    ares_destroy(resolver->channel);
    while (!LIST_EMPTY(&resolver->watches))
        drop_watch(LIST_FIRST(&resolver->watches));
    sctpxi_loop_timer_done(&resolver->timer);
    sctpxi_loop_client_remove(&resolver->client);
    free(resolver);
}

static void on_loop_close(struct sctpxi_loop_client *client)
{
    close_resolver((struct sctpxi_resolver *)(void *)client);
}

static int open_channel(struct sctpxi_resolver *resolver)
{
    struct ares_options options = {.timeout = TIMEOUT_MS,
                                   .tries = TRIES,
                                   .sock_state_cb = on_socket_state,
                                   .sock_state_cb_data = resolver};
    int status = ares_init_options(&resolver->channel, &options,
                                   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);

    if (status == ARES_SUCCESS)
        return 0;
    return status == ARES_ENOMEM ? SCTPX_ENOMEM : SCTPX_ENOTSUP;
}

static int new_resolver(sctpx_loop *loop, struct sctpxi_resolver **ret_resolver)
{
    struct sctpxi_resolver *resolver = calloc(1, sizeof(*resolver));
    int result;

    if (!resolver)
        return SCTPX_ENOMEM;
    resolver->loop = loop;
    LIST_INIT(&resolver->watches);
    result = sctpxi_loop_timer_init(&resolver->timer, loop, on_timer, resolver);
    if (result < 0) {
        free(resolver);
        return result;
    }
    result = open_channel(resolver);
    if (result < 0) {
        sctpxi_loop_timer_done(&resolver->timer);
        free(resolver);
        return result;
    }
    resolver->client.kind = &resolver_kind;
    resolver->client.on_close = on_loop_close;
    /* Sockets give up their look-ups before. */
    sctpxi_loop_client_add_oldest(loop, &resolver->client);
    *ret_resolver = resolver;
    return 0;
}

void sctpxi_cares_release(struct sctpxi_resolver *resolver)
{
    if (--resolver->users == 0)
        close_resolver(resolver);
}

/* ---- questions and answers ----------------------------------------------------------------- */

static const char *fault_of(const struct sctpxi_lookup *lookup, int status)
{
    switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENONAME:
        return "does not exist";
    case ARES_EBADNAME:
    case ARES_EBADSTR:
        return "is not a valid host name";
    case ARES_ENODATA:
        return sctpxi_lookup_no_address(lookup);
    default:
        return "cannot be looked up now (the name server failed; try again later)";
    }
}

static void on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *answer)
{
    struct sctpxi_lookup *lookup = arg;

    (void)timeouts;
    if (status == ARES_ETIMEOUT || status == ARES_ECONNREFUSED) {
        sctpxi_lookup_finish_unanswered(lookup);
        return;
    }
    if (status != ARES_SUCCESS) {
        sctpxi_lookup_finish(lookup, status == ARES_ENOMEM ? SCTPX_ENOMEM : SCTPX_EHOSTNOTFOUND,
                             fault_of(lookup, status));
        return;
    }
    for (const struct ares_addrinfo_node *node = answer->nodes; node; node = node->ai_next)
        sctpxi_lookup_add(lookup, node->ai_addr, (socklen_t)node->ai_addrlen);
    ares_freeaddrinfo(answer);
    sctpxi_lookup_finish(lookup, 0, NULL);
}

int sctpxi_cares_ask(sctpx_loop *loop, const char *name, struct sctpxi_lookup *lookup)
{
    struct sctpxi_loop_client *client = sctpxi_loop_client_find(loop, &resolver_kind);
    struct sctpxi_resolver *resolver = (struct sctpxi_resolver *)(void *)client;
    const struct ares_addrinfo_hints hints = {.ai_family = sctpxi_lookup_family(lookup),
                                              .ai_socktype = SOCK_DGRAM};

    if (!resolver) {
        int result = new_resolver(loop, &resolver);

        if (result < 0)
            return result;
    }
    resolver->users++;
    lookup->resolver = resolver;
    ares_getaddrinfo(resolver->channel, name, NULL, &hints, on_answer, lookup);
    arm(resolver);
    return 0;
}

/* SPDX-License-Identifier: MIT */
#include "api/resolve.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <sctpx/addr.h>

#include "api/resolve_internal.h"

int sctpxi_resolve_literal(const char *host, enum sctpx_family family, sctpx_addr *ret_addr)
{
    sctpx_addr addr;

    if (sctpx_addr_parse(host, &addr) < 0)
        return 0;
    if (sctpx_addr_is_wildcard(&addr))
        return SCTPX_EINVAL;
    if (family != SCTPX_NO_FAMILY && addr.family != family)
        return SCTPX_EHOSTNOTFOUND;
    *ret_addr = addr;
    return 1;
}

/* ---- what was found ------------------------------------------------------------------------ */

static size_t count_family(const struct sctpxi_lookup *lookup, uint8_t family)
{
    size_t count = 0;

    for (size_t i = 0; i < lookup->found_count; i++)
        if (lookup->found[i].family == family)
            count++;
    return count;
}

/*
 * Whether a host can be there: not at 0.0.0.0/8, multicast, reserved and broadcast addresses, nor
 * at a link-local one of which nobody knows on which link.
 */
static bool is_of_host(const sctpx_addr *addr)
{
    if (addr->family == SCTPX_IPV4)
        return addr->ip[0] != 0 && addr->ip[0] < 224;
    return addr->ip[0] != 0xff && !sctpx_addr_is_wildcard(addr) &&
           (!sctpx_addr_is_link_local(addr) || addr->scope_id != 0);
}

static bool is_wanted(const struct sctpxi_lookup *lookup, const sctpx_addr *addr)
{
    if (!is_of_host(addr))
        return false;
    if (lookup->family != SCTPX_NO_FAMILY && addr->family != lookup->family)
        return false;
    for (size_t i = 0; i < lookup->found_count; i++)
        if (sctpx_addr_same_ip(&lookup->found[i], addr))
            return false;
    return count_family(lookup, addr->family) < SCTPXI_HOST_ADDRS_MAX;
}

static void add(struct sctpxi_lookup *lookup, const sctpx_addr *addr)
{
    if (is_wanted(lookup, addr))
        lookup->found[lookup->found_count++] = *addr;
}

void sctpxi_lookup_add(struct sctpxi_lookup *lookup, const struct sockaddr *address,
                       socklen_t length)
{
    sctpx_addr addr;

    if (sctpx_addr_from_sockaddr(address, length, &addr) < 0)
        return;
    addr.udp_port = 0;
    add(lookup, &addr);
}

/* The first one from here on that is (not) of this family; found_count if there is none. */
static size_t find_next(const struct sctpxi_lookup *lookup, size_t from, uint8_t family, bool is_it)
{
    while (from < lookup->found_count && (lookup->found[from].family == family) != is_it)
        from++;
    return from;
}

/* RFC 8305 4: the families take turns, so that one that leads nowhere costs one attempt. */
static void interleave(struct sctpxi_lookup *lookup)
{
    struct sctpxi_host *host = &lookup->host;
    uint8_t family = lookup->found[0].family;
    size_t next[2] = {find_next(lookup, 0, family, true), find_next(lookup, 0, family, false)};

    for (unsigned turn = 0; host->count < SCTPXI_HOST_ADDRS_MAX; turn ^= 1) {
        if (next[turn] == lookup->found_count)
            turn ^= 1;
        if (next[turn] == lookup->found_count)
            return;
        host->addrs[host->count++] = lookup->found[next[turn]];
        next[turn] = find_next(lookup, next[turn] + 1, family, turn == 0);
    }
}

int sctpxi_lookup_family(const struct sctpxi_lookup *lookup)
{
    if (lookup->family == SCTPX_NO_FAMILY)
        return AF_UNSPEC;
    return lookup->family == SCTPX_IPV4 ? AF_INET : AF_INET6;
}

const char *sctpxi_lookup_no_address(const struct sctpxi_lookup *lookup)
{
    return lookup->family == SCTPX_NO_FAMILY ? "has no address"
                                             : "has no address of the family asked for";
}

void sctpxi_lookup_finish(struct sctpxi_lookup *lookup, int error, const char *fault)
{
    assert(!lookup->is_finished);
    if (lookup->is_cancelled) {
        free(lookup);
        return;
    }
    lookup->is_finished = true;
    lookup->host.error = error;
    lookup->host.fault = fault;
    if (error == 0 && lookup->found_count > 0) {
        interleave(lookup);
    } else if (error == 0) {
        lookup->host.error = SCTPX_EHOSTNOTFOUND;
        lookup->host.fault = sctpxi_lookup_no_address(lookup);
    }
    sctpxi_loop_defer_queue(&lookup->defer);
}

static bool has_descriptors(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return errno != EMFILE && errno != ENFILE;
    close(fd);
    return true;
}

void sctpxi_lookup_finish_unanswered(struct sctpxi_lookup *lookup)
{
    if (lookup->is_cancelled || has_descriptors())
        sctpxi_lookup_finish(lookup, SCTPX_EHOSTNOTFOUND,
                             "cannot be looked up now (no name server answers; try again later)");
    else
        sctpxi_lookup_finish(lookup, SCTPX_ERESOURCE, NULL);
}

/* ---- names that nobody is asked for -------------------------------------------------------- */

/* The name is this domain or below it; a dot at the end of it does not matter. */
static bool is_below(const char *name, const char *domain)
{
    size_t length = strlen(name), wanted = strlen(domain);

    if (length > 0 && name[length - 1] == '.')
        length--;
    if (length < wanted || strncasecmp(name + length - wanted, domain, wanted) != 0)
        return false;
    return length == wanted || name[length - wanted - 1] == '.';
}

static bool settle(const char *name, struct sctpxi_lookup *lookup)
{
    static const sctpx_addr loopback_v6 = {.family = SCTPX_IPV6, .ip = {[15] = 1}};
    static const sctpx_addr loopback_v4 = {.family = SCTPX_IPV4, .ip = {127, 0, 0, 1}};

    if (is_below(name, "localhost")) { /* RFC 6761 6.3 */
        add(lookup, &loopback_v6);
        add(lookup, &loopback_v4);
        sctpxi_lookup_finish(lookup, 0, NULL);
        return true;
    }
    if (is_below(name, "invalid")) { /* RFC 6761 6.4 */
        sctpxi_lookup_finish(lookup, SCTPX_EHOSTNOTFOUND, "does not exist");
        return true;
    }
    return false;
}

/* ---- look-ups ------------------------------------------------------------------------------ */

static void release_resolver(struct sctpxi_lookup *lookup)
{
#ifdef SCTPX_HAVE_CARES
    struct sctpxi_resolver *resolver = lookup->resolver;

    lookup->resolver = NULL;
    if (resolver)
        sctpxi_cares_release(resolver);
#else
    (void)lookup;
#endif
}

static void tell(void *arg)
{
    struct sctpxi_lookup *lookup = arg;

    release_resolver(lookup);
    lookup->on_done(lookup->arg, &lookup->host);
    free(lookup);
}

static int ask(sctpx_loop *loop, const char *name, struct sctpxi_lookup *lookup)
{
#ifdef SCTPX_HAVE_CARES
    int result = sctpxi_cares_ask(loop, name, lookup);

    if (result != SCTPX_ENOTSUP)
        return result;
#else
    (void)loop;
#endif
    sctpxi_system_ask(name, lookup);
    return 0;
}

int sctpxi_lookup_start(sctpx_loop *loop, const char *name, enum sctpx_family family,
                        void (*on_done)(void *arg, const struct sctpxi_host *host), void *arg,
                        struct sctpxi_lookup **ret_lookup)
{
    struct sctpxi_lookup *lookup = calloc(1, sizeof(*lookup));
    int result;

    if (!lookup)
        return SCTPX_ENOMEM;
    sctpxi_loop_defer_init(&lookup->defer, loop, tell, lookup);
    lookup->family = family;
    lookup->on_done = on_done;
    lookup->arg = arg;
    result = settle(name, lookup) ? 0 : ask(loop, name, lookup);
    if (result < 0) {
        free(lookup);
        return result;
    }
    *ret_lookup = lookup;
    return 0;
}

void sctpxi_lookup_cancel(struct sctpxi_lookup *lookup)
{
    if (!lookup)
        return;
    if (!lookup->is_finished) {
        lookup->is_cancelled = true;
        release_resolver(lookup);
        return;
    }
    sctpxi_loop_defer_cancel(&lookup->defer);
    release_resolver(lookup);
    free(lookup);
}

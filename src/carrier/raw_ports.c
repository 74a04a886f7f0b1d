/* SPDX-License-Identifier: MIT */
/*
 * Who has an SCTP port over raw IP. Raw sockets know no ports, so the kernel lets any number of
 * programs have the same one, and each would answer all its packets. What excludes others has to
 * reach as far as the packets do, and to end with the program however that ends: abstract names of
 * unix sockets belong to one network namespace and are gone with the socket that has them.
 *
 *   sctpx/raw/PORT/ADDRESS    one for each address, "0.0.0.0" and "::" among them
 *   sctpx/raw/PORT/4/NUMBER   one more for an address that is no wildcard: by looking for these
 *                             (6 with IPv6) a wildcard finds whoever has one of its addresses
 *   sctpx/raw/block/BLOCK     64 ports to pick from, at whatever address: who connects to many
 *                             needs many ports, and a descriptor for each would be too much
 *
 * Everybody takes his names first and looks for those of others then, so that of two at the same
 * time at least one sees the other.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <sys/un.h>
#include <unistd.h>

#include <sctpx/addr.h>

#include "carrier/sockets.h"

enum {
    NUMBERS = 64, /* addresses with one port that a wildcard sees; more of them do no harm */
    NAMES = 2 * SCTPXI_CARRIER_SOCKETS
};

struct sctpxi_carrier_claim {
    SLIST_ENTRY(sctpxi_carrier_claim) link;
    uint16_t port;
    size_t count;
    int fds[NAMES];
};

/* ---- one name ------------------------------------------------------------------------------ */

struct name {
    struct sockaddr_un addr;
    socklen_t length;
};

static void put_length(struct name *name, int characters)
{
    name->addr.sun_family = AF_UNIX;
    name->addr.sun_path[0] = '\0';
    name->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)characters);
}

static void name_address(struct name *name, uint16_t port, const sctpx_addr *addr)
{
    char text[SCTPX_ADDR_TEXT_BYTES];

    (void)sctpx_addr_format(addr, text, sizeof(text));
    put_length(name, snprintf(name->addr.sun_path + 1, sizeof(name->addr.sun_path) - 1,
                              "sctpx/raw/%u/%s", (unsigned)port, text));
}

static void name_number(struct name *name, uint16_t port, int family, unsigned number)
{
    put_length(name, snprintf(name->addr.sun_path + 1, sizeof(name->addr.sun_path) - 1,
                              "sctpx/raw/%u/%d/%u", (unsigned)port, family == SCTPX_IPV4 ? 4 : 6,
                              number));
}

static void name_block(struct name *name, unsigned block)
{
    put_length(name, snprintf(name->addr.sun_path + 1, sizeof(name->addr.sun_path) - 1,
                              "sctpx/raw/block/%u", block));
}

static int open_unix(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0)
        return fd;
    return errno == EMFILE || errno == ENFILE ? SCTPX_ERESOURCE : SCTPX_ENOTSUP;
}

/* A descriptor with it. SCTPX_EADDRINUSE: somebody has it. SCTPX_ENOTSUP: no such thing here. */
static int bind_name(const struct name *name)
{
    int fd = open_unix(), result;

    if (fd < 0)
        return fd;
    if (bind(fd, (const struct sockaddr *)&name->addr, name->length) < 0) {
        result = errno == EADDRINUSE ? SCTPX_EADDRINUSE : SCTPX_ENOTSUP;
        close(fd);
        return result;
    }
    (void)shutdown(fd, SHUT_RD); /* nobody can send to it */
    return fd;
}

static int take(struct sctpxi_carrier_claim *claim, const struct name *name)
{
    int fd = bind_name(name);

    if (fd < 0)
        return fd;
    claim->fds[claim->count++] = fd;
    return 0;
}

/* A socket of datagrams can be connected to any other one, and to another one then. */
static bool is_taken(int probe, const struct name *name)
{
    return connect(probe, (const struct sockaddr *)&name->addr, name->length) == 0 ||
           errno != ECONNREFUSED;
}

/* ---- one address --------------------------------------------------------------------------- */

/* Whoever has one of the addresses of the wildcard. */
static int look_for_numbers(uint16_t port, int family)
{
    int probe = open_unix(), result = 0;
    struct name name;

    if (probe < 0)
        return probe;
    for (unsigned number = 0; number < NUMBERS && result == 0; number++) {
        name_number(&name, port, family, number);
        if (is_taken(probe, &name))
            result = SCTPX_EADDRINUSE;
    }
    close(probe);
    return result;
}

static int look_for_wildcard(uint16_t port, int family)
{
    const sctpx_addr wildcard = {.family = (uint8_t)family};
    int probe = open_unix(), result;
    struct name name;

    if (probe < 0)
        return probe;
    name_address(&name, port, &wildcard);
    result = is_taken(probe, &name) ? SCTPX_EADDRINUSE : 0;
    close(probe);
    return result;
}

static int take_number(struct sctpxi_carrier_claim *claim, int family)
{
    int result = SCTPX_EADDRINUSE;
    struct name name;

    for (unsigned number = 0; number < NUMBERS && result == SCTPX_EADDRINUSE; number++) {
        name_number(&name, claim->port, family, number);
        result = take(claim, &name);
    }
    return result == SCTPX_EADDRINUSE ? 0 : result;
}

static int take_address(struct sctpxi_carrier_claim *claim, const sctpx_addr *addr)
{
    struct name name;
    int result;

    name_address(&name, claim->port, addr);
    result = take(claim, &name);
    if (result == 0 && sctpx_addr_is_wildcard(addr))
        return look_for_numbers(claim->port, addr->family);
    if (result == 0)
        result = take_number(claim, addr->family);
    return result < 0 ? result : look_for_wildcard(claim->port, addr->family);
}

/* It has the wildcard of its family as well, which says it all. */
static bool is_covered(const struct sctpxi_carrier *carrier, const sctpx_addr *addr)
{
    if (sctpx_addr_is_wildcard(addr))
        return false;
    for (size_t i = 0; i < carrier->count; i++)
        if (carrier->sockets[i].local.family == addr->family &&
            sctpx_addr_is_wildcard(&carrier->sockets[i].local))
            return true;
    return false;
}

/* ---- one port ------------------------------------------------------------------------------ */

static void free_claim(struct sctpxi_carrier_claim *claim)
{
    while (claim->count > 0)
        close(claim->fds[--claim->count]);
    free(claim);
}

static bool has_claim(const struct sctpxi_carrier *carrier, uint16_t port)
{
    const struct sctpxi_carrier_claim *claim;

    SLIST_FOREACH (claim, &carrier->claims, link)
        if (claim->port == port)
            return true;
    return false;
}

int sctpxi_carrier_claim(struct sctpxi_carrier *carrier, uint16_t port)
{
    struct sctpxi_carrier_claim *claim;
    int result = 0;

    if (carrier->kind->has_ports || has_claim(carrier, port))
        return 0;
    claim = calloc(1, sizeof(*claim));
    if (claim == NULL)
        return SCTPX_ENOMEM;
    claim->port = port;
    for (size_t i = 0; i < carrier->count && result == 0; i++)
        if (!is_covered(carrier, &carrier->sockets[i].local))
            result = take_address(claim, &carrier->sockets[i].local);
    if (result < 0 && result != SCTPX_ENOTSUP) {
        free_claim(claim);
        return result;
    }
    SLIST_INSERT_HEAD(&carrier->claims, claim, link);
    return 0;
}

void sctpxi_carrier_disclaim(struct sctpxi_carrier *carrier, uint16_t port)
{
    struct sctpxi_carrier_claim *claim;

    SLIST_FOREACH (claim, &carrier->claims, link)
        if (claim->port == port)
            break;
    if (claim == NULL)
        return;
    SLIST_REMOVE(&carrier->claims, claim, sctpxi_carrier_claim, link);
    free_claim(claim);
}

uint16_t sctpxi_carrier_next_claim(const struct sctpxi_carrier *carrier, uint16_t after)
{
    const struct sctpxi_carrier_claim *claim;
    uint16_t next = 0;

    SLIST_FOREACH (claim, &carrier->claims, link)
        if (claim->port > after && (next == 0 || claim->port < next))
            next = claim->port;
    return next;
}

/* ---- blocks of ports ----------------------------------------------------------------------- */

void sctpxi_sockets_free_blocks(struct sctpxi_carrier *carrier)
{
    struct sctpxi_carrier_claim *claim;

    while ((claim = SLIST_FIRST(&carrier->blocks)) != NULL) {
        SLIST_REMOVE_HEAD(&carrier->blocks, link);
        free_claim(claim);
    }
}

static bool keep_block(struct sctpxi_carrier *carrier, int fd)
{
    struct sctpxi_carrier_claim *claim = calloc(1, sizeof(*claim));

    if (claim == NULL) {
        close(fd);
        return false;
    }
    claim->fds[claim->count++] = fd;
    SLIST_INSERT_HEAD(&carrier->blocks, claim, link);
    return true;
}

int sctpxi_carrier_take_block(struct sctpxi_carrier *carrier, unsigned blocks, unsigned first)
{
    struct name name;
    int result = SCTPX_EADDRINUSE;
    unsigned block = first;

    if (carrier->kind->has_ports)
        return SCTPX_ENOTSUP;
    for (unsigned i = 0; i < blocks && result == SCTPX_EADDRINUSE; i++) {
        block = (first + i) % blocks;
        name_block(&name, block);
        result = bind_name(&name);
    }
    if (result < 0)
        return result;
    return keep_block(carrier, result) ? (int)block : SCTPX_ENOMEM;
}

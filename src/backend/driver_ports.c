/* SPDX-License-Identifier: MIT */
/*
 * SCTP ports that a driver listens on or connects from, and their rivals outside of it
 * (sctpxi_carrier_claim(), sctpxi_carrier_take_block()).
 */
#include "backend/driver_internal.h"

#include "engine/endpoint.h"

/* How often a dynamic port is drawn anew because another one of this host has it. */
enum { PORT_TRIES = 16 };

/* ---- which ones are in use ------------------------------------------------------------------ */

static bool has_associations(const sctpx_endpoint *ep, uint16_t port)
{
    const sctpx_assoc *a;

    TAILQ_FOREACH (a, &ep->all, all_link)
        if (a->local_port == port)
            return true;
    return false;
}

/*
 * A port is kept until its last association has ended: whoever gets it answers packets of
 * associations that he does not know with an ABORT (RFC 9260 8.4). It is looked for them only when
 * some have ended.
 */
void sctpxi_driver_review_ports(struct sctpxi_driver *driver)
{
    const sctpx_endpoint *ep = driver->endpoint;
    uint16_t port = 0;

    if (driver->carrier == NULL || !driver->has_idle_ports ||
        driver->reviewed_assocs == ep->assoc_count)
        return;
    driver->reviewed_assocs = ep->assoc_count;
    driver->has_idle_ports = false;
    while ((port = sctpxi_carrier_next_claim(driver->carrier, port)) != 0) {
        if (sctpxi_listener_find(ep, port) != NULL)
            continue;
        if (has_associations(ep, port))
            driver->has_idle_ports = true;
        else
            sctpxi_carrier_disclaim(driver->carrier, port);
    }
}

/* ---- ports to pick from --------------------------------------------------------------------- */

/*
 * One block more, if the system does not sort packets by port; which one is left to chance, so that
 * the ports of programs cannot be guessed. Where all blocks are taken, or that cannot be found out,
 * any port serves as before: 0.
 */
static int take_block(struct sctpxi_driver *driver)
{
    struct sctpxi_dynamic_ports *ports = &driver->endpoint->dynamic_ports;
    unsigned first = sctpxi_endpoint_random_u32(driver->endpoint) % SCTPXI_PORT_BLOCKS;
    int block = sctpxi_carrier_take_block(driver->carrier, SCTPXI_PORT_BLOCKS, first);

    if (block >= 0)
        sctpxi_dynamic_ports_add(ports, (uint8_t)block);
    return block == SCTPX_ENOTSUP || block == SCTPX_EADDRINUSE ? 0 : block;
}

/* At least one block, before the first port is picked. */
static int reserve_ports(struct sctpxi_driver *driver, uint16_t port)
{
    bool is_enough = port != 0 || driver->endpoint->dynamic_ports.count > 0;
    int result = is_enough ? 0 : take_block(driver);

    return result < 0 ? result : 0;
}

/* ---- connecting ----------------------------------------------------------------------------- */

int sctpxi_driver_connect(struct sctpxi_driver *driver, const struct sctpxi_driver_target *target,
                          const sctpx_assoc_options *options, void *user, sctpx_assoc **ret_assoc)
{
    const struct sctpxi_dynamic_ports *ports = &driver->endpoint->dynamic_ports;
    int result = reserve_ports(driver, target->local_port);
    unsigned blocks;

    if (result < 0)
        return result;
    do {
        blocks = ports->count;
        result = sctpx_endpoint_connect(driver->endpoint, sctpxi_driver_now(driver),
                                        target->remotes, target->count, target->remote_port,
                                        target->local_port, options, user, ret_assoc);
        if (result == SCTPX_EADDRINUSE && target->local_port == 0 && blocks > 0)
            (void)take_block(driver); /* theirs are all in use */
    } while (ports->count > blocks);
    return result;
}

/* ---- listening ------------------------------------------------------------------------------ */

static int listen_once(struct sctpxi_driver *driver, uint16_t port,
                       const sctpx_listen_options *options)
{
    int result = sctpx_endpoint_listen(driver->endpoint, port, options);
    int error;

    if (result < 0)
        return result;
    error = sctpxi_carrier_claim(driver->carrier, (uint16_t)result);
    if (error == 0)
        return result;
    (void)sctpx_endpoint_unlisten(driver->endpoint, sctpxi_driver_now(driver), (uint16_t)result);
    return error;
}

int sctpxi_driver_listen(struct sctpxi_driver *driver, uint16_t port,
                         const sctpx_listen_options *options)
{
    int result = reserve_ports(driver, port);

    if (result == 0)
        result = listen_once(driver, port, options);
    for (int tries = 1; port == 0 && result == SCTPX_EADDRINUSE && tries < PORT_TRIES; tries++) {
        (void)take_block(driver);
        result = listen_once(driver, port, options);
    }
    return result;
}

void sctpxi_driver_unlisten(struct sctpxi_driver *driver, uint16_t port)
{
    (void)sctpx_endpoint_unlisten(driver->endpoint, sctpxi_driver_now(driver), port);
    driver->has_idle_ports = true;
    driver->reviewed_assocs = SIZE_MAX; /* has to be looked at */
    sctpxi_driver_review_ports(driver);
    sctpxi_driver_touch(driver);
}

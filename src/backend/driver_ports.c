/* SPDX-License-Identifier: MIT */
/* SCTP ports that a driver listens on, and their rivals outside of it (sctpxi_carrier_claim()). */
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
    int result = listen_once(driver, port, options);

    for (int tries = 1; port == 0 && result == SCTPX_EADDRINUSE && tries < PORT_TRIES; tries++)
        result = listen_once(driver, port, options);
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

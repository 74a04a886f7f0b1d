/* SPDX-License-Identifier: MIT */
#include "backend/driver_internal.h"

#include <stdlib.h>

#include "trace/pcap.h"

/* Its address identifies hubs among the clients of a loop. */
static const char hub_kind;

static void set_pcap(struct sctpxi_driver_hub *hub, struct sctpxi_pcap *pcap)
{
    struct sctpxi_driver *driver;

    TAILQ_FOREACH (driver, &hub->drivers, link)
        sctpxi_driver_set_pcap(driver, pcap);
    sctpxi_pcap_close(hub->pcap);
    hub->pcap = pcap;
}

static void on_close(struct sctpxi_loop_client *client)
{
    struct sctpxi_driver_hub *hub = (struct sctpxi_driver_hub *)client;
    struct sctpxi_driver *driver;

    while ((driver = TAILQ_FIRST(&hub->drivers)) != NULL) {
        sctpxi_driver_close(driver);
        sctpxi_driver_reap(driver);
    }
    set_pcap(hub, NULL);
    sctpxi_loop_client_remove(client);
    free(hub);
}

int sctpxi_driver_hub_get(sctpx_loop *loop, struct sctpxi_driver_hub **ret_hub)
{
    struct sctpxi_loop_client *client = sctpxi_loop_client_find(loop, &hub_kind);
    struct sctpxi_driver_hub *hub = (struct sctpxi_driver_hub *)client;

    if (hub == NULL) {
        hub = calloc(1, sizeof(*hub));
        if (hub == NULL)
            return SCTPX_ENOMEM;
        TAILQ_INIT(&hub->drivers);
        hub->client.kind = &hub_kind;
        hub->client.on_close = on_close;
        /* Servers and sockets close before the drivers that they use. */
        sctpxi_loop_client_add_oldest(loop, &hub->client);
    }
    *ret_hub = hub;
    return 0;
}

int sctpx_loop_set_pcap(sctpx_loop *loop, const char *path)
{
    struct sctpxi_driver_hub *hub;
    struct sctpxi_pcap *pcap = NULL;
    int error;

    if (loop == NULL)
        return SCTPX_EINVAL;
    error = sctpxi_driver_hub_get(loop, &hub);
    if (error == 0 && path != NULL)
        error = sctpxi_pcap_open(path, sctpx_loop_now(loop), &pcap);
    if (error < 0)
        return error;
    set_pcap(hub, pcap);
    return 0;
}

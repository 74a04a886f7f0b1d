/* SPDX-License-Identifier: MIT */
#include "carrier/sockets.h"

#include <assert.h>
#include <stdlib.h>

#include <unistd.h>

/* The batch stays untouched memory until packets come in, so an idle carrier is small. */
int sctpxi_sockets_new(const struct sctpxi_carrier_kind *kind, struct sctpxi_carrier **ret_carrier)
{
    struct sctpxi_carrier *carrier = calloc(1, sizeof(*carrier));

    if (carrier == NULL)
        return SCTPX_ENOMEM;
    carrier->kind = kind;
    carrier->batch = malloc(sizeof(*carrier->batch));
    if (carrier->batch == NULL) {
        sctpxi_carrier_close(carrier);
        return SCTPX_ENOMEM;
    }
    *ret_carrier = carrier;
    return 0;
}

void sctpxi_carrier_close(struct sctpxi_carrier *carrier)
{
    uint16_t port;

    if (carrier == NULL)
        return;
    while ((port = sctpxi_carrier_next_claim(carrier, 0)) != 0)
        sctpxi_carrier_disclaim(carrier, port);
    sctpxi_sockets_free_blocks(carrier);
    for (size_t i = 0; i < carrier->count; i++)
        close(carrier->sockets[i].fd);
    free(carrier->batch);
    free(carrier);
}

size_t sctpxi_carrier_count(const struct sctpxi_carrier *carrier)
{
    return carrier->count;
}

int sctpxi_carrier_fd(const struct sctpxi_carrier *carrier, size_t socket)
{
    assert(socket < carrier->count);
    return carrier->sockets[socket].fd;
}

const sctpx_addr *sctpxi_carrier_local(const struct sctpxi_carrier *carrier, size_t socket)
{
    assert(socket < carrier->count);
    return &carrier->sockets[socket].local;
}

const struct sctpxi_carrier_stats *sctpxi_carrier_get_stats(const struct sctpxi_carrier *carrier)
{
    return &carrier->stats;
}

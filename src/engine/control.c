/* SPDX-License-Identifier: MIT */
#include "engine/control.h"

#include <string.h>

#include "engine/address.h"
#include "engine/endpoint.h"

void sctpxi_control_queue(sctpx_assoc *a, uint8_t path, const sctpx_addr *local,
                          const uint8_t *chunks, size_t length)
{
    if (a->control_count >= SCTPXI_CONTROL_MAX || length > UINT16_MAX)
        return;
    struct sctpxi_control *c = sctpxi_pool_get(&a->endpoint->pool, sizeof *c + length);
    if (c == NULL)
        return;
    c->length = (uint16_t)length;
    c->path = path;
    c->local = local != NULL ? *local : (sctpx_addr){.family = SCTPX_NO_FAMILY};
    memcpy(c->bytes, chunks, length);
    STAILQ_INSERT_TAIL(&a->controls, c, link);
    a->control_count++;
    sctpxi_assoc_want_output(a);
}

static void drop(sctpx_assoc *a, struct sctpxi_control *c)
{
    STAILQ_REMOVE(&a->controls, c, sctpxi_control, link);
    a->control_count--;
    sctpxi_pool_put(&a->endpoint->pool, c, sizeof *c + c->length);
}

static bool is_for(const struct sctpxi_control *c, uint8_t path, const sctpx_addr *local)
{
    return c->path == path &&
           (c->local.family == SCTPX_NO_FAMILY || sctpxi_address_same_ip(&c->local, local));
}

void sctpxi_control_write(sctpx_assoc *a, uint8_t path, const sctpx_addr *local,
                          struct sctpxi_writer *w)
{
    struct sctpxi_control *next;
    for (struct sctpxi_control *c = STAILQ_FIRST(&a->controls); c != NULL; c = next) {
        next = STAILQ_NEXT(c, link);
        if (!is_for(c, path, local) || c->length > sctpxi_writer_left(w))
            continue;
        sctpxi_writer_put_bytes(w, c->bytes, c->length);
        drop(a, c);
    }
}

uint8_t sctpxi_control_first(sctpx_assoc *a, sctpx_addr *ret_local)
{
    struct sctpxi_control *c;
    /* Too long since the MTU shrank: kept, it would stop everything else. */
    while ((c = STAILQ_FIRST(&a->controls)) != NULL &&
           c->length > sctpxi_path_data_bytes(&a->paths[c->path]))
        drop(a, c);
    if (c == NULL)
        return SCTPXI_NO_PATH;
    *ret_local = c->local;
    return c->path;
}

void sctpxi_control_clear(sctpx_assoc *a)
{
    struct sctpxi_control *c;
    while ((c = STAILQ_FIRST(&a->controls)) != NULL)
        drop(a, c);
}

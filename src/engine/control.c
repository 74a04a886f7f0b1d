/* SPDX-License-Identifier: MIT */
#include "engine/control.h"

#include <string.h>

#include "engine/address.h"
#include "engine/endpoint.h"

void sctpxi_control_on_packet(sctpx_assoc *a, size_t reserved_bytes)
{
    a->answer_path = SCTPXI_NO_PATH;
    a->answer_bytes = (uint32_t)reserved_bytes;
}

/* RFC 9260 12.4: whatever there is to say to a packet, one packet says it. */
static bool is_in_same_packet(const sctpx_assoc *a, uint8_t path, size_t length)
{
    if (a->answer_path == SCTPXI_NO_PATH && a->answer_bytes == 0)
        return true;
    return (a->answer_path == SCTPXI_NO_PATH || a->answer_path == path) &&
           a->answer_bytes + length <= sctpxi_path_data_bytes(&a->paths[path]);
}

void sctpxi_control_queue(sctpx_assoc *a, uint8_t path, const sctpx_addr *local,
                          const uint8_t *chunks, size_t length)
{
    if (a->control_count >= SCTPXI_CONTROL_MAX || length > UINT16_MAX ||
        !is_in_same_packet(a, path, length))
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
    a->answer_path = path;
    a->answer_bytes += (uint32_t)length;
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

/* Too long since the MTU shrank: kept, it would stop everything else. */
void sctpxi_control_drop_too_long(sctpx_assoc *a)
{
    struct sctpxi_control *c;
    while ((c = STAILQ_FIRST(&a->controls)) != NULL &&
           c->length > sctpxi_path_data_bytes(&a->paths[c->path]))
        drop(a, c);
}

uint8_t sctpxi_control_first(const sctpx_assoc *a, sctpx_addr *ret_local)
{
    const struct sctpxi_control *c = STAILQ_FIRST(&a->controls);
    if (c == NULL)
        return SCTPXI_NO_PATH;
    *ret_local = c->local;
    const struct sctpxi_control *next = c;
    /* One that may leave from anywhere joins one that may not. */
    while (ret_local->family == SCTPX_NO_FAMILY && (next = STAILQ_NEXT(next, link)) != NULL)
        if (next->path == c->path)
            *ret_local = next->local;
    return c->path;
}

void sctpxi_control_renumber(sctpx_assoc *a, const uint8_t *to)
{
    struct sctpxi_control *next;
    for (struct sctpxi_control *c = STAILQ_FIRST(&a->controls); c != NULL; c = next) {
        next = STAILQ_NEXT(c, link);
        c->path = to[c->path];
        if (c->path == SCTPXI_NO_PATH)
            drop(a, c);
    }
    if (a->answer_path != SCTPXI_NO_PATH)
        a->answer_path = to[a->answer_path];
}

void sctpxi_control_clear(sctpx_assoc *a)
{
    struct sctpxi_control *c;
    while ((c = STAILQ_FIRST(&a->controls)) != NULL)
        drop(a, c);
}

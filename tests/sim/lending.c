/* SPDX-License-Identifier: MIT */
/*
 * Every third message of the test programs is lent to the engine, not copied. Its bytes go when
 * they are given back, which has to be once, and while there is an endpoint.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/internal.h"

struct loan {
    struct sim_host *host;
    const void *data; /* right behind this: what is touched too late or too far is found out */
    size_t length;
};

static void on_release(void *context, const void *data, size_t length)
{
    struct loan *loan = (struct loan *)(uintptr_t)data - 1;
    struct sim_host *host = loan->host;
    if (loan->data != data || loan->length != length || host->lent_messages == 0 || context == NULL)
        sim_violation(host->sim, "%s: given back what was not lent", host->name);
    host->lent_messages--;
    memset(loan, 0xEE, sizeof(*loan) + length);
    free(loan);
}

const void *sim_lend(struct sim_conn *conn, const void *data, size_t length, sctpx_sndinfo *info)
{
    if (conn->host->sim->is_light || length == 0 || conn->sent_messages % 3 != 2)
        return data;
    struct loan *loan = malloc(sizeof(*loan) + length);
    assert_non_null(loan);
    *loan = (struct loan){.host = conn->host, .data = loan + 1, .length = length};
    memcpy(loan + 1, data, length);
    conn->host->lent_messages++;
    info->release = on_release;
    return loan->data;
}

void sim_lend_refused(const void *data, const sctpx_sndinfo *info, size_t length)
{
    if (info->release != NULL) /* and not by the engine: it would be a second time */
        info->release(info->context, data, length);
}

void sim_lend_check(const struct sim_host *host)
{
    if (host->lent_messages != 0)
        sim_violation(host->sim, "%s did not give back %zu messages", host->name,
                      host->lent_messages);
}

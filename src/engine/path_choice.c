/* SPDX-License-Identifier: MIT */
/* Which path serves for what (RFC 9260 6.4, 6.4.1). */
#include "engine/assoc.h"

static bool is_usable(const sctpx_assoc *a, uint8_t path)
{
    return a->paths[path].is_confirmed && a->paths[path].is_active;
}

uint8_t sctpxi_path_for_data(const sctpx_assoc *a)
{
    if (is_usable(a, a->primary))
        return a->primary;
    uint8_t alternate = sctpxi_path_alternate(a, a->primary);
    if (is_usable(a, alternate) || a->paths[a->primary].is_confirmed)
        return alternate;
    for (uint8_t i = 0; i < a->path_count; i++) /* all inactive: a confirmed one at least */
        if (a->paths[i].is_confirmed)
            return i;
    return a->primary;
}

uint8_t sctpxi_path_alternate(const sctpx_assoc *a, uint8_t path)
{
    for (uint8_t step = 1; step < a->path_count; step++) {
        uint8_t i = (uint8_t)((path + step) % a->path_count);
        if (is_usable(a, i))
            return i;
    }
    return path;
}

uint8_t sctpxi_path_or_data(const sctpx_assoc *a, uint8_t path)
{
    return path < a->path_count && is_usable(a, path) ? path : sctpxi_path_for_data(a);
}

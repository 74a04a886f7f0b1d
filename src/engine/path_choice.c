/* SPDX-License-Identifier: MIT */
/* Which path serves for what (RFC 9260 6.4, 6.4.1). */
#include "engine/assoc.h"

static bool is_usable(const sctpx_assoc *a, uint8_t path)
{
    return a->paths[path].is_confirmed && a->paths[path].is_active;
}

uint8_t sctpxi_path_instead_of_primary(const sctpx_assoc *a)
{
    uint8_t alternate = sctpxi_path_alternate(a, a->primary);
    if (is_usable(a, alternate) || a->paths[a->primary].is_confirmed)
        return alternate;
    for (uint8_t i = 0; i < a->path_count; i++) /* all inactive: a confirmed one at least */
        if (a->paths[i].is_confirmed)
            return i;
    return a->primary;
}

/*
 * 6.4.1 leaves the choice to us. What left more unanswered since it was last heard is the worse
 * choice, or else a dead path that nobody knows of yet is tried for chunk after chunk. The path
 * itself comes last, and is chosen only when every other one is worse.
 */
uint8_t sctpxi_path_alternate(const sctpx_assoc *a, uint8_t path)
{
    uint8_t best = SCTPXI_NO_PATH;
    for (uint8_t step = 1; step <= a->path_count; step++) {
        uint8_t i = (uint8_t)((path + step) % a->path_count);
        if (is_usable(a, i) &&
            (best == SCTPXI_NO_PATH || a->paths[i].errors < a->paths[best].errors))
            best = i;
    }
    return best == SCTPXI_NO_PATH ? path : best;
}

uint8_t sctpxi_path_or_data(const sctpx_assoc *a, uint8_t path)
{
    return path < a->path_count && is_usable(a, path) ? path : sctpxi_path_for_data(a);
}

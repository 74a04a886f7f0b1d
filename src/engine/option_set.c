/* SPDX-License-Identifier: MIT */
#include "engine/option_set.h"

#include <sctpx/error.h>

/* So many sets, the latest first, are compared: all associations may have options of their own. */
#define LOOKED_AT 8u

struct sctpxi_option_set {
    sctpx_assoc_options values; /* first: what users hold is the address of both */
    LIST_ENTRY(sctpxi_option_set) link;
    size_t users;
};

/* Field by field: what lies between them may be anything. */

static bool is_setup_equal(const sctpx_assoc_options *a, const sctpx_assoc_options *b)
{
    return a->out_streams == b->out_streams && a->max_in_streams == b->max_in_streams &&
           a->max_init_retrans == b->max_init_retrans && a->refuse_restart == b->refuse_restart;
}

static bool is_rto_equal(const sctpx_assoc_options *a, const sctpx_assoc_options *b)
{
    return a->rto_initial_us == b->rto_initial_us && a->rto_min_us == b->rto_min_us &&
           a->rto_max_us == b->rto_max_us && a->rto_alpha_shift == b->rto_alpha_shift &&
           a->rto_beta_shift == b->rto_beta_shift;
}

static bool is_supervision_equal(const sctpx_assoc_options *a, const sctpx_assoc_options *b)
{
    return a->association_max_retrans == b->association_max_retrans &&
           a->path_max_retrans == b->path_max_retrans && a->hb_interval_us == b->hb_interval_us &&
           a->hb_max_burst == b->hb_max_burst && a->shutdown_guard_us == b->shutdown_guard_us &&
           a->sack_delay_us == b->sack_delay_us && a->sack_packets == b->sack_packets;
}

static bool is_sending_equal(const sctpx_assoc_options *a, const sctpx_assoc_options *b)
{
    return a->congestion_control == b->congestion_control &&
           a->loss_detection == b->loss_detection && a->max_burst == b->max_burst &&
           a->nagle == b->nagle && a->mtu == b->mtu && a->dscp == b->dscp;
}

static bool is_room_equal(const sctpx_assoc_options *a, const sctpx_assoc_options *b)
{
    return a->sndbuf_bytes == b->sndbuf_bytes && a->sndbuf_stream_bytes == b->sndbuf_stream_bytes &&
           a->rcvbuf_bytes == b->rcvbuf_bytes && a->max_message_bytes == b->max_message_bytes &&
           a->partial_delivery == b->partial_delivery;
}

static bool is_equal(const sctpx_assoc_options *a, const sctpx_assoc_options *b)
{
    return is_setup_equal(a, b) && is_rto_equal(a, b) && is_supervision_equal(a, b) &&
           is_sending_equal(a, b) && is_room_equal(a, b);
}

static struct sctpxi_option_set *find(const struct sctpxi_option_sets *sets,
                                      const sctpx_assoc_options *values)
{
    struct sctpxi_option_set *set;
    unsigned left = LOOKED_AT;

    LIST_FOREACH (set, sets, link) {
        if (is_equal(&set->values, values))
            return set;
        if (--left == 0)
            break;
    }
    return NULL;
}

int sctpxi_option_set_take(struct sctpxi_option_sets *sets, struct sctpxi_alloc *alloc,
                           const sctpx_assoc_options *values,
                           const sctpx_assoc_options **ret_values)
{
    struct sctpxi_option_set *set = find(sets, values);

    if (set != NULL) {
        LIST_REMOVE(set, link);
    } else {
        set = sctpxi_alloc_get(alloc, sizeof *set);
        if (set == NULL)
            return SCTPX_ENOMEM;
        set->values = *values;
        set->users = 0;
    }
    LIST_INSERT_HEAD(sets, set, link);
    set->users++;
    *ret_values = &set->values;
    return 0;
}

void sctpxi_option_set_drop(struct sctpxi_alloc *alloc, const sctpx_assoc_options *values)
{
    struct sctpxi_option_set *set = (struct sctpxi_option_set *)(uintptr_t)values;

    if (--set->users > 0)
        return;
    LIST_REMOVE(set, link);
    sctpxi_alloc_put(alloc, set, sizeof *set);
}

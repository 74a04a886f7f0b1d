/* SPDX-License-Identifier: MIT */
/* Options of all kinds, drawn by chance. */
#include "support/api_walk.h"

#include <string.h>

/* Fast, so that walks are short; now and then nonsense, which has to be refused. */
void walk_random_options(struct walk *walk, sctpx_assoc_options *options)
{
    options->rto_initial_us = options->rto_min_us = 10000;
    options->rto_max_us = 40000;
    options->association_max_retrans = 50;
    options->max_init_retrans = 12;
    options->path_max_retrans = 20;
    options->sack_delay_us = walk_below(walk, 3) * 5000;
    if (walk_chance(walk, 30))
        options->rcvbuf_bytes = 1500 + walk_below(walk, 6000);
    if (walk_chance(walk, 30))
        options->sndbuf_bytes = 1 + walk_below(walk, walk_chance(walk, 50) ? 200 : 20000);
    if (walk_chance(walk, 20))
        options->sndbuf_stream_bytes = walk_below(walk, 3000);
    if (walk_chance(walk, 10))
        options->max_message_bytes = 1 + walk_below(walk, 5000);
    options->partial_delivery = walk_chance(walk, 20);
    options->nagle = walk_chance(walk, 20);
    if (walk_chance(walk, 20))
        options->mtu = 576 + walk_below(walk, 3000);
    if (walk_chance(walk, 20))
        options->max_burst = (uint16_t)walk_below(walk, 8);
    if (walk_chance(walk, 20))
        options->out_streams = (uint16_t)(1 + walk_below(walk, 5));
    if (walk_chance(walk, 20))
        options->max_in_streams = (uint16_t)(1 + walk_below(walk, 5));
    if (walk_chance(walk, 5))
        options->hb_interval_us = walk_below(walk, 20000);
    options->refuse_restart = walk_chance(walk, 10);
}

void walk_call_options(struct walk_end *end)
{
    struct walk *walk = end->walk;
    sctpx_assoc_options options;
    int r;

    sctpx_socket_options_get(end->socket, &options);
    if (walk_chance(walk, 50))
        walk_random_options(walk, &options);
    if (walk_chance(walk, 10))
        (void)sctpx_assoc_options_profile(&options, (enum sctpx_profile)walk_below(walk, 5));
    if (walk_chance(walk, 10))
        memset((uint8_t *)&options + walk_below(walk, 40), (int)walk_below(walk, 2) * 255, 8);
    options.association_max_retrans = 50;
    if (options.rto_max_us > 40000 && options.rto_max_us < 1000u * 1000 * 1000) /* a profile's */
        options.rto_initial_us = options.rto_min_us = options.rto_max_us = 40000;
    WALK_CALL(walk, r = sctpx_socket_options_set(end->socket, &options));
    walk_log(walk, "%u: options_set: %d", end->id, r);
    WALK_RESULT(walk, r, SCTPX_EINVAL);
    WALK_CALL(walk, r = sctpx_socket_set_read_buffer_size(end->socket, walk_below(walk, 9000)));
    WALK_RESULT(walk, r, SCTPX_EINVAL);
    WALK_CALL(walk, r = sctpx_socket_set_write_limit(end->socket, walk_below(walk, 9000)));
    WALK_RESULT(walk, r, SCTPX_EINVAL);
}

void walk_call_marks(struct walk_end *end)
{
    struct walk *walk = end->walk;
    sctpx_congestion_marks marks;
    int r;

    for (unsigned i = 0; i < SCTPX_MAX_CONGESTION_LEVEL; i++) {
        marks.high[i] = (i + 1u) * (1 + walk_below(walk, 2000));
        marks.low[i] = marks.high[i] / 2;
    }
    WALK_CALL(walk, r = sctpx_socket_set_congestion_marks(end->socket,
                                                          walk_chance(walk, 80) ? &marks : NULL));
    walk_log(walk, "%u: set_congestion_marks: %d", end->id, r);
    WALK_RESULT(walk, r, SCTPX_EINVAL);
}

void walk_call_path(struct walk_end *end)
{
    struct walk *walk = end->walk;
    size_t path = walk_below(walk, 3);
    sctpx_path_options options;
    int r;

    WALK_CALL(walk, r = sctpx_socket_path_options_get(end->socket, path, &options));
    WALK_RESULT(walk, r, SCTPX_ESTATE, SCTPX_EINVAL);
    if (r == 0) {
        options.mtu = walk_below(walk, 4000);
        WALK_CALL(walk, r = sctpx_socket_path_options_set(end->socket, path, &options));
        WALK_RESULT(walk, r, SCTPX_EINVAL, SCTPX_ESTATE);
    }
    WALK_CALL(walk, r = sctpx_socket_set_primary(end->socket, path));
    WALK_RESULT(walk, r, SCTPX_ESTATE, SCTPX_EINVAL);
    WALK_CALL(walk, r = sctpx_socket_heartbeat(end->socket, path));
    walk_log(walk, "%u: heartbeat %zu: %d", end->id, path, r);
    WALK_RESULT(walk, r, SCTPX_ESTATE, SCTPX_EINVAL);
}

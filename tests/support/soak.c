/* SPDX-License-Identifier: MIT */
#include "support/soak.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    CLIENT_PORT = 4000,
    SERVER_PORT = 7, /* and 8: the one of byte mode */
    SECOND_US = 1000 * 1000
};

uint64_t soak_draw(struct soak *soak, uint64_t n)
{
    soak->random = soak->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (soak->random >> 33) % n;
}

/* ---- the two sides ------------------------------------------------------------------------- */

/* Quick to notice, slow to give up. */
static void quick_options(sctpx_assoc_options *ret_options)
{
    sctpx_assoc_options_defaults(ret_options);
    ret_options->rto_initial_us = 200 * 1000;
    ret_options->rto_min_us = 100 * 1000;
    ret_options->rto_max_us = 2 * SECOND_US;
    ret_options->path_max_retrans = 2;
    ret_options->association_max_retrans = 30;
    ret_options->max_init_retrans = 30;
    ret_options->hb_interval_us = 500 * 1000;
    ret_options->sndbuf_bytes = 256 * 1024;
}

static void on_connection(sctpx_server *server, void *user)
{
    struct soak_side *side = user;
    sctpx_socket *socket;

    while (sctpx_server_next_pending_connection(server, &socket) == 0) {
        unsigned i = sctpx_socket_peer_port(socket) - (unsigned)CLIENT_PORT;

        if (i >= SOAK_CLIENTS) { /* ended before it was taken */
            sctpx_socket_free(socket);
            continue;
        }
        if (side->ends[i].socket && !side->ends[i].is_closed)
            fail_msg("%s: two associations at once", side->ends[i].name);
        soak_end_detach(&side->ends[i]);
        soak_end_attach(&side->ends[i], socket);
    }
}

static void start_server(struct soak_side *side, unsigned i)
{
    static const sctpx_server_callbacks callbacks = {.on_connection = on_connection};
    sctpx_server_options options;
    int r;

    sctpx_server_options_defaults(&options);
    quick_options(&options.assoc);
    assert_int_equal(sctpx_server_new(side->loop, &options, &side->servers[i]), 0);
    sctpx_server_set_callbacks(side->servers[i], &callbacks, side);
    r = sctpx_server_set_maximum_channel_count(side->servers[i], i == 1 ? -1 : LEDGER_STREAMS);
    assert_int_equal(r, 0);
    r = sctpx_server_listen(side->servers[i], side->addrs, SOAK_ADDRS, (uint16_t)(SERVER_PORT + i));
    assert_int_equal(r, 0);
}

void soak_start_client(struct soak *soak, unsigned i)
{
    struct soak_side *side = &soak->sides[RELAY_CLIENT];
    struct soak_end *end = &side->ends[i];
    sctpx_addr to[SOAK_ADDRS];
    sctpx_socket_options options;
    sctpx_socket *socket;

    for (size_t k = 0; k < SOAK_ADDRS; k++) {
        to[k] = soak->sides[RELAY_SERVER].addrs[k];
        to[k].udp_port = relay_port(soak->relay, RELAY_SERVER);
    }
    sctpx_socket_options_defaults(&options);
    if (i != 2) /* that one lives with what everybody gets */
        quick_options(&options.assoc);
    assert_int_equal(sctpx_socket_new(side->loop, &options, &socket), 0);
    int count = end->is_bytes ? -1 : LEDGER_STREAMS;
    assert_int_equal(sctpx_socket_set_maximum_channel_count(socket, count), 0);
    assert_int_equal(
        sctpx_socket_bind(socket, side->addrs, SOAK_ADDRS, (uint16_t)(CLIENT_PORT + i), 0), 0);
    soak_end_attach(end, socket);
    assert_int_equal(
        sctpx_socket_connect(socket, to, SOAK_ADDRS, SERVER_PORT + (end->is_bytes ? 1 : 0)), 0);
}

void soak_start_side(struct soak *soak, enum relay_side which)
{
    struct soak_side *side = &soak->sides[which];

    relay_set_mute(soak->relay, which, false);
    assert_int_equal(sctpx_loop_new(&side->loop), 0);
    if (which == RELAY_CLIENT) {
        for (unsigned i = 0; i < SOAK_CLIENTS; i++)
            soak_start_client(soak, i);
    } else {
        start_server(side, 0);
        start_server(side, 1);
    }
}

/* What the sockets say when they are freed does not get through. */
void soak_stop_side(struct soak *soak, enum relay_side which)
{
    struct soak_side *side = &soak->sides[which];

    relay_set_mute(soak->relay, which, true);
    for (unsigned i = 0; i < SOAK_CLIENTS; i++) {
        soak_end_detach(&side->ends[i]);
        side->ends[i].is_quiet = false;
    }
    for (unsigned i = 0; i < 2; i++) {
        sctpx_server_free(side->servers[i]);
        side->servers[i] = NULL;
    }
    sctpx_loop_free(side->loop);
    side->loop = NULL;
}

/* ---- set-up --------------------------------------------------------------------- */

static void make_sides(struct soak *soak)
{
    static const char *const names[2][SOAK_CLIENTS] = {
        {"client 0", "client 1 (bytes)", "client 2 (default options)", "client 3"},
        {"server 0", "server 1 (bytes)", "server 2", "server 3"}};
    static const size_t max_bytes[SOAK_CLIENTS] = {8000, 20000, 150000, 300};
    struct relay_config config = {
        .n_addrs = SOAK_ADDRS,
        .loss_permille = 10,
        .duplicate_permille = 5,
        .reorder_permille = 20,
        .corrupt_permille = 1,
        .delay_us = 6000,
        .reorder_us = 12000,
        .seed = soak->random,
    };

    for (unsigned side = 0; side < 2; side++)
        for (size_t k = 0; k < SOAK_ADDRS; k++) {
            sctpx_addr *addr = &soak->sides[side].addrs[k];

            addr->family = SCTPX_IPV4;
            addr->udp_port = (uint16_t)(30100 + getpid() % 1000 * 2 + (int)side);
            addr->ip[0] = 127;
            addr->ip[3] = (uint8_t)(1 + k + (side == RELAY_CLIENT ? 2u : 0u));
            config.sides[side].addrs[k] = *addr;
        }
    soak->relay = relay_new(&config);
    assert_non_null(soak->relay);
    for (unsigned i = 0; i < SOAK_CLIENTS; i++) {
        soak->up[i] = ledger_flow_new(names[0][i], (uint16_t)(2 * i));
        soak->down[i] = ledger_flow_new(names[1][i], (uint16_t)(2 * i + 1));
        for (unsigned side = 0; side < 2; side++) {
            struct soak_end *end = &soak->sides[side].ends[i];

            *end = (struct soak_end){.is_server = side == RELAY_SERVER,
                                     .is_bytes = i == SOAK_BYTES,
                                     .streams = i == SOAK_BYTES || i == 3 ? 1 : LEDGER_STREAMS,
                                     .max_bytes = max_bytes[i],
                                     .random = soak_draw(soak, UINT32_MAX)};
            soak_end_init(end, names[side][i], side ? soak->down[i] : soak->up[i],
                          side ? soak->up[i] : soak->down[i]);
        }
    }
}

void soak_init(struct soak *soak, uint64_t seed)
{
    *soak = (struct soak){.random = seed};
    make_sides(soak);
}

void soak_done(struct soak *soak)
{
    for (unsigned side = 0; side < 2; side++) {
        soak_stop_side(soak, side);
        for (unsigned i = 0; i < SOAK_CLIENTS; i++)
            soak_end_done(&soak->sides[side].ends[i]);
    }
    for (unsigned i = 0; i < SOAK_CLIENTS; i++) {
        ledger_flow_free(soak->up[i]);
        ledger_flow_free(soak->down[i]);
    }
    relay_free(soak->relay);
}

/* ---- where it has got to ------------------------------------------------------------------- */

static bool is_up(const struct soak_end *end)
{
    return end->is_up && sctpx_socket_state(end->socket) == SCTPX_CONNECTED;
}

bool soak_is_all_up(const struct soak *soak)
{
    for (unsigned side = 0; side < 2; side++)
        for (unsigned i = 0; i < SOAK_CLIENTS; i++)
            if (!is_up(&soak->sides[side].ends[i]) || soak->sides[side].ends[i].is_quiet)
                return false;
    return true;
}

bool soak_is_all_delivered(const struct soak *soak)
{
    for (unsigned i = 0; i < SOAK_CLIENTS; i++) {
        for (unsigned side = 0; side < 2; side++)
            if (!is_up(&soak->sides[side].ends[i]) || !soak_end_is_idle(&soak->sides[side].ends[i]))
                return false;
        if (!ledger_is_whole(soak->up[i]) || !ledger_is_whole(soak->down[i]))
            return false;
    }
    return true;
}

bool soak_is_all_closed(const struct soak *soak)
{
    for (unsigned i = 0; i < SOAK_CLIENTS; i++)
        if (soak->sides[0].ends[i].socket || soak->sides[1].ends[i].socket)
            return false;
    return true;
}

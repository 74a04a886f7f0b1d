/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/* What clients are told whose set-up fails because the server's backlog is full. */
#include "support/loopback.h"

#include <string.h>

enum { CLIENTS = 4 };

static int setup(void **state)
{
    static struct bed bed;

    bed_open(&bed, bed_family(), 0, NULL);
    *state = &bed;
    return 0;
}

static int teardown(void **state)
{
    bed_close(*state);
    return 0;
}

static void check_text(const struct probe *client, const char *text)
{
    assert_int_equal(client->closed, SCTPX_ETIMEDOUT);
    if (!strstr(sctpx_socket_error_string(client->socket), text))
        fail_msg("\"%s\" lacks \"%s\"", sctpx_socket_error_string(client->socket), text);
}

static size_t count_closed(const struct probe *clients, size_t n)
{
    size_t closed = 0;

    for (size_t i = 0; i < n; i++)
        closed += clients[i].count[PROBE_CLOSED] == 1;
    return closed;
}

/*
 * One is pending, one in the backlog. Those that came at the same time had their INIT answered and
 * their COOKIE ECHO dropped; who comes later is not answered at all.
 */
static void test_clients_are_told_of_a_full_backlog(void **state)
{
    struct bed *bed = *state;
    struct probe clients[CLIENTS] = {0}, late = {0};
    sctpx_socket_options options;

    ENGINE_CLIENT_ONLY("the kernel does not tell how far a set-up came");
    ENGINE_SERVER_ONLY("the kernel refuses what the backlog has no room for");
    sctpx_server_close(bed->server);
    assert_int_equal(sctpx_server_set_listen_backlog_size(bed->server, 1), 0);
    assert_int_equal(sctpx_server_set_max_pending_connections(bed->server, 1), 0);
    bed_listen(bed, NULL, 0, 0);
    bed_socket_options(&options);
    options.connect_timeout_ms = 200;
    for (size_t i = 0; i < CLIENTS; i++)
        bed_connect(bed, &clients[i], 0, &options);
    RUN_UNTIL(bed->loop, count_closed(clients, CLIENTS) == CLIENTS - 2);
    for (size_t i = 0; i < CLIENTS; i++)
        if (clients[i].count[PROBE_CLOSED] == 1)
            check_text(&clients[i], "answered, but did not take the association");
    bed_connect(bed, &late, 0, &options);
    RUN_UNTIL(bed->loop, late.count[PROBE_CLOSED] == 1);
    check_text(&late, "or a server whose backlog is full");
    for (size_t i = 0; i < CLIENTS; i++)
        sctpx_socket_free(clients[i].socket);
    sctpx_socket_free(late.socket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_clients_are_told_of_a_full_backlog, setup, teardown),
    };

    return cmocka_run_group_tests_name("full_backlog", tests, NULL, NULL);
}

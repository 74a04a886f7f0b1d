/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
#include "support/loopback.h"

#include <string.h>

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

static void free_all(struct probe *probes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sctpx_socket_free(probes[i].socket);
}

static bool are_up(const struct probe *probes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (probes[i].count[PROBE_CONNECTED] == 0)
            return false;
    return true;
}

static void test_one_event_per_connection(void **state)
{
    struct bed *bed = *state;
    struct probe client, peer;

    bed_pair(bed, &client, &peer, 0);
    assert_int_equal(bed->connections, 1);
    assert_int_equal(sctpx_socket_state(peer.socket), SCTPX_CONNECTED);
    assert_string_equal(client.log, "connecting connected up");
    assert_string_equal(peer.log, "");
    assert_int_equal(sctpx_socket_local_port(peer.socket), sctpx_server_port(bed->server));
    assert_int_equal(sctpx_socket_peer_port(peer.socket), sctpx_socket_local_port(client.socket));
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
}

/* Limit 2 with 3 clients: the third one is there when there is room for it. */
static void test_pending_limit(void **state)
{
    struct bed *bed = *state;
    struct probe clients[3] = {0}, peers[3] = {0};
    sctpx_socket *none;

    assert_int_equal(sctpx_server_set_max_pending_connections(bed->server, 2), 0);
    for (size_t i = 0; i < 3; i++)
        bed_connect(bed, &clients[i], 0, NULL);
    RUN_UNTIL(bed->loop, are_up(clients, 3));
    assert_int_equal(bed->connections, 2);
    bed_accept(bed, &peers[0]);
    assert_int_equal(sctpx_server_next_pending_connection(bed->server, &peers[1].socket), 0);
    assert_int_equal(sctpx_server_next_pending_connection(bed->server, &none), SCTPX_EWOULDBLOCK);
    assert_null(none);
    RUN_UNTIL(bed->loop, bed->connections == 3);
    bed_accept(bed, &peers[2]);
    free_all(clients, 3);
    free_all(peers, 3);
}

static void test_raising_the_limit_takes_more(void **state)
{
    struct bed *bed = *state;
    struct probe clients[3] = {0};

    assert_int_equal(sctpx_server_set_max_pending_connections(bed->server, 1), 0);
    for (size_t i = 0; i < 3; i++)
        bed_connect(bed, &clients[i], 0, NULL);
    RUN_UNTIL(bed->loop, are_up(clients, 3));
    assert_int_equal(bed->connections, 1);
    assert_int_equal(sctpx_server_set_max_pending_connections(bed->server, 5), 0);
    RUN_UNTIL(bed->loop, bed->connections == 3);
    free_all(clients, 3);
}

static void test_pause_and_resume(void **state)
{
    struct bed *bed = *state;
    struct probe clients[6] = {0}, first = {0};

    bed_connect(bed, &clients[0], 0, NULL);
    RUN_UNTIL(bed->loop, bed->connections == 1);
    assert_int_equal(sctpx_server_pause_accepting(bed->server), 0);
    assert_int_equal(sctpx_server_pause_accepting(bed->server), 0);
    for (size_t i = 1; i < 6; i++)
        bed_connect(bed, &clients[i], 0, NULL);
    RUN_UNTIL(bed->loop, are_up(clients, 6));
    assert_int_equal(bed->connections, 1);

    /* Taking one does not end the pause. */
    bed_accept(bed, &first);
    assert_int_equal(sctpx_server_wait_for_new_connection(bed->server, 50, NULL), SCTPX_ETIMEDOUT);
    assert_int_equal(bed->connections, 1);

    assert_int_equal(sctpx_server_resume_accepting(bed->server), 0);
    assert_int_equal(sctpx_server_resume_accepting(bed->server), 0);
    RUN_UNTIL(bed->loop, bed->connections == 6);
    sctpx_socket_free(first.socket);
    free_all(clients, 6);
}

static void test_closing_ends_a_pause(void **state)
{
    struct bed *bed = *state;
    struct probe client = {0};

    assert_int_equal(sctpx_server_pause_accepting(bed->server), 0);
    bed_listen(bed, NULL, 0, 0);
    bed_connect(bed, &client, 0, NULL);
    RUN_UNTIL(bed->loop, bed->connections == 1);
    sctpx_socket_free(client.socket);
}

static void test_wait_for_new_connection(void **state)
{
    struct bed *bed = *state;
    struct probe client = {0};
    bool timed_out = false;

    assert_int_equal(sctpx_server_wait_for_new_connection(bed->server, 20, &timed_out),
                     SCTPX_ETIMEDOUT);
    assert_true(timed_out);
    assert_int_equal(sctpx_server_error(bed->server), SCTPX_ETIMEDOUT);
    bed_connect(bed, &client, 0, NULL);
    assert_int_equal(sctpx_server_wait_for_new_connection(bed->server, 10000, &timed_out), 0);
    assert_false(timed_out);
    assert_true(sctpx_server_has_pending_connections(bed->server));
    /* One that is pending already counts. */
    assert_int_equal(sctpx_server_wait_for_new_connection(bed->server, 0, NULL), 0);
    sctpx_socket_free(client.socket);
}

/* ---- the filter --------------------------------------------------------------------------- */

static unsigned filter_calls;
static sctpx_peer_info filter_peer;
static sctpx_addr filter_addr;

static int refuse_first(sctpx_server *server, void *user, const sctpx_peer_info *peer)
{
    (void)server;
    (void)user;
    filter_peer = *peer;
    filter_addr = peer->addrs[0];
    return filter_calls++ == 0;
}

static void on_filter_error(sctpx_server *server, void *user, int error)
{
    struct bed *bed = user;

    assert_int_equal(sctpx_server_error(server), error);
    bed->accept_errors++;
    bed->accept_error = error;
}

/* The kernel has finished the set-up before it can be asked, and with it the client's. */
static bool is_refused(const struct probe *client)
{
    return client->closed == SCTPX_EREFUSED ||
           (bed_server_is_kernel() && client->closed == SCTPX_EPEERABORT);
}

static void test_filter_refuses_before_there_is_a_socket(void **state)
{
    const sctpx_server_callbacks callbacks = {.accept_filter = refuse_first,
                                              .on_accept_error = on_filter_error};
    struct bed *bed = *state;
    struct probe refused = {0}, passed = {0}, peer = {0};
    size_t length;

    filter_calls = 0;
    sctpx_server_set_callbacks(bed->server, &callbacks, bed);
    bed_connect(bed, &refused, 0, NULL);
    RUN_UNTIL(bed->loop, refused.count[PROBE_CLOSED] == 1 && bed->accept_errors == 1);
    assert_int_equal(bed->accept_error, SCTPX_EFILTERED);
    assert_true(is_refused(&refused));
    assert_int_equal(sctpx_socket_abort_cause(refused.socket), 12);
    assert_non_null(strstr(sctpx_socket_error_string(refused.socket), "(cause 12, by its user)"));
    if (!bed_is_kernel()) { /* it sends no reasons, and drops those of refusals */
        assert_non_null(strstr(sctpx_socket_error_string(refused.socket), "user): refused"));
        assert_memory_equal(sctpx_socket_abort_reason(refused.socket, &length), "refused", 7);
        assert_int_equal(length, 7);
    }
    assert_false(sctpx_server_has_pending_connections(bed->server));

    bed_connect(bed, &passed, 4, NULL);
    bed_accept(bed, &peer);
    assert_int_equal(filter_calls, 2);
    if (bed_client_is_kernel()) /* it announces all that the host has */
        assert_true(filter_peer.n >= 1);
    else
        assert_int_equal(filter_peer.n, 1);
    assert_true(sctpx_addr_same_ip(&filter_addr, &bed->addr));
    if (!bed_client_is_kernel())
        assert_int_equal(filter_addr.udp_port, sctpx_socket_local_udp_port(passed.socket));
    assert_int_equal(filter_peer.port, sctpx_socket_local_port(passed.socket));
    assert_int_equal(filter_peer.local_port, sctpx_server_port(bed->server));
    assert_int_equal(filter_peer.in_streams, 4);
    assert_int_equal(filter_peer.out_streams, 4);
    sctpx_socket_free(refused.socket);
    sctpx_socket_free(passed.socket);
    sctpx_socket_free(peer.socket);
}

/* ---- closing and freeing inside the server's own callbacks ---------------------------------- */

enum what { CLOSE, FREE };
static enum what what_to_do;

static void end_server(struct bed *bed)
{
    if (what_to_do == CLOSE) {
        sctpx_server_close(bed->server);
    } else {
        sctpx_server_free(bed->server);
        bed->server = NULL;
    }
}

static int filter_and_end(sctpx_server *server, void *user, const sctpx_peer_info *peer)
{
    (void)server;
    (void)peer;
    end_server(user);
    return 0;
}

static int filter_no(sctpx_server *server, void *user, const sctpx_peer_info *peer)
{
    (void)server;
    (void)user;
    (void)peer;
    return 1;
}

static void connection_and_end(sctpx_server *server, void *user)
{
    (void)server;
    end_server(user);
}

static void error_and_end(sctpx_server *server, void *user, int error)
{
    (void)server;
    (void)error;
    end_server(user);
}

static void test_end_inside_its_callbacks(void **state)
{
    static const sctpx_server_callbacks sets[] = {
        {.accept_filter = filter_and_end},
        {.on_connection = connection_and_end},
        {.accept_filter = filter_no, .on_accept_error = error_and_end},
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(sets) / sizeof(sets[0]); i++) {
        struct probe clients[3] = {0};
        struct bed bed;

        what_to_do = i % 2 == 0 ? CLOSE : FREE;
        bed_open(&bed, bed_family(), 0, NULL);
        sctpx_server_set_callbacks(bed.server, &sets[i / 2], &bed);
        for (size_t k = 0; k < 3; k++)
            bed_connect(&bed, &clients[k], 0, NULL);
        RUN_UNTIL(bed.loop, bed.server == NULL || !sctpx_server_is_listening(bed.server));
        RUN_UNTIL(bed.loop, clients[0].count[PROBE_CLOSED] == 1);
        assert_true(is_refused(&clients[0]));
        free_all(clients, 3);
        bed_close(&bed);
    }
}

/* ---- who lives on ------------------------------------------------------------------------- */

static void test_taken_sockets_outlive_the_server(void **state)
{
    struct bed *bed = *state;
    struct probe client, peer;
    char text[16];

    bed_pair(bed, &client, &peer, 0);
    sctpx_server_free(bed->server);
    bed->server = NULL;
    assert_int_equal(sctpx_socket_write_datagram(client.socket, "ping", 4, NULL), 0);
    RUN_UNTIL(bed->loop, peer.count[PROBE_READABLE] == 1);
    assert_int_equal(sctpx_socket_read_datagram(peer.socket, 0, text, sizeof(text), NULL), 4);
    assert_int_equal(sctpx_socket_write_datagram(peer.socket, "pong", 4, NULL), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_READABLE] == 1);
    assert_int_equal(sctpx_socket_disconnect(client.socket, 10000), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_CLOSED] == 1 && peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(client.closed, 0);
    assert_int_equal(peer.closed, SCTPX_EPEERSHUTDOWN);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
}

static void test_listen_again_while_a_taken_socket_lives(void **state)
{
    struct bed *bed = *state;
    struct probe client, peer, again = {0}, other = {0};
    uint16_t udp_port = sctpx_server_udp_port(bed->server);

    bed_pair(bed, &client, &peer, 0);
    sctpx_server_close(bed->server);
    assert_int_equal(sctpx_socket_local_udp_port(peer.socket), udp_port);
    bed_listen(bed, NULL, 0, 0);
    bed_connect(bed, &again, 0, NULL);
    bed_accept(bed, &other);
    assert_int_equal(sctpx_socket_write_datagram(client.socket, "x", 1, NULL), 0);
    RUN_UNTIL(bed->loop, peer.count[PROBE_READABLE] == 1);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
    sctpx_socket_free(again.socket);
    sctpx_socket_free(other.socket);
}

static void test_pending_sockets_end_with_the_server(void **state)
{
    struct bed *bed = *state;
    struct probe clients[2] = {0};

    /* One in the queue, one in the backlog. */
    assert_int_equal(sctpx_server_set_max_pending_connections(bed->server, 1), 0);
    for (size_t i = 0; i < 2; i++)
        bed_connect(bed, &clients[i], 0, NULL);
    RUN_UNTIL(bed->loop, are_up(clients, 2));
    sctpx_server_close(bed->server);
    assert_false(sctpx_server_has_pending_connections(bed->server));
    RUN_UNTIL(bed->loop, clients[0].count[PROBE_CLOSED] && clients[1].count[PROBE_CLOSED]);
    assert_int_equal(clients[0].closed, SCTPX_EPEERABORT);
    assert_int_equal(clients[1].closed, SCTPX_EPEERABORT);
    free_all(clients, 2);
}

/* ---- before it is taken ------------------------------------------------------------------- */

static void test_peer_sends_and_closes_before_it_is_taken(void **state)
{
    static const char *const texts[] = {"one", "two"};
    struct bed *bed = *state;
    struct probe client = {0}, peer = {0};
    sctpx_rcvinfo info;
    char text[8];

    bed_connect(bed, &client, 3, NULL);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(sctpx_socket_write_datagram(client.socket, texts[i], 3,
                                                     &(sctpx_sndinfo){.stream = (uint16_t)(i + 1)}),
                         0);
    assert_int_equal(sctpx_socket_disconnect(client.socket, 10000), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_CLOSED] == 1);
    assert_int_equal(client.closed, 0);
    assert_string_equal(client.log, "connecting closing unconnected closed:0");

    bed_accept(bed, &peer);
    assert_int_equal(peer.count[PROBE_CLOSED], 0);
    RUN_UNTIL(bed->loop, peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(peer.count[PROBE_READABLE], 2);
    assert_int_equal(peer.last_stream, 2);
    assert_string_equal(peer.log, "peer-shutdown unconnected closed:EPEERSHUTDOWN");
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            sctpx_socket_read_datagram(peer.socket, SCTPX_ANY_STREAM, text, sizeof(text), &info),
            3);
        assert_int_equal(info.stream, i + 1);
        assert_memory_equal(text, texts[i], 3);
    }
    assert_int_equal(
        sctpx_socket_read_datagram(peer.socket, SCTPX_ANY_STREAM, text, sizeof(text), NULL),
        SCTPX_EPEERSHUTDOWN);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
}

/* The same while accepting is paused: nothing of it has even become a socket. */
static void test_peer_is_gone_before_it_is_accepted(void **state)
{
    struct bed *bed = *state;
    struct probe client = {0}, peer = {0};
    char text[8];

    assert_int_equal(sctpx_server_pause_accepting(bed->server), 0);
    bed_connect(bed, &client, 0, NULL);
    assert_int_equal(sctpx_socket_write_datagram(client.socket, "hello", 5, NULL), 0);
    assert_int_equal(sctpx_socket_disconnect(client.socket, 10000), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_CLOSED] == 1);
    assert_int_equal(client.closed, 0);
    assert_int_equal(bed->connections, 0);
    assert_int_equal(sctpx_server_resume_accepting(bed->server), 0);
    bed_accept(bed, &peer);
    RUN_UNTIL(bed->loop, peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(peer.count[PROBE_READABLE], 1);
    assert_int_equal(sctpx_socket_read_datagram(peer.socket, 0, text, sizeof(text), NULL), 5);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
}

static void test_datagram_connections_are_asked_for_by_mode(void **state)
{
    struct bed *bed = *state;
    struct probe client = {0};
    sctpx_socket *socket;

    bed_listen(bed, NULL, -1, 0);
    bed_connect(bed, &client, -1, NULL);
    RUN_UNTIL(bed->loop, sctpx_server_has_pending_connections(bed->server));
    assert_int_equal(sctpx_server_next_pending_datagram_connection(bed->server, &socket),
                     SCTPX_EWOULDBLOCK);
    assert_null(socket);
    assert_int_equal(sctpx_server_next_pending_connection(bed->server, &socket), 0);
    assert_int_equal(sctpx_socket_mode(socket), SCTPX_MODE_BYTES);
    assert_int_equal(sctpx_socket_maximum_channel_count(socket), -1);
    sctpx_socket_free(socket);
    sctpx_socket_free(client.socket);
}

static void test_datagram_connection_is_taken(void **state)
{
    struct bed *bed = *state;
    struct probe client = {0};
    sctpx_socket *socket;

    bed_connect(bed, &client, 0, NULL);
    RUN_UNTIL(bed->loop, sctpx_server_has_pending_connections(bed->server));
    assert_int_equal(sctpx_server_next_pending_datagram_connection(bed->server, &socket), 0);
    assert_int_equal(sctpx_socket_mode(socket), SCTPX_MODE_DATAGRAM);
    sctpx_socket_free(socket);
    sctpx_socket_free(client.socket);
}

/* More peers than queue and backlog hold: the rest gets no answer, and in when there is room. */
static void test_full_backlog(void **state)
{
    struct bed *bed = *state;
    struct probe clients[4] = {0};
    struct probe peers[4] = {0};
    sctpx_socket_options options;

    ENGINE_SERVER_ONLY("the kernel refuses what the backlog has no room for");
    sctpx_server_close(bed->server);
    assert_int_equal(sctpx_server_set_listen_backlog_size(bed->server, 1), 0);
    assert_int_equal(sctpx_server_set_max_pending_connections(bed->server, 1), 0);
    bed_listen(bed, NULL, 0, 0);
    bed_socket_options(&options);
    options.assoc.rto_initial_us = options.assoc.rto_min_us = options.assoc.rto_max_us = 20000;
    options.assoc.max_init_retrans = 1000;
    for (size_t i = 0; i < 4; i++)
        bed_connect(bed, &clients[i], 0, &options);
    for (size_t i = 0; i < 4; i++)
        bed_accept(bed, &peers[i]);
    RUN_UNTIL(bed->loop, are_up(clients, 4));
    free_all(clients, 4);
    free_all(peers, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_event_per_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pending_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_raising_the_limit_takes_more, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pause_and_resume, setup, teardown),
        cmocka_unit_test_setup_teardown(test_closing_ends_a_pause, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wait_for_new_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(test_filter_refuses_before_there_is_a_socket, setup,
                                        teardown),
        cmocka_unit_test(test_end_inside_its_callbacks),
        cmocka_unit_test_setup_teardown(test_taken_sockets_outlive_the_server, setup, teardown),
        cmocka_unit_test_setup_teardown(test_listen_again_while_a_taken_socket_lives, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_pending_sockets_end_with_the_server, setup, teardown),
        cmocka_unit_test_setup_teardown(test_peer_sends_and_closes_before_it_is_taken, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_peer_is_gone_before_it_is_accepted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_datagram_connections_are_asked_for_by_mode, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_datagram_connection_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_backlog, setup, teardown),
    };

    return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* How associations with libusrsctp end and begin anew, in both roles. */
/* ctest: timeout=300 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "interop/pattern.h"
#include "support/usrsctp_rig.h"

static int open_connecting(void **state)
{
    static struct rig rig;
    rig_open(&rig, RIG_WE_CONNECT);
    *state = &rig;
    return 0;
}

static int open_serving(void **state)
{
    static struct rig rig;
    rig_open(&rig, RIG_WE_SERVE);
    *state = &rig;
    return 0;
}

static int close_it(void **state)
{
    rig_close(*state);
    return 0;
}

/* RFC 9260 3.3.10.12: User-Initiated Abort. */
enum { CAUSE_USER_ABORT = 12 };

static void check_abort_reason(const struct rig *rig, const char *expected)
{
    size_t length;
    const void *reason = sctpx_socket_abort_reason(rig->socket, &length);
    assert_int_equal(rig->closed_error, SCTPX_EPEERABORT);
    assert_int_equal(sctpx_socket_abort_cause(rig->socket), CAUSE_USER_ABORT);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(reason, expected, length);
    assert_int_equal(sctpx_socket_state(rig->socket), SCTPX_UNCONNECTED);
}

static void test_peer_aborts(void **state)
{
    struct rig *rig = *state;
    rig_up(rig, "--one-to-many");
    child_say(&rig->peer, "abort enough of it");
    RIG_WAIT(rig, rig->closed);
    check_abort_reason(rig, "enough of it");
}

static void test_peer_aborts_without_a_reason(void **state)
{
    struct rig *rig = *state;
    rig_up(rig, NULL);
    child_say(&rig->peer, "abort");
    RIG_WAIT(rig, rig->closed);
    check_abort_reason(rig, "");
}

static void test_we_abort(void **state)
{
    struct rig *rig = *state;
    rig_up(rig, NULL);
    assert_int_equal(sctpx_socket_abort(rig->socket, "no more", 7), 0);
    rig_line(rig, "lost cause=12 ");
    RIG_WAIT(rig, rig->closed);
    assert_int_equal(rig->closed_error, SCTPX_EABORTED);
}

static void test_freeing_a_connected_socket_aborts(void **state)
{
    struct rig *rig = *state;
    rig_up(rig, NULL);
    sctpx_socket_free(rig->socket);
    rig->socket = NULL;
    rig_line(rig, "lost cause=12 ");
}

static void test_we_shut_down_with_data_pending(void **state)
{
    struct rig *rig = *state;
    rig_up(rig, "--mtu 1500");
    rig_send(rig, 0, 9, 100000, 1, 0, 0);
    assert_int_equal(sctpx_socket_disconnect(rig->socket, RIG_SECONDS * 1000), 0);
    for (int i = 0; i < 9; i++)
        rig_line(rig, "message stream=0 ");
    rig_line(rig, "closed");
    RIG_WAIT(rig, rig->closed);
    assert_int_equal(rig->closed_error, 0);
}

static void test_peer_shuts_down_with_data_pending(void **state)
{
    struct rig *rig = *state;
    uint8_t *expected = malloc(100000);
    assert_non_null(expected);
    rig_up(rig, "--mtu 1500");
    child_say(&rig->peer, "send 30 100000 1 0");
    child_say(&rig->peer, "shutdown");
    RIG_WAIT(rig, rig->closed);
    assert_true(rig->peer_shutdown);
    assert_int_equal(rig->closed_error, SCTPX_EPEERSHUTDOWN);
    assert_int_equal(rig->n_messages, 30);
    for (uint32_t i = 0; i < 30; i++) {
        pattern_fill(expected, 100000, i);
        assert_int_equal(rig->messages[i].info.length, 100000);
        assert_memory_equal(rig->messages[i].bytes, expected, 100000);
    }
    free(expected);
    rig_line(rig, "closed");
}

/* Both have data under way, then the peer shuts down: ours must still arrive there. */
static void test_peer_shuts_down_while_we_send(void **state)
{
    struct rig *rig = *state;
    rig_up(rig, "--mtu 1500");
    rig_send(rig, 0, 9, 100000, 1, 0, 0);
    child_say(&rig->peer, "shutdown");
    for (int i = 0; i < 9; i++)
        rig_line(rig, "message stream=0 ");
    RIG_WAIT(rig, rig->closed);
    assert_int_equal(rig->closed_error, SCTPX_EPEERSHUTDOWN);
    rig_line(rig, "closed");
}

static void test_both_shut_down_at_once(void **state)
{
    struct rig *rig = *state;
    rig_up(rig, NULL);
    child_say(&rig->peer, "shutdown");
    assert_int_equal(sctpx_socket_disconnect(rig->socket, RIG_SECONDS * 1000), 0);
    RIG_WAIT(rig, rig->closed);
    assert_true(rig->closed_error == 0 || rig->closed_error == SCTPX_EPEERSHUTDOWN);
    rig_line(rig, "closed");
}

static void test_connect_again_after_a_graceful_end(void **state)
{
    struct rig *rig = *state;
    rig_up(rig, "--echo");
    for (unsigned round = 0; round < 3; round++) {
        rig_send(rig, round, 1, 5000, 1, 0, 0);
        RIG_WAIT(rig, rig->n_messages == round + 1);
        assert_int_equal(sctpx_socket_disconnect(rig->socket, RIG_SECONDS * 1000), 0);
        rig_line(rig, "closed");
        RIG_WAIT(rig, rig->closed);
        rig->connected = rig->closed = false;
        sctpx_socket_free(rig->socket);
        rig->socket = NULL;
        rig_connect(rig);
        RIG_WAIT(rig, rig->connected);
        rig_line(rig, "up ");
    }
}

static void test_nobody_listens_on_the_port(void **state)
{
    struct rig *rig = *state;
    rig_start_peer(rig, NULL, 0, RIG_SCTP_PORT);
    rig->peer_sctp_port = RIG_SCTP_PORT + 1;
    rig_connect(rig);
    RIG_WAIT(rig, rig->closed);
    assert_int_equal(rig->closed_error, SCTPX_EREFUSED);
}

/* RFC 9260 5.2.4.1: the peer's process dies without a word and comes back on the same ports. */
static void test_peer_restarts(void **state)
{
    struct rig *rig = *state;
    rig_listen(rig);
    rig_start_peer(rig, "--echo", 0, 4321);
    RIG_WAIT(rig, rig->connected);
    rig_send(rig, 0, 4, 3000, 1, 0, 0);
    RIG_WAIT(rig, rig->n_messages == 4);

    rig_crash_peer(rig);
    rig_start_peer(rig, "--echo", rig->peer_udp_port, 4321);
    RIG_WAIT(rig, rig->restarts == 1);
    rig_line(rig, "up ");
    assert_int_equal(sctpx_socket_state(rig->socket), SCTPX_CONNECTED);
    rig_send(rig, 4, 4, 3000, 1, 0, 0);
    RIG_WAIT(rig, rig->n_messages == 8);
    assert_int_equal(rig->messages[7].info.ssn, 3); /* counted anew */
    child_say(&rig->peer, "shutdown");
    RIG_WAIT(rig, rig->closed);
    assert_int_equal(rig->closed_error, SCTPX_EPEERSHUTDOWN);
}

/* The same the other way round. */
static void test_we_restart(void **state)
{
    struct rig *rig = *state;
    rig_start_peer(rig, "--echo", 0, RIG_SCTP_PORT);
    rig_connect_and_die(rig, 4321);
    rig_line(rig, "up ");
    rig_connect(rig);
    RIG_WAIT(rig, rig->connected);
    rig_line(rig, "restarted ");
    rig_send(rig, 0, 4, 3000, 1, 0, 0);
    RIG_WAIT(rig, rig->n_messages == 4);
    assert_int_equal(rig->messages[3].info.ssn, 3);
    assert_int_equal(sctpx_socket_disconnect(rig->socket, RIG_SECONDS * 1000), 0);
    rig_line(rig, "closed");
    RIG_WAIT(rig, rig->closed);
    assert_int_equal(rig->closed_error, 0);
}

#define BOTH_ROLES(test)                                                                           \
    {#test "_connecting", test, open_connecting, close_it, NULL},                                  \
    {                                                                                              \
#test "_serving", test, open_serving, close_it, NULL                                       \
    }

/* An argument picks tests by their names. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BOTH_ROLES(test_peer_aborts),
        BOTH_ROLES(test_peer_aborts_without_a_reason),
        BOTH_ROLES(test_we_abort),
        BOTH_ROLES(test_freeing_a_connected_socket_aborts),
        BOTH_ROLES(test_we_shut_down_with_data_pending),
        BOTH_ROLES(test_peer_shuts_down_with_data_pending),
        BOTH_ROLES(test_peer_shuts_down_while_we_send),
        BOTH_ROLES(test_both_shut_down_at_once),
        {"test_connect_again_after_a_graceful_end", test_connect_again_after_a_graceful_end,
         open_connecting, close_it, NULL},
        {"test_nobody_listens_on_the_port", test_nobody_listens_on_the_port, open_connecting,
         close_it, NULL},
        {"test_peer_restarts", test_peer_restarts, open_serving, close_it, NULL},
        {"test_we_restart", test_we_restart, open_connecting, close_it, NULL},
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("usrsctp_end", tests, NULL, NULL);
}

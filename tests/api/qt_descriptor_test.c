/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/*
 * Descriptors of the system in Qt's tests: numbers 4, 5, 24 and 27 of SCENARIOS. Those of
 * associations are the kernel's; the engine listens on UDP sockets that others have bound.
 */
#include "support/pair.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int setup(void **state)
{
    static struct pair pair;

    pair = (struct pair){0};
    bed_open(&pair.bed, bed_family(), 16, NULL);
    *state = &pair;
    return 0;
}

/* A socket of the system, bound to the loopback address. */
static int bound_socket(int type, int protocol)
{
    sctpx_addr addr = loopback_addr(bed_family());
    struct sockaddr_storage storage;
    int length = sctpx_addr_to_sockaddr(&addr, &storage);
    int fd = socket(storage.ss_family, type, protocol);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&storage, (socklen_t)length), 0);
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void pass_both_ways(struct pair *pair)
{
    RUN_UNTIL(pair->bed.loop, pair->client.count[PROBE_CONNECTED] == 1);
    pair_pass(pair, &pair->client, 0, "there", 5);
    pair_pass(pair, &pair->peer, 1, "and back", 8);
}

/* What is no SCTP socket stays the caller's, and the socket can be used as before. */
static void test_qt_4_adopt_no_descriptor(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = bed_socket(&pair->bed, &pair->client, NULL);
    int fds[3] = {-1, bound_socket(SOCK_STREAM, 0), bound_socket(SOCK_DGRAM, 0)};

    for (size_t i = 0; i < 3; i++) {
        int result = sctpx_socket_adopt(socket, fds[i]);

        if (bed_client_is_kernel())
            assert_int_equal(result, SCTPX_EINVAL);
        assert_true(result < 0);
        assert_int_equal(sctpx_socket_error(socket), result);
        assert_string_not_equal(sctpx_socket_error_string(socket), "");
        assert_int_equal(sctpx_socket_descriptor(socket), -1);
        assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
        if (fds[i] >= 0) {
            assert_true(is_open(fds[i]));
            close(fds[i]);
        }
    }
    assert_int_equal(
        sctpx_socket_connect(socket, &pair->bed.addr, 1, sctpx_server_port(pair->bed.server)), 0);
    bed_accept(&pair->bed, &pair->peer);
    pass_both_ways(pair);
    assert_int_equal(sctpx_socket_adopt(socket, -1), SCTPX_ESTATE);
    assert_string_equal(sctpx_socket_error_string(socket),
                        "cannot adopt: there is an association already");
}

static void test_qt_5_adopt_a_fresh_kernel_socket(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = bed_socket(&pair->bed, &pair->client, NULL);
    int fd;

    if (!bed_is_kernel())
        skip();
    fd = bound_socket(SOCK_STREAM, IPPROTO_SCTP);
    assert_int_equal(sctpx_socket_adopt(socket, fd), 0);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
    assert_int_equal(sctpx_socket_in_streams(socket), 0);
    assert_int_equal(sctpx_socket_out_streams(socket), 0);
    assert_int_equal(
        sctpx_socket_connect(socket, &pair->bed.addr, 1, sctpx_server_port(pair->bed.server)), 0);
    bed_accept(&pair->bed, &pair->peer);
    RUN_UNTIL(pair->bed.loop, pair->client.count[PROBE_CONNECTED] == 1);
    assert_int_equal(sctpx_socket_descriptor(socket), fd);
    assert_int_equal(sctpx_socket_in_streams(socket), 16);
    assert_in_range(sctpx_socket_out_streams(socket), 1, 16);
    assert_int_equal(sctpx_socket_in_streams(pair->peer.socket), sctpx_socket_out_streams(socket));
    assert_int_equal(sctpx_socket_out_streams(pair->peer.socket), 16);
    pass_both_ways(pair);
}

static void test_qt_24_listen_on_descriptors(void **state)
{
    struct pair *pair = *state;
    struct bed *bed = &pair->bed;
    int bad[2] = {-1, bound_socket(SOCK_STREAM, 0)};
    bool is_kernel_server;
    int fd;

    NOT_OVER_RAW_IP("UDP ports");
    is_kernel_server = sctpx_server_descriptor(bed->server) >= 0;
    sctpx_server_close(bed->server);
    assert_int_equal(sctpx_server_descriptor(bed->server), -1);
    for (size_t i = 0; i < 2; i++) {
        assert_true(sctpx_server_listen_descriptors(bed->server, &bad[i], 1, 0) < 0);
        assert_false(sctpx_server_is_listening(bed->server));
        assert_string_not_equal(sctpx_server_error_string(bed->server), "");
    }
    assert_true(is_open(bad[1]));
    close(bad[1]);

    fd = is_kernel_server ? bound_socket(SOCK_STREAM, IPPROTO_SCTP) : bound_socket(SOCK_DGRAM, 0);
    if (is_kernel_server)
        assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(
        sctpx_server_listen_descriptors(bed->server, &fd, 1, is_kernel_server ? 0 : 11824), 0);
    assert_true(sctpx_server_is_listening(bed->server));
    assert_int_equal(sctpx_server_descriptor(bed->server), is_kernel_server ? fd : -1);
    bed->addr.udp_port = bed_udp_port(bed);
    bed_connect(bed, &pair->client, 4, NULL);
    bed_accept(bed, &pair->peer);
    pass_both_ways(pair);
    sctpx_server_close(bed->server);
    assert_int_equal(sctpx_server_descriptor(bed->server), -1);
}

/* ---- the hook ----------------------------------------------------------------------------- */

static unsigned taken;

/* Makes it blocking, says something on it, and closes it. */
static void use_descriptor(int fd)
{
    assert_int_equal(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK), 0);
    assert_int_equal(send(fd, "by hand", 7, 0), 7);
    assert_int_equal(close(fd), 0);
}

static enum sctpx_incoming take(sctpx_server *server, void *user, sctpx_socket *socket)
{
    int fd = sctpx_socket_descriptor(socket);

    (void)server;
    taken++;
    *(sctpx_socket **)user = socket;
    if (fd >= 0) {
        assert_int_equal(sctpx_socket_release_descriptor(socket), fd);
        assert_int_equal(sctpx_socket_descriptor(socket), -1);
        assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
        use_descriptor(fd);
    } else {
        assert_int_equal(sctpx_socket_release_descriptor(socket), SCTPX_ENOTSUP);
        assert_int_equal(sctpx_socket_write_datagram(socket, "by hand", 7, NULL), 0);
        assert_int_equal(sctpx_socket_close(socket), 0);
    }
    return SCTPX_INCOMING_TAKE;
}

static void test_qt_27_the_hook_takes_it(void **state)
{
    const sctpx_server_callbacks callbacks = {.on_incoming = take};
    struct pair *pair = *state;
    sctpx_socket *kept = NULL;
    char text[16];

    taken = 0;
    sctpx_server_set_callbacks(pair->bed.server, &callbacks, &kept);
    bed_connect(&pair->bed, &pair->client, 0, NULL);
    RUN_UNTIL(pair->bed.loop, pair->client.count[PROBE_CLOSED] == 1);
    assert_int_equal(taken, 1);
    assert_false(sctpx_server_has_pending_connections(pair->bed.server));
    assert_int_equal(pair->client.closed, SCTPX_EPEERSHUTDOWN);
    assert_int_equal(sctpx_socket_read_datagram(pair->client.socket, 0, text, sizeof(text), NULL),
                     7);
    assert_memory_equal(text, "by hand", 7);
    sctpx_socket_free(kept);
}

#define WITH_BED(test) cmocka_unit_test_setup_teardown(test, setup, pair_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BED(test_qt_4_adopt_no_descriptor),
        WITH_BED(test_qt_5_adopt_a_fresh_kernel_socket),
        WITH_BED(test_qt_24_listen_on_descriptors),
        WITH_BED(test_qt_27_the_hook_takes_it),
    };

    return cmocka_run_group_tests_name("qt_descriptor", tests, NULL, NULL);
}

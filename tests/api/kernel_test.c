/* SPDX-License-Identifier: MIT */
/*
 * What is special to the kernel's SCTP: peers that use its sockets by hand, descriptors taken over
 * and given away, ends that come before anybody looks, want of descriptors. Skipped where there is
 * no such kernel; interop.kernel_api_same boots one.
 */
#include "support/loopback.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define KERNEL_SCTP 132 /* IPPROTO_SCTP, also where <netinet/in.h> is old */

/* ---- sockets by hand ------------------------------------------------------------------------ */

static void to_storage(uint16_t port, struct sockaddr_storage *ret_storage, socklen_t *ret_length)
{
    sctpx_addr addr = loopback_v4(1, port);

    *ret_length = (socklen_t)sctpx_addr_to_sockaddr(&addr, ret_storage);
}

static int plain_connect(uint16_t port)
{
    struct sockaddr_storage storage;
    socklen_t length;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, KERNEL_SCTP);

    assert_true(fd >= 0);
    to_storage(port, &storage, &length);
    assert_int_equal(connect(fd, (struct sockaddr *)&storage, length), 0);
    return fd;
}

/* Bound to a free port; listening if that is asked for. */
static int plain_bind(int type, bool is_listening, uint16_t *ret_port)
{
    struct sockaddr_storage storage;
    socklen_t length;
    sctpx_addr addr;
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, KERNEL_SCTP);

    assert_true(fd >= 0);
    to_storage(0, &storage, &length);
    assert_int_equal(bind(fd, (struct sockaddr *)&storage, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&storage, &length), 0);
    assert_int_equal(sctpx_addr_from_sockaddr((struct sockaddr *)&storage, length, &addr), 0);
    *ret_port = addr.udp_port;
    if (is_listening)
        assert_int_equal(listen(fd, 5), 0);
    return fd;
}

static int plain_udp(void)
{
    return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static void abort_plain(int fd)
{
    const struct linger linger = {.l_onoff = 1, .l_linger = 0};

    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
    close(fd);
}

/* ---- a server and a client on the kernel ---------------------------------------------------- */

static int setup(void **state)
{
    static struct bed bed;

    bed_open(&bed, SCTPX_IPV4, 0, NULL);
    *state = &bed;
    return 0;
}

static int teardown(void **state)
{
    bed_close(*state);
    return 0;
}

static uint16_t port_of(const struct bed *bed)
{
    return sctpx_server_port(bed->server);
}

static sctpx_socket *fresh_socket(struct bed *bed, struct probe *probe)
{
    *probe = (struct probe){0};
    return bed_socket(bed, probe, NULL);
}

static void expect_text(sctpx_loop *loop, sctpx_socket *socket, const char *text)
{
    char got[64];
    long length = (long)strlen(text);

    RUN_UNTIL(loop, sctpx_socket_next_datagram_size(socket, SCTPX_ANY_STREAM) == length);
    assert_int_equal(sctpx_socket_read_datagram(socket, SCTPX_ANY_STREAM, got, sizeof(got), NULL),
                     length);
    assert_memory_equal(got, text, (size_t)length);
}

/* ---- ends that come early ------------------------------------------------------------------- */

/* Everything is over before the server's loop has run once: nothing of it is lost. */
static void test_sends_and_closes_before_it_is_accepted(void **state)
{
    struct bed *bed = *state;
    struct probe peer = {0};
    int fd = plain_connect(port_of(bed));

    assert_int_equal(send(fd, "first", 5, 0), 5);
    assert_int_equal(send(fd, "second", 6, 0), 6);
    close(fd);
    bed_accept(bed, &peer);
    expect_text(bed->loop, peer.socket, "first");
    expect_text(bed->loop, peer.socket, "second");
    RUN_UNTIL(bed->loop, peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(peer.closed, SCTPX_EPEERSHUTDOWN);
    assert_int_equal(peer.count[PROBE_ERROR], 0);
    assert_true(sctpx_socket_path_count(peer.socket) >= 1);
    sctpx_socket_free(peer.socket);
}

static void test_aborts_before_it_is_accepted(void **state)
{
    struct bed *bed = *state;
    struct probe peer = {0};
    int fd = plain_connect(port_of(bed));

    assert_int_equal(send(fd, "words", 5, 0), 5);
    abort_plain(fd);
    bed_accept(bed, &peer);
    expect_text(bed->loop, peer.socket, "words");
    RUN_UNTIL(bed->loop, peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(peer.closed, SCTPX_EPEERABORT);
    assert_int_equal(sctpx_socket_abort_cause(peer.socket), 12);
    sctpx_socket_free(peer.socket);
}

/* By the first answer, not by a time-out, and once. */
static void test_refused_at_once(void **state)
{
    struct bed *bed = *state;
    struct probe client;
    sctpx_socket *socket = fresh_socket(bed, &client);
    sctpx_addr addr = loopback_v4(1, 0);
    sctpx_time began = sctpx_loop_now(bed->loop);

    assert_int_equal(sctpx_socket_connect(socket, &addr, 1, 9), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_CLOSED] == 1);
    assert_int_equal(client.closed, SCTPX_EREFUSED);
    assert_string_equal(client.log, "connecting unconnected error:EREFUSED closed:EREFUSED");
    assert_true(sctpx_loop_now(bed->loop) - began < 1000000); /* RTO.Initial: not repeated */
    sctpx_socket_free(socket);
}

/* Out of the three ways to end, each is told as what it is. */
static void test_ends_are_told_apart(void **state)
{
    struct bed *bed = *state;

    for (int i = 0; i < 2; i++) {
        struct probe peer = {0};
        int fd = plain_connect(port_of(bed));

        bed_accept(bed, &peer);
        if (i == 0)
            close(fd);
        else
            abort_plain(fd);
        RUN_UNTIL(bed->loop, peer.count[PROBE_CLOSED] == 1);
        assert_int_equal(peer.closed, i == 0 ? SCTPX_EPEERSHUTDOWN : SCTPX_EPEERABORT);
        assert_int_equal(peer.count[PROBE_PEER_SHUTDOWN], i == 0);
        sctpx_socket_free(peer.socket);
    }
}

/* ---- descriptors ---------------------------------------------------------------------------- */

static void test_adopts_a_connected_one(void **state)
{
    struct bed *bed = *state;
    struct probe client, peer = {0};
    sctpx_socket *socket = fresh_socket(bed, &client);
    int fd = plain_connect(port_of(bed));

    assert_int_equal(sctpx_socket_adopt(socket, fd), 0);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_CONNECTED);
    assert_int_equal(sctpx_socket_descriptor(socket), fd);
    assert_int_equal(sctpx_socket_peer_port(socket), port_of(bed));
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_int_equal(sctpx_socket_adopt(socket, fd), SCTPX_ESTATE);
    bed_accept(bed, &peer);
    assert_int_equal(sctpx_socket_write_datagram(socket, "hello", 5, NULL), 0);
    expect_text(bed->loop, peer.socket, "hello");
    assert_int_equal(sctpx_socket_write_datagram(peer.socket, "world", 5, NULL), 0);
    expect_text(bed->loop, socket, "world");
    assert_int_equal(sctpx_socket_disconnect(socket, 10000), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_CLOSED] == 1);
    assert_int_equal(client.closed, 0);
    sctpx_socket_free(socket);
    sctpx_socket_free(peer.socket);
}

static void test_adopts_one_to_connect_through(void **state)
{
    struct bed *bed = *state;
    struct probe client;
    sctpx_socket *socket = fresh_socket(bed, &client);
    uint16_t port;
    int fd = plain_bind(SOCK_STREAM, false, &port);

    assert_int_equal(sctpx_socket_adopt(socket, fd), 0);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
    assert_int_equal(sctpx_socket_connect(socket, &bed->addr, 1, port_of(bed)), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_CONNECTED] == 1);
    assert_int_equal(sctpx_socket_local_port(socket), port);
    assert_int_equal(sctpx_socket_descriptor(socket), fd);
    sctpx_socket_free(socket);
}

static void test_adopts_nothing_else(void **state)
{
    struct bed *bed = *state;
    struct probe client;
    sctpx_socket *socket = fresh_socket(bed, &client);
    uint16_t port;
    int fds[5] = {-1, open("/dev/null", O_RDONLY), plain_udp(),
                  plain_bind(SOCK_SEQPACKET, false, &port), plain_bind(SOCK_STREAM, true, &port)};

    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(sctpx_socket_adopt(socket, fds[i]), SCTPX_EINVAL);
        assert_string_not_equal(sctpx_socket_error_string(socket), "");
        if (fds[i] >= 0)
            assert_int_equal(close(fds[i]), 0); /* still ours */
    }
    assert_int_equal(sctpx_socket_descriptor(socket), -1);
    assert_int_equal(sctpx_socket_release_descriptor(socket), SCTPX_ESTATE);
    sctpx_socket_free(socket);
}

/* The association lives on in other hands, and the socket can be used again. */
static void test_gives_it_away(void **state)
{
    struct bed *bed = *state;
    struct probe client, peer;
    char got[16];
    int fd;

    bed_pair(bed, &client, &peer, 0);
    fd = sctpx_socket_release_descriptor(client.socket);
    assert_true(fd >= 0);
    assert_int_equal(sctpx_socket_state(client.socket), SCTPX_UNCONNECTED);
    assert_int_equal(sctpx_socket_release_descriptor(client.socket), SCTPX_ESTATE);
    assert_int_equal(send(fd, "by hand", 7, 0), 7);
    expect_text(bed->loop, peer.socket, "by hand");
    assert_int_equal(client.count[PROBE_CLOSED], 0);
    sctpx_socket_free(client.socket);
    assert_int_equal(sctpx_socket_write_datagram(peer.socket, "back", 4, NULL), 0);
    RUN_UNTIL(bed->loop, recv(fd, got, sizeof(got), MSG_DONTWAIT) == 4);
    close(fd);
    RUN_UNTIL(bed->loop, peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(peer.closed, SCTPX_EPEERSHUTDOWN);
    sctpx_socket_free(peer.socket);
}

static void test_listens_on_a_descriptor(void **state)
{
    struct bed *bed = *state;
    struct probe peer = {0};
    uint16_t port;
    int fd = plain_bind(SOCK_STREAM, true, &port), client;

    sctpx_server_close(bed->server);
    assert_int_equal(sctpx_server_listen_descriptors(bed->server, &fd, 1, port), SCTPX_EINVAL);
    assert_int_equal(sctpx_server_listen_descriptors(bed->server, &fd, 1, 0), 0);
    assert_int_equal(sctpx_server_port(bed->server), port);
    assert_int_equal(sctpx_server_descriptor(bed->server), fd);
    client = plain_connect(port);
    assert_int_equal(send(client, "to you", 6, 0), 6);
    bed_accept(bed, &peer);
    expect_text(bed->loop, peer.socket, "to you");
    sctpx_socket_free(peer.socket);
    close(client);
    sctpx_server_close(bed->server);
    assert_int_equal(sctpx_server_descriptor(bed->server), -1);
    assert_int_equal(fcntl(fd, F_GETFL), -1); /* closed with it */
}

/* ---- want of descriptors -------------------------------------------------------------------- */

static int lowest_free_descriptor(void)
{
    int fd = dup(0);

    close(fd);
    return fd;
}

/* It is told, nothing spins or stops for good, and it goes on by itself. */
static void test_no_descriptors_for_a_while(void **state)
{
    struct bed *bed = *state;
    struct probe peers[3] = {0};
    struct rlimit limit, none;
    int fds[3];

    for (size_t i = 0; i < 3; i++)
        fds[i] = plain_connect(port_of(bed));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = (rlim_t)lowest_free_descriptor();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    RUN_UNTIL(bed->loop, bed->accept_errors >= 2);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(bed->accept_error, SCTPX_ERESOURCE);
    assert_int_equal(bed->connections, 0);
    for (size_t i = 0; i < 3; i++)
        bed_accept(bed, &peers[i]);
    for (size_t i = 0; i < 3; i++) {
        sctpx_socket_free(peers[i].socket);
        close(fds[i]);
    }
}

/* ---- much data ------------------------------------------------------------------------------ */

/* Ten times what the buffer takes, as bytes: not one is lost, none makes it fail. */
static void test_ten_buffers_of_bytes(void **state)
{
    enum { LIMIT = 64 * 1024, TOTAL = 10 * LIMIT };
    struct bed *bed = *state;
    struct probe client, peer;
    uint8_t *data = malloc(TOTAL), *got = malloc(TOTAL);
    size_t written = 0, read = 0;

    assert_true(data && got);
    pattern_fill(data, TOTAL, 7);
    bed_listen(bed, NULL, -1, 0);
    bed_pair(bed, &client, &peer, -1);
    assert_int_equal(sctpx_socket_set_write_limit(client.socket, LIMIT), 0);
    while (read < TOTAL) {
        long n = sctpx_socket_write(client.socket, data + written, TOTAL - written);

        written += n > 0 ? (size_t)n : 0;
        assert_true(sctpx_socket_bytes_to_write(client.socket, SCTPX_ANY_STREAM) <= LIMIT);
        assert_int_equal(sctpx_loop_run_once(bed->loop, 1000), 1);
        n = sctpx_socket_read(peer.socket, got + read, TOTAL - read);
        read += n > 0 ? (size_t)n : 0;
    }
    assert_memory_equal(got, data, TOTAL);
    RUN_UNTIL(bed->loop, client.sent_bytes == TOTAL && client.count[PROBE_DRAINED] > 0);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
    free(data);
    free(got);
}

static void flood(struct probe *probe, enum probe_event event)
{
    static const uint8_t data[1000];

    (void)event;
    while (sctpx_socket_write_datagram(probe->socket, data, sizeof(data), NULL) == 0)
        continue;
}

/* The peer never stops until it is told to; what we wrote arrives although we do not read. */
static void test_close_while_flooded(void **state)
{
    enum { MESSAGES = 20, SIZE = 10000 };
    struct bed *bed = *state;
    struct probe client, peer;
    static uint8_t data[SIZE];
    size_t read = 0;
    long n;

    bed_pair(bed, &client, &peer, 0);
    client.hook = flood;
    client.hook_at = PROBE_WRITABLE;
    flood(&client, PROBE_WRITABLE);
    for (int i = 0; i < MESSAGES; i++)
        assert_int_equal(sctpx_socket_write_datagram(peer.socket, data, SIZE, NULL), 0);
    RUN_UNTIL(bed->loop, sctpx_socket_bytes_available(peer.socket, 0) > 100000);
    assert_int_equal(sctpx_socket_close(peer.socket), 0);
    RUN_UNTIL(bed->loop, peer.count[PROBE_CLOSED] == 1 && client.count[PROBE_CLOSED] == 1);
    assert_int_equal(peer.closed, 0);
    assert_int_equal(client.closed, SCTPX_EPEERSHUTDOWN);
    while ((n = sctpx_socket_read_datagram(client.socket, 0, data, SIZE, NULL)) > 0)
        read += (size_t)n;
    assert_int_equal(read, MESSAGES * SIZE);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
}

#define WITH_BED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BED(test_sends_and_closes_before_it_is_accepted),
        WITH_BED(test_aborts_before_it_is_accepted),
        WITH_BED(test_refused_at_once),
        WITH_BED(test_ends_are_told_apart),
        WITH_BED(test_adopts_a_connected_one),
        WITH_BED(test_adopts_one_to_connect_through),
        WITH_BED(test_adopts_nothing_else),
        WITH_BED(test_gives_it_away),
        WITH_BED(test_listens_on_a_descriptor),
        WITH_BED(test_no_descriptors_for_a_while),
        WITH_BED(test_ten_buffers_of_bytes),
        WITH_BED(test_close_while_flooded),
    };
    char reason[200];

    if (sctpx_available(SCTPX_WAY_KERNEL, reason, sizeof(reason)) < 0) {
        print_message("skipped: %s\n", reason);
        return 77;
    }
    setenv("SCTPX_TEST_BACKEND", "kernel", 1);
    unsetenv("SCTPX_TEST_PEER_BACKEND");
    return cmocka_run_group_tests_name("kernel", tests, NULL, NULL);
}

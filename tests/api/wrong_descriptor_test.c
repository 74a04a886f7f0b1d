/* SPDX-License-Identifier: MIT */
/*
 * Every kind of descriptor that is not the right one, given to every call that takes descriptors:
 * refused in words, still open, still the caller's, and nothing is left behind.
 */
#include "support/loopback.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { PORT = 7000, KINDS = 20 };

struct kind {
    const char *name;
    int fd; /* -1: could not be made here, and is no descriptor then */
};

/* ---- descriptors ---------------------------------------------------------------------------- */

static int bound_inet(int type, int protocol, uint32_t ip)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(ip)}};
    int fd = socket(AF_INET, type, protocol);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static int bound_multicast6(void)
{
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_scope_id = 1};
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);

    in6.sin6_addr.s6_addr[0] = 0xff;
    in6.sin6_addr.s6_addr[1] = 2;
    in6.sin6_addr.s6_addr[15] = 0xfb;
    if (fd >= 0 && bind(fd, (struct sockaddr *)&in6, sizeof(in6)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static int listening_tcp(void)
{
    int fd = bound_inet(SOCK_STREAM, 0, INADDR_LOOPBACK);

    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static int connected_udp(void)
{
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = bound_inet(SOCK_DGRAM, 0, INADDR_LOOPBACK);

    assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
    return fd;
}

/* Bound to a name that the kernel finds. */
static int unix_socket(int type)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(sa_family_t)), 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static int closed_number(void)
{
    int fd = dup(0);

    close(fd);
    return fd + 500;
}

static void make_all(struct kind kinds[KINDS])
{
    const struct kind made[KINDS] = {
        {"pipe", -1},
        {"regular file", open("/proc/self/exe", O_RDONLY)},
        {"/dev/null", open("/dev/null", O_RDWR)},
        {"directory", open("/", O_RDONLY | O_DIRECTORY)},
        {"path", open("/", O_PATH)},
        {"epoll", epoll_create1(0)},
        {"eventfd", eventfd(0, 0)},
        {"closed", closed_number()},
        {"negative", -1},
        {"most negative", -2147483647 - 1},
        {"unbound UDP", socket(AF_INET, SOCK_DGRAM, 0)},
        {"unbound UDP, IPv6", socket(AF_INET6, SOCK_DGRAM, 0)},
        {"connected UDP", connected_udp()},
        {"UDP at a multicast address", bound_inet(SOCK_DGRAM, 0, 0xe00000fb)},
        {"UDP at a broadcast address", bound_inet(SOCK_DGRAM, 0, 0xffffffff)},
        {"UDP at a multicast address, IPv6", bound_multicast6()},
        {"TCP", bound_inet(SOCK_STREAM, 0, INADDR_LOOPBACK)},
        {"listening TCP", listening_tcp()},
        {"listening unix", unix_socket(SOCK_STREAM)},
        {"unix of datagrams", unix_socket(SOCK_DGRAM)},
    };
    int ends[2];

    memcpy(kinds, made, sizeof(made));
    assert_int_equal(pipe(ends), 0);
    kinds[0].fd = ends[0];
    close(ends[1]);
}

static void close_all(struct kind kinds[KINDS])
{
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].fd >= 0 && strcmp(kinds[i].name, "closed") != 0)
            assert_int_equal(close(kinds[i].fd), 0);
}

static size_t count_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t count = 0;

    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* ---- fixture -------------------------------------------------------------------------------- */

struct fixture {
    sctpx_loop *loop;
    struct kind kinds[KINDS];
};

static int setup(void **state)
{
    static struct fixture fixture;

    assert_int_equal(sctpx_loop_new(&fixture.loop), 0);
    make_all(fixture.kinds);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    close_all(fixture->kinds); /* they were still open, else this fails */
    sctpx_loop_free(fixture->loop);
    return 0;
}

/* What the caller can see of a descriptor. */
struct view {
    int status, flags;
};

static struct view look(int fd)
{
    return (struct view){fcntl(fd, F_GETFL), fcntl(fd, F_GETFD)};
}

static void check_same(const struct kind *kind, struct view before)
{
    struct view after = look(kind->fd);

    if (after.status != before.status || after.flags != before.flags)
        fail_msg("%s: no longer as it was", kind->name);
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void refuse_listen(struct fixture *fixture, const struct kind *kind, const int *fds,
                          size_t n, uint16_t port)
{
    struct view before = look(kind->fd);
    size_t descriptors;
    sctpx_server *server;
    int result;

    assert_int_equal(sctpx_server_new(fixture->loop, NULL, &server), 0);
    descriptors = count_descriptors();
    result = sctpx_server_listen_descriptors(server, fds, n, port);
    if (result != SCTPX_EINVAL)
        fail_msg("%s: %d", kind->name, result);
    if (!strstr(sctpx_server_error_string(server), "UDP sockets"))
        fail_msg("%s: %s", kind->name, sctpx_server_error_string(server));
    assert_false(sctpx_server_is_listening(server));
    assert_int_equal(count_descriptors(), descriptors);
    check_same(kind, before);
    sctpx_server_free(server);
}

static void test_a_server_takes_none_of_them(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < KINDS; i++) {
        refuse_listen(fixture, &fixture->kinds[i], &fixture->kinds[i].fd, 1, PORT);
        refuse_listen(fixture, &fixture->kinds[i], &fixture->kinds[i].fd, 1, 0);
    }
}

/* A good one does not make it better, and is as good afterwards. */
static void test_a_server_takes_none_of_them_with_a_good_one(void **state)
{
    struct fixture *fixture = *state;
    struct kind good = {"good", bound_inet(SOCK_DGRAM, 0, INADDR_LOOPBACK)};
    struct view before = look(good.fd);
    sctpx_server *server;

    for (size_t i = 0; i < KINDS; i++) {
        const int fds[2] = {good.fd, fixture->kinds[i].fd}, other[2] = {fds[1], fds[0]};

        refuse_listen(fixture, &fixture->kinds[i], fds, 2, PORT);
        refuse_listen(fixture, &fixture->kinds[i], other, 2, PORT);
        check_same(&good, before);
    }
    assert_int_equal(sctpx_server_new(fixture->loop, NULL, &server), 0);
    assert_int_equal(sctpx_server_listen_descriptors(server, &good.fd, 1, PORT), 0);
    sctpx_server_free(server);
}

static void test_a_socket_adopts_none_of_them(void **state)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket;

    assert_int_equal(sctpx_socket_new(fixture->loop, NULL, &socket), 0);
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &fixture->kinds[i];
        struct view before = look(kind->fd);
        size_t descriptors = count_descriptors();
        int result = sctpx_socket_adopt(socket, kind->fd);

        if (result >= 0 || !strstr(sctpx_socket_error_string(socket), "cannot adopt: "))
            fail_msg("%s: %d, %s", kind->name, result, sctpx_socket_error_string(socket));
        assert_int_equal(count_descriptors(), descriptors);
        check_same(kind, before);
    }
    sctpx_socket_free(socket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_server_takes_none_of_them, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_server_takes_none_of_them_with_a_good_one, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_socket_adopts_none_of_them, setup, teardown),
    };

    return cmocka_run_group_tests_name("wrong_descriptor", tests, NULL, NULL);
}

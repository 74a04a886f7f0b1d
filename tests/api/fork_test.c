/* SPDX-License-Identifier: MIT */
/* What <sctpx/loop.h> says of fork(): a child that calls exec() or _exit() disturbs nothing. */
#include "support/loopback.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DESCRIPTORS = 256 };

static void note_descriptors(bool *is_open)
{
    for (int fd = 0; fd < DESCRIPTORS; fd++)
        is_open[fd] = fcntl(fd, F_GETFD) >= 0;
}

static void test_exec_closes_all_descriptors(void **state)
{
    bool before[DESCRIPTORS];
    struct bed bed;
    struct probe client, peer;
    int count = 0;

    (void)state;
    note_descriptors(before);
    bed_open(&bed, SCTPX_IPV4, 8, NULL);
    bed_pair(&bed, &client, &peer, 0);
    for (int fd = 0; fd < DESCRIPTORS; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (flags < 0 || before[fd])
            continue;
        assert_true((flags & FD_CLOEXEC) != 0);
        count++;
    }
    assert_true(count > 1);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
    bed_close(&bed);
}

static void test_a_child_that_exits_ends_nothing(void **state)
{
    struct bed bed;
    struct probe client, peer;
    int status = 0;

    (void)state;
    bed_open(&bed, SCTPX_IPV4, 8, NULL);
    bed_pair(&bed, &client, &peer, 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(sctpx_socket_write_datagram(client.socket, "on", 2, NULL), 0);
    RUN_UNTIL(bed.loop, sctpx_socket_bytes_available(peer.socket, SCTPX_ANY_STREAM) == 2);
    assert_int_equal(client.closed + peer.closed, 0);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
    bed_close(&bed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exec_closes_all_descriptors),
        cmocka_unit_test(test_a_child_that_exits_ends_nothing),
    };

    return cmocka_run_group_tests_name("api.fork", tests, NULL, NULL);
}

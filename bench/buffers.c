/* SPDX-License-Identifier: MIT */
/*
 * Whether the system's socket buffers look like loss: a bulk stream over 127.0.0.1 whose UDP
 * sockets get buffers of 64 KB to 16 MB at most, whose receive buffers (a_rwnd) are of these sizes,
 * or both. What has to be sent again is counted, of messages of several lengths together; nothing
 * is lost but what a socket or the receive buffer has no room for.
 *
 * The system that allows no larger sockets is played by the setsockopt() of this file, which stands
 * in the way of the C library's.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/bulk.h"
#include "support/figure.h"

static int most_bytes; /* that a socket gets, 0 = what it asks for */

int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    const int *bytes = value;
    bool is_buffer = level == SOL_SOCKET && (option == SO_RCVBUF || option == SO_SNDBUF);
    if (most_bytes > 0 && level == SOL_SOCKET &&
        (option == SO_RCVBUFFORCE || option == SO_SNDBUFFORCE)) {
        errno = EPERM;
        return -1;
    }
    if (most_bytes > 0 && is_buffer) {
        if (length == sizeof *bytes && *bytes > most_bytes)
            value = &most_bytes;
        /* So that sizes above the limit of the real system can be had by those who may. */
        int forced = option == SO_RCVBUF ? SO_RCVBUFFORCE : SO_SNDBUFFORCE;
        if (syscall(SYS_setsockopt, fd, level, forced, value, length) == 0)
            return 0;
    }
    return (int)syscall(SYS_setsockopt, fd, level, option, value, length);
}

/* What a run in a process of its own has found; the last length is the one that has a speed. */
struct found {
    uint64_t retransmitted;
    double gbit_s;
};

struct run {
    struct bench_options options;
    const char *what;
    size_t bytes;
    struct found *found; /* shared with those processes */
};

static void note(const struct run *run, const struct bench_sent *sent,
                 const struct bench_received *received)
{
    double us = (double)(received->last.at_us - received->first.at_us);
    uint64_t again = sent->status.retransmitted_chunks;
    run->found->retransmitted += again;
    run->found->gbit_s = (double)received->last.bytes * 8 / us / 1000;
    if (again > 0)
        fprintf(stderr, "%s %zu KB, %zu B: %llu chunks retransmitted\n", run->what,
                run->bytes / 1024, run->options.length, (unsigned long long)again);
}

static void work(void *context)
{
    const struct run *run = context;
    struct bench_two two;
    struct bench_received received;
    bench_two_fork(&two, BENCH_ANY_CPU);
    if (two.child == 0) {
        bench_bulk_receive(&two, &run->options);
        _exit(0);
    }
    struct bench_sent sent = bench_bulk_send(&two, &run->options);
    bench_two_hear(&two, &received, sizeof received);
    note(run, &sent, &received);
    bench_two_end(&two);
}

static int work_all_lengths(struct run *run)
{
    static const size_t lengths[] = {1, 64, 1000, 1400};
    size_t only = run->options.length;
    int failed = 0;
    *run->found = (struct found){0};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0] && !failed; i++) {
        run->options.length = only != 0 ? only : lengths[i];
        failed = bench_two_apart(work, run);
        if (only != 0)
            break;
    }
    run->options.length = only;
    return failed;
}

static void report(const struct run *run)
{
    char name[64];
    snprintf(name, sizeof name, "%s %zu KB", run->what, run->bytes / 1024);
    const struct bench_case of = {"buffers", name, "sctpx"};
    bench_figure(&of, "retransmitted chunks", BENCH_LESS, (double)run->found->retransmitted);
    bench_figure(&of, "Gbit/s", BENCH_MORE, run->found->gbit_s);
}

static int work_all(struct run *run, size_t window_bytes, size_t socket_bytes)
{
    run->options.window_bytes = window_bytes;
    most_bytes = (int)socket_bytes;
    if (work_all_lengths(run) != 0)
        return 1;
    report(run);
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const whats[] = {"sockets", "windows", "both"};
    static const size_t sizes[] = {64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20};
    struct run run = {.options = {.seconds = 0.5, .mtu = 1500}};
    int failed = 0;
    bench_options_parse(&run.options, argc, argv);
    run.found =
        mmap(NULL, sizeof *run.found, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (run.found == MAP_FAILED)
        return 1;
    for (size_t w = 0; w < 3; w++) {
        if (!bench_options_want(&run.options, whats[w]))
            continue;
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            run.what = whats[w];
            run.bytes = sizes[i];
            failed |= work_all(&run, w == 0 ? 0 : sizes[i], w == 1 ? 0 : sizes[i]);
        }
    }
    return failed;
}

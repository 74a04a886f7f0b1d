/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/figure.h"
#include "support/two.h"

static void stay_on_cpu(bool first)
{
    cpu_set_t allowed, one;
    if (sched_getaffinity(0, sizeof allowed, &allowed) < 0)
        return;
    size_t cpu = first ? 0 : CPU_SETSIZE - 1;
    while (!CPU_ISSET(cpu, &allowed))
        cpu = first ? cpu + 1 : cpu - 1;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) < 0)
        bench_fail("sched_setaffinity");
}

void bench_two_fork(struct bench_two *two, enum bench_cpus cpus)
{
    int down[2], up[2];
    if (pipe(down) < 0 || pipe(up) < 0)
        bench_fail("pipe");
    two->child = fork();
    if (two->child < 0)
        bench_fail("fork");
    if (two->child == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (cpus != BENCH_ANY_CPU)
        stay_on_cpu(cpus == BENCH_ONE_CPU || two->child == 0);
    two->in = two->child != 0 ? up[0] : down[0];
    two->out = two->child != 0 ? down[1] : up[1];
    close(two->child != 0 ? up[1] : down[1]);
    close(two->child != 0 ? down[0] : up[0]);
}

int bench_two_apart(void (*work)(void *), void *context)
{
    int status = 0;
    pid_t pid = fork();
    if (pid < 0)
        bench_fail("fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        work(context);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

void bench_two_tell(const struct bench_two *two, const void *block, size_t size)
{
    if (write(two->out, block, size) != (ssize_t)size)
        bench_fail("write to the other process");
}

void bench_two_hear(const struct bench_two *two, void *ret_block, size_t size)
{
    if (read(two->in, ret_block, size) != (ssize_t)size)
        bench_fail("the other process");
}

void bench_two_end(struct bench_two *two)
{
    kill(two->child, SIGKILL);
    waitpid(two->child, NULL, 0);
    close(two->in);
    close(two->out);
}

struct bench_usage bench_usage_now(uint64_t bytes, uint64_t messages)
{
    return (struct bench_usage){bench_now_us(), bench_cpu_us(), bytes, messages};
}

uint16_t bench_free_udp_port(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    socklen_t length = sizeof any;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&any, length) < 0 ||
        getsockname(fd, (struct sockaddr *)&any, &length) < 0)
        bench_fail("UDP socket");
    close(fd);
    return ntohs(any.sin_port);
}

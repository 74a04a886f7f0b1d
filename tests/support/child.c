/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/child.h"

static void close_on_exec(const int ends[2])
{
    assert_true(fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0);
    assert_true(fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0);
}

void child_start(struct child *child, char *const argv[])
{
    int in[2], out[2];
    assert_true(pipe(in) == 0 && pipe(out) == 0);
    close_on_exec(in);
    close_on_exec(out);
    signal(SIGPIPE, SIG_IGN);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (dup2(in[0], STDIN_FILENO) >= 0 && dup2(out[1], STDOUT_FILENO) >= 0)
            execv(argv[0], argv);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    child->pid = pid;
    child->in = in[1];
    child->out = out[0];
    child->ended = false;
    child->used = 0;
    assert_true(fcntl(child->out, F_SETFL, O_NONBLOCK) == 0);
}

void child_say(struct child *child, const char *line)
{
    size_t length = strlen(line);
    assert_int_equal(write(child->in, line, length), length);
    assert_int_equal(write(child->in, "\n", 1), 1);
}

void child_read(struct child *child)
{
    while (!child->ended && child->used < sizeof child->buffer) {
        ssize_t n =
            read(child->out, child->buffer + child->used, sizeof child->buffer - child->used);
        if (n < 0) {
            assert_true(errno == EAGAIN || errno == EINTR);
            return;
        }
        child->ended = n == 0;
        child->used += (size_t)n;
    }
}

bool child_line(struct child *child, char *ret_line, size_t capacity)
{
    char *end = memchr(child->buffer, '\n', child->used);
    if (end == NULL)
        return false;
    size_t length = (size_t)(end - child->buffer);
    size_t kept = length < capacity ? length : capacity - 1;
    memcpy(ret_line, child->buffer, kept);
    ret_line[kept] = '\0';
    child->used -= length + 1;
    memmove(child->buffer, end + 1, child->used);
    return true;
}

void child_kill(struct child *child)
{
    if (child->pid == 0)
        return;
    kill(child->pid, SIGKILL);
    waitpid(child->pid, NULL, 0);
    close(child->in);
    close(child->out);
    child->pid = 0;
}

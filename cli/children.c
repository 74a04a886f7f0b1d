/* SPDX-License-Identifier: MIT */
#include "children.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/wait.h>

#include "report.h"

struct child_process {
    pid_t pid;
    LIST_ENTRY(child_process) link;
};

static LIST_HEAD(child_list, child_process) children = LIST_HEAD_INITIALIZER(children);

void children_add(pid_t pid)
{
    struct child_process *child = malloc(sizeof(*child));

    if (!child)
        return;
    child->pid = pid;
    LIST_INSERT_HEAD(&children, child, link);
}

/* Other children, of packet_trace.c, are not in the list. */
static bool take(pid_t pid)
{
    struct child_process *child;

    LIST_FOREACH (child, &children, link) {
        if (child->pid != pid)
            continue;
        LIST_REMOVE(child, link);
        free(child);
        return true;
    }
    return false;
}

/* To write when the peer has gone is no failure; a shell tells it by its exit code. */
static void report_status(int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 128 + SIGPIPE)
        report("the command exited with %d", WEXITSTATUS(status));
    else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGPIPE)
        report("the command was ended by signal %d", WTERMSIG(status));
}

void children_reap(bool is_reporting)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (take(pid) && is_reporting)
            report_status(status);
}

void children_terminate(void)
{
    struct child_process *child;

    LIST_FOREACH (child, &children, link)
        (void)kill(-child->pid, SIGTERM);
}

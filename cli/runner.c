/* SPDX-License-Identifier: MIT */
#include "runner.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "exit_code.h"
#include "report.h"

/* The first two of those polled; the watches follow. */
enum { SLOT_LOOP, SLOT_SIGNALS, SLOT_FIRST_WATCH };

static void signal_set(sigset_t *ret_set)
{
    sigemptyset(ret_set);
    sigaddset(ret_set, SIGINT);
    sigaddset(ret_set, SIGTERM);
    sigaddset(ret_set, SIGHUP);
    sigaddset(ret_set, SIGCHLD);
}

int runner_open(struct runner *runner)
{
    sigset_t signals;
    int result;

    memset(runner, 0, sizeof(*runner));
    LIST_INIT(&runner->watches);
    signal_set(&signals);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    runner->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (runner->signal_fd < 0) {
        report("cannot receive signals: %s", strerror(errno));
        return EXIT_FAILED;
    }
    result = sctpx_loop_new(&runner->loop);
    if (result < 0) {
        close(runner->signal_fd);
        return report_failure("cannot make an event loop", result);
    }
    return EXIT_DONE;
}

void runner_close(struct runner *runner)
{
    (void)sctpx_loop_process(runner->loop); /* last words to the peers */
    sctpx_loop_free(runner->loop);
    close(runner->signal_fd);
}

void runner_reset_signals(void)
{
    sigset_t signals;

    signal_set(&signals);
    sigprocmask(SIG_UNBLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_DFL);
}

void runner_stop(struct runner *runner, int exit_code)
{
    if (runner->is_stopped)
        return;
    runner->is_stopped = true;
    runner->exit_code = exit_code;
}

/* ---- watches ------------------------------------------------------------------------------ */

void runner_watch(struct runner *runner, struct watch *watch, int fd, void (*function)(void *arg),
                  void *arg)
{
    *watch = (struct watch){.fd = fd, .function = function, .arg = arg, .runner = runner};
    LIST_INSERT_HEAD(&runner->watches, watch, link);
    runner->watch_count++;
}

void runner_unwatch(struct watch *watch)
{
    if (!watch->runner)
        return;
    if (watch->slot)
        watch->slot->fd = -1;
    LIST_REMOVE(watch, link);
    watch->runner->watch_count--;
    watch->runner = NULL;
}

/* ---- signals ------------------------------------------------------------------------------ */

static void on_signals(struct runner *runner)
{
    struct signalfd_siginfo info;

    while (read(runner->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        int number = (int)info.ssi_signo;

        if (number == SIGCHLD) {
            if (runner->on_child)
                runner->on_child(runner->child_arg);
        } else if (runner->on_signal) {
            runner->on_signal(runner->signal_arg, number, ++runner->signal_count);
        } else {
            runner_stop(runner, EXIT_SIGNAL + number);
        }
    }
}

/* ---- turns -------------------------------------------------------------------------------- */

static size_t fill_slots(struct runner *runner, struct pollfd *slots, struct watch **owners)
{
    struct watch *watch;
    size_t count = SLOT_FIRST_WATCH;

    slots[SLOT_LOOP] = (struct pollfd){.fd = sctpx_loop_fd(runner->loop), .events = POLLIN};
    slots[SLOT_SIGNALS] = (struct pollfd){.fd = runner->signal_fd, .events = POLLIN};
    LIST_FOREACH (watch, &runner->watches, link) {
        watch->slot = NULL;
        if (watch->events == 0)
            continue;
        slots[count] = (struct pollfd){.fd = watch->fd, .events = watch->events};
        watch->slot = &slots[count];
        owners[count++] = watch;
    }
    return count;
}

/* A callback may end other watches: their slots then have no descriptor any more. */
static void call_owners(struct pollfd *slots, struct watch **owners, size_t count)
{
    for (size_t i = SLOT_FIRST_WATCH; i < count; i++)
        if (slots[i].fd >= 0 && slots[i].revents != 0)
            owners[i]->function(owners[i]->arg);
}

static void forget_slots(struct runner *runner)
{
    struct watch *watch;

    LIST_FOREACH (watch, &runner->watches, link)
        watch->slot = NULL;
}

static int turn(struct runner *runner)
{
    size_t capacity = runner->watch_count + SLOT_FIRST_WATCH, count;
    struct pollfd *slots = calloc(capacity, sizeof(*slots));
    struct watch **owners = calloc(capacity, sizeof(*owners));
    int result = SCTPX_ENOMEM;

    if (slots && owners) {
        count = fill_slots(runner, slots, owners);
        result = poll(slots, (nfds_t)count, -1);
        if (result >= 0 && slots[SLOT_SIGNALS].revents != 0)
            on_signals(runner);
        if (result >= 0)
            call_owners(slots, owners, count);
        forget_slots(runner);
        if (result >= 0 || errno == EINTR)
            result = sctpx_loop_process(runner->loop);
        else
            result = SCTPX_ESYSTEM;
    }
    free(slots);
    free(owners);
    return result;
}

int runner_run(struct runner *runner)
{
    int result = sctpx_loop_process(runner->loop);

    while (!runner->is_stopped) {
        result = turn(runner);
        if (result < 0)
            runner_stop(runner, report_failure("the event loop failed", result));
    }
    return runner->exit_code;
}

/* SPDX-License-Identifier: MIT */
/*
 * The program's event loop: one poll() over the loop of the library, the signals, and descriptors
 * of files, pipes and terminals. Regular files can be watched too; they are always ready.
 */
#ifndef CLI_RUNNER_H
#define CLI_RUNNER_H

#include <poll.h>
#include <stdbool.h>
#include <sys/queue.h>

#include <sctpx/loop.h>

/* A descriptor that is watched. The owner provides the memory; the descriptor is the owner's. */
struct watch {
    int fd;
    short events; /* POLLIN, POLLOUT, 0 = not now; can be changed at any time */
    void (*function)(void *arg);
    void *arg;
    struct runner *runner; /* NULL = not watched */
    struct pollfd *slot;
    LIST_ENTRY(watch) link;
};

struct runner {
    sctpx_loop *loop;
    int signal_fd;
    bool is_stopped;
    int exit_code;
    LIST_HEAD(watch_list, watch) watches;
    size_t watch_count;
    /* SIGINT, SIGTERM, SIGHUP; how many came, this one included. May be NULL: then they stop. */
    void (*on_signal)(void *arg, int number, unsigned count);
    void *signal_arg;
    unsigned signal_count;
    /* SIGCHLD, may be NULL. */
    void (*on_child)(void *arg);
    void *child_arg;
};

/* From here on signals come through the runner, and writing to a closed pipe is only an error. */
int runner_open(struct runner *runner);
void runner_close(struct runner *runner);

/* Runs until runner_stop(). Returns the exit code that was given there. */
int runner_run(struct runner *runner);

/* The first call decides. */
void runner_stop(struct runner *runner, int exit_code);

/* Calls function(arg) when the descriptor is ready for the events, or broken. */
void runner_watch(struct runner *runner, struct watch *watch, int fd, void (*function)(void *arg),
                  void *arg);

/* Allowed at any time, also if it is not watched. */
void runner_unwatch(struct watch *watch);

/* In a child process, before exec: signals as they were. */
void runner_reset_signals(void);

#endif

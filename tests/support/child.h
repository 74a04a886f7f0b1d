/* SPDX-License-Identifier: MIT */
/*
 * A program that a test starts and talks with line by line: it reads commands on its stdin and
 * tells on its stdout what happens. Failures of the system fail the running test.
 */
#ifndef TESTS_SUPPORT_CHILD_H
#define TESTS_SUPPORT_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct child {
    pid_t pid;  /* 0 = none */
    int in;     /* our end of its stdin */
    int out;    /* our end of its stdout, non-blocking */
    bool ended; /* it closed its stdout */
    size_t used;
    char buffer[65536]; /* read and not yet taken */
};

/* Starts argv[0], a path, with these arguments (NULL at the end). stderr is the test's own. */
void child_start(struct child *child, char *const argv[]);

/* Writes one line, without waiting for what comes of it. */
void child_say(struct child *child, const char *line);

/* Reads what is there now; the descriptor out tells when. */
void child_read(struct child *child);

/* Takes the oldest whole line, without its end; false if there is none. Longer ones are cut. */
bool child_line(struct child *child, char *ret_line, size_t capacity);

/* Ends it with SIGKILL. Nothing is done if there is none. */
void child_kill(struct child *child);

#endif

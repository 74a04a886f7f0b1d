/* SPDX-License-Identifier: MIT */
/* The command line that all benches share. */
#ifndef BENCH_SUPPORT_OPTIONS_H
#define BENCH_SUPPORT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench_options {
    size_t length;       /* --length: bytes of a message */
    double seconds;      /* --seconds: how long to measure */
    uint32_t count;      /* --count: associations */
    uint32_t mtu;        /* --mtu: IP level */
    bool plain;          /* --plain: a system call for each packet, no UDP_SEGMENT and UDP_GRO */
    size_t window_bytes; /* --window: of the buffers that the bench is about, 0 = as they come */
    bool lent;           /* --lent: messages are lent to the stack, not copied */
    const char *only;    /* --only: one case of those that the bench has */
};

/*
 * Fills in what the command line says over what is there; exits with 2 if it is wrong. From then on
 * the process has four minutes: whatever hangs ends with an error then.
 */
void bench_options_parse(struct bench_options *options, int argc, char **argv);

/* Whether this case is to be run. */
bool bench_options_want(const struct bench_options *options, const char *name);

#endif

/* SPDX-License-Identifier: MIT */
/* The command line that all benches share. */
#ifndef BENCH_SUPPORT_OPTIONS_H
#define BENCH_SUPPORT_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

struct bench_options {
    size_t length;  /* --length: bytes of a message */
    double seconds; /* --seconds: how long to measure */
    uint32_t count; /* --count: associations */
    uint32_t mtu;   /* --mtu: IP level */
};

/* Fills in what the command line says over what is there; exits with 2 if it is wrong. */
void bench_options_parse(struct bench_options *options, int argc, char **argv);

#endif

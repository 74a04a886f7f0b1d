/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/options.h"

enum { LONGEST_SECONDS = 240 };

static double number(const char *text, double least, double most)
{
    char *end;
    double value = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || !(value >= least && value <= most)) {
        fprintf(stderr, "bench: \"%s\" is not a number from %g to %g\n", text, least, most);
        exit(2);
    }
    return value;
}

static void on_alarm(int number_of_signal)
{
    static const char text[] = "bench: it did not end by itself\n";
    (void)number_of_signal;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(2);
    _exit(1);
}

void bench_options_parse(struct bench_options *options, int argc, char **argv)
{
    static const struct option known[] = {
        {"length", required_argument, NULL, 'l'},
        {"seconds", required_argument, NULL, 's'},
        {"count", required_argument, NULL, 'c'},
        {"mtu", required_argument, NULL, 'm'},
        {"window", required_argument, NULL, 'w'},
        {"plain", no_argument, NULL, 'p'},
        {"only", required_argument, NULL, 'o'},
        {"lent", no_argument, NULL, 'b'},
        {NULL, 0, NULL, 0},
    };
    int option;
    signal(SIGALRM, on_alarm);
    alarm(LONGEST_SECONDS);
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'l':
            options->length = (size_t)number(optarg, 1, 1 << 24);
            break;
        case 's':
            options->seconds = number(optarg, 0.01, 3600);
            break;
        case 'c':
            options->count = (uint32_t)number(optarg, 1, 1000000);
            break;
        case 'm':
            options->mtu = (uint32_t)number(optarg, 576, 65535);
            break;
        case 'w':
            options->window_bytes = (size_t)number(optarg, 1500, 1 << 30);
            break;
        case 'p':
            options->plain = true;
            break;
        case 'b':
            options->lent = true;
            break;
        case 'o':
            options->only = optarg;
            break;
        default:
            fprintf(stderr,
                    "usage: %s [--length N] [--seconds S] [--count N] [--mtu N] [--window BYTES] "
                    "[--plain] [--lent] [--only CASE]\n",
                    argv[0]);
            exit(2);
        }
    }
}

bool bench_options_want(const struct bench_options *options, const char *name)
{
    return options->only == NULL || strcmp(options->only, name) == 0;
}

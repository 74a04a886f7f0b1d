/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/options.h"

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

void bench_options_parse(struct bench_options *options, int argc, char **argv)
{
    static const struct option known[] = {
        {"length", required_argument, NULL, 'l'},
        {"seconds", required_argument, NULL, 's'},
        {"count", required_argument, NULL, 'c'},
        {"mtu", required_argument, NULL, 'm'},
        {NULL, 0, NULL, 0},
    };
    int option;
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
        default:
            fprintf(stderr, "usage: %s [--length N] [--seconds S] [--count N] [--mtu N]\n",
                    argv[0]);
            exit(2);
        }
    }
}

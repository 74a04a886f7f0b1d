/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "support/figure.h"

static void print(const struct bench_case *of, const char *figure, enum bench_better better,
                  double value)
{
    printf("{\"bench\":\"%s\",\"case\":\"%s\",\"figure\":\"%s\",\"better\":\"%s\","
           "\"stack\":\"%s\",\"value\":%.6g",
           of->bench, of->name, figure, better == BENCH_MORE ? "more" : "less", of->stack, value);
}

void bench_figure(const struct bench_case *of, const char *figure, enum bench_better better,
                  double value)
{
    print(of, figure, better, value);
    printf("}\n");
    fflush(stdout);
}

void bench_figure_aimed(const struct bench_case *of, const char *figure, enum bench_better better,
                        double value, double target)
{
    print(of, figure, better, value);
    printf(",\"target\":%.6g}\n", target);
    fflush(stdout);
}

uint64_t bench_now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static uint64_t to_us(struct timeval tv)
{
    return (uint64_t)tv.tv_sec * 1000000 + (uint64_t)tv.tv_usec;
}

uint64_t bench_cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return to_us(usage.ru_utime) + to_us(usage.ru_stime);
}

uint64_t bench_resident_bytes(void)
{
    unsigned long total = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%lu %lu", &total, &resident) != 2)
        bench_fail("/proc/self/statm");
    fclose(file);
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

void bench_fail(const char *what)
{
    fprintf(stderr, "bench: %s failed\n", what);
    exit(1);
}

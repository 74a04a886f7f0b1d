/* SPDX-License-Identifier: MIT */
/*
 * What a walk was doing when the program dies: its seed, the step and the last lines of its log, by
 * calls that are safe in a signal handler. Then the signal is left to whom it was for before.
 */
#include "support/api_walk.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* One walk, under a sanitizer on a busy machine, END_LIMIT_US included twice. */
enum { HANG_S = 150, STACK_BYTES = 256 * 1024 };

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM, SIGTERM};
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static struct {
    const struct walk *walk; /* under way; NULL: none */
    struct sigaction before[SIGNALS];
    char stack[STACK_BYTES]; /* the usual one may be what has run out */
} watch;

/* Sanitizers end the program without a signal. NULL where there is none. */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void put_text(const char *text)
{
    ssize_t length = write(STDERR_FILENO, text, strlen(text));

    (void)length;
}

static void put_number(unsigned long long number)
{
    char text[24], *at = text + sizeof(text) - 1;

    *at = '\0';
    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    put_text(at);
}

static void report(void)
{
    const struct walk *walk = watch.walk;

    if (!walk)
        return;
    watch.walk = NULL; /* once */
    put_text("\n");
    for (unsigned i = walk->log_at < WALK_LOG_LINES ? 0 : walk->log_at - WALK_LOG_LINES;
         i < walk->log_at; i++) {
        put_text("    ");
        put_text(walk->log[i % WALK_LOG_LINES]);
        put_text("\n");
    }
    put_text("SCTPX_WALK_SEED=");
    put_number(walk->seed);
    put_text(": died in step ");
    put_number(walk->step);
    put_text("\n");
}

/* A fault comes again as soon as this returns; what was sent is sent once more. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    (void)context;
    report();
    for (unsigned i = 0; i < SIGNALS; i++)
        if (signals[i] == number)
            (void)sigaction(number, &watch.before[i], NULL);
    if (info->si_code <= 0 || number == SIGALRM)
        (void)raise(number);
}

void walk_crash_watch(const struct walk *walk)
{
    const stack_t stack = {.ss_sp = watch.stack, .ss_size = sizeof(watch.stack)};
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    watch.walk = walk;
    (void)sigaltstack(&stack, NULL);
    for (unsigned i = 0; i < SIGNALS; i++)
        (void)sigaction(signals[i], &action, &watch.before[i]);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(report);
    (void)alarm(HANG_S);
}

void walk_crash_unwatch(void)
{
    (void)alarm(0);
    watch.walk = NULL;
    for (unsigned i = 0; i < SIGNALS; i++)
        (void)sigaction(signals[i], &watch.before[i], NULL);
}

/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sctpx/version.h>

#include "commands.h"
#include "exit_code.h"
#include "options.h"
#include "report.h"
#include "suggest.h"

static const struct command commands[] = {
    {COMMAND_LISTEN, "listen", "PORT", "Wait for SCTP associations on a port",
     "Without --echo, --discard, --chargen or --exec one association is connected to\n"
     "standard input and output. PORT 0 picks a free one; when it listens a line tells\n"
     "the ports on standard error.",
     listen_run},
    {COMMAND_CONNECT, "connect", "HOST PORT", "Connect standard input and output to an SCTP port",
     "HOST is a name, an address, or the addresses of one multi-homed host, separated\n"
     "by commas. An address may have its own UDP port: 192.0.2.1:9899, [2001:db8::1]:9899.",
     connect_run},
    {COMMAND_PING, "ping", "HOST PORT", "Measure round-trip times of all paths by HEARTBEAT",
     "Sets up an association with an SCTP port where something listens. HOST as for\n"
     "connect.",
     ping_run},
    {COMMAND_PERF_SERVER, "perf server", "PORT", "The peer of \"sctpx perf client\"",
     "PORT 0 picks a free one; when it listens a line tells the ports on standard error.",
     perf_server_run},
    {COMMAND_PERF_CLIENT, "perf client", "HOST PORT",
     "Measure against \"sctpx perf server\": throughput, or --rr, or --setup",
     "HOST as for connect.", perf_client_run},
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static void print_help(void)
{
    printf("Usage: sctpx COMMAND [OPTION]... [HOST] PORT\n"
           "SCTP (RFC 9260) over UDP (RFC 6951), without SCTP in the kernel.\n\nCommands:\n");
    for (int i = 0; i < COMMAND_COUNT; i++)
        printf("  %-12s %s\n", commands[i].name, commands[i].summary);
    printf("\n'sctpx COMMAND --help' or 'sctpx help COMMAND' tells the options of a command,\n"
           "'sctpx --help-all' those of all, 'sctpx --version' or 'sctpx version' the version.\n"
           "\nExit codes: 0 done, 1 failure on this side, 2 usage, 3 refused, 4 no answer,\n"
           "5 aborted by the peer, 6 peer lost, 128 + N ended by signal N.\n");
}

static void print_help_all(void)
{
    print_help();
    for (int i = 0; i < COMMAND_COUNT; i++) {
        putchar('\n');
        options_print_help(&commands[i]);
    }
}

/* Help that could not be written is no success. */
static int flush_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_DONE;
    report("cannot write to standard output");
    return EXIT_FAILED;
}

/* Takes one or two words. Returns how many, 0 if that is no command. */
static int find_command(int argc, char **argv, const struct command **ret_command)
{
    char name[64];

    for (int words = 1; words <= 2 && words <= argc; words++) {
        (void)snprintf(name, sizeof(name), "%s%s%s", argv[0], words == 2 ? " " : "",
                       words == 2 ? argv[1] : "");
        for (int i = 0; i < COMMAND_COUNT; i++) {
            if (strcmp(name, commands[i].name) == 0) {
                *ret_command = &commands[i];
                return words;
            }
        }
    }
    return 0;
}

/* How the two halves of perf are called, a line each. */
static void print_perf_usage(FILE *to)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strncmp(commands[i].name, "perf ", strlen("perf ")) == 0)
            fprintf(to, "  sctpx %s [OPTION]... %s\n", commands[i].name, commands[i].operands);
}

static void print_perf_help(void)
{
    printf("Usage:\n");
    print_perf_usage(stdout);
    printf("Measure throughput, request and response, or the rate of set-up.\n\n"
           "Start the server on one host, the client on another. The client measures and prints\n"
           "the result; it is the one that sends, unless told --reverse or --bidir.\n\n"
           "'sctpx perf server --help' and 'sctpx perf client --help' tell the options.\n");
}

static int perf_without_half(int argc, char **argv)
{
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_perf_help();
        return flush_output();
    }
    if (argc > 1)
        report("perf needs server or client, not %s:", argv[1]);
    else
        report("perf needs server or client:");
    print_perf_usage(stderr);
    fprintf(stderr, "Try 'sctpx perf --help'.\n");
    return EXIT_USAGE;
}

static int usage(const char *what, const char *argument)
{
    report("%s%s\nTry 'sctpx --help'.", what, argument);
    return EXIT_USAGE;
}

static int unknown_command(const char *word)
{
    size_t best = suggest_limit(strlen(word)) + 1;
    const char *meant = NULL;

    for (int i = 0; i < COMMAND_COUNT; i++) {
        size_t distance = suggest_distance(word, strlen(word), commands[i].name);

        if (distance >= best)
            continue;
        best = distance;
        meant = commands[i].name;
    }
    report("unknown command: %s%s%s%s\nTry 'sctpx --help'.", word, meant ? ": did you mean " : "",
           meant ? meant : "", meant ? "?" : "");
    return EXIT_USAGE;
}

static int run_command(int argc, char **argv)
{
    const struct command *command;
    struct options options;
    int words = find_command(argc, argv, &command), result;

    if (words == 0 && strcmp(argv[0], "perf") == 0)
        return perf_without_half(argc, argv);
    if (words == 0 && argv[0][0] == '-')
        return usage("unknown option: ", argv[0]);
    if (words == 0)
        return unknown_command(argv[0]);
    result = options_parse(command, argc - words, argv + words, &options);
    if (result != EXIT_DONE)
        return result;
    if (options.help) {
        options_print_help(command);
        return flush_output();
    }
    return command->run(&options);
}

/* "sctpx help", "sctpx help COMMAND". */
static int help_about(int argc, char **argv)
{
    const struct command *command;

    if (argc == 0)
        print_help();
    else if (find_command(argc, argv, &command) == argc)
        options_print_help(command);
    else if (argc == 1 && strcmp(argv[0], "perf") == 0)
        print_perf_help();
    else
        return unknown_command(argv[0]);
    return flush_output();
}

static bool asks_for_version(const char *word)
{
    return strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0 || strcmp(word, "-v") == 0 ||
           strcmp(word, "version") == 0;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return usage("no command", "");
    if (strcmp(argv[1], "help") == 0)
        return help_about(argc - 2, argv + 2);
    if (asks_for_version(argv[1]))
        printf("sctpx %s\n", sctpx_version());
    else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        print_help();
    else if (strcmp(argv[1], "--help-all") == 0)
        print_help_all();
    else
        return run_command(argc - 1, argv + 1);
    return flush_output();
}

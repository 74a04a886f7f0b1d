/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <string.h>

#include "exit_code.h"
#include "perf_protocol.h"
#include "report.h"
#include "suggest.h"

/* ---- one argument ------------------------------------------------------------------------- */

struct arguments {
    const struct command *command;
    struct options *options;
    int count, next;
    char **values;
    const char *operands[2];
    int operand_count;
};

static const struct option_spec *find(unsigned command, char letter, const char *name,
                                      size_t length)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option_spec *spec = &option_table[i];

        if (!(spec->commands & command))
            continue;
        if (name ? strncmp(spec->name, name, length) == 0 && spec->name[length] == '\0'
                 : spec->letter == letter)
            return spec;
    }
    return NULL;
}

static int usage(const struct command *command, const char *what, const char *argument)
{
    report("%s: %s\nTry 'sctpx %s --help'.", what, argument, command->name);
    return EXIT_USAGE;
}

/* The option of the command whose name is most like that, NULL if none is. */
static const char *similar_option(unsigned command, const char *name, size_t length)
{
    size_t best = suggest_limit(length) + 1;
    const char *similar = NULL;

    for (size_t i = 0; i < option_count; i++) {
        size_t distance = suggest_distance(name, length, option_table[i].name);

        if ((option_table[i].commands & command) && distance < best) {
            best = distance;
            similar = option_table[i].name;
        }
    }
    return similar;
}

/* What letters of iperf3 mean that there are not here, NULL for any other. */
static const char *foreign_letter(const struct command *command, const char *argument)
{
    if (command->bit != COMMAND_PERF_CLIENT || argument[1] == '-')
        return NULL;
    if (argument[1] == 'p')
        return "the port stands after HOST";
    return argument[1] == 'b' ? "there is no limit of the rate" : NULL;
}

static int unknown_option(const struct command *command, const char *argument)
{
    const char *similar = NULL, *foreign = foreign_letter(command, argument);

    if (foreign) {
        report("unknown option: %s: %s\nTry 'sctpx %s --help'.", argument, foreign, command->name);
        return EXIT_USAGE;
    }
    if (strncmp(argument, "--", 2) == 0)
        similar = similar_option(command->bit, argument + 2, strcspn(argument + 2, "="));
    if (!similar)
        return usage(command, "unknown option", argument);
    report("unknown option: %s: did you mean --%s?\nTry 'sctpx %s --help'.", argument, similar,
           command->name);
    return EXIT_USAGE;
}

/* The value may be attached, else it is the next argument. */
static int apply(struct arguments *arguments, const struct option_spec *spec, const char *argument,
                 const char *attached)
{
    const struct command *command = arguments->command;
    char expected[128];

    if (!spec)
        return unknown_option(command, argument);
    if (spec->kind == OPTION_FLAG && attached)
        return usage(command, "option takes no value", argument);
    if (spec->kind != OPTION_FLAG && !attached) {
        if (arguments->next == arguments->count)
            return usage(command, "option needs a value", argument);
        attached = arguments->values[arguments->next++];
    }
    if (options_set_value(arguments->options, spec, attached))
        return 0;
    options_describe_value(spec, expected, sizeof(expected));
    report("bad value for --%s: %s: it takes %s\nTry 'sctpx %s --help'.", spec->name, attached,
           expected, command->name);
    return EXIT_USAGE;
}

static int take_long(struct arguments *arguments, const char *argument)
{
    const char *name = argument + 2, *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);

    return apply(arguments, find(arguments->command->bit, 0, name, length), argument,
                 equals ? equals + 1 : NULL);
}

/* -c5 and -c 5; flags are not joined. */
static int take_short(struct arguments *arguments, const char *argument)
{
    return apply(arguments, find(arguments->command->bit, argument[1], NULL, 0), argument,
                 argument[2] != '\0' ? argument + 2 : NULL);
}

static int take_operand(struct arguments *arguments, const char *argument)
{
    if (arguments->operand_count == 2)
        return usage(arguments->command, "one argument too many", argument);
    arguments->operands[arguments->operand_count++] = argument;
    return 0;
}

/* ---- all of them -------------------------------------------------------------------------- */

/* "7000" of "host:7000" and "[::1]:7000", NULL if there is none. */
static const char *port_after_colon(const char *operand)
{
    const char *colon = strrchr(operand, ':');

    if (!colon || colon == operand || (strchr(operand, ':') != colon && colon[-1] != ']'))
        return NULL;
    return colon[1] != '\0' && colon[1 + strspn(colon + 1, "0123456789")] == '\0' ? colon + 1
                                                                                  : NULL;
}

/* One operand of two: which one it is, and what may have been meant. */
static int missing(const struct arguments *arguments)
{
    const char *name = arguments->command->name, *operand = arguments->operands[0], *port;
    uint64_t number;

    if (arguments->operand_count == 0)
        return usage(arguments->command, "missing", arguments->command->operands);
    if (options_parse_number(operand, 0, UINT64_MAX, &number)) {
        report("missing: HOST, before the SCTP port %s\nTry 'sctpx %s --help'.", operand, name);
        return EXIT_USAGE;
    }
    port = port_after_colon(operand);
    if (!port) {
        report("missing: PORT, the SCTP port of %s\nTry 'sctpx %s --help'.", operand, name);
        return EXIT_USAGE;
    }
    report("missing: PORT, the SCTP port, after a blank. The number after the colon is the UDP "
           "port\nin which the peer's SCTP is carried (9899 if none is given).\n"
           "If %s is the SCTP port, write 'sctpx %s %.*s %s';\n"
           "if %s is the UDP port, write 'sctpx %s %s PORT'.\nTry 'sctpx %s --help'.",
           port, name, (int)(port - 1 - operand), operand, port, port, name, operand, name);
    return EXIT_USAGE;
}

static int bad_port(const struct command *command, const char *text, unsigned min)
{
    report("not an SCTP port: %s: it is a number from %u to 65535, or a name in /etc/services\nTry "
           "'sctpx %s --help'.",
           text, min, command->name);
    return EXIT_USAGE;
}

static int take_operands(struct arguments *arguments)
{
    const struct command *command = arguments->command;
    struct options *options = arguments->options;
    bool is_server = (command->bit & (COMMAND_LISTEN | COMMAND_PERF_SERVER)) != 0;
    int expected = is_server ? 1 : 2;
    uint64_t port;

    if (arguments->operand_count < expected)
        return missing(arguments);
    if (arguments->operand_count > expected)
        return usage(command, "one argument too many", arguments->operands[expected]);
    if (!is_server)
        options->host = arguments->operands[0];
    if (!options_parse_port(arguments->operands[expected - 1], is_server ? 0 : 1, &port))
        return bad_port(command, arguments->operands[expected - 1], is_server ? 0 : 1);
    options->port = (uint16_t)port;
    return 0;
}

static int check_perf(const struct command *command, const struct options *options)
{
    bool asks_server = options->reverse || options->bidir;

    if (options->rr + options->setup + options->reverse + options->bidir > 1)
        return usage(command, "only one of these", "--rr, --setup, --reverse, --bidir");
    if (options->peer != PERF_PEER_SERVER && (options->setup || asks_server))
        return usage(command, "not possible with --peer", "--setup, --reverse, --bidir");
    if (options->rr && (options->peer == PERF_PEER_DISCARD || options->peer == PERF_PEER_CHARGEN))
        return usage(command, "--rr needs answers", "--peer discard, chargen");
    if (asks_server && options->size != OPTION_UNSET && options->size > PERF_SEND_MAX_BYTES)
        return usage(command, "at most 1M with --reverse and --bidir", "--size");
    if (asks_server && options->amount < options->parallel)
        return usage(command, "less than a byte for each association", "--amount");
    return 0;
}

/* What contradicts itself. */
static int check(const struct command *command, const struct options *options)
{
    if (options->echo + options->discard + options->chargen + (options->exec != NULL) > 1)
        return usage(command, "only one of these", "--echo, --discard, --chargen, --exec");
    if (options->ipv4 && options->ipv6)
        return usage(command, "only one of these", "-4, -6");
    if (options->bytes &&
        (options->lines || options->unordered || options->stream != OPTION_UNSET ||
         options->ppid != OPTION_UNSET || options->streams != OPTION_UNSET))
        return usage(command, "not possible with --bytes",
                     "--lines, --stream, --streams, --ppid, --unordered");
    if (options->raw &&
        (options->udp_port != OPTION_UNSET || options->peer_udp_port != OPTION_UNSET))
        return usage(command, "not possible with --raw", "--udp-port, --peer-udp-port");
    if (options->only_stack && !options->raw)
        return usage(command, "only possible with --raw", "--only-stack");
    if ((options->fd != OPTION_UNSET || options->systemd) &&
        (options->bind_count > 0 || options->udp_port != OPTION_UNSET || options->raw ||
         (options->fd != OPTION_UNSET && options->systemd)))
        return usage(command, "only one of these", "--fd, --systemd, or --bind, --udp-port, --raw");
    if (options->show_info && !options->lines)
        return usage(command, "only possible with --lines", "--show-info");
    if (options->stream != OPTION_UNSET && options->streams != OPTION_UNSET &&
        options->stream >= options->streams)
        return usage(command, "no such stream", "--stream must be less than --streams");
    return check_perf(command, options);
}

static void set_defaults(const struct command *command, struct options *options)
{
    *options = (struct options){.command = command->bit,
                                .udp_port = OPTION_UNSET,
                                .peer_udp_port = OPTION_UNSET,
                                .local_port = OPTION_UNSET,
                                .streams = OPTION_UNSET,
                                .mtu = OPTION_UNSET,
                                .timeout = OPTION_UNSET,
                                .dscp = OPTION_UNSET,
                                .fd = OPTION_UNSET,
                                .backlog = OPTION_UNSET,
                                .stream = OPTION_UNSET,
                                .ppid = OPTION_UNSET,
                                .linger = OPTION_UNSET,
                                .count = OPTION_UNSET,
                                .size = OPTION_UNSET,
                                .interval = OPTION_UNSET,
                                .parallel = 1,
                                .time = OPTION_UNSET,
                                .amount = OPTION_UNSET};
}

int options_parse(const struct command *command, int argc, char **argv, struct options *ret_options)
{
    struct arguments arguments = {
        .command = command, .options = ret_options, .count = argc, .values = argv};
    bool may_be_option = true;
    int result = 0;

    set_defaults(command, ret_options);
    while (result == 0 && arguments.next < argc && !ret_options->help) {
        const char *argument = argv[arguments.next++];

        if (may_be_option && strcmp(argument, "--") == 0)
            may_be_option = false;
        else if (may_be_option && strncmp(argument, "--", 2) == 0)
            result = take_long(&arguments, argument);
        else if (may_be_option && argument[0] == '-' && argument[1] != '\0')
            result = take_short(&arguments, argument);
        else
            result = take_operand(&arguments, argument);
    }
    if (result != 0 || ret_options->help)
        return result;
    result = take_operands(&arguments);
    return result != 0 ? result : check(command, ret_options);
}

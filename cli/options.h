/* SPDX-License-Identifier: MIT */
/*
 * The command line. One table (options_table.c) says what options there are, for which commands,
 * what values they take and what they mean; parsing, --help and --help-all all read it.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sctpx/config.h>

enum command_bit {
    COMMAND_LISTEN = 1 << 0,
    COMMAND_CONNECT = 1 << 1,
    COMMAND_PING = 1 << 2,
    COMMAND_PERF_SERVER = 1 << 3,
    COMMAND_PERF_CLIENT = 1 << 4,
    COMMAND_ANY = 0xff
};

enum trace_level { TRACE_NONE, TRACE_INFO, TRACE_MESSAGES, TRACE_PACKETS };
enum perf_peer { PERF_PEER_SERVER, PERF_PEER_DISCARD, PERF_PEER_ECHO, PERF_PEER_CHARGEN };
enum at_eof { AT_EOF_DEFAULT, AT_EOF_CLOSE, AT_EOF_WAIT };

/* A number or time that was not given. */
#define OPTION_UNSET UINT64_MAX

/* What was asked for. Texts point into argv. Times are in microseconds. */
struct options {
    unsigned command; /* one enum command_bit */
    const char *host; /* NULL for servers */
    uint16_t port;
    /* common */
    sctpx_addr bind[SCTPX_MAX_LOCALS];
    size_t bind_count;
    uint64_t udp_port, peer_udp_port, local_port, streams, mtu, timeout;
    const char *pcap;
    int trace; /* enum trace_level */
    bool ipv4, ipv6, help, no_segmentation, raw;
    int backend;    /* enum sctpx_backend */
    int congestion; /* enum sctpx_congestion_control */
    int loss;       /* enum sctpx_loss_detection */
    uint64_t dscp;
    /* servers */
    uint64_t fd, backlog;
    bool systemd, only_stack;
    /* listen, connect */
    bool echo, discard, chargen, bytes, lines, show_info, unordered;
    const char *exec;
    uint64_t stream, ppid, linger;
    int eof; /* enum at_eof */
    /* several */
    uint64_t count, size;
    /* ping, perf client */
    uint64_t interval;
    /* perf client */
    bool rr, setup, json, reverse, bidir;
    int peer; /* enum perf_peer */
    uint64_t parallel, time, amount;
};

enum option_kind {
    OPTION_FLAG,    /* bool */
    OPTION_NUMBER,  /* uint64_t; 0x for hexadecimal */
    OPTION_SIZE,    /* uint64_t; K, M and G at the end are powers of 1024 */
    OPTION_SECONDS, /* uint64_t in microseconds; with decimals */
    OPTION_TEXT,    /* const char * */
    OPTION_CHOICE,  /* int, position in choices */
    OPTION_ADDRESS, /* added to bind */
    OPTION_DSCP     /* uint64_t; or a name of RFC 2474, 2597, 3246 or 8622 */
};

struct option_spec {
    char letter; /* 0 = has none */
    const char *name;
    const char *value; /* name of its value in the help, NULL for flags */
    enum option_kind kind;
    size_t offset; /* in struct options */
    uint64_t min, max;
    const char *const *choices; /* the last one is NULL; an empty one cannot be given */
    unsigned commands;
    const char *help; /* may have several lines */
};

extern const struct option_spec option_table[];
extern const size_t option_count;

/* A command as the user types it. */
struct command {
    unsigned bit;
    const char *name;     /* "listen", "perf server" */
    const char *operands; /* "HOST PORT" */
    const char *summary;  /* one line */
    const char *text;     /* the rest of its help */
    int (*run)(const struct options *options);
};

/*
 * Reads what follows the name of the command. Returns 0, or reports what is wrong and returns
 * EXIT_USAGE. With --help nothing else counts.
 */
int options_parse(const struct command *command, int argc, char **argv,
                  struct options *ret_options);

/* ---- names of numbers (options_names.c) --------------------------------------------------- */

/* An SCTP port by number, or by name from /etc/services: of SCTP, else of TCP. */
bool options_parse_port(const char *text, uint64_t min, uint64_t *ret_port);

/* A DSCP by number or name ("ef", "af41", "cs6"). */
bool options_parse_dscp(const char *text, uint64_t *ret_value);

/* ---- values (options_value.c) ------------------------------------------------------------- */

/* A number as OPTION_NUMBER takes it, of the whole text. */
bool options_parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value);

/* What was given for an option (NULL for a flag); false if it does not take that. */
bool options_set_value(struct options *options, const struct option_spec *spec, const char *text);

/* What the option would have taken; as much of it as fits. */
void options_describe_value(const struct option_spec *spec, char *text, size_t size);

/* ---- help (options_help.c) ---------------------------------------------------------------- */

/* The help of one command on standard output. */
void options_print_help(const struct command *command);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What the peers of tests have in common, so that the same tests can use any of them: the command
 * line, the commands on stdin and the lines on stdout. Owns nothing.
 *
 * Commands:
 *   send COUNT LENGTH STREAMS PPID [unordered]   messages 0..COUNT-1 of pattern.h, dealt to streams
 *   shutdown | abort [REASON] | quit             end of stdin is quit
 *   crash                                        end without a word to the other side
 */
#ifndef TESTS_INTEROP_PEER_LINES_H
#define TESTS_INTEROP_PEER_LINES_H

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pattern.h"

enum {
    PEER_MESSAGE_LIMIT = 4 << 20,
    PEER_BUFFER_BYTES = 4 << 20,
    PEER_MAX_ADDRESSES = 4,
    /* With --impatient */
    PEER_RTO_MIN_MS = 200,
    PEER_RTO_MAX_MS = 1000,
    PEER_HB_INTERVAL_MS = 500,
    PEER_PATH_MAX_RETRANS = 1
};

struct peer_options {
    bool server, echo, impatient, one_to_many, raw;
    uint32_t host, peer_host; /* first addresses of both sides, host order */
    uint16_t udp_port, sctp_port, peer_udp_port, peer_sctp_port;
    uint16_t streams, mtu, addresses;
};

struct peer_send {
    unsigned count, streams;
    size_t length;
    uint32_t ppid;
    bool unordered;
};

_Noreturn static inline void peer_fail(const char *what)
{
    printf("failed %s: %s\n", what, strerror(errno));
    fflush(stdout);
    _exit(1);
}

_Noreturn static inline void peer_usage(const char *name)
{
    fprintf(
        stderr,
        "usage: %s server|client [--udp-port N] [--sctp-port N] [--peer-udp-port N]\n"
        "           [--peer-sctp-port N] [--streams N] [--mtu N] [--addresses N] [--echo]\n"
        "           [--impatient] [--one-to-many] [--raw] [--host ADDR] [--peer-host ADDR]\n"
        "Port 0 (the default) is a free one; MTU 0 (the default) is that of the interface.\n"
        "Both sides have N addresses from 127.0.0.1 on, or from others. Raw is without UDP, of\n"
        "usrsctp only. Impatient ones soon give up a path.\n"
        "One-to-many is the kernel's style of socket that can abort with a reason.\n",
        name);
    exit(2);
}

static inline uint32_t peer_parse_host(const char *name, const char *text)
{
    struct in_addr address;
    if (inet_pton(AF_INET, text, &address) != 1)
        peer_usage(name);
    return ntohl(address.s_addr);
}

static inline void peer_parse(struct peer_options *ret_options, int argc, char **argv)
{
    struct peer_options *o = ret_options;
    *o = (struct peer_options){
        .streams = 10, .addresses = 1, .host = INADDR_LOOPBACK, .peer_host = INADDR_LOOPBACK};
    uint16_t *const numbers[] = {&o->udp_port, &o->sctp_port, &o->peer_udp_port, &o->peer_sctp_port,
                                 &o->streams,  &o->mtu,       &o->addresses};
    static const struct option options[] = {
        {"udp-port", required_argument, NULL, 0},
        {"sctp-port", required_argument, NULL, 1},
        {"peer-udp-port", required_argument, NULL, 2},
        {"peer-sctp-port", required_argument, NULL, 3},
        {"streams", required_argument, NULL, 4},
        {"mtu", required_argument, NULL, 5},
        {"addresses", required_argument, NULL, 6},
        {"echo", no_argument, NULL, 'e'},
        {"impatient", no_argument, NULL, 'i'},
        {"one-to-many", no_argument, NULL, 'm'},
        {"raw", no_argument, NULL, 'r'},
        {"host", required_argument, NULL, 'h'},
        {"peer-host", required_argument, NULL, 'p'},
        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'e')
            o->echo = true;
        else if (option == 'i')
            o->impatient = true;
        else if (option == 'm')
            o->one_to_many = true;
        else if (option == 'r')
            o->raw = true;
        else if (option == 'h')
            o->host = peer_parse_host(argv[0], optarg);
        else if (option == 'p')
            o->peer_host = peer_parse_host(argv[0], optarg);
        else if (option == '?' || sscanf(optarg, "%" SCNu16, numbers[option]) != 1)
            peer_usage(argv[0]);
    }
    o->server = optind < argc && strcmp(argv[optind], "server") == 0;
    if (optind + 1 != argc || (!o->server && strcmp(argv[optind], "client") != 0) ||
        o->addresses < 1 || o->addresses > PEER_MAX_ADDRESSES)
        peer_usage(argv[0]);
}

/* The address after so many others. */
static inline struct sockaddr_in peer_address(uint32_t host, unsigned index, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(host + index);
    return address;
}

/* 127.0.0.1, 127.0.0.2 and so on. */
static inline struct sockaddr_in peer_loopback(unsigned index, uint16_t port)
{
    return peer_address(INADDR_LOOPBACK, index, port);
}

static inline struct peer_send peer_parse_send(const char *arguments)
{
    struct peer_send send = {0};
    char unordered[16] = "";
    if (sscanf(arguments, "%u %zu %u %" SCNu32 " %15s", &send.count, &send.length, &send.streams,
               &send.ppid, unordered) < 4 ||
        send.length > PEER_MESSAGE_LIMIT || send.streams == 0)
        peer_fail("send command");
    send.unordered = unordered[0] != '\0';
    return send;
}

static inline void peer_print_ready(const struct peer_options *options)
{
    printf("ready udp=%u sctp=%u\n", options->udp_port, options->sctp_port);
}

static inline void peer_print_message(uint16_t stream, uint16_t ssn, uint32_t ppid, bool unordered,
                                      const uint8_t *bytes, size_t length)
{
    printf("message stream=%u ssn=%u ppid=%" PRIu32 " unordered=%d length=%zu print=%016" PRIx64
           "\n",
           stream, ssn, ppid, unordered, length, pattern_print(bytes, length));
}

static inline void peer_print_path(const void *address, int state)
{
    static const char *const names[] = {"up", "down", "removed", "added", "primary", "confirmed"};
    struct sockaddr_in v4;
    char text[INET_ADDRSTRLEN];
    memcpy(&v4, address, sizeof v4);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    if (state >= 0 && (size_t)state < sizeof names / sizeof names[0])
        printf("path %s %s\n", text, names[state]);
}

#endif

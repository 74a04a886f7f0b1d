/* SPDX-License-Identifier: MIT */
#include "node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "descriptors.h"
#include "exit_code.h"
#include "report.h"
#include "trace.h"

int node_open(struct node *node, const struct options *options)
{
    int code;

    node->options = options;
    node->packets.child = 0;
    code = runner_open(&node->runner);
    if (code != EXIT_DONE)
        return code;
    trace_set_level((enum trace_level)options->trace);
    code = packet_trace_open(&node->packets, node->runner.loop, options->pcap,
                             options->trace >= TRACE_PACKETS);
    if (code != EXIT_DONE)
        node_close(node);
    return code;
}

void node_close(struct node *node)
{
    runner_close(&node->runner);
    packet_trace_close(&node->packets);
}

/* ---- options ------------------------------------------------------------------------------ */

static void set_assoc_options(const struct options *options, sctpx_assoc_options *assoc)
{
    if (options->mtu != OPTION_UNSET)
        assoc->mtu = (uint32_t)options->mtu;
    if (options->dscp != OPTION_UNSET)
        assoc->dscp = (uint8_t)options->dscp;
    assoc->congestion_control = (enum sctpx_congestion_control)options->congestion;
    assoc->loss_detection = (enum sctpx_loss_detection)options->loss;
}

/* Qt's convention: negative = byte mode, 0 = what the peer takes. */
static int channel_count(const struct options *options)
{
    if (options->bytes)
        return -1;
    return options->streams != OPTION_UNSET ? (int)options->streams : 0;
}

static enum sctpx_family family_of(const struct options *options)
{
    if (options->ipv4)
        return SCTPX_IPV4;
    return options->ipv6 ? SCTPX_IPV6 : SCTPX_NO_FAMILY;
}

/* The addresses of --bind, or the wildcard of the one family wanted, or none. */
static size_t local_addresses(const struct options *options, sctpx_addr *ret_addrs)
{
    enum sctpx_family family = family_of(options);

    if (options->bind_count > 0) {
        memcpy(ret_addrs, options->bind, options->bind_count * sizeof(*ret_addrs));
        return options->bind_count;
    }
    ret_addrs[0] = (sctpx_addr){.family = (uint8_t)family};
    return family == SCTPX_NO_FAMILY ? 0 : 1;
}

/* ---- sockets ------------------------------------------------------------------------------ */

static int bind_socket(const struct options *options, sctpx_socket *socket)
{
    sctpx_addr addrs[SCTPX_MAX_LOCALS];
    size_t count = local_addresses(options, addrs);
    uint16_t udp_port = options->udp_port != OPTION_UNSET ? (uint16_t)options->udp_port : 0;
    uint16_t port = options->local_port != OPTION_UNSET ? (uint16_t)options->local_port : 0;
    int result;

    if (count == 0 && udp_port == 0 && port == 0)
        return EXIT_DONE;
    result = sctpx_socket_bind(socket, addrs, count, port, udp_port);
    return result < 0 ? report_socket_failure(socket, "cannot bind", result) : EXIT_DONE;
}

int node_new_socket(struct node *node, sctpx_socket **ret_socket)
{
    const struct options *options = node->options;
    sctpx_socket_options how;
    sctpx_socket *socket;
    int result, code;

    sctpx_socket_options_defaults(&how);
    set_assoc_options(options, &how.assoc);
    how.family = family_of(options);
    if (options->peer_udp_port != OPTION_UNSET)
        how.peer_udp_port = (uint16_t)options->peer_udp_port;
    if (options->timeout != OPTION_UNSET)
        how.connect_timeout_ms = (int)(options->timeout / 1000);
    how.no_segmentation = options->no_segmentation;
    how.backend = (enum sctpx_backend)options->backend;
    how.carrier = options->raw ? SCTPX_CARRIER_RAW_IP : SCTPX_CARRIER_UDP;
    result = sctpx_socket_new(node->runner.loop, &how, &socket);
    if (result < 0)
        return report_failure("cannot make a socket", result);
    (void)sctpx_socket_set_maximum_channel_count(socket, channel_count(options));
    code = bind_socket(options, socket);
    if (code != EXIT_DONE) {
        sctpx_socket_free(socket);
        return code;
    }
    *ret_socket = socket;
    return EXIT_DONE;
}

/* ---- peers -------------------------------------------------------------------------------- */

/*
 * Reads "ADDR[,ADDR]...". Returns how many addresses there are, 0 if one of them is not a literal
 * address, or there are too many.
 */
static size_t parse_addresses(const char *text, sctpx_addr *ret_addrs)
{
    char copy[SCTPX_MAX_PATHS * SCTPX_ADDR_TEXT_BYTES], *rest = copy, *part;
    size_t count = 0;

    if (strlen(text) >= sizeof(copy))
        return 0;
    strcpy(copy, text);
    while ((part = strsep(&rest, ",")) != NULL) {
        if (count == SCTPX_MAX_PATHS || sctpx_addr_parse(part, &ret_addrs[count]) < 0)
            return 0;
        count++;
    }
    return count;
}

static int check_family(const struct options *options, const sctpx_addr *addrs, size_t count)
{
    enum sctpx_family family = family_of(options);

    for (size_t i = 0; i < count; i++) {
        if (sctpx_addr_is_wildcard(&addrs[i])) {
            report("%s: not the address of one host", options->host);
            return EXIT_USAGE;
        }
        if (family != SCTPX_NO_FAMILY && addrs[i].family != family) {
            report("%s: not an IPv%d address", options->host, (int)family);
            return EXIT_USAGE;
        }
    }
    return EXIT_DONE;
}

int node_connect(struct node *node, sctpx_socket *socket)
{
    const struct options *options = node->options;
    sctpx_addr addrs[SCTPX_MAX_PATHS];
    size_t count = parse_addresses(options->host, addrs);
    int result = check_family(options, addrs, count);

    if (result != EXIT_DONE)
        return result;
    if (count == 0 && (strpbrk(options->host, ",[]/ ") || options->host[0] == '\0')) {
        report("%s: neither an address, nor addresses separated by commas, nor a name",
               options->host);
        return EXIT_USAGE;
    }
    if (count > 0)
        result = sctpx_socket_connect(socket, addrs, count, options->port);
    else
        result = sctpx_socket_connect_name(socket, options->host, options->port);
    return result < 0 ? report_socket_failure(socket, "cannot connect", result) : EXIT_DONE;
}

/* ---- servers ------------------------------------------------------------------------------ */

/* Only packets in UDP have a UDP port. */
static const char *carrier_of(const sctpx_server *server)
{
    if (sctpx_server_udp_port(server) != 0)
        return "UDP";
    return sctpx_server_descriptor(server) >= 0 ? "kernel" : "raw IP";
}

static void print_listening(const sctpx_server *server)
{
    sctpx_addr addrs[SCTPX_MAX_LOCALS];
    size_t count = sctpx_server_addresses(server, addrs, SCTPX_MAX_LOCALS);
    char text[SCTPX_ADDR_TEXT_BYTES];

    fprintf(stderr, "listening on SCTP port %u, %s", (unsigned)sctpx_server_port(server),
            carrier_of(server));
    for (size_t i = 0; i < count && i < SCTPX_MAX_LOCALS; i++) {
        addrs[i].udp_port = sctpx_server_udp_port(server);
        if (sctpx_addr_format(&addrs[i], text, sizeof(text)) > 0)
            fprintf(stderr, "%s %s", i > 0 ? "," : "", text);
    }
    fputc('\n', stderr);
}

static int new_server(struct node *node, int backlog, sctpx_server **ret_server)
{
    const struct options *options = node->options;
    sctpx_server_options how;
    sctpx_server *server;
    int result;

    sctpx_server_options_defaults(&how);
    set_assoc_options(options, &how.assoc);
    how.backlog = options->backlog != OPTION_UNSET ? (int)options->backlog : backlog;
    if (options->udp_port != OPTION_UNSET)
        how.udp_port = (uint16_t)options->udp_port;
    how.no_segmentation = options->no_segmentation;
    how.backend = (enum sctpx_backend)options->backend;
    how.carrier = options->raw ? SCTPX_CARRIER_RAW_IP : SCTPX_CARRIER_UDP;
    if (options->only_stack)
        how.endpoint.answers = SCTPX_ANSWER_ALL_PORTS;
    result = sctpx_server_new(node->runner.loop, &how, &server);
    if (result < 0)
        return report_failure("cannot make a server", result);
    (void)sctpx_server_set_maximum_channel_count(server, channel_count(options));
    *ret_server = server;
    return EXIT_DONE;
}

static int start_listening(const struct options *options, sctpx_server *server)
{
    sctpx_addr addrs[SCTPX_MAX_LOCALS];
    int fds[SCTPX_MAX_LOCALS];
    size_t count = local_addresses(options, addrs), fd_count;
    int code = descriptors_get(options, fds, &fd_count), result;

    if (code != EXIT_DONE)
        return code;
    result = fd_count > 0 ? sctpx_server_listen_descriptors(server, fds, fd_count, options->port)
                          : sctpx_server_listen(server, addrs, count, options->port);
    return result < 0 ? report_server_failure(server, result) : EXIT_DONE;
}

int node_listen(struct node *node, int backlog, const sctpx_server_callbacks *callbacks, void *user,
                sctpx_server **ret_server)
{
    sctpx_server *server;
    int code = new_server(node, backlog, &server);

    if (code != EXIT_DONE)
        return code;
    sctpx_server_set_callbacks(server, callbacks, user);
    code = start_listening(node->options, server);
    if (code != EXIT_DONE) {
        sctpx_server_free(server);
        return code;
    }
    print_listening(server);
    *ret_server = server;
    return EXIT_DONE;
}

/* SPDX-License-Identifier: MIT */
/*
 * An SCTP peer on libusrsctp over UDP encapsulation, for tests. It says on stdout, line by line,
 * what it sees, and does what it is told on stdin:
 *
 *   send COUNT LENGTH STREAMS PPID [unordered]   messages 0..COUNT-1 of pattern.h, dealt to streams
 *   shutdown | abort [REASON] | quit             end of stdin is quit
 *
 * usrsctp serves one UDP port per process, so every peer of a test is a process of its own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <usrsctp.h>

#include "pattern.h"

enum { MESSAGE_LIMIT = 4 << 20, BUFFER_BYTES = 4 << 20 };

static const char usage[] =
    "usage: usrsctp_peer server|client [--udp-port N] [--sctp-port N] [--peer-udp-port N]\n"
    "           [--peer-sctp-port N] [--streams N] [--mtu N] [--echo]\n"
    "UDP port 0 (the default) is a free one; MTU 0 (the default) is that of the interface.\n";

struct peer {
    bool server, echo;
    uint16_t udp_port, sctp_port, peer_udp_port, peer_sctp_port;
    uint16_t streams;
    uint32_t mtu;
    struct socket *_Atomic socket; /* of the association, NULL between two of them */
    uint8_t *message;              /* what came of the present message */
    size_t length;
    uint16_t abort_cause;
    bool lost, ended; /* the association, by a notification */
};

static void fail(const char *what)
{
    printf("failed %s: %s\n", what, strerror(errno));
    fflush(stdout);
    _exit(1);
}

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* usrsctp cannot take an ephemeral UDP port: find one that is free. */
static uint16_t free_udp_port(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    socklen_t length = sizeof any;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&any, length) < 0 ||
        getsockname(fd, (struct sockaddr *)&any, &length) < 0)
        fail("UDP port");
    close(fd);
    return ntohs(any.sin_port);
}

static void set(struct socket *socket, int level, int option, const void *value, size_t size)
{
    if (usrsctp_setsockopt(socket, level, option, value, (socklen_t)size) < 0)
        fail("setsockopt");
}

static void subscribe(struct socket *socket)
{
    static const uint16_t types[] = {SCTP_ASSOC_CHANGE, SCTP_SHUTDOWN_EVENT, SCTP_REMOTE_ERROR};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct sctp_event event = {
            .se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = types[i], .se_on = 1};
        set(socket, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event);
    }
}

static void set_options(const struct peer *peer, struct socket *socket)
{
    const int on = 1, bytes = BUFFER_BYTES;
    struct sctp_initmsg init = {.sinit_num_ostreams = peer->streams,
                                .sinit_max_instreams = peer->streams};
    set(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    set(socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    set(socket, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on);
    set(socket, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on);
    set(socket, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init);
    subscribe(socket);
    if (peer->mtu != 0) {
        struct sctp_paddrparams params = {.spp_pathmtu = peer->mtu, .spp_flags = SPP_PMTUD_DISABLE};
        params.spp_address.ss_family = AF_INET;
        set(socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &params, sizeof params);
    }
    if (!peer->server) {
        struct sctp_udpencaps encapsulation = {.sue_port = htons(peer->peer_udp_port)};
        encapsulation.sue_address.ss_family = AF_INET;
        set(socket, IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, &encapsulation,
            sizeof encapsulation);
    }
}

/* Bound to 127.0.0.1 only: usrsctp would tell the peer every address of the machine. */
static struct socket *open_socket(struct peer *peer)
{
    struct socket *socket = usrsctp_socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
    if (socket == NULL)
        fail("socket");
    set_options(peer, socket);
    struct sockaddr_in local = loopback(peer->sctp_port);
    if (usrsctp_bind(socket, (struct sockaddr *)&local, sizeof local) < 0)
        fail("bind");
    struct sockaddr *bound = NULL;
    if (usrsctp_getladdrs(socket, 0, &bound) > 0) {
        struct sockaddr_in first;
        memcpy(&first, bound, sizeof first);
        peer->sctp_port = ntohs(first.sin_port);
        usrsctp_freeladdrs(bound);
    }
    return socket;
}

/* ---- what came in ------------------------------------------------------------------------- */

static void on_assoc_change(struct peer *peer, const struct sctp_assoc_change *change)
{
    switch (change->sac_state) {
    case SCTP_COMM_UP:
        printf("up in=%u out=%u\n", change->sac_inbound_streams, change->sac_outbound_streams);
        break;
    case SCTP_RESTART:
        printf("restarted in=%u out=%u\n", change->sac_inbound_streams,
               change->sac_outbound_streams);
        break;
    case SCTP_COMM_LOST:
        peer->lost = true;
        peer->abort_cause = change->sac_error;
        break;
    case SCTP_SHUTDOWN_COMP:
        peer->ended = true;
        break;
    default:
        printf("change %u\n", change->sac_state);
        break;
    }
}

static void on_notification(struct peer *peer, const void *bytes, size_t length)
{
    struct sctp_tlv header; /* the notification's own alignment is not promised */
    struct sctp_assoc_change change;
    if (length < sizeof header)
        return;
    memcpy(&header, bytes, sizeof header);
    if (header.sn_type == SCTP_ASSOC_CHANGE && length >= sizeof change) {
        memcpy(&change, bytes, sizeof change);
        on_assoc_change(peer, &change);
    } else if (header.sn_type == SCTP_SHUTDOWN_EVENT) {
        printf("peer_shutdown\n");
    } else if (header.sn_type == SCTP_REMOTE_ERROR) {
        printf("remote_error\n");
    }
}

static int send_message(struct socket *socket, const void *bytes, size_t length,
                        struct sctp_sndinfo info)
{
    ssize_t n =
        usrsctp_sendv(socket, bytes, length, NULL, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0);
    return n < 0 ? -1 : 0;
}

static void on_message(struct peer *peer, const struct sctp_rcvinfo *info)
{
    bool unordered = (info->rcv_flags & SCTP_UNORDERED) != 0;
    printf("message stream=%u ssn=%u ppid=%" PRIu32 " unordered=%d length=%zu print=%016" PRIx64
           "\n",
           info->rcv_sid, info->rcv_ssn, ntohl(info->rcv_ppid), unordered, peer->length,
           pattern_print(peer->message, peer->length));
    if (peer->echo) {
        struct sctp_sndinfo back = {.snd_sid = info->rcv_sid,
                                    .snd_ppid = info->rcv_ppid,
                                    .snd_flags = unordered ? SCTP_UNORDERED : 0};
        if (send_message(peer->socket, peer->message, peer->length, back) < 0)
            printf("echo failed: %s\n", strerror(errno));
    }
    peer->length = 0;
}

/* One recvv; long messages come in pieces. False at the end of the association. */
static bool receive(struct peer *peer)
{
    struct sockaddr_in from;
    socklen_t from_length = sizeof from, info_length = sizeof(struct sctp_rcvinfo);
    struct sctp_rcvinfo info = {0};
    unsigned info_type = 0;
    int flags = 0;
    ssize_t n = usrsctp_recvv(peer->socket, peer->message + peer->length,
                              MESSAGE_LIMIT - peer->length, (struct sockaddr *)&from, &from_length,
                              &info, &info_length, &info_type, &flags);
    if (n <= 0)
        return false;
    if ((flags & MSG_NOTIFICATION) != 0) {
        on_notification(peer, peer->message + peer->length, (size_t)n);
        return !peer->lost && !peer->ended;
    }
    peer->length += (size_t)n;
    if ((flags & MSG_EOR) != 0)
        on_message(peer, &info);
    else if (peer->length == MESSAGE_LIMIT)
        fail("message too long");
    return true;
}

static void serve(struct peer *peer, struct socket *socket)
{
    peer->length = 0;
    peer->lost = peer->ended = false;
    peer->socket = socket;
    errno = 0;
    while (receive(peer))
        errno = 0;
    int error = errno;
    peer->socket = NULL;
    if (peer->lost || error != 0)
        printf("lost cause=%u error=%s\n", peer->abort_cause, error ? strerror(error) : "none");
    else
        printf("closed\n");
    usrsctp_close(socket);
}

/* ---- the two roles ------------------------------------------------------------------------ */

static void *run_server(void *argument)
{
    struct peer *peer = argument;
    struct socket *listener = open_socket(peer);
    if (usrsctp_listen(listener, 5) < 0)
        fail("listen");
    printf("ready udp=%u sctp=%u\n", peer->udp_port, peer->sctp_port);
    struct socket *socket;
    while ((socket = usrsctp_accept(listener, NULL, NULL)) != NULL)
        serve(peer, socket);
    fail("accept");
    return NULL;
}

static void *run_client(void *argument)
{
    struct peer *peer = argument;
    struct sockaddr_in server = loopback(peer->peer_sctp_port);
    struct socket *socket = open_socket(peer);
    printf("ready udp=%u sctp=%u\n", peer->udp_port, peer->sctp_port);
    if (usrsctp_connect(socket, (struct sockaddr *)&server, sizeof server) < 0) {
        printf("refused %s\n", strerror(errno));
        usrsctp_close(socket);
        return NULL;
    }
    serve(peer, socket);
    return NULL;
}

/* ---- commands ----------------------------------------------------------------------------- */

static void command_send(struct peer *peer, const char *arguments)
{
    unsigned count = 0, streams = 1;
    size_t length = 0;
    uint32_t ppid = 0;
    char unordered[16] = "";
    if (sscanf(arguments, "%u %zu %u %" SCNu32 " %15s", &count, &length, &streams, &ppid,
               unordered) < 4 ||
        length > MESSAGE_LIMIT || streams == 0 || peer->socket == NULL)
        fail("send command");
    uint8_t *bytes = malloc(length);
    if (bytes == NULL)
        fail("malloc");
    for (unsigned i = 0; i < count; i++) {
        struct sctp_sndinfo info = {.snd_sid = (uint16_t)(i % streams), .snd_ppid = htonl(ppid)};
        if (unordered[0] != '\0')
            info.snd_flags = SCTP_UNORDERED;
        pattern_fill(bytes, length, i);
        if (send_message(peer->socket, bytes, length, info) < 0)
            fail("send");
    }
    free(bytes);
    printf("sent %u\n", count);
}

/* False when it is time to go. */
static bool command(struct peer *peer, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "send ", 5) == 0) {
        command_send(peer, line + 5);
    } else if (strcmp(line, "shutdown") == 0) {
        if (peer->socket == NULL || usrsctp_shutdown(peer->socket, SHUT_WR) < 0)
            printf("too late to shut down\n"); /* the other side was faster */
    } else if (strncmp(line, "abort", 5) == 0) {
        struct sctp_sndinfo info = {.snd_flags = SCTP_ABORT};
        const char *reason = line[5] == ' ' ? line + 6 : "";
        if (peer->socket == NULL || send_message(peer->socket, reason, strlen(reason), info) < 0)
            fail("abort");
    } else {
        return false;
    }
    return true;
}

static uint16_t number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value > 65535) {
        fputs(usage, stderr);
        exit(2);
    }
    return (uint16_t)value;
}

static void parse(struct peer *peer, int argc, char **argv)
{
    static const struct option options[] = {
        {"udp-port", required_argument, NULL, 'u'},
        {"sctp-port", required_argument, NULL, 's'},
        {"peer-udp-port", required_argument, NULL, 'U'},
        {"peer-sctp-port", required_argument, NULL, 'S'},
        {"streams", required_argument, NULL, 'n'},
        {"mtu", required_argument, NULL, 'm'},
        {"echo", no_argument, NULL, 'e'},
        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'u':
            peer->udp_port = number(optarg);
            break;
        case 's':
            peer->sctp_port = number(optarg);
            break;
        case 'U':
            peer->peer_udp_port = number(optarg);
            break;
        case 'S':
            peer->peer_sctp_port = number(optarg);
            break;
        case 'n':
            peer->streams = number(optarg);
            break;
        case 'm':
            peer->mtu = number(optarg);
            break;
        case 'e':
            peer->echo = true;
            break;
        default:
            fputs(usage, stderr);
            exit(2);
        }
    }
    peer->server = optind < argc && strcmp(argv[optind], "server") == 0;
    if (optind + 1 != argc || (!peer->server && strcmp(argv[optind], "client") != 0)) {
        fputs(usage, stderr);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    static struct peer peer = {.streams = 10};
    setvbuf(stdout, NULL, _IOLBF, 0);
    parse(&peer, argc, argv);
    if (peer.udp_port == 0)
        peer.udp_port = free_udp_port();
    peer.message = malloc(MESSAGE_LIMIT);
    if (peer.message == NULL)
        fail("malloc");
    usrsctp_init(peer.udp_port, NULL, NULL);
    usrsctp_sysctl_set_sctp_ecn_enable(0); /* RFC 9260 has no ECN */

    pthread_t thread;
    if (pthread_create(&thread, NULL, peer.server ? run_server : run_client, &peer) != 0)
        fail("thread");
    char line[256];
    while (fgets(line, sizeof line, stdin) != NULL && command(&peer, line))
        ;
    /* usrsctp_finish() waits for associations to go, and destructors would disturb its threads. */
    fflush(stdout);
    _exit(0);
}

/* SPDX-License-Identifier: MIT */
/*
 * An SCTP peer on libusrsctp over UDP encapsulation or raw IP, for tests: see peer_lines.h for what it says
 * and what it is told.
 *
 * usrsctp serves one UDP port per process, so every peer of a test is a process of its own.
 */
#include <pthread.h>
#include <sys/socket.h>

#include <usrsctp.h>

#include "peer_lines.h"

struct peer {
    struct peer_options options;
    struct socket *_Atomic socket; /* of the association, NULL between two of them */
    uint8_t *message;              /* what came of the present message */
    size_t length;
    uint16_t abort_cause;
    bool lost, ended; /* the association, by a notification */
};

/* usrsctp cannot take an ephemeral UDP port: find one that is free. */
static uint16_t free_udp_port(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    socklen_t length = sizeof any;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&any, length) < 0 ||
        getsockname(fd, (struct sockaddr *)&any, &length) < 0)
        peer_fail("UDP port");
    close(fd);
    return ntohs(any.sin_port);
}

static void set(struct socket *socket, int level, int option, const void *value, size_t size)
{
    if (usrsctp_setsockopt(socket, level, option, value, (socklen_t)size) < 0)
        peer_fail("setsockopt");
}

static void subscribe(struct socket *socket)
{
    static const uint16_t types[] = {SCTP_ASSOC_CHANGE, SCTP_SHUTDOWN_EVENT, SCTP_REMOTE_ERROR,
                                     SCTP_PEER_ADDR_CHANGE};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct sctp_event event = {
            .se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = types[i], .se_on = 1};
        set(socket, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event);
    }
}

static void set_path_options(const struct peer_options *options, struct socket *socket)
{
    struct sctp_rtoinfo rto = {
        .srto_initial = PEER_RTO_MIN_MS, .srto_min = PEER_RTO_MIN_MS, .srto_max = PEER_RTO_MAX_MS};
    struct sctp_paddrparams params = {.spp_address.ss_family = AF_INET};
    if (options->mtu != 0) {
        params.spp_pathmtu = options->mtu;
        params.spp_flags |= SPP_PMTUD_DISABLE;
    }
    if (options->impatient) {
        params.spp_pathmaxrxt = PEER_PATH_MAX_RETRANS;
        params.spp_hbinterval = PEER_HB_INTERVAL_MS;
        params.spp_flags |= SPP_HB_ENABLE;
        set(socket, IPPROTO_SCTP, SCTP_RTOINFO, &rto, sizeof rto);
    }
    set(socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &params, sizeof params);
}

static void set_options(const struct peer_options *options, struct socket *socket)
{
    const int on = 1, bytes = PEER_BUFFER_BYTES;
    struct sctp_initmsg init = {.sinit_num_ostreams = options->streams,
                                .sinit_max_instreams = options->streams};
    set(socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    set(socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    set(socket, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on);
    set(socket, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on);
    set(socket, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init);
    subscribe(socket);
    set_path_options(options, socket);
    if (!options->server && !options->raw) {
        struct sctp_udpencaps encapsulation = {.sue_port = htons(options->peer_udp_port)};
        encapsulation.sue_address.ss_family = AF_INET;
        set(socket, IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, &encapsulation,
            sizeof encapsulation);
    }
}

/* Bound to its own addresses only: usrsctp would tell the peer every address of the machine. */
static struct socket *open_socket(struct peer *peer)
{
    struct peer_options *options = &peer->options;
    struct socket *socket = usrsctp_socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
    if (socket == NULL)
        peer_fail("socket");
    set_options(options, socket);
    struct sockaddr_in first = peer_address(options->host, 0, options->sctp_port);
    if (usrsctp_bind(socket, (struct sockaddr *)&first, sizeof first) < 0)
        peer_fail("bind");
    struct sockaddr *bound = NULL;
    if (usrsctp_getladdrs(socket, 0, &bound) > 0) {
        memcpy(&first, bound, sizeof first);
        options->sctp_port = ntohs(first.sin_port);
        usrsctp_freeladdrs(bound);
    }
    for (unsigned i = 1; i < options->addresses; i++) {
        struct sockaddr_in more = peer_address(options->host, i, options->sctp_port);
        if (usrsctp_bindx(socket, (struct sockaddr *)&more, 1, SCTP_BINDX_ADD_ADDR) < 0)
            peer_fail("bindx");
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
    struct sctp_paddr_change path;
    if (length < sizeof header)
        return;
    memcpy(&header, bytes, sizeof header);
    if (header.sn_type == SCTP_ASSOC_CHANGE && length >= sizeof change) {
        memcpy(&change, bytes, sizeof change);
        on_assoc_change(peer, &change);
    } else if (header.sn_type == SCTP_PEER_ADDR_CHANGE && length >= sizeof path) {
        memcpy(&path, bytes, sizeof path);
        peer_print_path(&path.spc_aaddr, (int)path.spc_state - SCTP_ADDR_AVAILABLE);
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
    peer_print_message(info->rcv_sid, info->rcv_ssn, ntohl(info->rcv_ppid), unordered,
                       peer->message, peer->length);
    if (peer->options.echo) {
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
                              PEER_MESSAGE_LIMIT - peer->length, (struct sockaddr *)&from,
                              &from_length, &info, &info_length, &info_type, &flags);
    if (n <= 0)
        return false;
    if ((flags & MSG_NOTIFICATION) != 0) {
        on_notification(peer, peer->message + peer->length, (size_t)n);
        return !peer->lost && !peer->ended;
    }
    peer->length += (size_t)n;
    if ((flags & MSG_EOR) != 0)
        on_message(peer, &info);
    else if (peer->length == PEER_MESSAGE_LIMIT)
        peer_fail("message too long");
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
        peer_fail("listen");
    peer_print_ready(&peer->options);
    struct socket *socket;
    while ((socket = usrsctp_accept(listener, NULL, NULL)) != NULL)
        serve(peer, socket);
    peer_fail("accept");
    return NULL;
}

static void *run_client(void *argument)
{
    struct peer *peer = argument;
    struct sockaddr_in server =
        peer_address(peer->options.peer_host, 0, peer->options.peer_sctp_port);
    struct socket *socket = open_socket(peer);
    peer_print_ready(&peer->options);
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
    struct peer_send what = peer_parse_send(arguments);
    uint8_t *bytes = malloc(what.length);
    if (bytes == NULL || peer->socket == NULL)
        peer_fail("send command");
    for (unsigned i = 0; i < what.count; i++) {
        struct sctp_sndinfo info = {.snd_sid = (uint16_t)(i % what.streams),
                                    .snd_ppid = htonl(what.ppid),
                                    .snd_flags = what.unordered ? SCTP_UNORDERED : 0};
        pattern_fill(bytes, what.length, i);
        if (send_message(peer->socket, bytes, what.length, info) < 0)
            peer_fail("send");
    }
    free(bytes);
    printf("sent %u\n", what.count);
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
            peer_fail("abort");
    } else if (strcmp(line, "crash") == 0) {
        fflush(stdout);
        _exit(1);
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct peer peer;
    setvbuf(stdout, NULL, _IOLBF, 0);
    peer_parse(&peer.options, argc, argv);
    if (peer.options.udp_port == 0 && !peer.options.raw)
        peer.options.udp_port = free_udp_port();
    peer.message = malloc(PEER_MESSAGE_LIMIT);
    if (peer.message == NULL)
        peer_fail("malloc");
    usrsctp_init(peer.options.udp_port, NULL, NULL);
    usrsctp_sysctl_set_sctp_ecn_enable(0); /* RFC 9260 has no ECN */

    pthread_t thread;
    if (pthread_create(&thread, NULL, peer.options.server ? run_server : run_client, &peer) != 0)
        peer_fail("thread");
    char line[256];
    while (fgets(line, sizeof line, stdin) != NULL && command(&peer, line))
        ;
    /* usrsctp_finish() waits for associations to go, and destructors would disturb its threads. */
    fflush(stdout);
    _exit(0);
}

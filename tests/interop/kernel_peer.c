/* SPDX-License-Identifier: MIT */
/*
 * An SCTP peer on the SCTP of Linux over UDP encapsulation, for tests in the guest that
 * kernel_guest.sh boots: see peer_lines.h for what it says and what it is told. It needs no
 * library: what the kernel takes is in <linux/sctp.h>.
 *
 * The kernel has one UDP port for all, of net.sctp.udp_port, whatever --udp-port says.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>

#include <linux/sctp.h> /* includes too little of what it needs */

#include "peer_lines.h"

enum { DEAD_PORT = 1 };

struct peer {
    struct peer_options options;
    int listener, socket; /* of the association, -1 between two of them */
    uint8_t *message;     /* what came of the present message */
    size_t length;
    uint16_t abort_cause;
    bool lost, ended; /* the association, by a notification */
};

static uint16_t kernel_udp_port(void)
{
    unsigned port = 0;
    FILE *file = fopen("/proc/sys/net/sctp/udp_port", "r");
    if (file == NULL || fscanf(file, "%u", &port) != 1 || port == 0 || port > 65535)
        peer_fail("net.sctp.udp_port");
    fclose(file);
    return (uint16_t)port;
}

static int try_set(int fd, int level, int option, const void *value, size_t size)
{
    return setsockopt(fd, level, option, value, (socklen_t)size);
}

static void set(int fd, int level, int option, const void *value, size_t size)
{
    if (try_set(fd, level, option, value, size) < 0)
        peer_fail("setsockopt");
}

static void subscribe(int fd)
{
    static const uint16_t types[] = {SCTP_ASSOC_CHANGE, SCTP_SHUTDOWN_EVENT, SCTP_REMOTE_ERROR,
                                     SCTP_PEER_ADDR_CHANGE};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct sctp_event event = {
            .se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = types[i], .se_on = 1};
        set(fd, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event);
    }
}

/* Of one address of the peer, or of none: of all associations that come. */
static int set_encapsulation(int fd, const struct sockaddr_in *address, uint16_t port)
{
    struct sctp_udpencaps encapsulation = {.sue_port = htons(port)};
    if (address != NULL)
        memcpy(&encapsulation.sue_address, address, sizeof *address);
    return try_set(fd, IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, &encapsulation,
                   sizeof encapsulation);
}

static void set_path_options(const struct peer_options *options, int fd)
{
    struct sctp_rtoinfo rto = {
        .srto_initial = PEER_RTO_MIN_MS, .srto_min = PEER_RTO_MIN_MS, .srto_max = PEER_RTO_MAX_MS};
    struct sctp_paddrparams params = {0};
    if (options->mtu != 0) {
        params.spp_pathmtu = options->mtu;
        params.spp_flags |= SPP_PMTUD_DISABLE;
    }
    if (options->impatient) {
        params.spp_pathmaxrxt = PEER_PATH_MAX_RETRANS;
        params.spp_hbinterval = PEER_HB_INTERVAL_MS;
        params.spp_flags |= SPP_HB_ENABLE;
        set(fd, IPPROTO_SCTP, SCTP_RTOINFO, &rto, sizeof rto);
    }
    set(fd, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &params, sizeof params);
}

static void set_options(const struct peer_options *options, int fd)
{
    const int on = 1, bytes = PEER_BUFFER_BYTES;
    struct sctp_initmsg init = {.sinit_num_ostreams = options->streams,
                                .sinit_max_instreams = options->streams};
    set(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    set(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    set(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); /* associations outlive their process */
    set(fd, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on);
    set(fd, IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on);
    set(fd, IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init);
    subscribe(fd);
    set_path_options(options, fd);
    /* A listener needs no port: associations take that of the packets they began with. */
    if (!options->server && set_encapsulation(fd, NULL, options->peer_udp_port) < 0)
        peer_fail("encapsulation port");
}

static int open_socket(struct peer_options *options)
{
    int style = options->one_to_many ? SOCK_SEQPACKET : SOCK_STREAM;
    int fd = socket(AF_INET, style, IPPROTO_SCTP);
    if (fd < 0)
        peer_fail("socket");
    set_options(options, fd);
    struct sockaddr_in first = peer_loopback(0, options->sctp_port);
    socklen_t length = sizeof first;
    if (bind(fd, (struct sockaddr *)&first, length) < 0 ||
        getsockname(fd, (struct sockaddr *)&first, &length) < 0)
        peer_fail("bind");
    options->sctp_port = ntohs(first.sin_port);
    for (unsigned i = 1; i < options->addresses; i++) {
        struct sockaddr_in more = peer_loopback(i, options->sctp_port);
        set(fd, IPPROTO_SCTP, SCTP_SOCKOPT_BINDX_ADD, &more, sizeof more);
    }
    return fd;
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
        peer->abort_cause = ntohs(change->sac_error); /* it is as it was on the wire */
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
    union sctp_notification all = {0}; /* its alignment is not promised */
    memcpy(&all, bytes, length < sizeof all ? length : sizeof all);
    if (all.sn_header.sn_type == SCTP_ASSOC_CHANGE)
        on_assoc_change(peer, &all.sn_assoc_change);
    else if (all.sn_header.sn_type == SCTP_PEER_ADDR_CHANGE)
        peer_print_path(&all.sn_paddr_change.spc_aaddr, all.sn_paddr_change.spc_state);
    else if (all.sn_header.sn_type == SCTP_SHUTDOWN_EVENT)
        printf("peer_shutdown\n");
    else if (all.sn_header.sn_type == SCTP_REMOTE_ERROR)
        printf("remote_error\n");
}

static int send_message(int fd, const void *bytes, size_t length, struct sctp_sndinfo info)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct sctp_sndinfo))];
    } control = {.room = {0}};
    struct iovec piece = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = length};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control.room};
    control.header.cmsg_level = IPPROTO_SCTP;
    control.header.cmsg_type = SCTP_SNDINFO;
    control.header.cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(&control.header), &info, sizeof info);
    return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
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

/* One recvmsg; long messages come in pieces. False at the end of the association. */
static bool receive(struct peer *peer)
{
    char control[CMSG_SPACE(sizeof(struct sctp_rcvinfo))];
    struct iovec piece = {.iov_base = peer->message + peer->length,
                          .iov_len = PEER_MESSAGE_LIMIT - peer->length};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    struct sctp_rcvinfo info = {0};
    ssize_t n = recvmsg(peer->socket, &message, 0);
    if (n <= 0)
        return false;
    if ((message.msg_flags & MSG_NOTIFICATION) != 0) {
        on_notification(peer, piece.iov_base, (size_t)n);
        return !peer->lost && !peer->ended;
    }
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_type == SCTP_RCVINFO)
        memcpy(&info, CMSG_DATA(header), sizeof info);
    peer->length += (size_t)n;
    if ((message.msg_flags & MSG_EOR) != 0)
        on_message(peer, &info);
    else if (peer->length == PEER_MESSAGE_LIMIT)
        peer_fail("message too long");
    return true;
}

static void begin(struct peer *peer, int fd)
{
    peer->socket = fd;
    peer->length = 0;
    peer->lost = peer->ended = false;
    peer->abort_cause = 0;
}

static void on_readable(struct peer *peer)
{
    errno = 0;
    if (receive(peer))
        return;
    if (peer->lost || errno != 0)
        printf("lost cause=%u error=%s\n", peer->abort_cause, errno ? strerror(errno) : "none");
    else
        printf("closed\n");
    close(peer->socket);
    peer->socket = -1;
}

/* ---- the two roles ------------------------------------------------------------------------ */

/* The oldest association of a one-to-many socket as a socket of its own, with what came for it. */
static int peel_off(int fd)
{
    uint32_t list[8] = {0}; /* a count and as many identifiers */
    socklen_t length = sizeof list;
    if (getsockopt(fd, IPPROTO_SCTP, SCTP_GET_ASSOC_ID_LIST, list, &length) < 0 || list[0] == 0)
        peer_fail("association");
    sctp_peeloff_arg_t peel = {.associd = (sctp_assoc_t)list[1]};
    length = sizeof peel;
    int peeled = getsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_PEELOFF, &peel, &length);
    if (peeled < 0)
        peer_fail("peel off");
    return peeled;
}

static void start_server(struct peer *peer)
{
    peer->listener = open_socket(&peer->options);
    if (listen(peer->listener, 5) < 0)
        peer_fail("listen");
    peer_print_ready(&peer->options);
}

static void start_client(struct peer *peer)
{
    struct sockaddr_in server = peer_loopback(0, peer->options.peer_sctp_port);
    int fd = open_socket(&peer->options);
    peer_print_ready(&peer->options);
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0) {
        printf("refused %s\n", strerror(errno));
        close(fd);
        return;
    }
    begin(peer, peer->options.one_to_many ? peel_off(fd) : fd);
}

static void on_connection(struct peer *peer)
{
    int fd =
        peer->options.one_to_many ? peel_off(peer->listener) : accept(peer->listener, NULL, NULL);
    if (fd < 0)
        peer_fail("accept");
    begin(peer, fd);
}

/* ---- commands ----------------------------------------------------------------------------- */

static void command_send(struct peer *peer, const char *arguments)
{
    struct peer_send what = peer_parse_send(arguments);
    uint8_t *bytes = malloc(what.length);
    if (bytes == NULL || peer->socket < 0)
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

static void command_shutdown(struct peer *peer)
{
    struct sctp_sndinfo info = {.snd_flags = (uint16_t)SCTP_EOF};
    int error = peer->options.one_to_many ? send_message(peer->socket, "", 0, info)
                                          : shutdown(peer->socket, SHUT_WR);
    if (error < 0)
        printf("too late to shut down\n"); /* the other side was faster */
}

/* The only way with a one-to-one socket: no reason can be told. */
static void close_with_abort(struct peer *peer)
{
    const struct linger none = {.l_onoff = 1, .l_linger = 0};
    set(peer->socket, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(peer->socket);
    peer->socket = -1;
}

static void command_abort(struct peer *peer, const char *reason)
{
    struct sctp_sndinfo info = {.snd_flags = SCTP_ABORT};
    if (!peer->options.one_to_many && reason[0] == '\0')
        close_with_abort(peer);
    else if (send_message(peer->socket, reason, strlen(reason), info) < 0)
        peer_fail("abort");
}

/*
 * The kernel ends the association of a process that is killed. So its last packet, the ABORT,
 * goes where nobody is.
 */
static void command_crash(struct peer *peer)
{
    for (unsigned i = 0; i < peer->options.addresses; i++) {
        struct sockaddr_in address = peer_loopback(i, peer->options.peer_sctp_port);
        if (set_encapsulation(peer->socket, &address, DEAD_PORT) < 0)
            peer_fail("encapsulation port");
    }
    close_with_abort(peer);
    fflush(stdout);
    _exit(1);
}

/* False when it is time to go. */
static bool command(struct peer *peer, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "send ", 5) == 0) {
        command_send(peer, line + 5);
    } else if (strcmp(line, "shutdown") == 0) {
        command_shutdown(peer);
    } else if (strncmp(line, "abort", 5) == 0) {
        command_abort(peer, line[5] == ' ' ? line + 6 : "");
    } else if (strcmp(line, "crash") == 0) {
        command_crash(peer);
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct peer peer = {.listener = -1, .socket = -1};
    static char line[256];
    setvbuf(stdout, NULL, _IOLBF, 0);
    setvbuf(stdin, NULL, _IONBF, 0); /* poll() must see what is left */
    peer_parse(&peer.options, argc, argv);
    peer.options.udp_port = kernel_udp_port();
    peer.message = malloc(PEER_MESSAGE_LIMIT);
    if (peer.message == NULL)
        peer_fail("malloc");
    if (peer.options.server)
        start_server(&peer);
    else
        start_client(&peer);
    for (;;) {
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = peer.socket, .events = POLLIN},
                               {.fd = peer.socket < 0 ? peer.listener : -1, .events = POLLIN}};
        if (poll(fds, 3, -1) < 0)
            peer_fail("poll");
        if (fds[0].revents != 0 &&
            (fgets(line, sizeof line, stdin) == NULL || !command(&peer, line)))
            return 0;
        if (fds[1].revents != 0 && peer.socket >= 0)
            on_readable(&peer);
        if (fds[2].revents != 0)
            on_connection(&peer);
    }
}

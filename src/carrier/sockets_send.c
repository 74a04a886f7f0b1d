/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <netinet/udp.h>

#include <sctpx/addr.h>

#include "carrier/sockets.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/* What one UDP_SEGMENT send may hold: segments (UDP_MAX_SEGMENTS of all kernels), bytes of payload
 * that fit both into an IPv4 and an IPv6 packet. */
#define GSO_SEGMENTS 64u
#define GSO_BYTES (65535u - 40u - 8u)

/* One call of the system: a part of the train on one socket. */
struct dispatch {
    const struct sctpxi_carrier_socket *own;
    struct sockaddr_storage name;
    socklen_t name_length;
    bool has_source; /* put source into a control message */
    sctpx_addr source;
    uint8_t dscp;
    size_t segment_size;
};

/* ---- which socket ------------------------------------------------------------------------- */

/* How well a socket fits; 0 = it cannot send this. */
static int fitness(const struct sctpxi_carrier_socket *own, const sctpx_transmit *transmit)
{
    bool is_any = sctpx_addr_is_wildcard(&own->local);

    if (own->local.family != transmit->remote.family)
        return 0;
    if (transmit->local.family == SCTPX_NO_FAMILY || sctpx_addr_is_wildcard(&transmit->local)) {
        if (is_any)
            return 3;
        /* The routing decides; what cannot be right comes last. */
        return sctpx_addr_is_loopback(&own->local) == sctpx_addr_is_loopback(&transmit->remote) ? 2
                                                                                                : 1;
    }
    return sctpx_addr_same_ip(&own->local, &transmit->local) ? 4 : is_any ? 3 : 0;
}

/* The best socket that is not among those tried (a bit for each), or NO_SOCKET. */
static size_t choose(const struct sctpxi_carrier *carrier, const sctpx_transmit *transmit,
                     unsigned tried)
{
    size_t best = SCTPXI_CARRIER_NO_SOCKET;
    int best_fitness = 0;

    for (size_t i = 0; i < carrier->count; i++) {
        int fit = (tried >> i & 1u) ? 0 : fitness(&carrier->sockets[i], transmit);
        if (fit > best_fitness) {
            best_fitness = fit;
            best = i;
        }
    }
    return best;
}

/* ---- system calls -------------------------------------------------------------------------- */

union send_control {
    size_t align;
    uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)) +
                  CMSG_SPACE(sizeof(uint16_t))];
};

static void put_control(struct msghdr *header, int level, int type, const void *data, size_t size)
{
    struct cmsghdr *control =
        (struct cmsghdr *)(void *)((uint8_t *)header->msg_control + header->msg_controllen);

    control->cmsg_level = level;
    control->cmsg_type = type;
    control->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(control), data, size);
    header->msg_controllen += CMSG_SPACE(size);
}

static void put_source(struct msghdr *header, const sctpx_addr *source)
{
    struct in_pktinfo info4 = {0};
    struct in6_pktinfo info6 = {0};

    if (source->family == SCTPX_IPV4) {
        memcpy(&info4.ipi_spec_dst, source->ip, 4);
        put_control(header, IPPROTO_IP, IP_PKTINFO, &info4, sizeof(info4));
    } else {
        memcpy(&info6.ipi6_addr, source->ip, 16);
        info6.ipi6_ifindex = source->scope_id;
        put_control(header, IPPROTO_IPV6, IPV6_PKTINFO, &info6, sizeof(info6));
    }
}

/* RFC 2474 3: above the two bits of ECN, which stay 0. */
static void put_dscp(struct msghdr *header, int family, uint8_t dscp)
{
    int traffic_class = dscp << 2;

    if (family == SCTPX_IPV4)
        put_control(header, IPPROTO_IP, IP_TOS, &traffic_class, sizeof(traffic_class));
    else
        put_control(header, IPPROTO_IPV6, IPV6_TCLASS, &traffic_class, sizeof(traffic_class));
}

static void put_header(struct msghdr *header, struct dispatch *dispatch,
                       union send_control *control, struct iovec *vector)
{
    memset(control, 0, sizeof(*control));
    *header = (struct msghdr){
        .msg_name = &dispatch->name,
        .msg_namelen = dispatch->name_length,
        .msg_iov = vector,
        .msg_iovlen = 1,
        .msg_control = control,
    };
    if (dispatch->has_source)
        put_source(header, &dispatch->source);
    if (dispatch->dscp != 0)
        put_dscp(header, dispatch->own->local.family, dispatch->dscp);
}

/* Both return the bytes that went out, or -1 with errno. Never more than one system call. */
static ssize_t send_segmented(struct dispatch *dispatch, const uint8_t *data, size_t length)
{
    size_t limit = GSO_BYTES / dispatch->segment_size;
    uint16_t segment_size = (uint16_t)dispatch->segment_size;
    struct iovec vector;
    union send_control control;
    struct msghdr header;

    limit = (limit < GSO_SEGMENTS ? limit : GSO_SEGMENTS) * dispatch->segment_size;
    /* sendmsg() does not write there. */
    memcpy(&vector.iov_base, &data, sizeof(data));
    vector.iov_len = length < limit ? length : limit;
    put_header(&header, dispatch, &control, &vector);
    put_control(&header, IPPROTO_UDP, UDP_SEGMENT, &segment_size, sizeof(segment_size));
    return sendmsg(dispatch->own->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static ssize_t send_separately(struct dispatch *dispatch, const uint8_t *data, size_t length)
{
    struct mmsghdr messages[SCTPXI_SOCKETS_BATCH];
    struct iovec vectors[SCTPXI_SOCKETS_BATCH];
    union send_control control;
    unsigned count = 0;
    size_t bytes = 0;
    int sent;

    for (; count < SCTPXI_SOCKETS_BATCH && bytes < length; count++) {
        const uint8_t *segment = data + bytes;
        size_t rest = length - bytes;

        memcpy(&vectors[count].iov_base, &segment, sizeof(segment));
        vectors[count].iov_len = rest < dispatch->segment_size ? rest : dispatch->segment_size;
        put_header(&messages[count].msg_hdr, dispatch, &control, &vectors[count]);
        if (messages[count].msg_hdr.msg_controllen == 0)
            messages[count].msg_hdr.msg_control = NULL;
        bytes += vectors[count].iov_len;
    }
    if (count == 1)
        return sendmsg(dispatch->own->fd, &messages[0].msg_hdr, MSG_DONTWAIT | MSG_NOSIGNAL);
    sent = sendmmsg(dispatch->own->fd, messages, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent <= 0)
        return -1;
    bytes = (size_t)sent * dispatch->segment_size;
    return (ssize_t)(bytes < length ? bytes : length);
}

static bool is_short_of_room(int error_number)
{
    return error_number == EAGAIN || error_number == EWOULDBLOCK || error_number == ENOBUFS ||
           error_number == ENOMEM;
}

/*
 * An ICMP error that came in meanwhile makes the next send fail, whatever it is about, and is
 * cleared by that (it stays in the error queue). So a first failure says nothing yet.
 */
static ssize_t send_twice(struct dispatch *dispatch, const uint8_t *data, size_t length,
                          ssize_t (*call)(struct dispatch *, const uint8_t *, size_t))
{
    ssize_t sent = call(dispatch, data, length);

    if (sent < 0 && !is_short_of_room(errno))
        sent = call(dispatch, data, length);
    return sent;
}

/* What a device without segmentation may say to UDP_SEGMENT: EIO, EINVAL, EOPNOTSUPP. */
static ssize_t send_part(struct sctpxi_carrier_socket *own, struct dispatch *dispatch,
                         const uint8_t *data, size_t length)
{
    ssize_t sent;

    if (!own->has_gso || length <= dispatch->segment_size || dispatch->segment_size > GSO_BYTES / 2)
        return send_twice(dispatch, data, length, send_separately);
    sent = send_twice(dispatch, data, length, send_segmented);
    if (sent < 0 && (errno == EIO || errno == EINVAL || errno == EOPNOTSUPP)) {
        sent = send_twice(dispatch, data, length, send_separately);
        if (sent >= 0)
            own->has_gso = false; /* that was it, not the addresses */
    }
    return sent;
}

/* ---- trains ------------------------------------------------------------------------------- */

/* An IPv6 socket reaches IPv4 peers under mapped addresses (RFC 4291 2.5.5.2). */
static int put_name(const struct sctpxi_carrier_socket *own, const sctpx_addr *remote,
                    struct sockaddr_storage *ret_name)
{
    sctpx_addr mapped = {.family = SCTPX_IPV6, .udp_port = remote->udp_port};

    if (!own->is_mapped)
        return sctpx_addr_to_sockaddr(remote, ret_name);
    mapped.ip[10] = mapped.ip[11] = 0xff;
    memcpy(mapped.ip + 12, remote->ip, 4);
    return sctpx_addr_to_sockaddr(&mapped, ret_name);
}

static void prepare(const struct sctpxi_carrier_socket *own, const sctpx_transmit *transmit,
                    struct dispatch *ret_dispatch)
{
    *ret_dispatch =
        (struct dispatch){.own = own, .source = transmit->local, .dscp = transmit->dscp & 0x3f};
    ret_dispatch->name_length = (socklen_t)put_name(own, &transmit->remote, &ret_dispatch->name);
    ret_dispatch->has_source = transmit->local.family == transmit->remote.family &&
                               !sctpx_addr_is_wildcard(&transmit->local) &&
                               sctpx_addr_is_wildcard(&own->local);
    ret_dispatch->segment_size = transmit->segment_size;
    if (ret_dispatch->segment_size == 0 || ret_dispatch->segment_size > transmit->length)
        ret_dispatch->segment_size = transmit->length;
}

static uint64_t segments_of(size_t bytes, size_t segment_size)
{
    return (bytes + segment_size - 1) / segment_size;
}

/* Gives up one packet: the rest of the train may fare better. */
static void lose_one(struct sctpxi_carrier *carrier, const struct dispatch *dispatch, size_t length,
                     struct sctpxi_carrier_progress *progress, int error_number)
{
    size_t rest = length - progress->done;

    if (error_number == EMSGSIZE)
        carrier->stats.too_big++;
    else
        carrier->stats.send_errors++;
    progress->done += rest < dispatch->segment_size ? rest : dispatch->segment_size;
}

/* As much of the train as one socket takes. 0, SCTPX_EWOULDBLOCK, or SCTPX_ESYSTEM with errno. */
static int send_on(struct sctpxi_carrier *carrier, size_t socket, struct dispatch *dispatch,
                   const uint8_t *data, size_t length, struct sctpxi_carrier_progress *progress)
{
    ssize_t sent;

    while (progress->done < length) {
        sent = send_part(&carrier->sockets[socket], dispatch, data + progress->done,
                         length - progress->done);
        if (sent >= 0) {
            carrier->stats.sent_batches++;
            carrier->stats.sent_packets += segments_of((size_t)sent, dispatch->segment_size);
            progress->done += (size_t)sent;
        } else if (is_short_of_room(errno)) {
            carrier->stats.would_block++;
            progress->socket =
                errno == EAGAIN || errno == EWOULDBLOCK ? socket : SCTPXI_CARRIER_NO_SOCKET;
            return SCTPX_EWOULDBLOCK;
        } else {
            return SCTPX_ESYSTEM;
        }
    }
    return 0;
}

int sctpxi_carrier_send(struct sctpxi_carrier *carrier, const sctpx_transmit *transmit,
                        const uint8_t *data, struct sctpxi_carrier_progress *progress)
{
    struct dispatch dispatch = {.segment_size = transmit->length};
    unsigned tried = 0;
    size_t socket;
    int result, error_number = EDESTADDRREQ;

    while (progress->done < transmit->length) {
        socket = (transmit->remote.udp_port != 0) == carrier->kind->has_ports
                     ? choose(carrier, transmit, tried)
                     : SCTPXI_CARRIER_NO_SOCKET;
        if (socket == SCTPXI_CARRIER_NO_SOCKET) {
            lose_one(carrier, &dispatch, transmit->length, progress, error_number);
            tried = 0;
            continue;
        }
        prepare(&carrier->sockets[socket], transmit, &dispatch);
        result = send_on(carrier, socket, &dispatch, data, transmit->length, progress);
        if (result != SCTPX_ESYSTEM)
            return result;
        error_number = errno;
        tried |= 1u << socket;
    }
    return 0;
}

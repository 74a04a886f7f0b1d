/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>

#include <sctpx/addr.h>

#include "carrier/udp.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

/* Errors taken from one socket at a time, and how much of our packet one of them may quote. */
#define ERROR_BATCH 256
#define QUOTED_BYTES 2048

/* ---- packets ------------------------------------------------------------------------------ */

struct arrival {
    sctpx_addr local;
    size_t segment_size; /* 0 = not a train */
    bool is_unicast;
};

static void read_pktinfo4(const struct cmsghdr *control, struct arrival *arrival)
{
    struct in_pktinfo info;

    memcpy(&info, CMSG_DATA(control), sizeof(info));
    arrival->local.family = SCTPX_IPV4;
    memcpy(arrival->local.ip, &info.ipi_addr, 4);
    /* For broadcasts and multicasts the kernel puts an address of the interface here. */
    arrival->is_unicast = info.ipi_addr.s_addr == info.ipi_spec_dst.s_addr;
}

static void read_pktinfo6(const struct cmsghdr *control, struct arrival *arrival)
{
    struct in6_pktinfo info;

    memcpy(&info, CMSG_DATA(control), sizeof(info));
    arrival->local.family = SCTPX_IPV6;
    memcpy(arrival->local.ip, &info.ipi6_addr, 16);
    if (sctpx_addr_is_link_local(&arrival->local)) {
        arrival->local.scope_id = info.ipi6_ifindex;
    }
    arrival->is_unicast = !IN6_IS_ADDR_MULTICAST(&info.ipi6_addr);
}

static void read_control(struct msghdr *header, struct arrival *arrival)
{
    int segment_size;

    for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL;
         control = CMSG_NXTHDR(header, control)) {
        if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
            read_pktinfo4(control, arrival);
        } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
            read_pktinfo6(control, arrival);
        } else if (control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO) {
            memcpy(&segment_size, CMSG_DATA(control), sizeof(segment_size));
            arrival->segment_size = segment_size > 0 ? (size_t)segment_size : 0;
        }
    }
}

/* Hands over one message: one packet, or a train of them that UDP_GRO has put together. */
static void deliver(struct sctpxi_carrier *carrier, const struct sctpxi_udp_socket *udp,
                    struct mmsghdr *message, const uint8_t *data,
                    const struct sctpxi_carrier_sink *sink)
{
    struct arrival arrival = {.local = udp->local, .is_unicast = true};
    sctpx_packet packet = {0};
    size_t rest = message->msg_len, step;

    read_control(&message->msg_hdr, &arrival);
    if (message->msg_hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        carrier->stats.truncated++;
        return;
    }
    if (!arrival.is_unicast ||
        sctpx_addr_from_sockaddr(message->msg_hdr.msg_name, message->msg_hdr.msg_namelen,
                                 &packet.remote) < 0) {
        carrier->stats.not_unicast++;
        return;
    }
    packet.local = arrival.local;
    packet.local.udp_port = udp->local.udp_port;
    step = arrival.segment_size != 0 ? arrival.segment_size : rest;
    do {
        packet.data = data;
        packet.length = rest < step ? rest : step;
        carrier->stats.received_packets++;
        sink->on_packet(sink->arg, &packet);
        data += packet.length;
        rest -= packet.length;
    } while (rest > 0);
}

static void prepare(struct sctpxi_udp_batch *batch)
{
    for (size_t i = 0; i < SCTPXI_UDP_BATCH; i++) {
        batch->vectors[i] = (struct iovec){batch->data[i], sizeof(batch->data[i])};
        batch->messages[i].msg_hdr = (struct msghdr){
            .msg_name = &batch->names[i],
            .msg_namelen = sizeof(batch->names[i]),
            .msg_iov = &batch->vectors[i],
            .msg_iovlen = 1,
            .msg_control = &batch->controls[i],
            .msg_controllen = sizeof(batch->controls[i]),
        };
    }
}

int sctpxi_carrier_receive(struct sctpxi_carrier *carrier, size_t socket,
                           const struct sctpxi_carrier_sink *sink)
{
    struct sctpxi_udp_batch *batch = carrier->batch;
    int count;

    assert(socket < carrier->count);
    prepare(batch);
    count = recvmmsg(carrier->sockets[socket].fd, batch->messages, SCTPXI_UDP_BATCH, MSG_DONTWAIT,
                     NULL);
    if (count < 0) {
        /* Else it was the error of an ICMP message; that is gone now, and packets may follow. */
        return errno != EAGAIN && errno != EWOULDBLOCK;
    }
    carrier->stats.received_batches++;
    for (int i = 0; i < count; i++) {
        deliver(carrier, &carrier->sockets[socket], &batch->messages[i], batch->data[i], sink);
    }
    return count == SCTPXI_UDP_BATCH;
}

/* ---- errors ------------------------------------------------------------------------------- */

/* RFC 6951 5.5: port unreachable stands for what protocol unreachable is without UDP. */
static bool is_unreachable(const struct sock_extended_err *error)
{
    if (error->ee_origin == SO_EE_ORIGIN_ICMP) {
        return error->ee_type == ICMP_DEST_UNREACH &&
               (error->ee_code == ICMP_PORT_UNREACH || error->ee_code == ICMP_PROT_UNREACH);
    }
    if (error->ee_origin == SO_EE_ORIGIN_ICMP6) {
        return (error->ee_type == ICMP6_DST_UNREACH &&
                error->ee_code == ICMP6_DST_UNREACH_NOPORT) ||
               (error->ee_type == ICMP6_PARAM_PROB && error->ee_code == ICMP6_PARAMPROB_NEXTHEADER);
    }
    return false;
}

static bool find_error(struct msghdr *header, struct sock_extended_err *ret_error)
{
    for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL;
         control = CMSG_NXTHDR(header, control)) {
        if ((control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_RECVERR) ||
            (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_RECVERR)) {
            memcpy(ret_error, CMSG_DATA(control), sizeof(*ret_error));
            return true;
        }
    }
    return false;
}

/* Takes one error; false when there is none. */
static bool receive_error(struct sctpxi_carrier *carrier, int fd,
                          const struct sctpxi_carrier_sink *sink)
{
    uint8_t quoted[QUOTED_BYTES];
    struct iovec vector = {quoted, sizeof(quoted)};
    struct sockaddr_storage name;
    union {
        size_t align;
        uint8_t bytes[256];
    } control;
    struct msghdr header = {
        .msg_name = &name,
        .msg_namelen = sizeof(name),
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
    struct sock_extended_err error;
    sctpx_addr remote;
    ssize_t length = recvmsg(fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT);

    if (length < 0) {
        return false;
    }
    if (!find_error(&header, &error) || error.ee_origin == SO_EE_ORIGIN_LOCAL) {
        return true; /* what our own send has returned already */
    }
    carrier->stats.icmp_errors++;
    if (is_unreachable(&error) &&
        sctpx_addr_from_sockaddr((struct sockaddr *)&name, header.msg_namelen, &remote) == 0) {
        sink->on_unreachable(sink->arg, &remote, quoted, (size_t)length);
    }
    return true;
}

void sctpxi_carrier_receive_errors(struct sctpxi_carrier *carrier, size_t socket,
                                   const struct sctpxi_carrier_sink *sink)
{
    int limit = ERROR_BATCH;

    assert(socket < carrier->count);
    while (limit-- > 0 && receive_error(carrier, carrier->sockets[socket].fd, sink)) {
    }
}

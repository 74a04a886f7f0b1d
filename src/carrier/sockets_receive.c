/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include <sctpx/addr.h>

#include "carrier/sockets.h"

struct arrival {
    sctpx_addr local;
    bool is_unicast;
    bool has_pktinfo4;
};

static void read_pktinfo4(const struct cmsghdr *control, struct arrival *arrival)
{
    struct in_pktinfo info;

    memcpy(&info, CMSG_DATA(control), sizeof(info));
    arrival->local.family = SCTPX_IPV4;
    memcpy(arrival->local.ip, &info.ipi_addr, 4);
    /* For broadcasts and multicasts the kernel puts an address of the interface here. */
    arrival->is_unicast = info.ipi_addr.s_addr == info.ipi_spec_dst.s_addr;
    arrival->has_pktinfo4 = true;
}

static void read_pktinfo6(const struct cmsghdr *control, struct arrival *arrival)
{
    struct in6_pktinfo info;

    memcpy(&info, CMSG_DATA(control), sizeof(info));
    if (IN6_IS_ADDR_V4MAPPED(&info.ipi6_addr))
        return; /* there is an IP_PKTINFO as well, which knows more */
    arrival->local.family = SCTPX_IPV6;
    memcpy(arrival->local.ip, &info.ipi6_addr, 16);
    if (sctpx_addr_is_link_local(&arrival->local))
        arrival->local.scope_id = info.ipi6_ifindex;
    arrival->is_unicast = !IN6_IS_ADDR_MULTICAST(&info.ipi6_addr);
}

static void read_control(struct msghdr *header, struct arrival *arrival)
{
    for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL;
         control = CMSG_NXTHDR(header, control))
        if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO)
            read_pktinfo4(control, arrival);
        else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO)
            read_pktinfo6(control, arrival);
}

/*
 * A socket bound to one address gets packets for that alone: after the first one nothing more is to
 * be learnt, and the kernel need not look up a route for each to tell.
 */
static void learn_destination(struct sctpxi_carrier_socket *own, const struct arrival *arrival)
{
    if (own->is_known_unicast || !arrival->has_pktinfo4 || !arrival->is_unicast ||
        sctpx_addr_is_wildcard(&own->local))
        return;
    own->is_known_unicast = true;
    sctpxi_sockets_set(own->fd, IPPROTO_IP, IP_PKTINFO, 0);
}

/* Hands over one message: one packet, or a train of them that the system has put together. */
static void deliver(struct sctpxi_carrier *carrier, struct sctpxi_carrier_socket *own,
                    struct mmsghdr *message, const uint8_t *data,
                    const struct sctpxi_carrier_sink *sink)
{
    struct arrival arrival = {.local = own->local, .is_unicast = true};
    sctpx_packet packet = {0};
    size_t rest = message->msg_len, step = 0;

    read_control(&message->msg_hdr, &arrival);
    learn_destination(own, &arrival);
    if (message->msg_hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ||
        !carrier->kind->unwrap(own, &message->msg_hdr, &data, &rest, &step)) {
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
    packet.local.udp_port = own->local.udp_port;
    do {
        packet.data = data;
        packet.length = rest < step ? rest : step;
        carrier->stats.received_packets++;
        sink->on_packet(sink->arg, &packet);
        data += packet.length;
        rest -= packet.length;
    } while (rest > 0);
}

static void prepare(struct sctpxi_sockets_batch *batch, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
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

/*
 * Asks for as many messages as came last time, and for more as long as all of them come: asking in
 * vain costs as much as a message that is there, and most of the time there is one.
 */
static unsigned next_wanted(unsigned wanted, unsigned count)
{
    if (count == wanted)
        return wanted < SCTPXI_SOCKETS_BATCH / 2 ? wanted * 2 : SCTPXI_SOCKETS_BATCH;
    return count > 0 ? count : 1;
}

int sctpxi_carrier_receive(struct sctpxi_carrier *carrier, size_t socket,
                           const struct sctpxi_carrier_sink *sink)
{
    struct sctpxi_carrier_socket *own = &carrier->sockets[socket];
    struct sctpxi_sockets_batch *batch = carrier->batch;
    unsigned wanted = own->wanted > 0 ? own->wanted : 1;
    int count;

    assert(socket < carrier->count);
    prepare(batch, wanted);
    count = recvmmsg(own->fd, batch->messages, wanted, MSG_DONTWAIT, NULL);
    if (count < 0) {
        /* Else it was the error of an ICMP message; that is gone now, and packets may follow. */
        return errno != EAGAIN && errno != EWOULDBLOCK;
    }
    own->wanted = next_wanted(wanted, (unsigned)count);
    carrier->stats.received_batches++;
    for (int i = 0; i < count; i++)
        deliver(carrier, own, &batch->messages[i], batch->data[i], sink);
    return count == SCTPXI_SOCKETS_BATCH;
}

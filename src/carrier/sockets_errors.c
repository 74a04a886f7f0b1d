/* SPDX-License-Identifier: MIT */
/* What ICMP says: the error queues of the sockets. */
#include <assert.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include <sctpx/addr.h>

#include "carrier/sockets.h"

/* Errors taken from one socket at a time, and how much of our packet one of them may quote. */
#define ERROR_BATCH 256
#define QUOTED_BYTES 2048

/*
 * Nobody has SCTP where the protocol is unreachable or the next header is not recognized (RFC 9260
 * 10). With UDP, port unreachable stands for that (RFC 6951 5.5); else it means nothing.
 */
static bool is_unreachable(const struct sctpxi_carrier_kind *kind,
                           const struct sock_extended_err *error)
{
    if (error->ee_origin == SO_EE_ORIGIN_ICMP) {
        return error->ee_type == ICMP_DEST_UNREACH &&
               (error->ee_code == ICMP_PROT_UNREACH ||
                (kind->has_ports && error->ee_code == ICMP_PORT_UNREACH));
    }
    if (error->ee_origin == SO_EE_ORIGIN_ICMP6) {
        return (kind->has_ports && error->ee_type == ICMP6_DST_UNREACH &&
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

    if (length < 0)
        return false;
    if (!find_error(&header, &error) || error.ee_origin == SO_EE_ORIGIN_LOCAL)
        return true; /* what our own send has returned already */
    carrier->stats.icmp_errors++;
    if (is_unreachable(carrier->kind, &error) &&
        sctpx_addr_from_sockaddr((struct sockaddr *)&name, header.msg_namelen, &remote) == 0)
        sink->on_unreachable(sink->arg, &remote, quoted, (size_t)length);
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

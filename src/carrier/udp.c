/* SPDX-License-Identifier: MIT */
/* Packets in UDP (RFC 6951), in trains where the system has UDP_SEGMENT and UDP_GRO. */
#include <string.h>

#include <netinet/udp.h>

#include "carrier/sockets.h"
#include "carrier/udp_take.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

static void set_options(struct sctpxi_carrier_socket *own,
                        const struct sctpxi_carrier_options *options)
{
    int segment = 0;
    socklen_t length = sizeof(segment);

    if (!options->no_segmentation) {
        sctpxi_sockets_set(own->fd, IPPROTO_UDP, UDP_GRO, 1);
        own->has_gso = getsockopt(own->fd, IPPROTO_UDP, UDP_SEGMENT, &segment, &length) == 0;
    }
}

/* The kernel has taken the UDP header away; UDP_GRO may have put packets together. */
static bool unwrap(const struct sctpxi_carrier_socket *own, struct msghdr *header,
                   const uint8_t **data, size_t *length, size_t *ret_segment_size)
{
    int segment_size = 0;

    (void)own;
    (void)data;
    for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control != NULL;
         control = CMSG_NXTHDR(header, control))
        if (control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO)
            memcpy(&segment_size, CMSG_DATA(control), sizeof(segment_size));
    *ret_segment_size = segment_size > 0 ? (size_t)segment_size : *length;
    return true;
}

static const struct sctpxi_carrier_kind udp_kind = {.type = SOCK_DGRAM,
                                                    .protocol = IPPROTO_UDP,
                                                    .has_ports = true,
                                                    .set_options = set_options,
                                                    .unwrap = unwrap};

int sctpxi_carrier_open_udp(const struct sctpxi_carrier_options *options,
                            struct sctpxi_carrier **ret_carrier)
{
    struct sctpxi_carrier *carrier;
    int error = sctpxi_sockets_new(&udp_kind, &carrier);

    if (error < 0)
        return error;
    error = options->fd_count > 0 ? sctpxi_udp_take(carrier, options)
                                  : sctpxi_sockets_bind(carrier, options);
    if (error < 0) {
        sctpxi_carrier_close(carrier);
        return error;
    }
    *ret_carrier = carrier;
    return 0;
}

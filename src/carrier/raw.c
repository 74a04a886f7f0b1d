/* SPDX-License-Identifier: MIT */
/*
 * Packets as IP protocol 132. The checksum is the engine's: the kernel neither makes nor looks at
 * it. Every such socket of a host gets the packets for all SCTP ports; whose ports they are is the
 * engine's affair (sctpx_endpoint_options.answers).
 */
#include "carrier/sockets.h"

#define IPV4_HEADER_BYTES 20u

static void set_options(struct sctpxi_carrier_socket *own,
                        const struct sctpxi_carrier_options *options)
{
    (void)options;
    if (own->local.family == SCTPX_IPV6)
        sctpxi_sockets_set(own->fd, IPPROTO_IPV6, IPV6_CHECKSUM, -1);
}

/*
 * Raw IPv4 sockets hand over the header too, with its options; it is that of the whole packet, for
 * the kernel has put fragments together. IPv6 ones do not. What would follow the packet (there is
 * nothing today) is cut off.
 */
static bool unwrap(const struct sctpxi_carrier_socket *own, struct msghdr *header,
                   const uint8_t **data, size_t *length, size_t *ret_segment_size)
{
    const uint8_t *ip = *data;
    size_t header_bytes = 0, total = *length;

    (void)header;
    if (own->local.family == SCTPX_IPV4) {
        if (*length < IPV4_HEADER_BYTES || ip[0] >> 4 != 4)
            return false;
        header_bytes = (size_t)(ip[0] & 0x0f) * 4;
        total = (size_t)ip[2] << 8 | ip[3];
        if (header_bytes < IPV4_HEADER_BYTES || total < header_bytes || total > *length)
            return false;
    }
    *data += header_bytes;
    *length = total - header_bytes;
    *ret_segment_size = *length;
    return true;
}

static const struct sctpxi_carrier_kind raw_kind = {.type = SOCK_RAW,
                                                    .protocol = IPPROTO_SCTP,
                                                    .has_ports = false,
                                                    .set_options = set_options,
                                                    .unwrap = unwrap};

int sctpxi_carrier_open_raw(const struct sctpxi_carrier_options *options,
                            struct sctpxi_carrier **ret_carrier)
{
    struct sctpxi_carrier *carrier;
    int error = sctpxi_sockets_new(&raw_kind, &carrier);

    if (error < 0)
        return error;
    error = options->fd_count > 0 ? SCTPX_EINVAL : sctpxi_sockets_bind(carrier, options);
    if (error < 0) {
        sctpxi_carrier_close(carrier);
        return error;
    }
    *ret_carrier = carrier;
    return 0;
}

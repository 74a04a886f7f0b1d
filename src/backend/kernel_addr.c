/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/sctp.h> /* includes too little of what it needs */

#include "backend/kernel_internal.h"

#ifndef SCTP_REMOTE_UDP_ENCAPS_PORT /* Linux 5.11 */
#define SCTP_REMOTE_UDP_ENCAPS_PORT 132
#endif

struct encapsulation {
    sctp_assoc_t assoc_id;
    struct sockaddr_storage address;
    uint16_t port; /* network order */
};

size_t sctpxi_kernel_addr_to(const sctpx_addr *addr, uint16_t port, void *ret_storage)
{
    sctpx_addr with_port = *addr;
    struct sockaddr_storage storage;
    int length;

    with_port.udp_port = port; /* where sctpx_addr_to_sockaddr() takes the port from */
    length = sctpx_addr_to_sockaddr(&with_port, &storage);
    if (length < 0)
        return 0;
    memcpy(ret_storage, &storage, (size_t)length);
    return (size_t)length;
}

int sctpxi_kernel_addr_from(const void *storage, sctpx_addr *ret_addr, uint16_t *ret_port)
{
    struct sockaddr_storage copy = {0};
    sctpx_addr addr;
    sa_family_t family;

    memcpy(&family, storage, sizeof(family));
    memcpy(&copy, storage,
           family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
    if (sctpx_addr_from_sockaddr((struct sockaddr *)&copy, sizeof(copy), &addr) < 0)
        return SCTPX_EINVAL;
    if (ret_port)
        *ret_port = addr.udp_port;
    addr.udp_port = 0;
    /* The kernel tells the interface of some others, too: to us they are the same without. */
    if (!sctpx_addr_is_link_local(&addr))
        addr.scope_id = 0;
    *ret_addr = addr;
    return 0;
}

size_t sctpxi_kernel_addr_pack(const sctpx_addr *addrs, size_t count, uint16_t port,
                               uint8_t ret_packed[SCTPXI_KERNEL_PACKED_BYTES])
{
    size_t used = 0;

    for (size_t i = 0; i < count && i < SCTPX_MAX_LOCALS; i++)
        used += sctpxi_kernel_addr_to(&addrs[i], port, ret_packed + used);
    return used;
}

/* The kernel leaves out what has no room, and then gives an error: there is some for many more. */
size_t sctpxi_kernel_addr_list(int fd, int name, sctpx_addr *ret_addrs, size_t capacity,
                               uint16_t *ret_port)
{
    enum { ROOM = 4096 };
    union {
        struct sctp_getaddrs head;
        uint8_t bytes[ROOM];
    } list = {.head = {.assoc_id = 1}};
    socklen_t length = sizeof(list);
    size_t at = offsetof(struct sctp_getaddrs, addrs), found = 0;

    if (getsockopt(fd, IPPROTO_SCTP, name, &list, &length) < 0)
        return 0;
    for (uint32_t i = 0; i < list.head.addr_num && found < capacity; i++) {
        sa_family_t family;
        size_t size;

        if (ROOM - at < sizeof(struct sockaddr_in6))
            break;
        memcpy(&family, list.bytes + at, sizeof(family));
        size = family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
        if (sctpxi_kernel_addr_from(list.bytes + at, &ret_addrs[found], ret_port) >= 0)
            found++;
        at += size;
    }
    return found;
}

void sctpxi_kernel_addr_set_udp_port(int fd, uint16_t udp_port)
{
    const struct encapsulation encapsulation = {.port = htons(udp_port)};

    if (udp_port != 0)
        (void)sctpxi_kernel_set_sctp(fd, SCTP_REMOTE_UDP_ENCAPS_PORT, &encapsulation,
                                     sizeof(encapsulation));
}

uint16_t sctpxi_kernel_addr_udp_port(int fd, const sctpx_addr *addr, uint16_t port)
{
    struct encapsulation encapsulation = {.port = 0};
    struct sockaddr_storage storage = {0};

    (void)sctpxi_kernel_addr_to(addr, port, &storage);
    encapsulation.address = storage;
    if (sctpxi_kernel_get_sctp(fd, SCTP_REMOTE_UDP_ENCAPS_PORT, &encapsulation,
                               sizeof(encapsulation)) < 0)
        return 0;
    return ntohs(encapsulation.port);
}

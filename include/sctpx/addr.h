/* SPDX-License-Identifier: MIT */
/*
 * Addresses as text, as socket addresses, and compared. An sctpx_addr is a plain value that owns
 * nothing. None of these calls looks up a name. Since 0.1.
 */
#ifndef SCTPX_ADDR_H
#define SCTPX_ADDR_H

#include <sctpx/error.h>
#include <sctpx/types.h>
#include <sctpx/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sockaddr;
struct sockaddr_storage;

/* Enough for every text sctpx_addr_format() writes, with the closing zero. */
#define SCTPX_ADDR_TEXT_BYTES 80

/*
 * Reads a literal address with an optional UDP port: "192.0.2.1", "192.0.2.1:9899", "2001:db8::1",
 * "[2001:db8::1]", "[2001:db8::1]:9899", "fe80::1%eth0", "*" and "*:9899" (no family: both
 * wildcards when binding). IPv4-mapped IPv6 addresses become IPv4 ones. SCTPX_EINVAL for anything
 * else, names included.
 */
SCTPX_API int sctpx_addr_parse(const char *text, sctpx_addr *ret_addr);

/*
 * Writes what sctpx_addr_parse() reads; the port is left out when it is 0. Returns the length
 * without the closing zero. SCTPX_ETRUNC if the buffer is too small (SCTPX_ADDR_TEXT_BYTES always
 * is enough), SCTPX_EINVAL for an unknown family.
 */
SCTPX_API int sctpx_addr_format(const sctpx_addr *addr, char *buffer, size_t capacity);

/* The same family, IP address, zone and UDP port. */
SCTPX_API bool sctpx_addr_equal(const sctpx_addr *a, const sctpx_addr *b);

/* The same family, IP address and zone, whatever the ports. */
SCTPX_API bool sctpx_addr_same_ip(const sctpx_addr *a, const sctpx_addr *b);

/* No family, 0.0.0.0 or [::]. */
SCTPX_API bool sctpx_addr_is_wildcard(const sctpx_addr *addr);

/* 127.0.0.0/8 or ::1. */
SCTPX_API bool sctpx_addr_is_loopback(const sctpx_addr *addr);

/* 169.254.0.0/16 or fe80::/10. */
SCTPX_API bool sctpx_addr_is_link_local(const sctpx_addr *addr);

/*
 * From a sockaddr_in or sockaddr_in6 of this many bytes; its port becomes the UDP port.
 * IPv4-mapped IPv6 addresses become IPv4 ones. SCTPX_EINVAL for other families and short ones.
 */
SCTPX_API int sctpx_addr_from_sockaddr(const struct sockaddr *from, size_t length,
                                       sctpx_addr *ret_addr);

/* Returns the bytes used (sizeof sockaddr_in or sockaddr_in6); SCTPX_EINVAL without family. */
SCTPX_API int sctpx_addr_to_sockaddr(const sctpx_addr *addr, struct sockaddr_storage *ret_to);

#ifdef __cplusplus
}
#endif
#endif

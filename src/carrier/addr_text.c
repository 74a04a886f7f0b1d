/* SPDX-License-Identifier: MIT */
#include <sctpx/addr.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/socket.h>

#define IP_TEXT_BYTES (SCTPX_ADDR_TEXT_BYTES - 8)

/* Decimal digits only, up to max; strtoul alone would take signs and blanks. */
static int parse_number(const char *text, unsigned long max, unsigned long *ret_value)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long value;

    if (digits == 0 || digits > 10 || text[digits] != '\0')
        return SCTPX_EINVAL;
    value = strtoul(text, NULL, 10);
    if (value > max)
        return SCTPX_EINVAL;
    *ret_value = value;
    return 0;
}

/* text is what follows the address: nothing, or ":port". */
static int parse_port(const char *text, uint16_t *ret_port)
{
    unsigned long port = 0;

    if (text[0] != '\0' && (text[0] != ':' || parse_number(text + 1, 65535, &port) < 0))
        return SCTPX_EINVAL;
    *ret_port = (uint16_t)port;
    return 0;
}

/* Interface name or index; the text ends there. */
static int parse_zone(const char *text, uint32_t *ret_scope_id)
{
    unsigned long index = if_nametoindex(text);

    if (index == 0 && (parse_number(text, UINT32_MAX, &index) < 0 || index == 0))
        return SCTPX_EINVAL;
    *ret_scope_id = (uint32_t)index;
    return 0;
}

/* The address part alone, of either family; goes through a sockaddr for the mapped ones. */
static int parse_ip(char *text, sctpx_addr *ret_addr)
{
    struct sockaddr_storage storage;
    sctpx_addr addr = {0};
    char *zone = strchr(text, '%');

    if (zone == NULL && inet_pton(AF_INET, text, addr.ip) == 1) {
        addr.family = SCTPX_IPV4;
        *ret_addr = addr;
        return 0;
    }
    if (zone != NULL) {
        *zone = '\0';
        if (parse_zone(zone + 1, &addr.scope_id) < 0)
            return SCTPX_EINVAL;
    }
    if (inet_pton(AF_INET6, text, addr.ip) != 1)
        return SCTPX_EINVAL;
    addr.family = SCTPX_IPV6;
    return sctpx_addr_from_sockaddr((struct sockaddr *)&storage,
                                    (size_t)sctpx_addr_to_sockaddr(&addr, &storage), ret_addr);
}

/* Copies length bytes so that parse_ip() has them as a string of its own. */
static int parse_ip_part(const char *text, size_t length, sctpx_addr *ret_addr)
{
    char copy[IP_TEXT_BYTES];

    if (length >= sizeof(copy))
        return SCTPX_EINVAL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return parse_ip(copy, ret_addr);
}

int sctpx_addr_parse(const char *text, sctpx_addr *ret_addr)
{
    sctpx_addr addr = {0};
    const char *rest;
    int error = 0;

    if (text == NULL || ret_addr == NULL)
        return SCTPX_EINVAL;
    if (text[0] == '*') {
        rest = text + 1;
    } else if (text[0] == '[') {
        rest = strchr(text, ']');
        if (rest == NULL || memchr(text, ':', (size_t)(rest - text)) == NULL)
            return SCTPX_EINVAL;
        error = parse_ip_part(text + 1, (size_t)(rest - text - 1), &addr);
        rest++;
    } else {
        /* One colon separates the port; several belong to an IPv6 address without one. */
        rest = strchr(text, ':');
        if (rest == NULL || strchr(rest + 1, ':') != NULL)
            rest = text + strlen(text);
        error = parse_ip_part(text, (size_t)(rest - text), &addr);
    }
    if (error < 0 || parse_port(rest, &addr.udp_port) < 0)
        return SCTPX_EINVAL;
    *ret_addr = addr;
    return 0;
}

/* Writes the address without port; false for an unknown family. */
static bool format_ip(const sctpx_addr *addr, char text[IP_TEXT_BYTES])
{
    char zone[IF_NAMESIZE];
    size_t length;

    if (addr->family == SCTPX_NO_FAMILY) {
        memcpy(text, "*", 2);
        return true;
    }
    if (addr->family == SCTPX_IPV4)
        return inet_ntop(AF_INET, addr->ip, text, IP_TEXT_BYTES) != NULL;
    if (addr->family != SCTPX_IPV6 || inet_ntop(AF_INET6, addr->ip, text, IP_TEXT_BYTES) == NULL)
        return false;
    if (addr->scope_id != 0) {
        length = strlen(text);
        if (if_indextoname(addr->scope_id, zone) != NULL)
            snprintf(text + length, IP_TEXT_BYTES - length, "%%%s", zone);
        else
            snprintf(text + length, IP_TEXT_BYTES - length, "%%%u", (unsigned)addr->scope_id);
    }
    return true;
}

int sctpx_addr_format(const sctpx_addr *addr, char *buffer, size_t capacity)
{
    char ip[IP_TEXT_BYTES];
    int length;

    if (!format_ip(addr, ip))
        return SCTPX_EINVAL;
    if (addr->udp_port == 0)
        length = snprintf(buffer, capacity, "%s", ip);
    else if (addr->family == SCTPX_IPV6)
        length = snprintf(buffer, capacity, "[%s]:%u", ip, (unsigned)addr->udp_port);
    else
        length = snprintf(buffer, capacity, "%s:%u", ip, (unsigned)addr->udp_port);
    return length >= 0 && (size_t)length < capacity ? length : SCTPX_ETRUNC;
}

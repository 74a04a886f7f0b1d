/* SPDX-License-Identifier: MIT */
#include "support/netns.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* As in <linux/ipv6.h>, which does not go together with <netinet/in.h>. */
struct in6_request {
    struct in6_addr addr;
    uint32_t prefix_length;
    int index;
};

static bool set_lo_up(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool is_up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0;

    request.ifr_flags |= IFF_UP;
    is_up = is_up && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    close(fd);
    return is_up;
}

static bool add_ipv6(void)
{
    struct in6_request request = {.prefix_length = 128, .index = (int)if_nametoindex("lo")};
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool is_added;

    (void)inet_pton(AF_INET6, NETNS_SECOND_IPV6, &request.addr);
    is_added = fd >= 0 && ioctl(fd, SIOCSIFADDR, &request) == 0;
    close(fd);
    return is_added;
}

/* The kernel takes a new address into use later, and drops packets to it until then. */
static bool wait_for_ipv6(void)
{
    struct sockaddr_in6 addr = {.sin6_family = AF_INET6};
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), tries = 5000;
    bool is_there = false;

    (void)inet_pton(AF_INET6, NETNS_SECOND_IPV6, &addr.sin6_addr);
    while (fd >= 0 && !is_there && tries-- > 0) {
        is_there = bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0;
        if (!is_there)
            (void)poll(NULL, 0, 1);
    }
    close(fd);
    return is_there;
}

bool netns_enter(void)
{
    if (unshare(CLONE_NEWNET) == 0 && set_lo_up() && add_ipv6() && wait_for_ipv6())
        return true;
    printf("no network of our own here: %s\n", strerror(errno));
    return false;
}

bool netns_has_raw(void)
{
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_SCTP);

    if (fd < 0)
        return false;
    close(fd);
    return true;
}

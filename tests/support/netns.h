/* SPDX-License-Identifier: MIT */
/*
 * A network of the test's own, with nothing but a loopback interface: raw sockets see the packets of
 * the whole host, and tests run side by side.
 */
#ifndef TESTS_SUPPORT_NETNS_H
#define TESTS_SUPPORT_NETNS_H

#include <stdbool.h>

/* A second IPv6 address of the loopback there, beside ::1; IPv4 has 127.0.0.0/8. */
#define NETNS_SECOND_IPV6 "fd00::2"

/* Moves the process there. False, with a line that says why, if that is not permitted. */
bool netns_enter(void);

/* Whether this process may open raw IP sockets. */
bool netns_has_raw(void);

#endif

/* SPDX-License-Identifier: MIT */
#include "api/bind_error.h"

#include <stdio.h>

#include <sctpx/addr.h>
#include <sctpx/available.h>
#include <sctpx/error.h>

enum { PRIVILEGED_PORTS = 1024 };

const char *sctpxi_bind_error_spec(const sctpx_addr *addrs, int error)
{
    if (error == SCTPX_ELIMIT)
        return "cannot bind: more than 8 local addresses (SCTPX_MAX_LOCALS)";
    if (!addrs)
        return "cannot bind: a number of addresses, but no addresses";
    return "cannot bind: the addresses name different UDP ports; all must have the same one";
}

/* Protocol 132 instead of a UDP port. */
static void describe_raw(const char *addr, const struct sctpxi_backend_spec *spec, int error,
                         char ret_text[SCTPXI_BIND_ERROR_BYTES])
{
    const char *advice = "";

    if (error == SCTPX_EACCES)
        advice = ": the program needs the capability CAP_NET_RAW "
                 "(run it as root, or: setcap cap_net_raw+ep PROGRAM)";
    else if (error == SCTPX_EADDRNOTAVAIL)
        advice = ": no interface has it";
    (void)snprintf(ret_text, SCTPXI_BIND_ERROR_BYTES,
                   "cannot use raw IP (protocol 132) on %s%s: %s%s", addr,
                   spec->count > 1 ? ", ..." : "", sctpx_strerror(error), advice);
}

/* The kernel's SCTP, which is either not there, or does not take the addresses. */
static void describe_kernel(const char *addr, const struct sctpxi_backend_spec *spec, int error,
                            char ret_text[SCTPXI_BIND_ERROR_BYTES])
{
    char reason[SCTPXI_BIND_ERROR_BYTES / 2];

    if (sctpx_available(SCTPX_WAY_KERNEL, reason, sizeof(reason)) < 0)
        (void)snprintf(ret_text, SCTPXI_BIND_ERROR_BYTES, "cannot use the kernel's SCTP: %s",
                       reason);
    else
        (void)snprintf(ret_text, SCTPXI_BIND_ERROR_BYTES,
                       "cannot use the kernel's SCTP on %s%s: %s%s", addr,
                       spec->count > 1 ? ", ..." : "", sctpx_strerror(error),
                       error == SCTPX_EADDRNOTAVAIL ? ": no interface has it" : "");
}

void sctpxi_bind_error_udp(const struct sctpxi_backend_spec *spec, int error,
                           char ret_text[SCTPXI_BIND_ERROR_BYTES])
{
    char addr[SCTPX_ADDR_TEXT_BYTES] = "all addresses";
    char port[32] = "a free UDP port";
    sctpx_addr first;
    const char *advice = "";

    if (spec->udp_port != 0)
        (void)snprintf(port, sizeof(port), "UDP port %u", (unsigned)spec->udp_port);
    if (spec->count > 0) {
        first = spec->addrs[0];
        first.udp_port = 0;
        (void)sctpx_addr_format(&first, addr, sizeof(addr));
    }
    if (spec->kind == SCTPX_BACKEND_KERNEL) {
        describe_kernel(addr, spec, error, ret_text);
        return;
    }
    if (spec->carrier == SCTPX_CARRIER_RAW_IP) {
        describe_raw(addr, spec, error, ret_text);
        return;
    }
    if (error == SCTPX_EADDRINUSE)
        advice = " by another program: choose another UDP port";
    else if (error == SCTPX_EADDRNOTAVAIL)
        advice = ": no interface has it";
    else if (error == SCTPX_EACCES && spec->udp_port != 0 && spec->udp_port < PRIVILEGED_PORTS)
        advice = ": UDP ports below 1024 need the capability CAP_NET_BIND_SERVICE";
    (void)snprintf(ret_text, SCTPXI_BIND_ERROR_BYTES, "cannot bind %s of %s%s: %s%s", port, addr,
                   spec->count > 1 ? ", ..." : "", sctpx_strerror(error), advice);
}

/* SPDX-License-Identifier: MIT */
/*
 * What this build and this host can do, and how to choose among it: our own engine over UDP or over
 * raw IP, or the kernel's SCTP. Since 0.1.
 */
#ifndef SCTPX_AVAILABLE_H
#define SCTPX_AVAILABLE_H

#include <stddef.h>

#include <sctpx/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What carries the associations of a server or socket (the option `backend` of both). */
enum sctpx_backend {
    SCTPX_BACKEND_ENGINE = 0, /* our own engine, over UDP (RFC 6951) or raw IP: see `carrier` */
    SCTPX_BACKEND_KERNEL,     /* the kernel's SCTP, one-to-one sockets (RFC 6458 4) */
    SCTPX_BACKEND_AUTO        /* the kernel's if this host has it, else the engine. These two are
                                 not on the wire the same unless `carrier` is raw IP */
};

/* What carries the packets of the engine (the option `carrier` of both); nothing to the kernel. */
enum sctpx_carrier {
    SCTPX_CARRIER_UDP = 0, /* RFC 6951; needs no rights */
    SCTPX_CARRIER_RAW_IP   /* IP protocol 132, as SCTP always was; needs CAP_NET_RAW */
};

/* For sctpx_available(). */
enum sctpx_way {
    SCTPX_WAY_UDP = 0, /* the engine over UDP */
    SCTPX_WAY_RAW_IP,  /* the engine over raw IP */
    SCTPX_WAY_KERNEL,  /* the kernel's SCTP */
    SCTPX_WAY_IPV6     /* IPv6, by whichever way */
};

/*
 * 0 if this way can be used here and now, by trying it. Else why not, and the same in words that
 * say what to do, of at most capacity bytes with the NUL (ret_reason may be NULL; "" if it can):
 * SCTPX_ENOTSUP (not compiled in, or the system cannot do it at all), SCTPX_ESYSTEM (the
 * kernel module is missing), SCTPX_EACCES (the right is missing: CAP_NET_RAW), SCTPX_EADDRNOTAVAIL
 * (no IPv6 here), SCTPX_ERESOURCE (no descriptors), SCTPX_EINVAL (no such way).
 */
SCTPX_API int sctpx_available(enum sctpx_way way, char *ret_reason, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/*
 * Errors of sctpx: one list, from which the enum, the names, the texts and the mapping to errno
 * are generated. Every call that can fail returns an int: 0 or more is good, a negative value is
 * one of these. Since 0.1.
 */
#ifndef SCTPX_ERROR_H
#define SCTPX_ERROR_H

#include <sctpx/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * X(name, value, errno name, text)
 *
 * Values never change once released; new ones are added at the end.
 */
#define SCTPX_ERROR_LIST(X)                                                                        \
    X(EINVAL, -1, EINVAL, "invalid argument")                                                      \
    X(ENOMEM, -2, ENOMEM, "out of memory")                                                         \
    X(EWOULDBLOCK, -3, EAGAIN, "nothing to do now, try again after the next event")                \
    X(ESTATE, -4, EINVAL, "not possible in this state")                                            \
    X(EMODE, -5, EPROTOTYPE, "call belongs to the other mode (datagram or byte stream)")           \
    X(ESTREAM, -6, EINVAL, "no such stream in this association")                                   \
    X(EMSGSIZE, -7, EMSGSIZE, "message too long")                                                  \
    X(EEMPTY, -8, EINVAL, "a message must hold at least one byte")                                 \
    X(ELIMIT, -9, ENOBUFS, "a configured limit is reached")                                        \
    X(ETRUNC, -10, EMSGSIZE, "buffer too small for the whole message")                             \
    X(EADDRINUSE, -11, EADDRINUSE, "address or port already in use")                               \
    X(EADDRNOTAVAIL, -12, EADDRNOTAVAIL, "address not available on this host")                     \
    X(EACCES, -13, EACCES, "permission denied")                                                    \
    X(EHOSTNOTFOUND, -14, ENOENT, "host not found")                                                \
    X(EUNREACH, -15, EHOSTUNREACH, "peer unreachable")                                             \
    X(EREFUSED, -16, ECONNREFUSED, "connection refused")                                           \
    X(ETIMEDOUT, -17, ETIMEDOUT, "timed out")                                                      \
    X(EPEERSHUTDOWN, -18, EPIPE, "closed by the peer (shutdown)")                                  \
    X(EPEERABORT, -19, ECONNRESET, "aborted by the peer")                                          \
    X(ELOST, -20, ETIMEDOUT, "association lost: the peer stopped answering")                       \
    X(EPROTO, -21, EPROTO, "protocol violation by the peer")                                       \
    X(ERESTARTED, -22, ECONNRESET, "association restarted by the peer")                            \
    X(ECLOSED, -23, ENOTCONN, "closed locally")                                                    \
    X(EABORTED, -24, ECONNABORTED, "aborted locally")                                              \
    X(ESTALECOOKIE, -25, ETIMEDOUT, "state cookie expired before it came back")                    \
    X(ENOTSUP, -26, EOPNOTSUPP, "not supported here")                                              \
    X(ERESOURCE, -27, ENOBUFS, "out of system resources (descriptors, buffers)")                   \
    X(ESYSTEM, -28, EIO, "system call failed")                                                     \
    X(EFILTERED, -29, ECONNABORTED, "refused by the accept filter")                                \
    X(EBADPACKET, -30, EBADMSG, "malformed packet")                                                \
    X(ENOASSOC, -31, ENOTCONN, "no association for this packet")                                   \
    X(ECANCELED, -32, ECANCELED, "stopped by sctpx_loop_stop()")

#define SCTPX_ERROR_ENUM(name, value, error_number, text) SCTPX_##name = value,
enum sctpx_error { SCTPX_OK = 0, SCTPX_ERROR_LIST(SCTPX_ERROR_ENUM) };
#undef SCTPX_ERROR_ENUM

/* A short English text for an error, never NULL; unknown values give "unknown error". */
SCTPX_API const char *sctpx_strerror(int error);

/* The name of an error, such as "SCTPX_EREFUSED"; never NULL. */
SCTPX_API const char *sctpx_error_name(int error);

/* The errno value closest to an error (ECONNREFUSED for SCTPX_EREFUSED); EIO if unknown. */
SCTPX_API int sctpx_error_to_errno(int error);

#ifdef __cplusplus
}
#endif
#endif

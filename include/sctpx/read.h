/* SPDX-License-Identifier: MIT */
/*
 * Reading bytes and lines, with looking ahead and taking back: what a program that was written for
 * a stream device expects. In byte mode there is one stream of bytes, and `stream` has to be
 * SCTPX_ANY_STREAM or SCTPX_CURRENT_STREAM. In datagram mode these calls see the bytes of one
 * stream, one message after the other, as does SCTPX_ANY_STREAM with all of them in order of
 * arrival; they may be mixed with sctpx_socket_read_datagram(), which gets the rest of a message
 * whose beginning was taken here. Since 0.1.
 *
 * SCTPX_ANY_STREAM and a single stream are two views of the same bytes. While one of them has a
 * transaction or bytes put back, the other one cannot be read.
 *
 * Nothing is copied to look ahead: what is not taken stays in the read buffer and counts against
 * its size. Lines and transactions can be as long as that, no longer.
 *
 * Errors of all of them: SCTPX_EINVAL (a stream that is none), SCTPX_ESTREAM (none that the
 * association has; while it is not up any may be), SCTPX_ESTATE (never connected, or closed; the
 * other view has a transaction), SCTPX_EMODE (the other view has bytes put back). Where nothing is
 * there: SCTPX_EWOULDBLOCK, or, when nothing can come any more, the reason as with
 * sctpx_socket_read_datagram(). What a close discards and a new connect begins anew, bytes put
 * back and transactions go with.
 */
#ifndef SCTPX_READ_H
#define SCTPX_READ_H

#include <sctpx/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- bytes -------------------------------------------------------------------------------- */

/* Takes up to capacity bytes of a stream, across messages, and returns how many. */
SCTPX_API long sctpx_socket_read_bytes(sctpx_socket *socket, int stream, void *buffer,
                                       size_t capacity);

/* Copies what sctpx_socket_read_bytes() would return next, and takes nothing. */
SCTPX_API long sctpx_socket_peek_bytes(const sctpx_socket *socket, int stream, void *buffer,
                                       size_t capacity);

/* Takes up to length bytes and drops them; returns how many there were. */
SCTPX_API long sctpx_socket_skip(sctpx_socket *socket, int stream, size_t length);

/*
 * Puts bytes back (or others in their place): they are read next, the last ones put back first of
 * all. on_readable is not called for them. At most 64 KiB in all streams: SCTPX_ELIMIT. While there
 * are some on a stream its messages cannot be read as such (SCTPX_EMODE). SCTPX_ESTATE in a
 * transaction: roll back instead. Also SCTPX_ENOMEM.
 */
SCTPX_API int sctpx_socket_unread(sctpx_socket *socket, int stream, const void *data,
                                  size_t length);

/* ---- lines -------------------------------------------------------------------------------- */

/*
 * Takes a line with its '\n', at most capacity - 1 bytes of it, and ends it with a NUL; returns its
 * length without the NUL. A part of a line comes only when the buffer is too short for more, or
 * when nothing more can come: after the end, and while the read buffer is full; else
 * SCTPX_EWOULDBLOCK until the line is whole. SCTPX_EINVAL (capacity below 2).
 */
SCTPX_API long sctpx_socket_read_line(sctpx_socket *socket, int stream, char *buffer,
                                      size_t capacity);

/* Whether a whole line is there, with its '\n'; reading may give a part of one all the same. Never
   of a stream that sctpx_socket_read_line() refuses, such as 0 in byte mode. */
SCTPX_API bool sctpx_socket_can_read_line(const sctpx_socket *socket, int stream);

/*
 * Runs the loop until there is a line: 0 when sctpx_socket_read_line() with room for it gives one,
 * or a part of one because nothing more can come. Otherwise as the waits of <sctpx/socket.h>, and
 * as sctpx_socket_read_line(); at the end, when nothing is left, with its reason. The stream is
 * looked at as it is then: a callback that takes the line makes the wait go on.
 */
SCTPX_API int sctpx_socket_wait_for_line(sctpx_socket *socket, int stream, int timeout_ms);

/*
 * The same for records of any other form: until more bytes can be read than when it was called,
 * for who has looked at what is there and needs the rest of it. Also SCTPX_ELIMIT (the read buffer
 * is full: nothing more can come before something is read).
 */
SCTPX_API int sctpx_socket_wait_for_more(sctpx_socket *socket, int stream, int timeout_ms);

/* ---- transactions ------------------------------------------------------------------------- */

/*
 * From start on what is read of the stream with the calls of this header stays, until commit
 * takes it or rollback makes it readable again. One at a time on each stream; messages of it
 * cannot be read as such meanwhile (SCTPX_ESTATE). The end of the association leaves it as it is.
 * start: SCTPX_ESTATE (there is one), SCTPX_ENOMEM; the others: SCTPX_ESTATE (there is none).
 */
SCTPX_API int sctpx_socket_start_transaction(sctpx_socket *socket, int stream);
SCTPX_API int sctpx_socket_commit_transaction(sctpx_socket *socket, int stream);
SCTPX_API int sctpx_socket_rollback_transaction(sctpx_socket *socket, int stream);
SCTPX_API bool sctpx_socket_is_transaction_started(const sctpx_socket *socket, int stream);

/* ---- current streams ---------------------------------------------------------------------- */

/*
 * What SCTPX_CURRENT_STREAM means in calls that read, and where a write without sctpx_sndinfo goes.
 * 0 at first; they outlive associations, and mean nothing in byte mode. SCTPX_EINVAL (not 0..65534;
 * for reading SCTPX_ANY_STREAM is allowed too), SCTPX_ESTREAM (connected, and not a stream of the
 * association).
 */
SCTPX_API int sctpx_socket_set_current_read_stream(sctpx_socket *socket, int stream);
SCTPX_API int sctpx_socket_current_read_stream(const sctpx_socket *socket);
SCTPX_API int sctpx_socket_set_current_write_stream(sctpx_socket *socket, int stream);
SCTPX_API int sctpx_socket_current_write_stream(const sctpx_socket *socket);

/* ---- answering ---------------------------------------------------------------------------- */

/* How to answer a message: on the same stream, with the same PPID, ordered if that was. */
SCTPX_API void sctpx_sndinfo_reply(const sctpx_rcvinfo *received, sctpx_sndinfo *ret_info);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: MIT */
/*
 * Reading as bytes: what the calls of <sctpx/read.h> share. The bytes stay in the backend, which
 * shows them across messages from any offset on; a transaction is how far it has read, and a line
 * is looked for in place. Only bytes that were put back have memory here. Owns that.
 *
 * SCTPX_ANY_STREAM and a single stream are two views of the same bytes. While one of them has bytes
 * put back or a transaction the other one cannot be read: sctpxi_read_check().
 */
#ifndef SCTPXI_API_READ_H
#define SCTPXI_API_READ_H

#include <sys/queue.h>

#include <sctpx/socket.h>

/* How many half-received lines are remembered; more of them at once are searched anew. */
enum { SCTPXI_READ_LINES = 4 };

/* What a stream (or SCTPX_ANY_STREAM) holds besides what is in the backend. */
struct sctpxi_read_hold {
    SLIST_ENTRY(sctpxi_read_hold) link;
    int stream;
    uint8_t *unread; /* owned; the bytes are at the end of it */
    size_t unread_bytes, unread_capacity;
    bool in_transaction;
    size_t passed_bytes; /* read in it, and not taken */
};

/* So many bytes of a stream, from where it is read, are known to hold no '\n'. */
struct sctpxi_read_line {
    int stream;
    size_t scanned_bytes; /* 0: nothing is remembered */
};

struct sctpxi_reading {
    SLIST_HEAD(, sctpxi_read_hold) holds; /* few: the user makes them */
    struct sctpxi_read_line line_store[SCTPXI_READ_LINES];
    struct sctpxi_read_line *lines; /* line_store, for calls on a const socket that look ahead */
    int current_read_stream;        /* SCTPX_ANY_STREAM, or of datagram mode */
    uint16_t current_write_stream;
};

/* ---- read_view.c: what all of them stand on ------------------------------------------------ */

void sctpxi_read_init(sctpx_socket *socket);

/* Forgets what was put back, transactions and lines. The current streams stay. */
void sctpxi_read_drop(sctpx_socket *socket);

/* The stream that is meant: SCTPX_CURRENT_STREAM and what it stands for. SCTPX_EINVAL. */
int sctpxi_read_resolve(const sctpx_socket *socket, int stream, int *ret_stream);

/*
 * The same, and whether it can be read as bytes now: SCTPX_EINVAL (also a single stream in byte
 * mode), SCTPX_ESTATE, SCTPX_EMODE, or why it ended.
 */
int sctpxi_read_check(const sctpx_socket *socket, int stream, int *ret_stream);

/*
 * Whether the association has it. Only asked where nothing is there to be read, since after a
 * restart it may have fewer than what was received before. True while that is not known.
 */
bool sctpxi_read_has_stream(const sctpx_socket *socket, int stream);

/* sctpxi_read_check() for what does not read yet: also SCTPX_ESTREAM. */
int sctpxi_read_check_begin(const sctpx_socket *socket, int stream, int *ret_stream);

/* Whether messages of it can be read as such: SCTPX_ESTATE (transaction), SCTPX_EMODE. */
int sctpxi_read_check_message(const sctpx_socket *socket, int stream);

/* NULL: none. */
struct sctpxi_read_hold *sctpxi_read_hold_of(const sctpx_socket *socket, int stream);

/* The one there is, or a new one. SCTPX_ENOMEM. Trim frees it if it holds nothing. */
int sctpxi_read_hold_get(sctpx_socket *socket, int stream, struct sctpxi_read_hold **ret_hold);
void sctpxi_read_hold_trim(sctpx_socket *socket, struct sctpxi_read_hold *hold);

/* Bytes that can be read; SCTPX_ANY_STREAM: of all. */
size_t sctpxi_read_available(const sctpx_socket *socket, int stream);

/* Copies from offset after the place of reading on; returns how many. */
size_t sctpxi_read_look(const sctpx_socket *socket, int stream, size_t offset, void *buffer,
                        size_t capacity);

/* Reads on: copies (buffer NULL: drops) up to length bytes and returns how many there were. */
size_t sctpxi_read_take(sctpx_socket *socket, int stream, void *buffer, size_t length);

/* ---- current_stream.c ---------------------------------------------------------------------- */

/* What SCTPX_CURRENT_STREAM means where written bytes are counted. */
int sctpxi_current_write_stream(const sctpx_socket *socket);

/* ---- read_line.c --------------------------------------------------------------------------- */

/*
 * 0: sctpx_socket_read_line() with room for it gives a line, or what is there in place of one;
 * SCTPX_EWOULDBLOCK; else what it returns.
 */
int sctpxi_read_line_look(const sctpx_socket *socket, int stream);

/*
 * The peer is told a window of 0, or soon will be: no more can come before something is read, such
 * as the rest of a line.
 */
bool sctpxi_read_is_full(const sctpx_socket *socket);

/* A stream was read on by some bytes. */
void sctpxi_read_line_passed(sctpx_socket *socket, int stream, size_t bytes);

/* What is read next on a stream is another byte than before. */
void sctpxi_read_line_forget(sctpx_socket *socket, int stream);

#endif

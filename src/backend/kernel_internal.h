/* SPDX-License-Identifier: MIT */
/*
 * The inside of the backend over the kernel's SCTP, shared by the files kernel*.c: one-to-one
 * sockets (RFC 6458 4), one per association and one per listening port, in plain system calls with
 * the constants of <linux/sctp.h>.
 *
 *   kernel.c          the table, references, what the loop takes down
 *   kernel_socket.c   making and binding sockets, what they must be and have, errno
 *   kernel_options.c  options of associations, to the kernel and back
 *   kernel_addr.c     addresses as the kernel packs them
 *   kernel_listen.c   listening and accepting
 *   kernel_connect.c  connecting
 *   kernel_adopt.c    descriptors of somebody else, and giving ours away
 *   kernel_move.c     from one loop to another
 *   kernel_conn.c     an association's life: shutdown, abort, the end, free
 *   kernel_receive.c  reading the descriptor
 *   kernel_notify.c   what the kernel reports beside data
 *   kernel_send.c     writing it, and finding out what is acknowledged
 *   kernel_event.c    from marks to events of the sink
 *   kernel_status.c   figures and paths
 *   kernel_inbox*.c, kernel_outbox.c   the queues, without system calls
 *
 * What happens is put down as a mark and told by kernel_event.c from the loop, like the engine's
 * events (engine/event.h) and in their order. Only the sink's callbacks may free connections;
 * nobody else does behind the back of a running function.
 */
#ifndef SCTPXI_BACKEND_KERNEL_INTERNAL_H
#define SCTPXI_BACKEND_KERNEL_INTERNAL_H

#include <sys/queue.h>

#include <sctpx/addr.h>

#include "backend/backend.h"
#include "backend/kernel_inbox.h"
#include "backend/kernel_outbox.h"
#include "loop/loop.h"

/* How a reason in an ABORT is kept, as in the engine. */
enum { SCTPXI_KERNEL_REASON_BYTES = 256 };

/* What has to be told; their numbers are the order. */
enum sctpxi_kernel_mark {
    SCTPXI_KERNEL_UP = 1u << 0,
    SCTPXI_KERNEL_RESTARTED = 1u << 1,
    SCTPXI_KERNEL_PATHS = 1u << 2,
    SCTPXI_KERNEL_REMOTE_ERROR = 1u << 3,
    SCTPXI_KERNEL_READABLE = 1u << 4,
    SCTPXI_KERNEL_SENT = 1u << 5,
    SCTPXI_KERNEL_WRITABLE = 1u << 6,
    SCTPXI_KERNEL_DRY = 1u << 7,
    SCTPXI_KERNEL_PEER_SHUTDOWN = 1u << 8,
    SCTPXI_KERNEL_CLOSED = 1u << 9
};

/* The same of one path. */
enum sctpxi_kernel_path_mark {
    SCTPXI_KERNEL_PATH_CONFIRMED = 1u << 0,
    SCTPXI_KERNEL_PATH_DOWN = 1u << 1,
    SCTPXI_KERNEL_PATH_UP = 1u << 2,
    SCTPXI_KERNEL_PATH_PRIMARY = 1u << 3,
    SCTPXI_KERNEL_PATH_HEARTBEAT = 1u << 4
};

/* How an association is over, as the kernel reports it. */
enum sctpxi_kernel_over {
    SCTPXI_KERNEL_NOT_OVER = 0,
    SCTPXI_KERNEL_NEVER_UP,
    SCTPXI_KERNEL_LOST,
    SCTPXI_KERNEL_COMPLETE /* shutdown */
};

struct sctpxi_kernel_path {
    sctpx_addr remote; /* udp_port: of the encapsulation, 0 = none */
    unsigned marks;
};

struct sctpxi_kernel_listener {
    LIST_ENTRY(sctpxi_kernel_listener) link;
    struct sctpxi_kernel *kernel;
    struct sctpxi_loop_watch watch;
    struct sctpxi_loop_timer timer; /* after a failure for want of something */
    sctpx_assoc_options options;
    void *owner;
    sctpx_time pause_us; /* how long the last one was */
    uint16_t port;
    int fd;
};

/* struct sctpxi_conn of the seam is one of these. */
struct sctpxi_kernel_conn {
    LIST_ENTRY(sctpxi_kernel_conn) link;
    struct sctpxi_kernel *kernel;
    void *owner;
    struct sctpxi_loop_watch watch;
    struct sctpxi_loop_timer timer; /* looks after what the kernel does not report */
    struct sctpxi_loop_defer defer; /* tells marks */
    sctpx_time wait_us;             /* how long the timer waits now */
    struct sctpxi_kernel_inbox inbox;
    struct sctpxi_kernel_outbox outbox;
    sctpx_assoc_options options;
    int fd; /* -1: closed or given away */

    enum sctpx_assoc_state state;
    int error; /* why it ended */
    uint16_t local_port, remote_port, in_streams, out_streams;
    struct sctpxi_kernel_path paths[SCTPX_MAX_PATHS];
    size_t path_count, primary;
    sctpx_assoc_status figures; /* the kernel's, as of the last look */

    unsigned marks;
    unsigned depth;   /* functions that go on to touch it: its memory stays */
    bool is_freed;    /* by its owner */
    bool is_accepted; /* it was up before it had an owner: UP is no news */
    bool is_writable_wanted;
    bool is_shutdown_wanted; /* as soon as the kernel has taken everything */
    bool is_shut;            /* shutdown(2) was called */
    bool has_peer_shutdown;
    bool has_end_of_file; /* reading gives nothing any more, and the descriptor stays readable */
    bool is_failing;      /* the kernel has an error: read all there is, whatever the limit */
    bool is_skipping;     /* the rest of a notification that was longer than the buffer */
    bool was_dry;         /* told since the last write */
    bool is_waiting;      /* polling says that there is room, and sending that there is not */
    bool is_stuck;        /* the kernel refuses data for good; the end will be reported */
    enum sctpxi_kernel_over over; /* reported; what else there is to read comes first */

    uint16_t abort_cause, remote_error;
    size_t reason_length;
    uint8_t reason[SCTPXI_KERNEL_REASON_BYTES];

    sctpx_time heartbeat_at; /* when one was asked for; 0 = none is under way */
    size_t heartbeat_path;
    uint64_t heartbeat_chunks; /* control chunks received until then */
    sctpx_time heartbeat_rtt_us;
};

/* One per server or socket. */
struct sctpxi_kernel {
    struct sctpxi_backend backend;    /* first */
    struct sctpxi_loop_client client; /* the loop takes us down if it goes first */
    sctpx_loop *loop;                 /* NULL: on none */
    const struct sctpxi_backend_sink *sink;
    unsigned refs;
    unsigned depth; /* of the sink: not to be freed before that is 0 */
    sctpx_addr addrs[SCTPX_MAX_LOCALS];
    size_t addr_count; /* 0 = all of the host */
    bool has_ipv6;
    int spare_fd; /* adopted, for the next connect; -1: none */
    LIST_HEAD(, sctpxi_kernel_listener) listeners;
    LIST_HEAD(, sctpxi_kernel_conn) conns;
    uint8_t *buffer; /* one message or piece of it, for receiving */
};

/* The largest piece that is read at once. */
#define SCTPXI_KERNEL_BUFFER_BYTES 65536u

/* ---- kernel.c ------------------------------------------------------------------------------ */

/* Frees a backend without references whose sink has returned; harmless for any other one. */
void sctpxi_kernel_reap(struct sctpxi_kernel *kernel);

/* One like it that is on no loop and has no connections, with one reference. NULL: no memory. */
struct sctpxi_kernel *sctpxi_kernel_copy(const struct sctpxi_kernel *kernel);

/* Puts such a one on a loop. */
void sctpxi_kernel_join(struct sctpxi_kernel *kernel, sctpx_loop *loop);

/* ---- kernel_socket.c ------------------------------------------------------------------------ */

/* What an errno value of a system call is to us. */
int sctpxi_kernel_error(int error_number);

/* A new non-blocking socket for addresses of this family, SCTPX_NO_FAMILY: of both. Errors. */
int sctpxi_kernel_socket_new(enum sctpx_family family, int *ret_fd);

/* The family that a socket needs for these addresses; none are all of the host. */
enum sctpx_family sctpxi_kernel_socket_family(const sctpx_addr *addrs, size_t count);

/* Binds to all addresses of the backend, those of the host if it has none, and a port. */
int sctpxi_kernel_socket_bind(const struct sctpxi_kernel *kernel, int fd, enum sctpx_family family,
                              uint16_t port);

/* The SCTP port that a socket is bound to; 0: none, or it has ended. */
uint16_t sctpxi_kernel_socket_port(int fd);

/* Closes a socket and aborts what it has. */
void sctpxi_kernel_socket_close_hard(int fd);

/* Asks for stream numbers with data, and for reports; those that are asked for already stay. */
int sctpxi_kernel_socket_subscribe(int fd);

/* SCTPX_EINVAL unless it is a one-to-one SCTP socket that listens, or does not. */
int sctpxi_kernel_socket_check(int fd, bool is_listening);
int sctpxi_kernel_socket_unblock(int fd);

/* setsockopt() with our errors; sctp: of level IPPROTO_SCTP. */
int sctpxi_kernel_set(int fd, int level, int name, int value);
int sctpxi_kernel_set_sctp(int fd, int name, const void *value, size_t size);

/* getsockopt() of level IPPROTO_SCTP; the value is filled with size bytes, or SCTPX_ESYSTEM. */
int sctpxi_kernel_get_sctp(int fd, int name, void *ret_value, size_t size);

/* ---- kernel_options.c ----------------------------------------------------------------------- */

/* Those that can only be given before there is an association. */
int sctpxi_kernel_options_init(int fd, const sctpx_assoc_options *options);

/* All others. */
int sctpxi_kernel_options_apply(int fd, const sctpx_assoc_options *options);

/* The inbox's part of them. */
void sctpxi_kernel_options_limit(struct sctpxi_kernel_inbox *inbox,
                                 const sctpx_assoc_options *options);

/* What the kernel uses, as far as it tells; the other members stay. */
void sctpxi_kernel_options_read(int fd, sctpx_assoc_options *options);

/* Lets a message of so many bytes through, which the kernel takes whole or not at all. EMSGSIZE. */
int sctpxi_kernel_options_fit(int fd, size_t length);

int sctpxi_kernel_get_path_options(const struct sctpxi_backend *backend,
                                   const struct sctpxi_conn *conn, size_t path,
                                   sctpx_path_options *ret_options);
int sctpxi_kernel_set_path_options(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                                   size_t path, const sctpx_path_options *options);
void sctpxi_kernel_get_options(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                               sctpx_assoc_options *ret_options);
int sctpxi_kernel_set_options(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                              const sctpx_assoc_options *options);

/* ---- kernel_addr.c -------------------------------------------------------------------------- */

/* With an SCTP port. Returns the length. */
size_t sctpxi_kernel_addr_to(const sctpx_addr *addr, uint16_t port, void *ret_storage);

/* Without UDP port; ret_port (may be NULL) is the SCTP port. SCTPX_EINVAL. */
int sctpxi_kernel_addr_from(const void *storage, sctpx_addr *ret_addr, uint16_t *ret_port);

/* One after the other, as bindx and connectx want them. Returns the length. */
enum { SCTPXI_KERNEL_PACKED_BYTES = 28 * SCTPX_MAX_LOCALS };
size_t sctpxi_kernel_addr_pack(const sctpx_addr *addrs, size_t count, uint16_t port,
                               uint8_t ret_packed[SCTPXI_KERNEL_PACKED_BYTES]);

/* Addresses of an association or socket: name is SCTP_GET_PEER_ADDRS or SCTP_GET_LOCAL_ADDRS. */
size_t sctpxi_kernel_addr_list(int fd, int name, sctpx_addr *ret_addrs, size_t capacity,
                               uint16_t *ret_port);

/*
 * The UDP port that a peer is behind, if the kernel encapsulates at all (net.sctp.udp_port): of the
 * next connect; of an address and SCTP port of an association, 0 = none.
 */
void sctpxi_kernel_addr_set_udp_port(int fd, uint16_t udp_port);
uint16_t sctpxi_kernel_addr_udp_port(int fd, const sctpx_addr *addr, uint16_t port);

/* ---- kernel_listen.c ------------------------------------------------------------------------ */

int sctpxi_kernel_listen(struct sctpxi_backend *backend, uint16_t port,
                         const sctpx_assoc_options *options, uint32_t backlog, void *owner);
int sctpxi_kernel_adopt_listener(struct sctpxi_backend *backend, int fd,
                                 const sctpx_assoc_options *options, void *owner);
void sctpxi_kernel_unlisten(struct sctpxi_backend *backend, uint16_t port);
uint32_t sctpxi_kernel_waiting(const struct sctpxi_backend *backend, uint16_t port);
int sctpxi_kernel_accept(struct sctpxi_backend *backend, uint16_t port,
                         struct sctpxi_conn **ret_conn);
int sctpxi_kernel_listener_descriptor(const struct sctpxi_backend *backend, uint16_t port);
void sctpxi_kernel_listener_free(struct sctpxi_kernel_listener *listener);

/* ---- kernel_connect.c, kernel_adopt.c ------------------------------------------------------- */

int sctpxi_kernel_connect(struct sctpxi_backend *backend, const sctpx_addr *remotes, size_t n,
                          uint16_t remote_port, uint16_t local_port,
                          const sctpx_assoc_options *options, void *owner,
                          struct sctpxi_conn **ret_conn);
int sctpxi_kernel_adopt(struct sctpxi_backend *backend, int fd, void *owner,
                        struct sctpxi_conn **ret_conn);
int sctpxi_kernel_descriptor(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn);
int sctpxi_kernel_release_descriptor(struct sctpxi_backend *backend, struct sctpxi_conn *conn);

/* ---- kernel_move.c -------------------------------------------------------------------------- */

int sctpxi_kernel_detach(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                         struct sctpxi_backend **ret_backend, struct sctpxi_conn **ret_conn);
int sctpxi_kernel_attach(struct sctpxi_backend *backend, struct sctpxi_conn *conn, sctpx_loop *loop,
                         void *owner);

/* ---- kernel_conn.c -------------------------------------------------------------------------- */

static inline struct sctpxi_kernel *sctpxi_kernel_of(struct sctpxi_backend *backend)
{
    return (struct sctpxi_kernel *)(void *)backend;
}

static inline const struct sctpxi_kernel *
sctpxi_kernel_of_const(const struct sctpxi_backend *backend)
{
    return (const struct sctpxi_kernel *)(const void *)backend;
}

static inline struct sctpxi_kernel_conn *sctpxi_kernel_conn_of(struct sctpxi_conn *conn)
{
    return (struct sctpxi_kernel_conn *)(void *)conn;
}

static inline const struct sctpxi_kernel_conn *
sctpxi_kernel_conn_of_const(const struct sctpxi_conn *conn)
{
    return (const struct sctpxi_kernel_conn *)(const void *)conn;
}

/* A connection on a descriptor, which it owns on success; watched for reading. */
int sctpxi_kernel_conn_new(struct sctpxi_kernel *kernel, int fd, const sctpx_assoc_options *options,
                           struct sctpxi_kernel_conn **ret_conn);

/* Puts it on a loop: the timer, and the descriptor if there is one. ENOMEM, ERESOURCE. */
int sctpxi_kernel_conn_join(struct sctpxi_kernel_conn *conn, sctpx_loop *loop);

/* Sets what to watch the descriptor for. */
void sctpxi_kernel_conn_watch(struct sctpxi_kernel_conn *conn);

/* Has it told that this happened. */
void sctpxi_kernel_conn_mark(struct sctpxi_kernel_conn *conn, enum sctpxi_kernel_mark mark);

/* It is over: closes the descriptor. */
void sctpxi_kernel_conn_end(struct sctpxi_kernel_conn *conn, int error);

/* It has to be over: ends it with an ABORT. */
void sctpxi_kernel_conn_abort(struct sctpxi_kernel_conn *conn, int error);

/* The set-up is done, so far as reading tells. */
void sctpxi_kernel_conn_up(struct sctpxi_kernel_conn *conn);

/* Wakes the timer soon, or in the next turn: there is something to look after. */
void sctpxi_kernel_conn_poll_soon(struct sctpxi_kernel_conn *conn);
void sctpxi_kernel_conn_poll_now(struct sctpxi_kernel_conn *conn);

/* Brackets around what goes on after a call of the sink. leave returns false if it is gone. */
void sctpxi_kernel_conn_enter(struct sctpxi_kernel_conn *conn);
bool sctpxi_kernel_conn_leave(struct sctpxi_kernel_conn *conn);

/* Frees it without a word; the descriptor as it is. */
void sctpxi_kernel_conn_destroy(struct sctpxi_kernel_conn *conn);

void sctpxi_kernel_set_owner(struct sctpxi_backend *backend, struct sctpxi_conn *conn, void *owner);
void sctpxi_kernel_free(struct sctpxi_backend *backend, struct sctpxi_conn *conn);
int sctpxi_kernel_shutdown(struct sctpxi_backend *backend, struct sctpxi_conn *conn);
int sctpxi_kernel_abort(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                        const void *reason, size_t length);

/* ---- kernel_receive.c, kernel_notify.c ------------------------------------------------------ */

/*
 * Reads the descriptor until it is empty or the inbox is full. True: there may be more, but others
 * should have their turn first.
 */
bool sctpxi_kernel_receive_all(struct sctpxi_kernel_conn *conn);

/* Takes what recvmsg() gave as MSG_NOTIFICATION; any length. */
void sctpxi_kernel_notify(struct sctpxi_kernel_conn *conn, const uint8_t *bytes, size_t length);

/* Nothing is left to read of an association that is over; the descriptor's error, or 0. */
void sctpxi_kernel_notify_end(struct sctpxi_kernel_conn *conn, int error_number);

long sctpxi_kernel_receive(struct sctpxi_backend *backend, struct sctpxi_conn *conn, int stream,
                           void *buffer, size_t capacity, sctpx_rcvinfo *ret_info);
long sctpxi_kernel_peek(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                        int stream, void *buffer, size_t capacity, sctpx_rcvinfo *ret_info);
long sctpxi_kernel_read_bytes(struct sctpxi_backend *backend, struct sctpxi_conn *conn, int stream,
                              void *buffer, size_t capacity);
long sctpxi_kernel_peek_bytes(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                              int stream, size_t offset, void *buffer, size_t capacity);
size_t sctpxi_kernel_readable_bytes(const struct sctpxi_backend *backend,
                                    const struct sctpxi_conn *conn, int stream);
int sctpxi_kernel_next_readable(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                                bool is_first);

/* ---- kernel_send.c -------------------------------------------------------------------------- */

/* Hands to the kernel what it takes; then shuts down if that was asked for. */
void sctpxi_kernel_send_all(struct sctpxi_kernel_conn *conn);

/* Finds out what has been acknowledged. */
void sctpxi_kernel_send_progress(struct sctpxi_kernel_conn *conn);

/* The kernel has told that everything is acknowledged. */
void sctpxi_kernel_send_on_dry(struct sctpxi_kernel_conn *conn);

/* What was written has failed: there is room. */
void sctpxi_kernel_send_on_restart(struct sctpxi_kernel_conn *conn);

/* All that the kernel has taken is, without doubt: the association has ended gracefully. */
void sctpxi_kernel_send_on_end(struct sctpxi_kernel_conn *conn);

int sctpxi_kernel_send(struct sctpxi_backend *backend, struct sctpxi_conn *conn, const void *data,
                       size_t length, const sctpx_sndinfo *info);
size_t sctpxi_kernel_unacked_bytes(const struct sctpxi_backend *backend,
                                   const struct sctpxi_conn *conn, int stream);
int sctpxi_kernel_next_report(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                              sctpx_message_report *ret_report);
int sctpxi_kernel_next_failed(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                              sctpx_failed_message *ret_message);
void sctpxi_kernel_flush(struct sctpxi_backend *backend);

/* ---- kernel_event.c ------------------------------------------------------------------------- */

/* The deferred function: tells all marks. */
void sctpxi_kernel_event_tell(void *conn);

/* ---- kernel_status.c ------------------------------------------------------------------------ */

/* Looks at the kernel's figures and paths while the association is there. */
void sctpxi_kernel_status_refresh(struct sctpxi_kernel_conn *conn);
void sctpxi_kernel_status_refresh_paths(struct sctpxi_kernel_conn *conn);

/* The number of a path, or -1. */
int sctpxi_kernel_status_find_path(const struct sctpxi_kernel_conn *conn, const void *storage);

void sctpxi_kernel_status(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                          sctpx_assoc_status *ret_status);
int sctpxi_kernel_path(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                       size_t path, sctpx_path_status *ret_status);
int sctpxi_kernel_stream(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                         uint16_t stream, sctpx_stream_status *ret_status);
int sctpxi_kernel_set_primary(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                              size_t path);
int sctpxi_kernel_heartbeat(struct sctpxi_backend *backend, struct sctpxi_conn *conn, size_t path);

/* Has the answer to a heartbeat come? Marks it if so. */
void sctpxi_kernel_status_look_for_heartbeat(struct sctpxi_kernel_conn *conn);

#endif

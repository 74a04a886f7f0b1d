/* SPDX-License-Identifier: MIT */
/*
 * The message seam: what servers and sockets need of whatever carries associations. One table of
 * operations per kind of backend; backend_engine.c fills it with our own engine on a driver. A
 * backend over the kernel's SCTP can be another one: messages, not packets, cross this line.
 *
 * A backend is bound to local addresses, lives on one loop, whose thread alone may use it, and is
 * reference-counted; servers and sockets share it. A connection can be detached from it and go to
 * another loop, in a backend of its own. Connections are handles of the backend's own making:
 * struct sctpxi_conn is never defined. Operations never call back; events come from the loop,
 * through the sink. The last release may come from inside an event.
 *
 * Operations return what the engine verb of the same name does (<sctpx/engine.h>); time is the
 * backend's own affair.
 */
#ifndef SCTPXI_BACKEND_BACKEND_H
#define SCTPXI_BACKEND_BACKEND_H

#include <sctpx/available.h>
#include <sctpx/engine.h>
#include <sctpx/loop.h>

struct sctpxi_backend;
struct sctpxi_conn;

struct sctpxi_backend_spec {
    const sctpx_addr *addrs;                /* local ones; their udp_port is ignored */
    size_t count;                           /* 0 = all of the host */
    uint16_t udp_port;                      /* 0 = a free one */
    bool is_exclusive;                      /* not to be shared with others */
    bool no_segmentation;                   /* a system call for each packet */
    enum sctpx_backend kind;                /* which backend */
    enum sctpx_carrier carrier;             /* of the engine */
    const int *fds;                         /* bound UDP sockets to use instead of binding */
    size_t fd_count;                        /* 0 = none. They are copied: the caller closes his */
    const sctpx_endpoint_options *endpoint; /* for a new one; NULL = the defaults; copied */
};

/* Who hears of events; the same for all users of a backend. */
struct sctpxi_backend_sink {
    /* An association can be accepted; owner as given to listen. */
    void (*on_incoming)(void *owner);
    /* An event of a connection (none is reported before it is accepted); owner is its own. */
    void (*on_event)(void *owner, const sctpx_event *event);
};

struct sctpxi_backend_table {
    void (*acquire)(struct sctpxi_backend *backend);
    void (*release)(struct sctpxi_backend *backend);

    /* Bound addresses, each with the UDP port: fills in at most capacity, returns the number. */
    size_t (*locals)(const struct sctpxi_backend *backend, sctpx_addr *ret_addrs, size_t capacity);
    uint16_t (*udp_port)(const struct sctpxi_backend *backend);
    void (*stats)(const struct sctpxi_backend *backend, sctpx_endpoint_stats *ret_stats);

    /* Returns the port. Unlisten aborts what waits; after it owner hears no more. */
    int (*listen)(struct sctpxi_backend *backend, uint16_t port, const sctpx_assoc_options *options,
                  uint32_t backlog, void *owner);
    void (*unlisten)(struct sctpxi_backend *backend, uint16_t port);
    uint32_t (*waiting)(const struct sctpxi_backend *backend, uint16_t port);
    int (*accept)(struct sctpxi_backend *backend, uint16_t port, struct sctpxi_conn **ret_conn);
    int (*connect)(struct sctpxi_backend *backend, const sctpx_addr *remotes, size_t n,
                   uint16_t remote_port, uint16_t local_port, const sctpx_assoc_options *options,
                   void *owner, struct sctpxi_conn **ret_conn);

    /* Connections. free aborts one that has not ended; no event of it comes after that. */
    void (*set_owner)(struct sctpxi_backend *backend, struct sctpxi_conn *conn, void *owner);
    void (*free)(struct sctpxi_backend *backend, struct sctpxi_conn *conn);
    int (*shutdown)(struct sctpxi_backend *backend, struct sctpxi_conn *conn);
    int (*abort)(struct sctpxi_backend *backend, struct sctpxi_conn *conn, const void *reason,
                 size_t length);

    int (*send)(struct sctpxi_backend *backend, struct sctpxi_conn *conn, const void *data,
                size_t length, const sctpx_sndinfo *info);
    long (*receive)(struct sctpxi_backend *backend, struct sctpxi_conn *conn, int stream,
                    void *buffer, size_t capacity, sctpx_rcvinfo *ret_info);
    long (*peek)(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn, int stream,
                 void *buffer, size_t capacity, sctpx_rcvinfo *ret_info);
    long (*read_bytes)(struct sctpxi_backend *backend, struct sctpxi_conn *conn, int stream,
                       void *buffer, size_t capacity);
    /* Across messages, from offset on; takes nothing. The bytes copied, 0 if there are none. */
    long (*peek_bytes)(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                       int stream, size_t offset, void *buffer, size_t capacity);
    /*
     * After CLOSED or RESTARTED: 1 and the next message that was not delivered, or 0. The bytes are
     * valid until the next call of this, or free: not only until the next send. May be NULL.
     */
    int (*next_failed)(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                       sctpx_failed_message *ret_message);
    /* 1 and what the next MESSAGE event would tell, or 0. May be NULL. */
    int (*next_report)(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                       sctpx_message_report *ret_report);
    void (*flush)(struct sctpxi_backend *backend); /* sends now what may be sent */

    size_t (*readable_bytes)(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                             int stream);
    /*
     * A stream with something to read, -1: none. is_first begins a round; each is returned once,
     * in the order in which it became readable, and again if more has come for it meanwhile. Costs
     * what is readable, not what streams there are. No READABLE event tells the same again.
     */
    int (*next_readable)(struct sctpxi_backend *backend, struct sctpxi_conn *conn, bool is_first);
    size_t (*unacked_bytes)(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                            int stream);
    void (*status)(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                   sctpx_assoc_status *ret_status);
    int (*path)(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn, size_t path,
                sctpx_path_status *ret_status);
    int (*stream)(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                  uint16_t stream, sctpx_stream_status *ret_status);
    int (*get_path_options)(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                            size_t path, sctpx_path_options *ret_options);
    int (*set_path_options)(struct sctpxi_backend *backend, struct sctpxi_conn *conn, size_t path,
                            const sctpx_path_options *options);
    int (*set_primary)(struct sctpxi_backend *backend, struct sctpxi_conn *conn, size_t path);
    int (*heartbeat)(struct sctpxi_backend *backend, struct sctpxi_conn *conn, size_t path);
    void (*get_options)(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                        sctpx_assoc_options *ret_options);
    int (*set_options)(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                       const sctpx_assoc_options *options);

    /*
     * Handing a connection to another loop, also of another thread. detach, in the thread of the
     * backend's loop, takes conn out into a backend that is for this connection alone and on no
     * loop: with one reference, the caller's, as is what it still has to the old one. No event
     * comes of it, and only attach, free and release may be called, by one thread at a time.
     * attach puts it on a loop, in that loop's thread: what happened meanwhile is told there.
     * After free nothing but release may be called. NULL: it cannot be handed over.
     * SCTPX_ENOMEM, SCTPX_ERESOURCE: all is as it was.
     */
    int (*detach)(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                  struct sctpxi_backend **ret_backend, struct sctpxi_conn **ret_conn);
    int (*attach)(struct sctpxi_backend *backend, struct sctpxi_conn *conn, sctpx_loop *loop,
                  void *owner);

    /*
     * The kernel's descriptors; NULL in the engine's table. adopt takes over a connected one or
     * one to connect through (*ret_conn is then NULL), adopt_listener a listening one, whose port
     * it returns. release_descriptor gives it away and frees the connection here.
     */
    int (*adopt)(struct sctpxi_backend *backend, int fd, void *owner,
                 struct sctpxi_conn **ret_conn);
    int (*adopt_listener)(struct sctpxi_backend *backend, int fd,
                          const sctpx_assoc_options *options, void *owner);
    int (*descriptor)(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn);
    int (*listener_descriptor)(const struct sctpxi_backend *backend, uint16_t port);
    int (*release_descriptor)(struct sctpxi_backend *backend, struct sctpxi_conn *conn);
};

/* The common part, first member of what a backend allocates. */
struct sctpxi_share;

struct sctpxi_backend {
    const struct sctpxi_backend_table *table; /* may change when a connection is detached */
    struct sctpxi_share *share;               /* the engine's; NULL: only one thread uses it */
};

/*
 * A reference to a backend that runs our own engine over UDP. sink must live on. Errors of binding
 * (SCTPX_EADDRINUSE, ...), SCTPX_EINVAL, SCTPX_ENOMEM.
 */
int sctpxi_backend_engine_get(sctpx_loop *loop, const struct sctpxi_backend_spec *spec,
                              const struct sctpxi_backend_sink *sink,
                              struct sctpxi_backend **ret_backend);

/*
 * A reference to a backend over the kernel's SCTP; none of it is shared. SCTPX_ENOTSUP (not in
 * this build), SCTPX_ESYSTEM (not in this kernel), SCTPX_EINVAL, SCTPX_ENOMEM.
 */
int sctpxi_backend_kernel_get(sctpx_loop *loop, const struct sctpxi_backend_spec *spec,
                              const struct sctpxi_backend_sink *sink,
                              struct sctpxi_backend **ret_backend);

/* The one that spec->kind asks for. */
int sctpxi_backend_get(sctpx_loop *loop, const struct sctpxi_backend_spec *spec,
                       const struct sctpxi_backend_sink *sink, struct sctpxi_backend **ret_backend);

#endif

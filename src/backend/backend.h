/* SPDX-License-Identifier: MIT */
/*
 * The message seam: what servers and sockets need of whatever carries associations. One table of
 * operations per kind of backend; backend_engine.c fills it with our own engine on a driver. A
 * backend over the kernel's SCTP can be another one: messages, not packets, cross this line.
 *
 * A backend is bound to local addresses, lives on one loop and is reference-counted; servers and
 * sockets share it. Connections are handles of the backend's own making: struct sctpxi_conn is
 * never defined. Operations never call back; events come from the loop, through the sink. The last
 * release may come from inside an event.
 *
 * Operations return what the engine verb of the same name does (<sctpx/engine.h>); time is the
 * backend's own affair.
 */
#ifndef SCTPXI_BACKEND_BACKEND_H
#define SCTPXI_BACKEND_BACKEND_H

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
    long (*read_bytes)(struct sctpxi_backend *backend, struct sctpxi_conn *conn, void *buffer,
                       size_t capacity); /* of any stream */

    size_t (*readable_bytes)(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                             int stream);
    size_t (*unacked_bytes)(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                            int stream);
    void (*status)(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                   sctpx_assoc_status *ret_status);
    int (*path)(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn, size_t path,
                sctpx_path_status *ret_status);
    int (*set_primary)(struct sctpxi_backend *backend, struct sctpxi_conn *conn, size_t path);
    int (*heartbeat)(struct sctpxi_backend *backend, struct sctpxi_conn *conn, size_t path);
    void (*get_options)(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                        sctpx_assoc_options *ret_options);
    int (*set_options)(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                       const sctpx_assoc_options *options);
};

/* The common part, first member of what a backend allocates. */
struct sctpxi_backend {
    const struct sctpxi_backend_table *table;
};

/*
 * A reference to a backend that runs our own engine over UDP. sink must live on. Errors of binding
 * (SCTPX_EADDRINUSE, ...), SCTPX_EINVAL, SCTPX_ENOMEM.
 */
int sctpxi_backend_engine_get(sctpx_loop *loop, const struct sctpxi_backend_spec *spec,
                              const struct sctpxi_backend_sink *sink,
                              struct sctpxi_backend **ret_backend);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * One association of ours, through the public server and socket, with a peer process over UDP on
 * 127.0.0.1, in either role: tests/interop/usrsctp_peer.c, or the program next to it that
 * SCTPX_INTEROP_PEER names (kernel_peer in a guest, see tests/interop/kernel_guest.sh). Owns all of
 * it. Whatever does not come true within RIG_SECONDS fails the running test.
 *
 *   rig_open(rig, RIG_WE_CONNECT);
 *   rig_up(rig, "--echo");
 *   ... RIG_WAIT(rig, rig->n_messages == 3); rig_line(rig, "closed"); ...
 *   rig_close(rig);
 */
#ifndef TESTS_SUPPORT_USRSCTP_RIG_H
#define TESTS_SUPPORT_USRSCTP_RIG_H

#include <sctpx/sctpx.h>

#include "support/child.h"

#define RIG_SECONDS 20
#define RIG_SCTP_PORT 7 /* of whoever serves */
#define RIG_ADDRESSES 2 /* at most */

enum rig_role { RIG_WE_CONNECT, RIG_WE_SERVE };

struct rig_message {
    sctpx_rcvinfo info;
    uint8_t *bytes;
};

struct rig {
    enum rig_role role;
    int channels;       /* maximum channel count of our side, 0; set these before rig_up() */
    unsigned addresses; /* of each side, 127.0.0.1 and so on, 1 */
    uint16_t sctp_port, udp_port; /* of ours when it connects, 0 = free ones */
    sctpx_time deadline;
    sctpx_loop *loop;
    sctpx_server *server;
    sctpx_socket *socket;
    struct child peer;
    char line[512];
    uint16_t peer_udp_port, peer_sctp_port;

    /* What the callbacks told. */
    bool connected, closed, peer_shutdown, drained;
    int closed_error;
    unsigned restarts, writables;
    struct rig_message *messages; /* datagram mode: all that came, in order of arrival */
    size_t n_messages;
    uint8_t *bytes; /* byte mode: the same */
    size_t n_bytes;
};

/* A loop and nothing else. With SCTPX_PCAP_DIR set its packets go to a new file there. */
void rig_open(struct rig *rig, enum rig_role role);

/* Starts the peer with further arguments (may be NULL) and sets up the association. */
void rig_up(struct rig *rig, const char *arguments);

/* The same in steps. Ports 0 are free ones; after start they are those that the peer told. */
void rig_listen(struct rig *rig);
void rig_start_peer(struct rig *rig, const char *arguments, uint16_t udp_port, uint16_t sctp_port);
void rig_connect(struct rig *rig);

/* Is the peer the SCTP of Linux? */
bool rig_peer_is_kernel(void);

/* The peer is gone without a word to us. */
void rig_crash_peer(struct rig *rig);

/*
 * A process that uses these ports sets up an association and is killed: it is gone without a word
 * to the peer. rig_connect() then takes its place.
 */
void rig_connect_and_die(struct rig *rig, uint16_t sctp_port);

/* Waits until the peer has written a line that begins so, over others; returns it. */
const char *rig_line(struct rig *rig, const char *begin);

/* Waits for something to happen and lets it happen. */
void rig_turn(struct rig *rig);

#define RIG_WAIT(rig, condition)                                                                   \
    do {                                                                                           \
        while (!(condition))                                                                       \
            rig_turn(rig);                                                                         \
    } while (0)

/* Writes messages first..first+n-1 of interop/pattern.h, message i on stream i % streams. */
void rig_send(struct rig *rig, uint32_t first, uint32_t n, size_t length, uint16_t streams,
              uint32_t ppid, uint16_t flags);

/* Ends and frees everything, however far it came. */
void rig_close(struct rig *rig);

#endif

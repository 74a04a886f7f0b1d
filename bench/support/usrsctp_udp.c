/* SPDX-License-Identifier: MIT */
#include "support/figure.h"
#include "support/two.h"
#include "support/usrsctp_udp.h"

#ifdef SCTPX_HAVE_USRSCTP

#include <arpa/inet.h>
#include <string.h>

uint16_t bench_udp_init(void)
{
    uint16_t port = bench_free_udp_port();
    usrsctp_init(port, NULL, NULL);
    usrsctp_sysctl_set_sctp_ecn_enable(0);
    /* With the 512 that it comes with, messages of 64 bytes stall: thirty times slower. */
    usrsctp_sysctl_set_sctp_max_chunks_on_queue(4096);
    return port;
}

struct sockaddr_in bench_udp_addr(uint16_t sctp_port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(sctp_port)};
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return addr;
}

static void set(struct socket *socket, int level, int option, const void *value, size_t size)
{
    if (usrsctp_setsockopt(socket, level, option, value, (socklen_t)size) < 0)
        bench_fail("usrsctp_setsockopt");
}

static void set_path(struct socket *socket, const struct bench_udp_options *options)
{
    struct sctp_udpencaps encapsulation = {.sue_port = htons(options->peer_udp_port)};
    struct sctp_paddrparams path = {.spp_pathmtu = options->mtu, .spp_flags = SPP_PMTUD_DISABLE};
    encapsulation.sue_address.ss_family = AF_INET;
    path.spp_address.ss_family = AF_INET;
    if (options->peer_udp_port != 0)
        set(socket, IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, &encapsulation,
            sizeof encapsulation);
    if (options->mtu != 0)
        set(socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
}

struct socket *bench_udp_socket(const struct bench_udp_options *options)
{
    const int on = 1;
    const struct sctp_event event = {
        .se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = SCTP_ASSOC_CHANGE, .se_on = 1};
    struct sockaddr_in local = bench_udp_addr(options->port);
    struct socket *socket =
        usrsctp_socket(AF_INET, options->type, IPPROTO_SCTP, options->on_receive, options->on_send,
                       options->send_threshold, options->user);
    if (socket == NULL || usrsctp_set_non_blocking(socket, 1) < 0)
        bench_fail("usrsctp_socket");
    set(socket, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on);
    set(socket, IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event);
    if (options->buffer_bytes != 0) {
        set(socket, SOL_SOCKET, SO_SNDBUF, &options->buffer_bytes, sizeof(int));
        set(socket, SOL_SOCKET, SO_RCVBUF, &options->buffer_bytes, sizeof(int));
    }
    set_path(socket, options);
    if (usrsctp_bind(socket, (struct sockaddr *)&local, sizeof local) < 0)
        bench_fail("usrsctp_bind");
    return socket;
}

uint16_t bench_udp_change(const void *data, size_t length)
{
    struct sctp_assoc_change change;
    if (length < sizeof change)
        return 0;
    memcpy(&change, data, sizeof change);
    return change.sac_type == SCTP_ASSOC_CHANGE ? change.sac_state : 0;
}

#endif

/* SPDX-License-Identifier: MIT */
#include "support/homes.h"

void homes_open(struct homes *homes, enum sctpx_family family, const sctpx_socket_options *options)
{
    const bool is_v6 = family == SCTPX_IPV6;
    const sctpx_addr here[2] = {is_v6 ? loopback_addr(SCTPX_IPV6) : loopback_v4(1, 0),
                                loopback_v4(2, 0)};
    sctpx_addr there[2] = {is_v6 ? here[0] : loopback_v4(3, 0), loopback_v4(4, 0)};
    sctpx_socket *socket;

    *homes = (struct homes){.count = is_v6 ? 1 : 2};
    bed_open(&homes->bed, family, 0, NULL);
    sctpx_server_close(homes->bed.server);
    assert_int_equal(sctpx_server_listen(homes->bed.server, there, homes->count, 0), 0);
    there[0].udp_port = bed_udp_port(&homes->bed);
    socket = bed_socket(&homes->bed, &homes->client, options);
    assert_int_equal(sctpx_socket_bind(socket, here, homes->count, 0, 0), 0);
    assert_int_equal(sctpx_socket_connect(socket, there, 1, sctpx_server_port(homes->bed.server)),
                     0);
    bed_accept(&homes->bed, &homes->peer);
}

void homes_close(struct homes *homes)
{
    sctpx_socket_free(homes->client.socket);
    sctpx_socket_free(homes->peer.socket);
    bed_close(&homes->bed);
}

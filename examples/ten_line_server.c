/* SPDX-License-Identifier: MIT */
/* Echoes every message on the stream it came on; one client after the other. SCTP port 7000. */
#include <sctpx/sctpx.h>

int main(void)
{
    static char text[65536];
    sctpx_server_options options;
    sctpx_loop *loop;
    sctpx_server *server;
    sctpx_socket *client;
    sctpx_rcvinfo info;
    long length;

    sctpx_server_options_defaults(&options);
    options.assoc.max_message_bytes = sizeof text;
    if (sctpx_loop_new(&loop) < 0 || sctpx_server_new(loop, &options, &server) < 0 ||
        sctpx_server_listen(server, NULL, 0, 7000) < 0)
        return 1;
    while (sctpx_server_wait_for_new_connection(server, SCTPX_FOREVER, NULL) == 0) {
        sctpx_server_next_pending_connection(server, &client);
        while (sctpx_socket_wait_for_readable(client, SCTPX_ANY_STREAM, SCTPX_FOREVER) == 0 &&
               (length = sctpx_socket_read_datagram(client, SCTPX_ANY_STREAM, text, sizeof text,
                                                    &info)) > 0)
            while (sctpx_socket_write_datagram(client, text, (size_t)length,
                                               &(sctpx_sndinfo){.stream = info.stream}) ==
                       SCTPX_EWOULDBLOCK &&
                   sctpx_socket_wait_for_writable(client, SCTPX_FOREVER) == 0)
                continue;
        sctpx_socket_wait_for_disconnected(client, 5000); /* what was written is still under way */
        sctpx_socket_free(client);
    }
    return 1;
}

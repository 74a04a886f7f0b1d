/* SPDX-License-Identifier: MIT */
#include "api/options.h"

#include <sctpx/server.h>
#include <sctpx/socket.h>

#include "api/owner.h"
#include "api/server.h"
#include "api/socket.h"

enum { CONNECT_TIMEOUT_MS = 30000, CLOSE_TIMEOUT_MS = 30000 };

const struct sctpxi_backend_sink sctpxi_api_sink = {
    .on_incoming = sctpxi_server_on_incoming,
    .on_event = sctpxi_owner_on_event,
};

void sctpx_socket_options_defaults(sctpx_socket_options *ret_options)
{
    *ret_options = (sctpx_socket_options){
        .peer_udp_port = SCTPXI_DEFAULT_UDP_PORT,
        .family = SCTPX_NO_FAMILY,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .close_timeout_ms = CLOSE_TIMEOUT_MS,
        .own_udp_port = false,
    };
    sctpx_assoc_options_defaults(&ret_options->assoc);
}

void sctpx_server_options_defaults(sctpx_server_options *ret_options)
{
    *ret_options = (sctpx_server_options){
        .udp_port = SCTPXI_DEFAULT_UDP_PORT,
        .max_pending = 30,
        .backlog = 50,
        .close_timeout_ms = CLOSE_TIMEOUT_MS,
    };
    sctpx_assoc_options_defaults(&ret_options->assoc);
    sctpx_endpoint_options_defaults(&ret_options->endpoint);
}

int sctpxi_options_channel_count(int count, int *ret_count)
{
    if (count > SCTPX_MAX_STREAMS)
        return SCTPX_EINVAL;
    *ret_count = count < 0 ? -1 : count;
    return 0;
}

sctpx_assoc_options sctpxi_options_for(const sctpx_assoc_options *base, int channel_count)
{
    sctpx_assoc_options options = *base;

    if (channel_count != 0) {
        options.out_streams = channel_count < 0 ? 1 : (uint16_t)channel_count;
        options.max_in_streams = options.out_streams;
    }
    /* Bytes have no boundaries to keep: a message may be longer than the receive buffer. */
    if (channel_count < 0)
        options.partial_delivery = true;
    return options;
}

int sctpxi_options_bind_spec(const sctpx_addr *addrs, size_t n, uint16_t udp_port,
                             struct sctpxi_backend_spec *ret_spec)
{
    uint16_t named = 0;

    if (n > SCTPX_MAX_LOCALS)
        return SCTPX_ELIMIT;
    if (n > 0 && !addrs)
        return SCTPX_EINVAL;
    for (size_t i = 0; i < n; i++) {
        if (addrs[i].udp_port == 0)
            continue;
        if (named != 0 && addrs[i].udp_port != named)
            return SCTPX_EINVAL;
        named = addrs[i].udp_port;
    }
    *ret_spec = (struct sctpxi_backend_spec){
        .addrs = addrs, .count = n, .udp_port = named != 0 ? named : udp_port};
    return 0;
}

bool sctpxi_options_is_kernel(const struct sctpxi_backend *backend)
{
    return backend && backend->table->descriptor;
}

void sctpxi_options_choose(struct sctpxi_backend_spec *spec, enum sctpx_backend backend,
                           enum sctpx_carrier carrier)
{
    spec->kind = backend;
    spec->carrier = carrier;
    if (carrier == SCTPX_CARRIER_RAW_IP) {
        spec->udp_port = 0;
        spec->is_exclusive = false;
    }
}

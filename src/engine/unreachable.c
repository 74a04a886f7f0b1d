/* SPDX-License-Identifier: MIT */
/* What the network says of our packets: ICMP by way of UDP errors (RFC 9260 10, RFC 6951 5.5). */
#include "base/reader.h"
#include "engine/endpoint.h"
#include "engine/timers.h"
#include "wire/packet.h"

/*
 * 10 ICMP 7: the quoted tag must be right. Only our INIT matters: it has tag 0, but its Initiate
 * Tag is ours, and it is in the part that is quoted.
 */
static sctpx_assoc *find_quoted(sctpx_endpoint *ep, const sctpx_addr *remote,
                                const uint8_t *quoted, size_t length)
{
    struct sctpxi_packet view;
    if (sctpxi_packet_parse(quoted, length, &view) < 0 || view.vtag != 0)
        return NULL;
    struct sctpxi_reader r = sctpxi_reader_make(view.chunks, view.chunks_len);
    uint8_t type = sctpxi_reader_u8(&r);
    sctpxi_reader_skip(&r, 3);
    uint32_t tag = sctpxi_reader_u32(&r);
    if (r.failed || type != SCTPXI_CHUNK_INIT)
        return NULL;
    sctpx_assoc *a =
        sctpxi_demux_by_address(&ep->demux, remote, view.dst_port, view.src_port);
    return a != NULL && a->local_tag == tag ? a : NULL;
}

/* Any association that is being set up to this very address. */
static sctpx_assoc *find_setting_up(sctpx_endpoint *ep, const sctpx_addr *remote)
{
    sctpx_assoc *a;
    TAILQ_FOREACH(a, &ep->setting_up, wait_link) {
        if (a->state != SCTPX_COOKIE_WAIT)
            continue;
        int path = sctpxi_path_find(a, remote);
        if (path >= 0 && path == a->setup_path && a->paths[path].is_active &&
            a->paths[path].remote.udp_port == remote->udp_port)
            return a;
    }
    return NULL;
}

/* The next address the user named gets the INIT at once; with none left the set-up has failed. */
static void give_up_path(sctpx_assoc *a, uint8_t path)
{
    a->paths[path].is_active = false;
    uint8_t next = sctpxi_path_alternate(a, path);
    if (next == path) {
        sctpxi_assoc_close(a, SCTPX_EREFUSED);
        return;
    }
    a->setup_path = next;
    sctpxi_timers_stop_t1(a);
    sctpxi_assoc_ask(a, SCTPXI_PENDING_INIT);
    sctpxi_timers_commit(a);
}

void sctpx_endpoint_on_unreachable(sctpx_endpoint *endpoint, sctpx_time now,
                                   const sctpx_addr *remote, const uint8_t *quoted,
                                   size_t quoted_length)
{
    (void)now;
    sctpx_assoc *a = quoted == NULL ? find_setting_up(endpoint, remote)
                                    : find_quoted(endpoint, remote, quoted, quoted_length);
    if (a == NULL || a->state != SCTPX_COOKIE_WAIT)
        return;
    int path = sctpxi_path_find(a, remote);
    if (path >= 0 && a->paths[path].is_active)
        give_up_path(a, (uint8_t)path);
}

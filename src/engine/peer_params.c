/* SPDX-License-Identifier: MIT */
#include "engine/peer_params.h"

#include <sctpx/error.h>
#include <string.h>

#include "engine/address.h"

static void add_family(struct sctpxi_addr_types *types, const sctpx_addr *addr)
{
    types->ipv4 |= addr->family == SCTPX_IPV4;
    types->ipv6 |= addr->family == SCTPX_IPV6;
}

static void add_address(struct sctpxi_peer_params *p, const sctpx_addr *addr)
{
    const sctpx_addr *source = &p->addrs[0];
    bool is_ours = addr->family == SCTPX_IPV4 ? p->ours.ipv4 : p->ours.ipv6;
    add_family(&p->seen, addr);
    if (!is_ours || !sctpxi_address_is_visible(addr, source) || p->addr_count == SCTPX_MAX_PATHS)
        return;
    for (uint8_t i = 0; i < p->addr_count; i++)
        if (sctpxi_address_same_ip(&p->addrs[i], addr))
            return;
    p->addrs[p->addr_count] = *addr;
    p->addrs[p->addr_count++].udp_port = source->udp_port; /* RFC 6951 5.1 */
}

static int read_address(struct sctpxi_peer_params *p, const struct sctpxi_tlv *tlv)
{
    sctpx_addr addr;
    int result = sctpxi_param_read_addr(tlv, &addr);
    if (result == 0)
        add_address(p, &addr);
    return result;
}

static void note_unknown(struct sctpxi_peer_params *p, const struct sctpxi_tlv *tlv)
{
    size_t bytes = sctpxi_pad4(tlv->raw_len);
    if (p->unknown_count == SCTPXI_PEER_PARAMS_UNKNOWN_MAX ||
        bytes > SCTPXI_PEER_PARAMS_UNKNOWN_BYTES - p->unknown_bytes)
        return;
    p->unknown[p->unknown_count++] = *tlv;
    p->unknown_bytes += bytes;
}

/* 1 = go on, 0 = stop here (table 3 of RFC 9260 3.2.1). */
static int on_unknown(struct sctpxi_peer_params *p, const struct sctpxi_tlv *tlv)
{
    struct sctpxi_unknown_action action = sctpxi_unknown_param_action(tlv->type);
    if (action.report)
        note_unknown(p, tlv);
    return !action.stop;
}

static int read_one(struct sctpxi_peer_params *p, const struct sctpxi_tlv *tlv)
{
    int result = 0;
    switch (tlv->type) {
    case SCTPXI_PARAM_IPV4:
    case SCTPXI_PARAM_IPV6:
        result = read_address(p, tlv);
        break;
    case SCTPXI_PARAM_STATE_COOKIE:
        p->cookie = tlv->value;
        p->cookie_length = tlv->value_len;
        break;
    case SCTPXI_PARAM_COOKIE_PRESERVATIVE:
        result = sctpxi_param_read_cookie_preservative(tlv, &p->preservative_ms);
        break;
    case SCTPXI_PARAM_SUPPORTED_ADDR_TYPES:
        result = sctpxi_param_read_addr_types(tlv, &p->types);
        break;
    case SCTPXI_PARAM_HOST_NAME:
        p->has_host_name = true;
        p->host_name = *tlv;
        break;
    case SCTPXI_PARAM_UNRECOGNIZED: /* of ours, in an INIT ACK: nothing we could do without */
        break;
    default:
        return on_unknown(p, tlv);
    }
    return result < 0 ? SCTPX_EBADPACKET : 1;
}

int sctpxi_peer_params_read(const struct sctpxi_init *init, const sctpx_addr *source,
                            struct sctpxi_addr_types ours, struct sctpxi_peer_params *ret_params)
{
    struct sctpxi_peer_params p;
    memset(&p, 0, sizeof p);
    p.addrs[0] = *source;
    p.addr_count = 1;
    p.types = (struct sctpxi_addr_types){.ipv4 = true, .ipv6 = true};
    p.ours = ours;
    add_family(&p.ours, source);
    add_family(&p.seen, source);
    struct sctpxi_tlv_iter iter;
    struct sctpxi_tlv tlv;
    sctpxi_init_params(init, &iter);
    int more;
    while ((more = sctpxi_tlv_iter_next(&iter, &tlv)) > 0) {
        more = read_one(&p, &tlv);
        if (more <= 0)
            break;
    }
    if (more < 0)
        return SCTPX_EBADPACKET;
    p.types.ipv4 |= p.seen.ipv4; /* 5.1.2: supported, whatever it says */
    p.types.ipv6 |= p.seen.ipv6;
    *ret_params = p;
    return 0;
}

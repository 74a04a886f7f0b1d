/* SPDX-License-Identifier: MIT */
/*
 * What the parameters of an INIT or INIT ACK say (RFC 9260 3.3.2.1, 3.3.3.1, 5.1.2), read by one
 * bounded walk that both validates and collects. Views point into the packet.
 */
#ifndef SCTPXI_ENGINE_PEER_PARAMS_H
#define SCTPXI_ENGINE_PEER_PARAMS_H

#include <sctpx/config.h>

#include "wire/init.h"
#include "wire/param.h"

/* Unrecognized parameters that are reported back; what is beyond is skipped without a report. */
#define SCTPXI_PEER_PARAMS_UNKNOWN_MAX 8u
#define SCTPXI_PEER_PARAMS_UNKNOWN_BYTES 256u

struct sctpxi_peer_params {
    sctpx_addr addrs[SCTPX_MAX_PATHS]; /* [0] is the source of the packet */
    uint8_t addr_count;
    struct sctpxi_addr_types types;    /* what the peer can use; all when it does not say */
    struct sctpxi_addr_types seen;     /* of its source and of all it lists */
    struct sctpxi_addr_types ours;     /* what we can use */
    const uint8_t *cookie;             /* INIT ACK; NULL = missing */
    size_t cookie_length;
    uint32_t preservative_ms;          /* INIT */
    bool has_host_name;
    struct sctpxi_tlv host_name;
    struct sctpxi_tlv unknown[SCTPXI_PEER_PARAMS_UNKNOWN_MAX];
    size_t unknown_count;
    size_t unknown_bytes;              /* padded */
};

/*
 * SCTPX_EBADPACKET when the list is malformed (lengths): answer with ABORT, Protocol Violation.
 * Addresses nobody can be reached at, or out of the scope the peer is seen in, are left out
 * (RFC 9260 5.1.2), and so are those of a family that is not ours, unless the source has it too,
 * and those over SCTPX_MAX_PATHS.
 */
int sctpxi_peer_params_read(const struct sctpxi_init *init, const sctpx_addr *source,
                            struct sctpxi_addr_types ours, struct sctpxi_peer_params *ret_params);

#endif

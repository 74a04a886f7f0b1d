/* SPDX-License-Identifier: MIT */
/* What the numbers of users mean: channel counts, options of associations, UDP ports. */
#ifndef SCTPXI_API_OPTIONS_H
#define SCTPXI_API_OPTIONS_H

#include <sctpx/config.h>
#include <sctpx/types.h>

#include "backend/backend.h"

/* The port of RFC 6951 4.1. */
#define SCTPXI_DEFAULT_UDP_PORT 9899

/* Qt's meaning: normalises negative counts to -1. SCTPX_EINVAL over SCTPX_MAX_STREAMS. */
int sctpxi_options_channel_count(int count, int *ret_count);

/* Options of an association that is made with this channel count. */
sctpx_assoc_options sctpxi_options_for(const sctpx_assoc_options *base, int channel_count);

/*
 * What to bind: udp_port unless the addresses name one. SCTPX_EINVAL if they name different ones,
 * or there are none but n says so; SCTPX_ELIMIT over SCTPX_MAX_LOCALS.
 */
int sctpxi_options_bind_spec(const sctpx_addr *addrs, size_t n, uint16_t udp_port,
                             struct sctpxi_backend_spec *ret_spec);

/*
 * What carries it. Raw IP has no UDP port, so none that a spec could have to itself: users of the
 * same addresses always share.
 */
void sctpxi_options_choose(struct sctpxi_backend_spec *spec, enum sctpx_backend backend,
                           enum sctpx_carrier carrier);

/* Whether it runs over the kernel's SCTP; there UDP ports mean something only to peers. */
bool sctpxi_options_is_kernel(const struct sctpxi_backend *backend);

/* The one sink of all sockets and servers. */
extern const struct sctpxi_backend_sink sctpxi_api_sink;

#endif

/* SPDX-License-Identifier: MIT */
/* What is wrong with local addresses, in words; for servers and sockets alike. No state. */
#ifndef SCTPXI_API_BIND_ERROR_H
#define SCTPXI_API_BIND_ERROR_H

#include "backend/backend.h"

enum { SCTPXI_BIND_ERROR_BYTES = 256 };

/* After sctpxi_options_bind_spec() has refused the addresses with error. A literal. */
const char *sctpxi_bind_error_spec(const sctpx_addr *addrs, int error);

/* After binding has failed with error: what of which address, and what can be done. */
void sctpxi_bind_error_udp(const struct sctpxi_backend_spec *spec, int error,
                           char ret_text[SCTPXI_BIND_ERROR_BYTES]);

#endif

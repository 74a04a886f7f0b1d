/* SPDX-License-Identifier: MIT */
/* SipHash with a secret key: short hashes that strangers cannot foresee. */
#ifndef SCTPXI_BASE_SIPHASH_H
#define SCTPXI_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct sctpxi_siphash_key {
    uint64_t k0, k1;
};

/* SipHash-1-3: for tables whose keys strangers choose. */
uint64_t sctpxi_siphash13(const struct sctpxi_siphash_key *key, const void *data, size_t length);

/* The stronger and slower original: for what a stranger sees, the nonces of HEARTBEATs. */
uint64_t sctpxi_siphash24(const struct sctpxi_siphash_key *key, const void *data, size_t length);

#endif

/* SPDX-License-Identifier: MIT */
/* SipHash-1-3 with a secret key, for tables whose keys strangers choose. */
#ifndef SCTPXI_BASE_SIPHASH_H
#define SCTPXI_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct sctpxi_siphash_key {
    uint64_t k0, k1;
};

uint64_t sctpxi_siphash13(const struct sctpxi_siphash_key *key, const void *data, size_t length);

/* The stronger and slower original, here because its vectors are published (a test uses them). */
uint64_t sctpxi_siphash24(const struct sctpxi_siphash_key *key, const void *data, size_t length);

#endif

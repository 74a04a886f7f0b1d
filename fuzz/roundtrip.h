/* SPDX-License-Identifier: MIT */
/* What the two files of roundtrip_fuzz share: a place to write to, and the parts inside chunks. */
#ifndef FUZZ_ROUNDTRIP_H
#define FUZZ_ROUNDTRIP_H

#include "base/writer.h"
#include "wire/tlv.h"

/* An empty writer, on the same large buffer every time. */
struct sctpxi_writer roundtrip_writer(void);

bool roundtrip_same(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length);

/* Reads a parameter or cause, writes it, reads that, and compares. */
void roundtrip_param(const struct sctpxi_tlv *tlv);
void roundtrip_cause(const struct sctpxi_tlv *tlv);

#endif

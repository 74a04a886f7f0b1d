/* SPDX-License-Identifier: MIT */
/*
 * Type-length-value items: parameters (RFC 9260 3.2.1) and error causes (3.3.10) have the same
 * form. Walking a list of them and writing one. Views point into the packet.
 */
#ifndef SCTPXI_WIRE_TLV_H
#define SCTPXI_WIRE_TLV_H

#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"
#include "wire/wire.h"

struct sctpxi_tlv {
    uint16_t type;        /* enum sctpxi_param_type or enum sctpxi_cause_code */
    const uint8_t *value; /* after the header */
    size_t value_len;     /* without padding */
    const uint8_t *raw;   /* the header */
    size_t raw_len;       /* header and value, without padding: the length field */
};

struct sctpxi_tlv_iter {
    const uint8_t *p;
    size_t left;
};

/* Starts a walk over the len bytes of items at p; p may be NULL when len is 0. */
void sctpxi_tlv_iter_init(struct sctpxi_tlv_iter *it, const uint8_t *p, size_t len);

/*
 * The next item: 1 and *ret_tlv written, 0 at the end, or SCTPX_EBADPACKET when what is left is no
 * item (fewer than 4 bytes, a length below 4 or past the end). Padding after the last item may be
 * missing or there. A failed walk stays failed; every good step passes at least 4 bytes.
 */
int sctpxi_tlv_iter_next(struct sctpxi_tlv_iter *it, struct sctpxi_tlv *ret_tlv);

/* Walks the whole list: the number of items (0 or more), or SCTPX_EBADPACKET. */
int sctpxi_tlv_count(const uint8_t *p, size_t len);

/*
 * Writes the header of an item with an open length, padding the item before it first, and gives
 * the offset for sctpxi_tlv_end. Items may be nested (a parameter inside a cause).
 */
size_t sctpxi_tlv_begin(struct sctpxi_writer *w, uint16_t type);

/*
 * Back-patches the length; does not pad: padding is added by what comes next, for the padding of
 * the last item counts in no length (RFC 9260 3.2). More than 65535 bytes fail the writer.
 */
void sctpxi_tlv_end(struct sctpxi_writer *w, size_t off);

/* A whole item with len bytes of value. */
void sctpxi_tlv_write(struct sctpxi_writer *w, uint16_t type, const void *value, size_t len);

/* Copies an item as it was received, header and value. */
void sctpxi_tlv_copy(struct sctpxi_writer *w, const struct sctpxi_tlv *tlv);

/* Bytes an item with len bytes of value takes, padding included. */
static inline size_t sctpxi_tlv_size(size_t len)
{
    return sctpxi_pad4(SCTPXI_TLV_HEADER_SIZE + len);
}

#endif

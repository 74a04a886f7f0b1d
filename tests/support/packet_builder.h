/* SPDX-License-Identifier: MIT */
/*
 * Builds SCTP packets for tests, right ones and wrong ones. Shares nothing with src/wire (not its
 * writer, its numbers or its CRC), so that the codec is tested against something else than itself.
 * Everything is big endian and in host order on the caller's side. Out of memory aborts the test.
 *
 *   struct pb *pb = pb_new(1000, 2000, tag);
 *   pb_init(pb, 7, 65536, 10, 10, 1);
 *   pb_ipv4(pb, 0x0A000001);
 *   pb_end(pb);
 *   uint8_t *packet = pb_finish(pb, &len);    then free(packet)
 */
#ifndef TESTS_SUPPORT_PACKET_BUILDER_H
#define TESTS_SUPPORT_PACKET_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pb;

/* Starts a packet with a common header. Ended by pb_finish. */
struct pb *pb_new(uint16_t src_port, uint16_t dst_port, uint32_t vtag);

/* Starts without common header and checksum: for chunks or parameters alone. */
struct pb *pb_bare(void);

/*
 * Ends what is still open, stores the checksum and gives the bytes in a heap block of exactly *len
 * bytes, to be released with free(); pb is gone. A sanitizer sees any read past the block.
 */
uint8_t *pb_finish(struct pb *pb, size_t *len);

/* Ends like pb_finish; whether what was built is exactly the n bytes at p. */
bool pb_equals(struct pb *pb, const void *p, size_t n);

/* Raw content, wherever the builder stands. */
void pb_u8(struct pb *pb, uint8_t v);
void pb_u16(struct pb *pb, uint16_t v);
void pb_u32(struct pb *pb, uint32_t v);
void pb_u64(struct pb *pb, uint64_t v);
void pb_bytes(struct pb *pb, const void *p, size_t n);
void pb_fill(struct pb *pb, uint8_t byte, size_t n);

/*
 * Opens a chunk, or a parameter or cause (nesting allowed); pb_end closes the innermost one, sets
 * its length and sees to padding. Raw bytes right after a closed parameter replace its padding.
 */
void pb_chunk(struct pb *pb, uint8_t type, uint8_t flags);
void pb_tlv(struct pb *pb, uint16_t type);
void pb_end(struct pb *pb);

/* Lies about the innermost open chunk or item, to be called before its pb_end. */
void pb_lie_length(struct pb *pb, uint16_t length); /* its length field says this */
void pb_no_padding(struct pb *pb);                  /* no padding follows it */
void pb_pad_with(struct pb *pb, uint8_t byte);      /* padding is not zero */

/* Lies about the checksum. */
void pb_set_checksum(struct pb *pb, uint32_t value); /* the field, as a big-endian number */
void pb_corrupt_checksum(struct pb *pb);             /* the right one with one bit flipped */

/* Whole chunks. */
void pb_data(struct pb *pb, uint8_t flags, uint32_t tsn, uint16_t stream, uint16_t ssn,
             uint32_t ppid, const void *payload, size_t len);
void pb_sack(struct pb *pb, uint32_t cum_tsn, uint32_t a_rwnd, uint16_t n_gaps,
             const uint16_t (*gaps)[2], uint16_t n_dups, const uint32_t *dups);
void pb_heartbeat(struct pb *pb, const void *info, size_t len);
void pb_heartbeat_ack(struct pb *pb, const void *info, size_t len);
void pb_shutdown(struct pb *pb, uint32_t cum_tsn);
void pb_shutdown_ack(struct pb *pb);
void pb_shutdown_complete(struct pb *pb, bool t_bit);
void pb_cookie_echo(struct pb *pb, const void *cookie, size_t len);
void pb_cookie_ack(struct pb *pb);
void pb_ecne(struct pb *pb, uint32_t tsn);
void pb_cwr(struct pb *pb, uint32_t tsn);

/* Chunks left open for parameters or causes; close with pb_end. */
void pb_init(struct pb *pb, uint32_t tag, uint32_t a_rwnd, uint16_t os, uint16_t mis, uint32_t tsn);
void pb_init_ack(struct pb *pb, uint32_t tag, uint32_t a_rwnd, uint16_t os, uint16_t mis,
                 uint32_t tsn);
void pb_abort(struct pb *pb, bool t_bit);
void pb_error(struct pb *pb);

/* Whole parameters or causes. */
void pb_item(struct pb *pb, uint16_t type, const void *value, size_t len);
void pb_ipv4(struct pb *pb, uint32_t ip);
void pb_ipv6(struct pb *pb, const uint8_t ip[16]);
void pb_cookie(struct pb *pb, const void *cookie, size_t len);
void pb_cookie_preservative(struct pb *pb, uint32_t increment_ms);
void pb_addr_types(struct pb *pb, size_t n, const uint16_t *types);

/* CRC32c bit by bit: the number whose least significant byte comes first in a packet. */
uint32_t pb_crc32c(const uint8_t *p, size_t n);

/*
 * Copies n bytes to the very end of a heap block, so that a sanitizer sees a read past them (also
 * when n is 0). Release with pb_exact_free.
 */
uint8_t *pb_exact(const void *p, size_t n);
void pb_exact_free(uint8_t *exact);

/* pb_exact of a chunk's or item's first n >= 4 bytes, with its length field set to n. */
uint8_t *pb_exact_cut(const uint8_t *chunk, size_t n);

#endif

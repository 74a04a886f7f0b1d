/* SPDX-License-Identifier: MIT */
/*
 * Every number of the protocol on one page: chunk types and flags, parameter types, cause codes,
 * header sizes, and the rules that follow from a number alone. Holds no code beyond those rules.
 * Numbers of extensions are listed so that they have names; RFC 9260 is what the codec handles.
 */
#ifndef SCTPXI_WIRE_WIRE_H
#define SCTPXI_WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 9260 3.2 table 1, and extensions. */
enum sctpxi_chunk_type {
    SCTPXI_CHUNK_DATA = 0,
    SCTPXI_CHUNK_INIT = 1,
    SCTPXI_CHUNK_INIT_ACK = 2,
    SCTPXI_CHUNK_SACK = 3,
    SCTPXI_CHUNK_HEARTBEAT = 4,
    SCTPXI_CHUNK_HEARTBEAT_ACK = 5,
    SCTPXI_CHUNK_ABORT = 6,
    SCTPXI_CHUNK_SHUTDOWN = 7,
    SCTPXI_CHUNK_SHUTDOWN_ACK = 8,
    SCTPXI_CHUNK_ERROR = 9,
    SCTPXI_CHUNK_COOKIE_ECHO = 10,
    SCTPXI_CHUNK_COOKIE_ACK = 11,
    SCTPXI_CHUNK_ECNE = 12,
    SCTPXI_CHUNK_CWR = 13,
    SCTPXI_CHUNK_SHUTDOWN_COMPLETE = 14,
    SCTPXI_CHUNK_AUTH = 15,          /* RFC 4895 */
    SCTPXI_CHUNK_NR_SACK = 16,       /* draft-tuexen-tsvwg-sctp-multipath */
    SCTPXI_CHUNK_I_DATA = 64,        /* RFC 8260 */
    SCTPXI_CHUNK_ASCONF_ACK = 128,   /* RFC 5061 */
    SCTPXI_CHUNK_RE_CONFIG = 130,    /* RFC 6525 */
    SCTPXI_CHUNK_PAD = 132,          /* RFC 4820 */
    SCTPXI_CHUNK_FORWARD_TSN = 192,  /* RFC 3758 */
    SCTPXI_CHUNK_ASCONF = 193,       /* RFC 5061 */
    SCTPXI_CHUNK_I_FORWARD_TSN = 194 /* RFC 8260 */
};

/* Flags of DATA, RFC 9260 3.3.1. */
enum sctpxi_data_flag {
    SCTPXI_DATA_END = 0x01,
    SCTPXI_DATA_BEGIN = 0x02,
    SCTPXI_DATA_UNORDERED = 0x04,
    SCTPXI_DATA_IMMEDIATE = 0x08
};

/* Flag of ABORT and SHUTDOWN COMPLETE: the verification tag is reflected. RFC 9260 8.5.1. */
#define SCTPXI_FLAG_T 0x01

/* Which tag a packet with one of these two carries: the flag to set. */
enum sctpxi_tag_kind {
    SCTPXI_TAG_OF_PEER = 0,
    SCTPXI_TAG_REFLECTED = SCTPXI_FLAG_T /* that of the packet it answers */
};

/* Parameter types: RFC 9260 3.3.2, 3.3.3, 3.3.5, and extensions. */
enum sctpxi_param_type {
    SCTPXI_PARAM_HEARTBEAT_INFO = 1,
    SCTPXI_PARAM_IPV4 = 5,
    SCTPXI_PARAM_IPV6 = 6,
    SCTPXI_PARAM_STATE_COOKIE = 7,
    SCTPXI_PARAM_UNRECOGNIZED = 8,
    SCTPXI_PARAM_COOKIE_PRESERVATIVE = 9,
    SCTPXI_PARAM_HOST_NAME = 11,
    SCTPXI_PARAM_SUPPORTED_ADDR_TYPES = 12,
    SCTPXI_PARAM_OUT_SSN_RESET = 13,     /* RFC 6525 */
    SCTPXI_PARAM_IN_SSN_RESET = 14,      /* RFC 6525 */
    SCTPXI_PARAM_SSN_TSN_RESET = 15,     /* RFC 6525 */
    SCTPXI_PARAM_RECONFIG_RESPONSE = 16, /* RFC 6525 */
    SCTPXI_PARAM_ADD_OUT_STREAMS = 17,   /* RFC 6525 */
    SCTPXI_PARAM_ADD_IN_STREAMS = 18,    /* RFC 6525 */
    SCTPXI_PARAM_ECN_CAPABLE = 0x8000,
    SCTPXI_PARAM_ZERO_CHECKSUM = 0x8001,         /* RFC 9653 */
    SCTPXI_PARAM_RANDOM = 0x8002,                /* RFC 4895 */
    SCTPXI_PARAM_CHUNKS = 0x8003,                /* RFC 4895 */
    SCTPXI_PARAM_HMAC_ALGO = 0x8004,             /* RFC 4895 */
    SCTPXI_PARAM_PAD = 0x8005,                   /* RFC 4820 */
    SCTPXI_PARAM_SUPPORTED_EXTENSIONS = 0x8008,  /* RFC 5061 */
    SCTPXI_PARAM_FORWARD_TSN_SUPPORTED = 0xC000, /* RFC 3758 */
    SCTPXI_PARAM_ADD_IP = 0xC001,                /* RFC 5061 */
    SCTPXI_PARAM_DELETE_IP = 0xC002,             /* RFC 5061 */
    SCTPXI_PARAM_ERROR_CAUSE = 0xC003,           /* RFC 5061 */
    SCTPXI_PARAM_SET_PRIMARY = 0xC004,           /* RFC 5061 */
    SCTPXI_PARAM_SUCCESS = 0xC005,               /* RFC 5061 */
    SCTPXI_PARAM_ADAPTATION = 0xC006             /* RFC 5061 */
};

/* Cause codes: RFC 9260 3.3.10, and extensions. */
enum sctpxi_cause_code {
    SCTPXI_CAUSE_INVALID_STREAM = 1,
    SCTPXI_CAUSE_MISSING_PARAM = 2,
    SCTPXI_CAUSE_STALE_COOKIE = 3,
    SCTPXI_CAUSE_OUT_OF_RESOURCE = 4,
    SCTPXI_CAUSE_UNRESOLVABLE_ADDR = 5,
    SCTPXI_CAUSE_UNRECOGNIZED_CHUNK = 6,
    SCTPXI_CAUSE_INVALID_PARAM = 7,
    SCTPXI_CAUSE_UNRECOGNIZED_PARAMS = 8,
    SCTPXI_CAUSE_NO_USER_DATA = 9,
    SCTPXI_CAUSE_COOKIE_IN_SHUTDOWN = 10,
    SCTPXI_CAUSE_RESTART_NEW_ADDRS = 11,
    SCTPXI_CAUSE_USER_ABORT = 12,
    SCTPXI_CAUSE_PROTOCOL_VIOLATION = 13,
    SCTPXI_CAUSE_DELETE_LAST_IP = 0x00A0,     /* RFC 5061 */
    SCTPXI_CAUSE_ASCONF_RESOURCE = 0x00A1,    /* RFC 5061 */
    SCTPXI_CAUSE_DELETE_SOURCE_IP = 0x00A2,   /* RFC 5061 */
    SCTPXI_CAUSE_ILLEGAL_ASCONF_ACK = 0x00A3, /* RFC 5061 */
    SCTPXI_CAUSE_NO_AUTHORIZATION = 0x00A4,   /* RFC 5061 */
    SCTPXI_CAUSE_UNSUPPORTED_HMAC = 0x0105    /* RFC 4895 */
};

/* Sizes in bytes. */
#define SCTPXI_COMMON_HEADER_SIZE 12u /* RFC 9260 3.1 */
#define SCTPXI_CHUNK_HEADER_SIZE 4u   /* RFC 9260 3.2 */
#define SCTPXI_TLV_HEADER_SIZE 4u     /* parameters and causes, RFC 9260 3.2.1 */
#define SCTPXI_DATA_HEADER_SIZE 16u   /* chunk header included */
#define SCTPXI_INIT_HEADER_SIZE 20u   /* chunk header included; also INIT ACK */
#define SCTPXI_SACK_HEADER_SIZE 16u   /* chunk header included */
#define SCTPXI_SHUTDOWN_SIZE 8u
#define SCTPXI_PARAM_IPV4_SIZE 8u
#define SCTPXI_PARAM_IPV6_SIZE 20u
#define SCTPXI_CHECKSUM_OFFSET 8u /* in the common header */

/* The length field of chunks, parameters and causes has 16 bits. */
#define SCTPXI_LENGTH_MAX 65535u

/* RFC 9260 3.3.2: a smaller a_rwnd in INIT or INIT ACK is refused. */
#define SCTPXI_INIT_RWND_MIN 1500u

/* n rounded up to a multiple of 4; n must be at most SIZE_MAX - 3. */
static inline size_t sctpxi_pad4(size_t n)
{
    return (n + 3u) & ~(size_t)3u;
}

/* What the two highest bits of a type nobody knows ask for. */
struct sctpxi_unknown_action {
    bool stop;   /* process nothing after it (chunks: in the packet; parameters: in the chunk) */
    bool report; /* tell the peer with an ERROR cause or an Unrecognized Parameter */
};

/* From the two top bits as a number 0..3: RFC 9260 3.2 table 2 and 3.2.1 table 3. */
static inline struct sctpxi_unknown_action sctpxi_unknown_action(unsigned top_two_bits)
{
    return (struct sctpxi_unknown_action){
        .stop = (top_two_bits & 2u) == 0,
        .report = (top_two_bits & 1u) != 0,
    };
}

static inline struct sctpxi_unknown_action sctpxi_unknown_chunk_action(uint8_t chunk_type)
{
    return sctpxi_unknown_action(chunk_type >> 6);
}

static inline struct sctpxi_unknown_action sctpxi_unknown_param_action(uint16_t param_type)
{
    return sctpxi_unknown_action(param_type >> 14);
}

/* false for chunks that must be alone in their packet: RFC 9260 6.10. */
static inline bool sctpxi_bundle_allowed(uint8_t chunk_type)
{
    return chunk_type != SCTPXI_CHUNK_INIT && chunk_type != SCTPXI_CHUNK_INIT_ACK &&
           chunk_type != SCTPXI_CHUNK_SHUTDOWN_COMPLETE;
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * For tests of attacks: a server with an honest client that must come to no harm, chunks of every
 * type there is, and what the attacked host sent to whom.
 */
#ifndef SIM_SIEGE_H
#define SIM_SIEGE_H

#include "sim/raw.h"
#include "sim/sim.h"

/* Chunks of extensions that are not spoken here, and the parameters that would announce them. */
enum {
    SIEGE_AUTH = 0x0F,
    SIEGE_I_DATA = 0x40,
    SIEGE_ASCONF_ACK = 0x80,
    SIEGE_RE_CONFIG = 0x82,
    SIEGE_PAD = 0x84,
    SIEGE_FORWARD_TSN = 0xC0,
    SIEGE_ASCONF = 0xC1,
    SIEGE_I_FORWARD_TSN = 0xC2,
    SIEGE_PARAM_ZERO_CHECKSUM = 0x8001,
    SIEGE_PARAM_RANDOM = 0x8002,
    SIEGE_PARAM_CHUNKS = 0x8003,
    SIEGE_PARAM_HMAC_ALGO = 0x8004,
    SIEGE_PARAM_EXTENSIONS = 0x8008,
    SIEGE_PARAM_FORWARD_TSN = 0xC000,
    SIEGE_PARAM_ADD_IP = 0xC001
};

struct sim_siege {
    struct sim_host *host; /* the attacked one, listening on SIM_PORT */
    struct sim_pair pair;  /* a is the honest client, b the attacked host */
    size_t bytes;          /* that the host held before */
};

/* options NULL = defaults. The honest association is up and has carried data. */
struct sim_siege sim_siege(struct sim *sim, const sctpx_endpoint_options *options);

/*
 * The honest association carries data both ways, nothing is left in the backlog, and the host holds
 * hardly more memory than before the attack.
 */
void sim_siege_check(struct sim_siege *siege);

/* A chunk of any type, such as a peer might send it at that moment. */
void sim_put_chunk(struct pb *pb, uint8_t type);

/* An unbuilt chunk of the type with so many zero bytes whose length field says something else. */
void sim_put_lie(struct pb *pb, uint8_t type, size_t bytes, uint16_t length);

/* The cookie of the latest INIT ACK, with DATA or other chunks behind if the caller wants. */
struct pb *sim_raw_echo(const struct sim_raw *raw);
/* INIT, and what is in the answer: raw->cookie, raw->host_tag. */
void sim_raw_get_cookie(struct sim_raw *raw);
/* ABORT with the right tag. */
void sim_raw_abort(struct sim_raw *raw);

#endif

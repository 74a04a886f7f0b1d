/* SPDX-License-Identifier: MIT */
/* For tests of carriers: what a carrier received, written down, and waiting for it. */
#ifndef SUPPORT_CARRIER_NOTES_H
#define SUPPORT_CARRIER_NOTES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "carrier/carrier.h"

enum { NOTES_PACKETS = 512 };

struct notes {
    size_t packets, bytes, unreachable;
    size_t lengths[NOTES_PACKETS];
    uint8_t first_bytes[NOTES_PACKETS];
    uint8_t last[4096]; /* the last packet, and its addresses */
    sctpx_addr local, remote;
    sctpx_addr unreachable_remote;
    uint8_t quoted[64];
    size_t quoted_length;
};

/* Writes into notes, which starts as {0}. */
struct sctpxi_carrier_sink notes_sink(struct notes *notes);

/* Receives on one socket until so many packets are there; on none for five seconds fails. */
void notes_receive(struct sctpxi_carrier *carrier, size_t socket, struct notes *notes,
                   size_t packets);

/* Within five seconds the descriptor has these events of poll(). */
bool notes_wait_for(int fd, short events);

/* sctpx_addr_parse() of what is an address. */
sctpx_addr notes_addr(const char *text);

#endif

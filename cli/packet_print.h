/* SPDX-License-Identifier: MIT */
/*
 * One packet as one line, such as
 * "12:34:56.789012 192.0.2.1:9899 > 192.0.2.2:9899 5000>7 tag 1a2b3c4d: DATA(tsn 1 sid 0 ...)".
 */
#ifndef CLI_PACKET_PRINT_H
#define CLI_PACKET_PRINT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* An IP packet (as in pcap's link type RAW) with SCTP in it, with or without UDP. */
void packet_print(FILE *to, uint32_t seconds, uint32_t microseconds, const uint8_t *packet,
                  size_t length);

#endif

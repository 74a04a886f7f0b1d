/* SPDX-License-Identifier: MIT */
/*
 * Writes SCTP packets as a pcap file (link type RAW) for tshark and Wireshark, with IP and UDP
 * headers made up from their addresses. A trace owns its file.
 */
#ifndef SCTPXI_TRACE_PCAP_H
#define SCTPXI_TRACE_PCAP_H

#include <sctpx/types.h>

struct sctpxi_pcap;

/*
 * Creates or empties the file. now is the caller's clock at this moment: its times become those
 * of the calendar. SCTPX_EACCES, SCTPX_ENOMEM, SCTPX_ESYSTEM.
 */
int sctpxi_pcap_open(const char *path, sctpx_time now, struct sctpxi_pcap **ret_pcap);

/*
 * Adds one SCTP packet. With a destination UDP port of 0 it is written as plain SCTP over IP. An
 * address without family is written as the wildcard. Packets that fit no IP packet are left out.
 * Errors of the file are kept and end the trace silently.
 */
void sctpxi_pcap_write(struct sctpxi_pcap *pcap, sctpx_time now, const sctpx_addr *source,
                       const sctpx_addr *destination, const void *data, size_t length);

/* Lets readers of the file see what was written. */
void sctpxi_pcap_flush(struct sctpxi_pcap *pcap);

/* NULL is allowed. */
void sctpxi_pcap_close(struct sctpxi_pcap *pcap);

#endif

/* SPDX-License-Identifier: MIT */
/* The sending of "sctpx perf server" on one association, as PERF_SEND asks for it. */
#ifndef CLI_PERF_SENDER_H
#define CLI_PERF_SENDER_H

#include "perf_protocol.h"

enum perf_sender_state { PERF_SENDER_IDLE, PERF_SENDER_SENDING, PERF_SENDER_DRAINING };

/* All zero but the first two = idle. */
struct perf_sender {
    sctpx_socket *socket;
    const uint8_t *payload; /* PERF_SEND_MAX_BYTES */
    enum perf_sender_state state;
    bool is_endless, uses_all_streams;
    uint16_t next_stream;
    size_t size;
    uint64_t left; /* bytes, unless it is endless */
    uint64_t bytes, messages;
    uint64_t retransmitted_before; /* chunks, when it began */
};

/*
 * A PERF_SEND arrived. Returns what to answer: the version, or 0 if it makes no sense or one is
 * under way. Sends from the next perf_sender_run() on.
 */
uint64_t perf_sender_begin(struct perf_sender *sender, const struct message *request);

/* There may be room; call it after everything else that was waiting for that. */
void perf_sender_run(struct perf_sender *sender);

/* A PERF_STOP arrived. */
void perf_sender_stop(struct perf_sender *sender);

/* Everything is acknowledged. */
void perf_sender_drained(struct perf_sender *sender);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * "sctpx perf": what client and server say to each other, and what the parts of the client share.
 *
 * The payload protocol identifier of a message tells the server what to do with it: PERF_DISCARD is
 * counted, PERF_ECHO is sent back, PERF_COUNT is answered with the text "BYTES MESSAGES" of what
 * was counted on this association so far.
 */
#ifndef CLI_PERF_H
#define CLI_PERF_H

#include "latency.h"
#include "message.h"
#include "node.h"

enum perf_ppid { PERF_DISCARD = 0x73780001, PERF_ECHO = 0x73780002, PERF_COUNT = 0x73780003 };

struct perf;
struct perf_flow;

/* One of the three measurements. */
struct perf_test {
    const char *name;
    /* The association is up. */
    void (*on_connected)(struct perf_flow *flow);
    void (*on_writable)(struct perf_flow *flow);
    /* A message arrived: flow->message. */
    void (*on_message)(struct perf_flow *flow);
    void (*on_drained)(struct perf_flow *flow);
    /* It ended gracefully; returns whether the flow goes on (has connected again). */
    bool (*on_closed)(struct perf_flow *flow);
    /* The time is up. */
    void (*on_time_up)(struct perf_flow *flow);
};

/* One association of the client at a time. */
struct perf_flow {
    struct perf *perf;
    sctpx_socket *socket;
    struct message message;
    sctpx_time started_us; /* of the request or set-up under way */
    uint64_t sent_bytes, sent_messages;
    uint16_t next_stream;
    bool is_blocked, is_finishing, is_over, is_awaiting;
};

struct perf_totals {
    uint64_t bytes;      /* throughput: acknowledged by the peer */
    uint64_t messages;   /* the same */
    uint64_t operations; /* requests answered, associations set up and closed */
};

struct perf {
    struct node node;
    const struct perf_test *test;
    struct perf_flow *flows;
    size_t flow_count, connected, over;
    uint8_t *payload;
    size_t size;
    uint64_t amount_left; /* bytes, requests or associations not yet begun; or OPTION_UNSET */
    bool is_time_up;
    sctpx_time start_us, end_us;              /* 0 = not yet */
    uint64_t sent_bytes, sent_messages;       /* throughput */
    uint64_t counted_bytes, counted_messages; /* what the server says it got */
    uint64_t operations, retransmitted_chunks;
    struct latency latency;
    struct perf_totals last; /* at the last progress line */
    sctpx_time last_us;
    sctpx_timer *progress_timer, *end_timer;
    sctpx_timer *answer_timer; /* for the server, and for the end after a signal */
    size_t awaited;            /* flows that wait for it */
    int signal_number;         /* 0 = none came */
    int exit_code;
};

extern const struct perf_test perf_throughput, perf_rr, perf_setup;

/* ---- for the tests (perf_client.c) -------------------------------------------------------- */

/* Measuring begins with the first call. */
void perf_begin(struct perf *perf);

/* All that was to be done is done at this moment. */
void perf_note_end(struct perf *perf);

/* One message of the wanted size. Returns as sctpx_socket_write_datagram(). */
int perf_send(struct perf_flow *flow, enum perf_ppid ppid, uint16_t stream, size_t length);

/* Takes one unit of the amount; false when it is used up, or the time is. */
bool perf_take(struct perf *perf, uint64_t units, uint64_t *ret_units);

/* The server must answer on this flow soon, else it is given up; the answer came. */
void perf_await_answer(struct perf_flow *flow);
void perf_take_answer(struct perf_flow *flow);

/* The peer does not talk as the server does: reports that, and ends. */
void perf_fail_peer(struct perf *perf);

/* Closes the association of the flow gracefully. */
void perf_finish(struct perf_flow *flow);

/* ---- results (perf_report.c) -------------------------------------------------------------- */

struct perf_totals perf_totals(const struct perf *perf);
void perf_print_progress(struct perf *perf, sctpx_time now);
void perf_print_result(const struct perf *perf);

#endif

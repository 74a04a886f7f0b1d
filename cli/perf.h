/* SPDX-License-Identifier: MIT */
/* "sctpx perf client": what its parts share. */
#ifndef CLI_PERF_H
#define CLI_PERF_H

#include <stdio.h>

#include "latency.h"
#include "message.h"
#include "node.h"
#include "perf_protocol.h"

struct perf;
struct perf_flow;

/* One of the three measurements. */
struct perf_test {
    const char *name;
    /* It takes the time of setting up: flows begin all at once, and each when its own is up. */
    bool is_of_setup;
    /* Measuring begins for the flow: those of all flows are up, unless it is_of_setup. */
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

/* What a flow has done so far. */
struct perf_sample {
    uint64_t sent_bytes;     /* throughput: acknowledged by the peer */
    uint64_t received_bytes; /* throughput */
    uint64_t operations;     /* requests answered, associations set up and closed */
    uint64_t retransmitted_chunks;
};

/* One association of the client at a time. */
struct perf_flow {
    struct perf *perf;
    sctpx_socket *socket;
    struct message message;
    sctpx_time started_us; /* of the request or set-up under way */
    uint64_t left;         /* bytes, requests or associations not yet begun; or OPTION_UNSET */
    uint64_t sent_bytes, sent_messages, received_bytes, received_messages, operations;
    uint64_t retransmitted_chunks; /* of its associations that have ended */
    struct perf_sample last;       /* at the end of the last interval */
    uint32_t cwnd_bytes;           /* of the path in use, when last seen */
    sctpx_time srtt_us;            /* the same */
    uint16_t next_stream;
    unsigned awaited;              /* answers */
    bool is_sending, is_receiving; /* throughput: that direction is not done */
    bool is_asking;                /* PERF_COUNT is under way */
    bool is_stopping, must_stop;   /* PERF_STOP is under way, is waiting for room */
    bool is_finishing, is_over;
};

struct perf {
    struct node node;
    const struct perf_test *test;
    struct perf_flow *flows;
    size_t flow_count, started, connected, over; /* flows */
    uint8_t *payload;
    size_t size;
    bool sends, receives;    /* throughput */
    bool asks_server;        /* the server is told to send */
    bool is_server_expected; /* the peer is a sctpx perf server, not any other */
    bool is_time_up;
    sctpx_time start_us, end_us;                      /* 0 = not yet */
    sctpx_time planned_end_us;                        /* 0 = when the amount is done */
    uint64_t sent_bytes, sent_messages;               /* throughput */
    uint64_t received_bytes, received_messages;       /* the same */
    uint64_t counted_bytes, counted_messages;         /* what the server says it got */
    uint64_t server_sent_bytes, server_sent_messages; /* what it says it sent */
    uint64_t server_retransmitted_chunks;             /* the same */
    uint64_t operations, retransmitted_chunks;
    struct latency latency;
    struct perf_intervals *intervals;
    sctpx_timer *progress_timer, *end_timer;
    sctpx_timer *answer_timer; /* for the server, and for the end after a signal */
    sctpx_timer *silence_timer;
    uint64_t heard;      /* a sum that changes when something comes */
    sctpx_time heard_us; /* when it was last seen to change */
    size_t awaited;      /* answers */
    bool has_answered;
    int signal_number; /* 0 = none came */
    int exit_code;
    const char *error; /* while the result of what failed is printed */
    bool is_told;      /* the result is printed */
};

extern const struct perf_test perf_throughput, perf_rr, perf_setup;

/* ---- for the tests (perf_client.c) -------------------------------------------------------- */

/* Measuring begins with the first call. */
void perf_begin(struct perf *perf);

/* Ends it now, as if the time were up. */
void perf_stop(struct perf *perf);

/* All that was to be done is done at this moment. */
void perf_note_end(struct perf *perf);

/* A message on stream 0. Returns as sctpx_socket_write_datagram(). */
int perf_send(struct perf_flow *flow, enum perf_ppid ppid, size_t length);

/* This flow's part of the amount: the same for all, but for one unit more or less. */
uint64_t perf_share(const struct perf_flow *flow);

/* Takes units of the flow's part; false when it is used up, or the time is. */
bool perf_take(struct perf_flow *flow, uint64_t units, uint64_t *ret_units);

/* Tells the result so far, reports the text, and ends. The first call decides. */
void perf_fail(struct perf *perf, int exit_code, const char *text);

/* The peer does not talk as the server does: fails with that. */
void perf_fail_peer(struct perf *perf);

/* Closes the association of the flow gracefully. */
void perf_finish(struct perf_flow *flow);

/* ---- whether the server answers (perf_silence.c) ------------------------------------------ */

/* Makes the timers; who made perf frees them. */
int perf_silence_new(struct perf *perf);

/* Measuring begins: from now on it fails when nothing comes for long. */
void perf_silence_begin(struct perf *perf);

/* The server must answer on this flow soon, else it is given up; it is at work; the answer came. */
void perf_await_answer(struct perf_flow *flow);
void perf_await_longer(struct perf_flow *flow);
void perf_take_answer(struct perf_flow *flow);

/* A signal came: all must be over soon. */
void perf_await_end(struct perf *perf);

/* ---- intervals (perf_interval.c) ---------------------------------------------------------- */

/* Lines that tell about each association are only printed for so many of them. */
enum { PERF_MAX_LINES = 64 };

int perf_intervals_new(struct perf_intervals **ret_intervals);
void perf_intervals_free(struct perf_intervals *intervals);

/* How long one is. */
sctpx_time perf_interval_us(const struct perf *perf);

/* Measuring begins. */
void perf_intervals_begin(struct perf *perf, sctpx_time now);

/* Keeps the window and round-trip time of the path in use, before the association is gone. */
void perf_look_at_path(struct perf_flow *flow);

/*
 * One has ended: prints its lines, and keeps it for the JSON object. What is_rest, at the end of
 * all, and is too short for a rate is added to the one before it there, and has none in its lines.
 */
void perf_interval_end(struct perf *perf, sctpx_time now, bool is_rest);

/* Members of a JSON object: what was sent, received, done and retransmitted in this time. */
void perf_print_sample(const struct perf *perf, FILE *to, const struct perf_sample *amounts,
                       sctpx_time time_us);

/* The JSON array of them, on standard output, and how many did not fit in. */
void perf_intervals_print(struct perf *perf);

/* ---- results (perf_report.c) -------------------------------------------------------------- */

void perf_print_result(struct perf *perf);

/*
 * The same for what was measured until it failed, with the reason in the JSON object; once. As text
 * nothing if nothing was measured.
 */
void perf_print_failure(struct perf *perf, const char *error);

#endif

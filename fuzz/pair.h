/* SPDX-License-Identifier: MIT */
/*
 * Two endpoints and a network between them that does what the input says, in virtual time. Used by
 * pair_fuzz.c only; lean, since it is started anew for every input.
 *
 *   pair_side.c    endpoints: their events, packets and what must always hold
 *   pair_user.c    the programs on top: associations, messages, and whether they arrive as sent
 *   pair_outcome.c and whether these programs hear what became of every message
 *   pair_link.c    packets under way
 *   pair_forge.c   packets nobody sent
 *   pair_settle.c  the end: everything is delivered, and must come right
 *   pair_trace.c   what happens, on stderr, with PAIR_TRACE in the environment
 */
#ifndef FUZZ_PAIR_H
#define FUZZ_PAIR_H

#include <sctpx/engine.h>

#include "fuzz/check.h"
#include "fuzz/input.h"
#include "fuzz/memory.h"
#include "support/test_random.h"

enum {
    PAIR_PORT = 5000,
    PAIR_UDP_PORT = 9899,
    PAIR_ADDRS = 3,
    PAIR_ENDS = 16,      /* associations of one run, both sides */
    PAIR_MESSAGES = 256, /* of an end */
    PAIR_STREAMS = 4,
    PAIR_SEGMENTS = 8,
    PAIR_QUEUE = 48,
    PAIR_MAX_MESSAGE = 20000
};

struct pair_packet {
    sctpx_addr from, to;
    uint8_t *data;
    size_t length;
    bool is_forged;  /* changed, with a right checksum */
    bool is_damaged; /* changed, and the checksum tells */
};

struct pair_message {
    uint16_t flags;
    uint8_t stream;   /* index, see pair_stream_number() */
    uint8_t outcomes; /* what its sender was told of it, see pair_outcome.c */
    uint32_t length;
};

/* What an end has read from one stream. */
struct pair_inflow {
    int from;        /* index of the sending end, -1 = none yet */
    size_t segment;  /* of its messages */
    uint32_t next;   /* number of the first message that may come */
    bool is_reading; /* a message is read in part: */
    unsigned sender; /* of this end, */
    uint32_t number; /* this one, */
    size_t offset;   /* so far, */
    bool is_piece;   /* and more of it has to arrive */
};

/* One association of one side, as its program sees it. */
struct pair_end {
    struct pair_side *side;
    sctpx_assoc *assoc; /* NULL once freed, or lost with its endpoint */
    unsigned index;
    bool is_up, is_closed, is_shutdown_asked, is_told_readable;
    bool is_writable_wanted, is_dry_wanted; /* these events must come */
    int error;
    unsigned restarts; /* events */
    struct pair_message messages[PAIR_MESSAGES];
    uint32_t message_count;
    size_t sent_bytes, told_bytes; /* by the user; by SCTPX_EVENT_SENT */
    uint32_t failed_from; /* no message before this one may fail any more */
    /* Where messages begin that only the peer's next incarnation gets. */
    uint32_t segments[PAIR_SEGMENTS];
    size_t segment_count; /* one at least */
    struct pair_inflow inflows[PAIR_STREAMS];
    uint8_t seen[PAIR_ENDS][PAIR_MESSAGES / 8];
};

struct pair_side {
    struct pair *pair;
    unsigned index;
    struct fuzz_memory memory;
    struct test_random random;
    bool is_random_high; /* 32-bit numbers that it draws are about to wrap */
    sctpx_endpoint_options options;
    sctpx_endpoint *endpoint;
    sctpx_addr addrs[PAIR_ADDRS];
    size_t addr_count;
    uint16_t public_port; /* UDP port at which the other side sees and reaches it (RFC 6951 5.4) */
    struct pair_packet queue[PAIR_QUEUE]; /* on their way to it */
    size_t queue_count;
    bool is_lazy; /* leaves associations waiting in the backlog */
};

struct pair {
    struct fuzz_input in;
    struct pair_side sides[2];
    struct pair_end ends[PAIR_ENDS];
    unsigned end_count;
    sctpx_time now;
    bool is_honest;  /* this run forges nothing */
    bool is_tainted; /* a forged packet was delivered: only safety is promised now */
};

static inline struct pair_side *pair_other(struct pair_side *side)
{
    return &side->pair->sides[1 - side->index];
}

/* ---- pair_side.c ------------------------------------------------------------------------- */

/* Reads the options of a run from the input, and starts both sides. */
void pair_start(struct pair *pair);
/* Frees everything; no memory may be left. */
void pair_stop(struct pair *pair);
/* The endpoint is gone without a word, and a new one has its addresses. */
void pair_crash(struct pair_side *side);
/* Lets a side work off its events and put its packets on the way; checks it. */
void pair_service(struct pair_side *side);
/* Runs what is due on both sides until then. */
void pair_run_until(struct pair *pair, sctpx_time then);
/* The earliest deadline of both. */
sctpx_time pair_next_deadline(const struct pair *pair);
void pair_draw_options(uint16_t choice, sctpx_assoc_options *options);

/* ---- pair_user.c ------------------------------------------------------------------------- */

uint16_t pair_stream_number(unsigned index);
/* A new end of a side; NULL when the run has had enough of them. */
struct pair_end *pair_end_new(struct pair_side *side);
void pair_on_event(struct pair_side *side, const sctpx_event *event);
void pair_accept(struct pair_side *side);
/* One message, if the association takes it. */
void pair_send(struct pair_end *end, unsigned stream, size_t length, uint16_t flags);
/*
 * Looks at the first message of a stream (index, -1 = any), checks it against what was sent, and
 * takes up to max bytes of it (all of it and no less for SIZE_MAX). False if there is none.
 */
bool pair_read(struct pair_end *end, int stream, size_t max);
/* After everything came right: what one end sent, the other has read. */
void pair_check_complete(struct pair *pair);

/* What a message holds. */
const uint8_t *pair_content(unsigned end, uint32_t number);
/* Puts the PPID of a message together. */
uint32_t pair_ppid(const struct pair_end *end, uint32_t number);

/* ---- pair_outcome.c ---------------------------------------------------------------------- */

/* A step of a message was told. */
void pair_on_report(struct pair_end *end, const sctpx_message_report *report);
/* Takes what failed, for this reason. */
void pair_take_failed(struct pair_end *end, int error);
/* The association has ended: nothing may be left open. */
void pair_check_outcomes(const struct pair_end *end);

/* ---- pair_link.c ------------------------------------------------------------------------- */

/* Takes a packet of a side; lost if the queue is full or nobody has the address. */
void pair_post(struct pair_side *from, const sctpx_addr *local, const sctpx_addr *remote,
               const uint8_t *data, size_t length);
/* Hands the i-th packet to its side, which then works. */
void pair_deliver(struct pair_side *to, size_t i);
void pair_drop(struct pair_side *to, size_t i);
void pair_duplicate(struct pair_side *to, size_t i);
/* Changes the packet as the input says; keeps_sum: so that it is noticed. */
void pair_change(struct pair_side *to, size_t i, bool keeps_sum);
void pair_truncate(struct pair_side *to, size_t i);
/*
 * A side, or one of its associations, is gone: its COOKIE ACKs under way are lost. Else one of them
 * could complete the set-up of a peer that has already answered the INIT of what comes next, with
 * its own tag: RFC 9260 5.2.4 then takes that for a simultaneous open (case B), though TSNs that
 * the first one acknowledged will never be sent again.
 */
void pair_drop_cookie_acks(struct pair_side *to);
/* Delivers until nothing is under way, or for so many packets. */
void pair_flush(struct pair *pair, unsigned max);

/* ---- pair_forge.c ------------------------------------------------------------------------ */

/* Chunks from the input to one of the associations of a side, with what makes them plausible. */
void pair_forge_chunks(struct pair_side *to, struct pair_end *end);
/* A packet from the input. */
void pair_forge_packet(struct pair_side *to);

/* ---- pair_settle.c ----------------------------------------------------------------------- */

/* Memory is there, the network is good, everybody reads: waits until all is done, and checks. */
void pair_settle(struct pair *pair);

/* ---- pair_trace.c ------------------------------------------------------------------------ */

void pair_trace(const struct pair *pair, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A packet to a side: "sent", "lost", "in" and so on. */
void pair_trace_packet(const struct pair_side *to, const char *what, const sctpx_addr *from,
                       const sctpx_addr *target, const uint8_t *data, size_t length);

#endif

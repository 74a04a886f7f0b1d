/* SPDX-License-Identifier: MIT */
/*
 * The books of a soak: what went into an association and what came out of it, by SHA-256.
 *
 * A flow is one direction between one client and the server, through all lives of both. Each
 * association (and each restart of one) is an epoch of the sender. In an epoch the ordered messages
 * of each stream make a chain, hash n = SHA-256(hash n-1, message n), and what is received must
 * have the same chain from the first message on: nothing lost in between, doubled, reordered or
 * damaged. Unordered messages are compared one by one, and each may come once. An epoch that ends
 * gracefully must have been received whole. When a process dies, messages may be lost only at the
 * end of the epoch.
 *
 * Violations fail the test on the spot.
 */
#ifndef SUPPORT_LEDGER_H
#define SUPPORT_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEDGER_STREAMS 8
#define LEDGER_HEADER_BYTES 32 /* the least length of a message */
#define LEDGER_MAX_BYTES ((size_t)200 * 1024)

struct ledger_flow;

struct ledger_totals {
    uint64_t sent_messages, sent_bytes, received_messages, received_bytes;
    uint64_t epochs, whole_epochs; /* of these so many ended gracefully */
    uint64_t lost_messages;        /* with the epochs that did not */
};

/* name is for messages, and kept. */
struct ledger_flow *ledger_flow_new(const char *name, uint16_t id);
void ledger_flow_free(struct ledger_flow *flow);

/* The sender has a new association, or its peer restarted. */
void ledger_begin(struct ledger_flow *flow);
/* The receiver has a new association, or its peer restarted: a new epoch may come. */
void ledger_may_begin(struct ledger_flow *flow);

/*
 * The next message of a stream (LEDGER_STREAMS of them, and any one for unordered messages); length
 * at least LEDGER_HEADER_BYTES. It counts from ledger_sent() on, and is made again otherwise.
 */
void ledger_make(const struct ledger_flow *flow, uint16_t stream, bool is_unordered,
                 uint8_t *ret_message, size_t length);
void ledger_sent(struct ledger_flow *flow, const uint8_t *message, size_t length);
void ledger_received(struct ledger_flow *flow, const uint8_t *message, size_t length);

/* The association ended gracefully: nothing of the epoch received last may be missing. */
void ledger_check_whole(struct ledger_flow *flow);

/* Everything sent in the sender's present epoch has been received. */
bool ledger_is_whole(const struct ledger_flow *flow);

/*
 * For byte streams. The length of the message that begins here, 0 if `used` is too short to tell,
 * SIZE_MAX if none begins here.
 */
size_t ledger_message_length(const uint8_t *bytes, size_t used);

const struct ledger_totals *ledger_totals(const struct ledger_flow *flow);

#endif

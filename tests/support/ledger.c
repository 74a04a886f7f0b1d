/* SPDX-License-Identifier: MIT */
#include "support/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

enum { HASH = 32, UNORDERED = LEDGER_STREAMS, LANES = LEDGER_STREAMS + 1 };

static const uint8_t magic[8] = {'s', 'o', 'a', 'k', 0xf1, 0x0d, 0x93, 0x5c};

/* One stream, or all unordered messages, in one epoch. hashes[n] is known since n was sent. */
struct lane {
    uint8_t (*hashes)[HASH];
    bool *is_taken; /* unordered ones */
    size_t max;
    uint32_t sent, received;
    uint8_t received_hash[HASH];
};

struct ledger_flow {
    const char *name;
    uint16_t id;
    uint32_t epoch, received_epoch;
    bool may_begin;
    struct lane lanes[2][LANES]; /* of this epoch and the one before, by its lowest bit */
    EVP_MD_CTX *md;
    struct ledger_totals totals;
};

struct header {
    uint16_t flow, lane;
    uint32_t epoch, number, length;
};

struct ledger_flow *ledger_flow_new(const char *name, uint16_t id)
{
    struct ledger_flow *flow = calloc(1, sizeof(*flow));

    assert_non_null(flow);
    flow->name = name;
    flow->id = id;
    flow->md = EVP_MD_CTX_new();
    assert_non_null(flow->md);
    return flow;
}

static void clear_epoch(struct lane *lanes)
{
    for (size_t i = 0; i < LANES; i++) {
        free(lanes[i].hashes);
        free(lanes[i].is_taken);
        lanes[i] = (struct lane){0};
    }
}

void ledger_flow_free(struct ledger_flow *flow)
{
    clear_epoch(flow->lanes[0]);
    clear_epoch(flow->lanes[1]);
    EVP_MD_CTX_free(flow->md);
    free(flow);
}

void ledger_begin(struct ledger_flow *flow)
{
    const struct lane *last = flow->lanes[flow->epoch & 1];

    for (size_t i = 0; i < LANES; i++)
        flow->totals.lost_messages += last[i].sent - last[i].received;
    flow->epoch++;
    flow->totals.epochs++;
    clear_epoch(flow->lanes[flow->epoch & 1]);
}

void ledger_may_begin(struct ledger_flow *flow)
{
    flow->may_begin = true;
}

const struct ledger_totals *ledger_totals(const struct ledger_flow *flow)
{
    return &flow->totals;
}

/* ---- messages ------------------------------------------------------------------------------ */

/* Only this program reads them: the machine's own byte order will do. */
static struct header parse(const uint8_t *message)
{
    struct header header;

    memcpy(&header, message + sizeof(magic), sizeof(header));
    return header;
}

size_t ledger_message_length(const uint8_t *bytes, size_t used)
{
    size_t known = used < sizeof(magic) ? used : sizeof(magic);

    if (memcmp(bytes, magic, known) != 0)
        return SIZE_MAX;
    if (used < LEDGER_HEADER_BYTES)
        return 0;
    size_t length = parse(bytes).length;
    return length < LEDGER_HEADER_BYTES || length > LEDGER_MAX_BYTES ? SIZE_MAX : length;
}

void ledger_make(const struct ledger_flow *flow, uint16_t stream, bool is_unordered,
                 uint8_t *ret_message, size_t length)
{
    uint16_t lane = is_unordered ? UNORDERED : stream;
    struct header header = {flow->id, lane, flow->epoch, flow->lanes[flow->epoch & 1][lane].sent,
                            (uint32_t)length};
    uint64_t x = (uint64_t)header.number << 32 ^ (uint64_t)header.epoch << 12 ^
                 (uint64_t)(flow->id * 16u + lane);

    memset(ret_message, 0, LEDGER_HEADER_BYTES);
    memcpy(ret_message, magic, sizeof(magic));
    memcpy(ret_message + sizeof(magic), &header, sizeof(header));
    for (size_t at = LEDGER_HEADER_BYTES; at < length; at += 8) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t word = x ^ x >> 29;
        memcpy(ret_message + at, &word, length - at < 8 ? length - at : 8);
    }
}

static void hash(struct ledger_flow *flow, const uint8_t *before, const uint8_t *message,
                 size_t length, uint8_t *ret_hash)
{
    bool is_done = EVP_DigestInit_ex(flow->md, EVP_sha256(), NULL) == 1 &&
                   (!before || EVP_DigestUpdate(flow->md, before, HASH) == 1) &&
                   EVP_DigestUpdate(flow->md, message, length) == 1 &&
                   EVP_DigestFinal_ex(flow->md, ret_hash, NULL) == 1;

    assert_true(is_done);
}

static void grow(struct lane *lane)
{
    size_t max = lane->max ? 2 * lane->max : 256;

    lane->hashes = realloc(lane->hashes, max * sizeof(*lane->hashes));
    lane->is_taken = realloc(lane->is_taken, max * sizeof(*lane->is_taken));
    assert_true(lane->hashes && lane->is_taken);
    memset(lane->is_taken + lane->max, 0, (max - lane->max) * sizeof(*lane->is_taken));
    lane->max = max;
}

void ledger_sent(struct ledger_flow *flow, const uint8_t *message, size_t length)
{
    static const uint8_t nothing[HASH];
    struct header header = parse(message);
    struct lane *lane = &flow->lanes[flow->epoch & 1][header.lane];

    assert_true(header.epoch == flow->epoch && header.number == lane->sent);
    if (lane->sent == lane->max)
        grow(lane);
    const uint8_t *before = lane->sent > 0 ? lane->hashes[lane->sent - 1] : nothing;
    if (header.lane == UNORDERED)
        before = NULL;
    hash(flow, before, message, length, lane->hashes[lane->sent]);
    lane->sent++;
    flow->totals.sent_messages++;
    flow->totals.sent_bytes += length;
}

/* ---- what arrives -------------------------------------------------------------------------- */

#define REFUSE(flow, header, what)                                                                 \
    fail_msg("%s: epoch %u lane %u message %u: %s", (flow)->name, (header)->epoch, (header)->lane, \
             (header)->number, what)

static void check_epoch(struct ledger_flow *flow, const struct header *header)
{
    if (header->epoch == flow->received_epoch)
        return;
    if (header->epoch < flow->received_epoch)
        REFUSE(flow, header, "after a later epoch has begun");
    if (!flow->may_begin || header->epoch > flow->epoch || header->epoch + 1 < flow->epoch)
        REFUSE(flow, header, "an epoch that cannot have begun here");
    flow->received_epoch = header->epoch;
    flow->may_begin = false;
}

static void check_ordered(struct ledger_flow *flow, struct lane *lane, const struct header *header,
                          const uint8_t *message, size_t length)
{
    if (header->number != lane->received)
        REFUSE(flow, header, "out of order, lost or doubled");
    hash(flow, lane->received_hash, message, length, lane->received_hash);
    if (memcmp(lane->received_hash, lane->hashes[header->number], HASH) != 0)
        REFUSE(flow, header, "SHA-256 differs");
}

static void check_unordered(struct ledger_flow *flow, struct lane *lane,
                            const struct header *header, const uint8_t *message, size_t length)
{
    uint8_t got[HASH];

    if (lane->is_taken[header->number])
        REFUSE(flow, header, "doubled");
    lane->is_taken[header->number] = true;
    hash(flow, NULL, message, length, got);
    if (memcmp(got, lane->hashes[header->number], HASH) != 0)
        REFUSE(flow, header, "SHA-256 differs");
}

void ledger_received(struct ledger_flow *flow, const uint8_t *message, size_t length)
{
    struct header header;

    if (length < LEDGER_HEADER_BYTES || ledger_message_length(message, length) != length)
        fail_msg("%s: %zu bytes that are no message", flow->name, length);
    header = parse(message);
    if (header.flow != flow->id || header.lane >= LANES)
        REFUSE(flow, &header, "of another flow");
    check_epoch(flow, &header);
    struct lane *lane = &flow->lanes[header.epoch & 1][header.lane];
    if (header.number >= lane->sent)
        REFUSE(flow, &header, "was never sent");
    if (header.lane == UNORDERED)
        check_unordered(flow, lane, &header, message, length);
    else
        check_ordered(flow, lane, &header, message, length);
    lane->received++;
    flow->totals.received_messages++;
    flow->totals.received_bytes += length;
}

bool ledger_is_whole(const struct ledger_flow *flow)
{
    const struct lane *lanes = flow->lanes[flow->epoch & 1];

    for (size_t i = 0; i < LANES; i++)
        if (lanes[i].sent != lanes[i].received)
            return false;
    return true;
}

void ledger_check_whole(struct ledger_flow *flow)
{
    const struct lane *lanes = flow->lanes[flow->received_epoch & 1];

    for (unsigned i = 0; i < LANES && !flow->may_begin; i++)
        if (lanes[i].sent != lanes[i].received)
            fail_msg("%s: epoch %u ended gracefully, but of lane %u came %u of %u messages",
                     flow->name, flow->received_epoch, i, lanes[i].received, lanes[i].sent);
    flow->totals.whole_epochs++;
}

/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "fuzz/pair.h"

enum {
    NUMBER_BITS = 16, /* the PPID says who sent a message, and which of his it is */
    PATTERN_STARTS = 4096
};

uint16_t pair_stream_number(unsigned index)
{
    static const uint16_t numbers[PAIR_STREAMS] = {0, 1, 9, 65534};
    return numbers[index];
}

static int stream_index(uint16_t number)
{
    for (unsigned i = 0; i < PAIR_STREAMS; i++)
        if (pair_stream_number(i) == number)
            return (int)i;
    return -1;
}

/* What a message holds: a piece of a long pattern, so that it is copied and compared at once. */
const uint8_t *pair_content(unsigned end, uint32_t number)
{
    static uint8_t pattern[PATTERN_STARTS + PAIR_MAX_MESSAGE];
    struct test_random random;
    if (pattern[0] == 0) {
        test_random_init(&random, 1);
        test_random_bytes(&random, pattern, sizeof pattern);
        pattern[0] = 1;
    }
    return pattern + (end * 911 + number * 131) % PATTERN_STARTS;
}

uint32_t pair_ppid(const struct pair_end *end, uint32_t number)
{
    return (uint32_t)end->index << NUMBER_BITS | number;
}

struct pair_end *pair_end_new(struct pair_side *side)
{
    struct pair *pair = side->pair;
    if (pair->end_count == PAIR_ENDS)
        return NULL;
    struct pair_end *end = &pair->ends[pair->end_count];
    end->side = side;
    end->index = pair->end_count++;
    end->segment_count = 1;
    pair_trace(pair, "end %u belongs to %u", end->index, side->index);
    for (unsigned i = 0; i < PAIR_STREAMS; i++)
        end->inflows[i].from = -1;
    return end;
}

/* It lives, or ended with everything said and heard. */
static bool ended_well(const struct pair_end *end)
{
    return end->assoc != NULL &&
           (!end->is_closed || end->error == 0 || end->error == SCTPX_EPEERSHUTDOWN);
}

/* The other end of an association, if it is still there. */
static struct pair_end *find_peer(struct pair *pair, const struct pair_end *end)
{
    sctpx_assoc_status mine, theirs;
    sctpx_assoc_get_status(end->assoc, &mine);
    for (unsigned i = 0; i < pair->end_count; i++) {
        struct pair_end *other = &pair->ends[i];
        if (other->side == end->side || !ended_well(other))
            continue;
        sctpx_assoc_get_status(other->assoc, &theirs);
        if (mine.local_tag == theirs.remote_tag && mine.remote_tag == theirs.local_tag)
            return other;
    }
    return NULL;
}

/* ---- events ------------------------------------------------------------------------------ */

void pair_accept(struct pair_side *side)
{
    sctpx_assoc *assoc;
    while (sctpx_endpoint_accept(side->endpoint, PAIR_PORT, NULL, &assoc) == 0) {
        struct pair_end *end = pair_end_new(side);
        if (end == NULL) {
            sctpx_assoc_free(assoc, side->pair->now);
            continue;
        }
        end->assoc = assoc;
        sctpx_assoc_set_user(assoc, end);
        const struct pair_end *peer = find_peer(side->pair, end);
        if (peer == NULL || peer->is_closed) {
            /* Out of a late COOKIE ECHO of somebody who has given up. It may even meet another one
             * like it, and both use TSNs again that are still under way. */
            side->pair->is_tainted = true;
        }
    }
}

/* What was not delivered by now never will be; what comes next is for the new peer. */
static void on_restarted(struct pair_end *end)
{
    end->restarts++;
    FUZZ_CHECK(end->segment_count < PAIR_SEGMENTS || end->restarts > PAIR_SEGMENTS - 2);
    if (end->segment_count < PAIR_SEGMENTS)
        end->segments[end->segment_count++] = end->message_count;
    else
        end->side->pair->is_tainted = true; /* more restarts than are kept track of */
}

void pair_on_event(struct pair_side *side, const sctpx_event *event)
{
    struct pair_end *end = event->user;
    FUZZ_CHECK(end != NULL && end->side == side && end->assoc == event->assoc);
    pair_trace(side->pair, "end %u event %d stream %u bytes %zu error %d", end->index,
               (int)event->type, event->stream, event->bytes, event->error);
    FUZZ_CHECK(!end->is_closed);
    switch (event->type) {
    case SCTPX_EVENT_UP:
        FUZZ_CHECK(!end->is_up);
        end->is_up = true;
        break;
    case SCTPX_EVENT_RESTARTED:
        FUZZ_CHECK(end->is_up);
        on_restarted(end);
        pair_take_failed(end, SCTPX_ERESTARTED);
        break;
    case SCTPX_EVENT_MESSAGE:
        pair_on_report(end, &event->report);
        break;
    case SCTPX_EVENT_READABLE:
        FUZZ_CHECK(end->is_up);
        FUZZ_CHECK(sctpx_assoc_readable_bytes(end->assoc, event->stream) > 0);
        end->is_told_readable = true;
        break;
    case SCTPX_EVENT_WRITABLE:
        end->is_writable_wanted = false;
        break;
    case SCTPX_EVENT_DRY:
        FUZZ_CHECK(end->is_up);
        end->is_dry_wanted = false;
        break;
    case SCTPX_EVENT_SENT:
        FUZZ_CHECK(end->is_up);
        end->told_bytes += event->bytes;
        FUZZ_CHECK(end->told_bytes <= end->sent_bytes);
        break;
    case SCTPX_EVENT_CLOSED:
        end->is_closed = true;
        end->error = event->error;
        pair_take_failed(end, event->error);
        pair_check_outcomes(end);
        break;
    default:
        break;
    }
}

/* ---- sending ----------------------------------------------------------------------------- */

void pair_send(struct pair_end *end, unsigned stream, size_t length, uint16_t flags)
{
    uint32_t number = end->message_count;
    if (number == PAIR_MESSAGES || length > PAIR_MAX_MESSAGE)
        return;
    if (number % 2 == 0)
        flags |= SCTPX_MSG_REPORT;
    const sctpx_sndinfo info = {
        .stream = pair_stream_number(stream),
        .flags = flags,
        .ppid = pair_ppid(end, number),
        .context = &end->messages[number],
    };
    int result = sctpx_assoc_send(end->assoc, end->side->pair->now,
                                  pair_content(end->index, number), length, &info);
    pair_trace(end->side->pair, "end %u sends message %u: stream %u, %zu bytes, flags %u: %d",
               end->index, number, info.stream, length, flags, result);
    if (result == SCTPX_EWOULDBLOCK)
        end->is_writable_wanted = true;
    if (result != 0)
        return;
    FUZZ_CHECK(length > 0);
    end->messages[end->message_count++] = (struct pair_message){
        .flags = flags, .stream = (uint8_t)stream, .length = (uint32_t)length};
    end->sent_bytes += length;
    end->is_dry_wanted = true;
}

/* ---- reading ----------------------------------------------------------------------------- */

/* The next ordered message of a stream from a number on. */
static uint32_t next_ordered(const struct pair_end *from, uint8_t stream, uint32_t number)
{
    while (number < from->message_count &&
           (from->messages[number].stream != stream ||
            (from->messages[number].flags & SCTPX_MSG_UNORDERED) != 0))
        number++;
    return number;
}

static size_t segment_of(const struct pair_end *from, uint32_t number)
{
    size_t segment = from->segment_count - 1;
    while (from->segments[segment] > number)
        segment--;
    return segment;
}

/* An ordered message begins: it must be the one after the last, or the first after a restart. */
static void check_order(const struct pair_end *end, struct pair_inflow *inflow,
                        const struct pair_end *from, uint32_t number)
{
    uint8_t stream = from->messages[number].stream;
    size_t segment = segment_of(from, number);
    if (inflow->from != (int)from->index || inflow->segment != segment) {
        if (inflow->from >= 0) /* events are merged: one may tell of several restarts */
            FUZZ_CHECK(end->restarts > 0);
        inflow->from = (int)from->index;
        inflow->segment = segment;
        inflow->next = from->segments[segment];
    }
    FUZZ_CHECK(number == next_ordered(from, stream, inflow->next));
    inflow->next = number + 1;
}

static void begin_message(struct pair_end *end, struct pair_inflow *inflow,
                          const struct pair_end *from, uint32_t number)
{
    if (inflow->is_reading) /* its rest was lost in a restart */
        FUZZ_CHECK(inflow->is_piece && end->restarts > 0);
    inflow->is_reading = true;
    inflow->sender = from->index;
    inflow->number = number;
    inflow->offset = 0;
    uint8_t *seen = &end->seen[from->index][number / 8];
    FUZZ_CHECK((*seen >> number % 8 & 1) == 0);
    *seen |= (uint8_t)(1u << number % 8);
    if ((from->messages[number].flags & SCTPX_MSG_UNORDERED) == 0)
        check_order(end, inflow, from, number);
}

/* The sender and the number of a message; everything that came with it must fit. */
static const struct pair_end *identify(const struct pair_end *end, const sctpx_rcvinfo *info,
                                       uint32_t *ret_number)
{
    unsigned index = info->ppid >> NUMBER_BITS;
    uint32_t number = info->ppid & ((1u << NUMBER_BITS) - 1);
    FUZZ_CHECK(index < end->side->pair->end_count);
    const struct pair_end *from = &end->side->pair->ends[index];
    FUZZ_CHECK(from->side != end->side && number < from->message_count);
    const struct pair_message *message = &from->messages[number];
    FUZZ_CHECK(pair_stream_number(message->stream) == info->stream);
    FUZZ_CHECK((message->flags & SCTPX_MSG_UNORDERED) == (info->flags & SCTPX_MSG_UNORDERED));
    *ret_number = number;
    return from;
}

/* What a peek gave; the first byte of it is the next one not read yet. */
static void check_item(struct pair_end *end, const sctpx_rcvinfo *info, const uint8_t *bytes)
{
    uint32_t number;
    const struct pair_end *from = identify(end, info, &number);
    struct pair_inflow *inflow = &end->inflows[from->messages[number].stream];
    bool is_same = inflow->is_reading && inflow->sender == from->index && inflow->number == number;
    bool is_begun = is_same && inflow->offset == 0; /* looked at before */
    if ((info->flags & SCTPX_MSG_FIRST) != 0 && !is_begun)
        begin_message(end, inflow, from, number);
    FUZZ_CHECK(inflow->is_reading && inflow->sender == from->index && inflow->number == number);
    bool is_last = inflow->offset + info->length == from->messages[number].length;
    FUZZ_CHECK(inflow->offset + info->length <= from->messages[number].length);
    FUZZ_CHECK(((info->flags & SCTPX_MSG_LAST) != 0) == is_last);
    FUZZ_CHECK(((info->flags & SCTPX_MSG_PARTIAL) != 0) == !is_last);
    const uint8_t *wanted = pair_content(from->index, number) + inflow->offset;
    FUZZ_CHECK(memcmp(bytes, wanted, info->length) == 0);
}

static void note_taken(struct pair_end *end, const sctpx_rcvinfo *info, size_t n)
{
    int stream = stream_index(info->stream);
    struct pair_inflow *inflow = &end->inflows[stream];
    inflow->offset += n;
    inflow->is_piece = n == info->length && (info->flags & SCTPX_MSG_PARTIAL) != 0;
    if (n == info->length && (info->flags & SCTPX_MSG_LAST) != 0)
        inflow->is_reading = false;
}

bool pair_read(struct pair_end *end, int stream, size_t max)
{
    static uint8_t bytes[1 << 17];
    sctpx_rcvinfo info;
    int number = stream < 0 ? SCTPX_ANY_STREAM : pair_stream_number((unsigned)stream);
    long n = sctpx_assoc_peek(end->assoc, number, 0, bytes, sizeof bytes, &info);
    if (n == SCTPX_EWOULDBLOCK) {
        FUZZ_CHECK(stream >= 0 || sctpx_assoc_readable_bytes(end->assoc, number) == 0);
        end->is_told_readable = end->is_told_readable && stream >= 0;
        return false;
    }
    FUZZ_CHECK(n > 0 && (size_t)n == info.length);
    FUZZ_CHECK(end->is_told_readable || end->is_closed);
    bool is_tainted = end->side->pair->is_tainted;
    if (!is_tainted)
        check_item(end, &info, bytes);
    if (max >= info.length)
        n = sctpx_assoc_receive(end->assoc, number, bytes, sizeof bytes, &info);
    else
        n = max > 0 ? sctpx_assoc_read_bytes(end->assoc, number, bytes, max) : 0;
    pair_trace(end->side->pair, "end %u reads %ld of message %x: stream %u, %zu bytes, flags %u",
               end->index, n, info.ppid, info.stream, info.length, info.flags);
    FUZZ_CHECK(n == (long)(max < info.length ? max : info.length));
    if (!is_tainted)
        note_taken(end, &info, (size_t)n);
    return true;
}

/* ---- the end ----------------------------------------------------------------------------- */

static void check_arrived(const struct pair_end *from, const struct pair_end *to)
{
    for (uint32_t n = from->segments[from->segment_count - 1]; n < from->message_count; n++)
        FUZZ_CHECK((to->seen[from->index][n / 8] >> n % 8 & 1) != 0);
    for (unsigned i = 0; i < PAIR_STREAMS; i++)
        FUZZ_CHECK(!to->inflows[i].is_reading || to->restarts > 0);
}

void pair_check_complete(struct pair *pair)
{
    for (unsigned i = 0; i < pair->end_count; i++) {
        struct pair_end *end = &pair->ends[i];
        if (!ended_well(end))
            continue;
        FUZZ_CHECK(end->is_closed || !end->is_writable_wanted);
        FUZZ_CHECK(end->is_closed || end->restarts > 0 || !end->is_dry_wanted);
        if (end->restarts == 0)
            FUZZ_CHECK(end->told_bytes == end->sent_bytes);
        const struct pair_end *peer = find_peer(pair, end);
        if (peer != NULL)
            check_arrived(end, peer);
    }
}

/* SPDX-License-Identifier: MIT */
/* Reading in all ways, and comparing it with what was written. */
#include "support/api_walk.h"

#include <string.h>

/* ---- the books ------------------------------------------------------------------------------- */

/* Who writes what comes here has this tag for its own. */
static void find_peer(struct walk_end *end)
{
    struct walk *walk = end->walk;
    sctpx_assoc_status status;

    if (end->life->peer || sctpx_socket_status(end->socket, &status) < 0)
        return;
    for (unsigned i = 0; i < walk->n_lives && status.remote_tag != 0; i++)
        if (walk->lives[i].local_tag == status.remote_tag)
            end->life->peer = &walk->lives[i];
}

static void take_byte(struct walk_end *end, uint8_t byte)
{
    struct walk_life *life = end->life;
    unsigned stream = byte >> 6;

    if (stream != WALK_UNORDERED && byte % 64 != life->pos[stream] % 64)
        walk_fail(end->walk, "socket %u, stream %u: byte %zu is %u", end->id, stream,
                  life->pos[stream], byte % 64u);
    life->pos[stream]++;
    end->walk->checked_bytes++;
    if (life->pos[stream] > life->peer->written[stream])
        walk_fail(end->walk, "socket %u, stream %u: more than was written", end->id, stream);
}

static bool is_known(struct walk_end *end)
{
    find_peer(end);
    return end->life->peer && !end->life->is_muddled && !end->life->peer->is_muddled;
}

static void take(struct walk_end *end, int stream, const uint8_t *bytes, long length)
{
    size_t kept;

    if (length <= 0)
        return;
    for (long i = 0; i < length && is_known(end); i++)
        take_byte(end, bytes[i]);
    kept = (size_t)length < sizeof(end->last) ? (size_t)length : sizeof(end->last);
    memcpy(end->last, bytes + (size_t)length - kept, kept);
    end->last_length = kept;
    /* Another one may be the current one when they are put back. */
    if (stream == SCTPX_CURRENT_STREAM && sctpx_socket_mode(end->socket) == SCTPX_MODE_DATAGRAM)
        stream = sctpx_socket_current_read_stream(end->socket);
    end->last_stream = stream;
}

static int any_stream(struct walk *walk)
{
    static const int streams[] = {SCTPX_ANY_STREAM,
                                  SCTPX_ANY_STREAM,
                                  SCTPX_CURRENT_STREAM,
                                  0,
                                  0,
                                  1,
                                  2,
                                  3,
                                  4,
                                  65534,
                                  65535,
                                  -3};

    return streams[walk_below(walk, sizeof(streams) / sizeof(streams[0]))];
}

/* Errors of all reading calls. */
static void check_result(struct walk *walk, long result)
{
    WALK_RESULT(walk, result, SCTPX_EWOULDBLOCK, SCTPX_ESTATE, SCTPX_EMODE, SCTPX_EINVAL,
                SCTPX_ETRUNC, SCTPX_ELIMIT, SCTPX_ECLOSED, SCTPX_EPEERSHUTDOWN, SCTPX_EPEERABORT,
                SCTPX_ELOST, SCTPX_EABORTED, SCTPX_ETIMEDOUT, SCTPX_EREFUSED, SCTPX_EPROTO,
                SCTPX_EHOSTNOTFOUND, SCTPX_EMSGSIZE, SCTPX_EUNREACH, SCTPX_EADDRINUSE,
                SCTPX_ESTREAM);
}

/* ---- calls ------------------------------------------------------------------------------------- */

static void read_bytes(struct walk_end *end, size_t capacity)
{
    struct walk *walk = end->walk;
    int stream = any_stream(walk);
    long peeked, result;
    uint8_t ahead[256];

    WALK_CALL(walk, peeked = sctpx_socket_peek_bytes(end->socket, stream, ahead, sizeof(ahead)));
    WALK_CALL(walk, result = sctpx_socket_read_bytes(end->socket, stream, walk->buffer, capacity));
    walk_log(walk, "%u: read_bytes %d: %ld (%zu)", end->id, stream, result, capacity);
    check_result(walk, result);
    WALK_CHECK(walk, result < 0 || (size_t)result <= capacity);
    if (capacity > 0)
        WALK_CHECK(walk, (peeked > 0) == (result > 0) && (peeked > 0 || peeked == result));
    if (peeked > 0 && result > 0)
        WALK_CHECK(walk,
                   memcmp(ahead, walk->buffer, (size_t)(peeked < result ? peeked : result)) == 0);
    take(end, stream, walk->buffer, result);
}

static void read_stream(struct walk_end *end, size_t capacity)
{
    struct walk *walk = end->walk;
    long result;

    WALK_CALL(walk, result = sctpx_socket_read(end->socket, walk->buffer, capacity));
    walk_log(walk, "%u: read: %ld (%zu)", end->id, result, capacity);
    check_result(walk, result);
    take(end, SCTPX_ANY_STREAM, walk->buffer, result);
}

static void read_datagram(struct walk_end *end, size_t capacity)
{
    struct walk *walk = end->walk;
    int stream = any_stream(walk);
    sctpx_rcvinfo info = {0}, ahead = {0};
    long size, peeked, result;

    WALK_CALL(walk, size = sctpx_socket_next_datagram_size(end->socket, stream));
    WALK_CALL(walk, peeked = sctpx_socket_peek_datagram(end->socket, stream, walk->buffer, capacity,
                                                        &ahead));
    WALK_CALL(walk, result = sctpx_socket_read_datagram(end->socket, stream, walk->buffer, capacity,
                                                        &info));
    walk_log(walk, "%u: read_datagram %d: %ld (%zu)", end->id, stream, result, capacity);
    check_result(walk, result);
    if (result > 0) {
        WALK_CHECK(walk, result == size && peeked == result && info.length == (size_t)result);
        WALK_CHECK(walk, ahead.tsn == info.tsn && ahead.stream == info.stream);
        WALK_CHECK(walk, stream < 0 || info.stream == stream);
        take(end, stream, walk->buffer, result);
    } else if (result == SCTPX_ETRUNC) {
        WALK_CHECK(walk, size > (long)capacity && info.length == (size_t)size);
    } else {
        WALK_CHECK(walk, size == result && (peeked == result || capacity == 0));
    }
}

static void read_line(struct walk_end *end, size_t capacity)
{
    struct walk *walk = end->walk;
    int stream = any_stream(walk);
    bool can;
    long result;

    WALK_CALL(walk, can = sctpx_socket_can_read_line(end->socket, stream));
    WALK_CALL(walk,
              result = sctpx_socket_read_line(end->socket, stream, (char *)walk->buffer, capacity));
    walk_log(walk, "%u: read_line %d: %ld (%zu)", end->id, stream, result, capacity);
    check_result(walk, result);
    if (capacity < 2)
        WALK_CHECK(walk, result < 0);
    else
        WALK_CHECK(walk, !can || result > 0);
    if (result > 0) {
        WALK_CHECK(walk, walk->buffer[result] == 0);
        WALK_CHECK(walk,
                   !can || walk->buffer[result - 1] == '\n' || (size_t)result == capacity - 1);
    }
    take(end, stream, walk->buffer, result);
}

/* Peeks what it drops, and no more: taking may make room for the next piece of a message. */
static void skip_some(struct walk_end *end, size_t length)
{
    struct walk *walk = end->walk;
    int stream = any_stream(walk);
    long peeked, result;

    WALK_CALL(walk, peeked = sctpx_socket_peek_bytes(end->socket, stream, walk->buffer, length));
    if (peeked > 0)
        length = (size_t)peeked;
    WALK_CALL(walk, result = sctpx_socket_skip(end->socket, stream, length));
    walk_log(walk, "%u: skip %d: %ld (%zu)", end->id, stream, result, length);
    check_result(walk, result);
    WALK_CHECK(walk, result == peeked);
    take(end, stream, walk->buffer, result);
}

/* The end of what was read last, so that it is read again. */
static void put_back(struct walk_end *end)
{
    struct walk *walk = end->walk;
    size_t n = end->last_length;
    int result;

    if (n == 0)
        return;
    WALK_CALL(walk, result = sctpx_socket_unread(end->socket, end->last_stream, end->last, n));
    walk_log(walk, "%u: unread %d, %zu: %d", end->id, end->last_stream, n, result);
    check_result(walk, result);
    end->last_length = 0;
    for (size_t i = 0; result == 0 && i < n && is_known(end); i++)
        end->life->pos[end->last[i] >> 6]--;
}

/* ---- transactions ------------------------------------------------------------------------------- */

static bool *transaction_of(struct walk_end *end, int stream)
{
    if (sctpx_socket_mode(end->socket) == SCTPX_MODE_BYTES || stream == SCTPX_ANY_STREAM)
        return &end->life->in_transaction[WALK_STREAMS];
    return &end->life->in_transaction[stream];
}

static void restore(struct walk_end *end, int stream)
{
    struct walk_life *life = end->life;
    size_t at = (size_t)(transaction_of(end, stream) - life->in_transaction);

    for (size_t i = 0; i < WALK_STREAMS; i++)
        if (at == WALK_STREAMS || at == i)
            life->pos[i] = life->saved_pos[at][i];
}

static void transact(struct walk_end *end)
{
    struct walk *walk = end->walk;
    int stream = (int)walk_below(walk, WALK_STREAMS + 1) - 1; /* any, 0 to 3 */
    bool *in = transaction_of(end, stream);
    unsigned kind = walk_below(walk, 3);
    int result;

    end->last_length = 0;
    if (kind == 0) {
        size_t at = (size_t)(in - end->life->in_transaction);

        WALK_CALL(walk, result = sctpx_socket_start_transaction(end->socket, stream));
        if (result == 0) {
            WALK_CHECK(walk, !*in);
            memcpy(end->life->saved_pos[at], end->life->pos, sizeof(end->life->pos));
            *in = true;
        }
    } else if (kind == 1) {
        WALK_CALL(walk, result = sctpx_socket_commit_transaction(end->socket, stream));
        if (result == 0)
            *in = false;
    } else {
        WALK_CALL(walk, result = sctpx_socket_rollback_transaction(end->socket, stream));
        if (result == 0) {
            restore(end, stream);
            *in = false;
        }
    }
    walk_log(walk, "%u: transaction %d, %u: %d", end->id, stream, kind, result);
    check_result(walk, result);
}

/* ---- interface ------------------------------------------------------------------------------------ */

void walk_read(struct walk_end *end)
{
    struct walk *walk = end->walk;
    size_t capacity = walk_chance(walk, 20) ? walk_below(walk, 20) : walk_below(walk, 4000);

    if (!end->life)
        return;
    switch (walk_below(walk, 12)) {
    case 0:
    case 1:
        read_bytes(end, capacity);
        break;
    case 2:
        read_stream(end, capacity);
        break;
    case 3:
    case 4:
    case 5:
        read_datagram(end, walk_chance(walk, 50) ? WALK_BUFFER_BYTES : capacity);
        break;
    case 6:
    case 7:
        read_line(end, capacity);
        break;
    case 8:
        skip_some(end, capacity);
        break;
    case 9:
        put_back(end);
        break;
    default:
        transact(end);
        break;
    }
}

/* What is taken by a transaction is readable once more; then all of each stream. */
void walk_read_all(struct walk_end *end)
{
    struct walk *walk = end->walk;

    if (!end->life)
        return;
    for (int stream = -1; stream < WALK_STREAMS; stream++) {
        if (sctpx_socket_rollback_transaction(end->socket, stream) == 0) {
            restore(end, stream);
            *transaction_of(end, stream) = false;
        }
    }
    for (int stream = -1; stream < WALK_STREAMS; stream++) {
        long result;

        while ((result = sctpx_socket_read_bytes(end->socket, stream, walk->buffer,
                                                 sizeof(walk->buffer))) > 0)
            take(end, stream, walk->buffer, result);
    }
    /* Bytes put back into single streams kept the others from being read as one. */
    for (long result; (result = sctpx_socket_read_bytes(end->socket, SCTPX_ANY_STREAM, walk->buffer,
                                                        sizeof(walk->buffer))) > 0;)
        take(end, SCTPX_ANY_STREAM, walk->buffer, result);
}

void walk_read_check_whole(struct walk_end *end)
{
    struct walk_life *life = end->life;

    walk_read_all(end);
    if (life->is_discarded || !is_known(end))
        return;
    WALK_CHECK(end->walk, sctpx_socket_bytes_available(end->socket, SCTPX_ANY_STREAM) == 0);
    for (unsigned i = 0; i < WALK_STREAMS; i++)
        if (life->pos[i] != life->peer->written[i])
            walk_fail(end->walk, "socket %u, stream %u: %zu read of %zu", end->id, i, life->pos[i],
                      life->peer->written[i]);
    end->walk->whole_ends++;
}

/* SPDX-License-Identifier: MIT */
/* Messages of test programs: their contents, sending them, and checking what arrived. */
#include <stdlib.h>
#include <string.h>

#include "sim/internal.h"

/* ---- contents ---------------------------------------------------------------------------- */

/* Every byte depends on who sent what; unordered messages count per association, not stream. */
static uint32_t content_key(uint16_t stream, uint32_t number, bool unordered)
{
    uint64_t state = (uint64_t)stream << 33 | (uint64_t)unordered << 32 | number;
    return (uint32_t)sim_draw(&state);
}

static uint8_t content_byte(uint32_t key, size_t i)
{
    return (uint8_t)((key >> 8 * (i & 3)) + i * 167 + (i >> 8) * 13);
}

/* The last byte depends on the length too, so that nothing can be cut off. */
static uint8_t content_end(uint32_t key, size_t length)
{
    return content_byte(key ^ 0x5A5A5A5Au, length * 3 + (length >> 8));
}

static uint8_t *scratch(struct sim *sim, size_t length)
{
    sim->buffer = sim_grow(sim->buffer, &sim->buffer_size, length, 1);
    return sim->buffer;
}

static void fill(uint8_t *buffer, size_t length, uint32_t key)
{
    for (size_t i = 0; i + 1 < length; i++)
        buffer[i] = content_byte(key, i);
    buffer[length - 1] = content_end(key, length);
}

void sim_fill_content(uint8_t *buffer, size_t length, uint16_t stream, uint32_t number)
{
    fill(buffer, length, content_key(stream, number, false));
}

/* Checks a piece that begins at offset within its message. */
static bool is_content(const uint8_t *piece, size_t length, uint32_t key, size_t offset,
                       bool is_last)
{
    size_t plain = is_last ? length - 1 : length;
    for (size_t i = 0; i < plain; i++)
        if (piece[i] != content_byte(key, offset + i))
            return false;
    return !is_last || piece[plain] == content_end(key, offset + length);
}

bool sim_is_content(const uint8_t *data, size_t length, uint16_t stream, uint32_t number,
                    bool is_unordered)
{
    return is_content(data, length, content_key(stream, number, is_unordered), 0, true);
}

/* ---- sending ----------------------------------------------------------------------------- */

int sim_try_send(struct sim_conn *conn, uint16_t stream, size_t length, uint16_t flags)
{
    bool unordered = flags & SCTPX_MSG_UNORDERED;
    conn->next_out = sim_grow(conn->next_out, &conn->max_out, (size_t)stream + 1, sizeof(uint32_t));
    uint32_t *number = unordered ? &conn->unordered_out : &conn->next_out[stream];
    uint8_t *buffer = scratch(conn->host->sim, length + 1);
    if (length > 0 && !conn->host->sim->is_light)
        fill(buffer, length, content_key(stream, *number, unordered));
    sctpx_sndinfo info = {.stream = stream,
                          .flags = flags | sim_outcome_flags(conn),
                          .ppid = *number,
                          .context = sim_outcome_context(conn)};
    const void *data = sim_lend(conn, buffer, length, &info);
    int r = sctpx_assoc_send(conn->assoc, conn->host->sim->now, data, length, &info);
    if (sim_is_tracing())
        sim_print_send(conn, stream, length, r);
    if (r != 0) {
        sim_lend_refused(data, &info, length);
        return r;
    }
    ++*number;
    sim_outcome_on_sent(conn, length, &info);
    conn->sent_messages++;
    conn->sent_bytes += length;
    return 0;
}

void sim_send(struct sim_conn *conn, uint16_t stream, size_t length)
{
    int r = sim_try_send(conn, stream, length, 0);
    sim_expect(conn->host->sim, r, conn->host->name, "send");
}

void sim_send_load(struct sim_conn *conn, struct sim_load load)
{
    assert_true(conn->load_done == conn->load.count);
    conn->load = load;
    conn->load_done = 0;
    sim_conn_pump(conn);
}

static size_t draw_length(struct sim_conn *conn)
{
    const struct sim_load *load = &conn->load;
    if (load->max_bytes <= load->min_bytes)
        return load->min_bytes;
    return load->min_bytes +
           sim_draw(&conn->host->sim->random) % (load->max_bytes - load->min_bytes + 1);
}

void sim_conn_pump(struct sim_conn *conn)
{
    const struct sim_load *load = &conn->load;
    while (conn->load_done < load->count && conn->assoc) {
        size_t turn = load->streams ? conn->load_done % load->streams : 0;
        if (conn->next_length == 0)
            conn->next_length = draw_length(conn);
        int r = sim_try_send(conn, (uint16_t)(load->first_stream + turn), conn->next_length,
                             load->flags);
        if (r == SCTPX_EWOULDBLOCK)
            return;
        sim_expect(conn->host->sim, r, conn->host->name, "send");
        conn->next_length = 0;
        conn->load_done++;
    }
}

/* ---- receiving --------------------------------------------------------------------------- */

static void check_unordered(struct sim_conn *conn, const sctpx_rcvinfo *info)
{
    size_t byte = info->ppid / 8;
    if (info->ppid > 100000000)
        sim_wrong_data(conn->host->sim, "wrong PPID %u", info->ppid);
    conn->unordered_seen = sim_grow(conn->unordered_seen, &conn->max_unordered, byte + 1, 1);
    uint8_t bit = (uint8_t)(1u << info->ppid % 8);
    if ((conn->unordered_seen[byte] & bit) && conn->restarts == 0)
        sim_wrong_data(conn->host->sim, "unordered message %u came twice", info->ppid);
    conn->unordered_seen[byte] |= bit;
}

static void check_ordered(struct sim_conn *conn, const sctpx_rcvinfo *info)
{
    conn->next_in =
        sim_grow(conn->next_in, &conn->max_in, (size_t)info->stream + 1, sizeof(uint32_t));
    /* After a restart of the peer its next message of the stream is the first again. */
    if (conn->restarts > 0 && info->ppid == 0)
        conn->next_in[info->stream] = 0;
    uint32_t expected = conn->next_in[info->stream]++;
    if (info->ppid != expected)
        sim_wrong_data(conn->host->sim, "%s: stream %u: message %u instead of %u", conn->host->name,
                       info->stream, info->ppid, expected);
    if (info->ssn != (uint16_t)expected)
        sim_wrong_data(conn->host->sim, "%s: stream %u: SSN %u of message %u", conn->host->name,
                       info->stream, info->ssn, expected);
}

/* Counts a message when its first byte comes. */
static void check_number(struct sim_conn *conn, const sctpx_rcvinfo *info)
{
    if (info->flags & SCTPX_MSG_UNORDERED)
        check_unordered(conn, info);
    else
        check_ordered(conn, info);
}

/* Flags say which part of a message it is; returns where the piece begins in it. */
static size_t check_flags(const struct sim_conn *conn, size_t length, const sctpx_rcvinfo *info)
{
    struct sim *sim = conn->host->sim;
    bool first = info->flags & SCTPX_MSG_FIRST, last = info->flags & SCTPX_MSG_LAST;
    /* A restart of the peer may have ended a message half-way. */
    size_t begun = conn->restarts > 0 && first ? 0 : conn->piece_offset;
    bool goes_on = begun > 0 && conn->piece_stream == info->stream;
    if (info->length != length || length == 0)
        sim_wrong_data(sim, "received %zu bytes, told %zu", length, info->length);
    if (last == ((info->flags & SCTPX_MSG_PARTIAL) != 0))
        sim_wrong_data(sim, "neither PARTIAL nor LAST, or both");
    if (first == goes_on || (!last && begun > 0 && !goes_on))
        sim_wrong_data(sim, "stream %u: wrong flags 0x%x at offset %zu of stream %u", info->stream,
                       info->flags, conn->piece_offset, conn->piece_stream);
    return goes_on ? conn->piece_offset : 0;
}

/* Whole messages and pieces of them. */
static void check_piece(struct sim_conn *conn, const uint8_t *data, size_t length,
                        const sctpx_rcvinfo *info)
{
    size_t offset = check_flags(conn, length, info);
    bool last = info->flags & SCTPX_MSG_LAST;
    if (offset == 0)
        check_number(conn, info);
    uint32_t key = content_key(info->stream, info->ppid, info->flags & SCTPX_MSG_UNORDERED);
    if (!conn->host->sim->is_light && !is_content(data, length, key, offset, last))
        sim_wrong_data(conn->host->sim, "%s: stream %u message %u (%zu bytes): wrong contents",
                       conn->host->name, info->stream, info->ppid, length);
    if (!last || offset > 0) {
        conn->received_pieces++;
        conn->piece_offset = last ? 0 : offset + length;
        conn->piece_stream = info->stream;
    }
    conn->received_messages += last;
    conn->received_bytes += length;
}

size_t sim_read(struct sim_conn *conn, size_t n)
{
    struct sim *sim = conn->host->sim;
    size_t done = 0;
    while (done < n) {
        sctpx_rcvinfo info;
        uint8_t *buffer = scratch(sim, 4096);
        long length =
            sctpx_assoc_receive(conn->assoc, SCTPX_ANY_STREAM, buffer, sim->buffer_size, &info);
        if (length == SCTPX_ETRUNC) {
            scratch(sim, info.length);
            continue;
        }
        if (length == SCTPX_EWOULDBLOCK)
            break;
        if (length <= 0)
            sim_wrong_data(sim, "receive gave %ld", length);
        check_piece(conn, buffer, (size_t)length, &info);
        done++;
    }
    return done;
}

void sim_conn_restart_counters(struct sim_conn *conn)
{
    if (conn->next_out)
        memset(conn->next_out, 0, conn->max_out * sizeof(uint32_t));
    conn->unordered_out = 0;
}

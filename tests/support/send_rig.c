/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "base/writer.h"
#include "support/send_rig.h"

void send_rig_init(struct send_rig *rig, uint32_t initial_tsn)
{
    sctpx_allocator user;

    memset(rig, 0, sizeof(*rig));
    test_alloc_init(&rig->ta);
    user = test_alloc_allocator(&rig->ta);
    sctpxi_alloc_init(&rig->alloc, &user, SIZE_MAX);
    sctpxi_pool_init(&rig->pool, &rig->alloc, 16384);
    sctpxi_tx_queue_init(&rig->queue, &rig->pool);
    rig->before_first = initial_tsn - 1;
    sctpxi_outstanding_init(&rig->o, &rig->pool, &rig->queue, sctpxi_tsn_make(initial_tsn));
    rig->now = 1000;
}

void send_rig_done(struct send_rig *rig)
{
    sctpxi_tx_queue_done(&rig->queue);
    sctpxi_outstanding_done(&rig->o);
    sctpxi_pool_done(&rig->pool);
    assert_int_equal(rig->alloc.used_bytes, 0);
    assert_true(test_alloc_is_clean(&rig->ta));
}

struct sctpxi_tsn send_rig_tsn(const struct send_rig *rig, uint32_t number)
{
    return sctpxi_tsn_make(rig->before_first + number);
}

struct sctpxi_sent *send_rig_chunk(const struct send_rig *rig, uint32_t number)
{
    return sctpxi_outstanding_at(&rig->o, send_rig_tsn(rig, number));
}

int send_rig_try_send(struct send_rig *rig, uint16_t stream, size_t length, uint8_t path)
{
    static const uint8_t zeros[65536];
    const sctpx_sndinfo info = {.stream = stream};
    struct sctpxi_tx_fragment fragment;
    int result;

    assert_true(length <= sizeof(zeros));
    result = sctpxi_outstanding_reserve(&rig->o);
    if (result < 0) {
        return result;
    }
    result = sctpxi_tx_queue_push(&rig->queue, zeros, length, &info);
    if (result < 0) {
        return result;
    }
    assert_true(sctpxi_tx_queue_peek(&rig->queue, length, &fragment));
    sctpxi_tx_queue_take(&rig->queue, &fragment);
    (void)sctpxi_outstanding_add(&rig->o, &fragment, path, rig->now);
    return 0;
}

void send_rig_send(struct send_rig *rig, uint32_t count, size_t length, uint8_t path)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(send_rig_try_send(rig, 0, length, path), 0);
    }
}

int send_rig_sack(struct send_rig *rig, const struct send_rig_sack *sack,
                  const struct sctpxi_tsn *exit, struct sctpxi_sack_result *ret_result)
{
    uint8_t bytes[sizeof(sack->gaps)];
    struct sctpxi_sack wire = {
        .cum_tsn = send_rig_tsn(rig, sack->cum), .n_gaps = (uint16_t)sack->count, .gaps = bytes};

    assert_true(sack->count <= sizeof(sack->gaps) / sizeof(sack->gaps[0]));
    for (size_t i = 0; i < sack->count; i++) {
        sctpxi_store_u16(bytes + 4 * i, sack->gaps[i].start);
        sctpxi_store_u16(bytes + 4 * i + 2, sack->gaps[i].end);
    }
    return sctpxi_outstanding_on_sack(&rig->o, &wire, exit, ret_result);
}

struct sums {
    uint32_t marked_count, gap_count, chunks[SCTPX_MAX_PATHS], bytes[SCTPX_MAX_PATHS];
    size_t marked_bytes, flight_bytes;
};

static void add_chunk(struct sums *sums, const struct sctpxi_sent *chunk)
{
    switch (chunk->state) {
    case SCTPXI_SENT_IN_FLIGHT:
        sums->chunks[chunk->path]++;
        sums->bytes[chunk->path] += 16 + (chunk->length + 3u) / 4 * 4;
        sums->flight_bytes += chunk->length;
        break;
    case SCTPXI_SENT_MARKED:
        sums->marked_count++;
        sums->marked_bytes += chunk->length;
        break;
    default:
        assert_int_equal(chunk->state, SCTPXI_SENT_GAP_ACKED);
        sums->gap_count++;
    }
}

void send_rig_check_accounts(const struct send_rig *rig)
{
    const struct sctpxi_outstanding *o = &rig->o;
    struct sums sums = {0};

    for (uint32_t i = 1; i <= sctpxi_outstanding_count(o); i++) {
        add_chunk(&sums, sctpxi_outstanding_at(o, sctpxi_tsn_add(o->cum_ack, i)));
    }
    assert_int_equal(o->marked_count, sums.marked_count);
    assert_int_equal(o->marked_bytes, sums.marked_bytes);
    assert_int_equal(o->gap_acked_count, sums.gap_count);
    assert_int_equal(o->total_flight_bytes, sums.flight_bytes);
    for (uint8_t path = 0; path < SCTPX_MAX_PATHS; path++) {
        assert_int_equal(sctpxi_outstanding_flight(o, path).chunks, sums.chunks[path]);
        assert_int_equal(sctpxi_outstanding_flight(o, path).bytes, sums.bytes[path]);
        assert_int_equal(sctpxi_outstanding_has_flight(o, path), sums.chunks[path] > 0);
    }
}

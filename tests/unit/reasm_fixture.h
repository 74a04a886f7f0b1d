/* SPDX-License-Identifier: MIT */
/* What the tests of the reassembly share: one with its memory, and short ways to feed and read it. */
#ifndef UNIT_REASM_FIXTURE_H
#define UNIT_REASM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sctpx/error.h>

#include "engine/reasm.h"
#include "support/test_alloc.h"

struct fixture {
    struct test_alloc ta;
    struct sctpxi_alloc alloc;
    struct sctpxi_pool pool;
    struct sctpxi_reasm r;
};

static inline void start(struct fixture *f)
{
    test_alloc_init(&f->ta);
    sctpx_allocator user = test_alloc_allocator(&f->ta);
    sctpxi_alloc_init(&f->alloc, &user, SIZE_MAX);
    sctpxi_pool_init(&f->pool, &f->alloc, 0);
    sctpxi_reasm_init(&f->r, &f->pool);
}

static inline void stop(struct fixture *f)
{
    sctpxi_reasm_done(&f->r);
    assert_int_equal(f->r.used_bytes, 0);
    assert_int_equal(f->r.incomplete_bytes, 0);
    assert_int_equal(f->r.readable_bytes, 0);
    assert_int_equal(f->r.readable_messages, 0);
    sctpxi_pool_done(&f->pool);
    assert_true(test_alloc_is_clean(&f->ta));
}

/* The account must be what was really taken: the pool keeps nothing here. */
static inline void check_account(const struct fixture *f)
{
    assert_int_equal(f->r.used_bytes, f->ta.live_bytes);
}

/* kind: letters B, E, U as the flags. PPID is the TSN. */
static inline int add(struct fixture *f, uint32_t tsn, const char *kind, uint16_t stream,
                      uint16_t ssn, const char *text)
{
    struct sctpxi_data data = {
        .tsn = sctpxi_tsn_make(tsn),
        .stream = stream,
        .ssn = sctpxi_ssn_make(ssn),
        .ppid = tsn,
        .payload = (const uint8_t *)text,
        .payload_len = strlen(text),
    };

    if (strchr(kind, 'B') != NULL)
        data.flags |= SCTPXI_DATA_BEGIN;
    if (strchr(kind, 'E') != NULL)
        data.flags |= SCTPXI_DATA_END;
    if (strchr(kind, 'U') != NULL)
        data.flags |= SCTPXI_DATA_UNORDERED;

    int result = sctpxi_reasm_add(&f->r, &data);
    check_account(f);
    return result;
}

static inline void add_good(struct fixture *f, uint32_t tsn, const char *kind, uint16_t stream,
                            uint16_t ssn, const char *text)
{
    assert_int_equal(add(f, tsn, kind, stream, ssn, text), 0);
}

/* EPROTO, and not a bit of the reassembly is different. */
static inline void add_refused(struct fixture *f, uint32_t tsn, const char *kind, uint16_t stream,
                               uint16_t ssn, const char *text)
{
    struct sctpxi_reasm before;

    memcpy(&before, &f->r, sizeof(before));
    assert_int_equal(add(f, tsn, kind, stream, ssn, text), SCTPX_EPROTO);
    assert_memory_equal(&before, &f->r, sizeof(before));
}

/* The first message of the stream is this text with these flags; reads it. */
static inline void expect_flags(struct fixture *f, int stream, const char *text, unsigned flags)
{
    char buffer[256] = {0};
    sctpx_rcvinfo info;
    struct sctpxi_rx_message *m = sctpxi_reasm_first(&f->r, stream);

    assert_non_null(m);
    sctpxi_rx_message_info(m, &info);
    assert_int_equal(sctpxi_rx_message_copy(m, 0, buffer, sizeof(buffer) - 1), strlen(text));
    assert_string_equal(buffer, text);
    assert_int_equal(info.length, strlen(text));
    assert_int_equal(info.flags, flags);
    if (stream != SCTPX_ANY_STREAM)
        assert_int_equal(info.stream, stream);
    sctpxi_reasm_consume(&f->r, m, info.length);
    check_account(f);
}

#define WHOLE ((unsigned)(SCTPX_MSG_FIRST | SCTPX_MSG_LAST))

static inline void expect(struct fixture *f, int stream, const char *text)
{
    expect_flags(f, stream, text, WHOLE);
}

static inline void expect_nothing(struct fixture *f, int stream)
{
    assert_null(sctpxi_reasm_first(&f->r, stream));
}

#endif

/* SPDX-License-Identifier: MIT */
#include "support/failing_malloc.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS_MAX = 16384 };

/* The linker makes these: calls of malloc() come here, __real_malloc() is malloc(). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *block);

static struct {
    bool is_on;
    size_t calls, first, count, failed;
    uintptr_t blocks[BLOCKS_MAX]; /* those that live */
    size_t n_blocks;
} state;

static bool is_to_fail(void)
{
    if (!state.is_on)
        return false;
    state.calls++;
    if (state.first == 0 || state.calls < state.first || state.calls - state.first >= state.count)
        return false;
    state.failed++;
    return true;
}

static void *note(void *block)
{
    if (state.is_on && block) {
        if (state.n_blocks == BLOCKS_MAX)
            abort();
        state.blocks[state.n_blocks++] = (uintptr_t)block;
    }
    return block;
}

static void forget(uintptr_t block)
{
    for (size_t i = state.n_blocks; i-- > 0;) {
        if (state.blocks[i] != block)
            continue;
        state.blocks[i] = state.blocks[--state.n_blocks];
        return;
    }
}

void *__wrap_malloc(size_t size)
{
    return is_to_fail() ? NULL : note(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
    return is_to_fail() ? NULL : note(__real_calloc(n, size));
}

void *__wrap_realloc(void *block, size_t size)
{
    uintptr_t before = (uintptr_t)block;

    if (is_to_fail())
        return NULL;
    void *after = __real_realloc(block, size);
    if (after)
        forget(before);
    return note(after);
}

char *__wrap_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = __wrap_malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}

void __wrap_free(void *block)
{
    forget((uintptr_t)block);
    __real_free(block);
}

void failing_malloc_begin(size_t n, size_t count)
{
    state.is_on = true;
    state.calls = state.failed = state.n_blocks = 0;
    state.first = n;
    state.count = count;
}

size_t failing_malloc_end(void)
{
    state.is_on = false;
    return state.failed;
}

size_t failing_malloc_failed(void)
{
    return state.failed;
}

size_t failing_malloc_live(void)
{
    return state.n_blocks;
}

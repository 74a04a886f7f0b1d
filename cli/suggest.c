/* SPDX-License-Identifier: MIT */
#include "suggest.h"

#include <string.h>

enum { WORD_MAX = 32, LIMIT = 2, SHORT_WORD = 3 };

static size_t least(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Levenshtein's, row by row. */
size_t suggest_distance(const char *word, size_t length, const char *candidate)
{
    size_t row[WORD_MAX + 1], width = strlen(candidate);

    if (length > WORD_MAX || width > WORD_MAX)
        return WORD_MAX;
    for (size_t k = 0; k <= width; k++)
        row[k] = k;
    for (size_t i = 1; i <= length; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t k = 1; k <= width; k++) {
            size_t above = row[k];

            row[k] = least(above + 1, row[k - 1] + 1,
                           diagonal + (word[i - 1] == candidate[k - 1] ? 0 : 1));
            diagonal = above;
        }
    }
    return row[width];
}

size_t suggest_limit(size_t length)
{
    return length <= SHORT_WORD ? 1 : LIMIT;
}

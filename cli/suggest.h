/* SPDX-License-Identifier: MIT */
/* What a mistyped word may have been meant to be. No state. */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

/*
 * How many letters have to be changed, put in or left out to make the word (length bytes of it) the
 * candidate; more than any word that is worth suggesting has if they are too long to tell.
 */
size_t suggest_distance(const char *word, size_t length, const char *candidate);

/* The largest distance at which a candidate for a word of this length is worth suggesting. */
size_t suggest_limit(size_t length);

#endif

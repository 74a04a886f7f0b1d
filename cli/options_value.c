/* SPDX-License-Identifier: MIT */
/* Values of options: from text, and in words. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sctpx/addr.h>

#include "options.h"

/* ---- from text ---------------------------------------------------------------------------- */

/* What is left of the text behind the number, NULL if there is none. */
static const char *read_number(const char *text, int base, uint64_t *ret_value)
{
    char *end;

    if (!isdigit((unsigned char)text[0]))
        return NULL; /* strtoull() takes signs and blanks */
    errno = 0;
    *ret_value = strtoull(text, &end, base);
    return errno == 0 ? end : NULL;
}

bool options_parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value)
{
    bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    uint64_t value;
    const char *end = read_number(text, is_hex ? 16 : 10, &value);

    if (!end || *end != '\0' || value < min || value > max)
        return false;
    *ret_value = value;
    return true;
}

static bool parse_size(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value)
{
    static const char units[] = "KMG";
    uint64_t value;
    unsigned shift = 0;
    const char *end = read_number(text, 10, &value);

    if (!end)
        return false;
    if (*end != '\0') {
        const char *unit = strchr(units, toupper((unsigned char)*end));

        if (!unit || end[1] != '\0')
            return false;
        shift = 10 * (unsigned)(unit - units + 1);
    }
    if (value > max >> shift || value << shift < min)
        return false;
    *ret_value = value << shift;
    return true;
}

static bool parse_seconds(const char *text, uint64_t min, uint64_t max, uint64_t *ret_us)
{
    char *end;
    double value;

    if (!isdigit((unsigned char)text[0]) && text[0] != '.')
        return false;
    value = strtod(text, &end);
    if (*end != '\0' || !isfinite(value) || value > (double)max)
        return false;
    *ret_us = (uint64_t)(value * 1e6);
    return *ret_us >= min;
}

static bool parse_choice(const char *text, const char *const *choices, int *ret_choice)
{
    for (int i = 0; choices[i]; i++) {
        if (text[0] != '\0' && strcmp(text, choices[i]) == 0) {
            *ret_choice = i;
            return true;
        }
    }
    return false;
}

static bool add_address(struct options *options, const char *text)
{
    sctpx_addr *addr = &options->bind[options->bind_count];

    if (options->bind_count == SCTPX_MAX_LOCALS || sctpx_addr_parse(text, addr) < 0)
        return false;
    for (size_t i = 0; i < options->bind_count; i++)
        if (sctpx_addr_equal(&options->bind[i], addr))
            return false;
    options->bind_count++;
    return true;
}

bool options_set_value(struct options *options, const struct option_spec *spec, const char *text)
{
    void *field = (char *)options + spec->offset;

    switch (spec->kind) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return true;
    case OPTION_NUMBER:
        return options_parse_number(text, spec->min, spec->max, field);
    case OPTION_SIZE:
        return parse_size(text, spec->min, spec->max, field);
    case OPTION_SECONDS:
        return parse_seconds(text, spec->min, spec->max, field);
    case OPTION_TEXT:
        *(const char **)field = text;
        return true;
    case OPTION_CHOICE:
        return parse_choice(text, spec->choices, field);
    case OPTION_ADDRESS:
        return add_address(options, text);
    case OPTION_DSCP:
        return options_parse_dscp(text, field);
    }
    return false;
}

/* ---- in words ----------------------------------------------------------------------------- */

void options_describe_value(const struct option_spec *spec, char *text, size_t size)
{
    size_t length = 0;

    switch (spec->kind) {
    case OPTION_NUMBER:
    case OPTION_SIZE:
        (void)snprintf(text, size, "a number from %llu to %llu%s", (unsigned long long)spec->min,
                       (unsigned long long)spec->max,
                       spec->kind == OPTION_SIZE ? ", which may end in K, M or G" : "");
        break;
    case OPTION_SECONDS:
        (void)snprintf(text, size, "seconds, from %g to %llu", (double)spec->min / 1e6,
                       (unsigned long long)spec->max);
        break;
    case OPTION_CHOICE:
        for (int i = 0; spec->choices[i] && length < size; i++)
            if (spec->choices[i][0] != '\0')
                length += (size_t)snprintf(text + length, size - length, "%s%s",
                                           length > 0 ? ", " : "one of ", spec->choices[i]);
        break;
    case OPTION_DSCP:
        (void)snprintf(text, size,
                       "a number from 0 to 63, or a name: cs0 to cs7, af11 to af43, ef, "
                       "va, le");
        break;
    default:
        (void)snprintf(text, size, "IP addresses, at most %d, each only once", SCTPX_MAX_LOCALS);
    }
}

/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "options.h"

/* Where the explanations begin. */
enum { HELP_COLUMN = 26 };

static void print_option(const struct option_spec *spec)
{
    char left[80];
    const char *line = spec->help, *end;
    int width = HELP_COLUMN;

    if (spec->letter)
        (void)snprintf(left, sizeof(left), "  -%c, --%s %s", spec->letter, spec->name,
                       spec->value ? spec->value : "");
    else
        (void)snprintf(left, sizeof(left), "      --%s %s", spec->name,
                       spec->value ? spec->value : "");
    printf("%-*s", width, left);
    for (; (end = strchr(line, '\n')) != NULL; line = end + 1)
        printf(" %.*s\n%*s", (int)(end - line), line, width, "");
    printf(" %s\n", line);
}

void options_print_help(const struct command *command)
{
    printf("Usage: sctpx %s [OPTION]... %s\n%s.\n", command->name, command->operands,
           command->summary);
    if (command->text)
        printf("\n%s\n", command->text);
    printf("\nOptions:\n");
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].commands & command->bit)
            print_option(&option_table[i]);
}

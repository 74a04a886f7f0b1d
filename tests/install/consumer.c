/* SPDX-License-Identifier: MIT */
/* What somebody else's program does first: find the headers, link, run. */
#include <stdio.h>
#include <string.h>

#include <sctpx/error.h>
#include <sctpx/version.h>

int main(void)
{
    char built_with[32];

    snprintf(built_with, sizeof(built_with), "%d.%d.%d", SCTPX_VERSION_MAJOR, SCTPX_VERSION_MINOR,
             SCTPX_VERSION_PATCH);
    printf("sctpx %s, %s\n", sctpx_version(), sctpx_strerror(SCTPX_EREFUSED));
    return strcmp(built_with, sctpx_version()) != 0;
}

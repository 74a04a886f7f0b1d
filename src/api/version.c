/* SPDX-License-Identifier: MIT */
#include <sctpx/version.h>

#define VERSION_TEXT(number) #number
#define VERSION_JOIN(major, minor, patch)                                                          \
    VERSION_TEXT(major) "." VERSION_TEXT(minor) "." VERSION_TEXT(patch)

const char *sctpx_version(void)
{
    return VERSION_JOIN(SCTPX_VERSION_MAJOR, SCTPX_VERSION_MINOR, SCTPX_VERSION_PATCH);
}

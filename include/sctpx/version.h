/* SPDX-License-Identifier: MIT */
/* The version of sctpx: of these headers (macros) and of the running library (call). Since 0.1. */
#ifndef SCTPX_VERSION_H
#define SCTPX_VERSION_H

#include <sctpx/visibility.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The only place where the version is written: the build reads it from here. */
#define SCTPX_VERSION_MAJOR 0
#define SCTPX_VERSION_MINOR 1
#define SCTPX_VERSION_PATCH 0

/* Version of the library in use as "major.minor.patch"; a constant string, never NULL. */
SCTPX_API const char *sctpx_version(void);

#ifdef __cplusplus
}
#endif
#endif

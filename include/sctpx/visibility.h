/* SPDX-License-Identifier: MIT */
/* Marks what libsctpx exports. Since 0.1. */
#ifndef SCTPX_VISIBILITY_H
#define SCTPX_VISIBILITY_H

#if defined(__GNUC__) && defined(SCTPX_BUILDING)
#define SCTPX_API __attribute__((visibility("default")))
#else
#define SCTPX_API
#endif

#endif

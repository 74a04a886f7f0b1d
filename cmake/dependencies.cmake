# SPDX-License-Identifier: MIT
# What sctpx is built from. Required: libcrypto, libuv. Optional: ISA-L (else a table
# computes CRC32c), usrsctp (peer in tests and benches), GLib (one example), cmocka (tests).

find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv>=1.44)

set(sctpx_have_isal OFF)
if(SCTPX_ISAL)
    pkg_check_modules(LIBISAL IMPORTED_TARGET libisal)
    if(LIBISAL_FOUND)
        set(sctpx_have_isal ON)
    endif()
endif()
if(SCTPX_TESTS)
    pkg_check_modules(CMOCKA IMPORTED_TARGET cmocka)
    if(NOT CMOCKA_FOUND)
        message(FATAL_ERROR "cmocka not found (Debian: libcmocka-dev); or use -DSCTPX_TESTS=OFF")
    endif()
endif()
if(SCTPX_TESTS OR SCTPX_BENCH)
    pkg_check_modules(USRSCTP IMPORTED_TARGET usrsctp)
endif()
if(SCTPX_EXAMPLES)
    pkg_check_modules(GLIB IMPORTED_TARGET glib-2.0)
endif()

/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include <sctpx/error.h>

/*
 * Switches generated from the list, not tables indexed by value: they stay right if a value is
 * ever left out, and the compiler rejects a value used twice.
 */

#define ERROR_CASE_TEXT(name, value, error_number, text)                                           \
    case value:                                                                                    \
        return text;

const char *sctpx_strerror(int error)
{
    switch (error) {
        SCTPX_ERROR_LIST(ERROR_CASE_TEXT)
    case SCTPX_OK:
        return "success";
    default:
        return "unknown error";
    }
}

#define ERROR_CASE_NAME(name, value, error_number, text)                                           \
    case value:                                                                                    \
        return "SCTPX_" #name;

const char *sctpx_error_name(int error)
{
    switch (error) {
        SCTPX_ERROR_LIST(ERROR_CASE_NAME)
    case SCTPX_OK:
        return "SCTPX_OK";
    default:
        return "SCTPX_E?";
    }
}

#define ERROR_CASE_ERRNO(name, value, error_number, text)                                          \
    case value:                                                                                    \
        return error_number;

int sctpx_error_to_errno(int error)
{
    switch (error) {
        SCTPX_ERROR_LIST(ERROR_CASE_ERRNO)
    case SCTPX_OK:
        return 0;
    default:
        return EIO;
    }
}

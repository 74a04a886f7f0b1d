/* SPDX-License-Identifier: MIT */
#include "exit_code.h"

#include <sctpx/error.h>

int exit_code_of(int error)
{
    switch (error) {
    case SCTPX_OK:
    case SCTPX_EPEERSHUTDOWN:
    case SCTPX_ECLOSED:
        return EXIT_DONE;
    case SCTPX_EREFUSED:
        return EXIT_REFUSED;
    case SCTPX_ETIMEDOUT:
    case SCTPX_ESTALECOOKIE:
    case SCTPX_EUNREACH:
    case SCTPX_EHOSTNOTFOUND:
        return EXIT_NO_REPLY;
    case SCTPX_EPEERABORT:
    case SCTPX_EPROTO:
    case SCTPX_ERESTARTED:
        return EXIT_ABORTED;
    case SCTPX_ELOST:
        return EXIT_LOST;
    default:
        return EXIT_FAILED;
    }
}

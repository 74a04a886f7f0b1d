/* SPDX-License-Identifier: MIT */
#include <sctpx/read.h>

void sctpx_sndinfo_reply(const sctpx_rcvinfo *received, sctpx_sndinfo *ret_info)
{
    *ret_info = (sctpx_sndinfo){.stream = received->stream,
                                .ppid = received->ppid,
                                .flags = received->flags & (unsigned)SCTPX_MSG_UNORDERED};
}

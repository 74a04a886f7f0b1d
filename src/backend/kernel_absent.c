/* SPDX-License-Identifier: MIT */
/* In place of kernel.c where there is no <linux/sctp.h>, or it was left out of the build. */
#include "backend/backend.h"

int sctpxi_backend_kernel_get(sctpx_loop *loop, const struct sctpxi_backend_spec *spec,
                              const struct sctpxi_backend_sink *sink,
                              struct sctpxi_backend **ret_backend)
{
    (void)loop;
    (void)spec;
    (void)sink;
    (void)ret_backend;
    return SCTPX_ENOTSUP;
}

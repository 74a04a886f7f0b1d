/* SPDX-License-Identifier: MIT */
#include "backend/backend.h"

/* Not for what concerns this one request only, such as an address that is in use. */
static bool is_absent(int error)
{
    return error == SCTPX_ENOTSUP || error == SCTPX_ESYSTEM;
}

int sctpxi_backend_get(sctpx_loop *loop, const struct sctpxi_backend_spec *spec,
                       const struct sctpxi_backend_sink *sink, struct sctpxi_backend **ret_backend)
{
    int result;

    if (spec->kind == SCTPX_BACKEND_ENGINE)
        return sctpxi_backend_engine_get(loop, spec, sink, ret_backend);
    result = sctpxi_backend_kernel_get(loop, spec, sink, ret_backend);
    if (spec->kind == SCTPX_BACKEND_KERNEL || !is_absent(result))
        return result;
    return sctpxi_backend_engine_get(loop, spec, sink, ret_backend);
}

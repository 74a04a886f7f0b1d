/* SPDX-License-Identifier: MIT */
#include <sctpx/config.h>
#include <sctpx/error.h>

#define MS UINT64_C(1000)
#define SECOND UINT64_C(1000000)
#define DAY (UINT64_C(86400) * SECOND)
#define MIB ((size_t)1 << 20)

/* 4 GiB, where a size can say that. */
#if SIZE_MAX > UINT32_MAX
#define MEMORY_LIMIT (4096 * MIB)
#else
#define MEMORY_LIMIT SIZE_MAX
#endif

/* RFC 9260 16 where that names a value. */
void sctpx_assoc_options_defaults(sctpx_assoc_options *ret_options)
{
    *ret_options = (sctpx_assoc_options){
        .out_streams = SCTPX_MAX_STREAMS,
        .max_in_streams = SCTPX_MAX_STREAMS,
        .rto_initial_us = 1 * SECOND,
        .rto_min_us = 1 * SECOND,
        .rto_max_us = 60 * SECOND,
        .rto_alpha_shift = 3,
        .rto_beta_shift = 2,
        .association_max_retrans = 10,
        .path_max_retrans = 5,
        .max_init_retrans = 8,
        .hb_interval_us = 30 * SECOND,
        .hb_max_burst = 1,
        .shutdown_guard_us = 0,
        .sack_delay_us = 200 * MS,
        .sack_packets = 2,
        .congestion_control = SCTPX_CONGESTION_CUBIC,
        .loss_detection = SCTPX_LOSS_RACK,
        .max_burst = 4,
        .nagle = false,
        .mtu = 1500,
        .dscp = 0,
        .sndbuf_bytes = 8 * MIB,
        .sndbuf_stream_bytes = 0,
        .rcvbuf_bytes = 8 * MIB,
        .max_message_bytes = 16 * MIB,
        .partial_delivery = false,
        .refuse_restart = false,
    };
}

void sctpx_endpoint_options_defaults(sctpx_endpoint_options *ret_options)
{
    *ret_options = (sctpx_endpoint_options){
        .cookie_lifetime_us = 60 * SECOND,
        .max_assocs = 1000000,
        .memory_limit_bytes = MEMORY_LIMIT,
        .stranger_rate = 10000,
        .stranger_burst = 1000,
        .init_rate = 200000,
        .init_burst = 10000,
        .silent_ootb = false,
    };
    sctpx_assoc_options_defaults(&ret_options->assoc);
}

static bool is_rto_valid(const sctpx_assoc_options *options)
{
    return options->rto_min_us >= 1 && options->rto_min_us <= options->rto_initial_us &&
           options->rto_initial_us <= options->rto_max_us && options->rto_max_us <= DAY &&
           options->rto_alpha_shift >= 1 && options->rto_alpha_shift <= 16 &&
           options->rto_beta_shift >= 1 && options->rto_beta_shift <= 16;
}

static bool is_supervision_valid(const sctpx_assoc_options *options)
{
    return options->hb_max_burst >= 1 && options->sack_delay_us <= 500 * MS &&
           options->sack_packets >= 1;
}

static bool is_sending_valid(const sctpx_assoc_options *options)
{
    return (unsigned)options->congestion_control <= SCTPX_CONGESTION_RFC9260 &&
           (unsigned)options->loss_detection <= SCTPX_LOSS_RFC9260;
}

static bool is_room_valid(const sctpx_assoc_options *options)
{
    return options->mtu >= 576 && options->mtu <= 65535 && options->dscp <= 63 &&
           options->sndbuf_bytes >= 1 && options->rcvbuf_bytes >= 1500 &&
           options->rcvbuf_bytes <= UINT32_MAX && options->max_message_bytes >= 1;
}

int sctpx_assoc_options_check(const sctpx_assoc_options *options)
{
    bool is_valid = options->out_streams >= 1 && options->max_in_streams >= 1 &&
                    is_rto_valid(options) && is_supervision_valid(options) &&
                    is_sending_valid(options) && is_room_valid(options);

    return is_valid ? 0 : SCTPX_EINVAL;
}

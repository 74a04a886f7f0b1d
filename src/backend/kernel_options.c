/* SPDX-License-Identifier: MIT */
/*
 * Limits of retransmissions are 1 at the least. The kernel has no options of a socket for alpha and
 * beta of the RTO, HB.Max.Burst, the shutdown guard and refusing restarts: those are its own.
 */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/sctp.h> /* includes too little of what it needs */

#include "backend/kernel_internal.h"

/* The path MTU of the defaults: the kernel finds its own then. */
enum { DEFAULT_MTU = 1500, MAX_SACK_DELAY_MS = 500 };

/* Milliseconds, rounded up: 0 often means "as it is". */
static uint32_t ms_of(sctpx_time us)
{
    sctpx_time ms = us / 1000 + (us % 1000 != 0);

    return ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

/* 0 is "as it is" to the kernel. */
static uint16_t retrans_of(uint16_t limit)
{
    return limit > 0 ? limit : 1;
}

/* ---- to the kernel ------------------------------------------------------------------------ */

/* Past the system's limit where that is allowed (CAP_NET_ADMIN), else up to it. */
static void set_buffer(int fd, int forced, int plain, size_t bytes)
{
    int value = bytes > INT32_MAX / 2 ? INT32_MAX / 2 : (int)bytes;

    if (sctpxi_kernel_set(fd, SOL_SOCKET, forced, value) < 0)
        (void)sctpxi_kernel_set(fd, SOL_SOCKET, plain, value);
}

/* The window that the kernel announces is what it is given here; for overhead it has as much. */
static void set_receive_buffer(int fd, const sctpx_assoc_options *options)
{
    set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, options->rcvbuf_bytes);
}

void sctpxi_kernel_options_limit(struct sctpxi_kernel_inbox *inbox,
                                 const sctpx_assoc_options *options)
{
    inbox->limit_bytes = options->rcvbuf_bytes;
    inbox->max_message_bytes = options->max_message_bytes;
    inbox->has_pieces = options->partial_delivery;
}

int sctpxi_kernel_options_init(int fd, const sctpx_assoc_options *options)
{
    const struct sctp_initmsg init = {.sinit_num_ostreams = options->out_streams,
                                      .sinit_max_instreams = options->max_in_streams,
                                      .sinit_max_attempts = options->max_init_retrans};

    set_receive_buffer(fd, options);
    return sctpxi_kernel_set_sctp(fd, SCTP_INITMSG, &init, sizeof(init));
}

static int set_rto(int fd, const sctpx_assoc_options *options)
{
    const struct sctp_rtoinfo info = {.srto_initial = ms_of(options->rto_initial_us),
                                      .srto_min = ms_of(options->rto_min_us),
                                      .srto_max = ms_of(options->rto_max_us)};

    return sctpxi_kernel_set_sctp(fd, SCTP_RTOINFO, &info, sizeof(info));
}

static int set_retrans(int fd, const sctpx_assoc_options *options)
{
    const struct sctp_assocparams params = {.sasoc_asocmaxrxt =
                                                retrans_of(options->association_max_retrans)};
    int result = sctpxi_kernel_set_sctp(fd, SCTP_ASSOCINFO, &params, sizeof(params));

    /* More than all paths together allow: the kernel refuses it, and that is the limit then. */
    return result == SCTPX_EINVAL ? 0 : result;
}

static void fill_heartbeat(struct sctp_paddrparams *params, sctpx_time interval_us)
{
    if (interval_us == SCTPX_TIME_NEVER) {
        params->spp_flags |= SPP_HB_DISABLE;
        return;
    }
    params->spp_flags |= SPP_HB_ENABLE;
    params->spp_hbinterval = ms_of(interval_us);
    if (interval_us == 0)
        params->spp_flags |= SPP_HB_TIME_IS_ZERO;
}

static int set_paths(int fd, const sctpx_assoc_options *options)
{
    struct sctp_paddrparams params = {.spp_pathmaxrxt = retrans_of(options->path_max_retrans)};

    fill_heartbeat(&params, options->hb_interval_us);
    if (options->mtu != DEFAULT_MTU) {
        params.spp_flags |= SPP_PMTUD_DISABLE;
        params.spp_pathmtu = options->mtu;
    }
    return sctpxi_kernel_set_sctp(fd, SCTP_PEER_ADDR_PARAMS, &params, sizeof(params));
}

static int set_sack(int fd, const sctpx_assoc_options *options)
{
    uint32_t delay = ms_of(options->sack_delay_us);
    struct sctp_sack_info info = {.sack_delay = delay, .sack_freq = options->sack_packets};

    if (delay > MAX_SACK_DELAY_MS)
        info.sack_delay = MAX_SACK_DELAY_MS;
    if (delay == 0) /* at once */
        info.sack_freq = 1;
    return sctpxi_kernel_set_sctp(fd, SCTP_DELAYED_SACK, &info, sizeof(info));
}

static int set_burst(int fd, const sctpx_assoc_options *options)
{
    const struct sctp_assoc_value value = {.assoc_value = options->max_burst};

    return sctpxi_kernel_set_sctp(fd, SCTP_MAX_BURST, &value, sizeof(value));
}

static void set_dscp(int fd, uint8_t dscp)
{
    (void)sctpxi_kernel_set(fd, IPPROTO_IP, IP_TOS, dscp << 2);
    (void)sctpxi_kernel_set(fd, IPPROTO_IPV6, IPV6_TCLASS, dscp << 2);
}

int sctpxi_kernel_options_apply(int fd, const sctpx_assoc_options *options)
{
    static int (*const steps[])(int fd, const sctpx_assoc_options *options) = {
        set_rto, set_paths, set_retrans, set_sack, set_burst};
    int result = sctpxi_kernel_set(fd, IPPROTO_SCTP, SCTP_NODELAY, options->nagle ? 0 : 1);

    for (size_t i = 0; result >= 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
        result = steps[i](fd, options);
    if (result < 0)
        return result;
    set_dscp(fd, options->dscp);
    set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, options->sndbuf_bytes);
    return 0;
}

static size_t sndbuf_of(int fd)
{
    int value = 0;
    socklen_t length = sizeof(value);

    if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, &length) < 0 || value < 0)
        return 0;
    return (size_t)value;
}

int sctpxi_kernel_options_fit(int fd, size_t length)
{
    if (length <= sndbuf_of(fd))
        return 0;
    set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, length);
    return length <= sndbuf_of(fd) ? 0 : SCTPX_EMSGSIZE;
}

/* ---- from the kernel ---------------------------------------------------------------------- */

static void read_timers(int fd, sctpx_assoc_options *options)
{
    struct sctp_rtoinfo rto = {0};
    struct sctp_assocparams params = {0};

    if (sctpxi_kernel_get_sctp(fd, SCTP_RTOINFO, &rto, sizeof(rto)) >= 0) {
        options->rto_initial_us = (sctpx_time)rto.srto_initial * 1000;
        options->rto_min_us = (sctpx_time)rto.srto_min * 1000;
        options->rto_max_us = (sctpx_time)rto.srto_max * 1000;
    }
    if (sctpxi_kernel_get_sctp(fd, SCTP_ASSOCINFO, &params, sizeof(params)) >= 0)
        options->association_max_retrans = params.sasoc_asocmaxrxt;
}

static sctpx_time heartbeat_of(const struct sctp_paddrparams *params)
{
    return params->spp_flags & SPP_HB_ENABLE ? (sctpx_time)params->spp_hbinterval * 1000
                                             : SCTPX_TIME_NEVER;
}

static void read_rest(int fd, sctpx_assoc_options *options)
{
    struct sctp_paddrparams paths = {0};
    struct sctp_sack_info sack = {0};
    struct sctp_assoc_value burst = {0};
    int no_delay = 0;

    if (sctpxi_kernel_get_sctp(fd, SCTP_PEER_ADDR_PARAMS, &paths, sizeof(paths)) >= 0) {
        options->path_max_retrans = paths.spp_pathmaxrxt;
        options->hb_interval_us = heartbeat_of(&paths);
    }
    if (sctpxi_kernel_get_sctp(fd, SCTP_DELAYED_SACK, &sack, sizeof(sack)) >= 0) {
        options->sack_delay_us = (sctpx_time)sack.sack_delay * 1000;
        options->sack_packets = (uint16_t)(sack.sack_freq > 0 ? sack.sack_freq : 1);
    }
    if (sctpxi_kernel_get_sctp(fd, SCTP_MAX_BURST, &burst, sizeof(burst)) >= 0)
        options->max_burst = (uint16_t)burst.assoc_value;
    if (sctpxi_kernel_get_sctp(fd, SCTP_NODELAY, &no_delay, sizeof(no_delay)) >= 0)
        options->nagle = no_delay == 0;
}

void sctpxi_kernel_options_read(int fd, sctpx_assoc_options *options)
{
    read_timers(fd, options);
    read_rest(fd, options);
}

/* ---- of a connection ---------------------------------------------------------------------- */

void sctpxi_kernel_get_options(const struct sctpxi_backend *backend, const struct sctpxi_conn *conn,
                               sctpx_assoc_options *ret_options)
{
    (void)backend;
    *ret_options = sctpxi_kernel_conn_of_const(conn)->options;
}

int sctpxi_kernel_set_options(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                              const sctpx_assoc_options *options)
{
    struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of(conn);
    int result;

    (void)backend;
    if (self->fd < 0)
        return SCTPX_ESTATE;
    result = sctpxi_kernel_options_apply(self->fd, options);
    if (result < 0)
        return result;
    set_receive_buffer(self->fd, options);
    self->options = *options;
    sctpxi_kernel_options_limit(&self->inbox, options);
    sctpxi_kernel_conn_watch(self);
    return 0;
}

/* ---- of a path ---------------------------------------------------------------------------- */

static int get_params(const struct sctpxi_kernel_conn *self, size_t path,
                      struct sctp_paddrparams *ret_params)
{
    struct sctp_paddrparams params = {0};
    struct sockaddr_storage storage = {0};

    if (path >= self->path_count)
        return SCTPX_EINVAL;
    if (self->fd < 0)
        return SCTPX_ESTATE;
    (void)sctpxi_kernel_addr_to(&self->paths[path].remote, self->remote_port, &storage);
    params.spp_address = storage;
    *ret_params = params;
    return sctpxi_kernel_get_sctp(self->fd, SCTP_PEER_ADDR_PARAMS, ret_params, sizeof(*ret_params));
}

int sctpxi_kernel_get_path_options(const struct sctpxi_backend *backend,
                                   const struct sctpxi_conn *conn, size_t path,
                                   sctpx_path_options *ret_options)
{
    struct sctp_paddrparams params;
    sctpx_path_status status = {0};
    int result = get_params(sctpxi_kernel_conn_of_const(conn), path, &params);

    if (result < 0)
        return result;
    (void)sctpxi_kernel_path(backend, conn, path, &status);
    *ret_options = (sctpx_path_options){
        .hb_interval_us = heartbeat_of(&params),
        .path_max_retrans = params.spp_pathmaxrxt,
        .mtu = status.mtu,
        .rto_us = status.rto_us,
    };
    return 0;
}

/* The RTO cannot be set. */
int sctpxi_kernel_set_path_options(struct sctpxi_backend *backend, struct sctpxi_conn *conn,
                                   size_t path, const sctpx_path_options *options)
{
    const struct sctpxi_kernel_conn *self = sctpxi_kernel_conn_of(conn);
    sctpx_path_options now;
    struct sctp_paddrparams params;
    int result = sctpxi_kernel_get_path_options(backend, conn, path, &now);

    if (result >= 0)
        result = get_params(self, path, &params);
    if (result < 0)
        return result;
    if (options->mtu < 576 || options->mtu > 65535)
        return SCTPX_EINVAL;
    params.spp_flags = 0;
    params.spp_pathmaxrxt = retrans_of(options->path_max_retrans);
    params.spp_pathmtu = 0;
    params.spp_sackdelay = 0;
    fill_heartbeat(&params, options->hb_interval_us);
    if (options->mtu != now.mtu) {
        params.spp_flags |= SPP_PMTUD_DISABLE;
        params.spp_pathmtu = options->mtu;
    }
    return sctpxi_kernel_set_sctp(self->fd, SCTP_PEER_ADDR_PARAMS, &params, sizeof(params));
}

/* SPDX-License-Identifier: MIT */
/* Where transactions begin and end. In between reading only counts: sctpxi_read_take(). */
#include <sctpx/read.h>

#include "api/read.h"
#include "api/socket.h"

int sctpx_socket_start_transaction(sctpx_socket *socket, int stream)
{
    struct sctpxi_read_hold *hold;
    int result = sctpxi_read_check_begin(socket, stream, &stream);

    if (result < 0)
        return result;
    result = sctpxi_read_hold_get(socket, stream, &hold);
    if (result < 0)
        return result;
    if (hold->in_transaction)
        return SCTPX_ESTATE;
    hold->in_transaction = true;
    hold->passed_bytes = 0;
    return 0;
}

/* The transaction of a stream; SCTPX_EINVAL, SCTPX_ESTREAM, SCTPX_ESTATE. */
static int find(const sctpx_socket *socket, int stream, struct sctpxi_read_hold **ret_hold)
{
    struct sctpxi_read_hold *hold;
    int result = sctpxi_read_resolve(socket, stream, &stream);

    if (result < 0)
        return result;
    hold = sctpxi_read_hold_of(socket, stream);
    if (!hold || !hold->in_transaction)
        return sctpxi_read_has_stream(socket, stream) ? SCTPX_ESTATE : SCTPX_ESTREAM;
    *ret_hold = hold;
    return 0;
}

/* Over: the place of reading is where it began. */
static size_t end(struct sctpxi_read_hold *hold)
{
    size_t passed = hold->passed_bytes;

    hold->in_transaction = false;
    hold->passed_bytes = 0;
    return passed;
}

int sctpx_socket_commit_transaction(sctpx_socket *socket, int stream)
{
    struct sctpxi_read_hold *hold;
    int result = find(socket, stream, &hold);
    size_t passed;

    if (result < 0)
        return result;
    stream = hold->stream;
    passed = end(hold);
    sctpxi_read_hold_trim(socket, hold);
    (void)sctpxi_read_take(socket, stream, NULL, passed);
    return 0;
}

int sctpx_socket_rollback_transaction(sctpx_socket *socket, int stream)
{
    struct sctpxi_read_hold *hold;
    int result = find(socket, stream, &hold);

    if (result < 0)
        return result;
    if (end(hold) > 0)
        sctpxi_read_line_forget(socket, hold->stream);
    sctpxi_read_hold_trim(socket, hold);
    return 0;
}

bool sctpx_socket_is_transaction_started(const sctpx_socket *socket, int stream)
{
    struct sctpxi_read_hold *hold;

    return find(socket, stream, &hold) >= 0;
}

/* SPDX-License-Identifier: MIT */
#include "engine/dispatch.h"

#include "engine/burst.h"
#include "engine/collision.h"
#include "engine/data_receive.h"
#include "engine/endpoint.h"
#include "engine/error_receive.h"
#include "engine/handshake.h"
#include "engine/heartbeat.h"
#include "engine/ootb.h"
#include "engine/report.h"
#include "engine/sack_receive.h"
#include "engine/shutdown.h"
#include "engine/termination.h"
#include "engine/timers.h"

#define SETUP (IN(SCTPX_COOKIE_WAIT) | IN(SCTPX_COOKIE_ECHOED))
#define UP                                                                                         \
    (IN(SCTPX_ESTABLISHED) | IN(SCTPX_SHUTDOWN_PENDING) | IN(SCTPX_SHUTDOWN_SENT) |                \
     IN(SCTPX_SHUTDOWN_RECEIVED) | IN(SCTPX_SHUTDOWN_ACK_SENT))
#define ANY (SETUP | UP)

/* SHUTDOWN, SHUTDOWN ACK or COOKIE ACK, which a packet of several chunks may cause as well. */
#define BESIDE_ANSWERS 8

typedef enum sctpxi_verdict (*handler)(sctpx_assoc *a, struct sctpxi_rx *rx,
                                       const struct sctpxi_chunk *chunk);

/* In states that are not named the chunk is skipped without a word. */
static const struct {
    handler handle;
    unsigned states;
} table[] = {
    /* After its SHUTDOWN the peer has no more data (9.2). */
    [SCTPXI_CHUNK_DATA] = {sctpxi_data_on_chunk, IN(SCTPX_ESTABLISHED) |
                                                     IN(SCTPX_SHUTDOWN_PENDING) |
                                                     IN(SCTPX_SHUTDOWN_SENT)},
    [SCTPXI_CHUNK_INIT] = {NULL, 0}, /* carries tag 0, so it never comes this way (8.5.1 A) */
    [SCTPXI_CHUNK_INIT_ACK] = {sctpxi_handshake_on_init_ack, IN(SCTPX_COOKIE_WAIT)},
    /* 6: not once everything is acknowledged and SHUTDOWN is on its way. */
    [SCTPXI_CHUNK_SACK] = {sctpxi_sack_on_chunk,
                           UP & ~(IN(SCTPX_SHUTDOWN_SENT) | IN(SCTPX_SHUTDOWN_ACK_SENT))},
    [SCTPXI_CHUNK_HEARTBEAT] = {sctpxi_heartbeat_on_request, ANY & ~IN(SCTPX_COOKIE_WAIT)},
    [SCTPXI_CHUNK_HEARTBEAT_ACK] = {sctpxi_heartbeat_on_ack, UP},
    [SCTPXI_CHUNK_ABORT] = {sctpxi_termination_on_abort, ANY},
    [SCTPXI_CHUNK_SHUTDOWN] = {sctpxi_shutdown_on_shutdown, UP},
    [SCTPXI_CHUNK_SHUTDOWN_ACK] = {sctpxi_shutdown_on_shutdown_ack, ANY},
    [SCTPXI_CHUNK_ERROR] = {sctpxi_error_on_chunk, ANY & ~IN(SCTPX_COOKIE_WAIT)},
    [SCTPXI_CHUNK_COOKIE_ECHO] = {sctpxi_collision_on_cookie_echo, ANY},
    [SCTPXI_CHUNK_COOKIE_ACK] = {sctpxi_handshake_on_cookie_ack, IN(SCTPX_COOKIE_ECHOED)},
    /* Reserved for ECN, which this engine does not announce: nothing to do (3.2). */
    [SCTPXI_CHUNK_ECNE] = {NULL, 0},
    [SCTPXI_CHUNK_CWR] = {NULL, 0},
    [SCTPXI_CHUNK_SHUTDOWN_COMPLETE] = {sctpxi_shutdown_on_shutdown_complete,
                                        IN(SCTPX_SHUTDOWN_ACK_SENT)},
};

/* RFC 9260 3.2 table 2. */
static enum sctpxi_verdict on_unknown(sctpx_assoc *a, struct sctpxi_rx *rx,
                                      const struct sctpxi_chunk *chunk)
{
    struct sctpxi_unknown_action action = sctpxi_unknown_chunk_action(chunk->type);
    if (action.report && sctpxi_assoc_is_up(a))
        sctpxi_report_unrecognized_chunk(a, rx->path, chunk);
    return action.stop ? SCTPXI_STOP : SCTPXI_GO_ON;
}

static enum sctpxi_verdict on_chunk(sctpx_assoc *a, struct sctpxi_rx *rx,
                                    const struct sctpxi_chunk *chunk)
{
    if (chunk->type >= sizeof table / sizeof table[0])
        return on_unknown(a, rx, chunk);
    if (!sctpxi_assoc_is_in(a, table[chunk->type].states))
        return SCTPXI_GO_ON;
    return table[chunk->type].handle(a, rx, chunk);
}

static void end_packet(sctpx_assoc *a, struct sctpxi_rx *rx, enum sctpxi_verdict verdict)
{
    if (verdict != SCTPXI_GONE && rx->has_data)
        verdict = sctpxi_data_on_packet_end(a, rx);
    if (verdict != SCTPXI_GONE)
        sctpxi_timers_commit(a);
}

void sctpxi_dispatch_rest(sctpx_assoc *a, struct sctpxi_rx *rx, struct sctpxi_chunk_iter *iter)
{
    struct sctpxi_chunk chunk;
    int more;
    enum sctpxi_verdict verdict = SCTPXI_GO_ON;
    while (verdict == SCTPXI_GO_ON && (more = sctpxi_chunk_iter_next(iter, &chunk)) != 0) {
        if (more < 0 || !sctpxi_bundle_allowed(chunk.type))
            break; /* a torn chunk, or one that must be alone: the rest is dropped (6.10) */
        verdict = on_chunk(a, rx, &chunk);
    }
    end_packet(a, rx, verdict);
}

/* INIT ACK and SHUTDOWN COMPLETE alone in their packet (6.10); INIT never has our tag. */
static bool is_bundling_legal(const struct sctpxi_chunk *first,
                              const struct sctpxi_chunk_iter *iter)
{
    return sctpxi_bundle_allowed(first->type) || sctpxi_chunk_iter_at_end(iter);
}

/* RFC 9260 8.5.1 E: SHUTDOWN ACK while we set up is out of the blue, whatever its tag. */
static bool is_out_of_the_blue(const sctpx_assoc *a, const struct sctpxi_chunk *first)
{
    return first->type == SCTPXI_CHUNK_SHUTDOWN_ACK && sctpxi_assoc_is_in(a, SETUP);
}

/* An ABORT behind other chunks. */
static bool find_abort(struct sctpxi_chunk_iter rest, struct sctpxi_chunk *ret_abort)
{
    struct sctpxi_chunk chunk;
    while (sctpxi_chunk_iter_next(&rest, &chunk) > 0) {
        if (chunk.type != SCTPXI_CHUNK_ABORT)
            continue;
        *ret_abort = chunk;
        return true;
    }
    return false;
}

/*
 * 9.1: nothing in a packet with an ABORT is answered, so it is all that is looked at; and if its
 * tag or T bit is wrong, the whole packet is discarded (8.5.1 B).
 */
static bool is_settled_by_abort(sctpx_assoc *a, struct sctpxi_rx *rx,
                                const struct sctpxi_chunk *first,
                                const struct sctpxi_chunk_iter *rest)
{
    struct sctpxi_chunk abort;
    if (first->type == SCTPXI_CHUNK_ABORT || !find_abort(*rest, &abort))
        return false;
    (void)sctpxi_termination_on_abort(a, rx, &abort);
    return true;
}

void sctpxi_dispatch_packet(sctpx_assoc *a, sctpx_time now, uint8_t path,
                            const sctpx_packet *packet, const struct sctpxi_packet *view)
{
    struct sctpxi_rx rx = {.now = now, .packet = packet, .view = view, .path = path};
    struct sctpxi_chunk_iter iter;
    struct sctpxi_chunk first;
    sctpxi_packet_chunks(view, &iter);
    if (sctpxi_chunk_iter_next(&iter, &first) <= 0 || !is_bundling_legal(&first, &iter)) {
        a->endpoint->stats.bad_length++;
        return;
    }
    if (is_settled_by_abort(a, &rx, &first, &iter))
        return;
    if (is_out_of_the_blue(a, &first)) {
        sctpxi_ootb_receive(a->endpoint, now, packet, view);
        return;
    }
    a->received_packets++;
    sctpxi_burst_allow(a);
    sctpxi_control_on_packet(a, sctpxi_chunk_iter_at_end(&iter) ? 0 : BESIDE_ANSWERS);
    if (path != SCTPXI_NO_PATH) {
        a->reply_path = path;
        a->paths[path].received_packets++;
        a->paths[path].received_bytes += packet->length;
        sctpxi_path_learn_port(a, now, path, packet);
    }
    sctpxi_shutdown_on_packet(a, now);
    enum sctpxi_verdict verdict = on_chunk(a, &rx, &first);
    if (verdict == SCTPXI_GO_ON)
        sctpxi_dispatch_rest(a, &rx, &iter);
    else
        end_packet(a, &rx, verdict);
}

/* SPDX-License-Identifier: MIT */
/* Packets and events as lines of text, for SIM_TRACE=1 and for failed tests. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/internal.h"
#include "wire/names.h"

bool sim_is_tracing(void)
{
    static int tracing = -1;
    if (tracing < 0)
        tracing = getenv("SIM_TRACE") != NULL;
    return tracing == 1;
}

static void print_addr(const sctpx_addr *addr)
{
    fprintf(stderr, "%u.%u.%u.%u:%u", addr->ip[0], addr->ip[1], addr->ip[2], addr->ip[3],
            addr->udp_port);
}

static void print_chunk(const struct sim_chunk *chunk)
{
    fprintf(stderr, " [%s", sctpxi_chunk_name(chunk->type));
    if (chunk->flags)
        fprintf(stderr, " 0x%02x", chunk->flags);
    if (chunk->type == SIM_DATA)
        fprintf(stderr, " tsn=%" PRIu32 " sid=%u ssn=%u len=%u", chunk->tsn, chunk->stream,
                chunk->ssn, chunk->length - 16u);
    else if (chunk->type == SIM_SACK)
        fprintf(stderr, " cum=%" PRIu32 " rwnd=%" PRIu32 " gaps=%u dups=%u", chunk->tsn,
                chunk->rwnd, chunk->gaps, chunk->dups);
    else if (chunk->type == SIM_ABORT || chunk->type == SIM_ERROR)
        fprintf(stderr, " cause=%u", chunk->cause);
    else if (chunk->type == SIM_INIT || chunk->type == SIM_INIT_ACK)
        fprintf(stderr, " tag=%08" PRIx32 " tsn=%" PRIu32, chunk->tag, chunk->tsn);
    fputc(']', stderr);
}

void sim_print_packet(const struct sim *sim, const struct sim_packet *packet, const char *note)
{
    fprintf(stderr, "%10.3f ", (double)(sim->now - 1000 * SIM_SECOND) / 1000.0);
    print_addr(&packet->from);
    fputs(" > ", stderr);
    print_addr(&packet->to);
    if (packet->length >= 12)
        fprintf(stderr, " %u>%u %08" PRIx32 " (%zu)", sim_u16(packet->data),
                sim_u16(packet->data + 2), sim_u32(packet->data + 4), packet->length);
    size_t at = 12;
    struct sim_chunk chunk;
    while (at < packet->length && sim_chunk_parse(packet->data + at, packet->length - at, &chunk)) {
        print_chunk(&chunk);
        at += (chunk.length + 3u) & ~(size_t)3u;
    }
    fprintf(stderr, " %s\n", note);
}

void sim_print_send(const struct sim_conn *conn, uint16_t stream, size_t length, int result)
{
    sctpx_assoc_status status;
    sctpx_assoc_get_status(conn->assoc, &status);
    fprintf(stderr, "%10.3f %s: port %u sends %zu bytes on %u: %s\n",
            (double)(conn->host->sim->now - 1000 * SIM_SECOND) / 1000.0, conn->host->name,
            status.local_port, length, stream, result ? sctpx_error_name(result) : "ok");
}

void sim_print_event(const struct sim_host *host, const sctpx_event *event)
{
    static const char *const names[] = {
        [SCTPX_EVENT_INCOMING] = "INCOMING",
        [SCTPX_EVENT_UP] = "UP",
        [SCTPX_EVENT_RESTARTED] = "RESTARTED",
        [SCTPX_EVENT_READABLE] = "READABLE",
        [SCTPX_EVENT_WRITABLE] = "WRITABLE",
        [SCTPX_EVENT_SENT] = "SENT",
        [SCTPX_EVENT_PATH_CONFIRMED] = "CONFIRM",
        [SCTPX_EVENT_PATH_UP] = "PATH_UP",
        [SCTPX_EVENT_PATH_DOWN] = "PATH_DOWN",
        [SCTPX_EVENT_HEARTBEAT] = "HEARTBEAT",
        [SCTPX_EVENT_REMOTE_ERROR] = "REMOTE_ERROR",
        [SCTPX_EVENT_PEER_SHUTDOWN] = "PEER_SHUTDOWN",
        [SCTPX_EVENT_PATH_PRIMARY] = "PATH_PRIMARY",
        [SCTPX_EVENT_MESSAGE] = "MESSAGE",
        [SCTPX_EVENT_DRY] = "DRY",
        [SCTPX_EVENT_CLOSED] = "CLOSED",
    };
    size_t type = (size_t)event->type;
    fprintf(stderr, "%10.3f %s: %s stream=%u path=%zu bytes=%zu error=%s cause=%u\n",
            (double)(host->sim->now - 1000 * SIM_SECOND) / 1000.0, host->name,
            type < sizeof(names) / sizeof(names[0]) && names[type] ? names[type] : "?",
            event->stream, event->path,
            event->bytes, event->error ? sctpx_error_name(event->error) : "0", event->cause);
}

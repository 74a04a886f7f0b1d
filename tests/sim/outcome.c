/* SPDX-License-Identifier: MIT */
/*
 * What becomes of every message that a test program sends: acknowledged or failed, once; every
 * second one asks for reports, whose steps must come in order.
 */
#include <string.h>

#include "sim/internal.h"

enum { REPORTED = 1, SENT = 2, ACKED = 4, FAILED = 8 };

uint16_t sim_outcome_flags(const struct sim_conn *conn)
{
    return conn->sent_messages % 2 == 0 && !conn->host->sim->is_light ? SCTPX_MSG_REPORT : 0;
}

/* The context of a message is its number among all of the conn, from 1 on. */
void *sim_outcome_context(const struct sim_conn *conn)
{
    return (void *)(uintptr_t)(conn->sent_messages + 1);
}

void sim_outcome_on_sent(struct sim_conn *conn, size_t length, const sctpx_sndinfo *info)
{
    if (conn->host->sim->is_light)
        return;
    conn->outcomes = sim_grow(conn->outcomes, &conn->max_outcomes, conn->sent_messages + 1,
                              sizeof(*conn->outcomes));
    conn->outcomes[conn->sent_messages] = (struct sim_outcome){
        .length = length,
        .ppid = info->ppid,
        .stream = info->stream,
        .is_unordered = (info->flags & SCTPX_MSG_UNORDERED) != 0,
        .steps = (info->flags & SCTPX_MSG_REPORT) != 0 ? REPORTED : 0,
    };
}

static struct sim_outcome *find(const struct sim_conn *conn, const void *context, uint16_t stream,
                                uint32_t ppid, size_t length)
{
    size_t number = (uintptr_t)context;
    if (number == 0 || number > conn->sent_messages)
        sim_violation(conn->host->sim, "%s: outcome of no message", conn->host->name);
    struct sim_outcome *outcome = &conn->outcomes[number - 1];
    if (outcome->stream != stream || outcome->ppid != ppid || outcome->length != length)
        sim_violation(conn->host->sim, "%s: outcome of another message", conn->host->name);
    return outcome;
}

void sim_outcome_on_report(struct sim_conn *conn, const sctpx_message_report *report)
{
    struct sim_outcome *outcome =
        find(conn, report->context, report->stream, report->ppid, report->length);
    bool is_sent = report->outcome == SCTPX_MESSAGE_SENT;
    unsigned wanted = is_sent ? REPORTED : REPORTED | SENT;
    if (outcome->steps != wanted)
        sim_violation(conn->host->sim, "%s: report %d of message %u after 0x%x", conn->host->name,
                      (int)report->outcome, report->ppid, outcome->steps);
    outcome->steps |= is_sent ? SENT : ACKED;
    conn->sent_reports += is_sent;
    conn->acked_reports += !is_sent;
}

static void on_failed(struct sim_conn *conn, const sctpx_failed_message *message, int error)
{
    const struct sim *sim = conn->host->sim;
    const sctpx_sndinfo *info = &message->info;
    if (info->context == NULL || sim->is_light)
        return; /* sent by a test by hand */
    struct sim_outcome *outcome =
        find(conn, info->context, info->stream, info->ppid, message->length);
    if ((outcome->steps & (ACKED | FAILED)) != 0 || message->error != error)
        sim_violation(sim, "%s: message %u failed (%d) after 0x%x", conn->host->name, info->ppid,
                      message->error, outcome->steps);
    if ((outcome->steps & SENT) != 0 && !message->was_sent)
        sim_violation(sim, "%s: message %u was sent", conn->host->name, info->ppid);
    if ((size_t)(outcome - conn->outcomes) < conn->failed_from)
        sim_violation(sim, "%s: message %u failed out of order", conn->host->name, info->ppid);
    if (!sim_is_content(message->data, message->length, info->stream, info->ppid,
                        outcome->is_unordered))
        sim_violation(sim, "%s: message %u failed with other bytes", conn->host->name, info->ppid);
    outcome->steps |= FAILED;
    conn->failed_from = (size_t)(outcome - conn->outcomes) + 1;
    conn->failed_messages++;
    conn->failed_sent_messages += message->was_sent;
}

void sim_outcome_take_failed(struct sim_conn *conn, int error)
{
    sctpx_failed_message message;
    while (sctpx_assoc_next_failed(conn->assoc, &message) > 0)
        on_failed(conn, &message, error);
}

void sim_outcome_on_closed(struct sim_conn *conn)
{
    sim_outcome_take_failed(conn, conn->error);
    if (conn->host->sim->is_light)
        return;
    for (size_t i = 0; i < conn->sent_messages; i++) {
        unsigned steps = conn->outcomes[i].steps;
        if ((steps & REPORTED) != 0 && (steps & (ACKED | FAILED)) == 0)
            sim_violation(conn->host->sim, "%s: message %zu was neither acknowledged nor failed",
                          conn->host->name, i);
    }
}

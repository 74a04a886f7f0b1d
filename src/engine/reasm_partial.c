/* SPDX-License-Identifier: MIT */
/*
 * Partial delivery, RFC 9260 6.9. The TSNs of a message follow each other, so an incomplete message
 * whose TSNs are all <= cum ends at cum: there is one at most, and until it is complete cum moves
 * through it only. Hence one record, and every chunk that continues it continues the delivery.
 */

#include "engine/reasm_internal.h"

/* The message is over: what had to wait for that goes on. */
static void finish(struct sctpxi_reasm *r, struct sctpxi_tsn last_tsn)
{
    struct sctpxi_rx_partial *partial = &r->extra->partial;
    struct sctpxi_rx_stream *s = partial->stream;
    struct sctpxi_rx_message *m;

    partial->stream = NULL;
    s->is_partial = false;
    if (!partial->is_unordered)
        sctpxi_rx_stream_advance(s, last_tsn);
    while ((m = TAILQ_FIRST(&partial->held)) != NULL) {
        TAILQ_REMOVE(&partial->held, m, listed.all);
        sctpxi_rx_stream_push(r, m, SCTPX_MSG_FIRST | SCTPX_MSG_LAST);
    }
    sctpxi_rx_stream_drain(r, s);
}

void sctpxi_rx_partial_go_on(struct sctpxi_reasm *r, struct sctpxi_rx_message *m)
{
    const struct sctpxi_rx_message *tail = m->run.other;
    struct sctpxi_tsn last_tsn = tail->tsn;
    bool is_last = (tail->chunk_flags & SCTPXI_DATA_END) != 0;

    m->ppid = r->extra->partial.ppid;
    r->extra->partial.next_tsn = sctpxi_tsn_next(last_tsn);
    sctpxi_rx_stream_push(r, m, is_last ? SCTPX_MSG_LAST : SCTPX_MSG_PARTIAL);
    if (is_last)
        finish(r, last_tsn);
}

/* The run that can be handed over in part, or NULL. */
static struct sctpxi_rx_message *find_candidate(const struct sctpxi_reasm *r, struct sctpxi_tsn cum)
{
    const struct sctpxi_rx_message *tail = sctpxi_rx_table_get(&r->ring, cum.v);

    if (tail == NULL || r->extra->partial.stream != NULL)
        return NULL;
    struct sctpxi_rx_message *head = tail->run.other;
    if (!sctpxi_tsn_le(head->tsn, cum) || (head->chunk_flags & SCTPXI_DATA_BEGIN) == 0)
        return NULL;
    if (!sctpxi_rx_is_unordered(head) && sctpxi_rx_stream_must_wait(head->stream, head->ssn))
        return NULL;
    return head;
}

bool sctpxi_reasm_deliver_partly(struct sctpxi_reasm *r, struct sctpxi_tsn cum)
{
    struct sctpxi_rx_message *m = find_candidate(r, cum);

    if (m == NULL)
        return false;
    sctpxi_rx_ring_take(r, m);
    struct sctpxi_rx_partial *partial = &r->extra->partial;
    m->stream->is_partial = true;
    partial->stream = m->stream;
    partial->next_tsn = sctpxi_tsn_next(cum);
    partial->ssn = m->ssn;
    partial->ppid = m->ppid;
    partial->is_unordered = sctpxi_rx_is_unordered(m);
    sctpxi_rx_stream_push(r, m, SCTPX_MSG_FIRST | SCTPX_MSG_PARTIAL);
    return true;
}

void sctpxi_rx_partial_clear(struct sctpxi_reasm *r)
{
    struct sctpxi_rx_partial *partial = &r->extra->partial;
    struct sctpxi_rx_message *m;

    while ((m = TAILQ_FIRST(&partial->held)) != NULL) {
        TAILQ_REMOVE(&partial->held, m, listed.all);
        sctpxi_rx_message_free(r, m);
    }
    if (partial->stream != NULL)
        partial->stream->is_partial = false;
    partial->stream = NULL;
}

/* SPDX-License-Identifier: MIT */
/* What "sctpx perf client" tells while it measures: for each interval what it brought. */
#include <stdio.h>
#include <stdlib.h>

#include "perf.h"

/* Of the JSON array; more than that is left out. */
enum { MAX_TEXT_BYTES = 16 << 20 };

enum { SECOND_US = 1000000 };

/* One interval of one flow, or of all. Times are counted from the beginning. */
struct interval {
    sctpx_time start_us, end_us;
    struct perf_sample amounts;
    uint64_t cwnd_bytes;
    sctpx_time srtt_us;
};

struct perf_intervals {
    FILE *json; /* writes text */
    char *text;
    size_t length;
    uint64_t left_out;
    sctpx_time start_us;  /* of the one under way */
    struct interval kept; /* the last one, not in the text yet; it may get the rest */
    bool has_kept;
};

static unsigned long long wide(uint64_t value)
{
    return (unsigned long long)value;
}

int perf_intervals_new(struct perf_intervals **ret_intervals)
{
    struct perf_intervals *intervals = calloc(1, sizeof(*intervals));

    if (intervals)
        intervals->json = open_memstream(&intervals->text, &intervals->length);
    if (!intervals || !intervals->json) {
        free(intervals);
        return SCTPX_ENOMEM;
    }
    *ret_intervals = intervals;
    return 0;
}

void perf_intervals_free(struct perf_intervals *intervals)
{
    if (!intervals)
        return;
    fclose(intervals->json);
    free(intervals->text);
    free(intervals);
}

sctpx_time perf_interval_us(const struct perf *perf)
{
    uint64_t interval = perf->node.options->interval;

    return interval != OPTION_UNSET ? interval : SECOND_US;
}

void perf_intervals_begin(struct perf *perf, sctpx_time now)
{
    perf->intervals->start_us = now;
}

/* ---- figures ------------------------------------------------------------------------------ */

void perf_look_at_path(struct perf_flow *flow)
{
    sctpx_assoc_status status;
    sctpx_path_status path;

    if (sctpx_socket_status(flow->socket, &status) < 0 ||
        sctpx_socket_path_status(flow->socket, status.data_path, &path) < 0)
        return;
    flow->cwnd_bytes = path.cwnd_bytes;
    flow->srtt_us = path.srtt_us;
}

/* Of an association that broke off: its queues are empty, so only its totals tell. */
static size_t never_arrived(const struct perf_flow *flow, const sctpx_assoc_status *status)
{
    uint64_t arrived = status->sent_bytes - status->unacked_bytes;

    return arrived < flow->sent_bytes ? (size_t)(flow->sent_bytes - arrived) : 0;
}

/* What the peer has acknowledged counts, not what is queued; questions are queued too. */
static struct perf_sample sample(struct perf_flow *flow)
{
    size_t waiting = sctpx_socket_bytes_to_write(flow->socket, SCTPX_ANY_STREAM);
    struct perf_sample now = {.sent_bytes = flow->sent_bytes,
                              .received_bytes = flow->received_bytes,
                              .operations = flow->operations,
                              .retransmitted_chunks = flow->retransmitted_chunks};
    sctpx_assoc_status status;

    if (flow->is_finishing)
        waiting = 0;
    else if (flow->is_over && sctpx_socket_status(flow->socket, &status) == 0)
        waiting = never_arrived(flow, &status);
    now.sent_bytes -= waiting < now.sent_bytes ? waiting : now.sent_bytes;
    if (now.sent_bytes < flow->last.sent_bytes)
        now.sent_bytes = flow->last.sent_bytes;
    if (!flow->is_over && sctpx_socket_status(flow->socket, &status) == 0) {
        now.retransmitted_chunks += status.retransmitted_chunks;
        if (!flow->is_finishing)
            perf_look_at_path(flow);
    }
    return now;
}

static struct interval take_interval(struct perf_flow *flow, const struct interval *time)
{
    struct perf_sample now = sample(flow), *last = &flow->last;
    struct interval interval = {
        .start_us = time->start_us,
        .end_us = time->end_us,
        .amounts = {.sent_bytes = now.sent_bytes - last->sent_bytes,
                    .received_bytes = now.received_bytes - last->received_bytes,
                    .operations = now.operations - last->operations},
        .cwnd_bytes = flow->cwnd_bytes,
        .srtt_us = flow->srtt_us};

    if (now.retransmitted_chunks > last->retransmitted_chunks)
        interval.amounts.retransmitted_chunks =
            now.retransmitted_chunks - last->retransmitted_chunks;
    *last = now;
    return interval;
}

static void add_amounts(struct perf_sample *sum, const struct perf_sample *one)
{
    sum->sent_bytes += one->sent_bytes;
    sum->received_bytes += one->received_bytes;
    sum->operations += one->operations;
    sum->retransmitted_chunks += one->retransmitted_chunks;
}

static void add(struct interval *sum, const struct interval *one)
{
    add_amounts(&sum->amounts, &one->amounts);
    sum->cwnd_bytes += one->cwnd_bytes;
    sum->srtt_us += one->srtt_us;
}

/* ---- lines -------------------------------------------------------------------------------- */

static double seconds(sctpx_time time_us)
{
    return (double)time_us / 1e6;
}

static double rate(uint64_t amount, sctpx_time time_us)
{
    return time_us > 0 ? (double)amount * 1e6 / (double)time_us : 0;
}

/* Where a line goes, and which associations it is about. */
struct line {
    FILE *to;
    const char *who;
    bool has_rate;
};

static void print_start(const struct line *line, const struct interval *interval)
{
    fprintf(line->to, "[%3s] %7.2f-%-7.2f s  ", line->who, seconds(interval->start_us),
            seconds(interval->end_us));
}

static void print_bytes(const struct line *line, const struct interval *interval, const char *what,
                        uint64_t bytes)
{
    print_start(line, interval);
    fprintf(line->to, "%s %10.2f MB ", what, (double)bytes / 1e6);
    if (line->has_rate)
        fprintf(line->to, "%10.2f Mbit/s",
                rate(bytes, interval->end_us - interval->start_us) * 8 / 1e6);
    else
        fprintf(line->to, "(rest)");
}

static void print_operations(const struct line *line, const struct interval *interval)
{
    uint64_t operations = interval->amounts.operations;

    print_start(line, interval);
    fprintf(line->to, "%10llu ", wide(operations));
    if (line->has_rate)
        fprintf(line->to, "%10.0f /s", rate(operations, interval->end_us - interval->start_us));
    else
        fprintf(line->to, "(rest)");
}

static void print_line(const struct perf *perf, const struct line *line,
                       const struct interval *interval)
{
    const struct perf_sample *amounts = &interval->amounts;

    if (perf->test == &perf_throughput) {
        if (perf->receives) {
            print_bytes(line, interval, "received", amounts->received_bytes);
            fputc('\n', line->to);
        }
        if (!perf->sends)
            return;
        print_bytes(line, interval, "sent", amounts->sent_bytes);
    } else {
        print_operations(line, interval);
    }
    fprintf(line->to, "  retransmitted %llu", wide(amounts->retransmitted_chunks));
    if (perf->test != &perf_setup)
        fprintf(line->to, "  cwnd %.1f KB  rtt %.3f ms", (double)interval->cwnd_bytes / 1e3,
                (double)interval->srtt_us / 1e3);
    fputc('\n', line->to);
}

/* ---- JSON --------------------------------------------------------------------------------- */

/* Only what this measurement measures. */
void perf_print_sample(const struct perf *perf, FILE *to, const struct perf_sample *amounts,
                       sctpx_time time_us)
{
    bool is_both = perf->sends && perf->receives;

    if (perf->test != &perf_throughput) {
        fprintf(to, "\"operations\": %llu, ", wide(amounts->operations));
    } else {
        if (perf->sends)
            fprintf(to, "\"sent_bytes\": %llu, \"bits_per_second\": %.0f, ",
                    wide(amounts->sent_bytes), rate(amounts->sent_bytes, time_us) * 8);
        if (perf->receives)
            fprintf(to, "\"received_bytes\": %llu, \"%sbits_per_second\": %.0f%s",
                    wide(amounts->received_bytes), is_both ? "received_" : "",
                    rate(amounts->received_bytes, time_us) * 8, perf->sends ? ", " : "");
    }
    if (perf->sends || perf->test != &perf_throughput)
        fprintf(to, "\"retransmitted_chunks\": %llu", wide(amounts->retransmitted_chunks));
}

/* The one kept goes into the text. */
static void append_kept(const struct perf *perf)
{
    struct perf_intervals *intervals = perf->intervals;
    const struct interval *kept = &intervals->kept;

    if (!intervals->has_kept)
        return;
    intervals->has_kept = false;
    if (ftello(intervals->json) > MAX_TEXT_BYTES) {
        intervals->left_out++;
        return;
    }
    fprintf(intervals->json, "%s{\"start\": %.6f, \"end\": %.6f, ",
            ftello(intervals->json) > 0 ? ", " : "", seconds(kept->start_us),
            seconds(kept->end_us));
    perf_print_sample(perf, intervals->json, &kept->amounts, kept->end_us - kept->start_us);
    if (perf->test == &perf_rr || (perf->test == &perf_throughput && perf->sends))
        fprintf(intervals->json, ", \"cwnd_bytes\": %llu, \"rtt_us\": %llu", wide(kept->cwnd_bytes),
                wide(kept->srtt_us));
    fputc('}', intervals->json);
}

static void keep(const struct perf *perf, const struct interval *interval, bool is_added)
{
    struct interval *kept = &perf->intervals->kept;

    if (is_added) {
        const struct interval before = *kept;

        *kept = *interval;
        kept->start_us = before.start_us;
        add_amounts(&kept->amounts, &before.amounts);
        return;
    }
    append_kept(perf);
    *kept = *interval;
    perf->intervals->has_kept = true;
}

/* ---- an interval -------------------------------------------------------------------------- */

/* What came at the very moment at which the last interval ended, but after that. */
static void add_late(struct perf *perf)
{
    struct interval *kept = &perf->intervals->kept;

    for (size_t i = 0; i < perf->flow_count; i++) {
        struct interval one = take_interval(&perf->flows[i], kept);

        add_amounts(&kept->amounts, &one.amounts);
    }
}

void perf_interval_end(struct perf *perf, sctpx_time now, bool is_rest)
{
    struct perf_intervals *intervals = perf->intervals;
    struct interval sum = {.start_us = intervals->start_us - perf->start_us,
                           .end_us = now - perf->start_us};
    bool has_lines = perf->flow_count > 1 && perf->flow_count <= PERF_MAX_LINES;
    char who[24];
    struct line line = {.to = perf->node.options->json ? stderr : stdout, .who = who};

    if (now <= intervals->start_us) {
        if (is_rest && intervals->has_kept)
            add_late(perf);
        return;
    }
    is_rest =
        is_rest && intervals->has_kept && now - intervals->start_us < perf_interval_us(perf) / 10;
    line.has_rate = !is_rest;
    for (size_t i = 0; i < perf->flow_count; i++) {
        struct interval one = take_interval(&perf->flows[i], &sum);

        add(&sum, &one);
        (void)snprintf(who, sizeof(who), "%zu", i + 1);
        if (has_lines)
            print_line(perf, &line, &one);
    }
    sum.srtt_us /= perf->flow_count;
    line.who = perf->flow_count > 1 ? "SUM" : "1";
    print_line(perf, &line, &sum);
    keep(perf, &sum, is_rest);
    fflush(line.to);
    intervals->start_us = now;
}

void perf_intervals_print(struct perf *perf)
{
    struct perf_intervals *intervals = perf->intervals;

    append_kept(perf);
    (void)fflush(intervals->json);
    printf(", \"intervals\": [%s], \"intervals_left_out\": %llu", intervals->text,
           wide(intervals->left_out));
}

/* SPDX-License-Identifier: MIT */
/* What "sctpx perf client" tells while it measures: for each interval what it brought. */
#include <stdio.h>
#include <stdlib.h>

#include "perf.h"

/* Of the JSON array; more than that is left out. */
enum { MAX_TEXT_BYTES = 16 << 20 };

struct perf_intervals {
    FILE *json; /* writes text */
    char *text;
    size_t length;
    uint64_t left_out;
    sctpx_time start_us; /* of the one under way */
};

/* One interval of one flow, or of all. */
struct interval {
    struct perf_sample amounts;
    uint64_t cwnd_bytes;
    sctpx_time srtt_us;
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

static struct interval take_interval(struct perf_flow *flow)
{
    struct perf_sample now = sample(flow), *last = &flow->last;
    struct interval interval = {
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

static void add(struct interval *sum, const struct interval *one)
{
    sum->amounts.sent_bytes += one->amounts.sent_bytes;
    sum->amounts.received_bytes += one->amounts.received_bytes;
    sum->amounts.operations += one->amounts.operations;
    sum->amounts.retransmitted_chunks += one->amounts.retransmitted_chunks;
    sum->cwnd_bytes += one->cwnd_bytes;
    sum->srtt_us += one->srtt_us;
}

/* ---- lines -------------------------------------------------------------------------------- */

/* Of which associations, which interval. */
struct label {
    const char *who;
    double start_s, end_s;
};

static void print_bytes(FILE *to, const struct label *label, const char *what, uint64_t bytes)
{
    double length_s = label->end_s - label->start_s;

    fprintf(to, "[%3s] %7.2f-%-7.2f s  %s %10.2f MB %10.2f Mbit/s", label->who, label->start_s,
            label->end_s, what, (double)bytes / 1e6,
            length_s > 0 ? (double)bytes * 8 / 1e6 / length_s : 0);
}

static void print_line(const struct perf *perf, const struct label *label,
                       const struct interval *interval)
{
    const struct perf_sample *amounts = &interval->amounts;
    FILE *to = perf->node.options->json ? stderr : stdout;
    double length_s = label->end_s - label->start_s;

    if (perf->test == &perf_throughput) {
        if (perf->receives) {
            print_bytes(to, label, "received", amounts->received_bytes);
            fputc('\n', to);
        }
        if (!perf->sends)
            return;
        print_bytes(to, label, "sent", amounts->sent_bytes);
    } else {
        fprintf(to, "[%3s] %7.2f-%-7.2f s  %10llu %10.0f /s", label->who, label->start_s,
                label->end_s, wide(amounts->operations),
                length_s > 0 ? (double)amounts->operations / length_s : 0);
    }
    fprintf(to, "  retransmitted %llu", wide(amounts->retransmitted_chunks));
    if (perf->test != &perf_setup)
        fprintf(to, "  cwnd %.1f KB  rtt %.3f ms", (double)interval->cwnd_bytes / 1e3,
                (double)interval->srtt_us / 1e3);
    fputc('\n', to);
}

/* Only what this measurement measures. */
void perf_print_sample(const struct perf *perf, FILE *to, const struct perf_sample *amounts)
{
    if (perf->test != &perf_throughput) {
        fprintf(to, "\"operations\": %llu", wide(amounts->operations));
    } else {
        if (perf->sends)
            fprintf(to, "\"sent_bytes\": %llu", wide(amounts->sent_bytes));
        if (perf->receives)
            fprintf(to, "%s\"received_bytes\": %llu", perf->sends ? ", " : "",
                    wide(amounts->received_bytes));
    }
    if (perf->sends || perf->test != &perf_throughput)
        fprintf(to, ", \"retransmitted_chunks\": %llu", wide(amounts->retransmitted_chunks));
}

static void append_json(const struct perf *perf, const struct label *label,
                        const struct interval *interval)
{
    struct perf_intervals *intervals = perf->intervals;

    if (ftello(intervals->json) > MAX_TEXT_BYTES) {
        intervals->left_out++;
        return;
    }
    fprintf(intervals->json, "%s{\"start\": %.6f, \"end\": %.6f, ",
            ftello(intervals->json) > 0 ? ", " : "", label->start_s, label->end_s);
    perf_print_sample(perf, intervals->json, &interval->amounts);
    if (perf->test == &perf_rr || (perf->test == &perf_throughput && perf->sends))
        fprintf(intervals->json, ", \"cwnd_bytes\": %llu, \"rtt_us\": %llu",
                wide(interval->cwnd_bytes), wide(interval->srtt_us));
    fputc('}', intervals->json);
}

void perf_interval_end(struct perf *perf, sctpx_time now)
{
    struct perf_intervals *intervals = perf->intervals;
    struct interval sum = {.cwnd_bytes = 0};
    bool has_lines = perf->flow_count > 1 && perf->flow_count <= PERF_MAX_LINES;
    char who[24];
    struct label label = {.who = who,
                          .start_s = (double)(intervals->start_us - perf->start_us) / 1e6,
                          .end_s = (double)(now - perf->start_us) / 1e6};

    if (now <= intervals->start_us)
        return;
    for (size_t i = 0; i < perf->flow_count; i++) {
        struct interval one = take_interval(&perf->flows[i]);

        add(&sum, &one);
        (void)snprintf(who, sizeof(who), "%zu", i + 1);
        if (has_lines)
            print_line(perf, &label, &one);
    }
    sum.srtt_us /= perf->flow_count;
    label.who = perf->flow_count > 1 ? "SUM" : "1";
    print_line(perf, &label, &sum);
    append_json(perf, &label, &sum);
    fflush(perf->node.options->json ? stderr : stdout);
    intervals->start_us = now;
}

void perf_intervals_print(struct perf *perf)
{
    struct perf_intervals *intervals = perf->intervals;

    (void)fflush(intervals->json);
    printf(", \"intervals\": [%s], \"intervals_left_out\": %llu", intervals->text,
           wide(intervals->left_out));
}

/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include <sctpx/version.h>

#include "perf.h"

static unsigned long long wide(uint64_t value)
{
    return (unsigned long long)value;
}

static double rate(uint64_t amount, sctpx_time time_us)
{
    return time_us > 0 ? (double)amount * 1e6 / (double)time_us : 0;
}

static bool is_throughput(const struct perf *perf)
{
    return perf->test == &perf_throughput;
}

/* What the peer has acknowledged counts, not what is queued. */
struct perf_totals perf_totals(const struct perf *perf)
{
    struct perf_totals totals = {
        .bytes = perf->sent_bytes, .messages = perf->sent_messages, .operations = perf->operations};

    for (size_t i = 0; i < perf->flow_count; i++) {
        const sctpx_socket *socket = perf->flows[i].socket;
        size_t waiting = socket ? sctpx_socket_bytes_to_write(socket, SCTPX_ANY_STREAM) : 0;

        totals.bytes -= waiting < totals.bytes ? waiting : totals.bytes;
    }
    return totals;
}

/* ---- progress ----------------------------------------------------------------------------- */

void perf_print_progress(struct perf *perf, sctpx_time now)
{
    FILE *to = perf->node.options->json ? stderr : stdout;
    struct perf_totals totals = perf_totals(perf);
    sctpx_time since_us = now - perf->last_us;
    double seconds = (double)(now - perf->start_us) / 1e6;

    if (is_throughput(perf))
        fprintf(to, "%7.2f s  %10.2f MB  %10.2f Mbit/s\n", seconds, (double)totals.bytes / 1e6,
                rate(totals.bytes - perf->last.bytes, since_us) * 8 / 1e6);
    else
        fprintf(to, "%7.2f s  %12llu  %12.0f /s\n", seconds, wide(totals.operations),
                rate(totals.operations - perf->last.operations, since_us));
    fflush(to);
    perf->last = totals;
    perf->last_us = now;
}

/* ---- the result --------------------------------------------------------------------------- */

static sctpx_time duration_us(const struct perf *perf)
{
    return perf->end_us > perf->start_us ? perf->end_us - perf->start_us : 0;
}

static void print_latency(const struct latency *latency)
{
    printf("latency us: min %llu, mean %.1f, p50 %llu, p90 %llu, p99 %llu, max %llu\n",
           wide(latency->min_us), latency_mean_us(latency), wide(latency_percentile(latency, 50)),
           wide(latency_percentile(latency, 90)), wide(latency_percentile(latency, 99)),
           wide(latency->max_us));
}

static void print_text(const struct perf *perf)
{
    sctpx_time time_us = duration_us(perf);

    printf("%s: ", perf->test->name);
    if (is_throughput(perf))
        printf("%llu bytes in %llu messages in %.3f s: %.2f Mbit/s, %.0f messages/s\n"
               "the server received %llu bytes in %llu messages\n",
               wide(perf->sent_bytes), wide(perf->sent_messages), (double)time_us / 1e6,
               rate(perf->sent_bytes, time_us) * 8 / 1e6, rate(perf->sent_messages, time_us),
               wide(perf->counted_bytes), wide(perf->counted_messages));
    else
        printf("%llu %s in %.3f s: %.0f /s\n", wide(perf->operations),
               perf->test == &perf_rr ? "requests answered" : "associations set up and closed",
               (double)time_us / 1e6, rate(perf->operations, time_us));
    if (perf->latency.count > 0)
        print_latency(&perf->latency);
    if (perf->retransmitted_chunks > 0)
        printf("%llu chunks retransmitted\n", wide(perf->retransmitted_chunks));
}

static void print_json_latency(const struct latency *latency)
{
    printf(", \"latency_us\": {\"min\": %llu, \"mean\": %.1f, \"p50\": %llu, \"p90\": %llu, "
           "\"p99\": %llu, \"max\": %llu}",
           wide(latency->min_us), latency_mean_us(latency), wide(latency_percentile(latency, 50)),
           wide(latency_percentile(latency, 90)), wide(latency_percentile(latency, 99)),
           wide(latency->max_us));
}

/* Names and values that need no escaping. */
static void print_json(const struct perf *perf)
{
    sctpx_time time_us = duration_us(perf);

    printf("{\"version\": \"%s\", \"test\": \"%s\", \"parallel\": %zu, \"seconds\": %.6f",
           sctpx_version(), perf->test->name, perf->flow_count, (double)time_us / 1e6);
    if (perf->test != &perf_setup)
        printf(", \"size\": %zu", perf->size);
    if (is_throughput(perf))
        printf(", \"bytes\": %llu, \"messages\": %llu, \"bits_per_second\": %.0f, "
               "\"messages_per_second\": %.0f, \"received_bytes\": %llu, "
               "\"received_messages\": %llu",
               wide(perf->sent_bytes), wide(perf->sent_messages),
               rate(perf->sent_bytes, time_us) * 8, rate(perf->sent_messages, time_us),
               wide(perf->counted_bytes), wide(perf->counted_messages));
    else
        printf(", \"%s\": %llu, \"per_second\": %.1f",
               perf->test == &perf_rr ? "requests" : "associations", wide(perf->operations),
               rate(perf->operations, time_us));
    if (perf->latency.count > 0)
        print_json_latency(&perf->latency);
    printf(", \"retransmitted_chunks\": %llu}\n", wide(perf->retransmitted_chunks));
}

void perf_print_result(const struct perf *perf)
{
    if (perf->node.options->json)
        print_json(perf);
    else
        print_text(perf);
    fflush(stdout);
}

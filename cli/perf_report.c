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

/* ---- the result --------------------------------------------------------------------------- */

static sctpx_time duration_us(const struct perf *perf)
{
    return perf->end_us > perf->start_us ? perf->end_us - perf->start_us : 0;
}

static void print_latency(const struct latency *latency)
{
    printf("latency us: min %llu, mean %.1f, p50 %llu, p90 %llu, p99 %llu, p99.9 %llu, max %llu\n",
           wide(latency->min_us), latency_mean_us(latency), wide(latency_percentile(latency, 50)),
           wide(latency_percentile(latency, 90)), wide(latency_percentile(latency, 99)),
           wide(latency_percentile(latency, 99.9)), wide(latency->max_us));
}

/* ---- text --------------------------------------------------------------------------------- */

static void print_direction(const char *what, uint64_t bytes, uint64_t messages, sctpx_time time_us)
{
    printf("%s: %llu bytes in %llu messages in %.3f s: %.2f Mbit/s, %.0f messages/s\n", what,
           wide(bytes), wide(messages), (double)time_us / 1e6, rate(bytes, time_us) * 8 / 1e6,
           rate(messages, time_us));
}

static void print_flow(const struct perf *perf, size_t i, sctpx_time time_us)
{
    const struct perf_flow *flow = &perf->flows[i];

    printf("[%3zu] ", i + 1);
    if (perf->sends)
        printf("sent %llu bytes, %.2f Mbit/s%s", wide(flow->sent_bytes),
               rate(flow->sent_bytes, time_us) * 8 / 1e6, perf->receives ? "; " : "");
    if (perf->receives)
        printf("received %llu bytes, %.2f Mbit/s", wide(flow->received_bytes),
               rate(flow->received_bytes, time_us) * 8 / 1e6);
    if (perf->sends)
        printf("; %llu chunks retransmitted", wide(flow->retransmitted_chunks));
    putchar('\n');
}

static void print_throughput(const struct perf *perf, sctpx_time time_us)
{
    if (perf->flow_count > 1 && perf->flow_count <= PERF_MAX_LINES)
        for (size_t i = 0; i < perf->flow_count; i++)
            print_flow(perf, i, time_us);
    if (perf->sends)
        print_direction(perf->receives ? "sent" : perf->test->name, perf->sent_bytes,
                        perf->sent_messages, time_us);
    if (perf->sends && perf->is_server_expected && !perf->error)
        printf("the server received %llu bytes in %llu messages\n", wide(perf->counted_bytes),
               wide(perf->counted_messages));
    if (perf->receives)
        print_direction("received", perf->received_bytes, perf->received_messages, time_us);
    if (perf->asks_server && !perf->error)
        printf("the server sent %llu bytes in %llu messages, and %llu chunks again\n",
               wide(perf->server_sent_bytes), wide(perf->server_sent_messages),
               wide(perf->server_retransmitted_chunks));
}

static void print_text(const struct perf *perf)
{
    sctpx_time time_us = duration_us(perf);

    if (is_throughput(perf))
        print_throughput(perf, time_us);
    else
        printf("%s: %llu %s in %.3f s: %.0f /s\n", perf->test->name, wide(perf->operations),
               perf->test == &perf_rr ? "requests answered" : "associations set up and closed",
               (double)time_us / 1e6, rate(perf->operations, time_us));
    if (perf->latency.count > 0)
        print_latency(&perf->latency);
    if (perf->retransmitted_chunks > 0)
        printf("%llu chunks retransmitted\n", wide(perf->retransmitted_chunks));
}

/* ---- JSON --------------------------------------------------------------------------------- */

static void print_json_latency(const struct latency *latency)
{
    printf(", \"latency_us\": {\"min\": %llu, \"mean\": %.1f, \"p50\": %llu, \"p90\": %llu, "
           "\"p99\": %llu, \"p99_9\": %llu, \"max\": %llu}",
           wide(latency->min_us), latency_mean_us(latency), wide(latency_percentile(latency, 50)),
           wide(latency_percentile(latency, 90)), wide(latency_percentile(latency, 99)),
           wide(latency_percentile(latency, 99.9)), wide(latency->max_us));
}

static void print_json_amounts(uint64_t bytes, uint64_t messages, sctpx_time time_us)
{
    printf("\"bytes\": %llu, \"messages\": %llu, \"bits_per_second\": %.0f, "
           "\"messages_per_second\": %.0f",
           wide(bytes), wide(messages), rate(bytes, time_us) * 8, rate(messages, time_us));
}

static void print_json_throughput(const struct perf *perf, sctpx_time time_us)
{
    if (perf->sends) {
        printf(", ");
        print_json_amounts(perf->sent_bytes, perf->sent_messages, time_us);
    }
    if (perf->sends && perf->is_server_expected && !perf->error)
        printf(", \"received_bytes\": %llu, \"received_messages\": %llu", wide(perf->counted_bytes),
               wide(perf->counted_messages));
    if (!perf->receives)
        return;
    printf(", \"reverse\": {");
    print_json_amounts(perf->received_bytes, perf->received_messages, time_us);
    if (perf->asks_server && !perf->error)
        printf(", \"sent_bytes\": %llu, \"sent_messages\": %llu, \"retransmitted_chunks\": %llu",
               wide(perf->server_sent_bytes), wide(perf->server_sent_messages),
               wide(perf->server_retransmitted_chunks));
    printf("}");
}

static void print_json_flows(const struct perf *perf, sctpx_time time_us)
{
    printf(", \"flows\": [");
    for (size_t i = 0; i < perf->flow_count; i++) {
        const struct perf_flow *flow = &perf->flows[i];
        const struct perf_sample amounts = {.sent_bytes = flow->sent_bytes,
                                            .received_bytes = flow->received_bytes,
                                            .operations = flow->operations,
                                            .retransmitted_chunks = flow->retransmitted_chunks};

        printf("%s{", i > 0 ? ", " : "");
        perf_print_sample(perf, stdout, &amounts, time_us);
        printf("}");
    }
    printf("]");
}

/* The only text that may need escaping. */
static void print_json_error(const char *error)
{
    printf(", \"error\": \"");
    for (; *error != '\0'; error++) {
        unsigned char c = (unsigned char)*error;

        if (c < 0x20 || c == '"' || c == '\\')
            printf("\\u%04x", (unsigned)c);
        else
            putchar(c);
    }
    putchar('"');
}

static void print_json_figures(struct perf *perf)
{
    sctpx_time time_us = duration_us(perf);

    printf(", \"seconds\": %.6f", (double)time_us / 1e6);
    if (perf->test != &perf_setup)
        printf(", \"size\": %zu", perf->size);
    if (is_throughput(perf))
        print_json_throughput(perf, time_us);
    else
        printf(", \"%s\": %llu, \"per_second\": %.1f",
               perf->test == &perf_rr ? "requests" : "associations", wide(perf->operations),
               rate(perf->operations, time_us));
    if (perf->latency.count > 0)
        print_json_latency(&perf->latency);
    if (perf->sends || !is_throughput(perf))
        printf(", \"retransmitted_chunks\": %llu", wide(perf->retransmitted_chunks));
    print_json_flows(perf, time_us);
    perf_intervals_print(perf);
}

/* ---- what there is ------------------------------------------------------------------------ */

static bool is_begun(const struct perf *perf)
{
    return perf->start_us != 0 && (!perf->test->is_of_setup || perf->operations > 0);
}

static void print_json(struct perf *perf)
{
    printf("{\"version\": \"%s\", \"test\": \"%s\", \"parallel\": %zu", sctpx_version(),
           perf->test->name, perf->flow_count);
    if (perf->error)
        print_json_error(perf->error);
    if (is_begun(perf))
        print_json_figures(perf);
    printf("}\n");
}

/* What was written and not acknowledged is not counted, nor are messages of which part is. */
static void count_acknowledged(struct perf *perf)
{
    perf->sent_bytes = 0;
    for (size_t i = 0; i < perf->flow_count; i++) {
        struct perf_flow *flow = &perf->flows[i];

        flow->sent_bytes = flow->last.sent_bytes;
        flow->retransmitted_chunks = flow->last.retransmitted_chunks;
        perf->sent_bytes += flow->sent_bytes;
    }
    if (perf->sent_messages > perf->sent_bytes / perf->size)
        perf->sent_messages = perf->sent_bytes / perf->size;
}

void perf_print_result(struct perf *perf)
{
    perf->is_told = true;
    for (size_t i = 0; perf->flows && i < perf->flow_count; i++)
        perf->retransmitted_chunks += perf->flows[i].retransmitted_chunks;
    if (perf->node.options->json)
        print_json(perf);
    else
        print_text(perf);
    fflush(stdout);
}

void perf_print_failure(struct perf *perf, const char *error)
{
    if (perf->is_told)
        return;
    perf->is_told = true;
    if (is_begun(perf)) {
        perf->end_us = sctpx_loop_now(perf->node.runner.loop);
        perf_interval_end(perf, perf->end_us, true);
        count_acknowledged(perf);
    }
    perf->error = error;
    if (is_begun(perf) || perf->node.options->json)
        perf_print_result(perf);
    perf->error = NULL;
}

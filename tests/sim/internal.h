/* SPDX-License-Identifier: MIT */
/* What the files of the simulator tell each other; no test includes it. */
#ifndef SIM_INTERNAL_H
#define SIM_INTERNAL_H

#include "sim/sim.h"

/* Network: link.c (links, filters), queue.c (packets under way). */
struct sim_network *sim_network_new(void);
void sim_network_free(struct sim_network *network);
/* Takes a packet from a host and puts it on its way, or drops it. data is not kept. */
void sim_network_send(struct sim *sim, struct sim_packet *packet);

struct sim_queue;
struct sim_queue *sim_queue_new(void);
void sim_queue_free(struct sim_queue *queue);
struct sim_queue *sim_network_queue(struct sim *sim);
/* Copies the packet; equal times leave in the order they came. */
void sim_queue_push(struct sim_queue *queue, sctpx_time at, const struct sim_packet *packet);
sctpx_time sim_queue_next(const struct sim_queue *queue);
/* The packet to be delivered next; the caller frees packet.data. */
struct sim_packet sim_queue_pop(struct sim_queue *queue);

/* Hosts: host.c. */
void sim_use_rfc9260_sender(bool is_used);
void sim_host_free(struct sim_host *host);
int sim_host_receive(struct sim_host *host, const struct sim_packet *packet);
/* Events and packets until there are no more. */
void sim_host_service(struct sim_host *host);
struct sim_host *sim_host_at(struct sim *sim, const sctpx_addr *addr);
void sim_host_add_conn(struct sim_host *host, struct sim_conn *conn);

/* Failing memory: fault.c. */
struct sim_verdict {
    uint64_t allocations, failed; /* the most of one simulation; all that failed */
    bool is_violated;             /* something that must not happen even without memory */
    char what[256];
};
struct sim_verdict *sim_verdict(void);
void sim_fault_setup(struct sim *sim);
/* Counts an allocation; true if it has to fail. */
bool sim_fault_next(struct sim_host *host);
/* Ends the test like sim_fail(), but also counts when memory has failed. */
void sim_violation(const struct sim *sim, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));
/* The same for what was read; packets made by hand may rest upon what memory did not allow. */
void sim_wrong_data(const struct sim *sim, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));
/* A test that looks for what a fault has prevented ends there. */
void sim_need(const struct sim *sim, const void *found);
/* Negative results end the test; a violation unless memory failed and that can be the reason. */
void sim_expect(const struct sim *sim, int result, const char *host, const char *what);
/* aftermath.c: with memory again, all must go on or have ended. */
void sim_aftermath(struct sim *sim);

/* Programs: conn.c (life), load.c (messages). */
struct sim_conn *sim_conn_new(struct sim_host *host);
void sim_conn_delete(struct sim_conn *conn);
void sim_conn_on_event(struct sim_conn *conn, const sctpx_event *event);
void sim_conn_pump(struct sim_conn *conn);
/* The peer restarted: numbers begin anew. */
void sim_conn_restart_counters(struct sim_conn *conn);
/* Whether this is a whole message. */
bool sim_is_content(const uint8_t *data, size_t length, uint16_t stream, uint32_t number,
                    bool is_unordered);
/* The contents of an ordered message (length >= 1) of a stream. */
void sim_fill_content(uint8_t *buffer, size_t length, uint16_t stream, uint32_t number);

/* lending.c: what to send instead of these bytes, and how: the conn's next message may be lent. */
const void *sim_lend(struct sim_conn *conn, const void *data, size_t length, sctpx_sndinfo *info);
/* The engine did not take it. */
void sim_lend_refused(const void *data, const sctpx_sndinfo *info, size_t length);
/* Nothing is lent any more, the endpoint is gone. */
void sim_lend_check(const struct sim_host *host);

/* What became of messages: outcome.c. Flags and context of the next message; what happened. */
uint16_t sim_outcome_flags(const struct sim_conn *conn);
void *sim_outcome_context(const struct sim_conn *conn);
void sim_outcome_on_sent(struct sim_conn *conn, size_t length, const sctpx_sndinfo *info);
void sim_outcome_on_report(struct sim_conn *conn, const sctpx_message_report *report);
void sim_outcome_take_failed(struct sim_conn *conn, int error);
void sim_outcome_on_closed(struct sim_conn *conn);

/* Record: capture.c. Checks of every packet a host sends: check.c. */
struct sim_capture *sim_capture_new(void);
void sim_capture_free(struct sim_capture *capture);
void sim_capture_add(struct sim *sim, const struct sim_packet *packet);
void sim_check_packet(const struct sim_host *host, const struct sim_packet *packet);
/* Parses the chunk at data (left >= its length); false if it is none. */
bool sim_chunk_parse(const uint8_t *data, size_t left, struct sim_chunk *ret_chunk);

/* Printing: print.c. */
bool sim_is_tracing(void);
void sim_print_packet(const struct sim *sim, const struct sim_packet *packet, const char *note);
void sim_print_event(const struct sim_host *host, const sctpx_event *event);
void sim_print_send(const struct sim_conn *conn, uint16_t stream, size_t length, int result);
void sim_print_tail(const struct sim *sim, size_t n);

/* Grows an array to hold at least `needed` elements; new ones are zero. */
void *sim_grow(void *array, size_t *max, size_t needed, size_t element);

static inline uint16_t sim_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t sim_u32(const uint8_t *p)
{
    return (uint32_t)sim_u16(p) << 16 | sim_u16(p + 2);
}

#endif

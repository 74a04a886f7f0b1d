/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/* What became of messages: on_message, on_send_failed, totals of streams. */
#include "support/loopback.h"
#include "support/returning.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENT_PORT = 4712, MESSAGE_BYTES = 3000, MANY = 40 };

/* A program that writes down what it is told of its messages, which are numbered from 1. */
struct teller {
    struct bed *bed;
    sctpx_socket *socket;
    char log[4096];
    size_t failed, sent, acked;
    int error, closed;
    bool is_closed, is_restarted;
    void (*act)(struct teller *teller, const sctpx_failed_message *message);
    bool abort_when_acked;
    bool has_status_at_end;
};

static void note(struct teller *teller, const char *what, const void *context)
{
    size_t used = strlen(teller->log);

    (void)snprintf(teller->log + used, sizeof(teller->log) - used, "%s%s:%u", used > 0 ? " " : "",
                   what, (unsigned)(uintptr_t)context);
}

static void on_message(sctpx_socket *socket, void *user, const sctpx_message_report *report)
{
    struct teller *teller = user;
    bool is_sent = report->outcome == SCTPX_MESSAGE_SENT;

    assert_ptr_equal(socket, teller->socket);
    assert_false(teller->is_closed);
    note(teller, is_sent ? "sent" : "acked", report->context);
    teller->sent += is_sent;
    teller->acked += !is_sent;
    if (!is_sent && teller->abort_when_acked) {
        teller->abort_when_acked = false;
        assert_int_equal(sctpx_socket_abort(socket, NULL, 0), 0);
    }
}

static void on_send_failed(sctpx_socket *socket, void *user, const sctpx_failed_message *message)
{
    struct teller *teller = user;
    uint32_t number = (uint32_t)(uintptr_t)message->info.context;

    assert_ptr_equal(socket, teller->socket);
    assert_false(teller->is_closed || teller->is_restarted);
    assert_int_equal(message->info.ppid, number + 1000);
    assert_true(pattern_check(message->data, message->length, number, 0));
    note(teller, "failed", message->info.context);
    teller->failed++;
    teller->error = message->error;
    if (teller->act) {
        void (*act)(struct teller *, const sctpx_failed_message *) = teller->act;

        teller->act = NULL;
        act(teller, message);
        assert_true(pattern_check(message->data, message->length, number, 0));
    }
}

static void on_restart(sctpx_socket *socket, void *user)
{
    struct teller *teller = user;

    (void)socket;
    teller->is_restarted = true;
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct teller *teller = user;
    sctpx_assoc_status status;

    teller->is_closed = true;
    teller->closed = error;
    teller->has_status_at_end = sctpx_socket_status(socket, &status) == 0;
}

static void teller_attach(struct teller *teller, struct bed *bed, sctpx_socket *socket)
{
    static const sctpx_socket_callbacks callbacks = {.on_message = on_message,
                                                     .on_send_failed = on_send_failed,
                                                     .on_restart = on_restart,
                                                     .on_closed = on_closed};

    *teller = (struct teller){.bed = bed, .socket = socket};
    sctpx_socket_set_callbacks(socket, &callbacks, teller);
}

static int write_number(sctpx_socket *socket, uint32_t number, uint16_t stream, size_t length)
{
    static uint8_t bytes[MESSAGE_BYTES];
    const sctpx_sndinfo info = {.stream = stream,
                                .flags = SCTPX_MSG_REPORT,
                                .ppid = number + 1000,
                                .context = (void *)(uintptr_t)number};

    pattern_fill(bytes, length, number);
    return sctpx_socket_write_datagram(socket, bytes, length, &info);
}

static void write_many(sctpx_socket *socket, uint32_t count)
{
    for (uint32_t i = 1; i <= count; i++)
        assert_int_equal(write_number(socket, i, 0, MESSAGE_BYTES), 0);
}

static void check_all_failed(const struct teller *teller, uint32_t count, int error)
{
    char expected[4096] = "";

    for (uint32_t i = 1; i <= count; i++) {
        size_t used = strlen(expected);

        (void)snprintf(expected + used, sizeof(expected) - used, "%sfailed:%u", i > 1 ? " " : "",
                       (unsigned)i);
    }
    assert_string_equal(teller->log, expected);
    assert_int_equal(teller->error, error);
}

/* A client that tells, connected to a peer that is written down as usual. */
struct story {
    struct bed bed;
    struct probe peer;
    struct teller client;
};

static void begin(struct story *story, const sctpx_socket_options *options)
{
    struct probe probe = {0};

    memset(story, 0, sizeof(*story));
    bed_open(&story->bed, bed_family(), 0, NULL);
    bed_connect(&story->bed, &probe, 0, options);
    teller_attach(&story->client, &story->bed, probe.socket);
    bed_accept(&story->bed, &story->peer);
    RUN_UNTIL(story->bed.loop, sctpx_socket_state(probe.socket) == SCTPX_CONNECTED);
}

static void end(struct story *story)
{
    sctpx_socket_free(story->client.socket);
    sctpx_socket_free(story->peer.socket);
    bed_close(&story->bed);
}

/* ---- reports ------------------------------------------------------------------------------ */

static void test_steps(void **state)
{
    struct story story;

    (void)state;
    begin(&story, NULL);
    assert_int_equal(write_number(story.client.socket, 1, 0, 10), 0);
    RUN_UNTIL(story.bed.loop, story.client.acked == 1);
    assert_string_equal(story.client.log, "sent:1 acked:1");
    assert_int_equal(sctpx_socket_write_datagram(story.client.socket, "x", 1, NULL), 0);
    assert_int_equal(write_number(story.client.socket, 2, 5, 2000), 0);
    RUN_UNTIL(story.bed.loop, story.client.acked == 2);
    assert_string_equal(story.client.log, "sent:1 acked:1 sent:2 acked:2");
    assert_int_equal(sctpx_socket_disconnect(story.client.socket, 10000), 0);
    RUN_UNTIL(story.bed.loop, story.client.is_closed);
    assert_int_equal(story.client.closed, 0);
    assert_int_equal(story.client.failed, 0);
    end(&story);
}

/* What was acknowledged is told also when the end comes in between. */
static void test_abort_between_two_reports(void **state)
{
    struct story story;

    (void)state;
    begin(&story, NULL);
    story.client.abort_when_acked = true;
    assert_int_equal(write_number(story.client.socket, 1, 0, 10), 0);
    assert_int_equal(write_number(story.client.socket, 2, 0, 10), 0);
    RUN_UNTIL(story.bed.loop, story.client.is_closed);
    /* The kernel tells of both steps at once. */
    if (!bed_client_is_kernel() || strstr(story.client.log, "sent:1 acked:1") == NULL)
        assert_string_equal(story.client.log, "sent:1 sent:2 acked:1 acked:2");
    assert_int_equal(story.client.closed, SCTPX_EABORTED);
    end(&story);
}

static void test_flags(void **state)
{
    sctpx_sndinfo info = {.flags = SCTPX_MSG_PARTIAL};
    struct story story;

    (void)state;
    begin(&story, NULL);
    assert_int_equal(sctpx_socket_write_datagram(story.client.socket, "x", 1, &info), SCTPX_EINVAL);
    info.flags = SCTPX_MSG_REPORT | SCTPX_MSG_UNORDERED | SCTPX_MSG_SACK_NOW;
    assert_int_equal(sctpx_socket_write_datagram(story.client.socket, "x", 1, &info), 0);
    RUN_UNTIL(story.bed.loop, story.client.acked == 1);
    end(&story);
}

/* ---- failed messages ---------------------------------------------------------------------- */

static void test_abort(void **state)
{
    struct story story;

    (void)state;
    begin(&story, NULL);
    write_many(story.client.socket, MANY);
    assert_int_equal(sctpx_socket_abort(story.client.socket, NULL, 0), 0);
    assert_int_equal(story.client.failed, 0); /* only from the loop */
    RUN_UNTIL(story.bed.loop, story.client.is_closed);
    check_all_failed(&story.client, MANY, SCTPX_EABORTED);
    end(&story);
}

static void test_peer_aborts(void **state)
{
    struct story story;

    (void)state;
    begin(&story, NULL);
    assert_int_equal(sctpx_socket_abort(story.peer.socket, NULL, 0), 0);
    write_many(story.client.socket, MANY);
    RUN_UNTIL(story.bed.loop, story.client.is_closed);
    assert_int_equal(story.client.closed, SCTPX_EPEERABORT);
    assert_int_equal(story.client.error, SCTPX_EPEERABORT);
    assert_int_equal(story.client.failed + story.client.acked, MANY);
    assert_true(story.client.failed > 0);
    end(&story);
}

static void test_refused_connect(void **state)
{
    struct probe probe = {0};
    struct teller client;
    sctpx_socket *socket;
    struct bed bed;

    (void)state;
    NOT_OVER_RAW_IP("refusals");
    bed_open(&bed, bed_family(), 0, NULL);
    socket = bed_socket(&bed, &probe, NULL);
    teller_attach(&client, &bed, socket);
    assert_int_equal(sctpx_socket_connect(socket, &bed.addr, 1, 9), 0); /* nothing listens */
    write_many(socket, 3);
    RUN_UNTIL(bed.loop, client.is_closed);
    assert_int_equal(client.closed, SCTPX_EREFUSED);
    check_all_failed(&client, 3, SCTPX_EREFUSED);
    sctpx_socket_free(socket);
    bed_close(&bed);
}

/* A UDP port that swallows everything. */
static int open_sink(sctpx_addr *ret_addr)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(in);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &length), 0);
    *ret_addr = loopback_v4(1, ntohs(in.sin_port));
    return fd;
}

/* For the engine it is an abort; the user is told why. */
static void test_connect_timeout(void **state)
{
    sctpx_socket_options options;
    struct teller client;
    sctpx_socket *socket;
    sctpx_addr nowhere;
    struct bed bed;
    int fd;

    (void)state;
    NOT_OVER_RAW_IP("UDP ports");
    fd = open_sink(&nowhere);
    bed_open(&bed, bed_family(), 0, NULL);
    bed_socket_options(&options);
    options.connect_timeout_ms = 50;
    assert_int_equal(sctpx_socket_new(bed.loop, &options, &socket), 0);
    teller_attach(&client, &bed, socket);
    assert_int_equal(sctpx_socket_connect(socket, &nowhere, 1, 9), 0);
    write_many(socket, 2);
    RUN_UNTIL(bed.loop, client.is_closed);
    assert_int_equal(client.closed, SCTPX_ETIMEDOUT);
    check_all_failed(&client, 2, SCTPX_ETIMEDOUT);
    sctpx_socket_free(socket);
    bed_close(&bed);
    close(fd);
}

/* A peer that does not read lets the deadline run out. Nothing is left behind then. */
static void test_close_with_deadline(void **state)
{
    sctpx_socket_options options;
    struct story story;
    uint32_t count = 0;

    (void)state;
    sctpx_socket_options_defaults(&options);
    options.close_timeout_ms = 200;
    begin(&story, &options);
    assert_int_equal(sctpx_socket_set_read_buffer_size(story.peer.socket, 4000), 0);
    while (write_number(story.client.socket, count + 1, 0, MESSAGE_BYTES) == 0)
        count++;
    assert_int_equal(sctpx_socket_close(story.client.socket), 0);
    RUN_UNTIL(story.bed.loop, story.client.is_closed);
    assert_int_equal(story.client.closed, SCTPX_ETIMEDOUT);
    assert_int_equal(story.client.error, SCTPX_ETIMEDOUT);
    assert_true(story.client.failed > 0);
    assert_int_equal(story.client.failed + story.client.acked, count);
    assert_false(story.client.has_status_at_end);
    end(&story);
}

/* After an abort a close does not keep it from being told either. */
static void test_close_after_abort(void **state)
{
    struct story story;

    (void)state;
    begin(&story, NULL);
    write_many(story.client.socket, 2);
    assert_int_equal(sctpx_socket_abort(story.client.socket, NULL, 0), 0);
    assert_int_equal(sctpx_socket_close(story.client.socket), 0);
    RUN_UNTIL(story.bed.loop, story.client.is_closed);
    check_all_failed(&story.client, 2, SCTPX_EABORTED);
    end(&story);
}

/* ---- in the callback ---------------------------------------------------------------------- */

static void act_free(struct teller *teller, const sctpx_failed_message *message)
{
    (void)message;
    sctpx_socket_free(teller->socket);
    teller->socket = NULL;
}

static void act_close(struct teller *teller, const sctpx_failed_message *message)
{
    (void)message;
    assert_int_equal(sctpx_socket_close(teller->socket), 0);
}

static void act_reconnect(struct teller *teller, const sctpx_failed_message *message)
{
    struct bed *bed = teller->bed;

    assert_int_equal(
        sctpx_socket_connect(teller->socket, &bed->addr, 1, sctpx_server_port(bed->server)), 0);
    assert_int_equal(
        sctpx_socket_write_datagram(teller->socket, message->data, message->length, &message->info),
        0);
}

static void abort_and_act(struct story *story,
                          void (*act)(struct teller *, const sctpx_failed_message *))
{
    begin(story, NULL);
    write_many(story->client.socket, 3);
    story->client.act = act;
    assert_int_equal(sctpx_socket_abort(story->client.socket, NULL, 0), 0);
    RUN_UNTIL(story->bed.loop, story->client.failed > 0);
}

static void test_freed_in_the_callback(void **state)
{
    struct story story;

    (void)state;
    abort_and_act(&story, act_free);
    RUN_UNTIL(story.bed.loop, story.peer.count[PROBE_CLOSED] == 1);
    assert_int_equal(story.client.failed, 1);
    assert_false(story.client.is_closed);
    end(&story);
}

static void test_closed_in_the_callback(void **state)
{
    struct story story;

    (void)state;
    abort_and_act(&story, act_close);
    RUN_UNTIL(story.bed.loop, story.client.is_closed);
    end(&story);
}

/* The bytes are there although the association that had them is not; the new one goes its way. */
static void test_connected_anew_in_the_callback(void **state)
{
    static uint8_t bytes[MESSAGE_BYTES];
    struct probe again = {0};
    struct story story;

    (void)state;
    abort_and_act(&story, act_reconnect);
    assert_int_equal(story.client.failed, 1);
    bed_accept(&story.bed, &again);
    RUN_UNTIL(story.bed.loop, sctpx_socket_next_datagram_size(again.socket, 0) == MESSAGE_BYTES);
    (void)sctpx_socket_read_datagram(again.socket, 0, bytes, sizeof(bytes), NULL);
    assert_true(pattern_check(bytes, sizeof(bytes), 1, 0));
    assert_false(story.client.is_closed);
    sctpx_socket_free(again.socket);
    end(&story);
}

/* ---- restart ------------------------------------------------------------------------------ */

/* From where it is, while others still wait to be told. */
static void act_send_again(struct teller *teller, const sctpx_failed_message *message)
{
    assert_int_equal(
        sctpx_socket_write_datagram(teller->socket, message->data, message->length, &message->info),
        0);
}

static void test_restart(void **state)
{
    static uint8_t bytes[MESSAGE_BYTES];
    struct probe accepted = {0};
    struct teller server;
    struct returning client_side = {.client_port = CLIENT_PORT};
    sctpx_socket *socket;
    struct bed bed;

    (void)state;
    bed_open(&bed, bed_family(), 4, NULL);
    returning_live_and_die(&client_side, &bed, &accepted);
    teller_attach(&server, &bed, accepted.socket);
    server.act = act_send_again;
    write_many(server.socket, 3); /* nobody is there any more */

    assert_int_equal(returning_connect(&client_side, bed.loop, &bed, &socket), 0);
    RUN_UNTIL(bed.loop, server.is_restarted);
    assert_int_equal(server.failed, 3);
    assert_int_equal(server.error, SCTPX_ERESTARTED);
    RUN_UNTIL(bed.loop, server.acked == 1);
    RUN_UNTIL(bed.loop, sctpx_socket_next_datagram_size(socket, 0) == MESSAGE_BYTES);
    (void)sctpx_socket_read_datagram(socket, 0, bytes, sizeof(bytes), NULL);
    assert_true(pattern_check(bytes, sizeof(bytes), 1, 0));
    assert_int_equal(sctpx_socket_next_datagram_size(socket, 0), SCTPX_EWOULDBLOCK);
    sctpx_socket_free(socket);
    sctpx_socket_free(server.socket);
    bed_close(&bed);
}

/* ---- totals ------------------------------------------------------------------------------- */

static sctpx_stream_status stream_of(const sctpx_socket *socket, uint16_t stream)
{
    sctpx_stream_status status;

    assert_int_equal(sctpx_socket_stream_status(socket, stream, &status), 0);
    return status;
}

static void test_stream_totals(void **state)
{
    static uint8_t bytes[MESSAGE_BYTES];
    sctpx_stream_status status;
    sctpx_socket *idle;
    struct story story;

    (void)state;
    begin(&story, NULL);
    assert_int_equal(write_number(story.client.socket, 1, 3, 100), 0);
    assert_int_equal(write_number(story.client.socket, 2, 3, 50), 0);
    status = stream_of(story.client.socket, 3);
    assert_int_equal(status.unacked_bytes, 150);
    assert_int_equal(status.unacked_messages, 2);
    assert_int_equal(status.sent_messages, 0);
    RUN_UNTIL(story.bed.loop, story.client.acked == 2);
    status = stream_of(story.client.socket, 3);
    assert_int_equal(status.unacked_bytes + status.unacked_messages, 0);
    assert_int_equal(status.sent_bytes, 150);
    assert_int_equal(status.sent_messages, 2);
    status = stream_of(story.peer.socket, 3);
    assert_int_equal(status.readable_bytes, 150);
    assert_int_equal(status.readable_messages, 2);
    assert_int_equal(sctpx_socket_read_datagram(story.peer.socket, 3, bytes, sizeof(bytes), NULL),
                     100);
    status = stream_of(story.peer.socket, 3);
    assert_int_equal(status.readable_bytes, 50);
    assert_int_equal(status.readable_messages, 1);
    assert_int_equal(status.received_bytes, 100);
    assert_int_equal(status.received_messages, 1);
    assert_int_equal(stream_of(story.peer.socket, 2).received_bytes, 0);
    assert_int_equal(sctpx_socket_stream_status(story.client.socket, 65535, &status),
                     SCTPX_ESTREAM);

    /* Also after the end. */
    assert_int_equal(sctpx_socket_abort(story.client.socket, NULL, 0), 0);
    assert_int_equal(stream_of(story.client.socket, 3).sent_bytes, 150);
    assert_int_equal(sctpx_socket_new(story.bed.loop, NULL, &idle), 0);
    assert_int_equal(sctpx_socket_stream_status(idle, 0, &status), SCTPX_ESTATE);
    sctpx_socket_free(idle);
    end(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_abort_between_two_reports),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_peer_aborts),
        cmocka_unit_test(test_refused_connect),
        cmocka_unit_test(test_connect_timeout),
        cmocka_unit_test(test_close_with_deadline),
        cmocka_unit_test(test_close_after_abort),
        cmocka_unit_test(test_freed_in_the_callback),
        cmocka_unit_test(test_closed_in_the_callback),
        cmocka_unit_test(test_connected_anew_in_the_callback),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_stream_totals),
    };

    return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}

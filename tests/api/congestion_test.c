/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/* Congestion levels: sctpx_socket_set_congestion_marks(), _congestion_level(), on_congestion. */
#include "support/loopback.h"

#include <string.h>

#define MESSAGE 1000u

static const sctpx_congestion_marks marks = {.high = {20 * MESSAGE, 60 * MESSAGE, 100 * MESSAGE},
                                             .low = {10 * MESSAGE, 40 * MESSAGE, 80 * MESSAGE}};

/* A sender whose levels are written down, and a peer that holds little and reads when told to. */
struct flow {
    struct bed bed;
    struct probe client, peer;
    sctpx_socket *sender;
    char levels[64]; /* "1 2 3 0" */
    unsigned told;
    bool is_writing; /* within a call of ours: nothing may be told */
    bool is_closed;
};

static void on_congestion(sctpx_socket *socket, void *user, int level)
{
    struct flow *flow = user;
    char text[3] = {' ', (char)('0' + level), '\0'};

    assert_ptr_equal(socket, flow->sender);
    assert_false(flow->is_writing);
    assert_false(flow->is_closed);
    assert_int_equal(sctpx_socket_congestion_level(socket), level);
    assert_true(strlen(flow->levels) + 3 < sizeof(flow->levels));
    strcat(flow->levels, flow->told++ > 0 ? text : text + 1);
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct flow *flow = user;

    (void)error;
    assert_int_equal(sctpx_socket_congestion_level(socket), 0);
    flow->is_closed = true;
}

static void watch(struct flow *flow)
{
    static const sctpx_socket_callbacks callbacks = {.on_congestion = on_congestion,
                                                     .on_closed = on_closed};

    sctpx_socket_set_callbacks(flow->sender, &callbacks, flow);
}

static int setup(void **state)
{
    static struct flow flow;
    sctpx_server_options options;

    flow = (struct flow){0};
    bed_server_options(&options);
    options.assoc.rcvbuf_bytes = 8192;
    bed_open(&flow.bed, bed_family(), 0, &options);
    bed_connect(&flow.bed, &flow.client, 0, NULL);
    bed_accept(&flow.bed, &flow.peer);
    RUN_UNTIL(flow.bed.loop, flow.client.count[PROBE_CONNECTED] == 1);
    flow.sender = flow.client.socket;
    watch(&flow);
    *state = &flow;
    return 0;
}

static int teardown(void **state)
{
    struct flow *flow = *state;

    flow->is_closed = false;
    sctpx_socket_free(flow->sender);
    sctpx_socket_free(flow->peer.socket);
    bed_close(&flow->bed);
    return 0;
}

static void write_messages(struct flow *flow, unsigned count)
{
    static const uint8_t bytes[MESSAGE];

    flow->is_writing = true;
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(sctpx_socket_write_datagram(flow->sender, bytes, MESSAGE, NULL), 0);
    flow->is_writing = false;
}

/* Whatever has arrived. */
static void read_some(struct flow *flow)
{
    uint8_t bytes[MESSAGE];

    while (sctpx_socket_read_datagram(flow->peer.socket, 0, bytes, sizeof(bytes), NULL) >= 0)
        ;
}

static size_t waiting(const struct flow *flow)
{
    return sctpx_socket_bytes_to_write(flow->sender, SCTPX_ANY_STREAM);
}

/* Reads until at most so much waits at the sender. */
static void drain_to(struct flow *flow, size_t bytes)
{
    RUN_UNTIL(flow->bed.loop, (read_some(flow), waiting(flow) <= bytes));
    assert_true(sctpx_loop_run_once(flow->bed.loop, 0) >= 0); /* notices */
}

static void test_marks_are_checked(void **state)
{
    struct flow *flow = *state;
    sctpx_congestion_marks bad;

    for (int i = 0; i < 4; i++) {
        bad = marks;
        if (i == 0)
            bad.low[0] = 0;
        else if (i == 1)
            bad.low[1] = bad.high[1] + 1;
        else if (i == 2)
            bad.high[2] = bad.high[1] - 1;
        else
            bad.low[2] = bad.low[1] - 1;
        assert_int_equal(sctpx_socket_set_congestion_marks(flow->sender, &bad), SCTPX_EINVAL);
    }
    write_messages(flow, 25);
    assert_int_equal(sctpx_socket_congestion_level(flow->sender), 0); /* none has been taken */
    assert_int_equal(sctpx_socket_set_congestion_marks(flow->sender, &marks), 0);
    assert_int_equal(sctpx_socket_congestion_level(flow->sender), 1); /* of what is there */
    RUN_UNTIL(flow->bed.loop, flow->told == 1);
    assert_string_equal(flow->levels, "1");
}

/* Known at once, told by the loop, and only what it is then. */
static void test_up_and_down(void **state)
{
    struct flow *flow = *state;

    assert_int_equal(sctpx_socket_set_congestion_marks(flow->sender, &marks), 0);
    write_messages(flow, 19);
    assert_int_equal(sctpx_socket_congestion_level(flow->sender), 0);
    write_messages(flow, 1);
    assert_int_equal(sctpx_socket_congestion_level(flow->sender), 1);
    write_messages(flow, 100);
    assert_int_equal(sctpx_socket_congestion_level(flow->sender), 3);
    assert_string_equal(flow->levels, "");
    RUN_UNTIL(flow->bed.loop, flow->told > 0);
    assert_string_equal(flow->levels, "3"); /* not 1, 2, 3 */
    drain_to(flow, 0);
    RUN_UNTIL(flow->bed.loop, sctpx_socket_congestion_level(flow->sender) == 0);
    RUN_UNTIL(flow->bed.loop, flow->levels[2 * flow->told - 2] == '0');
    assert_true(flow->told >= 2 && flow->told <= 4);
}

/* Between the marks it stays what it was, from either side. */
static void test_hysteresis(void **state)
{
    struct flow *flow = *state;

    ENGINE_ONLY("a kernel tells of acknowledgements in larger steps");
    assert_int_equal(sctpx_socket_set_congestion_marks(flow->sender, &marks), 0);
    write_messages(flow, 90);
    RUN_UNTIL(flow->bed.loop, flow->told == 1);
    assert_string_equal(flow->levels, "2");
    drain_to(flow, 55 * MESSAGE); /* below high[1], above low[1] */
    assert_true(waiting(flow) >= 40 * MESSAGE);
    assert_int_equal(sctpx_socket_congestion_level(flow->sender), 2);
    assert_string_equal(flow->levels, "2");
    drain_to(flow, 35 * MESSAGE); /* below low[1] */
    assert_true(waiting(flow) >= 10 * MESSAGE);
    RUN_UNTIL(flow->bed.loop, flow->told == 2);
    assert_string_equal(flow->levels, "2 1");
    write_messages(flow, 15); /* not up to high[1] again */
    assert_true(waiting(flow) > 40 * MESSAGE);
    assert_int_equal(sctpx_socket_congestion_level(flow->sender), 1);
    drain_to(flow, 9 * MESSAGE);
    RUN_UNTIL(flow->bed.loop, flow->told == 3);
    assert_string_equal(flow->levels, "2 1 0");
    write_messages(flow, 5);
    assert_int_equal(sctpx_socket_congestion_level(flow->sender), 0);
}

/* A dead association has none, and that is told before its end. */
static void test_end(void **state)
{
    struct flow *flow = *state;

    assert_int_equal(sctpx_socket_set_congestion_marks(flow->sender, &marks), 0);
    write_messages(flow, 110);
    RUN_UNTIL(flow->bed.loop, flow->told == 1);
    flow->is_writing = true;
    assert_int_equal(sctpx_socket_abort(flow->sender, NULL, 0), 0);
    flow->is_writing = false;
    assert_int_equal(sctpx_socket_congestion_level(flow->sender), 0);
    RUN_UNTIL(flow->bed.loop, flow->is_closed);
    assert_string_equal(flow->levels, "3 0");
}

static void test_end_by_the_peer(void **state)
{
    struct flow *flow = *state;

    assert_int_equal(sctpx_socket_set_congestion_marks(flow->sender, &marks), 0);
    write_messages(flow, 110);
    RUN_UNTIL(flow->bed.loop, flow->told == 1);
    assert_int_equal(sctpx_socket_abort(flow->peer.socket, NULL, 0), 0);
    RUN_UNTIL(flow->bed.loop, flow->is_closed);
    assert_string_equal(flow->levels, "3 0");
}

static void test_marks_taken_away(void **state)
{
    struct flow *flow = *state;

    assert_int_equal(sctpx_socket_set_congestion_marks(flow->sender, &marks), 0);
    write_messages(flow, 70);
    RUN_UNTIL(flow->bed.loop, flow->told == 1);
    assert_int_equal(sctpx_socket_set_congestion_marks(flow->sender, NULL), 0);
    assert_int_equal(sctpx_socket_congestion_level(flow->sender), 0);
    RUN_UNTIL(flow->bed.loop, flow->told == 2);
    assert_string_equal(flow->levels, "2 0");
}

/* Who asks for callbacks late is told the level there is, if there is one. */
static void test_callbacks_set_later(void **state)
{
    struct flow *flow = *state;

    sctpx_socket_set_callbacks(flow->sender, NULL, NULL);
    assert_int_equal(sctpx_socket_set_congestion_marks(flow->sender, &marks), 0);
    write_messages(flow, 70);
    RUN_UNTIL(flow->bed.loop, flow->peer.count[PROBE_READABLE] > 0);
    watch(flow);
    RUN_UNTIL(flow->bed.loop, flow->told == 1);
    assert_string_equal(flow->levels, "2");
}

/* The others never begin. */
static void test_one_level_only(void **state)
{
    static const sctpx_congestion_marks one = {.high = {20 * MESSAGE, SIZE_MAX, SIZE_MAX},
                                               .low = {10 * MESSAGE, SIZE_MAX, SIZE_MAX}};
    struct flow *flow = *state;

    assert_int_equal(sctpx_socket_set_congestion_marks(flow->sender, &one), 0);
    write_messages(flow, 200);
    assert_int_equal(sctpx_socket_congestion_level(flow->sender), 1);
    RUN_UNTIL(flow->bed.loop, flow->told == 1);
    assert_string_equal(flow->levels, "1");
}

/* ---- writing while it is told ---------------------------------------------------------------- */

struct writer {
    unsigned refills, writable, drained;
};

static void fill(sctpx_socket *socket)
{
    static const uint8_t bytes[MESSAGE];
    int result;

    do
        result = sctpx_socket_write_datagram(socket, bytes, MESSAGE, NULL);
    while (result == 0);
    assert_int_equal(result, SCTPX_EWOULDBLOCK);
}

/* As soon as there is room it is taken, before that could be told. */
static void refill(sctpx_socket *socket, void *user, int level)
{
    struct writer *writer = user;

    if (level < SCTPX_MAX_CONGESTION_LEVEL && writer->refills > 0) {
        writer->refills--;
        fill(socket);
    }
}

static void check_writable(sctpx_socket *socket, void *user)
{
    struct writer *writer = user;
    uint8_t byte = 0;

    writer->writable++;
    assert_int_equal(sctpx_socket_write_datagram(socket, &byte, 1, NULL), 0);
}

static void check_drained(sctpx_socket *socket, void *user)
{
    struct writer *writer = user;

    writer->drained++;
    assert_int_equal(sctpx_socket_bytes_to_write(socket, SCTPX_ANY_STREAM), 0);
}

/* Neither room that was taken is told, nor an end of sending that is none any more. */
static void test_writes_in_on_congestion(void **state)
{
    static const sctpx_socket_callbacks callbacks = {
        .on_congestion = refill, .on_writable = check_writable, .on_drained = check_drained};
    static const sctpx_congestion_marks full = {.high = {MESSAGE, 2 * MESSAGE, 3 * MESSAGE},
                                                .low = {MESSAGE, 2 * MESSAGE, 3 * MESSAGE}};
    struct flow *flow = *state;
    struct writer writer = {.refills = 20};

    ENGINE_ONLY("how much of a kernel's buffer is free is not known");
    assert_int_equal(sctpx_socket_set_write_limit(flow->sender, 4 * MESSAGE), 0);
    assert_int_equal(sctpx_socket_set_congestion_marks(flow->sender, &full), 0);
    sctpx_socket_set_callbacks(flow->sender, &callbacks, &writer);
    fill(flow->sender);
    RUN_UNTIL(flow->bed.loop, (read_some(flow), writer.refills == 0 && writer.drained > 0));
    assert_true(writer.writable > 0);
}

/* Written by who is told that something was sent. */
static void write_once(sctpx_socket *socket, void *user, int stream, size_t bytes)
{
    struct writer *writer = user;
    uint8_t byte = 0;

    (void)stream;
    (void)bytes;
    if (writer->refills > 0) {
        writer->refills--;
        assert_int_equal(sctpx_socket_write_datagram(socket, &byte, 1, NULL), 0);
    }
}

static void test_writes_in_on_sent(void **state)
{
    static const sctpx_socket_callbacks callbacks = {.on_sent = write_once,
                                                     .on_drained = check_drained};
    struct flow *flow = *state;
    struct writer writer = {.refills = 3};

    sctpx_socket_set_callbacks(flow->sender, &callbacks, &writer);
    write_messages(flow, 1);
    RUN_UNTIL(flow->bed.loop, (read_some(flow), writer.refills == 0 && writer.drained > 0));
    assert_int_equal(writer.drained, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_marks_are_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_up_and_down, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hysteresis, setup, teardown),
        cmocka_unit_test_setup_teardown(test_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_end_by_the_peer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_marks_taken_away, setup, teardown),
        cmocka_unit_test_setup_teardown(test_callbacks_set_later, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_level_only, setup, teardown),
        cmocka_unit_test_setup_teardown(test_writes_in_on_congestion, setup, teardown),
        cmocka_unit_test_setup_teardown(test_writes_in_on_sent, setup, teardown),
    };

    return cmocka_run_group_tests_name("congestion", tests, NULL, NULL);
}

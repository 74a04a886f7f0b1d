/* SPDX-License-Identifier: MIT */
/* Waiting for a line, and for more bytes than there are. ctest: labels=suite */
#include "support/pair.h"

#include <string.h>

#include <sctpx/read.h>

enum { ANY = SCTPX_ANY_STREAM };

static void say(struct pair *pair, const char *text)
{
    assert_int_equal(sctpx_socket_write(pair->client.socket, text, strlen(text)), strlen(text));
}

static void expect_line(struct pair *pair, const char *line)
{
    char got[64];

    assert_int_equal(sctpx_socket_wait_for_line(pair->peer.socket, ANY, 10000), 0);
    assert_int_equal(sctpx_socket_read_line(pair->peer.socket, ANY, got, sizeof(got)),
                     strlen(line));
    assert_string_equal(got, line);
}

/* Half a line is there, which is what the other wait would be content with. */
static void test_lines(void **state)
{
    struct pair *pair = *state;

    say(pair, "hel");
    assert_int_equal(sctpx_socket_wait_for_readable(pair->peer.socket, ANY, 10000), 0);
    assert_int_equal(sctpx_socket_wait_for_line(pair->peer.socket, ANY, 0), SCTPX_ETIMEDOUT);
    assert_int_equal(sctpx_socket_wait_for_line(pair->peer.socket, ANY, 20), SCTPX_ETIMEDOUT);
    say(pair, "lo\nwor");
    expect_line(pair, "hello\n");
    assert_int_equal(sctpx_socket_wait_for_line(pair->peer.socket, ANY, 0), SCTPX_ETIMEDOUT);
    say(pair, "ld\nagain\n");
    expect_line(pair, "world\n");
    expect_line(pair, "again\n");
    assert_int_equal(sctpx_socket_state(pair->peer.socket), SCTPX_CONNECTED);
}

/* The last words of a peer need no end of line; then comes the reason. */
static void test_the_end(void **state)
{
    struct pair *pair = *state;

    say(pair, "bye\nlast words");
    assert_int_equal(sctpx_socket_disconnect(pair->client.socket, 10000), 0);
    expect_line(pair, "bye\n");
    expect_line(pair, "last words");
    assert_int_equal(sctpx_socket_wait_for_line(pair->peer.socket, ANY, 10000),
                     SCTPX_EPEERSHUTDOWN);
    assert_int_equal(sctpx_socket_wait_for_more(pair->peer.socket, ANY, 10000),
                     SCTPX_EPEERSHUTDOWN);
    RUN_UNTIL(pair->bed.loop, pair_is_closed(pair));
    assert_int_equal(sctpx_socket_wait_for_line(pair->client.socket, ANY, 0), SCTPX_ECLOSED);
    assert_int_equal(sctpx_socket_wait_for_more(pair->client.socket, ANY, 0), SCTPX_ECLOSED);
}

static void test_abort(void **state)
{
    struct pair *pair = *state;

    assert_int_equal(sctpx_socket_abort(pair->client.socket, NULL, 0), 0);
    assert_int_equal(sctpx_socket_wait_for_line(pair->peer.socket, ANY, 10000), SCTPX_EPEERABORT);
    assert_int_equal(sctpx_socket_wait_for_more(pair->peer.socket, ANY, 10000), SCTPX_EPEERABORT);
}

/* A closed socket gives no lines; a wait for more lasts until the end. */
static void test_closed(void **state)
{
    struct pair *pair = *state;

    assert_int_equal(sctpx_socket_close(pair->peer.socket), 0);
    assert_int_equal(sctpx_socket_wait_for_line(pair->peer.socket, ANY, 10000), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_wait_for_more(pair->peer.socket, ANY, 10000), SCTPX_ECLOSED);
}

static void test_more(void **state)
{
    struct pair *pair = *state;
    char text[8];

    assert_int_equal(sctpx_socket_wait_for_more(pair->peer.socket, ANY, 0), SCTPX_ETIMEDOUT);
    say(pair, "abc");
    assert_int_equal(sctpx_socket_wait_for_more(pair->peer.socket, ANY, 10000), 0);
    assert_int_equal(sctpx_socket_wait_for_more(pair->peer.socket, ANY, 20), SCTPX_ETIMEDOUT);
    say(pair, "d");
    assert_int_equal(sctpx_socket_wait_for_more(pair->peer.socket, ANY, 10000), 0);
    assert_int_equal(sctpx_socket_read(pair->peer.socket, text, 8), 4);
    /* In a transaction too, where reading leaves what was read. */
    say(pair, "ef");
    assert_int_equal(sctpx_socket_wait_for_more(pair->peer.socket, ANY, 10000), 0);
    assert_int_equal(sctpx_socket_start_transaction(pair->peer.socket, ANY), 0);
    assert_int_equal(sctpx_socket_read(pair->peer.socket, text, 8), 2);
    assert_int_equal(sctpx_socket_wait_for_more(pair->peer.socket, ANY, 0), SCTPX_ETIMEDOUT);
    say(pair, "gh");
    assert_int_equal(sctpx_socket_wait_for_more(pair->peer.socket, ANY, 10000), 0);
    assert_int_equal(sctpx_socket_rollback_transaction(pair->peer.socket, ANY), 0);
    assert_int_equal(sctpx_socket_bytes_available(pair->peer.socket, ANY), 4);
}

/* Messages of one stream are its lines, those of others are not. */
static void test_of_one_stream(void **state)
{
    struct pair *pair = *state;
    sctpx_socket *socket = pair->peer.socket;
    char line[8];

    assert_int_equal(pair_send(&pair->client, 1, "x\n", 2), 0);
    assert_int_equal(sctpx_socket_wait_for_line(socket, 1, 10000), 0);
    assert_int_equal(sctpx_socket_wait_for_line(socket, 2, 20), SCTPX_ETIMEDOUT);
    assert_int_equal(sctpx_socket_wait_for_more(socket, 2, 20), SCTPX_ETIMEDOUT);
    assert_int_equal(sctpx_socket_set_current_read_stream(socket, 2), 0);
    assert_int_equal(pair_send(&pair->client, 2, "y", 1), 0);
    assert_int_equal(sctpx_socket_wait_for_more(socket, SCTPX_CURRENT_STREAM, 10000), 0);
    assert_int_equal(pair_send(&pair->client, 2, "\n", 1), 0);
    assert_int_equal(sctpx_socket_wait_for_line(socket, SCTPX_CURRENT_STREAM, 10000), 0);
    assert_int_equal(sctpx_socket_read_line(socket, 2, line, sizeof(line)), 2);
    /* While one view of the bytes has a transaction there are no lines in the other one. */
    assert_int_equal(sctpx_socket_start_transaction(socket, 1), 0);
    assert_int_equal(sctpx_socket_wait_for_line(socket, ANY, 10000), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_wait_for_line(socket, 70000, 0), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_wait_for_more(socket, -3, 0), SCTPX_EINVAL);
}

/* A line longer than the read buffer: more of it cannot come before something is read. */
static void test_full_buffer(void **state)
{
    static char part[16384];
    struct pair *pair = *state;
    int result = 0;
    long length;

    assert_int_equal(sctpx_socket_set_read_buffer_size(pair->peer.socket, 20000), 0);
    memset(part, 'x', sizeof(part));
    for (int i = 0; i < 8; i++)
        (void)sctpx_socket_write(pair->client.socket, part, sizeof(part));
    assert_int_equal(sctpx_socket_wait_for_line(pair->peer.socket, ANY, 10000), 0);
    assert_false(sctpx_socket_can_read_line(pair->peer.socket, ANY));
    while (result == 0) /* what was on its way */
        result = sctpx_socket_wait_for_more(pair->peer.socket, ANY, 10000);
    assert_int_equal(result, SCTPX_ELIMIT);
    length = sctpx_socket_read_line(pair->peer.socket, ANY, part, sizeof(part));
    assert_true(length > 0 && part[length - 1] == 'x');
}

static void on_stop_timer(sctpx_timer *timer, void *arg)
{
    sctpx_timer_free(timer);
    sctpx_loop_stop(arg);
}

static void test_stopped(void **state)
{
    struct pair *pair = *state;
    sctpx_timer *timer;

    assert_int_equal(sctpx_timer_new(pair->bed.loop, on_stop_timer, pair->bed.loop, &timer), 0);
    sctpx_timer_start(timer, 1000);
    assert_int_equal(sctpx_socket_wait_for_line(pair->peer.socket, ANY, SCTPX_FOREVER),
                     SCTPX_ECANCELED);
    sctpx_loop_stop(pair->bed.loop);
    assert_int_equal(sctpx_socket_wait_for_more(pair->peer.socket, ANY, SCTPX_FOREVER),
                     SCTPX_ECANCELED);
}

static void wait_inside(struct probe *probe, enum probe_event event)
{
    (void)event;
    assert_int_equal(sctpx_socket_wait_for_line(probe->socket, ANY, 1000), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_wait_for_more(probe->socket, ANY, 1000), SCTPX_ESTATE);
}

static void test_not_in_callbacks(void **state)
{
    struct pair *pair = *state;

    pair->peer.hook = wait_inside;
    pair->peer.hook_at = PROBE_READABLE;
    say(pair, "line\n");
    RUN_UNTIL(pair->bed.loop, pair->peer.count[PROBE_READABLE] > 0);
}

static void test_while_connecting(void **state)
{
    struct pair *pair = *state;
    struct probe other = {0}, end = {0};

    (void)bed_socket(&pair->bed, &other, NULL);
    assert_int_equal(sctpx_socket_wait_for_line(other.socket, ANY, 10000), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_wait_for_more(other.socket, ANY, 10000), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_set_maximum_channel_count(other.socket, -1), 0);
    assert_int_equal(
        sctpx_socket_connect(other.socket, &pair->bed.addr, 1, sctpx_server_port(pair->bed.server)),
        0);
    assert_int_equal(sctpx_socket_wait_for_line(other.socket, ANY, 0), SCTPX_ETIMEDOUT);
    bed_accept(&pair->bed, &end);
    assert_int_equal(sctpx_socket_write(end.socket, "welcome\n", 8), 8);
    assert_int_equal(sctpx_socket_wait_for_line(other.socket, ANY, 10000), 0);
    sctpx_socket_free(other.socket);
    sctpx_socket_free(end.socket);
}

#define IN_BYTES(test) cmocka_unit_test_setup_teardown(test, pair_setup_bytes, pair_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_BYTES(test_lines),
        IN_BYTES(test_the_end),
        IN_BYTES(test_abort),
        IN_BYTES(test_closed),
        IN_BYTES(test_more),
        cmocka_unit_test_setup_teardown(test_of_one_stream, pair_setup, pair_teardown),
        IN_BYTES(test_full_buffer),
        IN_BYTES(test_stopped),
        IN_BYTES(test_not_in_callbacks),
        IN_BYTES(test_while_connecting),
    };

    return cmocka_run_group_tests_name("wait_line", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/* sctpx_socket_statistics(): one snapshot of an association and its paths. */
#include "support/loopback.h"

#include <string.h>

struct pair {
    struct bed bed;
    struct probe client, peer;
};

static int setup(void **state)
{
    static struct pair pair;

    pair = (struct pair){0};
    bed_open(&pair.bed, bed_family(), 0, NULL);
    bed_pair(&pair.bed, &pair.client, &pair.peer, 0);
    *state = &pair;
    return 0;
}

static int teardown(void **state)
{
    struct pair *pair = *state;

    sctpx_socket_free(pair->client.socket);
    sctpx_socket_free(pair->peer.socket);
    bed_close(&pair->bed);
    return 0;
}

static sctpx_statistics statistics(const struct probe *probe)
{
    sctpx_statistics s;

    assert_int_equal(sctpx_socket_statistics(probe->socket, &s), 0);
    return s;
}

static void write_bytes(struct pair *pair, size_t length)
{
    static const uint8_t bytes[100000];

    assert_int_equal(sctpx_socket_write_datagram(pair->client.socket, bytes, length, NULL), 0);
}

/* It agrees with the calls that give its parts. */
static void test_one_snapshot(void **state)
{
    struct pair *pair = *state;
    sctpx_assoc_status status;
    sctpx_path_status path;
    sctpx_statistics s;

    write_bytes(pair, 100000);
    assert_true(sctpx_socket_flush(pair->client.socket) >= 0);
    s = statistics(&pair->client);
    assert_int_equal(sctpx_socket_status(pair->client.socket, &status), 0);
    assert_int_equal(sctpx_socket_path_status(pair->client.socket, 0, &path), 0);
    assert_memory_equal(&s.assoc.sent_bytes, &status.sent_bytes, sizeof(status.sent_bytes));
    assert_int_equal(s.assoc.paths, 1);
    assert_int_equal(s.assoc.unsent_bytes, status.unsent_bytes);
    assert_int_equal(s.assoc.unsent_bytes + s.assoc.unacked_bytes, 100000);
    assert_int_equal(s.assoc.flight_bytes, path.flight_bytes);
    assert_int_equal(s.paths[0].cwnd_bytes, path.cwnd_bytes);
    assert_int_equal(s.paths[0].sent_packets, path.sent_packets);
    if (!bed_client_is_kernel()) /* it does not tell */
        assert_true(s.paths[0].flight_bytes > 0);
    assert_true(sctpx_addr_same_ip(&s.paths[0].remote, &path.remote));
    assert_int_equal(s.paths[1].remote.family, SCTPX_NO_FAMILY); /* there is none */
}

static void test_figures_grow(void **state)
{
    struct pair *pair = *state;
    sctpx_statistics before = statistics(&pair->client), after, there;

    ENGINE_ONLY("the kernel does not count by path");
    write_bytes(pair, 50000);
    RUN_UNTIL(pair->bed.loop, pair->client.count[PROBE_DRAINED] >= 1);
    after = statistics(&pair->client);
    there = statistics(&pair->peer);
    assert_int_equal(after.assoc.sent_bytes, before.assoc.sent_bytes + 50000);
    assert_int_equal(there.assoc.received_bytes, 50000);
    assert_int_equal(there.assoc.readable_bytes, 50000);
    assert_int_equal(after.assoc.flight_bytes, 0);
    assert_true(after.now_us > before.now_us);
    assert_true(after.now_us <= sctpx_loop_now(pair->bed.loop));
    assert_true(after.paths[0].sent_packets > before.paths[0].sent_packets);
    assert_true(after.paths[0].sent_bytes >= before.paths[0].sent_bytes + 50000);
    assert_true(there.paths[0].received_bytes >= 50000);
    assert_true(after.paths[0].srtt_us > 0);
    assert_true(after.paths[0].min_rtt_us > 0);
    assert_true(after.paths[0].min_rtt_us <= after.paths[0].rtt_us);
    assert_true(after.paths[0].max_rto_us >= after.paths[0].rto_us);
}

/* After the end too, until the socket is closed or connected anew. */
static void test_after_the_end(void **state)
{
    struct pair *pair = *state;
    sctpx_statistics s;
    sctpx_socket *idle;

    write_bytes(pair, 1000);
    RUN_UNTIL(pair->bed.loop, pair->client.count[PROBE_DRAINED] >= 1);
    assert_int_equal(sctpx_socket_abort(pair->peer.socket, NULL, 0), 0);
    RUN_UNTIL(pair->bed.loop, pair->client.count[PROBE_CLOSED] == 1);
    s = statistics(&pair->client);
    assert_int_equal(s.assoc.state, SCTPX_CLOSED);
    assert_int_equal(s.assoc.error, SCTPX_EPEERABORT);
    assert_int_equal(s.assoc.sent_bytes, 1000);
    assert_int_equal(sctpx_socket_close(pair->client.socket), 0);
    assert_int_equal(sctpx_socket_statistics(pair->client.socket, &s), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_new(pair->bed.loop, NULL, &idle), 0);
    assert_int_equal(sctpx_socket_statistics(idle, &s), SCTPX_ESTATE);
    sctpx_socket_free(idle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_snapshot, setup, teardown),
        cmocka_unit_test_setup_teardown(test_figures_grow, setup, teardown),
        cmocka_unit_test_setup_teardown(test_after_the_end, setup, teardown),
    };

    return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
/*
 * Timers, limits, heartbeats and options of paths and associations at run time, and the callback of
 * the path that data goes to.
 */
#include "support/homes.h"

#include <stdio.h>
#include <string.h>

static char paths[256]; /* "confirmed:1 primary:1 ..." */

static void on_path(sctpx_socket *socket, void *user, size_t path, enum sctpx_path_change change)
{
    static const char *const names[] = {"", "confirmed", "up", "down", "primary"};
    const struct homes *homes = user;
    size_t used = strlen(paths);

    assert_ptr_equal(socket, homes->client.socket);
    assert_in_range(change, SCTPX_PATH_CONFIRMED, SCTPX_PATH_PRIMARY);
    (void)snprintf(paths + used, sizeof(paths) - used, "%s:%zu ", names[change], path);
}

/* With timers that a test can wait for. */
static int setup(void **state)
{
    static struct homes homes;
    sctpx_socket_options options;

    bed_socket_options(&options);
    options.assoc.rto_initial_us = options.assoc.rto_min_us = 20000;
    options.assoc.rto_max_us = 100000;
    homes_open(&homes, bed_family(), &options);
    paths[0] = '\0';
    *state = &homes;
    return 0;
}

static int teardown(void **state)
{
    homes_close(*state);
    return 0;
}

static sctpx_path_status path_of(const struct homes *homes, size_t path)
{
    sctpx_path_status status = {0};

    assert_int_equal(sctpx_socket_path_status(homes->client.socket, path, &status), 0);
    return status;
}

static bool are_confirmed(const struct homes *homes)
{
    return sctpx_socket_path_count(homes->client.socket) == homes->count &&
           path_of(homes, 0).confirmed && path_of(homes, homes->count - 1).confirmed;
}

static sctpx_path_options options_of(const struct homes *homes, size_t path)
{
    sctpx_path_options options = {0};

    assert_int_equal(sctpx_socket_path_options_get(homes->client.socket, path, &options), 0);
    return options;
}

static void set_options(struct homes *homes, size_t path, const sctpx_path_options *options)
{
    assert_int_equal(sctpx_socket_path_options_set(homes->client.socket, path, options), 0);
}

static void test_get_and_set(void **state)
{
    struct homes *homes = *state;
    const size_t last = homes->count - 1;
    sctpx_socket *socket = homes->client.socket, *idle;
    sctpx_path_options options;

    RUN_UNTIL(homes->bed.loop, are_confirmed(homes));
    options = options_of(homes, last);
    assert_int_equal(options.hb_interval_us, 30000000);
    options.mtu = 1280;
    options.path_max_retrans = 9;
    options.hb_interval_us = SCTPX_TIME_NEVER;
    set_options(homes, last, &options);
    assert_int_equal(options_of(homes, last).mtu, 1280);
    assert_int_equal(options_of(homes, last).path_max_retrans, 9);
    assert_true(options_of(homes, last).hb_interval_us == SCTPX_TIME_NEVER);
    if (last > 0) {
        assert_int_equal(options_of(homes, 0).mtu, 1500);
        assert_int_equal(options_of(homes, 0).path_max_retrans, 5);
    }
    assert_int_equal(path_of(homes, last).mtu, 1280);
    assert_int_equal(sctpx_socket_path_options_get(socket, last + 1, &options), SCTPX_EINVAL);
    options.mtu = 100;
    assert_int_equal(sctpx_socket_path_options_set(socket, last, &options), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_new(homes->bed.loop, NULL, &idle), 0);
    assert_int_equal(sctpx_socket_path_options_get(idle, 0, &options), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_path_options_set(idle, 0, &options), SCTPX_ESTATE);
    sctpx_socket_free(idle);
    assert_int_equal(sctpx_socket_abort(socket, NULL, 0), 0);
    options = (sctpx_path_options){.mtu = 1280, .rto_us = 100000};
    assert_int_equal(sctpx_socket_path_options_set(socket, last, &options), SCTPX_ESTATE);
}

/* On, off and now. */
static void test_heartbeats(void **state)
{
    struct homes *homes = *state;
    sctpx_path_options options;
    uint64_t before, none;

    ENGINE_CLIENT_ONLY("the kernel does not count heartbeats");
    if (homes->count < 2)
        skip(); /* one path has them, the other one has not */
    RUN_UNTIL(homes->bed.loop, are_confirmed(homes));
    before = path_of(homes, 0).heartbeats_sent;
    none = path_of(homes, 1).heartbeats_sent;
    options = options_of(homes, 1);
    options.hb_interval_us = SCTPX_TIME_NEVER;
    set_options(homes, 1, &options);
    options = options_of(homes, 0);
    options.hb_interval_us = 1000;
    set_options(homes, 0, &options);
    RUN_UNTIL(homes->bed.loop, path_of(homes, 0).heartbeats_acked >= before + 3);
    assert_true(path_of(homes, 0).heartbeats_sent >= before + 3);
    assert_int_equal(path_of(homes, 1).heartbeats_sent, none);
    assert_int_equal(sctpx_socket_heartbeat(homes->client.socket, 1), 0);
    RUN_UNTIL(homes->bed.loop, homes->client.count[PROBE_HEARTBEAT] == 1);
    assert_int_equal(path_of(homes, 1).heartbeats_sent, none + 1);
    options.hb_interval_us = SCTPX_TIME_NEVER;
    set_options(homes, 0, &options);
    RUN_UNTIL(homes->bed.loop,
              path_of(homes, 0).heartbeats_sent == path_of(homes, 0).heartbeats_acked);
    before = path_of(homes, 0).heartbeats_sent;
    assert_int_equal(sctpx_socket_write_datagram(homes->client.socket, "x", 1, NULL), 0);
    RUN_UNTIL(homes->bed.loop, homes->client.count[PROBE_DRAINED] >= 1);
    assert_int_equal(path_of(homes, 0).heartbeats_sent, before);
}

/*
 * covers: 9260/11.1.6-1
 */
static void test_primary_is_told(void **state)
{
    static const sctpx_socket_callbacks callbacks = {.on_path = on_path};
    struct homes *homes = *state;
    sctpx_assoc_status status;

    if (homes->count < 2)
        skip(); /* nothing to choose from */
    RUN_UNTIL(homes->bed.loop, are_confirmed(homes));
    sctpx_socket_set_callbacks(homes->client.socket, &callbacks, homes);
    assert_int_equal(sctpx_socket_set_primary(homes->client.socket, 1), 0);
    assert_string_equal(paths, "");
    RUN_UNTIL(homes->bed.loop, strstr(paths, "primary") != NULL);
    assert_non_null(strstr(paths, "primary:1"));
    assert_int_equal(sctpx_socket_status(homes->client.socket, &status), 0);
    assert_int_equal(status.data_path, 1);
    assert_int_equal(sctpx_socket_set_primary(homes->client.socket, 0), 0);
    RUN_UNTIL(homes->bed.loop, strstr(paths, "primary:0") != NULL);
}

/* Limits of the retransmissions of an association that runs: the peer is gone without a word. */
static void test_retransmission_limits(void **state)
{
    struct homes *homes = *state;
    sctpx_socket *socket = homes->client.socket;
    sctpx_assoc_options options;

    RUN_UNTIL(homes->bed.loop, are_confirmed(homes));
    sctpx_socket_options_get(socket, &options);
    options.association_max_retrans = 2;
    options.path_max_retrans = 0;
    assert_int_equal(sctpx_socket_options_set(socket, &options), 0);
    for (size_t path = 0; path < homes->count; path++) /* the kernel repeats once at the least */
        assert_int_equal(options_of(homes, path).path_max_retrans, bed_client_is_kernel() ? 1 : 0);
    /* Its address is routed back to us: nothing answers. */
    homes->peer.hook = NULL;
    sctpx_socket_free(homes->peer.socket);
    homes->peer.socket = NULL;
    assert_int_equal(sctpx_socket_write_datagram(socket, "x", 1, NULL), 0);
    RUN_UNTIL(homes->bed.loop, homes->client.count[PROBE_CLOSED] == 1);
}

/* Qt's LowDelayOption and TypeOfServiceOption, and the buffers, of an association that runs. */
static void test_options_at_run_time(void **state)
{
    struct homes *homes = *state;
    sctpx_socket *socket = homes->client.socket;
    sctpx_assoc_options options, now;

    RUN_UNTIL(homes->bed.loop, are_confirmed(homes));
    sctpx_socket_options_get(socket, &options);
    assert_int_equal(options.dscp, 0);
    assert_false(options.nagle);
    options.dscp = 46;
    options.nagle = true;
    options.sndbuf_bytes = 4096;
    options.rto_min_us = 30000;
    options.rto_initial_us = 30000;
    options.sack_delay_us = 0;
    assert_int_equal(sctpx_socket_options_set(socket, &options), 0);
    sctpx_socket_options_get(socket, &now);
    assert_int_equal(now.dscp, 46);
    assert_true(now.nagle);
    assert_int_equal(now.sndbuf_bytes, 4096);
    assert_int_equal(now.rto_min_us, 30000);
    options.dscp = 64;
    assert_int_equal(sctpx_socket_options_set(socket, &options), SCTPX_EINVAL);
    sctpx_socket_options_get(socket, &now);
    assert_int_equal(now.dscp, 46);
    assert_int_equal(sctpx_socket_write_datagram(socket, "x", 1, NULL), 0);
    assert_int_equal(sctpx_socket_write_datagram(socket, "y", 1, NULL), 0);
    RUN_UNTIL(homes->bed.loop, homes->client.count[PROBE_DRAINED] >= 1);
    RUN_UNTIL(homes->bed.loop,
              sctpx_socket_bytes_available(homes->peer.socket, SCTPX_ANY_STREAM) == 2);
}

/* A profile changes an association that runs. */
static void test_profile_at_run_time(void **state)
{
    struct homes *homes = *state;
    sctpx_socket *socket = homes->client.socket;
    sctpx_assoc_options options;

    RUN_UNTIL(homes->bed.loop, are_confirmed(homes));
    sctpx_socket_options_get(socket, &options);
    assert_int_equal(sctpx_assoc_options_profile(&options, SCTPX_PROFILE_SIGNALLING), 0);
    assert_int_equal(sctpx_socket_options_set(socket, &options), 0);
    for (size_t i = 0; i < homes->count; i++) {
        assert_int_equal(options_of(homes, i).path_max_retrans, 2);
        assert_int_equal(options_of(homes, i).hb_interval_us, 1000000);
    }
    assert_int_equal(sctpx_socket_write_datagram(socket, "x", 1, NULL), 0);
    RUN_UNTIL(homes->bed.loop, homes->client.count[PROBE_DRAINED] >= 1);
    assert_in_range(path_of(homes, 0).rto_us, 250000, 800000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_get_and_set, setup, teardown),
        cmocka_unit_test_setup_teardown(test_heartbeats, setup, teardown),
        cmocka_unit_test_setup_teardown(test_primary_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_retransmission_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_options_at_run_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_profile_at_run_time, setup, teardown),
    };

    return cmocka_run_group_tests_name("path_options", tests, NULL, NULL);
}

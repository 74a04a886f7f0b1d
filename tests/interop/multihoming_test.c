/* SPDX-License-Identifier: MIT */
/*
 * Both sides have 127.0.0.1 and 127.0.0.2, one of which goes and comes back. That takes rights over
 * the network, which are there in the guest of kernel_paths_test.sh: SCTPX_INTEROP_FILTER is a
 * command to be followed by rules of iptables. Without it everything is skipped.
 */
/* ctest: timeout=300 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "interop/pattern.h"
#include "support/usrsctp_rig.h"

enum { MESSAGES = 120, LENGTH = 5000 };

static int open_rig(void **state, enum rig_role role)
{
    static struct rig rig;
    rig_open(&rig, role);
    rig.addresses = 2;
    *state = &rig;
    return 0;
}

static int open_connecting(void **state)
{
    return open_rig(state, RIG_WE_CONNECT);
}

static int open_serving(void **state)
{
    return open_rig(state, RIG_WE_SERVE);
}

/* ---- the filter --------------------------------------------------------------------------- */

static bool can_filter(void)
{
    return getenv("SCTPX_INTEROP_FILTER") != NULL;
}

static void filter(const char *action, unsigned address)
{
    char command[256];
    snprintf(command, sizeof command, "%s %s INPUT -p udp -d 127.0.0.%u -j DROP",
             getenv("SCTPX_INTEROP_FILTER"), action, address + 1);
    assert_int_equal(system(command), 0);
}

static int close_it(void **state)
{
    char command[256];
    rig_close(*state);
    if (!can_filter())
        return 0;
    snprintf(command, sizeof command, "%s -F", getenv("SCTPX_INTEROP_FILTER"));
    return system(command) == 0 ? 0 : -1;
}

/* ---- paths -------------------------------------------------------------------------------- */

/* Path i of ours leads to address i. */
static size_t path_to(const struct rig *rig, unsigned address)
{
    size_t count = sctpx_socket_path_count(rig->socket);
    for (size_t i = 0; i < count; i++) {
        sctpx_path_status path;
        assert_int_equal(sctpx_socket_path_status(rig->socket, i, &path), 0);
        if (path.remote.ip[3] == address + 1)
            return i;
    }
    return SIZE_MAX;
}

static sctpx_path_status status_of(const struct rig *rig, unsigned address)
{
    sctpx_path_status path;
    size_t i = path_to(rig, address);
    assert_int_not_equal(i, SIZE_MAX);
    assert_int_equal(sctpx_socket_path_status(rig->socket, i, &path), 0);
    return path;
}

static bool is_active(const struct rig *rig, unsigned address)
{
    sctpx_path_status path = status_of(rig, address);
    return path.confirmed && path.active;
}

/* Time-outs that a test can wait for; the peer has the same with --impatient. */
static void be_impatient(struct rig *rig)
{
    sctpx_assoc_options options;
    sctpx_socket_options_get(rig->socket, &options);
    options.rto_min_us = 200 * 1000;
    options.rto_max_us = 1000 * 1000;
    options.path_max_retrans = 1;
    options.hb_interval_us = 500 * 1000;
    assert_int_equal(sctpx_socket_options_set(rig->socket, &options), 0);
}

static void up_with_two_paths(struct rig *rig)
{
    if (!can_filter())
        skip();
    rig_up(rig, "--echo --impatient --mtu 1500");
    be_impatient(rig);
    assert_int_equal(sctpx_socket_path_count(rig->socket), 2);
    RIG_WAIT(rig, is_active(rig, 0) && is_active(rig, 1));
    rig_line(rig, "path 127.0.0.2 confirmed"); /* until then the peer sends nothing there */
}

/* All echoes are there, in order, whatever way they took. */
static void check_echoes(struct rig *rig, uint32_t n)
{
    uint8_t expected[LENGTH];
    RIG_WAIT(rig, rig->n_messages >= n);
    assert_int_equal(rig->n_messages, n);
    for (uint32_t i = 0; i < n; i++) {
        pattern_fill(expected, LENGTH, i);
        assert_int_equal(rig->messages[i].info.length, LENGTH);
        assert_memory_equal(rig->messages[i].bytes, expected, LENGTH);
    }
}

/* ---- tests -------------------------------------------------------------------------------- */

static void test_data_on_either_path(void **state)
{
    struct rig *rig = *state;
    up_with_two_paths(rig);
    for (unsigned address = 0; address < 2; address++) {
        assert_int_equal(sctpx_socket_set_primary(rig->socket, path_to(rig, address)), 0);
        rig_send(rig, address * MESSAGES, MESSAGES, LENGTH, 1, 0, 0);
        check_echoes(rig, (address + 1) * MESSAGES);
        assert_int_not_equal(status_of(rig, address).srtt_us, 0);
    }
    assert_int_equal(sctpx_socket_disconnect(rig->socket, RIG_SECONDS * 1000), 0);
    rig_line(rig, "closed");
}

/* The address that both send to goes while they do, and comes back. */
static void lose_one_address(struct rig *rig, unsigned address)
{
    char line[64];
    assert_int_equal(sctpx_socket_set_primary(rig->socket, path_to(rig, address)), 0);
    rig_send(rig, 0, MESSAGES / 3, LENGTH, 1, 0, 0);
    filter("-A", address);
    rig_send(rig, MESSAGES / 3, MESSAGES / 3, LENGTH, 1, 0, 0);
    RIG_WAIT(rig, !is_active(rig, address));
    snprintf(line, sizeof line, "path 127.0.0.%u down", address + 1);
    rig_line(rig, line);
    check_echoes(rig, 2 * MESSAGES / 3);

    filter("-D", address);
    RIG_WAIT(rig, is_active(rig, address));
    rig_send(rig, 2 * MESSAGES / 3, MESSAGES / 3, LENGTH, 1, 0, 0);
    check_echoes(rig, MESSAGES);
    assert_true(is_active(rig, 1 - address));
}

static void test_first_address_goes_and_comes_back(void **state)
{
    up_with_two_paths(*state);
    lose_one_address(*state, 0);
}

static void test_second_address_goes_and_comes_back(void **state)
{
    up_with_two_paths(*state);
    lose_one_address(*state, 1);
}

static void test_both_addresses_go(void **state)
{
    struct rig *rig = *state;
    up_with_two_paths(rig);
    sctpx_assoc_options options;
    sctpx_socket_options_get(rig->socket, &options);
    options.association_max_retrans = 2;
    assert_int_equal(sctpx_socket_options_set(rig->socket, &options), 0);
    filter("-A", 0);
    filter("-A", 1);
    rig_send(rig, 0, 1, LENGTH, 1, 0, 0);
    RIG_WAIT(rig, rig->closed);
    assert_int_equal(rig->closed_error, SCTPX_ELOST);
}

#define BOTH_ROLES(test)                                                                           \
    {#test "_connecting", test, open_connecting, close_it, NULL},                                  \
    {                                                                                              \
#test "_serving", test, open_serving, close_it, NULL                                       \
    }

/* An argument picks tests by their names. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BOTH_ROLES(test_data_on_either_path),
        BOTH_ROLES(test_first_address_goes_and_comes_back),
        BOTH_ROLES(test_second_address_goes_and_comes_back),
        BOTH_ROLES(test_both_addresses_go),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("multihoming", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Clients over raw IP in several programs of one host: each loop has a driver of its own here,
 * which knows of the others as little as another program does.
 */
#include "support/loopback.h"

#include <sys/resource.h>
#include <unistd.h>

#include "support/netns.h"

enum { PORT = 7, OF_BLOCK = 64, MANY = 2 * OF_BLOCK + 1, FIRST = 49152 };

static bool is_possible;

/* A loop with clients, and how many of them have a port of each block. */
struct program {
    sctpx_loop *loop;
    sctpx_socket *sockets[MANY];
    unsigned count, of_block[256], blocks;
};

static void skip_unless_possible(void)
{
    if (!is_possible)
        skip();
}

static sctpx_addr host(void)
{
    sctpx_addr addr;

    assert_int_equal(sctpx_addr_parse("127.0.0.1", &addr), 0);
    return addr;
}

static void program_open(struct program *program)
{
    *program = (struct program){0};
    assert_int_equal(sctpx_loop_new(&program->loop), 0);
}

static void program_close(struct program *program)
{
    for (unsigned i = 0; i < program->count; i++)
        sctpx_socket_free(program->sockets[i]);
    sctpx_loop_free(program->loop);
}

static int try_client(struct program *program)
{
    sctpx_addr addr = host();
    sctpx_socket_options options;
    sctpx_socket *socket;
    int result;

    sctpx_socket_options_defaults(&options);
    options.carrier = SCTPX_CARRIER_RAW_IP;
    assert_int_equal(sctpx_socket_new(program->loop, &options, &socket), 0);
    result = sctpx_socket_connect(socket, &addr, 1, PORT);
    if (result < 0)
        sctpx_socket_free(socket);
    else
        program->sockets[program->count++] = socket;
    return result;
}

static void add_client(struct program *program)
{
    unsigned block;

    assert_int_equal(try_client(program), 0);
    block = sctpx_socket_local_port(program->sockets[program->count - 1]);
    assert_in_range(block, FIRST, 65535);
    block = (block - FIRST) / OF_BLOCK;
    program->blocks += program->of_block[block]++ == 0;
}

static void check_disjoint(const struct program *a, const struct program *b)
{
    for (unsigned block = 0; block < 256; block++)
        assert_true(a->of_block[block] == 0 || b->of_block[block] == 0);
}

/* A server would take a second client with the port of the first for that, come back (5.2.4.1). */
static void test_no_two_have_one_port(void **state)
{
    static struct program a, b;

    (void)state;
    skip_unless_possible();
    program_open(&a);
    program_open(&b);
    for (unsigned i = 0; i < MANY; i++) {
        add_client(&a);
        add_client(&b);
    }
    assert_int_equal(a.blocks, 3);
    assert_int_equal(b.blocks, 3);
    check_disjoint(&a, &b);
    program_close(&a);
    program_close(&b);
}

/* What has ended leaves its ports to others: there are 256 blocks, and 300 programs in turn. */
static void test_ports_are_given_back(void **state)
{
    static struct program program;

    (void)state;
    skip_unless_possible();
    for (unsigned i = 0; i < 300; i++) {
        program_open(&program);
        add_client(&program);
        program_close(&program);
    }
}

/* More programs than blocks: those that come late pick from all ports, as they must. */
static void test_more_programs_than_blocks(void **state)
{
    static struct program programs[257];
    struct rlimit limit;

    (void)state;
    skip_unless_possible();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_max < 4096 || setrlimit(RLIMIT_NOFILE, &limit) < 0)
        skip();
    for (unsigned i = 0; i < 257; i++) {
        program_open(&programs[i]);
        add_client(&programs[i]);
        for (unsigned other = 0; other < i && i < 256; other++)
            check_disjoint(&programs[i], &programs[other]);
    }
    for (unsigned i = 0; i < 257; i++)
        program_close(&programs[i]);
}

/* A server on a port of the system's choice has one that no client picks. */
static void test_a_server_has_a_block_too(void **state)
{
    static struct program server_side, client_side;
    sctpx_addr addr = host();
    sctpx_server_options options;
    sctpx_server *server;

    (void)state;
    skip_unless_possible();
    program_open(&server_side);
    program_open(&client_side);
    sctpx_server_options_defaults(&options);
    options.carrier = SCTPX_CARRIER_RAW_IP;
    assert_int_equal(sctpx_server_new(server_side.loop, &options, &server), 0);
    assert_int_equal(sctpx_server_listen(server, &addr, 1, 0), 0);
    assert_in_range(sctpx_server_port(server), FIRST, 65535);
    server_side.of_block[(unsigned)(sctpx_server_port(server) - FIRST) / OF_BLOCK] = 1;
    for (unsigned i = 0; i < MANY; i++)
        add_client(&client_side);
    check_disjoint(&server_side, &client_side);
    sctpx_server_free(server);
    program_close(&server_side);
    program_close(&client_side);
}

static void test_without_descriptors(void **state)
{
    static struct program program;
    struct rlimit before, limit;
    int result = SCTPX_ERESOURCE, first = dup(0);
    unsigned refusals = 0;

    (void)state;
    skip_unless_possible();
    close(first);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    for (limit.rlim_cur = (rlim_t)first + 4; result == SCTPX_ERESOURCE; limit.rlim_cur++) {
        program_open(&program);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        result = try_client(&program);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        refusals += result == SCTPX_ERESOURCE;
        program_close(&program);
    }
    assert_int_equal(result, 0);
    assert_true(refusals > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_two_have_one_port),
        cmocka_unit_test(test_ports_are_given_back),
        cmocka_unit_test(test_more_programs_than_blocks),
        cmocka_unit_test(test_a_server_has_a_block_too),
        cmocka_unit_test(test_without_descriptors),
    };

    is_possible = netns_enter() && netns_has_raw();
    return cmocka_run_group_tests_name("raw_clients", tests, NULL, NULL);
}

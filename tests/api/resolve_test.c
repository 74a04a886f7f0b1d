/* SPDX-License-Identifier: MIT */
/*
 * Names with several addresses, from a getaddrinfo() of our own: what resolves them in a build
 * without c-ares, and where c-ares cannot be set up.
 */
#include "support/loopback.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the resolver answers: 127.0.0.n for each, or an error. */
static uint8_t answers[32];
static size_t answer_count;
static int answer_error, asked_family;

static struct addrinfo *new_answer(uint8_t n)
{
    const sctpx_addr addr = loopback_v4(n, 0);
    struct addrinfo *info = calloc(1, sizeof(*info) + sizeof(struct sockaddr_storage));

    assert_non_null(info);
    info->ai_family = AF_INET;
    info->ai_addr = (struct sockaddr *)(void *)(info + 1);
    info->ai_addrlen =
        (socklen_t)sctpx_addr_to_sockaddr(&addr, (struct sockaddr_storage *)(void *)(info + 1));
    return info;
}

/* Takes the place of the C library's. */
__attribute__((visibility("default"))) /* the library is to find this one */
int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict res)
{
    struct addrinfo **end = res;

    assert_non_null(node);
    assert_null(service);
    asked_family = hints->ai_family;
    if (answer_error != 0)
        return answer_error;
    *res = NULL;
    for (size_t i = 0; i < answer_count; i++) {
        *end = new_answer(answers[i]);
        end = &(*end)->ai_next;
    }
    return 0;
}

__attribute__((visibility("default"))) void freeaddrinfo(struct addrinfo *ai)
{
    while (ai) {
        struct addrinfo *next = ai->ai_next;

        free(ai);
        ai = next;
    }
}

/* Takes the place of c-ares' own, where the library has it. */
int ares_init_options(void **channel, const void *options, int mask);

__attribute__((visibility("default"))) int ares_init_options(void **channel, const void *options,
                                                             int mask)
{
    (void)channel;
    (void)options;
    (void)mask;
    return 14; /* ARES_EFILE */
}

static void answer(const char *list)
{
    answer_error = 0;
    for (answer_count = 0; list[answer_count] != '\0'; answer_count++)
        answers[answer_count] = (uint8_t)(list[answer_count] - '0');
}

/* ---- fixture: the server is at 127.0.0.1, nobody at 127.0.0.2 to 127.0.0.9 ------------------ */

struct fixture {
    struct bed bed;
    struct probe client;
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture.client = (struct probe){0};
    bed_open(&fixture.bed, SCTPX_IPV4, 0, NULL);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    sctpx_socket_free(fixture->client.socket);
    bed_close(&fixture->bed);
    return 0;
}

static int start(struct fixture *fixture, int timeout_ms, enum sctpx_family family)
{
    sctpx_socket_options options;
    sctpx_socket *socket;

    sctpx_socket_options_defaults(&options);
    options.peer_udp_port = fixture->bed.addr.udp_port;
    options.connect_timeout_ms = timeout_ms;
    options.family = family;
    assert_int_equal(sctpx_socket_new(fixture->bed.loop, &options, &socket), 0);
    probe_attach(&fixture->client, socket);
    return sctpx_socket_connect_name(socket, "host.test", sctpx_server_port(fixture->bed.server));
}

static void run_to_the_end(struct fixture *fixture)
{
    RUN_UNTIL(fixture->bed.loop,
              fixture->client.count[PROBE_CONNECTED] || fixture->client.count[PROBE_CLOSED]);
}

/* Somebody who listens on the server's UDP port of 127.0.0.n and says nothing. */
static int silence(const struct fixture *fixture, uint8_t n)
{
    const sctpx_addr addr = loopback_v4(n, fixture->bed.addr.udp_port);
    struct sockaddr_storage storage;
    int length = sctpx_addr_to_sockaddr(&addr, &storage);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&storage, (socklen_t)length), 0);
    return fd;
}

/* ---- tests -------------------------------------------------------------------------------- */

static void test_addresses_are_alternatives(void **state)
{
    struct fixture *fixture = *state;
    struct probe *client = &fixture->client;
    sctpx_addr addr;

    answer("921");
    assert_int_equal(start(fixture, 10000, SCTPX_NO_FAMILY), 0);
    assert_int_equal(asked_family, AF_UNSPEC);
    /* What was given to an address that refuses would be lost. */
    assert_int_equal(sctpx_socket_write_datagram(client->socket, "x", 1, NULL), SCTPX_EWOULDBLOCK);
    run_to_the_end(fixture);
    assert_string_equal(client->log, "lookup connecting connected up");
    assert_int_equal(sctpx_socket_peer_addrs(client->socket, &addr, 1), 1);
    assert_true(sctpx_addr_equal(&addr, &fixture->bed.addr));
    assert_int_equal(client->count[PROBE_WRITABLE], 1);
    assert_int_equal(sctpx_socket_write_datagram(client->socket, "x", 1, NULL), 0);
    assert_int_equal(sctpx_socket_error(client->socket), 0);
    assert_string_equal(sctpx_socket_peer_name(client->socket), "host.test");
}

static void test_none_answers(void **state)
{
    struct fixture *fixture = *state;

    answer("923");
    assert_int_equal(start(fixture, 10000, SCTPX_NO_FAMILY), 0);
    run_to_the_end(fixture);
    assert_string_equal(fixture->client.log,
                        "lookup connecting unconnected error:EREFUSED closed:EREFUSED");
    assert_non_null(strstr(sctpx_socket_error_string(fixture->client.socket), "127.0.0.9"));
}

/* One that is silent takes its share of the time, not all of it. */
static void test_silent_address_gets_a_share(void **state)
{
    struct fixture *fixture = *state;
    int fd = silence(fixture, 9);

    answer("91");
    assert_int_equal(start(fixture, 300, SCTPX_NO_FAMILY), 0);
    run_to_the_end(fixture);
    assert_string_equal(fixture->client.log, "lookup connecting connected up");
    close(fd);
}

static void test_all_are_silent(void **state)
{
    struct fixture *fixture = *state;
    int fds[2] = {silence(fixture, 8), silence(fixture, 9)};

    answer("89");
    assert_int_equal(start(fixture, 60, SCTPX_NO_FAMILY), 0);
    run_to_the_end(fixture);
    assert_int_equal(fixture->client.closed, SCTPX_ETIMEDOUT);
    assert_int_equal(fixture->client.count[PROBE_CLOSED], 1);
    close(fds[0]);
    close(fds[1]);
}

static void test_closing_ends_the_search(void **state)
{
    struct fixture *fixture = *state;
    int fd = silence(fixture, 9);

    answer("91");
    assert_int_equal(start(fixture, 10000, SCTPX_NO_FAMILY), 0);
    RUN_UNTIL(fixture->bed.loop, sctpx_socket_state(fixture->client.socket) == SCTPX_CONNECTING);
    assert_int_equal(sctpx_socket_disconnect(fixture->client.socket, 20), 0);
    run_to_the_end(fixture);
    assert_int_equal(fixture->client.closed, SCTPX_ETIMEDOUT);
    assert_int_equal(fixture->bed.connections, 0);
    close(fd);
}

static void test_many_addresses(void **state)
{
    struct fixture *fixture = *state;

    answer("22222222222222222222222221"); /* each address once */
    assert_int_equal(start(fixture, 10000, SCTPX_NO_FAMILY), 0);
    run_to_the_end(fixture);
    assert_int_equal(fixture->client.count[PROBE_CONNECTED], 1);
}

static void test_resolver_errors(void **state)
{
    struct fixture *fixture = *state;

    answer("");
    answer_error = EAI_MEMORY;
    assert_int_equal(start(fixture, 10000, SCTPX_IPV6), 0);
    assert_int_equal(asked_family, AF_INET6);
    run_to_the_end(fixture);
    assert_string_equal(fixture->client.log, "lookup unconnected error:ENOMEM closed:ENOMEM");
    sctpx_socket_free(fixture->client.socket);
    for (int i = 0; i < 4; i++) {
        static const int errors[] = {EAI_NONAME, EAI_AGAIN, EAI_FAIL, 0};
        static const char *const words[] = {"no address", "try again later", "failed",
                                            "no address"};

        fixture->client = (struct probe){0};
        answer_error = errors[i];
        assert_int_equal(start(fixture, 10000, SCTPX_IPV4), 0);
        assert_int_equal(asked_family, AF_INET);
        run_to_the_end(fixture);
        assert_string_equal(fixture->client.log,
                            "lookup unconnected error:EHOSTNOTFOUND closed:EHOSTNOTFOUND");
        assert_non_null(strstr(sctpx_socket_error_string(fixture->client.socket), words[i]));
        if (i < 3)
            sctpx_socket_free(fixture->client.socket);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_addresses_are_alternatives, setup, teardown),
        cmocka_unit_test_setup_teardown(test_none_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_silent_address_gets_a_share, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all_are_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_closing_ends_the_search, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_addresses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_resolver_errors, setup, teardown),
    };

    return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}

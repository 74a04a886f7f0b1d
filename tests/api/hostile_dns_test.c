/* SPDX-License-Identifier: MIT */
/*
 * A socket that connects by name, and a name server that means no good: over UDP and TCP, byte by
 * byte. Whatever it says, there is one clear end in time, and nothing is left behind.
 */
#include "support/loopback.h"

#include <stdlib.h>
#include <string.h>

#ifdef SCTPX_HAVE_CARES

#include <ares.h>
#include <arpa/inet.h>
#include <assert.h>
#include <dirent.h>
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { HEADER_BYTES = 12, PACKET_BYTES = 65535, TYPE_A = 1, TYPE_CNAME = 5, TYPE_AAAA = 28 };
enum { MANY = 4000, PATIENCE_MS = 300 };

/* ---- the server ---------------------------------------------------------------------------- */

struct reply {
    uint8_t bytes[2 + PACKET_BYTES]; /* two for the length, over TCP */
    size_t length;                   /* without them */
    size_t question_end;
    uint16_t type;
    unsigned answers;
};

/* Answers one question: sends what it likes; the reply holds header and question already. */
typedef void (*manner)(int fd, const struct sockaddr_in *from, struct reply *reply, bool is_tcp);

static struct {
    pthread_t thread;
    int udp, tcp, wake[2];
    uint16_t port;
    manner manner; /* set before the first question */
    atomic_uint questions;
    bool is_running;
} dns;

static void put(struct reply *reply, const void *bytes, size_t length)
{
    assert(reply->length + length <= PACKET_BYTES);
    memcpy(reply->bytes + 2 + reply->length, bytes, length);
    reply->length += length;
}

static void put_record(struct reply *reply, uint16_t type, const void *data, size_t length)
{
    const uint8_t head[12] = {
        0xc0,           HEADER_BYTES, 0, (uint8_t)type, 0, 1, 0, 0, 0, 60, (uint8_t)(length >> 8),
        (uint8_t)length};

    put(reply, head, sizeof(head));
    put(reply, data, length);
    reply->answers++;
    reply->bytes[2 + 6] = (uint8_t)(reply->answers >> 8);
    reply->bytes[2 + 7] = (uint8_t)reply->answers;
}

/* Of the family that was asked for; else nothing. */
static void put_address(struct reply *reply, const char *text)
{
    uint8_t data[16];

    if (reply->type == TYPE_A && inet_pton(AF_INET, text, data) == 1)
        put_record(reply, TYPE_A, data, 4);
    else if (reply->type == TYPE_AAAA && inet_pton(AF_INET6, text, data) == 1)
        put_record(reply, TYPE_AAAA, data, 16);
}

static void send_reply(int fd, const struct sockaddr_in *from, struct reply *reply, bool is_tcp)
{
    reply->bytes[0] = (uint8_t)(reply->length >> 8);
    reply->bytes[1] = (uint8_t)reply->length;
    if (is_tcp)
        (void)!send(fd, reply->bytes, reply->length + 2, MSG_NOSIGNAL);
    else
        (void)!sendto(fd, reply->bytes + 2, reply->length, 0, (const struct sockaddr *)from,
                      sizeof(*from));
}

/* Header and question as an answer to it. */
static bool begin_reply(struct reply *reply, const uint8_t *question, size_t length)
{
    size_t at = HEADER_BYTES;

    while (at < length && question[at] != 0)
        at += 1u + question[at];
    if (at + 5 > length)
        return false;
    reply->length = reply->answers = 0;
    reply->type = (uint16_t)(question[at + 1] << 8 | question[at + 2]);
    put(reply, question, at + 5);
    memcpy(reply->bytes + 2 + 2, "\x81\x80\0\1\0\0\0\0\0\0", 10);
    reply->question_end = reply->length;
    return true;
}

static void answer_tcp(struct reply *reply)
{
    struct sockaddr_in nobody = {0};
    uint8_t question[1024];
    struct timeval limit = {.tv_usec = 200000};
    int fd = accept(dns.tcp, NULL, NULL);
    ssize_t length;

    if (fd < 0)
        return;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    length = recv(fd, question, sizeof(question), 0);
    atomic_fetch_add(&dns.questions, 1);
    if (length > 2 && begin_reply(reply, question + 2, (size_t)length - 2))
        dns.manner(fd, &nobody, reply, true);
    (void)shutdown(fd, SHUT_WR);
    while (recv(fd, question, sizeof(question), 0) > 0)
        ;
    close(fd);
}

static void *serve(void *arg)
{
    struct reply *reply = malloc(sizeof(*reply));
    struct pollfd fds[3] = {{dns.udp, POLLIN, 0}, {dns.tcp, POLLIN, 0}, {dns.wake[0], POLLIN, 0}};

    (void)arg;
    while (poll(fds, 3, -1) > 0 && !fds[2].revents) {
        uint8_t question[1024];
        struct sockaddr_in from;
        socklen_t size = sizeof(from);
        ssize_t length;

        if (fds[1].revents)
            answer_tcp(reply);
        if (!fds[0].revents)
            continue;
        length = recvfrom(dns.udp, question, sizeof(question), 0, (struct sockaddr *)&from, &size);
        atomic_fetch_add(&dns.questions, 1);
        if (length > 0 && begin_reply(reply, question, (size_t)length))
            dns.manner(dns.udp, &from, reply, false);
    }
    free(reply);
    return NULL;
}

static void dns_open(manner behaviour)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(addr);

    dns.manner = behaviour;
    atomic_store(&dns.questions, 0);
    for (int tries = 0;; tries++) { /* one port that is free for both */
        assert_true(tries < 50);
        addr.sin_port = 0;
        dns.tcp = socket(AF_INET, SOCK_STREAM, 0);
        dns.udp = socket(AF_INET, SOCK_DGRAM, 0);
        assert_int_equal(bind(dns.tcp, (struct sockaddr *)&addr, size), 0);
        assert_int_equal(getsockname(dns.tcp, (struct sockaddr *)&addr, &size), 0);
        if (bind(dns.udp, (struct sockaddr *)&addr, size) == 0)
            break;
        close(dns.tcp);
        close(dns.udp);
    }
    dns.port = ntohs(addr.sin_port);
    assert_int_equal(listen(dns.tcp, 20), 0);
    assert_int_equal(pipe(dns.wake), 0);
    assert_int_equal(pthread_create(&dns.thread, NULL, serve, NULL), 0);
    dns.is_running = true;
}

static void dns_close(void)
{
    if (!dns.is_running)
        return;
    dns.is_running = false;
    assert_int_equal(write(dns.wake[1], "", 1), 1);
    assert_int_equal(pthread_join(dns.thread, NULL), 0);
    close(dns.udp);
    close(dns.tcp);
    close(dns.wake[0]);
    close(dns.wake[1]);
}

__attribute__((visibility("default"))) /* the library is to find this one */
int ares_init_options(ares_channel *channelptr, struct ares_options *options, int optmask)
{
    struct in_addr server = {.s_addr = htonl(INADDR_LOOPBACK)};
    struct ares_options own = *options;
    int (*init)(ares_channel *, struct ares_options *, int) = NULL;
    void *symbol = dlsym(RTLD_NEXT, "ares_init_options");

    memcpy(&init, &symbol, sizeof(init));
    own.servers = &server;
    own.nservers = 1;
    own.udp_port = own.tcp_port = dns.port;
    own.domains = NULL;
    own.ndomains = 0;
    own.timeout = PATIENCE_MS;
    own.tries = 2;
    return init(channelptr, &own,
                optmask | ARES_OPT_SERVERS | ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT |
                    ARES_OPT_DOMAINS);
}

/* ---- fixture: a server of SCTP at 127.0.0.1 ------------------------------------------------- */

struct fixture {
    struct bed bed;
    struct probe client;
    size_t descriptors;
};

static size_t count_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t count = 0;

    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

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
    fixture->client.socket = NULL;
    bed_close(&fixture->bed);
    dns_close();
    return 0;
}

static sctpx_socket *start(struct fixture *fixture, manner behaviour, int timeout_ms)
{
    sctpx_socket_options options;
    sctpx_socket *socket;

    dns_open(behaviour);
    bed_socket_options(&options);
    options.peer_udp_port = fixture->bed.addr.udp_port;
    options.connect_timeout_ms = timeout_ms;
    options.carrier = SCTPX_CARRIER_UDP;
    socket = bed_socket(&fixture->bed, &fixture->client, &options);
    fixture->descriptors = count_descriptors();
    assert_int_equal(
        sctpx_socket_connect_name(socket, "host.test", sctpx_server_port(fixture->bed.server)), 0);
    return socket;
}

static void run_to_the_end(struct fixture *fixture)
{
    RUN_UNTIL(fixture->bed.loop,
              fixture->client.count[PROBE_CONNECTED] || fixture->client.count[PROBE_CLOSED]);
}

/* The way to the server is found all the same. */
static void check_connects(void **state, manner behaviour)
{
    struct fixture *fixture = *state;

    (void)start(fixture, behaviour, 15000);
    run_to_the_end(fixture);
    if (fixture->client.count[PROBE_CONNECTED] != 1)
        fail_msg("%s", sctpx_socket_error_string(fixture->client.socket));
}

/* It ends with this error and words; the name is among them, and no descriptor is left. */
static void check_fails(void **state, manner behaviour, int error, const char *words)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket = start(fixture, behaviour, 15000);
    sctpx_time begin = sctpx_loop_now(fixture->bed.loop);
    const char *text;

    run_to_the_end(fixture);
    assert_int_equal(fixture->client.count[PROBE_CONNECTED], 0);
    text = sctpx_socket_error_string(socket);
    if (sctpx_socket_error(socket) != error || !strstr(text, words) || !strstr(text, "host.test"))
        fail_msg("%d, %s", sctpx_socket_error(socket), text);
    assert_true(sctpx_loop_now(fixture->bed.loop) - begin < 10000000);
    assert_int_equal(fixture->client.count[PROBE_CLOSED], 1);
    /* A bound UDP socket may stay; the test's own server closes what it has accepted. */
    RUN_UNTIL(fixture->bed.loop, count_descriptors() <= fixture->descriptors + 2);
}

/* ---- packets that are no answers ------------------------------------------------------------ */

static void send_noise(int fd, const struct sockaddr_in *from, struct reply *reply, bool is_tcp)
{
    uint32_t random = 12345;

    for (unsigned n = 1; n < 100; n++) {
        size_t keep = n % 3 == 0 ? reply->question_end : n % 3 == 1 ? HEADER_BYTES : 0;

        reply->length = keep + n * 5;
        for (size_t i = keep; i < reply->length; i++)
            reply->bytes[2 + i] = (uint8_t)((random = random * 1103515245u + 12345u) >> 16);
        send_reply(fd, from, reply, is_tcp);
    }
}

static void test_noise(void **state)
{
    check_fails(state, send_noise, SCTPX_EHOSTNOTFOUND, "cannot be looked up now");
}

/* RFC 5452 9.1: a hundred wrong guesses before the right answer. */
static void send_wrong_ids(int fd, const struct sockaddr_in *from, struct reply *reply, bool is_tcp)
{
    struct reply *right = malloc(sizeof(*right));

    *right = *reply;
    for (uint8_t n = 1; n <= 100; n++) {
        *reply = *right;
        reply->bytes[2] ^= n;
        put_address(reply, "127.0.0.9");
        send_reply(fd, from, reply, is_tcp);
    }
    put_address(right, "127.0.0.1");
    send_reply(fd, from, right, is_tcp);
    free(right);
}

static void test_wrong_ids(void **state)
{
    check_connects(state, send_wrong_ids);
}

static void send_nothing(int fd, const struct sockaddr_in *from, struct reply *reply, bool is_tcp)
{
    (void)fd;
    (void)from;
    (void)reply;
    (void)is_tcp;
}

static void test_silence(void **state)
{
    check_fails(state, send_nothing, SCTPX_EHOSTNOTFOUND, "no name server answers");
}

/* ---- failures that are told ----------------------------------------------------------------- */

static uint8_t code;

static void send_code(int fd, const struct sockaddr_in *from, struct reply *reply, bool is_tcp)
{
    reply->bytes[2 + 3] = (uint8_t)(0x80 | code);
    send_reply(fd, from, reply, is_tcp);
}

static void check_code(void **state, uint8_t rcode, const char *words)
{
    code = rcode;
    check_fails(state, send_code, SCTPX_EHOSTNOTFOUND, words);
}

static void test_format_error(void **state)
{
    check_code(state, 1, "looked up now");
}

static void test_server_failure(void **state)
{
    check_code(state, 2, "try again later");
}

static void test_unknown_name(void **state)
{
    check_code(state, 3, "does not exist");
}

static void test_refused(void **state)
{
    check_code(state, 5, "looked up now");
}

static void test_unknown_code(void **state)
{
    check_code(state, 15, "");
}

/* ---- answers that lead nowhere -------------------------------------------------------------- */

static void send_cname_loop(int fd, const struct sockaddr_in *from, struct reply *reply,
                            bool is_tcp)
{
    static const uint8_t other[] = "\5other\4test";
    uint8_t self[2] = {0xc0, HEADER_BYTES};

    put_record(reply, TYPE_CNAME, other, sizeof(other));
    put_record(reply, TYPE_CNAME, self, sizeof(self));
    put_record(reply, TYPE_CNAME, other, sizeof(other));
    send_reply(fd, from, reply, is_tcp);
}

static void test_names_in_a_circle(void **state)
{
    check_fails(state, send_cname_loop, SCTPX_EHOSTNOTFOUND, "host.test");
}

/* RFC 1035 4.1.4: a name that points at itself. */
static void send_pointer_loop(int fd, const struct sockaddr_in *from, struct reply *reply,
                              bool is_tcp)
{
    uint8_t self[2] = {(uint8_t)(0xc0 | (reply->length + 12) >> 8), (uint8_t)(reply->length + 12)};

    put_record(reply, TYPE_CNAME, self, sizeof(self));
    send_reply(fd, from, reply, is_tcp);
}

static void test_a_name_that_points_at_itself(void **state)
{
    check_fails(state, send_pointer_loop, SCTPX_EHOSTNOTFOUND, "looked up now");
}

static void send_false_counts(int fd, const struct sockaddr_in *from, struct reply *reply,
                              bool is_tcp)
{
    put_address(reply, "127.0.0.1");
    put_address(reply, "::1");
    reply->bytes[2 + 6] = reply->bytes[2 + 7] = 0xff;
    send_reply(fd, from, reply, is_tcp);
}

static void test_more_records_promised_than_there_are(void **state)
{
    check_fails(state, send_false_counts, SCTPX_EHOSTNOTFOUND, "looked up now");
}

/* Records of the wrong length for their type. */
static void send_wrong_lengths(int fd, const struct sockaddr_in *from, struct reply *reply,
                               bool is_tcp)
{
    put_record(reply, TYPE_A, "\x7f\0", 2);
    put_record(reply, TYPE_AAAA, "\0\0\0\1", 4);
    put_record(reply, TYPE_A, "", 0);
    send_reply(fd, from, reply, is_tcp);
}

static void test_addresses_of_wrong_lengths(void **state)
{
    check_fails(state, send_wrong_lengths, SCTPX_EHOSTNOTFOUND, "host.test");
}

/* ---- addresses that are none ---------------------------------------------------------------- */

static const char *const useless[] = {
    "0.0.0.0", "224.0.0.1", "255.255.255.255", "::",
    "fe80::1", "ff02::1",   "::ffff:0.0.0.0",  "::ffff:224.0.0.1"};

static void put_useless(struct reply *reply)
{
    for (size_t i = 0; i < sizeof(useless) / sizeof(useless[0]); i++)
        put_address(reply, useless[i]);
}

static void send_useless(int fd, const struct sockaddr_in *from, struct reply *reply, bool is_tcp)
{
    put_useless(reply);
    send_reply(fd, from, reply, is_tcp);
}

static void test_useless_addresses_are_no_addresses(void **state)
{
    check_fails(state, send_useless, SCTPX_EHOSTNOTFOUND, "has no address");
}

static void send_one_useful(int fd, const struct sockaddr_in *from, struct reply *reply,
                            bool is_tcp)
{
    put_useless(reply);
    put_address(reply, "127.0.0.1");
    send_reply(fd, from, reply, is_tcp);
}

static void test_the_useful_one_is_found(void **state)
{
    struct fixture *fixture = *state;

    check_connects(state, send_one_useful);
    /* None of the others was tried before. */
    assert_string_equal(fixture->client.log, "lookup connecting connected up");
}

/* RFC 4291 2.5.5.2: an IPv4 address, however it was told. */
static void send_mapped(int fd, const struct sockaddr_in *from, struct reply *reply, bool is_tcp)
{
    put_address(reply, "::ffff:127.0.0.1");
    send_reply(fd, from, reply, is_tcp);
}

static void test_a_mapped_address(void **state)
{
    check_connects(state, send_mapped);
}

/* ---- one family before the other, or alone -------------------------------------------------- */

static void send_ipv4_only(int fd, const struct sockaddr_in *from, struct reply *reply, bool is_tcp)
{
    if (reply->type != TYPE_A)
        return;
    put_address(reply, "127.0.0.1");
    send_reply(fd, from, reply, is_tcp);
}

static void test_one_family_is_not_answered(void **state)
{
    check_connects(state, send_ipv4_only);
}

static struct reply held; /* of the first question, told after the second */
static struct sockaddr_in held_from;

static void send_in_reverse(int fd, const struct sockaddr_in *from, struct reply *reply,
                            bool is_tcp)
{
    put_address(reply, "127.0.0.1");
    put_address(reply, "::1");
    if (held.length == 0) {
        held = *reply;
        held_from = *from;
        return;
    }
    send_reply(fd, from, reply, is_tcp);
    send_reply(fd, &held_from, &held, is_tcp);
}

static void test_answers_in_reverse(void **state)
{
    held.length = 0;
    check_connects(state, send_in_reverse);
}

/* ---- truncated, and TCP --------------------------------------------------------------------- */

static bool says_truncated(int fd, const struct sockaddr_in *from, struct reply *reply, bool is_tcp)
{
    if (is_tcp)
        return false;
    reply->bytes[2 + 2] |= 2;
    send_reply(fd, from, reply, false);
    return true;
}

static void send_many_by_tcp(int fd, const struct sockaddr_in *from, struct reply *reply,
                             bool is_tcp)
{
    char text[] = "127.0.00.00";

    if (says_truncated(fd, from, reply, is_tcp))
        return;
    put_address(reply, "127.0.0.1");
    for (unsigned i = 1; i < MANY && reply->type == TYPE_A; i++) {
        (void)snprintf(text, sizeof(text), "127.0.%u.%u", i / 100, i % 100);
        put_address(reply, text);
    }
    send_reply(fd, from, reply, true);
}

static void test_thousands_of_addresses(void **state)
{
    struct fixture *fixture = *state;
    sctpx_time begin = sctpx_loop_now(fixture->bed.loop);

    (void)start(fixture, send_many_by_tcp, 15000);
    RUN_UNTIL(fixture->bed.loop, sctpx_socket_state(fixture->client.socket) != SCTPX_HOST_LOOKUP);
    assert_true(sctpx_loop_now(fixture->bed.loop) - begin < 5000000);
    run_to_the_end(fixture);
    assert_true(count_descriptors() < fixture->descriptors + 10);
}

static void close_tcp(int fd, const struct sockaddr_in *from, struct reply *reply, bool is_tcp)
{
    (void)says_truncated(fd, from, reply, is_tcp);
}

static void test_tcp_that_closes(void **state)
{
    check_fails(state, close_tcp, SCTPX_EHOSTNOTFOUND, "looked up now");
}

static void send_half_by_tcp(int fd, const struct sockaddr_in *from, struct reply *reply,
                             bool is_tcp)
{
    if (says_truncated(fd, from, reply, is_tcp))
        return;
    memset(reply->bytes, 0xff, 2); /* 65535 bytes are to come */
    (void)!send(fd, reply->bytes, 20, MSG_NOSIGNAL);
}

static void test_half_an_answer_by_tcp(void **state)
{
    check_fails(state, send_half_by_tcp, SCTPX_EHOSTNOTFOUND, "looked up now");
}

/* ---- giving up ------------------------------------------------------------------------------ */

static void test_time_is_kept_whatever_it_says(void **state)
{
    struct fixture *fixture = *state;
    sctpx_time begin = sctpx_loop_now(fixture->bed.loop);

    (void)start(fixture, send_nothing, 100);
    run_to_the_end(fixture);
    assert_int_equal(fixture->client.closed, SCTPX_ETIMEDOUT);
    assert_true(sctpx_loop_now(fixture->bed.loop) - begin < 3000000);
}

static void free_while_asking(void **state, manner behaviour, unsigned questions)
{
    struct fixture *fixture = *state;
    sctpx_socket *socket = start(fixture, behaviour, 15000);

    RUN_UNTIL(fixture->bed.loop, atomic_load(&dns.questions) >= questions);
    sctpx_socket_free(socket);
    fixture->client.socket = NULL;
    RUN_UNTIL(fixture->bed.loop, count_descriptors() <= fixture->descriptors);
    assert_true(sctpx_loop_run_once(fixture->bed.loop, 0) >= 0);
}

static void test_freed_while_asking(void **state)
{
    free_while_asking(state, send_nothing, 1);
}

static void test_freed_while_asking_by_tcp(void **state)
{
    free_while_asking(state, send_half_by_tcp, 3);
}

/* ---- without descriptors -------------------------------------------------------------------- */

/* It is told as what it is; nobody else's servers are to blame. */
static void test_no_descriptors(void **state)
{
    struct fixture *fixture = *state;
    struct rlimit before, none;
    sctpx_socket *socket;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 3;
    socket = start(fixture, send_one_useful, 15000); /* its channel is there, its sockets are not */
    sctpx_socket_abort(socket, NULL, 0);
    run_to_the_end(fixture);
    fixture->client.count[PROBE_CLOSED] = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(
        sctpx_socket_connect_name(socket, "host.test", sctpx_server_port(fixture->bed.server)), 0);
    run_to_the_end(fixture);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(fixture->client.closed, SCTPX_ERESOURCE);
    /* And again, with descriptors. */
    fixture->client.count[PROBE_CLOSED] = 0;
    assert_int_equal(
        sctpx_socket_connect_name(socket, "host.test", sctpx_server_port(fixture->bed.server)), 0);
    run_to_the_end(fixture);
    assert_int_equal(fixture->client.count[PROBE_CONNECTED], 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_noise),
        TEST(test_wrong_ids),
        TEST(test_silence),
        TEST(test_format_error),
        TEST(test_server_failure),
        TEST(test_unknown_name),
        TEST(test_refused),
        TEST(test_unknown_code),
        TEST(test_names_in_a_circle),
        TEST(test_a_name_that_points_at_itself),
        TEST(test_more_records_promised_than_there_are),
        TEST(test_addresses_of_wrong_lengths),
        TEST(test_useless_addresses_are_no_addresses),
        TEST(test_the_useful_one_is_found),
        TEST(test_a_mapped_address),
        TEST(test_one_family_is_not_answered),
        TEST(test_answers_in_reverse),
        TEST(test_thousands_of_addresses),
        TEST(test_tcp_that_closes),
        TEST(test_half_an_answer_by_tcp),
        TEST(test_time_is_kept_whatever_it_says),
        TEST(test_freed_while_asking),
        TEST(test_freed_while_asking_by_tcp),
        TEST(test_no_descriptors),
    };

    return cmocka_run_group_tests_name("hostile_dns", tests, NULL, NULL);
}

#else

#include <stdio.h>

int main(void)
{
    (void)printf("skipped: a build without c-ares\n");
    return 77;
}

#endif

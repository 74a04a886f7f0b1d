/* SPDX-License-Identifier: MIT */
#include "support/dns.h"

#include <stdlib.h>

#ifdef SCTPX_HAVE_CARES

#include <ares.h>
#include <arpa/inet.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { HEADER_BYTES = 12, NAME_BYTES = 256, NAMES = 16, RECORDS_BYTES = 1024, PACKET_BYTES = 512 };
enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_AAAA = 28 };

struct entry {
    char name[NAME_BYTES];
    char records[RECORDS_BYTES];
};

static struct {
    pthread_mutex_t lock;
    pthread_t thread;
    struct entry entries[NAMES]; /* locked */
    size_t count;                /* locked */
    atomic_uint questions;
    int fd;
    uint16_t port;
    int timeout_ms, tries;
    bool is_running;
} dns = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct packet {
    uint8_t bytes[PACKET_BYTES];
    size_t length;
    uint16_t answers;
};

/* ---- writing ------------------------------------------------------------------------------- */

static void put(struct packet *packet, const void *bytes, size_t length)
{
    if (length > sizeof(packet->bytes) - packet->length) {
        (void)fprintf(stderr, "dns: too many records for one packet\n");
        abort();
    }
    memcpy(packet->bytes + packet->length, bytes, length);
    packet->length += length;
}

static void put_u16(struct packet *packet, size_t value)
{
    const uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

    put(packet, bytes, sizeof(bytes));
}

/* Of a record whose name stands at an offset. */
static void put_record(struct packet *packet, size_t owner, uint16_t type, const void *data,
                       size_t length)
{
    static const uint8_t ttl[4] = {0, 0, 0, 60};

    put_u16(packet, 0xc000 | owner);
    put_u16(packet, type);
    put_u16(packet, 1); /* IN */
    put(packet, ttl, sizeof(ttl));
    put_u16(packet, length);
    put(packet, data, length);
    packet->answers++;
}

static size_t encode_name(const char *name, uint8_t *buffer)
{
    size_t length = 0;

    while (*name != '\0') {
        size_t label = strcspn(name, ".");

        buffer[length++] = (uint8_t)label;
        memcpy(buffer + length, name, label);
        length += label;
        name += label + (name[label] == '.');
    }
    buffer[length++] = 0;
    return length;
}

/* ---- one question -------------------------------------------------------------------------- */

/* The first name in a packet and what follows it; false if it is none. */
static bool read_question(const uint8_t *bytes, size_t length, char *ret_name, size_t *ret_end)
{
    size_t at = HEADER_BYTES, used = 0;

    while (at < length && bytes[at] != 0) {
        size_t label = bytes[at++];

        if (label > 63 || at + label >= length || used + label + 2 > NAME_BYTES)
            return false;
        if (used > 0)
            ret_name[used++] = '.';
        memcpy(ret_name + used, bytes + at, label);
        used += label;
        at += label;
    }
    ret_name[used] = '\0';
    *ret_end = at + 5;
    return *ret_end <= length;
}

static const char *find_records(const char *name)
{
    for (size_t i = 0; i < dns.count; i++)
        if (strcasecmp(dns.entries[i].name, name) == 0)
            return dns.entries[i].records;
    return NULL;
}

static void put_answers(struct packet *packet, size_t owner, uint16_t type, const char *records)
{
    char copy[RECORDS_BYTES], *rest = NULL;

    (void)snprintf(copy, sizeof(copy), "%s", records);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        uint8_t data[NAME_BYTES];

        if (type == TYPE_A && strncmp(word, "A=", 2) == 0 && inet_pton(AF_INET, word + 2, data)) {
            put_record(packet, owner, TYPE_A, data, 4);
        } else if (type == TYPE_AAAA && strncmp(word, "AAAA=", 5) == 0 &&
                   inet_pton(AF_INET6, word + 5, data)) {
            put_record(packet, owner, TYPE_AAAA, data, 16);
        } else if (strncmp(word, "CNAME=", 6) == 0) {
            const char *target = find_records(word + 6);

            put_record(packet, owner, TYPE_CNAME, data, encode_name(word + 6, data));
            owner = packet->length - encode_name(word + 6, data);
            put_answers(packet, owner, type, target ? target : "");
        }
    }
}

/* False: it says nothing. */
static bool answer(const uint8_t *question, size_t length, struct packet *packet)
{
    uint16_t type, id = (uint16_t)(question[0] << 8 | question[1]);
    const char *records;
    char name[NAME_BYTES];
    size_t end;
    bool is_garbage;

    if (!read_question(question, length, name, &end))
        return false;
    type = (uint16_t)(question[end - 4] << 8 | question[end - 3]);
    records = find_records(name);
    if (records && strcmp(records, "SILENCE") == 0)
        return false;
    is_garbage = records && strcmp(records, "GARBAGE") == 0;
    *packet = (struct packet){.length = 0};
    put_u16(packet, records && strncmp(records, "LIE", 3) == 0 ? id ^ 1u : id);
    put_u16(packet, !records ? 0x8183 : strcmp(records, "SERVFAIL") == 0 ? 0x8182 : 0x8180);
    put_u16(packet, 1);
    put(packet, "\0\0\0\0\0\0", 6);
    put(packet, question + HEADER_BYTES, end - HEADER_BYTES);
    if (records)
        put_answers(packet, HEADER_BYTES, type, records);
    if (is_garbage)
        put(packet, "\xc0\xff\0\1\0\1garbage", 13);
    packet->bytes[7] = (uint8_t)(is_garbage ? 3 : packet->answers);
    return true;
}

static void *serve(void *arg)
{
    uint8_t question[PACKET_BYTES];
    struct sockaddr_storage from;
    struct packet packet;

    (void)arg;
    for (;;) {
        socklen_t size = sizeof(from);
        ssize_t length =
            recvfrom(dns.fd, question, sizeof(question), 0, (struct sockaddr *)&from, &size);
        bool says_something;

        if (length <= HEADER_BYTES) /* the way of dns_stop() */
            return NULL;
        atomic_fetch_add(&dns.questions, 1);
        (void)pthread_mutex_lock(&dns.lock);
        says_something = answer(question, (size_t)length, &packet);
        (void)pthread_mutex_unlock(&dns.lock);
        if (says_something)
            (void)sendto(dns.fd, packet.bytes, packet.length, 0, (struct sockaddr *)&from, size);
    }
}

/* ---- in the place of c-ares' own ------------------------------------------------------------ */

__attribute__((visibility("default"))) /* the library is to find this one */
int ares_init_options(ares_channel *channelptr, struct ares_options *options, int optmask)
{
    static char domain[] = "lan.test";
    char *domains[1] = {domain};
    struct in_addr server = {.s_addr = htonl(INADDR_LOOPBACK)};
    struct ares_options own = *options;
    int (*init)(ares_channel *, struct ares_options *, int) = NULL;
    void *symbol = dlsym(RTLD_NEXT, "ares_init_options");

    memcpy(&init, &symbol, sizeof(init));
    if (!init)
        return ARES_ENOTINITIALIZED;
    if (!dns.is_running)
        return init(channelptr, options, optmask);
    own.servers = &server;
    own.nservers = 1;
    own.udp_port = dns.port;
    own.domains = domains;
    own.ndomains = 1;
    own.timeout = dns.timeout_ms;
    own.tries = dns.tries;
    return init(channelptr, &own,
                optmask | ARES_OPT_SERVERS | ARES_OPT_UDP_PORT | ARES_OPT_DOMAINS);
}

/* ---- interface ------------------------------------------------------------------------------ */

bool dns_is_possible(void)
{
    return true;
}

void dns_start(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(addr);

    dns.count = 0;
    dns_set_patience(2000, 1);
    atomic_store(&dns.questions, 0);
    dns.fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_true(dns.fd >= 0);
    assert_int_equal(bind(dns.fd, (struct sockaddr *)&addr, size), 0);
    assert_int_equal(getsockname(dns.fd, (struct sockaddr *)&addr, &size), 0);
    dns.port = ntohs(addr.sin_port);
    assert_int_equal(pthread_create(&dns.thread, NULL, serve, NULL), 0);
    dns.is_running = true;
}

void dns_stop(void)
{
    struct sockaddr_in addr = {
        .sin_family = AF_INET, .sin_port = htons(dns.port), .sin_addr = {htonl(INADDR_LOOPBACK)}};

    dns.is_running = false;
    assert_int_equal(sendto(dns.fd, "", 1, 0, (struct sockaddr *)&addr, sizeof(addr)), 1);
    assert_int_equal(pthread_join(dns.thread, NULL), 0);
    (void)close(dns.fd);
}

void dns_set(const char *name, const char *records)
{
    struct entry *entry;

    assert_true(strlen(name) < NAME_BYTES && strlen(records) < RECORDS_BYTES);
    (void)pthread_mutex_lock(&dns.lock);
    assert_true(dns.count < NAMES);
    entry = &dns.entries[dns.count++];
    (void)snprintf(entry->name, sizeof(entry->name), "%s", name);
    (void)snprintf(entry->records, sizeof(entry->records), "%s", records);
    (void)pthread_mutex_unlock(&dns.lock);
}

unsigned dns_questions(void)
{
    return atomic_load(&dns.questions);
}

void dns_set_patience(int timeout_ms, int tries)
{
    dns.timeout_ms = timeout_ms;
    dns.tries = tries;
}

#else

#include <stdio.h>

bool dns_is_possible(void)
{
    return false;
}

void dns_start(void)
{
    (void)printf("skipped: a build without c-ares\n");
    exit(77);
}

void dns_stop(void)
{
}

void dns_set(const char *name, const char *records)
{
    (void)name;
    (void)records;
}

unsigned dns_questions(void)
{
    return 0;
}

void dns_set_patience(int timeout_ms, int tries)
{
    (void)timeout_ms;
    (void)tries;
}

#endif

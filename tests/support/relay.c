/* SPDX-License-Identifier: MIT */
#include "support/relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PACKET_MAX = 65536, SOCKET_BUFFER = 4 << 20, BIND_TRIES = 50, WAITING_MAX = 20000 };

/* Packets go on in ticks, for fewer wake-ups. */
enum { TICK_US = 2000 };

struct packet {
    uint64_t due_us, order; /* of equals, the one that came first goes first */
    enum relay_side to;
    size_t from_addr, to_addr, length;
    uint8_t data[];
};

struct relay {
    struct relay_config config;
    /* Socket fds[side][i] is at address i of the side, and faces the other one. */
    int fds[2][RELAY_MAX_ADDRS];
    uint16_t ports[2];
    bool is_down[2][RELAY_MAX_ADDRS], is_mute[2];
    uint64_t random;
    struct packet *waiting[WAITING_MAX]; /* the next one due first: a binary heap */
    size_t n_waiting;
    uint64_t next_order;
    struct relay_stats stats;
};

uint64_t relay_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static uint64_t draw(struct relay *relay)
{
    /* xorshift64* */
    relay->random ^= relay->random >> 12;
    relay->random ^= relay->random << 25;
    relay->random ^= relay->random >> 27;
    return relay->random * UINT64_C(0x2545F4914F6CDD1D) >> 11;
}

static bool chance(struct relay *relay, uint32_t permille)
{
    return draw(relay) % 1000 < permille;
}

/* ---- sockets ------------------------------------------------------------------------------- */

static struct sockaddr_in to_sockaddr(const sctpx_addr *addr, uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};

    memcpy(&in.sin_addr, addr->ip, 4);
    return in;
}

static int bind_one(const sctpx_addr *addr, uint16_t port)
{
    struct sockaddr_in in = to_sockaddr(addr, port);
    int size = SOCKET_BUFFER;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    if (bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void close_side(struct relay *relay, enum relay_side side)
{
    for (size_t i = 0; i < relay->config.n_addrs; i++) {
        if (relay->fds[side][i] >= 0)
            close(relay->fds[side][i]);
        relay->fds[side][i] = -1;
    }
}

/* The same port at all addresses of the side. */
static bool bind_side(struct relay *relay, enum relay_side side)
{
    const sctpx_addr *addrs = relay->config.sides[side].addrs;

    for (int tries = 0; tries < BIND_TRIES; tries++) {
        uint16_t port = (uint16_t)(10000 + draw(relay) % 20000);
        size_t i = 0;

        while (i < relay->config.n_addrs && (relay->fds[side][i] = bind_one(&addrs[i], port)) >= 0)
            i++;
        relay->ports[side] = port;
        if (i == relay->config.n_addrs)
            return true;
        close_side(relay, side);
    }
    return false;
}

struct relay *relay_new(const struct relay_config *config)
{
    struct relay *relay = calloc(1, sizeof(*relay));

    if (!relay)
        return NULL;
    relay->config = *config;
    relay->random = config->seed * 2 + 1;
    memset(relay->fds, 0xff, sizeof(relay->fds));
    if (!bind_side(relay, RELAY_CLIENT) || !bind_side(relay, RELAY_SERVER)) {
        relay_free(relay);
        return NULL;
    }
    return relay;
}

void relay_free(struct relay *relay)
{
    if (!relay)
        return;
    close_side(relay, RELAY_CLIENT);
    close_side(relay, RELAY_SERVER);
    for (size_t i = 0; i < relay->n_waiting; i++)
        free(relay->waiting[i]);
    free(relay);
}

uint16_t relay_port(const struct relay *relay, enum relay_side side)
{
    return relay->ports[side];
}

void relay_set_down(struct relay *relay, enum relay_side side, size_t addr, bool is_down)
{
    relay->is_down[side][addr] = is_down;
}

void relay_set_mute(struct relay *relay, enum relay_side side, bool is_mute)
{
    relay->is_mute[side] = is_mute;
}

const struct relay_stats *relay_stats(const struct relay *relay)
{
    return &relay->stats;
}

/* ---- packets under way --------------------------------------------------------------------- */

static bool is_before(const struct packet *a, const struct packet *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static void swap(struct packet **a, struct packet **b)
{
    struct packet *held = *a;

    *a = *b;
    *b = held;
}

static void push(struct relay *relay, struct packet *packet)
{
    struct packet **heap = relay->waiting;
    size_t i = relay->n_waiting++;

    heap[i] = packet;
    for (; i > 0 && is_before(heap[i], heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&heap[i], &heap[(i - 1) / 2]);
}

static struct packet *pop(struct relay *relay)
{
    struct packet **heap = relay->waiting, *first = heap[0];
    size_t n = --relay->n_waiting;

    heap[0] = heap[n];
    for (size_t i = 0, child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && is_before(heap[child + 1], heap[child]))
            child++;
        if (is_before(heap[i], heap[child]))
            break;
        swap(&heap[i], &heap[child]);
    }
    return first;
}

static void keep(struct relay *relay, const struct packet *head, const uint8_t *data)
{
    struct packet *packet;

    if (relay->n_waiting == WAITING_MAX || !(packet = malloc(sizeof(*packet) + head->length))) {
        relay->stats.lost++;
        return;
    }
    *packet = *head;
    packet->order = relay->next_order++;
    memcpy(packet->data, data, head->length);
    push(relay, packet);
}

static bool is_cut(const struct relay *relay, const struct packet *packet)
{
    enum relay_side from = packet->to == RELAY_CLIENT ? RELAY_SERVER : RELAY_CLIENT;

    return relay->is_mute[from] || relay->is_down[from][packet->from_addr] ||
           relay->is_down[packet->to][packet->to_addr];
}

static void take(struct relay *relay, struct packet *head, uint8_t *data)
{
    relay->stats.received++;
    if (is_cut(relay, head)) {
        relay->stats.cut++;
        return;
    }
    if (chance(relay, relay->config.loss_permille)) {
        relay->stats.lost++;
        return;
    }
    head->due_us = relay_now_us() + relay->config.delay_us;
    if (chance(relay, relay->config.reorder_permille)) {
        head->due_us += draw(relay) % (relay->config.reorder_us + 1);
        relay->stats.reordered++;
    }
    head->due_us += TICK_US - head->due_us % TICK_US;
    if (chance(relay, relay->config.duplicate_permille)) {
        keep(relay, head, data);
        relay->stats.duplicated++;
    }
    if (chance(relay, relay->config.corrupt_permille) && head->length > 0) {
        uint64_t bit = draw(relay) % (head->length * 8);
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        relay->stats.corrupted++;
    }
    keep(relay, head, data);
}

/* Which address of a side it is; false for strangers. */
static bool find_addr(const struct relay *relay, enum relay_side side,
                      const struct sockaddr_in *from, size_t *ret_index)
{
    for (size_t i = 0; i < relay->config.n_addrs; i++) {
        const sctpx_addr *addr = &relay->config.sides[side].addrs[i];

        if (memcmp(addr->ip, &from->sin_addr, 4) == 0 && ntohs(from->sin_port) == addr->udp_port) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

/* What comes to the socket at an address of one side was sent by the other one. */
static void receive(struct relay *relay, enum relay_side to, size_t to_addr)
{
    static uint8_t data[PACKET_MAX];
    enum relay_side from = to == RELAY_CLIENT ? RELAY_SERVER : RELAY_CLIENT;
    struct sockaddr_in source;
    socklen_t size = sizeof(source);
    ssize_t length;

    while ((length = recvfrom(relay->fds[to][to_addr], data, sizeof(data), 0,
                              (struct sockaddr *)&source, &size)) >= 0) {
        struct packet head = {.to = to, .to_addr = to_addr, .length = (size_t)length};

        if (find_addr(relay, from, &source, &head.from_addr))
            take(relay, &head, data);
        size = sizeof(source);
    }
}

static void pass_on(struct relay *relay, const struct packet *packet)
{
    enum relay_side from = packet->to == RELAY_CLIENT ? RELAY_SERVER : RELAY_CLIENT;
    const sctpx_addr *addr = &relay->config.sides[packet->to].addrs[packet->to_addr];
    struct sockaddr_in in = to_sockaddr(addr, addr->udp_port);

    if (is_cut(relay, packet))
        relay->stats.cut++;
    else if (sendto(relay->fds[from][packet->from_addr], packet->data, packet->length, 0,
                    (struct sockaddr *)&in, sizeof(in)) < 0)
        relay->stats.lost++;
    else
        relay->stats.forwarded++;
}

size_t relay_poll_fds(const struct relay *relay, struct pollfd *ret_fds)
{
    size_t n = 0;

    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < relay->config.n_addrs; i++)
            ret_fds[n++] = (struct pollfd){.fd = relay->fds[side][i], .events = POLLIN};
    return n;
}

uint64_t relay_next_us(const struct relay *relay)
{
    return relay->n_waiting > 0 ? relay->waiting[0]->due_us : UINT64_MAX;
}

void relay_process(struct relay *relay)
{
    for (size_t i = 0; i < relay->config.n_addrs; i++) {
        receive(relay, RELAY_CLIENT, i);
        receive(relay, RELAY_SERVER, i);
    }
    while (relay->n_waiting > 0 && relay->waiting[0]->due_us <= relay_now_us()) {
        struct packet *packet = pop(relay);

        pass_on(relay, packet);
        free(packet);
    }
}

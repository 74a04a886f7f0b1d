/* SPDX-License-Identifier: MIT */
/* "Without sockets": two engines in one program, on a clock of its own. */
#include "guide.h"

#include "guide_engine.inc"

struct end {
    sctpx_endpoint *endpoint;
    sctpx_addr addr;
    sctpx_assoc *assoc;
    unsigned connected, readable, closed;
};

static struct end ends[2];
static struct end *current, *other; /* of the turn */
static sctpx_time now = 1000000;

static void fill(void *context, void *ret_bytes, size_t size)
{
    uint8_t *bytes = ret_bytes;

    (void)context;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)rand(); /* a test needs no secrets */
}

static void *take(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void give(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

static void send_train(const sctpx_transmit *train, const uint8_t *bytes)
{
    for (size_t at = 0; at < train->length; at += train->segment_size) {
        size_t rest = train->length - at;
        const sctpx_packet packet = {.local = other->addr,
                                     .remote = current->addr,
                                     .data = bytes + at,
                                     .length =
                                         rest < train->segment_size ? rest : train->segment_size};

        (void)sctpx_endpoint_receive(other->endpoint, now, &packet);
    }
}

static void handle(const sctpx_event *event)
{
    current->connected += event->type == SCTPX_EVENT_UP;
    current->readable += event->type == SCTPX_EVENT_READABLE;
    current->closed += event->type == SCTPX_EVENT_CLOSED;
}

static void turn_both(void)
{
    for (int i = 0; i < 2; i++) {
        current = &ends[i];
        other = &ends[1 - i];
        turn(current->endpoint, now, send_train, handle);
    }
    now += 1000;
}

static void open_end(struct end *end, const char *addr)
{
    sctpx_endpoint_options options;

    sctpx_endpoint_options_defaults(&options);
    options.allocator = (sctpx_allocator){.alloc = take, .free = give};
    options.random = fill;
    CHECK(sctpx_endpoint_new(&options, now, &end->endpoint) == 0);
    CHECK(sctpx_addr_parse(addr, &end->addr) == 0);
    CHECK(sctpx_endpoint_add_local(end->endpoint, &end->addr) == 0);
}

/* The clock goes on by a second at a time: enough for acknowledgements that wait. */
static void turn_until_quiet(void)
{
    for (int i = 0; i < 5; i++) {
        for (int k = 0; k < 10; k++)
            turn_both();
        now += 1000000;
    }
}

int main(void)
{
    char text[10];
    struct end *client = &ends[0], *server = &ends[1];

    open_end(client, "192.0.2.1:9899");
    open_end(server, "192.0.2.2:9899");
    CHECK(sctpx_endpoint_listen(server->endpoint, 7, NULL) == 7);
    CHECK(sctpx_endpoint_connect(client->endpoint, now, &server->addr, 1, 7, 0, NULL, NULL,
                                 &client->assoc) == 0);
    turn_until_quiet();
    CHECK(client->connected == 1);
    CHECK(sctpx_endpoint_accept(server->endpoint, 7, NULL, &server->assoc) == 0);
    CHECK(sctpx_assoc_send(client->assoc, now, "hello", 5, NULL) == 0);
    turn_until_quiet();
    CHECK(server->readable == 1);
    CHECK(sctpx_assoc_receive(server->assoc, 0, text, sizeof(text), NULL) == 5);
    CHECK(memcmp(text, "hello", 5) == 0);
    CHECK(sctpx_assoc_shutdown(client->assoc, now) == 0);
    turn_until_quiet();
    CHECK(client->closed == 1 && server->closed == 1);
    sctpx_endpoint_free(client->endpoint);
    sctpx_endpoint_free(server->endpoint);
    return 0;
}

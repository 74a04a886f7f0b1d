/* SPDX-License-Identifier: MIT */
#include "support/carrier_notes.h"

#include <poll.h>
#include <string.h>

#include <sctpx/addr.h>

enum { WAIT_MS = 5000 };

static void on_packet(void *arg, const sctpx_packet *packet)
{
    struct notes *notes = arg;

    assert_true(notes->packets < NOTES_PACKETS);
    notes->lengths[notes->packets] = packet->length;
    notes->first_bytes[notes->packets] = packet->length > 0 ? packet->data[0] : 0;
    memcpy(notes->last, packet->data,
           packet->length < sizeof(notes->last) ? packet->length : sizeof(notes->last));
    notes->packets++;
    notes->bytes += packet->length;
    notes->local = packet->local;
    notes->remote = packet->remote;
}

static void on_unreachable(void *arg, const sctpx_addr *remote, const uint8_t *quoted,
                           size_t length)
{
    struct notes *notes = arg;

    notes->unreachable++;
    notes->unreachable_remote = *remote;
    notes->quoted_length = length;
    memcpy(notes->quoted, quoted, length < 64 ? length : 64);
}

struct sctpxi_carrier_sink notes_sink(struct notes *notes)
{
    return (struct sctpxi_carrier_sink){on_packet, on_unreachable, notes};
}

bool notes_wait_for(int fd, short events)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};

    return poll(&poll_fd, 1, WAIT_MS) > 0;
}

void notes_receive(struct sctpxi_carrier *carrier, size_t socket, struct notes *notes,
                   size_t packets)
{
    const struct sctpxi_carrier_sink sink = notes_sink(notes);

    while (notes->packets < packets) {
        assert_true(notes_wait_for(sctpxi_carrier_fd(carrier, socket), POLLIN));
        sctpxi_carrier_receive(carrier, socket, &sink);
    }
}

sctpx_addr notes_addr(const char *text)
{
    sctpx_addr addr;

    assert_int_equal(sctpx_addr_parse(text, &addr), 0);
    return addr;
}

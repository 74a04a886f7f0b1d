/* SPDX-License-Identifier: MIT */
/* One block of memory goes to several peers, and is freed once. */
#include "guide.h"

#include "guide_lend.inc"

int main(void)
{
    enum { COUNT = 3, LENGTH = 5000 };
    struct guide guide;
    struct picture *picture = malloc(sizeof(*picture) + LENGTH);
    sctpx_socket *clients[COUNT], *servers[COUNT];

    guide_open(&guide, 0);
    CHECK(picture != NULL);
    picture->holders = 1;
    picture->length = LENGTH;
    memset(picture->bytes, 'x', LENGTH);
    for (size_t i = 0; i < COUNT; i++) {
        clients[i] = guide_client(&guide);
        servers[i] = guide_accept(&guide);
        CHECK(show(clients[i], picture) == 0);
    }
    for (size_t i = 0; i < COUNT; i++) {
        static char got[LENGTH];

        UNTIL(guide.loop, sctpx_socket_bytes_available(servers[i], 0) == LENGTH);
        CHECK(sctpx_socket_read_datagram(servers[i], 0, got, LENGTH, NULL) == LENGTH);
        CHECK(memcmp(got, picture->bytes, LENGTH) == 0);
    }
    UNTIL(guide.loop, picture->holders == 1);
    let_go_of(picture, picture->bytes, picture->length); /* a sanitizer sees what is left */
    for (size_t i = 0; i < COUNT; i++) {
        sctpx_socket_free(clients[i]);
        sctpx_socket_free(servers[i]);
    }
    guide_close(&guide);
    return 0;
}

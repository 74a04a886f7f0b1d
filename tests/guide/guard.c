/* SPDX-License-Identifier: MIT */
/* "Under attack": four clients of one address, and a seat that is free again. */
#include "free_ports.h"

#include "guide_guard.inc"

static struct guard guard;

static int seats_taken(void)
{
    int taken = 0;

    for (int i = 0; i < MAX_CLIENTS; i++)
        taken += guard.seats[i].socket != NULL;
    return taken;
}

int main(void)
{
    struct guide guide;
    sctpx_server *server;
    sctpx_socket *clients[MAX_PER_ADDRESS], *fifth;

    CHECK(sctpx_loop_new(&guide.loop) == 0);
    CHECK(open_to_the_world(guide.loop, &guard, &server) == 0);
    guide_found(&guide, server);
    for (int i = 0; i < MAX_PER_ADDRESS; i++)
        clients[i] = guide_client(&guide);
    UNTIL(guide.loop, seats_taken() == MAX_PER_ADDRESS);
    fifth = guide_client(&guide);
    UNTIL(guide.loop, sctpx_socket_error(fifth) == SCTPX_EREFUSED);
    CHECK(strstr(sctpx_socket_error_string(fifth), "by its user): refused"));
    CHECK(seats_taken() == MAX_PER_ADDRESS);

    CHECK(sctpx_socket_abort(clients[0], NULL, 0) == 0);
    UNTIL(guide.loop, seats_taken() == MAX_PER_ADDRESS - 1);
    guide_connect(&guide, fifth);
    UNTIL(guide.loop, seats_taken() == MAX_PER_ADDRESS);
    guide_up(&guide, fifth);

    for (int i = 0; i < MAX_PER_ADDRESS; i++)
        sctpx_socket_free(clients[i]);
    sctpx_socket_free(fifth);
    UNTIL(guide.loop, seats_taken() == 0);
    guide_close(&guide);
    return 0;
}

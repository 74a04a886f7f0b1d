/* SPDX-License-Identifier: MIT */
/* "Errors": which text belongs to what. */
#include "guide.h"

#include "guide_explain.inc"
#include "guide_text_of.inc"

static void test_explain(struct guide *guide)
{
    sctpx_socket *client = guide_client(guide), *server = guide_accept(guide);
    const char *printed;

    guide_up(guide, client);
    CHECK(sctpx_socket_abort(server, "no room", 7) == 0);
    UNTIL(guide->loop, sctpx_socket_state(client) == SCTPX_UNCONNECTED);
    guide_capture(2);
    explain(client, sctpx_socket_error(client));
    printed = guide_captured(2);
    CHECK(strstr(printed, "no room") && strstr(printed, "cause 12, 7 bytes of reason\n"));
    sctpx_socket_free(client);
    sctpx_socket_free(server);
}

static void test_text_of(struct guide *guide)
{
    sctpx_socket *client = guide_client(guide), *server = guide_accept(guide);
    int error;

    error = sctpx_socket_wait_for_readable(client, 0, 1);
    CHECK(error == SCTPX_ETIMEDOUT);
    CHECK(strcmp(text_of(client, error), sctpx_strerror(SCTPX_ETIMEDOUT)) == 0);
    CHECK(sctpx_socket_disconnect(server, 5000) == 0);
    error = sctpx_socket_wait_for_readable(client, 0, 10000);
    CHECK(error == SCTPX_EPEERSHUTDOWN);
    CHECK(strcmp(text_of(client, error), sctpx_socket_error_string(client)) == 0);
    CHECK(strstr(text_of(client, error), "127.0.0.1")); /* with the address */
    sctpx_socket_free(client);
    sctpx_socket_free(server);
}

int main(void)
{
    struct guide guide;

    guide_open(&guide, 0);
    test_explain(&guide);
    test_text_of(&guide);
    guide_close(&guide);
    return 0;
}

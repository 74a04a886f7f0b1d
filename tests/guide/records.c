/* SPDX-License-Identifier: MIT */
/* Records in transactions, and an answer that goes the way the question came. */
#include "guide.h"

#include "guide_record.inc"
#include "guide_answer.inc"

static void test_records(struct guide *guide, sctpx_socket *client, sctpx_socket *server)
{
    uint8_t record[255];

    CHECK(read_record(server, 2, record) == 0); /* nothing there */
    guide_say(client, 2, "\5he");
    UNTIL(guide->loop, sctpx_socket_bytes_available(server, 2) == 3);
    CHECK(read_record(server, 2, record) == 0);
    CHECK(sctpx_socket_bytes_available(server, 2) == 3);
    guide_say(client, 2, "llo\3yes");
    UNTIL(guide->loop, read_record(server, 2, record) == 5);
    CHECK(memcmp(record, "hello", 5) == 0);
    CHECK(read_record(server, 2, record) == 3 && memcmp(record, "yes", 3) == 0);
    CHECK(!sctpx_socket_is_transaction_started(server, 2));
}

static void test_answer(struct guide *guide, sctpx_socket *client, sctpx_socket *server)
{
    sctpx_rcvinfo info;

    guide_say(client, 4, "question");
    guide_hear(guide, server, SCTPX_ANY_STREAM, "question", &info);
    CHECK(answer(server, &info, "answer") == 0);
    guide_hear(guide, client, 4, "answer", &info);
    CHECK(info.stream == 4 && info.ppid == 1004);
}

int main(void)
{
    struct guide guide;
    sctpx_socket *client, *server;

    guide_open(&guide, 0);
    client = guide_client(&guide);
    server = guide_accept(&guide);
    test_records(&guide, client, server);
    test_answer(&guide, client, server);
    sctpx_socket_free(client);
    sctpx_socket_free(server);
    guide_close(&guide);
    return 0;
}

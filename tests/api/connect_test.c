/* SPDX-License-Identifier: MIT */
/* ctest: labels=suite */
#include "support/loopback.h"

#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static enum sctpx_family ipv4 = SCTPX_IPV4, ipv6 = SCTPX_IPV6;

static int setup(void **state)
{
    static struct bed bed;

    bed_open(&bed, bed_family(), 0, NULL);
    *state = &bed;
    return 0;
}

static int teardown(void **state)
{
    bed_close(*state);
    return 0;
}

static sctpx_socket *new_socket(struct bed *bed, struct probe *probe,
                                const sctpx_socket_options *options)
{
    *probe = (struct probe){0};
    return bed_socket(bed, probe, options);
}

/* ---- before connecting -------------------------------------------------------------------- */

static void test_fresh_socket(void **state)
{
    struct bed *bed = *state;
    sctpx_assoc_status status;
    sctpx_socket *socket;
    sctpx_addr addr;
    char byte;

    assert_int_equal(sctpx_socket_new(bed->loop, NULL, &socket), 0);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
    assert_int_equal(sctpx_socket_mode(socket), SCTPX_MODE_DATAGRAM);
    assert_int_equal(sctpx_socket_maximum_channel_count(socket), 0);
    assert_int_equal(sctpx_socket_in_streams(socket), 0);
    assert_int_equal(sctpx_socket_out_streams(socket), 0);
    assert_int_equal(sctpx_socket_bytes_available(socket, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpx_socket_bytes_to_write(socket, SCTPX_ANY_STREAM), 0);
    assert_int_equal(sctpx_socket_read_datagram(socket, 0, &byte, 1, NULL), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_write_datagram(socket, "x", 1, NULL), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_local_port(socket), 0);
    assert_int_equal(sctpx_socket_peer_port(socket), 0);
    assert_int_equal(sctpx_socket_local_udp_port(socket), 0);
    assert_int_equal(sctpx_socket_local_addrs(socket, &addr, 1), 0);
    assert_int_equal(sctpx_socket_peer_addrs(socket, &addr, 1), 0);
    assert_int_equal(sctpx_socket_path_count(socket), 0);
    assert_string_equal(sctpx_socket_peer_name(socket), "");
    assert_int_equal(sctpx_socket_error(socket), 0);
    assert_string_equal(sctpx_socket_error_string(socket), "");
    assert_int_equal(sctpx_socket_status(socket, &status), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_disconnect(socket, 0), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_abort(socket, NULL, 0), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_set_primary(socket, 0), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_heartbeat(socket, 0), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_read_buffer_size(socket), 8 << 20);
    assert_int_equal(sctpx_socket_write_limit(socket), 8 << 20);
    assert_int_equal(sctpx_socket_close(socket), 0);
    sctpx_socket_free(socket);
    sctpx_socket_free(NULL);
}

static void test_new_checks_its_arguments(void **state)
{
    struct bed *bed = *state;
    sctpx_socket_options options;
    sctpx_socket *socket;

    assert_int_equal(sctpx_socket_new(NULL, NULL, &socket), SCTPX_EINVAL);
    bed_socket_options(&options);
    options.assoc.rcvbuf_bytes = 10;
    assert_int_equal(sctpx_socket_new(bed->loop, &options, &socket), SCTPX_EINVAL);
    bed_socket_options(&options);
    options.connect_timeout_ms = -2;
    assert_int_equal(sctpx_socket_new(bed->loop, &options, &socket), SCTPX_EINVAL);
}

static void test_channel_count_limits(void **state)
{
    struct bed *bed = *state;
    struct probe client = {0};
    sctpx_socket *socket = new_socket(bed, &client, NULL);

    assert_int_equal(sctpx_socket_set_maximum_channel_count(socket, 65535), 0);
    assert_int_equal(sctpx_socket_set_maximum_channel_count(socket, 65536), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_maximum_channel_count(socket), 65535);
    assert_int_equal(sctpx_socket_set_maximum_channel_count(socket, INT_MIN), 0);
    assert_int_equal(sctpx_socket_maximum_channel_count(socket), -1);
    assert_int_equal(sctpx_socket_mode(socket), SCTPX_MODE_BYTES);
    assert_int_equal(sctpx_socket_connect(socket, &bed->addr, 1, sctpx_server_port(bed->server)),
                     0);
    assert_int_equal(sctpx_socket_set_maximum_channel_count(socket, 1), SCTPX_ESTATE);
    sctpx_socket_free(socket);
}

static void test_bind(void **state)
{
    struct bed *bed = *state;
    struct probe client = {0};
    sctpx_addr addrs[2] = {loopback_v4(1, 0), loopback_v4(3, 0)}, got[2];
    sctpx_socket *socket;

    NOT_OVER_RAW_IP("UDP ports");
    ENGINE_CLIENT_ONLY("UDP ports");
    if (bed_family() != SCTPX_IPV4)
        skip(); /* its addresses are */
    socket = new_socket(bed, &client, NULL);
    assert_int_equal(sctpx_socket_bind(socket, addrs, 2, 4711, 0), 0);
    assert_int_not_equal(sctpx_socket_local_udp_port(socket), 0);
    assert_int_equal(sctpx_socket_local_addrs(socket, got, 2), 2);
    assert_true(sctpx_addr_same_ip(&got[1], &addrs[1]));
    assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
    /* Again, to something else. */
    assert_int_equal(sctpx_socket_bind(socket, addrs, 1, 4712, 0), 0);
    assert_int_equal(sctpx_socket_local_addrs(socket, got, 2), 1);
    assert_int_equal(sctpx_socket_connect(socket, &bed->addr, 1, sctpx_server_port(bed->server)),
                     0);
    assert_int_equal(sctpx_socket_bind(socket, addrs, 1, 4712, 0), SCTPX_ESTATE);
    RUN_UNTIL(bed->loop, client.count[PROBE_CONNECTED] == 1);
    assert_int_equal(sctpx_socket_local_port(socket), 4712);
    sctpx_socket_free(socket);
}

static void test_bind_to_foreign_addresses(void **state)
{
    static const char *const texts[] = {"192.0.2.1", "2001:db8::1"};
    struct bed *bed = *state;
    struct probe client = {0};
    sctpx_socket *socket = new_socket(bed, &client, NULL);

    for (size_t i = 0; i < 2; i++) {
        sctpx_addr addr;

        if (i == 1 && !loopback_has(SCTPX_IPV6))
            continue;
        assert_int_equal(sctpx_addr_parse(texts[i], &addr), 0);
        assert_int_equal(sctpx_socket_bind(socket, &addr, 1, 0, 0), SCTPX_EADDRNOTAVAIL);
        assert_int_equal(sctpx_socket_error(socket), SCTPX_EADDRNOTAVAIL);
        assert_int_equal(sctpx_socket_local_addrs(socket, &addr, 1), 0);
    }
    sctpx_socket_free(socket);
}

static void test_connect_checks_its_arguments(void **state)
{
    struct bed *bed = *state;
    struct probe client = {0};
    sctpx_socket *socket = new_socket(bed, &client, NULL);
    sctpx_addr addrs[SCTPX_MAX_PATHS + 1] = {bed->addr};
    sctpx_addr any = {.family = (uint8_t)bed_family()};

    assert_int_equal(sctpx_socket_connect(socket, NULL, 0, 7), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_connect(socket, addrs, 0, 7), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_connect(socket, addrs, SCTPX_MAX_PATHS + 1, 7), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_connect(socket, addrs, 1, 0), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_connect(socket, &any, 1, 7), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_connect_name(socket, NULL, 7), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_connect_name(socket, "", 7), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_connect_name(socket, "*", 7), SCTPX_EINVAL);
    assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
    assert_int_equal(sctpx_socket_connect(socket, addrs, 1, sctpx_server_port(bed->server)), 0);
    assert_int_equal(sctpx_socket_connect(socket, addrs, 1, 7), SCTPX_ESTATE);
    assert_int_equal(sctpx_socket_connect_name(socket, "127.0.0.1", 7), SCTPX_ESTATE);
    sctpx_socket_free(socket);
}

/* ---- both families ------------------------------------------------------------------------ */

/* covers: 9260/11.1.2-1 9260/11.2.4-1 */
static void test_connect(void **state)
{
    const enum sctpx_family family = *(const enum sctpx_family *)*state;
    struct probe client, peer;
    struct bed bed;
    sctpx_addr addr;

    if (!loopback_has(family))
        skip();
    bed_open(&bed, family, 0, NULL);
    bed_pair(&bed, &client, &peer, 0);
    assert_string_equal(client.log, "connecting connected up");
    assert_int_equal(sctpx_socket_in_streams(client.socket), sctpx_socket_out_streams(peer.socket));
    assert_int_equal(sctpx_socket_out_streams(client.socket), sctpx_socket_in_streams(peer.socket));
    assert_int_equal(sctpx_socket_peer_addrs(client.socket, &addr, 1), 1);
    assert_true(sctpx_addr_equal(&addr, &bed.addr));
    if (bed_client_is_kernel()) /* it announces all that the host has */
        assert_true(sctpx_socket_peer_addrs(peer.socket, &addr, 1) >= 1);
    else
        assert_int_equal(sctpx_socket_peer_addrs(peer.socket, &addr, 1), 1);
    if (!bed_client_is_kernel())
        assert_int_equal(addr.udp_port, sctpx_socket_local_udp_port(client.socket));
    assert_int_equal(sctpx_socket_peer_port(client.socket), sctpx_server_port(bed.server));
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
    bed_close(&bed);
}

/* covers: 6951/4-1 */
static void test_connect_by_literal(void **state)
{
    const enum sctpx_family family = *(const enum sctpx_family *)*state;
    const char *host = family == SCTPX_IPV6 ? "::1" : "127.0.0.1";
    sctpx_socket_options options;
    sctpx_socket *socket;
    struct probe client;
    struct bed bed;

    if (!loopback_has(family))
        skip();
    if (bed_client_is_kernel() && bed_is_udp())
        skip(); /* the option is the engine's */
    bed_open(&bed, family, 0, NULL);
    bed_socket_options(&options);
    assert_int_equal(options.peer_udp_port, 9899);
    options.peer_udp_port = bed.addr.udp_port;
    socket = new_socket(&bed, &client, &options);
    assert_int_equal(sctpx_socket_connect_name(socket, host, sctpx_server_port(bed.server)), 0);
    assert_int_equal(sctpx_socket_write_datagram(socket, "early", 5, NULL), 0);
    RUN_UNTIL(bed.loop, client.count[PROBE_CONNECTED] == 1);
    assert_string_equal(client.log, "lookup connecting connected up");
    assert_string_equal(sctpx_socket_peer_name(socket), host);
    sctpx_socket_free(socket);
    bed_close(&bed);
}

/* A listener on all addresses takes both families, one on all of a family that family only. */
static void test_dual_stack(void **state)
{
    static const enum sctpx_family wildcards[] = {SCTPX_NO_FAMILY, SCTPX_IPV4, SCTPX_IPV6};
    static const enum sctpx_family families[] = {SCTPX_IPV4, SCTPX_IPV6};
    struct bed *bed = *state;

    NOT_OVER_RAW_IP("refusals");
    if (!loopback_has(SCTPX_IPV6))
        skip();
    for (size_t w = 0; w < 3; w++) {
        sctpx_addr any = {.family = (uint8_t)wildcards[w]};

        bed_listen(bed, &any, 0, 0);
        for (size_t f = 0; f < 2; f++) {
            bool is_heard = wildcards[w] == SCTPX_NO_FAMILY || wildcards[w] == families[f];
            struct probe client = {0};
            uint16_t udp_port;

            if (!is_heard && bed_client_is_kernel() && bed_is_udp())
                continue; /* it tries again when a UDP port is closed, for minutes */
            udp_port = bed->addr.udp_port;
            bed->addr = loopback_addr(families[f]);
            bed->addr.udp_port = udp_port;
            bed_connect(bed, &client, 0, NULL);
            RUN_UNTIL(bed->loop, client.count[PROBE_CONNECTED] || client.count[PROBE_CLOSED]);
            assert_int_equal(client.count[PROBE_CONNECTED], is_heard);
            if (!is_heard)
                assert_int_equal(client.closed, SCTPX_EREFUSED);
            sctpx_socket_free(client.socket);
        }
    }
}

/* "localhost" has an IPv6 address where nothing listens, and then the right one. */
static void test_addresses_of_a_name_are_alternatives(void **state)
{
    struct bed *bed = *state;
    sctpx_socket_options options;
    struct probe client = {0};
    sctpx_socket *socket;
    int early;

    if (bed_client_is_kernel() && bed_is_udp())
        skip(); /* a name has no UDP port, and the kernel takes none from the options */
    if (bed_family() != SCTPX_IPV4)
        skip(); /* not every host says that localhost is ::1 */
    bed_socket_options(&options);
    options.peer_udp_port = bed->addr.udp_port;
    socket = new_socket(bed, &client, &options);
    assert_int_equal(sctpx_socket_connect_name(socket, "localhost", sctpx_server_port(bed->server)),
                     0);
    early = sctpx_socket_write_datagram(socket, "early", 5, NULL);
    assert_true(early == 0 || early == SCTPX_EWOULDBLOCK);
    RUN_UNTIL(bed->loop, client.count[PROBE_CONNECTED] || client.count[PROBE_CLOSED]);
    assert_string_equal(client.log, "lookup connecting connected up");
    assert_int_equal(sctpx_socket_error(socket), 0);
    /* With only one address there was no need to wait. */
    assert_int_equal(client.count[PROBE_WRITABLE], early == SCTPX_EWOULDBLOCK);
    assert_int_equal(sctpx_socket_write_datagram(socket, "late", 4, NULL), 0);
    sctpx_socket_free(socket);
}

static void test_v4_mapped_address(void **state)
{
    static const char *const hosts[] = {"::ffff:127.0.0.1", "::ffff:7f00:1"};
    struct bed *bed = *state;
    sctpx_socket_options options;

    if (bed_client_is_kernel() && bed_is_udp())
        skip(); /* as above */
    if (bed_family() != SCTPX_IPV4)
        skip(); /* the server is not there */
    bed_socket_options(&options);
    options.peer_udp_port = bed->addr.udp_port;
    for (size_t i = 0; i < 2; i++) {
        struct probe client = {0};
        sctpx_socket *socket = new_socket(bed, &client, &options);

        assert_int_equal(
            sctpx_socket_connect_name(socket, hosts[i], sctpx_server_port(bed->server)), 0);
        RUN_UNTIL(bed->loop, client.count[PROBE_CONNECTED] || client.count[PROBE_CLOSED]);
        assert_int_equal(client.count[PROBE_CONNECTED], 1);
        sctpx_socket_free(socket);
    }
}

/* ---- stream counts ------------------------------------------------------------------------ */

/* covers: 9260/11.1.2-2 9260/11.2.4-1 */
static void test_stream_counts(void **state)
{
    static const struct {
        int client, server;
        uint16_t out, in; /* of the client */
    } rows[] = {
        {0, 0, 65535, 65535}, {0, 16, 16, 16}, {20, 0, 20, 20}, {3, 5, 3, 3},   {5, 3, 3, 3},
        {1, 1, 1, 1},         {-1, 0, 1, 1},   {8, -1, 1, 1},   {-1, -1, 1, 1}, {65535, 2, 2, 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct probe client, peer;
        struct bed bed;

        bed_open(&bed, bed_family(), rows[i].server, NULL);
        bed_pair(&bed, &client, &peer, rows[i].client);
        assert_int_equal(sctpx_socket_out_streams(client.socket), rows[i].out);
        assert_int_equal(sctpx_socket_in_streams(client.socket), rows[i].in);
        assert_int_equal(sctpx_socket_out_streams(peer.socket), rows[i].in);
        assert_int_equal(sctpx_socket_in_streams(peer.socket), rows[i].out);
        sctpx_socket_free(client.socket);
        sctpx_socket_free(peer.socket);
        bed_close(&bed);
    }
}

/* covers: 9260/11.1.2-1 */
static void test_asymmetric_stream_counts_by_options(void **state)
{
    struct bed *bed = *state;
    sctpx_socket_options options;
    struct probe client = {0}, peer = {0};

    bed_socket_options(&options);
    options.assoc.out_streams = 10;
    options.assoc.max_in_streams = 4;
    bed_connect(bed, &client, 0, &options);
    bed_accept(bed, &peer);
    assert_int_equal(sctpx_socket_in_streams(peer.socket), 10);
    assert_int_equal(sctpx_socket_out_streams(peer.socket), 4);
    sctpx_socket_free(client.socket);
    sctpx_socket_free(peer.socket);
}

/* ---- refused at once ----------------------------------------------------------------------- */

static void check_refusal(const sctpx_socket *socket, int result, int error, const char *text)
{
    assert_int_equal(result, error);
    assert_int_equal(sctpx_socket_error(socket), error);
    if (!strstr(sctpx_socket_error_string(socket), text))
        fail_msg("\"%s\" lacks \"%s\"", sctpx_socket_error_string(socket), text);
}

static void test_every_refusal_has_a_text(void **state)
{
    sctpx_addr addrs[SCTPX_MAX_LOCALS + 1];
    sctpx_socket *socket;
    sctpx_loop *loop;

    ENGINE_ONLY("texts with UDP ports");
    (void)state;
    for (size_t i = 0; i < SCTPX_MAX_LOCALS + 1; i++)
        addrs[i] = loopback_v4((uint8_t)(i + 1), (uint16_t)(5000 + i));
    assert_int_equal(sctpx_loop_new(&loop), 0);
    assert_int_equal(sctpx_socket_new(loop, NULL, &socket), 0);
    check_refusal(socket, sctpx_socket_bind(socket, addrs, SCTPX_MAX_LOCALS + 1, 0, 0),
                  SCTPX_ELIMIT, "more than 8");
    check_refusal(socket, sctpx_socket_bind(socket, addrs, 2, 0, 0), SCTPX_EINVAL,
                  "different UDP ports");
    check_refusal(socket, sctpx_socket_bind(socket, NULL, 1, 0, 0), SCTPX_EINVAL, "no addresses");
    check_refusal(socket, sctpx_socket_connect(socket, NULL, 0, 7), SCTPX_EINVAL,
                  "no peer address");
    check_refusal(socket, sctpx_socket_connect(socket, addrs, SCTPX_MAX_PATHS + 1, 7), SCTPX_EINVAL,
                  "more than 8");
    check_refusal(socket, sctpx_socket_connect(socket, addrs, 1, 0), SCTPX_EINVAL, "SCTP port 0");
    check_refusal(socket, sctpx_socket_connect_name(socket, "", 7), SCTPX_EINVAL, "empty");
    check_refusal(socket, sctpx_socket_connect_name(socket, "127.0.0.1", 0), SCTPX_EINVAL,
                  "SCTP port 0");
    assert_int_equal(sctpx_socket_connect(socket, addrs, 1, 7), 0);
    assert_string_equal(sctpx_socket_error_string(socket), "");
    check_refusal(socket, sctpx_socket_connect(socket, addrs, 1, 7), SCTPX_ESTATE, "association");
    sctpx_socket_free(socket);
    sctpx_loop_free(loop);
}

static void test_peer_of_another_family(void **state)
{
    sctpx_addr local = loopback_v4(1, 0), peer = {.family = SCTPX_IPV6, .udp_port = 9899};
    sctpx_socket *socket;
    sctpx_loop *loop;

    ENGINE_ONLY("texts with UDP ports");
    (void)state;
    peer.ip[15] = 1;
    assert_int_equal(sctpx_loop_new(&loop), 0);
    assert_int_equal(sctpx_socket_new(loop, NULL, &socket), 0);
    assert_int_equal(sctpx_socket_bind(socket, &local, 1, 0, 0), 0);
    check_refusal(socket, sctpx_socket_connect(socket, &peer, 1, 7), SCTPX_EINVAL, "family");
    check_refusal(socket, sctpx_socket_connect_name(socket, "::1", 7), SCTPX_EINVAL, "[::1]:9899");
    assert_int_equal(sctpx_socket_state(socket), SCTPX_UNCONNECTED);
    assert_int_equal(sctpx_socket_connect(socket, &local, 1, 7), 0);
    sctpx_socket_free(socket);
    sctpx_loop_free(loop);
}

/* ---- failures ----------------------------------------------------------------------------- */

static void check_failure(const struct probe *client, int error, const char *text)
{
    assert_int_equal(client->closed, error);
    assert_int_equal(sctpx_socket_state(client->socket), SCTPX_UNCONNECTED);
    assert_int_equal(sctpx_socket_error(client->socket), error);
    if (!strstr(sctpx_socket_error_string(client->socket), text))
        fail_msg("\"%s\" lacks \"%s\"", sctpx_socket_error_string(client->socket), text);
}

/* covers: 9260/11.1.2-3 */
static void test_refused_by_the_stack(void **state)
{
    struct bed *bed = *state;
    struct probe client = {0};
    sctpx_socket *socket;
    char address[SCTPX_ADDR_TEXT_BYTES];
    uint16_t port = (uint16_t)(sctpx_server_port(bed->server) ^ 1);

    NOT_OVER_RAW_IP("refusals");
    socket = new_socket(bed, &client, NULL);
    assert_int_equal(sctpx_socket_connect(socket, &bed->addr, 1, port), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_CLOSED] == 1);
    assert_string_equal(client.log, "connecting unconnected error:EREFUSED closed:EREFUSED");
    assert_true(sctpx_addr_format(&bed->addr, address, sizeof(address)) > 0);
    check_failure(&client, SCTPX_EREFUSED, "connection refused: nothing listens on SCTP port");
    check_failure(&client, SCTPX_EREFUSED, address);
    sctpx_socket_free(socket);
}

/* covers: 6951/5.5-3 */
static void test_refused_by_the_host(void **state)
{
    struct bed *bed = *state;
    struct probe client = {0};
    sctpx_socket *socket;
    uint16_t port = sctpx_server_port(bed->server);

    NOT_OVER_RAW_IP("UDP ports");
    ENGINE_ONLY("UDP ports");
    socket = new_socket(bed, &client, NULL);
    /* Its UDP port is closed now. */
    sctpx_server_close(bed->server);
    assert_int_equal(sctpx_socket_connect(socket, &bed->addr, 1, port), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_CLOSED] == 1);
    check_failure(&client, SCTPX_EREFUSED, "no SCTP stack on UDP port");
    sctpx_socket_free(socket);
}

/* A UDP port where somebody listens and says nothing. */
static int silent_port(sctpx_addr *ret_addr)
{
    struct sockaddr_storage storage;
    socklen_t size = sizeof(storage);
    sctpx_addr addr = loopback_addr(SCTPX_IPV4);
    int length = sctpx_addr_to_sockaddr(&addr, &storage);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&storage, (socklen_t)length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&storage, &size), 0);
    assert_int_equal(sctpx_addr_from_sockaddr((struct sockaddr *)&storage, size, ret_addr), 0);
    return fd;
}

/* covers: 9260/11.1.2-3 */
static void test_silent_peer(void **state)
{
    struct bed *bed = *state;
    sctpx_socket_options options;
    struct probe client = {0};
    sctpx_socket *socket;
    sctpx_addr addr;
    int fd = silent_port(&addr);

    bed_socket_options(&options);
    options.connect_timeout_ms = 50;
    socket = new_socket(bed, &client, &options);
    assert_int_equal(sctpx_socket_connect(socket, &addr, 1, 7), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_CLOSED] == 1);
    assert_string_equal(client.log, "connecting unconnected error:ETIMEDOUT closed:ETIMEDOUT");
    check_failure(&client, SCTPX_ETIMEDOUT, "no answer from SCTP port 7");
    sctpx_socket_free(socket);
    close(fd);
}

/* Without a time-out of its own the engine gives up after its attempts. */
static void test_silent_peer_and_the_engines_limit(void **state)
{
    struct bed *bed = *state;
    sctpx_socket_options options;
    struct probe client = {0};
    sctpx_socket *socket;
    sctpx_addr addr;
    int fd = silent_port(&addr);

    bed_socket_options(&options);
    options.connect_timeout_ms = SCTPX_FOREVER;
    options.assoc.rto_initial_us = options.assoc.rto_min_us = options.assoc.rto_max_us = 10000;
    options.assoc.max_init_retrans = 2;
    socket = new_socket(bed, &client, &options);
    assert_int_equal(sctpx_socket_connect(socket, &addr, 1, 7), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_CLOSED] == 1);
    check_failure(&client, SCTPX_ETIMEDOUT, "no answer");
    sctpx_socket_free(socket);
    close(fd);
}

static void test_unknown_host(void **state)
{
    /* Too long a label to be asked of any server. */
    static const char host[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaa";
    struct bed *bed = *state;
    struct probe client = {0};
    sctpx_socket *socket = new_socket(bed, &client, NULL);

    assert_int_equal(sctpx_socket_connect_name(socket, host, 7), 0);
    assert_int_equal(client.count[PROBE_CLOSED], 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_CLOSED] == 1);
    assert_string_equal(client.log, "lookup unconnected error:EHOSTNOTFOUND closed:EHOSTNOTFOUND");
    check_failure(&client, SCTPX_EHOSTNOTFOUND, host);
    sctpx_socket_free(socket);
}

static void test_family_option(void **state)
{
    struct bed *bed = *state;
    sctpx_socket_options options;
    struct probe client = {0};
    sctpx_socket *socket;

    bed_socket_options(&options);
    options.family = SCTPX_IPV6;
    socket = new_socket(bed, &client, &options);
    assert_int_equal(sctpx_socket_connect_name(socket, "127.0.0.1", 7), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_CLOSED] == 1);
    check_failure(&client, SCTPX_EHOSTNOTFOUND, "of the family asked for");
    sctpx_socket_free(socket);
}

static void test_connect_again_after_a_failure(void **state)
{
    struct bed *bed = *state;
    struct probe client = {0};
    sctpx_socket *socket;
    uint16_t port = sctpx_server_port(bed->server);

    NOT_OVER_RAW_IP("refusals");
    socket = new_socket(bed, &client, NULL);
    assert_int_equal(sctpx_socket_connect(socket, &bed->addr, 1, port ^ 1), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_CLOSED] == 1);
    assert_int_equal(sctpx_socket_connect(socket, &bed->addr, 1, port), 0);
    assert_int_equal(sctpx_socket_error(socket), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_CONNECTED] == 1);
    /* And after an abort, without a turn of the loop in between. */
    assert_int_equal(sctpx_socket_abort(socket, NULL, 0), 0);
    assert_int_equal(sctpx_socket_connect(socket, &bed->addr, 1, port), 0);
    RUN_UNTIL(bed->loop, client.count[PROBE_CONNECTED] == 2);
    assert_int_equal(client.count[PROBE_CLOSED], 1);
    sctpx_socket_free(socket);
}

static void test_sctp_port_in_use(void **state)
{
    struct bed *bed = *state;
    struct probe first = {0}, second = {0};
    uint16_t port = sctpx_server_port(bed->server);
    sctpx_socket *a, *b;

    ENGINE_CLIENT_ONLY("the kernel says so when binding");
    a = new_socket(bed, &first, NULL);
    b = new_socket(bed, &second, NULL);
    assert_int_equal(sctpx_socket_bind(a, NULL, 0, 4713, 0), 0);
    assert_int_equal(sctpx_socket_bind(b, NULL, 0, 4713, 0), 0);
    assert_int_equal(sctpx_socket_local_udp_port(a), sctpx_socket_local_udp_port(b));
    assert_int_equal(sctpx_socket_connect(a, &bed->addr, 1, port), 0);
    assert_int_equal(sctpx_socket_connect(b, &bed->addr, 1, port), SCTPX_EADDRINUSE);
    assert_int_equal(sctpx_socket_state(b), SCTPX_UNCONNECTED);
    assert_int_equal(sctpx_socket_error(b), SCTPX_EADDRINUSE);
    sctpx_socket_free(a);
    sctpx_socket_free(b);
}

/* covers: 6951/5.1-2 */
static void test_own_udp_port(void **state)
{
    struct bed *bed = *state;
    sctpx_socket_options options;
    struct probe probes[3] = {0};

    NOT_OVER_RAW_IP("UDP ports");
    ENGINE_CLIENT_ONLY("UDP ports");
    bed_socket_options(&options);
    bed_connect(bed, &probes[0], 0, &options);
    bed_connect(bed, &probes[1], 0, &options);
    options.own_udp_port = true;
    bed_connect(bed, &probes[2], 0, &options);
    assert_int_equal(sctpx_socket_local_udp_port(probes[0].socket),
                     sctpx_socket_local_udp_port(probes[1].socket));
    assert_int_not_equal(sctpx_socket_local_udp_port(probes[0].socket),
                         sctpx_socket_local_udp_port(probes[2].socket));
    for (size_t i = 0; i < 3; i++)
        sctpx_socket_free(probes[i].socket);
}

/* Sockets with trains of packets and without do not share a port, and understand each other. */
static void test_no_segmentation(void **state)
{
    struct bed *bed = *state;
    sctpx_socket_options options;
    struct probe probes[3] = {0};

    NOT_OVER_RAW_IP("UDP ports");
    ENGINE_CLIENT_ONLY("UDP segmentation");
    bed_socket_options(&options);
    bed_connect(bed, &probes[0], 0, &options);
    options.no_segmentation = true;
    bed_connect(bed, &probes[1], 0, &options);
    bed_connect(bed, &probes[2], 0, &options);
    assert_int_not_equal(sctpx_socket_local_udp_port(probes[0].socket),
                         sctpx_socket_local_udp_port(probes[1].socket));
    assert_int_equal(sctpx_socket_local_udp_port(probes[1].socket),
                     sctpx_socket_local_udp_port(probes[2].socket));
    for (size_t i = 0; i < 3; i++)
        sctpx_socket_free(probes[i].socket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fresh_socket, setup, teardown),
        cmocka_unit_test_setup_teardown(test_new_checks_its_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(test_channel_count_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bind, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bind_to_foreign_addresses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connect_checks_its_arguments, setup, teardown),
        {"test_connect_v4", test_connect, NULL, NULL, &ipv4},
        {"test_connect_v6", test_connect, NULL, NULL, &ipv6},
        {"test_connect_by_literal_v4", test_connect_by_literal, NULL, NULL, &ipv4},
        {"test_connect_by_literal_v6", test_connect_by_literal, NULL, NULL, &ipv6},
        cmocka_unit_test_setup_teardown(test_dual_stack, setup, teardown),
        cmocka_unit_test_setup_teardown(test_addresses_of_a_name_are_alternatives, setup, teardown),
        cmocka_unit_test_setup_teardown(test_v4_mapped_address, setup, teardown),
        cmocka_unit_test(test_stream_counts),
        cmocka_unit_test_setup_teardown(test_asymmetric_stream_counts_by_options, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_refusal_has_a_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_peer_of_another_family, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_by_the_stack, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_by_the_host, setup, teardown),
        cmocka_unit_test_setup_teardown(test_silent_peer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_silent_peer_and_the_engines_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown_host, setup, teardown),
        cmocka_unit_test_setup_teardown(test_family_option, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connect_again_after_a_failure, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sctp_port_in_use, setup, teardown),
        cmocka_unit_test_setup_teardown(test_own_udp_port, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_segmentation, setup, teardown),
    };

    return cmocka_run_group_tests_name("connect", tests, NULL, NULL);
}

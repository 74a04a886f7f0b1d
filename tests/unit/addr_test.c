/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cmocka.h>

#include <sctpx/addr.h>

static sctpx_addr parsed(const char *text)
{
    sctpx_addr addr;

    assert_int_equal(sctpx_addr_parse(text, &addr), 0);
    return addr;
}

static void assert_round_trip(const char *text, const char *expected)
{
    char buffer[SCTPX_ADDR_TEXT_BYTES];
    sctpx_addr addr = parsed(text);

    assert_int_equal(sctpx_addr_format(&addr, buffer, sizeof(buffer)), (int)strlen(expected));
    assert_string_equal(buffer, expected);
}

static void test_text_round_trips(void **state)
{
    (void)state;
    assert_round_trip("127.0.0.1", "127.0.0.1");
    assert_round_trip("192.0.2.1:9899", "192.0.2.1:9899");
    assert_round_trip("::1", "::1");
    assert_round_trip("[::1]", "::1");
    assert_round_trip("[::1]:9899", "[::1]:9899");
    assert_round_trip("2001:DB8:0::5", "2001:db8::5");
    assert_round_trip("fe80::1%lo", "fe80::1%lo");
    assert_round_trip("[fe80::1%1]:7", "[fe80::1%lo]:7");
    assert_round_trip("fe80::1%4000000000", "fe80::1%4000000000");
    assert_round_trip("::ffff:127.0.0.1", "127.0.0.1");
    assert_round_trip("[::ffff:7f00:1]:5", "127.0.0.1:5");
    assert_round_trip("*", "*");
    assert_round_trip("*:65535", "*:65535");
    assert_round_trip("0.0.0.0:0", "0.0.0.0");
}

static void test_fields_of_parsed_addresses(void **state)
{
    sctpx_addr addr = parsed("192.0.2.7:9899");

    assert_int_equal(sctpx_addr_parse(NULL, &addr), SCTPX_EINVAL);

    (void)state;
    assert_int_equal(addr.family, SCTPX_IPV4);
    assert_int_equal(addr.udp_port, 9899);
    assert_memory_equal(addr.ip, "\300\000\002\007\0\0\0\0\0\0\0\0\0\0\0", 16);
    addr = parsed("[fe80::2%7]:1");
    assert_int_equal(addr.family, SCTPX_IPV6);
    assert_int_equal(addr.scope_id, 7);
    assert_int_equal(parsed("*:3").family, SCTPX_NO_FAMILY);
}

static void test_what_is_no_address_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.4:",
        "1.2.3.4:x",
        "1.2.3.4:65536",
        "1.2.3.4:-1",
        "1.2.3.4: 1",
        "1.2.3.4%lo",
        "[1.2.3.4]:1",
        "[::1",
        "[::1]x",
        "[::1]:",
        "::1]:5",
        ":::",
        "[]:5",
        "[]",
        "**",
        "*5",
        "::1%",
        "::1%0",
        "::1%none-such",
        ":9899",
        "[::1]:99999999999999999999",
        "1111:2222:3333:4444:5555:6666:7777:8888%0000000000000000000000000000000000000000000001",
    };
    sctpx_addr addr = {.udp_port = 4711};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (sctpx_addr_parse(wrong[i], &addr) != SCTPX_EINVAL) {
            fail_msg("'%s' was taken", wrong[i]);
        }
    }
    assert_int_equal(addr.udp_port, 4711);
}

static void test_format_needs_room_and_a_family(void **state)
{
    char buffer[16];
    sctpx_addr addr = parsed("127.0.0.1:12345");

    (void)state;
    assert_int_equal(sctpx_addr_format(&addr, buffer, 15), SCTPX_ETRUNC);
    assert_int_equal(sctpx_addr_format(&addr, buffer, 16), 15);
    assert_int_equal(sctpx_addr_format(&addr, buffer, 0), SCTPX_ETRUNC);
    addr.family = 5;
    assert_int_equal(sctpx_addr_format(&addr, buffer, 16), SCTPX_EINVAL);
}

static void test_the_longest_text_fits(void **state)
{
    char buffer[SCTPX_ADDR_TEXT_BYTES];
    sctpx_addr addr = {.family = SCTPX_IPV6, .udp_port = 65535, .scope_id = UINT32_MAX};

    (void)state;
    memset(addr.ip, 0xfe, sizeof(addr.ip));
    assert_true(sctpx_addr_format(&addr, buffer, sizeof(buffer)) > 0);
}

static void test_equality(void **state)
{
    sctpx_addr a = parsed("127.0.0.1:5"), b = parsed("127.0.0.1:6"), c = parsed("127.0.0.2:5");
    sctpx_addr d = parsed("fe80::1%1"), e = parsed("fe80::1%2"), f = parsed("0.0.0.0");
    sctpx_addr g = parsed("::"), h = parsed("*");

    (void)state;
    assert_true(sctpx_addr_equal(&a, &a));
    assert_false(sctpx_addr_equal(&a, &b));
    assert_true(sctpx_addr_same_ip(&a, &b));
    assert_false(sctpx_addr_same_ip(&a, &c));
    assert_false(sctpx_addr_same_ip(&d, &e));
    assert_false(sctpx_addr_same_ip(&f, &g));
    assert_false(sctpx_addr_same_ip(&f, &h));
}

static void test_kinds(void **state)
{
    static const struct {
        const char *text;
        bool is_wildcard, is_loopback, is_link_local;
    } kinds[] = {
        {"*", true, false, false},
        {"0.0.0.0", true, false, false},
        {"::", true, false, false},
        {"127.255.0.9", false, true, false},
        {"::1", false, true, false},
        {"169.254.1.1", false, false, true},
        {"fe80::1", false, false, true},
        {"febf::1", false, false, true},
        {"fec0::1", false, false, false},
        {"192.0.2.1", false, false, false},
        {"2001:db8::1", false, false, false},
        {"1::", false, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        sctpx_addr addr = parsed(kinds[i].text);

        assert_int_equal(sctpx_addr_is_wildcard(&addr), kinds[i].is_wildcard);
        assert_int_equal(sctpx_addr_is_loopback(&addr), kinds[i].is_loopback);
        assert_int_equal(sctpx_addr_is_link_local(&addr), kinds[i].is_link_local);
    }
}

static void test_socket_addresses(void **state)
{
    static const char *const texts[] = {"192.0.2.1:77", "[2001:db8::9]:78", "[fe80::1%1]:79"};
    struct sockaddr_storage storage;
    sctpx_addr addr, back;
    int length;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        addr = parsed(texts[i]);
        length = sctpx_addr_to_sockaddr(&addr, &storage);
        assert_true(length > 0);
        assert_int_equal(
            sctpx_addr_from_sockaddr((struct sockaddr *)&storage, (size_t)length, &back), 0);
        assert_true(sctpx_addr_equal(&addr, &back));
        assert_int_equal(
            sctpx_addr_from_sockaddr((struct sockaddr *)&storage, (size_t)length - 1, &back),
            SCTPX_EINVAL);
    }
    addr.family = SCTPX_NO_FAMILY;
    assert_int_equal(sctpx_addr_to_sockaddr(&addr, &storage), SCTPX_EINVAL);
    storage.ss_family = AF_UNIX;
    assert_int_equal(sctpx_addr_from_sockaddr((struct sockaddr *)&storage, sizeof(storage), &back),
                     SCTPX_EINVAL);
}

static void test_a_socket_address_is_what_the_system_expects(void **state)
{
    sctpx_addr addr = parsed("127.0.0.1:9899");
    struct sockaddr_storage storage;
    struct sockaddr_in in;

    (void)state;
    assert_int_equal(sctpx_addr_to_sockaddr(&addr, &storage), (int)sizeof(in));
    memcpy(&in, &storage, sizeof(in));
    assert_int_equal(in.sin_family, AF_INET);
    assert_int_equal(in.sin_port, htons(9899));
    assert_int_equal(in.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_round_trips),
        cmocka_unit_test(test_fields_of_parsed_addresses),
        cmocka_unit_test(test_what_is_no_address_is_refused),
        cmocka_unit_test(test_format_needs_room_and_a_family),
        cmocka_unit_test(test_the_longest_text_fits),
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_socket_addresses),
        cmocka_unit_test(test_a_socket_address_is_what_the_system_expects),
    };

    return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}

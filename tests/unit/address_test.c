/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/address.h"

static sctpx_addr ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    return (sctpx_addr){.family = SCTPX_IPV4, .ip = {a, b, c, d}};
}

static sctpx_addr ipv6(uint8_t first, uint8_t second, uint8_t last)
{
    sctpx_addr addr = {.family = SCTPX_IPV6, .ip = {first, second}};
    addr.ip[15] = last;
    return addr;
}

static void check_scope(sctpx_addr addr, enum sctpxi_scope scope)
{
    assert_int_equal(sctpxi_address_scope(&addr), scope);
}

static void test_scopes_of_ipv4(void **state)
{
    (void)state;
    check_scope(ipv4(0, 0, 0, 0), SCTPXI_SCOPE_NONE);
    check_scope(ipv4(0, 1, 2, 3), SCTPXI_SCOPE_NONE);
    check_scope(ipv4(224, 0, 0, 1), SCTPXI_SCOPE_NONE);
    check_scope(ipv4(239, 255, 255, 255), SCTPXI_SCOPE_NONE);
    check_scope(ipv4(240, 0, 0, 1), SCTPXI_SCOPE_NONE);
    check_scope(ipv4(255, 255, 255, 255), SCTPXI_SCOPE_NONE);
    check_scope(ipv4(127, 0, 0, 1), SCTPXI_SCOPE_LOOPBACK);
    check_scope(ipv4(127, 255, 255, 254), SCTPXI_SCOPE_LOOPBACK);
    check_scope(ipv4(169, 254, 1, 1), SCTPXI_SCOPE_LINK);
    check_scope(ipv4(169, 253, 1, 1), SCTPXI_SCOPE_GLOBAL);
    check_scope(ipv4(10, 255, 0, 1), SCTPXI_SCOPE_PRIVATE);
    check_scope(ipv4(172, 15, 0, 1), SCTPXI_SCOPE_GLOBAL);
    check_scope(ipv4(172, 16, 0, 1), SCTPXI_SCOPE_PRIVATE);
    check_scope(ipv4(172, 31, 0, 1), SCTPXI_SCOPE_PRIVATE);
    check_scope(ipv4(172, 32, 0, 1), SCTPXI_SCOPE_GLOBAL);
    check_scope(ipv4(192, 168, 0, 1), SCTPXI_SCOPE_PRIVATE);
    check_scope(ipv4(192, 169, 0, 1), SCTPXI_SCOPE_GLOBAL);
    check_scope(ipv4(100, 63, 0, 1), SCTPXI_SCOPE_GLOBAL);
    check_scope(ipv4(100, 64, 0, 1), SCTPXI_SCOPE_PRIVATE);
    check_scope(ipv4(100, 127, 0, 1), SCTPXI_SCOPE_PRIVATE);
    check_scope(ipv4(100, 128, 0, 1), SCTPXI_SCOPE_GLOBAL);
    check_scope(ipv4(223, 255, 255, 255), SCTPXI_SCOPE_GLOBAL);
}

static void test_scopes_of_ipv6(void **state)
{
    (void)state;
    check_scope(ipv6(0, 0, 0), SCTPXI_SCOPE_NONE);
    check_scope(ipv6(0, 0, 1), SCTPXI_SCOPE_LOOPBACK);
    check_scope(ipv6(0, 0, 2), SCTPXI_SCOPE_NONE);
    check_scope(ipv6(0xff, 0x02, 1), SCTPXI_SCOPE_NONE);
    check_scope(ipv6(0xfe, 0x80, 1), SCTPXI_SCOPE_LINK);
    check_scope(ipv6(0xfe, 0xbf, 1), SCTPXI_SCOPE_LINK);
    check_scope(ipv6(0xfc, 0, 1), SCTPXI_SCOPE_PRIVATE);
    check_scope(ipv6(0xfd, 0, 1), SCTPXI_SCOPE_PRIVATE);
    check_scope(ipv6(0x20, 0x01, 1), SCTPXI_SCOPE_GLOBAL);
    sctpx_addr mapped = {.family = SCTPX_IPV6, .ip = {[10] = 0xff, 0xff, 10, 0, 0, 1}};
    check_scope(mapped, SCTPXI_SCOPE_NONE);
    check_scope((sctpx_addr){.family = SCTPX_NO_FAMILY, .ip = {10}}, SCTPXI_SCOPE_NONE);
    check_scope((sctpx_addr){.family = 2, .ip = {10}}, SCTPXI_SCOPE_NONE);
}

static void test_same_ip_ignores_ports(void **state)
{
    (void)state;
    sctpx_addr a = ipv4(10, 0, 0, 1), b = a, c = ipv4(10, 0, 0, 2);
    b.udp_port = 9899;
    assert_true(sctpxi_address_same_ip(&a, &b));
    assert_false(sctpxi_address_same_ip(&a, &c));
    b.family = SCTPX_IPV6; /* the same bits in another family */
    assert_false(sctpxi_address_same_ip(&a, &b));
}

static void test_wildcards(void **state)
{
    (void)state;
    sctpx_addr any4 = ipv4(0, 0, 0, 0), any6 = ipv6(0, 0, 0), one = ipv6(0, 0, 1);
    assert_true(sctpxi_address_is_wildcard(&any4));
    assert_true(sctpxi_address_is_wildcard(&any6));
    assert_false(sctpxi_address_is_wildcard(&one));
}

/* Nobody is told of an address of narrower scope than the one it is seen at. */
static void test_visibility(void **state)
{
    (void)state;
    const sctpx_addr loopback = ipv4(127, 0, 0, 1), inner = ipv4(10, 0, 0, 1),
                     outer = ipv4(8, 8, 8, 8), link = ipv4(169, 254, 0, 1),
                     none = ipv4(224, 0, 0, 1);
    assert_true(sctpxi_address_is_visible(&outer, &outer));
    assert_true(sctpxi_address_is_visible(&outer, &inner));
    assert_true(sctpxi_address_is_visible(&inner, &loopback));
    assert_true(sctpxi_address_is_visible(&loopback, &loopback));
    assert_false(sctpxi_address_is_visible(&inner, &outer));
    assert_false(sctpxi_address_is_visible(&loopback, &inner));
    assert_false(sctpxi_address_is_visible(&link, &link));
    assert_false(sctpxi_address_is_visible(&none, &loopback));
}

static void test_fitness_is_the_common_prefix(void **state)
{
    (void)state;
    const sctpx_addr remote = ipv4(10, 0, 1, 2), near = ipv4(10, 0, 1, 1), far = ipv4(10, 0, 2, 1),
                     other = ipv4(192, 168, 0, 1), any = ipv4(0, 0, 0, 0), six = ipv6(0x20, 1, 1);
    assert_int_equal(sctpxi_address_fitness(&near, &remote), 1 + 30);
    assert_int_equal(sctpxi_address_fitness(&far, &remote), 1 + 22);
    assert_int_equal(sctpxi_address_fitness(&other, &remote), 1);
    assert_int_equal(sctpxi_address_fitness(&remote, &remote), 1 + 128);
    assert_int_equal(sctpxi_address_fitness(&any, &remote), 0);
    assert_true(sctpxi_address_fitness(&six, &remote) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scopes_of_ipv4),
        cmocka_unit_test(test_scopes_of_ipv6),
        cmocka_unit_test(test_same_ip_ignores_ports),
        cmocka_unit_test(test_wildcards),
        cmocka_unit_test(test_visibility),
        cmocka_unit_test(test_fitness_is_the_common_prefix),
    };
    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}

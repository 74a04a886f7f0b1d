/* SPDX-License-Identifier: MIT */
/*
 * Arbitrary text as an address: what is taken can be written, read again and carried through a
 * socket address without change; what is refused leaves the output alone.
 */
#include <string.h>
#include <sys/socket.h>

#include <sctpx/addr.h>

#include "fuzz/check.h"

static void through_text(const sctpx_addr *addr)
{
    char text[SCTPX_ADDR_TEXT_BYTES], small[SCTPX_ADDR_TEXT_BYTES];
    sctpx_addr again;
    int length = sctpx_addr_format(addr, text, sizeof text);
    FUZZ_CHECK(length > 0 && (size_t)length == strlen(text));
    FUZZ_CHECK(sctpx_addr_parse(text, &again) == 0);
    FUZZ_CHECK(sctpx_addr_equal(addr, &again) && sctpx_addr_same_ip(addr, &again));
    FUZZ_CHECK(sctpx_addr_format(addr, small, (size_t)length + 1) == length);
    FUZZ_CHECK(sctpx_addr_format(addr, small, (size_t)length) == SCTPX_ETRUNC);
}

static void through_socket_address(const sctpx_addr *addr)
{
    struct sockaddr_storage storage;
    sctpx_addr again;
    int length = sctpx_addr_to_sockaddr(addr, &storage);
    if (addr->family == SCTPX_NO_FAMILY) {
        FUZZ_CHECK(length == SCTPX_EINVAL);
        return;
    }
    FUZZ_CHECK(length > 0 && (size_t)length <= sizeof storage);
    FUZZ_CHECK(sctpx_addr_from_sockaddr((struct sockaddr *)&storage, (size_t)length, &again) == 0);
    FUZZ_CHECK(sctpx_addr_equal(addr, &again));
}

static void check_fields(const sctpx_addr *addr)
{
    static const uint8_t zeros[12];
    FUZZ_CHECK(addr->family == SCTPX_NO_FAMILY || addr->family == SCTPX_IPV4 ||
               addr->family == SCTPX_IPV6);
    if (addr->family == SCTPX_IPV4)
        FUZZ_CHECK(memcmp(addr->ip + 4, zeros, sizeof zeros) == 0);
    if (addr->family != SCTPX_IPV6)
        FUZZ_CHECK(addr->scope_id == 0);
    FUZZ_CHECK(!sctpx_addr_is_wildcard(addr) || !sctpx_addr_is_loopback(addr));
    FUZZ_CHECK(!sctpx_addr_is_link_local(addr) || !sctpx_addr_is_loopback(addr));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sctpx_addr addr, before;
    char *text = malloc(size + 1);
    FUZZ_CHECK(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    memset(&addr, 0x5a, sizeof addr);
    before = addr;
    if (sctpx_addr_parse(text, &addr) == 0) {
        check_fields(&addr);
        through_text(&addr);
        through_socket_address(&addr);
    } else {
        FUZZ_CHECK(memcmp(&addr, &before, sizeof addr) == 0);
    }
    free(text);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* Numbers that have names: code points of Differentiated Services, ports in /etc/services. */
#include <netdb.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>

#include "options.h"

enum { DSCP_MAX = 63, SERVICE_BYTES = 2048 };

/* RFC 2474 4.2.2 (CS), RFC 2597 6 (AF), RFC 3246 (EF), RFC 5865 (VA), RFC 8622 (LE). */
static const struct {
    const char *name;
    uint8_t value;
} dscp_names[] = {
    {"cs0", 0},   {"df", 0},    {"le", 1},    {"cs1", 8},   {"af11", 10}, {"af12", 12},
    {"af13", 14}, {"cs2", 16},  {"af21", 18}, {"af22", 20}, {"af23", 22}, {"cs3", 24},
    {"af31", 26}, {"af32", 28}, {"af33", 30}, {"cs4", 32},  {"af41", 34}, {"af42", 36},
    {"af43", 38}, {"cs5", 40},  {"va", 44},   {"ef", 46},   {"cs6", 48},  {"cs7", 56},
};

bool options_parse_dscp(const char *text, uint64_t *ret_value)
{
    for (size_t i = 0; i < sizeof(dscp_names) / sizeof(dscp_names[0]); i++) {
        if (strcasecmp(text, dscp_names[i].name) == 0) {
            *ret_value = dscp_names[i].value;
            return true;
        }
    }
    return options_parse_number(text, 0, DSCP_MAX, ret_value);
}

static bool find_service(const char *name, const char *protocol, uint64_t *ret_port)
{
    char buffer[SERVICE_BYTES];
    struct servent entry, *found = NULL;

    if (getservbyname_r(name, protocol, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
        return false;
    *ret_port = ntohs((uint16_t)found->s_port);
    return true;
}

/* IANA gives SCTP the ports that TCP has, but few systems list them twice. */
bool options_parse_port(const char *text, uint64_t min, uint64_t *ret_port)
{
    if (options_parse_number(text, min, UINT16_MAX, ret_port))
        return true;
    return text[strspn(text, "0123456789")] != '\0' && text[0] != '-' &&
           (find_service(text, "sctp", ret_port) || find_service(text, "tcp", ret_port));
}

/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "exit_code.h"

void report(const char *format, ...)
{
    va_list arguments;

    fputs("sctpx: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

int report_failure(const char *what, int error)
{
    report("%s: %s", what, sctpx_strerror(error));
    return exit_code_of(error);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);

    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* The library knows of no options. */
static const char *advice_for(const char *text, bool is_client)
{
    if (ends_with(text, "choose another UDP port"))
        return is_client ? " with --udp-port (for the peer's UDP port use --peer-udp-port, or "
                           "ADDRESS:UDPPORT)"
                         : " with --udp-port";
    if (ends_with(text, "SCTP is encapsulated in?)"))
        return " Another one is told with --peer-udp-port, or as ADDRESS:UDPPORT.";
    return "";
}

int report_end(const sctpx_socket *socket, int error)
{
    int code = exit_code_of(error);
    const char *text = sctpx_socket_error_string(socket);

    if (code != EXIT_DONE)
        report("%s%s", text[0] != '\0' ? text : sctpx_strerror(error), advice_for(text, true));
    return code;
}

int report_socket_failure(const sctpx_socket *socket, const char *what, int error)
{
    const char *text = sctpx_socket_error_string(socket);

    if (text[0] == '\0')
        text = sctpx_strerror(error);
    if (strncmp(text, "cannot ", strlen("cannot ")) == 0) /* it says what by itself */
        report("%s%s", text, advice_for(text, true));
    else
        report("%s: %s%s", what, text, advice_for(text, true));
    return exit_code_of(error);
}

int report_server_failure(const sctpx_server *server, int error)
{
    const char *text = sctpx_server_error_string(server);

    report("%s%s", text[0] != '\0' ? text : sctpx_strerror(error), advice_for(text, false));
    return exit_code_of(error);
}

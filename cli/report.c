/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <stdarg.h>
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

/* The library knows of no options. */
static const char *advice_for(const char *text)
{
    return strstr(text, "choose another UDP port") ? " with --udp-port" : "";
}

int report_end(const sctpx_socket *socket, int error)
{
    int code = exit_code_of(error);
    const char *text = sctpx_socket_error_string(socket);

    if (code != EXIT_DONE)
        report("%s", text[0] != '\0' ? text : sctpx_strerror(error));
    return code;
}

int report_socket_failure(const sctpx_socket *socket, const char *what, int error)
{
    const char *text = sctpx_socket_error_string(socket);

    if (text[0] == '\0')
        text = sctpx_strerror(error);
    report("%s: %s%s", what, text, advice_for(text));
    return exit_code_of(error);
}

int report_server_failure(const sctpx_server *server, int error)
{
    const char *text = sctpx_server_error_string(server);

    report("%s%s", text[0] != '\0' ? text : sctpx_strerror(error), advice_for(text));
    return exit_code_of(error);
}

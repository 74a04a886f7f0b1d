/* SPDX-License-Identifier: MIT */
/* Standard input and output, as netcat does it. For one session at a time. */
#include <unistd.h>

#include "exit_code.h"
#include "pump.h"
#include "service.h"
#include "session.h"

static void on_end(void *arg, int exit_code)
{
    session_end(arg, exit_code);
}

static void stdio_start(struct session *session)
{
    const struct options *options = session->node->options;
    struct pump *pump = session->state;

    *pump = (struct pump){.runner = &session->node->runner,
                          .socket = session->socket,
                          .options = options,
                          .in_fd = STDIN_FILENO,
                          .out_fd = STDOUT_FILENO,
                          .at_eof = options->eof == AT_EOF_CLOSE ? AT_EOF_CLOSE : AT_EOF_WAIT,
                          .needs_output = true,
                          .on_end = on_end,
                          .arg = session};
    if (pump_start(pump) != EXIT_DONE)
        session_end(session, EXIT_FAILED);
}

static void stdio_finish(struct session *session, int number, int deadline_ms)
{
    pump_interrupt(session->state, number, deadline_ms);
}

static void stdio_release(struct session *session)
{
    pump_release(session->state);
}

const struct service service_stdio = {.state_size = sizeof(struct pump),
                                      .start = stdio_start,
                                      .finish = stdio_finish,
                                      .release = stdio_release};

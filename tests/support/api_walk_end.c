/* SPDX-License-Identifier: MIT */
/* Sockets of a walk, and whether what they are told keeps to the top of <sctpx/socket.h>. */
#include "support/api_walk.h"

#include <string.h>

#include "support/leaping_clock.h"

/* ---- coming in, going out ------------------------------------------------------------------ */

/* What comes after on_state(UNCONNECTED). */
static bool is_of_the_end(const char *what)
{
    return strcmp(what, "on_read_finished") == 0 || strcmp(what, "on_error") == 0 ||
           strcmp(what, "on_send_failed") == 0 || strcmp(what, "on_closed") == 0;
}

static struct walk_end *enter(void *user, const sctpx_socket *socket, const char *what)
{
    struct walk_hat *hat = user;
    struct walk_end *end = hat->end;
    struct walk *walk = end->walk;

    walk_log(walk, "  %u: %s", end->id, what);
    WALK_CHECK(walk, end->socket == socket);
    WALK_CHECK(walk, end->has_callbacks && !end->is_detached && hat->index == end->hat);
    WALK_CHECK(walk, walk->calling == 0);
    WALK_CHECK(walk, walk->depth > 0);
    WALK_CHECK(walk, walk->running[walk->depth - 1] == sctpx_socket_loop(socket));
    WALK_CHECK(walk, end->life);
    WALK_CHECK(walk, end->life->closed == 0);
    WALK_CHECK(walk, !end->life->is_end_told || is_of_the_end(what));
    walk_end_note_tag(end);
    return end;
}

static void leave(struct walk_end *end)
{
    struct walk *walk = end->walk;

    if (walk->is_ending || !walk_chance(walk, 15))
        return;
    do
        walk_act(walk, walk_chance(walk, 70) && end->socket ? end : NULL);
    while (walk_chance(walk, 30));
}

/* ---- the way ------------------------------------------------------------------------------- */

static bool may_follow(const struct walk_life *life, enum sctpx_socket_state state)
{
    enum sctpx_socket_state told = life->told_state;

    switch (state) {
    case SCTPX_UNCONNECTED:
        return true; /* closed is 0 */
    case SCTPX_HOST_LOOKUP:
        return told == SCTPX_UNCONNECTED && !life->is_accepted;
    case SCTPX_CONNECTING:
        return (told == SCTPX_UNCONNECTED || told == SCTPX_HOST_LOOKUP) && !life->is_accepted;
    case SCTPX_CONNECTED:
        return told == SCTPX_CONNECTING;
    case SCTPX_CLOSING:
        return told != SCTPX_CLOSING;
    }
    return false;
}

static void on_state(sctpx_socket *socket, void *user, enum sctpx_socket_state state)
{
    static const char *const names[] = {"on_state unconnected", "on_state lookup",
                                        "on_state connecting", "on_state connected",
                                        "on_state closing"};
    struct walk_end *end = enter(user, socket, names[state]);
    enum sctpx_socket_state now = sctpx_socket_state(socket);

    if (end->life->is_whole)
        WALK_CHECK(end->walk, may_follow(end->life, state));
    WALK_CHECK(end->walk, now == SCTPX_UNCONNECTED || (state != SCTPX_UNCONNECTED && now >= state));
    end->life->told_state = state;
    end->life->is_end_told = state == SCTPX_UNCONNECTED;
    leave(end);
}

static void on_connected(sctpx_socket *socket, void *user)
{
    struct walk_end *end = enter(user, socket, "on_connected");

    WALK_CHECK(end->walk, !end->life->is_accepted && end->life->connected == 0);
    WALK_CHECK(end->walk, sctpx_socket_state(socket) >= SCTPX_CONNECTED);
    if (end->life->is_whole)
        WALK_CHECK(end->walk, end->life->told_state == SCTPX_CONNECTED);
    end->life->connected++;
    leave(end);
}

static void on_peer_shutdown(sctpx_socket *socket, void *user)
{
    struct walk_end *end = enter(user, socket, "on_peer_shutdown");
    struct walk_life *life = end->life;

    WALK_CHECK(end->walk, life->peer_shutdown == 0 && life->read_finished == 0);
    if (life->is_whole)
        WALK_CHECK(end->walk, life->told_state == SCTPX_CLOSING);
    life->peer_shutdown++;
    leave(end);
}

static void on_about_to_close(sctpx_socket *socket, void *user)
{
    struct walk_end *end = enter(user, socket, "on_about_to_close");
    struct walk_life *life = end->life;

    WALK_CHECK(end->walk, life->about_to_close == 0);
    life->about_to_close++;
    leave(end);
}

static void on_read_finished(sctpx_socket *socket, void *user)
{
    struct walk_end *end = enter(user, socket, "on_read_finished");
    struct walk_life *life = end->life;

    WALK_CHECK(end->walk, life->read_finished == 0);
    life->read_finished++;
    leave(end);
}

static void on_error(sctpx_socket *socket, void *user, int error)
{
    struct walk_end *end = enter(user, socket, "on_error");

    walk_log(end->walk, "    %s", sctpx_error_name(error));
    WALK_CHECK(end->walk, error < 0 && error != SCTPX_EPEERSHUTDOWN);
    WALK_CHECK(end->walk, end->life->errors == 0);
    WALK_CHECK(end->walk, sctpx_socket_state(socket) == SCTPX_UNCONNECTED);
    end->life->errors++;
    end->life->error = error;
    leave(end);
}

/* ---- traffic --------------------------------------------------------------------------------- */

static void on_readable(sctpx_socket *socket, void *user, int stream)
{
    struct walk_end *end = enter(user, socket, "on_readable");
    struct walk *walk = end->walk;

    WALK_CHECK(walk, end->life->read_finished == 0);
    WALK_CHECK(walk,
               (stream == SCTPX_ANY_STREAM) == (sctpx_socket_mode(socket) == SCTPX_MODE_BYTES));
    if (end->life->is_whole)
        WALK_CHECK(walk, end->life->told_state == SCTPX_CONNECTED ||
                             end->life->told_state == SCTPX_CLOSING);
    if (walk->is_ending)
        walk_read_all(end);
    else if (walk_chance(walk, 60))
        walk_read(end);
    leave(end);
}

static size_t written_bytes(const struct walk_life *life)
{
    size_t sum = 0;

    for (size_t i = 0; i < WALK_STREAMS; i++)
        sum += life->written[i];
    return sum;
}

static void on_sent(sctpx_socket *socket, void *user, int stream, size_t bytes)
{
    struct walk_end *end = enter(user, socket, "on_sent");
    struct walk_life *life = end->life;

    WALK_CHECK(end->walk, stream >= 0 && stream < SCTPX_MAX_STREAMS && bytes > 0);
    life->sent_bytes += bytes;
    WALK_CHECK(end->walk, life->sent_bytes <= written_bytes(life));
    WALK_CHECK(end->walk, (uintptr_t)sctpx_socket_sent_context(socket) <= life->messages);
    leave(end);
}

static void on_drained(sctpx_socket *socket, void *user)
{
    struct walk_end *end = enter(user, socket, "on_drained");

    WALK_CHECK(end->walk, sctpx_socket_bytes_to_write(socket, SCTPX_ANY_STREAM) == 0);
    end->life->is_wet = false;
    leave(end);
}

static void on_writable(sctpx_socket *socket, void *user)
{
    struct walk_end *end = enter(user, socket, "on_writable");

    if (end->life->is_whole && !end->walk->before_step)
        WALK_CHECK(end->walk, end->life->is_refused);
    end->life->is_refused = false;
    leave(end);
}

static void on_restart(sctpx_socket *socket, void *user)
{
    struct walk_end *end = enter(user, socket, "on_restart");

    end->life->is_muddled = true;
    leave(end);
}

static void on_path(sctpx_socket *socket, void *user, size_t path, enum sctpx_path_change change)
{
    struct walk_end *end = enter(user, socket, "on_path");

    WALK_CHECK(end->walk, path < sctpx_socket_path_count(socket));
    WALK_CHECK(end->walk, change >= SCTPX_PATH_CONFIRMED && change <= SCTPX_PATH_PRIMARY);
    leave(end);
}

static void on_heartbeat(sctpx_socket *socket, void *user, size_t path, sctpx_time rtt_us)
{
    struct walk_end *end = enter(user, socket, "on_heartbeat");

    WALK_CHECK(end->walk, path < sctpx_socket_path_count(socket));
    WALK_CHECK(end->walk, rtt_us < 60u * 1000 * 1000 + leaping_clock_ahead_us());
    leave(end);
}

static void on_remote_error(sctpx_socket *socket, void *user, uint16_t cause)
{
    (void)cause;
    leave(enter(user, socket, "on_remote_error"));
}

static void on_congestion(sctpx_socket *socket, void *user, int level)
{
    struct walk_end *end = enter(user, socket, "on_congestion");

    WALK_CHECK(end->walk, level >= 0 && level <= SCTPX_MAX_CONGESTION_LEVEL);
    WALK_CHECK(end->walk, level != end->told_level);
    end->told_level = level;
    leave(end);
}

/* ---- what became of messages ----------------------------------------------------------------- */

static void on_message(sctpx_socket *socket, void *user, const sctpx_message_report *report)
{
    struct walk_end *end = enter(user, socket, "on_message");
    struct walk_life *life = end->life;
    uintptr_t number = (uintptr_t)report->context;
    bool is_sent = report->outcome == SCTPX_MESSAGE_SENT;

    WALK_CHECK(end->walk, number > 0 && number <= life->messages);
    WALK_CHECK(end->walk, (life->steps[number] & WALK_REPORT_ASKED) != 0);
    WALK_CHECK(end->walk, (life->steps[number] & WALK_REPORT_DONE) == 0);
    WALK_CHECK(end->walk, report->length == life->lengths[number]);
    if (life->is_whole)
        WALK_CHECK(end->walk, is_sent == ((life->steps[number] & WALK_REPORT_SENT) == 0));
    life->steps[number] |= is_sent ? WALK_REPORT_SENT : WALK_REPORT_DONE;
    leave(end);
}

static void on_send_failed(sctpx_socket *socket, void *user, const sctpx_failed_message *message)
{
    struct walk_end *end = enter(user, socket, "on_send_failed");
    struct walk_life *life = end->life;
    const uint8_t *bytes = message->data;
    uintptr_t number = (uintptr_t)message->info.context;

    walk_log(end->walk, "    %zu of %zu bytes on %u", (size_t)number, message->length,
             message->info.stream);
    WALK_CHECK(end->walk, message->error < 0);
    if (life->is_whole && message->error != SCTPX_ERESTARTED)
        WALK_CHECK(end->walk, life->told_state == SCTPX_UNCONNECTED);
    for (size_t i = 0; i < message->length; i++) {
        WALK_CHECK(end->walk, bytes[i] >> 6 == message->info.stream % WALK_STREAMS);
        WALK_CHECK(end->walk, i == 0 || (uint8_t)(bytes[i] - bytes[i - 1] - 1) % 64 == 0);
    }
    if (number > 0) {
        WALK_CHECK(end->walk, number > life->last_failed && number <= life->messages);
        WALK_CHECK(end->walk, message->length == life->lengths[number] ||
                                  (end->walk->before_step && !message->data));
        WALK_CHECK(end->walk, (life->steps[number] & WALK_REPORT_DONE) == 0);
        life->steps[number] |= WALK_REPORT_DONE;
        life->last_failed = (unsigned)number;
    }
    leave(end);
}

/* ---- the end ----------------------------------------------------------------------------------- */

static void check_reports(struct walk_end *end)
{
    for (unsigned i = 1; i <= end->life->messages; i++)
        if (end->life->steps[i] != 0 && (end->life->steps[i] & WALK_REPORT_DONE) == 0)
            walk_fail(end->walk, "socket %u: message %u neither acknowledged nor failed (%u)",
                      end->id, i, end->life->steps[i]);
}

static void on_closed(sctpx_socket *socket, void *user, int error)
{
    struct walk_end *end = enter(user, socket, "on_closed");
    struct walk_life *life = end->life;
    bool is_graceful = error == 0 || error == SCTPX_EPEERSHUTDOWN;

    walk_log(end->walk, "    %s", error ? sctpx_error_name(error) : "0");
    WALK_CHECK(end->walk, sctpx_socket_state(socket) == SCTPX_UNCONNECTED);
    life->closed++;
    if (life->is_whole) {
        WALK_CHECK(end->walk, life->told_state == SCTPX_UNCONNECTED);
        WALK_CHECK(end->walk, life->errors == !is_graceful);
        WALK_CHECK(end->walk, life->error == (is_graceful ? 0 : error));
        WALK_CHECK(end->walk,
                   life->read_finished == 1 || (life->connected == 0 && !life->is_accepted));
        WALK_CHECK(end->walk, error != SCTPX_EPEERSHUTDOWN || life->peer_shutdown == 1);
        if (is_graceful && !life->is_muddled)
            WALK_CHECK(end->walk, life->sent_bytes == written_bytes(life));
        WALK_CHECK(end->walk, !life->wants_about || life->about_to_close == 1);
        WALK_CHECK(end->walk, !is_graceful || !life->is_wet || life->is_muddled);
        check_reports(end);
    }
    if (life->is_drained && is_graceful)
        WALK_CHECK(end->walk, sctpx_socket_bytes_available(socket, SCTPX_ANY_STREAM) == 0);
    if (is_graceful && walk_chance(end->walk, 50))
        walk_read_check_whole(end);
    leave(end);
}

/* ---- ends ---------------------------------------------------------------------------------------- */

void walk_end_set_callbacks(struct walk_end *end, unsigned kind)
{
    static const sctpx_socket_callbacks all = {
        .on_state = on_state,
        .on_connected = on_connected,
        .on_readable = on_readable,
        .on_sent = on_sent,
        .on_drained = on_drained,
        .on_writable = on_writable,
        .on_peer_shutdown = on_peer_shutdown,
        .on_restart = on_restart,
        .on_path = on_path,
        .on_message = on_message,
        .on_send_failed = on_send_failed,
        .on_congestion = on_congestion,
        .on_about_to_close = on_about_to_close,
        .on_read_finished = on_read_finished,
        .on_heartbeat = on_heartbeat,
        .on_remote_error = on_remote_error,
        .on_error = on_error,
        .on_closed = on_closed,
    };
    static const sctpx_socket_callbacks some = {
        .on_readable = on_readable, .on_restart = on_restart, .on_closed = on_closed};

    walk_log(end->walk, "%u: set_callbacks %s", end->id,
             kind == 0   ? "none"
             : kind == 1 ? "some"
                         : "all");
    if (end->life && kind < 2)
        end->life->is_whole = false;
    if (kind < 2) /* a level may be told to nobody */
        end->told_level = -1;
    end->has_callbacks = kind > 0;
    end->is_full = kind == 2;
    end->hat = walk_below(end->walk, 2);
    WALK_CALL(end->walk, sctpx_socket_set_callbacks(end->socket,
                                                    kind == 0   ? NULL
                                                    : kind == 1 ? &some
                                                                : &all,
                                                    &end->hats[end->hat]));
}

struct walk_end *walk_end_new(struct walk *walk, sctpx_socket *socket)
{
    struct walk_end *end = &walk->ends[walk->n_ends];

    WALK_CHECK(walk, walk->n_ends < WALK_ENDS_MAX);
    *end = (struct walk_end){.walk = walk, .id = walk->n_ends, .socket = socket};
    for (unsigned i = 0; i < 2; i++)
        end->hats[i] = (struct walk_hat){.end = end, .index = i};
    walk->n_ends++;
    walk->n_live++;
    return end;
}

void walk_end_begin_life(struct walk_end *end, bool is_accepted)
{
    struct walk *walk = end->walk;
    struct walk_life *life = &walk->lives[walk->n_lives];

    WALK_CHECK(walk, walk->n_lives < WALK_LIVES_MAX);
    walk->n_lives++;
    memset(life, 0, sizeof(*life));
    life->home = sctpx_socket_loop(end->socket);
    life->is_accepted = is_accepted;
    life->is_whole = end->is_full && walk_loop_is_there(walk, life->home);
    life->may_be_silent = !walk_loop_is_there(walk, life->home);
    if (is_accepted)
        life->told_state = SCTPX_CONNECTED;
    end->life = life;
    end->last_length = 0;
    walk_end_note_tag(end);
}

void walk_end_note_tag(struct walk_end *end)
{
    sctpx_assoc_status status;

    if (end->life && end->socket && !end->is_detached &&
        sctpx_socket_status(end->socket, &status) == 0)
        end->life->local_tag = status.local_tag;
}

void walk_end_forget(struct walk_end *end)
{
    end->socket = NULL;
    end->keeper = NULL;
    end->walk->n_live--;
}

struct walk_end *walk_end_pick(struct walk *walk)
{
    if (walk->n_ends == 0)
        return NULL;
    for (unsigned tries = 0; tries < 40; tries++) {
        unsigned back = walk_below(walk, walk->n_ends < 24 ? walk->n_ends : 24);
        struct walk_end *end = &walk->ends[walk->n_ends - 1 - back];

        if (end->socket && !end->keeper)
            return end;
    }
    return NULL;
}

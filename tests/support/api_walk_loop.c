/* SPDX-License-Identifier: MIT */
/* Loops of a walk, and what is called on them. */
#include "support/api_walk.h"

#include "support/leaping_clock.h"

static void on_post(void *arg)
{
    const struct walk_post *post = arg;

    walk_log(post->walk, "  post");
    WALK_CHECK(post->walk, post->walk->calling == 0 && post->walk->depth > 0);
    WALK_CHECK(post->walk, post->walk->running[post->walk->depth - 1] == post->loop);
    if (!post->walk->is_ending)
        walk_act(post->walk, NULL);
}

static void on_timer(sctpx_timer *timer, void *arg)
{
    struct walk *walk = arg;

    walk_log(walk, "  timer");
    WALK_CHECK(walk, walk->timer == timer && walk->calling == 0 && !sctpx_timer_is_running(timer));
    if (!walk->is_ending)
        walk_act(walk, NULL);
}

static void use_timer(struct walk *walk)
{
    if (!walk->timer) {
        walk->timer_loop = walk->loops[walk_below(walk, WALK_LOOPS)];
        if (sctpx_timer_new(walk->timer_loop, on_timer, walk, &walk->timer) < 0)
            walk->timer = NULL;
    } else if (walk_chance(walk, 80)) {
        sctpx_timer_start(walk->timer, walk_below(walk, 2000));
    } else {
        sctpx_timer_free(walk->timer);
        walk->timer = NULL;
    }
}

/* Mostly little; else what has a deadline misses it. */
static void leap(struct walk *walk)
{
    unsigned kind = walk_below(walk, 20);
    uint32_t ms = walk_below(walk, kind == 0 ? 100000 : kind < 5 ? 3000 : 50);

    walk_log(walk, "%u ms later", ms);
    leaping_clock_leap((uint64_t)ms * 1000);
}

/* ---- the end of one ------------------------------------------------------------------------- */

void walk_loop_sweep(struct walk *walk)
{
    for (unsigned i = 0; i < WALK_SERVERS; i++)
        if (walk->hosts[i].server && !sctpx_server_loop(walk->hosts[i].server))
            walk_host_forget_pending(&walk->hosts[i]);
}

/* What was handed to the other loop ends there; of its messages nothing is told. */
void walk_loop_free(struct walk *walk, unsigned i)
{
    sctpx_loop *loop = walk->loops[i];

    for (unsigned k = 0; k < walk->n_lives; k++)
        if (walk->lives[k].home == loop)
            walk->lives[k].is_whole = false;
    if (walk->timer && walk->timer_loop == loop) {
        sctpx_timer_free(walk->timer);
        walk->timer = NULL;
    }
    walk_log(walk, "loop %u is freed", i);
    WALK_CALL(walk, sctpx_loop_free(loop));
    walk_loop_sweep(walk);
}

bool walk_loop_is_there(const struct walk *walk, const sctpx_loop *loop)
{
    for (unsigned i = 0; i < WALK_LOOPS; i++)
        if (walk->loops[i] == loop)
            return true;
    return false;
}

/* Another one takes its place; inside a callback of it, it goes later. */
static void replace(struct walk *walk, unsigned i)
{
    sctpx_loop *loop;
    int r = sctpx_loop_new(&loop);

    WALK_RESULT(walk, r, SCTPX_ENOMEM);
    if (r < 0)
        return;
    walk_loop_free(walk, i);
    walk->loops[i] = loop;
    walk->posts[i].loop = loop;
}

void walk_loop_call(struct walk *walk)
{
    unsigned i = walk_below(walk, WALK_LOOPS), kind = walk_below(walk, 24);
    int r;

    if (kind < 7) {
        WALK_CALL(walk, r = sctpx_loop_post(walk->loops[i], on_post, &walk->posts[i]));
        WALK_RESULT(walk, r, SCTPX_EINVAL);
    } else if (kind < 9) {
        walk_log(walk, "loop_stop");
        WALK_CALL(walk, sctpx_loop_stop(walk->loops[i]));
    } else if (kind < 12) {
        bool is_on = walk_chance(walk, 50);

        walk_log(walk, "set_pcap %d", is_on);
        WALK_CALL(walk, r = sctpx_loop_set_pcap(walk->loops[i], is_on ? "/dev/null" : NULL));
        WALK_RESULT(walk, r, SCTPX_ERESOURCE);
    } else if (kind < 16) {
        use_timer(walk);
    } else if (kind < 20) {
        leap(walk);
    } else if (kind < 22) {
        replace(walk, i);
    } else if (walk->depth < 3) {
        (void)walk_run_once(walk, walk->loops[i], 0);
    }
}

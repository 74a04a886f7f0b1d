/* SPDX-License-Identifier: MIT */
/*
 * Peers that announce addresses which are not theirs: to take over what belongs to another peer
 * (RFC 5062 2.1, address camping) or to have a bystander flooded (2.2, bombing attack).
 */
#include "sim/raw.h"
#include "sim/sim.h"

enum { CLIENT_PORT = 6000 };

/* An ABORT that a host without state sends: the tag is the peer's own, and the T bit says so. */
static void send_reflected_abort(const struct sim_conn *conn, const sctpx_addr *from, uint32_t tag)
{
    sctpx_assoc_status status = sim_status(conn);
    struct pb *pb = pb_new(status.remote_port, status.local_port, tag);
    pb_abort(pb, true);
    pb_end(pb);
    sim_inject_pb(conn->host->sim, from, &conn->host->addrs[0], pb);
    sim_flush(conn->host->sim);
}

/* A host that claims to have another one's address as well. */
static struct sim_host *liar(struct sim *sim, const struct sim_host *owner)
{
    struct sim_host *host = sim_host_new(sim, "liar", 2, NULL);
    host->addrs[1] = owner->addrs[0];
    sim_host_crash(host);
    return host;
}

/* ---- a server that lists another server's address in its INIT ACK --------------------------- */

struct shadow {
    struct sim_host *client, *good, *evil;
    struct sim_conn *to_good, *to_evil;
};

/* From one local port to the same port of both servers. */
static struct shadow shadow(struct sim *sim)
{
    struct shadow s = {
        .client = sim_host_new(sim, "client", 1, NULL),
        .good = sim_host_new(sim, "good", 1, NULL),
    };
    s.evil = liar(sim, s.good);
    sim_listen(s.good, SIM_PORT, NULL);
    sim_listen(s.evil, SIM_PORT, NULL);
    s.to_good = sim_connect_to(s.client, s.good->addrs, 1, SIM_PORT, CLIENT_PORT, NULL);
    sim_run_until_up(s.to_good, SIM_SECOND);
    s.to_evil = sim_connect_to(s.client, s.evil->addrs, 1, SIM_PORT, CLIENT_PORT, NULL);
    sim_run_until_up(s.to_evil, SIM_SECOND);
    const struct sim_record *answer = sim_sent_nth(s.evil, SIM_INIT_ACK, 0);
    assert_true(answer->length > sim_sent_nth(s.good, SIM_INIT_ACK, 0)->length);
    return s;
}

/* covers: 5062/2-1 */
static void test_attack_camping_listing_anothers_address_does_not_take_it(void **state)
{
    struct sim *sim = *state;
    struct shadow s = shadow(sim);
    assert_int_equal(sim_status(s.to_evil).paths, 1);
    sim_send(s.to_good, 0, 3000);
    sim_send(s.to_evil, 0, 3000);
    sim_run_until_received(sim_accepted(s.good, 0), 1, SIM_SECOND);
    sim_run_until_received(sim_accepted(s.evil, 0), 1, SIM_SECOND);
    sim_finish(sim);
}

/* 8.5.1 B: found by address and ports, so these must lead to the association with G. */
/* covers: 5062/2-1 */
static void test_attack_camping_reflected_abort_ends_the_owners_association(void **state)
{
    struct sim *sim = *state;
    struct shadow s = shadow(sim);
    send_reflected_abort(s.to_good, &s.good->addrs[0], sim_status(s.to_good).remote_tag);
    assert_true(s.to_good->is_closed);
    assert_int_equal(s.to_good->error, SCTPX_EPEERABORT);
    assert_int_equal(sim_state(s.to_evil), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* covers: 5062/2-1 */
static void test_attack_camping_restart_reaches_the_owners_association(void **state)
{
    struct sim *sim = *state;
    struct shadow s = shadow(sim);
    sim_host_crash(s.good);
    struct sim_conn *again =
        sim_connect_to(s.good, s.client->addrs, 1, CLIENT_PORT, SIM_PORT, NULL);
    sim_run_until_up(again, SIM_SECOND);
    assert_int_equal(sim_event_count(s.client, SCTPX_EVENT_RESTARTED), 1);
    assert_ptr_equal(sim_event(s.client, SCTPX_EVENT_RESTARTED, 0)->conn, s.to_good);
    sim_send(again, 0, 500);
    sim_run_until_received(s.to_good, 1, SIM_SECOND);
    assert_int_equal(s.to_evil->received_messages, 0);
    assert_int_equal(sim_state(s.to_evil), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* ---- camping on an address whose owner is not there yet -------------------------------------- */

struct camp {
    struct sim_host *server, *owner, *camper;
    struct sim_conn *from_camper; /* the server's handle */
};

/* The camper is up with the owner's address in its list, and that address is silent. */
static struct camp camp(struct sim *sim)
{
    struct camp c = {
        .server = sim_host_new(sim, "server", 1, NULL),
        .owner = sim_host_new(sim, "owner", 1, NULL),
    };
    c.camper = liar(sim, c.owner);
    sim_listen(c.server, SIM_PORT, NULL);
    sim_set_address_down(sim, &c.owner->addrs[0], true);
    struct sim_conn *conn =
        sim_connect_to(c.camper, c.server->addrs, 1, SIM_PORT, CLIENT_PORT, NULL);
    sim_run_until_up(conn, SIM_SECOND);
    c.from_camper = sim_accepted(c.server, 0);
    assert_int_equal(sim_status(c.from_camper).paths, 2);
    return c;
}

static void run_until_given_up(struct camp *c)
{
    size_t path = sim_path_to(c->from_camper, &c->owner->addrs[0]);
    sim_run_for(c->server->sim, 600 * SIM_SECOND);
    assert_false(sim_path(c->from_camper, path).confirmed);
    assert_false(sim_path(c->from_camper, path).active);
    assert_int_equal(sim_state(c->from_camper), SCTPX_ESTABLISHED);
}

/* RFC 5062 2.1.1: the owner comes, and is not kept out, nor given to the camper's handle. */
/* covers: 5062/2-2 */
static void test_attack_camping_ends_when_the_address_never_answers(void **state)
{
    struct sim *sim = *state;
    struct camp c = camp(sim);
    run_until_given_up(&c);
    sim_set_address_down(sim, &c.owner->addrs[0], false);
    struct sim_conn *conn =
        sim_connect_to(c.owner, c.server->addrs, 1, SIM_PORT, CLIENT_PORT, NULL);
    sim_run_until_up(conn, SIM_SECOND);
    assert_int_equal(sim_event_count(c.server, SCTPX_EVENT_RESTARTED), 0);
    struct sim_conn *from_owner = sim_accepted(c.server, 1);
    sim_send(conn, 0, 500);
    sim_run_until_received(from_owner, 1, SIM_SECOND);
    assert_int_equal(c.from_camper->received_messages, 0);
    /* Neither end disturbs the other's, for as long as both last. */
    sim_run_for(sim, 600 * SIM_SECOND);
    send_reflected_abort(from_owner, &c.owner->addrs[0], sim_status(from_owner).remote_tag);
    assert_true(from_owner->is_closed);
    assert_int_equal(sim_state(c.from_camper), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* An owner that is there before: its answer to the probe (8.4 8) ends the camper's association. */
/* covers: 5062/2-2 */
static void test_attack_camping_ends_when_the_owner_answers_a_probe(void **state)
{
    struct sim *sim = *state;
    struct camp c = camp(sim);
    sim_set_address_down(sim, &c.owner->addrs[0], false);
    sim_run_until_closed(c.from_camper, 60 * SIM_SECOND);
    assert_int_equal(c.from_camper->error, SCTPX_EPEERABORT);
    struct sim_conn *conn =
        sim_connect_to(c.owner, c.server->addrs, 1, SIM_PORT, CLIENT_PORT, NULL);
    sim_run_until_up(conn, SIM_SECOND);
    sim_finish(sim);
}

/* No camper but a peer whose second link was down at first: given up, but not for good. */
/* covers: 5062/2-2 */
static void test_attack_camping_given_up_address_is_claimed_when_it_answers(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 2, NULL), *b = sim_host_new(sim, "b", 1, NULL);
    sim_set_address_down(sim, &a->addrs[1], true);
    struct sim_pair pair = sim_pair_hosts(a, b, NULL);
    size_t path = sim_path_to(pair.ba, &a->addrs[1]);
    sim_run_for(sim, 600 * SIM_SECOND);
    assert_false(sim_path(pair.ba, path).active);
    uint32_t tag = sim_status(pair.ba).remote_tag;
    send_reflected_abort(pair.ba, &a->addrs[1], tag); /* nobody's address now */
    assert_int_equal(sim_state(pair.ba), SCTPX_ESTABLISHED);
    sim_set_address_down(sim, &a->addrs[1], false);
    sim_run_for(sim, 200 * SIM_SECOND);
    assert_true(sim_path(pair.ba, path).confirmed);
    assert_true(sim_path(pair.ba, path).active);
    assert_int_equal(sim_event_count(b, SCTPX_EVENT_PATH_UP), 1);
    sim_set_address_down(sim, &a->addrs[0], true); /* and it carries what is sent */
    sim_send_load(pair.ba, (struct sim_load){.count = 50, .min_bytes = 1000});
    sim_run_until_received(pair.ab, 50, 600 * SIM_SECOND);
    send_reflected_abort(pair.ba, &a->addrs[1], tag);
    assert_true(pair.ba->is_closed);
    sim_finish(sim);
}

/* A packet with the right tag from another UDP port of an address: the path follows (RFC 6951 5.4). */
static void hear_from(const struct sim_conn *conn, const sctpx_addr *from, uint16_t udp_port)
{
    sctpx_addr moved = *from;
    moved.udp_port = udp_port;
    struct pb *pb = sim_peer_packet(conn);
    pb_heartbeat(pb, "here", 4);
    assert_int_equal(sim_inject_pb(conn->host->sim, &moved, &conn->host->addrs[0], pb), 0);
    sim_flush(conn->host->sim);
    assert_int_equal(sim_path(conn, sim_path_to(conn, from)).remote.udp_port, udp_port);
}

/*
 * It answers when somebody else has associated from there: it is confirmed for its old association,
 * but packets from there stay the newcomer's, also when the UDP port (RFC 6951 5.4) changes.
 * covers: 5062/2-2
 */
static void test_attack_camping_given_up_address_is_not_taken_back(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 2, NULL), *b = sim_host_new(sim, "b", 1, NULL);
    sim_set_address_down(sim, &a->addrs[1], true);
    struct sim_pair pair = sim_pair_hosts(a, b, NULL);
    sim_run_for(sim, 600 * SIM_SECOND);
    struct sim_raw newcomer = sim_raw_new(b, 1);
    newcomer.addr = a->addrs[1];
    newcomer.port = sim_status(pair.ba).remote_port;
    sim_raw_connect(&newcomer);
    sim_set_address_down(sim, &a->addrs[1], false);
    sim_run_for(sim, 200 * SIM_SECOND);
    assert_true(sim_path(pair.ba, sim_path_to(pair.ba, &a->addrs[1])).confirmed);
    hear_from(pair.ba, &a->addrs[1], 40000);
    hear_from(pair.ba, &a->addrs[1], SIM_UDP_PORT);
    send_reflected_abort(newcomer.conn, &a->addrs[1], newcomer.tag);
    assert_true(newcomer.conn->is_closed);
    assert_int_equal(sim_state(pair.ba), SCTPX_ESTABLISHED);
    hear_from(pair.ba, &a->addrs[1], SIM_UDP_PORT); /* nobody else's now: it is claimed */
    send_reflected_abort(pair.ba, &a->addrs[1], sim_status(pair.ba).remote_tag);
    assert_true(pair.ba->is_closed);
    sim_finish(sim);
}

/* Two peers behind one translator differ in the UDP port alone: neither can have the other's. */
/* covers: 5062/2-1 */
static void test_attack_camping_on_anothers_udp_port(void **state)
{
    struct sim *sim = *state;
    struct sim_host *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_raw good = sim_raw_new(b, 1), evil = sim_raw_new(b, 2);
    evil.port = good.port;
    evil.addr = good.addr;
    evil.addr.udp_port = 40000;
    sim_raw_connect(&good);
    sim_raw_connect(&evil);
    assert_ptr_not_equal(good.conn, evil.conn);
    hear_from(evil.conn, &good.addr, good.addr.udp_port);
    send_reflected_abort(good.conn, &good.addr, good.tag);
    assert_true(good.conn->is_closed);
    assert_int_equal(sim_state(evil.conn), SCTPX_ESTABLISHED);
    sim_finish(sim);
}

/* ---- bombing --------------------------------------------------------------------------------- */

/*
 * Who got one address of a dead host restarts its association and lists the other one, which is a
 * bystander's by now: that the old peer confirmed it counts no longer, so no data goes there.
 * covers: 5062/5-1
 */
static void test_attack_bombing1_restart_with_an_address_confirmed_before(void **state)
{
    struct sim *sim = *state;
    struct sim_host *a = sim_host_new(sim, "a", 2, NULL), *b = sim_host_new(sim, "b", 1, NULL);
    sim_listen(b, SIM_PORT, NULL);
    struct sim_conn *ab = sim_connect_to(a, b->addrs, 1, SIM_PORT, CLIENT_PORT, NULL);
    sim_run_for(sim, 60 * SIM_SECOND);
    struct sim_conn *ba = sim_accepted(b, 0);
    size_t other = sim_path_to(ba, &a->addrs[1]);
    assert_true(sim_path(ba, other).confirmed);
    sim_set_address_down(sim, &a->addrs[1], true);
    sim_host_crash(a);
    ab = sim_connect_to(a, b->addrs, 1, SIM_PORT, CLIENT_PORT, NULL);
    sim_run_until_up(ab, SIM_SECOND);
    assert_int_equal(ba->restarts, 1);
    other = sim_path_to(ba, &a->addrs[1]);
    assert_false(sim_path(ba, other).confirmed);
    size_t mark = sim_mark(sim);
    sim_set_address_down(sim, &a->addrs[0], true); /* what the attacker acknowledges no more */
    sim_send_load(ba, (struct sim_load){.count = 500, .min_bytes = 1400});
    sim_run_until_closed(ba, 3600 * SIM_SECOND);
    assert_int_equal(ba->error, SCTPX_ELOST);
    struct sim_query data = {.from = b, .to = a->addrs[1], .since = mark};
    assert_int_equal(sim_count(sim, data), 0);
    data.to = a->addrs[0];
    assert_true(sim_count(sim, data) > 0);
    sim_finish(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sim_unit_test(test_attack_camping_listing_anothers_address_does_not_take_it),
        sim_unit_test(test_attack_camping_reflected_abort_ends_the_owners_association),
        sim_unit_test(test_attack_camping_restart_reaches_the_owners_association),
        sim_unit_test(test_attack_camping_ends_when_the_address_never_answers),
        sim_unit_test(test_attack_camping_ends_when_the_owner_answers_a_probe),
        sim_unit_test(test_attack_camping_given_up_address_is_claimed_when_it_answers),
        sim_unit_test(test_attack_camping_given_up_address_is_not_taken_back),
        sim_unit_test(test_attack_camping_on_anothers_udp_port),
        sim_unit_test(test_attack_bombing1_restart_with_an_address_confirmed_before),
    };
    return cmocka_run_group_tests_name("scenario.attack_address", tests, NULL, NULL);
}

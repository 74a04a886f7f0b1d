/* SPDX-License-Identifier: MIT */
/*
 * What every command works with: the runner with its loop, tracing, and servers and sockets made
 * as the options say. Everything here reports its failures itself and returns an exit code.
 */
#ifndef CLI_NODE_H
#define CLI_NODE_H

#include <sctpx/server.h>
#include <sctpx/socket.h>

#include "options.h"
#include "packet_trace.h"
#include "runner.h"

struct node {
    const struct options *options;
    struct runner runner;
    struct packet_trace packets;
};

int node_open(struct node *node, const struct options *options);

/* When all servers and sockets are freed. */
void node_close(struct node *node);

/* A socket, bound if the options say so. */
int node_new_socket(struct node *node, sctpx_socket **ret_socket);

/* Starts to connect to the host and port of the options. */
int node_connect(struct node *node, sctpx_socket *socket);

/* A server that listens, with this backlog if the options have none; says so on standard error. */
int node_listen(struct node *node, int backlog, const sctpx_server_callbacks *callbacks, void *user,
                sctpx_server **ret_server);

#endif

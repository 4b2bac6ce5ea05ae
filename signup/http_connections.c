/* SPDX-License-Identifier: MIT */
#include "http_connections.h"

#include "base/clock.h"
#include "base/memory.h"
#include "throttle.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

struct http_connection {
	struct http_connection *next, **link;
	int fd;
	struct ip client, network; /* version 0: it has none */
	enum http_connection_state state;
	int64_t since_ms;
};

struct http_connections {
	pthread_mutex_t lock; /* of all of them */
	struct http_connection *first;
	unsigned busy;
};

struct http_connections *
http_connections_new(void)
{
	struct http_connections *connections =
	    memory_zeroed(1, sizeof(*connections));

	pthread_mutex_init(&connections->lock, NULL);
	return connections;
}

void
http_connections_free(struct http_connections *connections)
{
	if (connections == NULL)
		return;
	pthread_mutex_destroy(&connections->lock);
	free(connections);
}

struct http_connection *
http_connection_new(struct http_connections *connections, const char *peer,
    int fd)
{
	struct http_connection *connection =
	    memory_zeroed(1, sizeof(*connection));

	connection->fd = fd;
	if (peer != NULL) {
		connection->client = throttle_network(peer, false);
		connection->network = throttle_network(peer, true);
	}
	connection->since_ms = clock_ms();
	pthread_mutex_lock(&connections->lock);
	connection->next = connections->first;
	connection->link = &connections->first;
	if (connection->next != NULL)
		connection->next->link = &connection->next;
	connections->first = connection;
	pthread_mutex_unlock(&connections->lock);
	return connection;
}

void
http_connection_free(struct http_connections *connections,
    struct http_connection *connection)
{
	if (connection == NULL)
		return;
	pthread_mutex_lock(&connections->lock);
	*connection->link = connection->next;
	if (connection->next != NULL)
		connection->next->link = connection->link;
	connections->busy -= connection->state != HTTP_CONNECTION_IDLE;
	pthread_mutex_unlock(&connections->lock);
	free(connection);
}

void
http_connection_enter(struct http_connections *connections,
    struct http_connection *connection, enum http_connection_state state)
{
	pthread_mutex_lock(&connections->lock);
	connections->busy -= connection->state != HTTP_CONNECTION_IDLE;
	connections->busy += state != HTTP_CONNECTION_IDLE;
	connection->state = state;
	connection->since_ms = clock_ms();
	pthread_mutex_unlock(&connections->lock);
}

/* As long as we work for it, it waits for us. */
static const int64_t times_ms[] = {
    [HTTP_CONNECTION_IDLE] = HTTP_CONNECTIONS_HEADER_MS,
    [HTTP_CONNECTION_BEGUN] = HTTP_CONNECTIONS_REQUEST_MS,
    [HTTP_CONNECTION_SERVED] = INT64_MAX,
    [HTTP_CONNECTION_ANSWERED] = HTTP_CONNECTIONS_ANSWER_MS,
};

void
http_connections_hurry(struct http_connections *connections)
{
	int64_t now = clock_ms();

	pthread_mutex_lock(&connections->lock);
	for (struct http_connection *c = connections->first; c != NULL;
	     c = c->next)
		if (now - c->since_ms > times_ms[c->state])
			shutdown(c->fd, SHUT_RDWR);
	pthread_mutex_unlock(&connections->lock);
}

unsigned
http_connections_busy(struct http_connections *connections)
{
	unsigned busy;

	pthread_mutex_lock(&connections->lock);
	busy = connections->busy;
	pthread_mutex_unlock(&connections->lock);
	return busy;
}

bool
http_connections_has_room(struct http_connections *connections,
    const char *peer, unsigned most)
{
	struct ip client = throttle_network(peer, false),
		  network = throttle_network(peer, true);
	unsigned of_client = 0, of_network = 0;

	pthread_mutex_lock(&connections->lock);
	for (struct http_connection *c = connections->first; c != NULL;
	     c = c->next) {
		of_client += ip_equal(&c->client, &client);
		of_network += ip_equal(&c->network, &network);
	}
	pthread_mutex_unlock(&connections->lock);
	return of_client <= most / HTTP_CONNECTIONS_CLIENT_PART &&
	       of_network <= most / HTTP_CONNECTIONS_NETWORK_PART;
}

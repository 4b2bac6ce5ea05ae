/* SPDX-License-Identifier: MIT */
/*
 * net_metrics - counters of DNS and of connections.
 */
#pragma once

#include "base/metric.h"

/* Cells of net_dns_answers: where an answer came from. */
enum {
	NET_DNS_CACHE,
	NET_DNS_SHARED, /* another request had asked already */
	NET_DNS_SERVER
};

/* Cells of net_dns_queries: how a question to a server ended. */
enum {
	NET_DNS_ANSWERED,
	NET_DNS_NOTHING, /* no such name, or no such record */
	NET_DNS_TIMEOUT,
	NET_DNS_FAILED
};

/* Cells of net_connections_ended. */
enum {
	NET_CONNECTION_OVER,
	NET_CONNECTION_FOR_ROOM /* idle longest when there was no room */
};

extern struct metric_family net_dns_answers, net_dns_queries;
extern struct metric_family net_connections, net_connections_ended;

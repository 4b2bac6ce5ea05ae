/* SPDX-License-Identifier: MIT */
#include "store/limit_key.h"

#include "base/ip.h"

static const char *
limit_key(struct arena *a, const char *what, const char *who,
    const char *client, unsigned bits_4, unsigned bits_6)
{
	struct ip ip;
	unsigned bits;

	if (client == NULL || !ip_parse(client, &ip))
		return arena_printf(a, "%s:%s:unknown", what, who);
	bits = ip.version == 6 ? bits_6 : bits_4;
	ip = ip_network(&ip, bits);
	if (bits == 32)
		return arena_printf(a, "%s:%s:%s", what, who, ip_text(a, &ip));
	return arena_printf(a, "%s:%s:%s/%u", what, who, ip_text(a, &ip), bits);
}

/* A client with one IPv6 address has the whole /64 around it. */
const char *
limit_key_of_client(struct arena *a, const char *what, const char *client)
{
	return limit_key(a, what, "client", client, 32, 64);
}

/* A client with a network of its own has mostly no more than that. */
const char *
limit_key_of_network(struct arena *a, const char *what, const char *client)
{
	return limit_key(a, what, "network", client, 24, 48);
}

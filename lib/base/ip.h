/* SPDX-License-Identifier: MIT */
/*
 * ip - IPv4 and IPv6 addresses, and networks of them.
 *
 * An IPv4-mapped IPv6 address (::ffff:192.0.2.1) is read as the IPv4 address
 * it stands for: to policy the two are the same client.
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct ip {
	uint8_t version;   /* 4 or 6; 0: no address */
	uint8_t bytes[16]; /* network order; the first 4 of an IPv4 address */
};

struct ip_net {
	struct ip ip;
	unsigned bits;
};

/* Reads "192.0.2.1" or "2001:db8::1"; false if text is neither. */
bool ip_parse(const char *text, struct ip *out);

/* Reads "ADDRESS" or "ADDRESS/BITS"; bits past the mask must be zero, as a
   network written otherwise is a slip of the pen. */
bool ip_net_parse(const char *text, struct ip_net *out);

/* The network of so many bits that it is in: the rest becomes zero. */
struct ip ip_network(const struct ip *ip, unsigned bits);

char *ip_text(struct arena *a, const struct ip *ip);
bool ip_equal(const struct ip *x, const struct ip *y);
bool ip_is_loopback(const struct ip *ip);
bool ip_net_has(const struct ip_net *net, const struct ip *ip);

/* The name under which DNS lists know the address (RFC 5782 2.1 and 2.4):
   "1.2.0.192", or 32 nibbles "1.0.0.0....1.0.0.2". */
char *ip_reversed(struct arena *a, const struct ip *ip);
/* The name that has its PTR record: "1.2.0.192.in-addr.arpa". */
const char *ip_pointer_name(struct arena *a, const struct ip *ip);

/* SPDX-License-Identifier: MIT */
#include "base/ip.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

bool
ip_parse(const char *text, struct ip *out)
{
	*out = (struct ip){0};
	if (inet_pton(AF_INET, text, out->bytes) == 1) {
		out->version = 4;
		return true;
	}
	if (inet_pton(AF_INET6, text, out->bytes) != 1)
		return false;
	out->version = 6;
	if (memcmp(out->bytes, mapped, sizeof(mapped)) == 0) {
		out->version = 4;
		memmove(out->bytes, out->bytes + 12, 4);
		memset(out->bytes + 4, 0, 12);
	}
	return true;
}

static bool
ip_bit(const struct ip *ip, unsigned i)
{
	return (ip->bytes[i / 8] >> (7 - i % 8)) & 1;
}

bool
ip_net_parse(const char *text, struct ip_net *out)
{
	char address[INET6_ADDRSTRLEN];
	const char *slash = strchrnul(text, '/');
	size_t len = (size_t)(slash - text);
	unsigned most, bits, before = 0;
	char *end;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!ip_parse(address, &out->ip))
		return false;
	most = out->ip.version == 4 ? 32 : 128;
	if (out->ip.version == 4 && strchr(address, ':') != NULL)
		before = 96; /* counted in the length of a mapped network */
	out->bits = most;
	if (*slash == '\0')
		return true;
	if (slash[1] < '0' || slash[1] > '9' || strlen(slash) > 4)
		return false;
	bits = (unsigned)strtoul(slash + 1, &end, 10);
	if (*end != '\0' || bits < before || bits - before > most)
		return false;
	out->bits = bits - before;
	for (unsigned i = out->bits; i < most; i++)
		if (ip_bit(&out->ip, i))
			return false;
	return true;
}

/* inet_ntop takes as long as printf, and every request asks for this text. */
static char *
ipv4_text(struct arena *a, const struct ip *ip, bool reversed)
{
	char text[INET_ADDRSTRLEN], *end = text;

	for (size_t i = 0; i < 4; i++) {
		end = str_put_decimal(end, ip->bytes[reversed ? 3 - i : i]);
		*end++ = '.';
	}
	return arena_copy_bytes(a, text, (size_t)(end - 1 - text));
}

struct ip
ip_network(const struct ip *ip, unsigned bits)
{
	struct ip net = *ip;

	for (unsigned i = bits; i < 8 * sizeof(net.bytes); i++)
		net.bytes[i / 8] &= (uint8_t) ~(0x80u >> i % 8);
	return net;
}

char *
ip_text(struct arena *a, const struct ip *ip)
{
	char text[INET6_ADDRSTRLEN] = "unknown";

	if (ip->version == 4)
		return ipv4_text(a, ip, false);
	if (ip->version == 6)
		inet_ntop(AF_INET6, ip->bytes, text, sizeof(text));
	return arena_copy_text(a, text);
}

bool
ip_equal(const struct ip *x, const struct ip *y)
{
	return x->version == y->version && memcmp(x->bytes, y->bytes, 16) == 0;
}

bool
ip_is_loopback(const struct ip *ip)
{
	static const uint8_t one[16] = {[15] = 1};

	if (ip->version == 4)
		return ip->bytes[0] == 127;
	return ip->version == 6 && memcmp(ip->bytes, one, sizeof(one)) == 0;
}

bool
ip_net_has(const struct ip_net *net, const struct ip *ip)
{
	if (net->ip.version != ip->version)
		return false;
	for (unsigned i = 0; i < net->bits; i++)
		if (ip_bit(&net->ip, i) != ip_bit(ip, i))
			return false;
	return true;
}

char *
ip_reversed(struct arena *a, const struct ip *ip)
{
	static const char digits[] = "0123456789abcdef";
	char *text, *end;

	if (ip->version == 4)
		return ipv4_text(a, ip, true);
	text = end = arena_take(a, 64);
	for (size_t i = 16; i-- > 0;) {
		*end++ = digits[ip->bytes[i] & 15];
		*end++ = '.';
		*end++ = digits[ip->bytes[i] >> 4];
		*end++ = '.';
	}
	end[-1] = '\0';
	return text;
}

const char *
ip_pointer_name(struct arena *a, const struct ip *ip)
{
	return arena_printf(a, "%s.%s", ip_reversed(a, ip),
	    ip->version == 4 ? "in-addr.arpa" : "ip6.arpa");
}

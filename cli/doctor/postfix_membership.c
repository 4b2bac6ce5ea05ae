/* SPDX-License-Identifier: MIT */
#include "postfix_membership.h"

#include "base/ip.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

/* Providers give a site at most so much: of IPv4 a few thousand addresses, of
   IPv6 a /48, with room for those that got more. */
#define SITE_BITS_4 20
#define SITE_BITS_6 40
#define ALL_BITS_4  7
#define ALL_BITS_6  15

static bool
domain_fits(const char *entry, const char *domain, bool parents)
{
	if (entry[0] == '.')
		return str_ends_fold(domain, entry);
	if (str_equal_fold(entry, domain))
		return true;
	if (!parents || !str_ends_fold(domain, entry))
		return false;
	return domain[strlen(domain) - strlen(entry) - 1] == '.';
}

/* The first entry that fits decides; "!" before it says no. */
const char *
postfix_domain_entry(struct arena *a, const struct postfix_list *list,
    const char *domain, bool parents, postfix_look_up *look_up, void *context)
{
	(void)a;
	for (size_t i = 0; i < list->n; i++) {
		const char *entry = list->words[i], *value;
		bool no = false, fits;

		while (*entry == '!') {
			no = !no;
			entry++;
		}
		fits = *entry == '/' || postfix_is_table(entry)
			   ? look_up(context, entry, domain, &value) == RC_OK
			   : domain_fits(entry, domain, parents);
		if (fits)
			return no ? NULL : list->words[i];
	}
	return NULL;
}

static bool
ip_is_private(const struct ip *ip)
{
	static const char *const nets[] = {"10.0.0.0/8", "172.16.0.0/12",
	    "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
	    "fc00::/7", "fe80::/10", "::1/128"};

	for (size_t i = 0; i < sizeof(nets) / sizeof(*nets); i++) {
		struct ip_net net;

		if (ip_net_parse(nets[i], &net) && ip_net_has(&net, ip))
			return true;
	}
	return false;
}

/* "[2001:db8::]/32" and "192.0.2.0/24"; host bits count for nothing. */
static bool
network_split(struct arena *a, const char *entry, struct ip *ip, unsigned *bits)
{
	char *text = arena_copy_text(a, entry), *slash = strrchr(text, '/');
	size_t len;

	if (slash != NULL)
		*slash = '\0';
	len = strlen(text);
	if (text[0] == '[' && text[len - 1] == ']') {
		text[len - 1] = '\0';
		text++;
	}
	if (!ip_parse(text, ip))
		return false;
	*bits = slash != NULL      ? (unsigned)strtoul(slash + 1, NULL, 10)
		: ip->version == 4 ? 32
				   : 128;
	/* Of "::ffff:192.0.2.0/120", which is read as IPv4. */
	if (ip->version == 4 && slash != NULL && strchr(text, ':') != NULL)
		*bits -= *bits < 96 ? *bits : 96;
	return true;
}

enum postfix_breadth
postfix_network_breadth(struct arena *a, const char *entry)
{
	struct ip ip;
	unsigned bits;

	if (!network_split(a, entry, &ip, &bits))
		return POSTFIX_NARROW;
	if (bits <= (ip.version == 4 ? ALL_BITS_4 : ALL_BITS_6) &&
	    !(ip.version == 6 && ip_is_private(&ip)))
		return POSTFIX_ALL;
	return bits < (ip.version == 4 ? SITE_BITS_4 : SITE_BITS_6) &&
		       !ip_is_private(&ip)
		   ? POSTFIX_BROAD
		   : POSTFIX_NARROW;
}

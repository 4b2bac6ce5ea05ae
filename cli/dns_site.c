/* SPDX-License-Identifier: MIT */
#include "dns_site.h"

#include "public_address.h"

#include "base/clock.h"

#include <ifaddrs.h>
#include <linux/if_addr.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ADDRESSES_MAX 32

/* As getifaddrs does not tell: from the kernel's own table. */
#define IF_INET6 "/proc/net/if_inet6"

/* Is it one that the kernel will give up, or has? */
static bool
site_address_passes(const struct ip *ip)
{
	FILE *table = ip->version == 6 ? fopen(IF_INET6, "re") : NULL;
	char wanted[33], text[33];
	unsigned flags;
	bool found = false;

	if (table == NULL)
		return false;
	for (size_t i = 0; i < 16; i++)
		snprintf(wanted + 2 * i, 3, "%02x", ip->bytes[i]);
	while (!found &&
	       fscanf(table, "%32s %*s %*s %*s %x %*s", text, &flags) == 2)
		found = strcmp(text, wanted) == 0 &&
			(flags & (IFA_F_TEMPORARY | IFA_F_DEPRECATED)) != 0;
	fclose(table);
	return found;
}

static bool
site_read_interface(const struct sockaddr *address, struct ip *out)
{
	*out = (struct ip){0};
	if (address != NULL && address->sa_family == AF_INET) {
		out->version = 4;
		memcpy(out->bytes,
		    &((const struct sockaddr_in *)(const void *)address)
			 ->sin_addr,
		    4);
	} else if (address != NULL && address->sa_family == AF_INET6) {
		out->version = 6;
		memcpy(out->bytes,
		    &((const struct sockaddr_in6 *)(const void *)address)
			 ->sin6_addr,
		    16);
	}
	return out->version != 0 && public_address_is(out) &&
	       !site_address_passes(out);
}

static size_t
site_addresses_of_interfaces(struct ip *out)
{
	struct ifaddrs *all = NULL;
	size_t n = 0;

	if (getifaddrs(&all) != 0)
		return 0;
	for (const struct ifaddrs *one = all; one != NULL && n < ADDRESSES_MAX;
	     one = one->ifa_next)
		if (site_read_interface(one->ifa_addr, &out[n]))
			n++;
	freeifaddrs(all);
	return n;
}

static enum rc
site_addresses_given(const struct invocation *in, struct ip *out, size_t *n,
    struct err *err)
{
	*n = 0;
	for (size_t i = 0; i < in->n_given; i++) {
		if (in->given[i].id != OPTION_ADDRESS)
			continue;
		if (*n == ADDRESSES_MAX ||
		    !ip_parse(in->given[i].value, &out[*n]))
			return err_set(err, RC_PERM,
			    "--address %s: expected an address",
			    in->given[i].value);
		++*n;
	}
	return RC_OK;
}

/* RFC 8461 3.1: letters and digits; another one with each change. */
static const char *
site_policy_id(struct arena *a)
{
	time_t now = clock_now();
	struct tm tm;
	char id[20];

	gmtime_r(&now, &tm);
	strftime(id, sizeof(id), "%Y%m%d%H%M%S", &tm);
	return arena_copy_text(a, id);
}

static void
site_read_names(const struct invocation *in, struct dns_wanted_of *out)
{
	const struct settings *s = in->settings;
	const struct srs *srs = s->return_path.srs;
	size_t n = srs == NULL ? 0 : srs->n_domains;
	const char **ours = arena_take_array(in->arena, n + 1, sizeof(*ours));

	for (size_t i = 0; i < n; i++)
		ours[i] = srs->domains[i];
	if (s->authors.domain != NULL)
		ours[n++] = s->authors.domain;
	out->host = s->hostname;
	out->policy_id = site_policy_id(in->arena);
	out->domains = s->forwards.domains;
	out->n_domains = s->forwards.n_domains;
	out->ours = ours;
	out->n_ours = n;
}

enum rc
dns_site_read(const struct invocation *in, struct dns_wanted_of *out,
    struct err *err)
{
	struct ip *addresses =
	    arena_take_array(in->arena, ADDRESSES_MAX, sizeof(*addresses));
	enum rc rc =
	    site_addresses_given(in, addresses, &out->n_addresses, err);

	if (rc == RC_OK && out->n_addresses == 0)
		out->n_addresses = site_addresses_of_interfaces(addresses);
	out->addresses = addresses;
	site_read_names(in, out);
	return rc;
}

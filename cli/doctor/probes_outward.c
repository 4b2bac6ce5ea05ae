/* SPDX-License-Identifier: MIT */
#include "probes_outward.h"

#include "dns_facts.h"
#include "greeting.h"

#include "base/clock.h"
#include "base/str.h"

#include <string.h>

/* Whose mail servers are always there.  They are greeted, and told nothing. */
static const char *const providers[] = {
    "gmail.com", "outlook.com", "yahoo.com", "gmx.net"};

#define PROVIDERS (sizeof(providers) / sizeof(*providers))

/* The first address of a provider's first MX; NULL: it is not known. */
static const struct ip *
outward_address(const struct probe_run *run, const struct dns_facts *facts,
    const char *provider)
{
	const struct dns_query *mx = dns_facts_of(facts, provider, DNS_MX);
	const struct ip *all;
	size_t n;

	if (mx->rc != RC_OK)
		return NULL;
	all = dns_facts_addresses(facts, run->arena, mx->records[0].name, &n);
	return n == 0 ? NULL : &all[0];
}

static void
outward_look_up(const struct probe_run *run, struct dns_facts *facts)
{
	int64_t each = run->settings->policy.deadline_ms;

	for (size_t i = 0; i < PROVIDERS; i++)
		dns_facts_add(facts, run->arena, providers[i], DNS_MX);
	dns_facts_ask(facts, run->arena, run->dns, clock_ms() + each);
	for (size_t i = 0; i < PROVIDERS; i++) {
		const struct dns_query *mx =
		    dns_facts_of(facts, providers[i], DNS_MX);
		const char *name = mx->rc == RC_OK ? mx->records[0].name : "";

		if (name[0] != '\0')
			dns_facts_add_addresses(facts, run->arena, name);
	}
	dns_facts_ask(facts, run->arena, run->dns, clock_ms() + each);
}

/* One that answers is enough. */
void
probe_outward(const struct probe_run *run)
{
	struct dns_facts facts = {0};
	const char *why = NULL;

	outward_look_up(run, &facts);
	for (size_t i = 0; i < PROVIDERS; i++) {
		const struct ip *ip =
		    outward_address(run, &facts, providers[i]);
		const char *line;
		struct err err;

		if (ip == NULL)
			continue;
		if (greeting_read(run->arena, ip_text(run->arena, ip), "25",
			&line, &err) == RC_OK) {
			probe_saw(run, REPORT_OK,
			    arena_printf(run->arena,
				"a server of %s answers at port 25",
				providers[i]));
			return;
		}
		why = arena_printf(run->arena, "%s at %s: %s", providers[i],
		    ip_text(run->arena, ip), err.text);
	}
	if (why == NULL)
		probe_saw(run, REPORT_UNKNOWN,
		    "not looked at: DNS knows no server of a provider");
	else
		probe_wrong(run, NULL,
		    arena_printf(run->arena,
			"nobody answers at port 25 (%s): no mail gets out; ask "
			"whoever gave you this machine to open it, or set "
			"relayhost",
			why));
}

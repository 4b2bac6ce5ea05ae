/* SPDX-License-Identifier: MIT */
#include "dns_judge_mx.h"

#include "dns_records.h"

#include "base/str.h"

#include <string.h>

/* What one of the records leads to. */
struct mx_target {
	bool here, nowhere, unknown;
	const char *trouble; /* words, or NULL */
};

/* An address, or what is no name of a host: its last label is a number. */
static bool
mx_is_address(const char *name)
{
	const char *dot = strrchr(name, '.');
	const char *last = dot == NULL ? name : dot + 1;

	return name[0] == '[' || strchr(name, ':') != NULL ||
	       (last[0] != '\0' && last[strspn(last, "0123456789")] == '\0');
}

/* RC_OK: one of the name's addresses is this host's. */
static enum rc
mx_is_here(const struct dns_judging *j, struct arena *a, const char *name)
{
	size_t n;
	const struct ip *own = dns_judge_addresses(j, a, &n);
	enum rc rc = RC_NONE;

	for (size_t i = 0; i < n; i++)
		switch (dns_facts_has_address(&j->facts, name, &own[i])) {
		case RC_OK:
			return RC_OK;
		case RC_TEMP:
			rc = RC_TEMP;
			break;
		case RC_NONE:
		case RC_PERM:
			break;
		}
	return rc;
}

static const char *
mx_addresses_text(const struct dns_judging *j, struct arena *a,
    const char *name)
{
	size_t n;
	const struct ip *all = dns_facts_addresses(&j->facts, a, name, &n);
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < n; i++)
		str_addf(&s, "%s%s", i == 0 ? "" : ", ", ip_text(a, &all[i]));
	return s.len == 0 ? NULL : s.text;
}

static void
mx_look_up(const struct dns_judging *j, struct arena *a, const char *name,
    struct mx_target *out)
{
	const char *addresses = mx_addresses_text(j, a, name);
	/* What is wrong with the host's own address is said of that. */
	enum rc rc =
	    strcmp(name, j->of->host) == 0 ? RC_OK : mx_is_here(j, a, name);

	out->here = rc == RC_OK;
	out->unknown = rc == RC_TEMP;
	if (out->here)
		return;
	if (out->unknown)
		out->trouble = dns_facts_problem(&j->facts, name);
	else if (addresses == NULL)
		out->trouble = arena_printf(a, "%s has no address", name);
	else
		out->trouble = arena_printf(a, "%s is %s, which is not here",
		    name, addresses);
	out->nowhere = addresses == NULL;
}

static struct mx_target
mx_target_of(const struct dns_judging *j, struct arena *a, const char *name)
{
	const struct dns_query *alias;
	struct mx_target t = {0};

	if (name[0] == '\0') {
		t.nowhere = true;
		t.trouble = "it says that it takes no mail (RFC 7505)";
		return t;
	}
	if (mx_is_address(name)) {
		t.nowhere = true;
		t.trouble = arena_printf(a,
		    "%s is an address where the name of a host belongs", name);
		return t;
	}
	mx_look_up(j, a, name, &t);
	alias = dns_facts_of(&j->facts, name, DNS_CNAME);
	if (alias->rc == RC_OK && !t.unknown)
		t.trouble = arena_printf(a,
		    "%s is an alias of %s, which many do not follow (RFC 5321 "
		    "5.1)%s",
		    name, alias->records[0].name,
		    t.here ? "" : ", and does not lead here");
	return t;
}

/* No MX: its own address counts. */
static struct dns_judged
mx_judge_none(const struct dns_judging *j, struct arena *a, const char *domain)
{
	const char *addresses = mx_addresses_text(j, a, domain);

	if (addresses == NULL)
		return (struct dns_judged){DNS_STATE_MISSING, NULL};
	if (mx_is_here(j, a, domain) == RC_OK)
		return (struct dns_judged){DNS_STATE_DOUBTFUL,
		    "no MX; its own address leads here, but not all look at "
		    "that"};
	return (struct dns_judged){DNS_STATE_MISSING,
	    arena_printf(a, "mail goes to its own address: %s", addresses)};
}

struct mx_summary {
	bool here, first_here, unknown;
	bool odd; /* one leads nowhere, or is no name */
	const char *trouble;
};

static struct mx_summary
mx_summary_of(const struct dns_judging *j, struct arena *a,
    const struct dns_query *answer)
{
	struct mx_summary sum = {0};
	const char *elsewhere = NULL;

	for (size_t i = 0; i < answer->n; i++) {
		const struct dns_record *r = &answer->records[i];
		struct mx_target t = mx_target_of(j, a, r->name);
		bool is_first = r->preference == answer->records[0].preference;
		bool odd = t.nowhere || (t.here && t.trouble != NULL);

		sum.here |= t.here;
		sum.first_here |= t.here && is_first;
		sum.unknown |= t.unknown;
		sum.odd |= odd;
		if (odd && sum.trouble == NULL)
			sum.trouble = t.trouble;
		else if (!t.here && elsewhere == NULL)
			elsewhere = t.trouble;
	}
	if (sum.trouble == NULL)
		sum.trouble = elsewhere;
	return sum;
}

struct dns_judged
dns_judge_mx(const struct dns_judging *j, struct arena *a,
    const struct dns_wanted *wanted, const struct dns_query *answer)
{
	struct dns_judged judged = {
	    DNS_STATE_RIGHT, dns_records_text(a, answer, NULL)};
	struct mx_summary sum;

	if (judged.found == NULL)
		return mx_judge_none(j, a, wanted->name);
	sum = mx_summary_of(j, a, answer);
	if (sum.here && sum.first_here && !sum.odd)
		return judged;
	if (sum.here)
		judged.state = DNS_STATE_DOUBTFUL;
	else if (sum.unknown)
		return (struct dns_judged){DNS_STATE_UNKNOWN, sum.trouble};
	else
		judged.state = DNS_STATE_WRONG;
	judged.found = arena_printf(a, "%s: %s%s", judged.found,
	    sum.here && !sum.odd ? "mail goes elsewhere first: " : "",
	    sum.trouble);
	return judged;
}

/* SPDX-License-Identifier: MIT */
#include "dns_judge.h"

#include "dns_judge_mx.h"
#include "dns_judge_text.h"
#include "dns_records.h"
#include "public_address.h"

#include "base/str.h"

#include <string.h>

#define NAMES_MAX 10 /* of one answer whose addresses are looked at */

const char *
dns_state_name(enum dns_state state)
{
	static const char *const names[] = {
	    "unknown", "right", "doubtful", "wrong", "missing"};

	return names[state];
}

const struct ip *
dns_judge_addresses(const struct dns_judging *j, struct arena *a, size_t *n)
{
	*n = j->of->n_addresses;
	return *n > 0 ? j->of->addresses
		      : dns_facts_addresses(&j->facts, a, j->of->host, n);
}

/* ---- what is asked */

void
dns_judge_first(struct dns_judging *j, struct arena *a,
    const struct dns_wanted *all, size_t n)
{
	dns_facts_add_addresses(&j->facts, a, j->of->host);
	for (size_t i = 0; i < n; i++) {
		dns_facts_add(&j->facts, a, all[i].name, all[i].type);
		/* RFC 5321 5.1: without MX the name's own address counts. */
		if (all[i].type == DNS_MX)
			dns_facts_add_addresses(&j->facts, a, all[i].name);
	}
}

static void
dns_judge_add_names(struct dns_judging *j, struct arena *a,
    const struct dns_query *answer)
{
	for (size_t i = 0; i < answer->n && i < NAMES_MAX; i++) {
		const char *name = answer->records[i].name;

		if (name[0] == '\0')
			continue;
		dns_facts_add_addresses(&j->facts, a, name);
		if (answer->type == DNS_MX)
			dns_facts_add(&j->facts, a, name, DNS_CNAME);
	}
}

void
dns_judge_second(struct dns_judging *j, struct arena *a,
    const struct dns_wanted *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		/* A copy: adding questions moves them. */
		struct dns_query answer =
		    *dns_facts_of(&j->facts, all[i].name, all[i].type);

		if (answer.rc != RC_OK)
			continue;
		if (answer.type == DNS_MX || answer.type == DNS_PTR)
			dns_judge_add_names(j, a, &answer);
		if (all[i].kind == DNS_WANTED_DMARC)
			dns_judge_add_receivers(j, a, &all[i], &answer);
	}
}

/* ---- by kind */

static bool
dns_answer_has(const struct dns_query *answer, const struct ip *ip)
{
	for (size_t i = 0; answer->rc == RC_OK && i < answer->n; i++)
		if (ip_equal(&answer->records[i].ip, ip))
			return true;
	return false;
}

static bool
dns_is_own(const struct dns_wanted_of *of, const struct ip *ip)
{
	for (size_t i = 0; i < of->n_addresses; i++)
		if (ip_equal(&of->addresses[i], ip))
			return true;
	return false;
}

/* The one of its kind that speaks of the others, too: the first; the very first
   also of a kind of which the host has none. */
static bool
dns_speaks_for(const struct dns_wanted_of *of, const struct ip *ip,
    unsigned version)
{
	size_t i = 0;

	while (i < of->n_addresses && of->addresses[i].version != version)
		i++;
	return ip == &of->addresses[i == of->n_addresses ? 0 : i];
}

/* Addresses of the host's name that are not the host's. */
static const char *
dns_foreign_addresses(const struct dns_judging *j, struct arena *a,
    const struct ip *ip)
{
	size_t n;
	const struct ip *all =
	    dns_facts_addresses(&j->facts, a, j->of->host, &n);
	struct str s;

	str_init(&s, a);
	for (size_t i = 0; i < n; i++)
		if (!dns_is_own(j->of, &all[i]) &&
		    dns_speaks_for(j->of, ip, all[i].version))
			str_addf(&s, "%s%s", s.len == 0 ? "" : ", ",
			    ip_text(a, &all[i]));
	return s.len == 0 ? NULL : s.text;
}

static const char *
dns_private_address(struct arena *a, const struct dns_query *answer)
{
	for (size_t i = 0; answer->rc == RC_OK && i < answer->n; i++)
		if (!public_address_is(&answer->records[i].ip))
			return arena_printf(a,
			    "%s: nobody outside reaches that address",
			    ip_text(a, &answer->records[i].ip));
	return NULL;
}

static struct dns_judged
judge_address(const struct dns_judging *j, struct arena *a,
    const struct dns_wanted *wanted, const struct dns_query *answer)
{
	struct dns_judged judged = {
	    DNS_STATE_RIGHT, dns_records_text(a, answer, NULL)};
	const char *private = dns_private_address(a, answer);
	const char *foreign;

	if (judged.found == NULL)
		return (struct dns_judged){DNS_STATE_MISSING, NULL};
	if (private != NULL)
		return (struct dns_judged){DNS_STATE_WRONG, private};
	if (wanted->ip == NULL)
		return judged;
	if (!dns_answer_has(answer, wanted->ip)) {
		judged.state = DNS_STATE_WRONG;
		judged.found = arena_printf(a, "%s, and %s is missing",
		    judged.found, ip_text(a, wanted->ip));
		return judged;
	}
	foreign = dns_foreign_addresses(j, a, wanted->ip);
	if (foreign != NULL)
		judged = (struct dns_judged){DNS_STATE_DOUBTFUL,
		    arena_printf(a,
			"%s: not an address of this host: mail that is sent "
			"there does not come here",
			foreign)};
	return judged;
}

/* Does that name lead back to the address? */
static enum rc
dns_leads_back(const struct dns_judging *j, const char *name,
    const struct ip *ip)
{
	return name[0] == '\0' ? RC_NONE
			       : dns_facts_has_address(&j->facts, name, ip);
}

static struct dns_judged
judge_pointer(const struct dns_judging *j, struct arena *a,
    const struct dns_wanted *wanted, const struct dns_query *answer)
{
	struct dns_judged judged = {
	    DNS_STATE_RIGHT, dns_records_text(a, answer, NULL)};
	bool back = false, named = false;

	if (judged.found == NULL)
		return (struct dns_judged){DNS_STATE_MISSING, NULL};
	for (size_t i = 0; i < answer->n; i++) {
		const char *name = answer->records[i].name;
		enum rc rc = dns_leads_back(j, name, wanted->ip);

		back |= rc == RC_OK;
		if (strcmp(name, j->of->host) != 0)
			continue;
		named = true;
		if (rc == RC_OK)
			return judged;
		if (rc == RC_TEMP)
			return (struct dns_judged){DNS_STATE_UNKNOWN,
			    dns_facts_problem(&j->facts, name)};
	}
	judged.state = DNS_STATE_WRONG;
	if (!back)
		judged.found = arena_printf(a,
		    "%s: %s does not lead back to %s", judged.found,
		    named ? "that name" : "it", ip_text(a, wanted->ip));
	return judged;
}

static struct dns_judged
judge_key(struct arena *a, const struct dns_wanted *wanted,
    const struct dns_query *answer)
{
	static const enum dns_state states[] = {
	    [DKIM_RECORD_UNKNOWN] = DNS_STATE_UNKNOWN,
	    [DKIM_RECORD_SEEN] = DNS_STATE_RIGHT,
	    [DKIM_RECORD_MISSING] = DNS_STATE_MISSING,
	    [DKIM_RECORD_OTHER] = DNS_STATE_WRONG,
	};
	struct dns_judged judged = {DNS_STATE_MISSING, wanted->note};

	if (wanted->key != NULL)
		judged.state = states[dkim_record_judge(a, wanted->key, answer,
		    &judged.found)];
	return judged;
}

/* What it says is looked at by `check`, which sees certificates and pages. */
static struct dns_judged
judge_optional(const struct dns_query *answer)
{
	return (struct dns_judged){DNS_STATE_RIGHT,
	    answer->rc == RC_OK ? NULL : "there is none, which is no harm"};
}

struct dns_judged
dns_judge(const struct dns_judging *j, struct arena *a,
    const struct dns_wanted *wanted)
{
	const struct dns_query *answer =
	    dns_facts_of(&j->facts, wanted->name, wanted->type);

	if (answer->rc == RC_TEMP && wanted->kind != DNS_WANTED_DKIM)
		return (struct dns_judged){DNS_STATE_UNKNOWN, answer->problem};
	switch (wanted->kind) {
	case DNS_WANTED_ADDRESS:
		return judge_address(j, a, wanted, answer);
	case DNS_WANTED_PTR:
		return judge_pointer(j, a, wanted, answer);
	case DNS_WANTED_MX:
		return dns_judge_mx(j, a, wanted, answer);
	case DNS_WANTED_SPF_OF_HOST:
	case DNS_WANTED_SPF:
		return dns_judge_spf(j, a, wanted, answer);
	case DNS_WANTED_DKIM:
		return judge_key(a, wanted, answer);
	case DNS_WANTED_DMARC:
		return dns_judge_dmarc(j, a, wanted, answer);
	case DNS_WANTED_TLS_REPORT:
		return dns_judge_tls_report(a, answer);
	case DNS_WANTED_MTA_STS:
	case DNS_WANTED_MTA_STS_HOST:
	case DNS_WANTED_TLSA:
	case DNS_WANTED_CAA:
		return judge_optional(answer);
	}
	return (struct dns_judged){0};
}

/* SPDX-License-Identifier: MIT */
#include "dns_facts.h"

#include "base/str.h"

#include <string.h>

static const enum dns_type address_types[] = {DNS_A, DNS_AAAA};

static size_t
dns_facts_find(const struct dns_facts *facts, const char *name,
    enum dns_type type)
{
	size_t i = 0;

	while (i < facts->n && (facts->all[i].type != type ||
				   !str_equal_fold(facts->all[i].name, name)))
		i++;
	return i;
}

void
dns_facts_add(struct dns_facts *facts, struct arena *a, const char *name,
    enum dns_type type)
{
	if (dns_facts_find(facts, name, type) < facts->n)
		return;
	if (facts->n == facts->room) {
		struct dns_query *more;

		facts->room = facts->room * 2 + 32;
		more = arena_take_array(a, facts->room, sizeof(*more));
		if (facts->n > 0)
			memcpy(more, facts->all, facts->n * sizeof(*more));
		facts->all = more;
	}
	facts->all[facts->n++] = (struct dns_query){
	    .name = name, .type = type, .rc = RC_TEMP, .problem = "not asked"};
}

void
dns_facts_add_addresses(struct dns_facts *facts, struct arena *a,
    const char *name)
{
	for (size_t i = 0; i < 2; i++)
		dns_facts_add(facts, a, name, address_types[i]);
}

void
dns_facts_ask(struct dns_facts *facts, struct arena *a, struct dns *dns,
    int64_t deadline)
{
	if (facts->asked < facts->n)
		dns_ask(dns, a, &facts->all[facts->asked],
		    facts->n - facts->asked, deadline);
	facts->asked = facts->n;
}

const struct dns_query *
dns_facts_of(const struct dns_facts *facts, const char *name,
    enum dns_type type)
{
	static const struct dns_query unknown = {
	    .name = "", .rc = RC_TEMP, .problem = "not asked"};
	size_t i = dns_facts_find(facts, name, type);

	return i < facts->n ? &facts->all[i] : &unknown;
}

const struct ip *
dns_facts_addresses(const struct dns_facts *facts, struct arena *a,
    const char *name, size_t *n)
{
	const struct dns_query *queries[2];
	struct ip *all;
	size_t room = 0;

	for (size_t i = 0; i < 2; i++) {
		queries[i] = dns_facts_of(facts, name, address_types[i]);
		room += queries[i]->rc == RC_OK ? queries[i]->n : 0;
	}
	all = arena_take_array(a, room + 1, sizeof(*all));
	*n = 0;
	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; queries[i]->rc == RC_OK && k < queries[i]->n;
		     k++)
			all[(*n)++] = queries[i]->records[k].ip;
	return all;
}

enum rc
dns_facts_has_address(const struct dns_facts *facts, const char *name,
    const struct ip *ip)
{
	const struct dns_query *q =
	    dns_facts_of(facts, name, ip->version == 6 ? DNS_AAAA : DNS_A);

	if (q->rc == RC_TEMP)
		return RC_TEMP;
	for (size_t i = 0; q->rc == RC_OK && i < q->n; i++)
		if (ip_equal(&q->records[i].ip, ip))
			return RC_OK;
	return RC_NONE;
}

const char *
dns_facts_problem(const struct dns_facts *facts, const char *name)
{
	for (size_t i = 0; i < 2; i++) {
		const struct dns_query *q =
		    dns_facts_of(facts, name, address_types[i]);

		if (q->rc == RC_TEMP)
			return q->problem;
	}
	return NULL;
}

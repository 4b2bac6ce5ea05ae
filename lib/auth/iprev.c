/* SPDX-License-Identifier: MIT */
#include "auth/iprev.h"

const char *
iprev_verdict_name(enum iprev_verdict verdict)
{
	switch (verdict) {
	case IPREV_PASS:
		return "pass";
	case IPREV_FAIL:
		return "fail";
	case IPREV_TEMPERROR:
		return "temperror";
	case IPREV_PERMERROR:
		return "permerror";
	}
	return "?";
}

enum dns_type
iprev_address_type(const struct ip *client)
{
	return client->version == 4 ? DNS_A : DNS_AAAA;
}

size_t
iprev_names(const struct dns_query *ptr,
    const char *out[static IPREV_NAMES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < ptr->n && n < IPREV_NAMES_MAX; i++)
		if (dns_name_valid(ptr->records[i].name))
			out[n++] = ptr->records[i].name;
	return n;
}

static bool
iprev_leads_back(const struct ip *client, const struct dns_query *addresses)
{
	for (size_t i = 0; i < addresses->n; i++)
		if (ip_equal(&addresses->records[i].ip, client))
			return true;
	return false;
}

struct iprev_result
iprev_evaluate(const struct ip *client, const struct dns_query *ptr,
    const struct dns_query *const *addresses, size_t n)
{
	struct iprev_result r = {.verdict = IPREV_FAIL};

	if (ptr->rc == RC_TEMP)
		return (struct iprev_result){
		    .verdict = IPREV_TEMPERROR, .problem = ptr->problem};
	if (ptr->rc != RC_OK)
		return (struct iprev_result){.verdict = IPREV_PERMERROR};
	for (size_t i = 0; i < n; i++) {
		const struct dns_query *q = addresses[i];

		if (q->rc == RC_OK && iprev_leads_back(client, q))
			return (struct iprev_result){
			    .verdict = IPREV_PASS, .name = q->name};
		if (r.name == NULL)
			r.name = q->name;
		if (q->rc != RC_TEMP)
			continue;
		r.verdict = IPREV_TEMPERROR;
		r.problem = q->problem;
	}
	return r;
}

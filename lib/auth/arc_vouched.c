/* SPDX-License-Identifier: MIT */
#include "auth/arc.h"

#include "mail/authres.h"
#include "mail/domain.h"

#include <string.h>

static bool
arc_sealer_is_listed(const char *domain, const char *const *sealers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (domain_within(domain, sealers[i]))
			return true;
	return false;
}

/* header.from= is a domain, but some write an address. */
static bool
arc_result_is_about(struct arena *a, const struct authres_result *result,
    const char *author)
{
	bool about = false;

	for (size_t i = 0; i < result->n; i++) {
		const struct authres_property *p = &result->properties[i];
		const char *at = strrchr(p->value, '@'), *domain;

		if (strcmp(p->name, "header.from") != 0)
			continue;
		if (domain_read(a, at == NULL ? p->value : at + 1, &domain,
			NULL) != RC_OK ||
		    strcmp(domain, author) != 0)
			return false;
		about = true;
	}
	return about;
}

/* Whoever says two things of DMARC has evaluated two messages, or repeats
   what another one said. */
static bool
arc_set_saw_pass(struct arena *a, const struct arc_set *set, const char *author)
{
	const struct authres_result *results;
	size_t n = authres_read(a, set->results, &results);
	bool passed = false;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(results[i].method, "dmarc") != 0)
			continue;
		if (strcmp(results[i].result, "pass") != 0 ||
		    !arc_result_is_about(a, &results[i], author))
			return false;
		passed = true;
	}
	return passed;
}

const struct arc_set *
arc_vouched(struct arena *a, const struct arc_result *chain,
    const char *const *sealers, size_t n_sealers, const char *author)
{
	if (chain->verdict != ARC_PASS || chain->body_unsigned > 0 ||
	    author == NULL)
		return NULL;
	for (unsigned i = chain->n; i-- > 0;) {
		const struct arc_set *set = &chain->sets[i];

		if (!arc_sealer_is_listed(set->domain, sealers, n_sealers))
			return NULL;
		if (arc_set_saw_pass(a, set, author))
			return set;
	}
	return NULL;
}

/* SPDX-License-Identifier: MIT */
#include "policy/private/known_names.h"

enum rc
known_names_glance(struct known_names *known,
    const struct forwards_settings *settings, const char *name,
    struct domain_facts *facts, struct err *err)
{
	enum rc rc;

	for (size_t i = 0; known != NULL && i < known->n; i++) {
		if (known->all[i].name != name)
			continue;
		*facts = known->all[i].facts;
		return known->all[i].rc;
	}
	rc = domains_glance(settings, name, facts, err);
	if (known == NULL || known->n == NAMES_KNOWN ||
	    (rc != RC_OK && rc != RC_NONE))
		return rc;
	known->all[known->n].name = name;
	known->all[known->n].rc = rc;
	known->all[known->n++].facts = *facts;
	return rc;
}

bool
known_names_ours(struct known_names *known,
    const struct forwards_settings *settings, const char *name)
{
	struct domain_facts facts;
	struct err err;

	return known_names_glance(known, settings, name, &facts, &err) == RC_OK;
}

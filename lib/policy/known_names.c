/* SPDX-License-Identifier: MIT */
#include "policy/private/known_names.h"

#include "forwarding/domains.h"

bool
known_names_ours(struct known_names *known,
    const struct forwards_settings *settings, const char *name)
{
	bool ours;

	for (size_t i = 0; known != NULL && i < known->n; i++)
		if (known->all[i].name == name)
			return known->all[i].ours;
	ours = domains_ours(settings, name);
	if (known != NULL && known->n < NAMES_KNOWN) {
		known->all[known->n].name = name;
		known->all[known->n++].ours = ours;
	}
	return ours;
}

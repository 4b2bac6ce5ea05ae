/* SPDX-License-Identifier: MIT */
#include "forwarding/private/source.h"

#include <string.h>

/* Compares case-sensitively: a name in another case is another question, which
   may cost one question more and changes no answer. */
const struct source_answer *
source_answer_of(const struct source_answer *all, const struct source *source,
    const struct address *address)
{
	for (; all != NULL; all = all->next)
		if (all->source == source &&
		    strcmp(all->address.local, address->local) == 0 &&
		    strcmp(all->address.domain, address->domain) == 0)
			return all;
	return NULL;
}

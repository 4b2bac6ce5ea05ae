/* SPDX-License-Identifier: MIT */
#include "forwarding/private/source.h"

#include <string.h>

/* A name in another case is another question: that may cost one more, and
   changes no answer. */
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

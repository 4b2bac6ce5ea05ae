/* SPDX-License-Identifier: MIT */
#include "policy/transaction.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct transaction *
transaction_new(void)
{
	struct transaction *m = memory_zeroed(1, sizeof(*m));

	m->arena = arena_new_small();
	return m;
}

void
transaction_free(struct transaction *m)
{
	if (m == NULL)
		return;
	arena_free(m->arena);
	free(m);
}

static void
transaction_reset(struct transaction *m)
{
	arena_reset(m->arena);
	*m = (struct transaction){.arena = m->arena};
}

/* No value holds a newline, because Postfix ends its lines with one. */
static const char *
key_of(struct arena *a, const struct facts *facts)
{
	return arena_concat(a, facts->instance, "\n",
	    ip_text(a, &facts->client), "\n",
	    facts->helo == NULL ? "" : facts->helo, "\n",
	    facts->sender == NULL ? "" : facts->sender);
}

void
transaction_meet(struct transaction *m, struct arena *scratch,
    const struct facts *facts)
{
	const char *key = NULL;

	if (facts->instance != NULL)
		key = key_of(scratch, facts);
	if (key != NULL && m->key != NULL && strcmp(key, m->key) == 0)
		return;
	transaction_reset(m);
	m->key = arena_copy_text(m->arena, key);
}

/* SPDX-License-Identifier: MIT */
#include "policy/queries.h"

#include <string.h>

size_t
queries_add(struct queries *q, struct arena *a, const char *name,
    enum dns_type type)
{
	if (q->n == q->room) {
		size_t room = q->room == 0 ? 16 : q->room * 2;
		struct dns_query *all = arena_take_array(a, room, sizeof(*all));

		if (q->n > 0)
			memcpy(all, q->all, q->n * sizeof(*all));
		q->all = all;
		q->room = room;
	}
	q->all[q->n] = (struct dns_query){.name = name, .type = type};
	return q->n++;
}

/* SPDX-License-Identifier: MIT */
#include "tables.h"

#include "base/str.h"
#include "mail/domain.h"

#include <string.h>

struct lookup {
	struct world *world;
	struct arena *arena;
	const char *key;
	const char *value, *note;
};

static enum rc
table_forward(struct lookup *l, struct err *err)
{
	struct address address;
	struct forwards found;
	struct str targets;
	enum rc rc;

	/* What is no address is nobody's: Postfix asks for "" (the null
	   sender) and for bare words too. */
	if (address_read(l->arena, l->key, &address, NULL) != RC_OK)
		return RC_NONE;
	rc =
	    forwards_find(l->world->store, &l->world->settings->policy.forwards,
		l->arena, &address, &found, err);
	if (rc != RC_OK)
		return rc;
	l->note = found.note;
	if (found.known != FORWARDS_FOUND)
		return RC_NONE;
	str_init(&targets, l->arena);
	for (size_t i = 0; i < found.n; i++)
		str_addf(&targets, "%s%s", i == 0 ? "" : ",", found.targets[i]);
	l->value = targets.text;
	return RC_OK;
}

static enum rc
table_domain(struct lookup *l, struct err *err)
{
	(void)err;
	if (domain_read(l->arena, l->key, &l->value, NULL) != RC_OK)
		return RC_NONE;
	return forwards_serves(&l->world->settings->policy.forwards, l->value)
		   ? RC_OK
		   : RC_NONE;
}

static const struct {
	const char *name;
	enum rc (*look_up)(struct lookup *l, struct err *err);
} tables[] = {
    {"forward", table_forward},
    {"domain", table_domain},
};

enum rc
tables_look_up(struct world *world, struct arena *a, const char *table,
    const char *key, const char **value, const char **note, struct err *err)
{
	struct lookup l = {.world = world, .arena = a, .key = key};
	enum rc rc;

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		if (strcmp(tables[i].name, table) != 0)
			continue;
		rc = tables[i].look_up(&l, err);
		*value = l.value;
		*note = l.note;
		return rc;
	}
	return err_set(err, RC_PERM,
	    "no table \"%s\"; there are forward and "
	    "domain",
	    str_printable(a, table, strlen(table), 60));
}

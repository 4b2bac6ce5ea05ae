/* SPDX-License-Identifier: MIT */
/*
 * members - a store with some accounts and their forwards, in short:
 * "ann=bob,a@example.org bob=b@example.org" for accounts at remotes.club.
 */
#pragma once

#include "store/temp_store.h"

#include "base/str.h"
#include "forwarding/forwards.h"
#include "store/account_table.h"
#include "store/forward_table.h"

static const char *const served[] = {"remotes.club", "second.example"};

struct members {
	struct temp_store *temp;
	struct store *store;
	struct arena *arena;
	struct forwards_settings settings;
};

static inline int
members_set_up(void **state)
{
	struct temp_store *t = temp_store_new();
	struct members *m = arena_take(t->arena, sizeof(*m));

	temp_store_make(t);
	*m = (struct members){
	    .temp = t,
	    .store = t->store,
	    .arena = t->arena,
	    .settings = {.domains = served,
		.n_domains = COUNT(served),
		.delimiter = "+"},
	};
	*state = m;
	return 0;
}

static inline int
members_tear_down(void **state)
{
	struct members *m = *state;

	temp_store_free(m->temp);
	return 0;
}

/* "ann" is ann@remotes.club, "" nothing; whole addresses stay. */
static inline const char *
whole(struct members *m, const char *name)
{
	return strchr(name, '@') != NULL || name[0] == '\0'
		   ? name
		   : arena_printf(m->arena, "%s@remotes.club", name);
}

static inline void
give_forward(struct members *m, struct db *db, const char *account,
    const char *target)
{
	struct forward forward = {.account = account, .state = FORWARD_ACTIVE};

	if (target[0] == '-')
		forward.state = FORWARD_PAUSED;
	if (target[0] == '?')
		forward.state = FORWARD_PENDING;
	if (forward.state != FORWARD_ACTIVE)
		target++;
	forward.target = whole(m, target);
	CHECK(forward_add(db, &forward, NULL) == RC_OK, target);
}

/* "account=target,target account=": one that begins with "!" is suspended, a
   target with "-" paused, with "?" pending. */
static inline void
give_accounts(struct members *m, const char *accounts)
{
	char *text = arena_copy_text(m->arena, accounts), *rest, *account,
	     *target;
	struct db *db = temp_store_take(m->temp);

	CHECK(db_begin(db, NULL) == RC_OK, "begin");
	db_run(db, NULL, "DELETE FROM account", "");
	while ((account = strtok_r(text, " ", &rest)) != NULL) {
		char *targets = strchr(account, '=');
		bool suspended = account[0] == '!';
		const char *key;

		text = NULL;
		*targets++ = '\0';
		key = whole(m, account + suspended);
		CHECK(account_add(db, key, 1, NULL) == RC_OK, key);
		if (suspended)
			account_suspend(db, key, true, NULL);
		while ((target = strsep(&targets, ",")) != NULL)
			if (target[0] != '\0')
				give_forward(m, db, key, target);
	}
	CHECK(db_commit(db, NULL) == RC_OK, "commit");
	store_give(m->store, db);
}

/* u1=u2 u2=u3 ... uN=u@example.org */
static inline const char *
chain(struct members *m, int n)
{
	struct str s;

	str_init(&s, m->arena);
	for (int i = 1; i < n; i++)
		str_addf(&s, "u%d=u%d ", i, i + 1);
	str_addf(&s, "u%d=u@example.org", n);
	return s.text;
}

/* All forwards: "account target state verified", one a line. */
static inline const char *
stored(struct members *m)
{
	struct db *db = temp_store_take(m->temp);
	struct forward *all;
	struct str s;
	size_t n;

	CHECK(forward_list(db, m->arena, NULL, &all, &n, NULL) == RC_OK,
	    "list");
	store_give(m->store, db);
	str_init(&s, m->arena);
	for (size_t i = 0; i < n; i++)
		str_addf(&s, "%s %s %s %d\n", all[i].account, all[i].target,
		    forward_state_name(all[i].state), (int)all[i].verified);
	return s.text;
}

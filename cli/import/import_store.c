/* SPDX-License-Identifier: MIT */
#include "import_store.h"

#include "base/str.h"
#include "forwarding/forwards_tx.h"
#include "store/account_table.h"
#include "store/forward_table.h"

#include <string.h>

struct import_step {
	struct db *db;
	struct import_work *work;
	struct arena *arena; /* of one entry */
	const struct import_entry *entry;
	struct forward *old; /* all that the account has */
	size_t n_old;
};

static void
add_store_remark(struct import_work *w, struct import_remark **all, size_t *n,
    size_t line, const char *text)
{
	*all = db_more(w->arena, *all, *n, sizeof(**all));
	(*all)[(*n)++] =
	    (struct import_remark){line, arena_copy_text(w->arena, text)};
}

static void
import_step_problem(struct import_step *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_store_remark(s->work, &s->work->problems, &s->work->n_problems,
	    s->entry->line, arena_vprintf(s->arena, format, args));
	va_end(args);
}

static const struct import_target *
wanted_target(const struct import_step *s, const char *text)
{
	for (size_t i = 0; i < s->entry->n; i++)
		if (str_equal_fold(s->entry->targets[i].text, text))
			return &s->entry->targets[i];
	return NULL;
}

static const struct forward *
forward_there(const struct import_step *s, const char *target)
{
	for (size_t i = 0; i < s->n_old; i++)
		if (str_equal_fold(s->old[i].target, target))
			return &s->old[i];
	return NULL;
}

static enum forward_state
wanted_state(const struct import_target *t)
{
	return t->paused ? FORWARD_PAUSED : FORWARD_ACTIVE;
}

static enum rc
add_import_forward(struct import_step *s, const struct import_target *t,
    struct err *err)
{
	const struct forward forward = {
	    .account = s->entry->account,
	    .target = t->text,
	    .state = wanted_state(t),
	    .created = s->work->now,
	    .verified = s->work->now,
	};

	return forward_add(s->db, &forward, err);
}

/* A target that is there stays as it is; a pending one begins anew, as who
   imports it says that it is right. */
static enum rc
write_import_target(struct import_step *s, const struct import_target *t,
    struct err *err)
{
	const struct forward *old = forward_there(s, t->text);
	enum rc rc = RC_OK;

	if (old != NULL && old->state == FORWARD_PENDING)
		rc = forward_remove(s->db, old->account, old->target, err);
	if (rc == RC_OK && (old == NULL || old->state == FORWARD_PENDING))
		return add_import_forward(s, t, err);
	if (rc == RC_OK && old->state != wanted_state(t))
		return forward_set_state(s->db, old->account, old->target,
		    wanted_state(t), err);
	return rc;
}

static enum rc
remove_other_targets(struct import_step *s, struct err *err)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < s->n_old && rc == RC_OK; i++)
		if (wanted_target(s, s->old[i].target) == NULL)
			rc = forward_remove(s->db, s->old[i].account,
			    s->old[i].target, err);
	return rc;
}

/* old NULL: the account is new. */
static enum rc
write_import_account(struct import_step *s, const struct account *old,
    struct err *err)
{
	const struct import *import = s->work->import;
	const struct import_entry *e = s->entry;
	enum rc rc = RC_OK;

	if (old == NULL)
		rc = account_add(s->db, e->account, s->work->now, err);
	if (rc == RC_OK && import->says_suspended &&
	    e->suspended != (old != NULL && old->suspended))
		rc = account_suspend(s->db, e->account, e->suspended, err);
	if (rc == RC_OK && import->says_strategy &&
	    (old != NULL || e->strategy != NULL))
		rc = account_set_strategy(s->db, e->account, e->strategy, err);
	/* Of MariaDB also when it had that value already. */
	if (rc == RC_NONE)
		rc = RC_OK;
	for (size_t i = 0; i < e->n && rc == RC_OK; i++)
		rc = write_import_target(s, &e->targets[i], err);
	return rc;
}

/* As import.h compares it. */
static struct import_entry
import_entry_there(struct import_step *s, const struct account *account)
{
	struct import_entry have = {
	    .account = account->address,
	    .targets =
		arena_take_array(s->arena, s->n_old + 1, sizeof(*have.targets)),
	    .suspended = account->suspended,
	    .strategy = account->strategy,
	};

	for (size_t i = 0; i < s->n_old; i++)
		if (s->old[i].state != FORWARD_PENDING)
			have.targets[have.n++] =
			    (struct import_target){s->old[i].target,
				s->old[i].state == FORWARD_PAUSED};
	return have;
}

static const char *
import_conflict(struct import_step *s, const struct import_entry *have)
{
	struct str text;

	str_init(&text, s->arena);
	str_addf(&text, "%s: is there and forwards to ", have->account);
	for (size_t i = 0; i < have->n; i++)
		str_addf(&text, "%s%s%s", i > 0 ? ", " : "",
		    have->targets[i].text,
		    have->targets[i].paused ? " (paused)" : "");
	if (have->n == 0)
		str_add(&text, "nobody");
	if (have->suspended)
		str_add(&text, ", suspended");
	if (have->strategy != NULL)
		str_addf(&text, ", strategy %s", have->strategy);
	str_add(&text, "; --replace makes it what the file says");
	return text.text;
}

static enum rc
change_import_account(struct import_step *s, const struct account *account,
    enum import_change *out, struct err *err)
{
	struct import_entry have = import_entry_there(s, account);
	/* One that forwards nowhere yet is no conflict. */
	bool bare = have.n == 0 && !have.suspended && have.strategy == NULL;
	enum rc rc = RC_OK;

	*out = IMPORT_UNCHANGED;
	if (import_same(s->work->import, s->entry, &have))
		return RC_OK;
	if (!bare && !s->work->replace) {
		import_step_problem(s, "%s", import_conflict(s, &have));
		return RC_OK;
	}
	*out = IMPORT_CHANGED;
	if (!bare)
		rc = remove_other_targets(s, err);
	return rc == RC_OK ? write_import_account(s, account, err) : rc;
}

/* A rule of the table that an account breaks is told of its line. */
static enum rc
import_one_entry(struct import_step *s, enum import_change *out,
    struct err *err)
{
	struct account account;
	enum rc rc =
	    account_find(s->db, s->arena, s->entry->account, &account, err);

	s->n_old = 0;
	if (rc == RC_NONE) {
		*out = IMPORT_ADDED;
		rc = write_import_account(s, NULL, err);
	} else if (rc == RC_OK) {
		rc = forward_list(s->db, s->arena, s->entry->account, &s->old,
		    &s->n_old, err);
		if (rc == RC_OK)
			rc = change_import_account(s, &account, out, err);
	}
	if (rc == RC_PERM) {
		import_step_problem(s, "%s: %s", s->entry->account, err->text);
		return RC_OK;
	}
	return rc;
}

/* When all is written: what a later line changes counts, too. */
static enum rc
check_import_way(struct import_step *s, struct err *err)
{
	struct forwards_change c = {
	    .settings = s->work->forwards,
	    .arena = s->arena,
	    .account = s->entry->account,
	    .targets =
		arena_take_array(s->arena, s->entry->n + 1, sizeof(*c.targets)),
	    .n = s->entry->n,
	};
	const char *note = NULL;
	enum rc rc;

	for (size_t i = 0; i < c.n; i++)
		c.targets[i] = s->entry->targets[i].text;
	rc = forwards_check_way_tx(s->db, &c, &note, err);
	if (rc == RC_PERM)
		import_step_problem(s, "%s", err->text);
	else if (rc == RC_OK && note != NULL)
		add_store_remark(s->work, &s->work->notes, &s->work->n_notes,
		    s->entry->line, note);
	return rc == RC_PERM ? RC_OK : rc;
}

/* Each entry, in an arena of its own. */
static enum rc
import_all_entries(struct import_step *s, struct err *err)
{
	struct import_work *w = s->work;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < w->import->n && rc == RC_OK; i++) {
		arena_reset(s->arena);
		s->entry = &w->import->entries[i];
		rc = import_one_entry(s, &w->changes[i], err);
	}
	for (size_t i = 0; i < w->import->n && rc == RC_OK; i++) {
		arena_reset(s->arena);
		s->entry = &w->import->entries[i];
		w->counts[w->changes[i]]++;
		if (w->changes[i] != IMPORT_UNCHANGED)
			rc = check_import_way(s, err);
	}
	return rc;
}

enum rc
import_store(struct db *db, void *context, struct err *err)
{
	struct import_work *w = context;
	struct import_step s = {.db = db, .work = w, .arena = arena_new()};
	enum rc rc;

	w->n_problems = w->n_notes = 0;
	memset(w->counts, 0, sizeof(w->counts));
	rc = import_all_entries(&s, err);
	arena_free(s.arena);
	if (rc != RC_OK)
		return rc;
	return w->dry || w->n_problems > 0 ? RC_NONE : RC_OK;
}

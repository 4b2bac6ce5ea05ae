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
	struct import_entry entry;
	struct forward *old; /* all that the account has */
	size_t n_old;
};

static enum rc
import_step_problem(struct import_step *s, struct err *err, const char *format,
    ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(s->arena, format, args);
	va_end(args);
	return import_spool_remark(s->work->spool, IMPORT_PROBLEM,
	    s->entry.line, text, err);
}

static const struct import_target *
wanted_target(const struct import_step *s, const char *text)
{
	for (size_t i = 0; i < s->entry.n; i++)
		if (str_equal_fold(s->entry.targets[i].text, text))
			return &s->entry.targets[i];
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
	    .account = s->entry.account,
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
	const struct import_says *says = s->work->says;
	const struct import_entry *e = &s->entry;
	enum rc rc = RC_OK;

	if (old == NULL)
		rc = account_add(s->db, e->account, s->work->now, err);
	if (rc == RC_OK && says->suspended &&
	    e->suspended != (old != NULL && old->suspended))
		rc = account_suspend(s->db, e->account, e->suspended, err);
	if (rc == RC_OK && says->strategy &&
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
	if (import_same(s->work->says, &s->entry, &have))
		return RC_OK;
	if (!bare && !s->work->replace)
		return import_step_problem(s, err, "%s",
		    import_conflict(s, &have));
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
	    account_find(s->db, s->arena, s->entry.account, &account, err);

	s->n_old = 0;
	if (rc == RC_NONE) {
		*out = IMPORT_ADDED;
		rc = write_import_account(s, NULL, err);
	} else if (rc == RC_OK) {
		rc = forward_list(s->db, s->arena, s->entry.account, &s->old,
		    &s->n_old, err);
		if (rc == RC_OK)
			rc = change_import_account(s, &account, out, err);
	}
	return rc == RC_PERM ? import_step_problem(s, err, "%s: %s",
				   s->entry.account, err->text)
			     : rc;
}

/* When all is written: what a later line changes counts, too. */
static enum rc
check_import_way(struct import_step *s, struct err *err)
{
	struct forwards_change c = {
	    .settings = s->work->forwards,
	    .arena = s->arena,
	    .account = s->entry.account,
	    .targets =
		arena_take_array(s->arena, s->entry.n + 1, sizeof(*c.targets)),
	    .n = s->entry.n,
	};
	const char *note = NULL;
	enum rc rc;

	for (size_t i = 0; i < c.n; i++)
		c.targets[i] = s->entry.targets[i].text;
	rc = forwards_check_way_tx(s->db, &c, &note, err);
	if (rc == RC_PERM)
		return import_step_problem(s, err, "%s", err->text);
	return rc == RC_OK && note != NULL
		   ? import_spool_remark(s->work->spool, IMPORT_NOTE,
			 s->entry.line, note, err)
		   : rc;
}

/* The next entry, in an arena of its own. */
static enum rc
next_import_entry(struct import_step *s, struct err *err)
{
	arena_reset(s->arena);
	return import_spool_next(s->work->spool, s->arena, &s->entry, err);
}

static enum rc
write_all_entries(struct import_step *s, struct err *err)
{
	struct import_spool *spool = s->work->spool;
	enum rc rc = import_spool_walk(spool, err);

	while (rc == RC_OK && (rc = next_import_entry(s, err)) == RC_OK) {
		enum import_change change = IMPORT_UNCHANGED;

		rc = import_one_entry(s, &change, err);
		import_spool_set_change(spool, change);
		s->work->counts[change]++;
	}
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
check_changed_entry(struct import_step *s, struct err *err)
{
	struct import_work *w = s->work;
	enum import_change change = import_spool_change(w->spool);
	enum rc rc = RC_OK;

	if (change == IMPORT_UNCHANGED)
		return RC_OK;
	if (w->list)
		rc = import_spool_list(w->spool, &s->entry, change, err);
	return rc == RC_OK ? check_import_way(s, err) : rc;
}

static enum rc
check_all_entries(struct import_step *s, struct err *err)
{
	enum rc rc = import_spool_walk_again(s->work->spool, err);

	while (rc == RC_OK && (rc = next_import_entry(s, err)) == RC_OK)
		rc = check_changed_entry(s, err);
	return rc == RC_NONE ? RC_OK : rc;
}

enum rc
import_store(struct db *db, void *context, struct err *err)
{
	struct import_work *w = context;
	struct import_step s = {.db = db, .work = w, .arena = arena_new()};
	enum rc rc;

	memset(w->counts, 0, sizeof(w->counts));
	rc = write_all_entries(&s, err);
	if (rc == RC_OK)
		rc = check_all_entries(&s, err);
	import_spool_stop(w->spool);
	arena_free(s.arena);
	if (rc != RC_OK)
		return rc;
	return w->dry || import_spool_remarks(w->spool, IMPORT_PROBLEM) > 0
		   ? RC_NONE
		   : RC_OK;
}

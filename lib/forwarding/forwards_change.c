/* SPDX-License-Identifier: MIT */
#include "forwarding/forwards.h"

#include "base/str.h"
#include "forwarding/forwards_tx.h"
#include "forwarding/private/forwards_walk.h"
#include "mail/mailbox.h"
#include "outbox/code_hash.h"
#include "store/account_table.h"
#include "store/forward_table.h"
#include "targets/targets.h"

#include <string.h>

/* The same limit as in the table (schema.c). */
#define TARGET_MAX 320

enum rc
forwards_read_target(struct arena *a, const char *text, const char **out,
    struct err *err)
{
	const char *shown = str_printable(a, text, strlen(text), 80);
	struct address address;
	struct err why = {"no address"};

	if (mailbox_read(a, text, &address, &why) != RC_OK)
		return err_set(err, RC_PERM, "%s: %s", shown, why.text);
	*out = address_text(a, &address);
	if (strlen(*out) > TARGET_MAX)
		return err_set(err, RC_PERM, "%s: longer than %d bytes", shown,
		    TARGET_MAX);
	return RC_OK;
}

/* Reads no home while other writers wait for the end of the transaction; and
   what stands in a home may change at any time. */
static const struct source *const sources_of_change[] = {&source_store, NULL};

enum rc
forwards_check_way_tx(struct db *db, const struct forwards_change *c,
    const char **note, struct err *err)
{
	struct forwards_walk *w = arena_take(c->arena, sizeof(*w));
	enum rc rc;

	w->db = db;
	w->arena = c->arena;
	w->settings = c->settings;
	w->sources = sources_of_change;
	w->every_state = true;
	w->stops[0] = (struct forwards_stop){
	    .account = c->account,
	    .targets = c->targets,
	    .n = c->n,
	};
	w->n_stops = 1;
	rc = forwards_walk_on(w, err);
	if (note != NULL)
		*note = w->note;
	if (rc == RC_OK && w->refusal != NULL)
		return err_set(err, RC_PERM, "%s", w->refusal);
	return rc;
}

/* When nobody knows whether the change was committed a moment ago, leaves out
   what is wanted and there already. */
static void
leave_out_what_is_done(struct forwards_change *c, const struct forward *old,
    size_t n_old)
{
	const char **todo = arena_take_array(c->arena, c->n, sizeof(*todo));
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		size_t k = 0;

		while (k < n_old && strcmp(old[k].target, c->targets[i]) != 0)
			k++;
		if (k == n_old)
			todo[n++] = c->targets[i];
	}
	c->targets = todo;
	c->n = n;
}

static bool
is_target_among(const char *target, const struct forwards_change *c, size_t n,
    const struct forward *old, size_t n_old)
{
	for (size_t i = 0; i < n_old; i++)
		if (str_equal_fold(old[i].target, target))
			return true;
	for (size_t i = 0; i < n; i++)
		if (str_equal_fold(c->targets[i], target))
			return true;
	return false;
}

static enum rc
check_targets(const struct forwards_change *c, const struct forward *old,
    size_t n_old, struct err *err)
{
	for (size_t i = 0; i < c->n; i++)
		if (is_target_among(c->targets[i], c, i, old, n_old))
			return err_set(err, RC_PERM,
			    "%s: forwards to %s already", c->account,
			    c->targets[i]);
	if (n_old + c->n > FORWARDS_TARGETS_MAX)
		return err_set(err, RC_PERM, "%s: more than %d targets",
		    c->account, FORWARDS_TARGETS_MAX);
	return RC_OK;
}

static enum rc
remove_all(struct db *db, const struct forward *old, size_t n, struct err *err)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = forward_remove(db, old[i].account, old[i].target, err);
	return rc;
}

/* A pending target that is added again gets a new code and begins anew. */
static enum rc
remove_pending(struct db *db, const struct forwards_change *c,
    struct forward *old, size_t *n_old, struct err *err)
{
	size_t n = 0;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < *n_old && rc == RC_OK; i++)
		if (old[i].state == FORWARD_PENDING &&
		    is_target_among(old[i].target, c, c->n, NULL, 0))
			rc = remove_all(db, &old[i], 1, err);
		else
			old[n++] = old[i];
	*n_old = n;
	return rc;
}

static enum rc
add_all(struct db *db, const struct forwards_change *c, struct err *err)
{
	struct forward forward = {
	    .account = c->account,
	    .state = c->code == NULL ? FORWARD_ACTIVE : FORWARD_PENDING,
	    .created = c->now,
	    .verified = c->code == NULL ? c->now : 0,
	    .code_expires =
		c->code == NULL ? 0 : c->now + FORWARDS_CODE_SECONDS,
	    .replaces = c->replace_then,
	};
	enum rc rc = RC_OK;

	for (size_t i = 0; i < c->n && rc == RC_OK; i++) {
		forward.target = c->targets[i];
		if (c->code != NULL)
			forward.code_hash = code_hash(c->arena, c->secrets,
			    (const char *const[]){
				c->account, c->targets[i], NULL},
			    c->code);
		rc = forward_add(db, &forward, err);
	}
	return rc;
}

enum rc
forwards_change_tx(struct db *db, struct forwards_change *c, struct err *err)
{
	struct account account;
	struct forward *old;
	size_t n_old;
	enum rc rc = account_find(db, c->arena, c->account, &account, err);

	if (rc == RC_NONE)
		return err_set(err, RC_NONE, "%s: no such account", c->account);
	if (rc == RC_OK)
		rc = forward_list(db, c->arena, c->account, &old, &n_old, err);
	if (rc == RC_OK && c->replace) {
		rc = remove_all(db, old, n_old, err);
		n_old = 0;
	}
	if (rc == RC_OK)
		rc = remove_pending(db, c, old, &n_old, err);
	if (rc == RC_OK && db_in_doubt(db))
		leave_out_what_is_done(c, old, n_old);
	if (rc == RC_OK)
		rc = check_targets(c, old, n_old, err);
	if (rc == RC_OK)
		rc = forwards_check_way_tx(db, c, NULL, err);
	return rc == RC_OK ? add_all(db, c, err) : rc;
}

static enum rc
change_tx(struct db *db, void *context, struct err *err)
{
	return forwards_change_tx(db, context, err);
}

enum rc
forwards_add(struct store *store, const struct forwards_settings *settings,
    struct arena *a, const char *account, const char *target, int64_t now,
    struct err *err)
{
	struct forwards_change c = {
	    .settings = settings,
	    .arena = a,
	    .account = account,
	    .targets = &target,
	    .n = 1,
	    .now = now,
	};
	enum rc rc = forwards_read_target(a, target, &target, err);

	return rc == RC_OK ? store_change(store, change_tx, &c, err) : rc;
}

enum rc
forwards_set(struct store *store, const struct forwards_settings *settings,
    struct arena *a, const char *account, const char *const *targets, size_t n,
    int64_t now, struct err *err)
{
	struct forwards_change c = {
	    .settings = settings,
	    .arena = a,
	    .account = account,
	    .targets = arena_take_array(a, n, sizeof(*c.targets)),
	    .n = n,
	    .replace = true,
	    .now = now,
	};
	enum rc rc = RC_OK;

	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = forwards_read_target(a, targets[i], &c.targets[i], err);
	return rc == RC_OK ? store_change(store, change_tx, &c, err) : rc;
}

enum rc
forwards_switch(struct db *db, struct arena *a, const struct forward *to,
    struct err *err)
{
	struct forward forward;
	enum rc rc =
	    forward_find(db, a, to->account, to->target, &forward, err);

	if (rc == RC_OK && forward.state == FORWARD_PENDING)
		return err_set(err, RC_PERM,
		    "%s: %s is pending until its code is typed; see postward "
		    "forward confirm",
		    to->account, forward.target);
	if (rc == RC_OK)
		rc = forward_set_state(db, to->account, to->target, to->state,
		    err);
	return rc == RC_OK ? targets_forget(db, to->account, to->target, err)
			   : rc;
}

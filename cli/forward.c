/* SPDX-License-Identifier: MIT */
#include "account.h"
#include "output.h"

#include "accounts/forwards.h"
#include "base/clock.h"
#include "store/account_table.h"
#include "store/forward_table.h"

#include <stdio.h>

typedef enum rc forward_work(struct invocation *in, struct store *store,
    const char *key, struct err *err);

/* key is the account of the first argument; NULL without one. */
static int
with_forwards(struct invocation *in, forward_work *work, const char *done)
{
	const char *key = NULL;
	struct store *store;
	struct err err;
	enum rc rc = RC_OK;

	if (in->n_arguments > 0)
		rc = account_key(in, in->arguments[0], &key, &err);
	if (rc == RC_OK)
		rc = settings_open_store(in->settings, &store, &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	rc = work(in, store, key, &err);
	store_close(store);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	if (done != NULL)
		printf("%s: %s\n", key, done);
	return EXIT_DONE;
}

struct listing {
	struct invocation *in;
	const char *key;
	struct forward *all;
	size_t n;
};

static enum rc
read_list(struct db *db, void *context, struct err *err)
{
	struct listing *l = context;
	struct account account;
	enum rc rc = RC_OK;

	if (l->key != NULL)
		rc = account_find(db, l->in->arena, l->key, &account, err);
	return rc != RC_OK ? rc
			   : forward_list(db, l->in->arena, l->key, &l->all,
				 &l->n, err);
}

static enum rc
list(struct invocation *in, struct store *store, const char *key,
    struct err *err)
{
	static const char *const columns[] = {
	    "Account", "Target", "State", "Verified"};
	struct listing l = {.in = in, .key = key};
	const char **cells;
	enum rc rc = store_do(store, read_list, &l, err);

	if (rc == RC_NONE)
		return err_set(err, RC_NONE, "%s: no such account", key);
	if (rc != RC_OK)
		return rc;
	cells = arena_take_array(in->arena, l.n * 4 + 1, sizeof(*cells));
	for (size_t i = 0; i < l.n; i++) {
		cells[i * 4] = l.all[i].account;
		cells[i * 4 + 1] = l.all[i].target;
		cells[i * 4 + 2] = forward_state_name(l.all[i].state);
		cells[i * 4 + 3] = output_time(in->arena, l.all[i].verified);
	}
	output_table(in, columns, 4, cells, l.n);
	return RC_OK;
}

static enum rc
no_account(const char *key, enum rc rc, struct err *err)
{
	return rc == RC_NONE ? err_set(err, RC_NONE,
				   "%s: no such account; first: postward "
				   "account add %s",
				   key, key)
			     : rc;
}

static enum rc
set(struct invocation *in, struct store *store, const char *key,
    struct err *err)
{
	enum rc rc = forwards_set(store, &in->settings->policy.forwards,
	    in->arena, key, (const char *const *)in->arguments + 1,
	    (size_t)in->n_arguments - 1, clock_now(), err);

	return no_account(key, rc, err);
}

static enum rc
add(struct invocation *in, struct store *store, const char *key,
    struct err *err)
{
	enum rc rc = forwards_add(store, &in->settings->policy.forwards,
	    in->arena, key, in->arguments[1], clock_now(), err);

	return no_account(key, rc, err);
}

struct task {
	const char *key, *target;
};

/* Runs `change`, of a struct task, on one forward that must be there. */
static enum rc
change_one(struct invocation *in, struct store *store, const char *key,
    store_work *change, struct err *err)
{
	struct address address;
	struct task task = {.key = key};
	enum rc rc = address_read(in->arena, in->arguments[1], &address, err);

	if (rc != RC_OK)
		return err_set(err, RC_PERM, "%s: expected an address",
		    in->arguments[1]);
	task.target = address_text(in->arena, &address);
	rc = store_change(store, change, &task, err);
	return rc == RC_NONE
		   ? err_set(err, RC_NONE, "%s does not forward to %s", key,
			 task.target)
		   : rc;
}

static enum rc
remove_one(struct db *db, void *context, struct err *err)
{
	const struct task *t = context;
	enum rc rc = forward_remove(db, t->key, t->target, err);

	return rc == RC_NONE && db_in_doubt(db) ? RC_OK : rc;
}

static enum rc
pause_one(struct db *db, void *context, struct err *err)
{
	const struct task *t = context;

	return forward_set_state(db, t->key, t->target, FORWARD_PAUSED,
	    clock_now(), err);
}

static enum rc
resume_one(struct db *db, void *context, struct err *err)
{
	const struct task *t = context;

	return forward_set_state(db, t->key, t->target, FORWARD_ACTIVE,
	    clock_now(), err);
}

static enum rc
remove_work(struct invocation *in, struct store *store, const char *key,
    struct err *err)
{
	return change_one(in, store, key, remove_one, err);
}

static enum rc
pause_work(struct invocation *in, struct store *store, const char *key,
    struct err *err)
{
	return change_one(in, store, key, pause_one, err);
}

static enum rc
resume_work(struct invocation *in, struct store *store, const char *key,
    struct err *err)
{
	return change_one(in, store, key, resume_one, err);
}

int
forward_list_run(struct invocation *in)
{
	return with_forwards(in, list, NULL);
}

int
forward_set_run(struct invocation *in)
{
	return with_forwards(in, set, "forwards set");
}

int
forward_add_run(struct invocation *in)
{
	return with_forwards(in, add, "forward added");
}

int
forward_remove_run(struct invocation *in)
{
	return with_forwards(in, remove_work, "forward removed");
}

int
forward_pause_run(struct invocation *in)
{
	return with_forwards(in, pause_work, "forward paused");
}

int
forward_resume_run(struct invocation *in)
{
	return with_forwards(in, resume_work, "forward active");
}

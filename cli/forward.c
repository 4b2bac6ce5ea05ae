/* SPDX-License-Identifier: MIT */
#include "account.h"
#include "listing.h"
#include "output.h"

#include "base/typed.h"
#include "forwarding/forwards.h"
#include "store/account_table.h"
#include "store/forward_table.h"

#include <stdio.h>
#include <string.h>

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
		rc = listing_open_store(in->settings, &store, &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	rc = work(in, store, key, &err);
	store_close(store);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	if (done != NULL)
		printf("%s: %s\n", output_shown(in->arena, key), done);
	return EXIT_DONE;
}

struct reading {
	struct listing *listing;
	const char *key;
};

static enum rc
read_forwards_of(struct db *db, const struct reading *r, struct err *err)
{
	struct arena *a = listing_arena(r->listing);
	struct forward forward;
	struct db_row *row;
	enum rc rc = forward_walk(db, r->key, &row, err);

	if (rc != RC_OK)
		return rc;
	while ((rc = forward_next(row, a, &forward, err)) == RC_OK) {
		const char *cells[] = {forward.account, forward.target,
		    forward_state_name(forward.state),
		    output_time(a, forward.verified),
		    output_time(a, forward.failing)};

		listing_add(r->listing, cells);
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

static enum rc
read_forward_list(struct db *db, void *context, struct err *err)
{
	const struct reading *r = context;
	struct account account;
	enum rc rc = RC_OK;

	if (!listing_again(r->listing))
		return RC_TEMP;
	if (r->key != NULL)
		rc = account_find(db, listing_arena(r->listing), r->key,
		    &account, err);
	return rc != RC_OK ? rc : read_forwards_of(db, r, err);
}

static enum rc
write_forwards(struct invocation *in, struct store *store, const char *key,
    struct err *err)
{
	static const struct listing_column columns[] = {{.name = "Account"},
	    {.name = "Target"}, {.name = "State"}, {.name = "Verified"},
	    {.name = "Failing"}};
	struct reading r = {listing_open(in, columns, 5), key};
	enum rc rc = store_do(store, read_forward_list, &r, err);

	if (rc == RC_NONE)
		err_set(err, RC_NONE, "%s: no such account", key);
	return listing_close(r.listing, rc, err);
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
set_forwards(struct invocation *in, struct store *store, const char *key,
    struct err *err)
{
	int64_t now;
	enum rc rc = store_now(store, &now, err);

	if (rc == RC_OK)
		rc = forwards_set(store, &in->settings->forwards, in->arena,
		    key, (const char *const *)in->arguments + 1,
		    (size_t)in->n_arguments - 1, now, err);

	return no_account(key, rc, err);
}

/* Five and five are easier to read out. */
static const char *
show_code(struct arena *a, const char *code)
{
	return code == NULL ? NULL : arena_printf(a, "%.5s-%s", code, code + 5);
}

static void
show_json(const struct invocation *in, const struct forwards_code *added,
    bool pending)
{
	cJSON *json = cJSON_CreateObject();

	output_member(json, "account", added->account);
	output_member(json, "target", added->target);
	output_member(json, "state",
	    forward_state_name(pending ? FORWARD_PENDING : FORWARD_ACTIVE));
	output_member(json, "code",
	    added->mail ? NULL : show_code(in->arena, added->code));
	cJSON_AddBoolToObject(json, "mailed", added->mail);
	cJSON_AddBoolToObject(json, "replaces", added->replace);
	output_json(json);
}

static void
show_pending(const struct invocation *in, const struct forwards_code *added)
{
	const char *url = in->settings->signup.url;
	const char *account = output_shown(in->arena, added->account);
	const char *target = output_shown(in->arena, added->target);
	size_t len = strlen(url);

	if (added->mail)
		printf("%s: %s is pending; a code is on its way to it\n",
		    account, target);
	else
		printf("%s: %s is pending; its code is %s\n"
		       "Give the code to whoever reads that mailbox, and to "
		       "nobody else.\n",
		    account, target, show_code(in->arena, added->code));
	if (added->replace)
		printf("Until it is typed the present targets get the mail; "
		       "then this one alone.\n");
	printf("When it comes back, within 24 hours:\n"
	       "  postward forward confirm '%s' '%s' CODE\n",
	    account, target);
	if (len > 0)
		printf("or, by whoever has it, at %s%sconfirm\n", url,
		    url[len - 1] == '/' ? "" : "/");
}

/* The target is pending until its code is typed. */
static enum rc
invite_target(struct invocation *in, struct store *store, const char *key,
    bool replace, struct err *err)
{
	struct forwards_code added = {
	    .account = key,
	    .target = in->arguments[1],
	    .secrets = in->settings->registration.codes,
	    .replace = replace,
	    .mail = in->options[OPTION_PRINT_CODE] == NULL,
	};
	enum rc rc = store_now(store, &added.now, err);

	if (rc == RC_OK)
		rc = forwards_invite(store, &in->settings->forwards, in->arena,
		    &added, err);
	if (rc == RC_OK && in->options[OPTION_JSON] != NULL)
		show_json(in, &added, true);
	else if (rc == RC_OK)
		show_pending(in, &added);
	return no_account(key, rc, err);
}

static enum rc
invite_alone(struct invocation *in, struct store *store, const char *key,
    struct err *err)
{
	return invite_target(in, store, key, true, err);
}

static enum rc
add_forward(struct invocation *in, struct store *store, const char *key,
    struct err *err)
{
	const struct forwards_settings *f = &in->settings->forwards;
	struct forwards_code added = {
	    .account = key,
	    .target = in->arguments[1],
	};
	enum rc rc;

	if (in->options[OPTION_CONFIRMED] == NULL)
		return invite_target(in, store, key, false, err);
	rc = store_now(store, &added.now, err);
	if (rc == RC_OK)
		rc = forwards_add(store, f, in->arena, key, added.target,
		    added.now, err);
	if (rc == RC_OK && in->options[OPTION_JSON] != NULL)
		show_json(in, &added, false);
	else if (rc == RC_OK)
		printf("%s: forward added\n", output_shown(in->arena, key));
	return no_account(key, rc, err);
}

struct task {
	struct arena *arena;
	const char *key, *target;
};

static enum rc
read_task(const struct invocation *in, struct task *t, struct err *err)
{
	const char *typed = typed_trim(in->arena, in->arguments[1]);
	struct address address;

	if (address_read(in->arena, typed, &address, err) != RC_OK)
		return err_set(err, RC_PERM, "%s: expected an address",
		    in->arguments[1]);
	t->target = address_text(in->arena, &address);
	return RC_OK;
}

static enum rc
confirm_forward(struct invocation *in, struct store *store, const char *key,
    struct err *err)
{
	struct task t = {.key = key};
	struct forwards_code typed = {
	    .account = key,
	    .secrets = in->settings->registration.codes,
	};
	enum rc rc = read_task(in, &t, err);

	if (rc == RC_OK)
		rc = store_now(store, &typed.now, err);
	typed.target = t.target;
	typed.code = in->arguments[2];
	return rc == RC_OK ? forwards_verify(store, in->arena, &typed, err)
			   : rc;
}

/* Runs `change`, of a struct task, on one forward that must be there. */
static enum rc
change_one(struct invocation *in, struct store *store, const char *key,
    store_work *change, struct err *err)
{
	struct task task = {.arena = in->arena, .key = key};
	enum rc rc = read_task(in, &task, err);

	if (rc != RC_OK)
		return rc;
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
switch_one(struct db *db, const struct task *t, enum forward_state state,
    struct err *err)
{
	const struct forward to = {
	    .account = t->key,
	    .target = t->target,
	    .state = state,
	};

	return forwards_switch(db, t->arena, &to, err);
}

static enum rc
pause_one(struct db *db, void *context, struct err *err)
{
	return switch_one(db, context, FORWARD_PAUSED, err);
}

static enum rc
resume_one(struct db *db, void *context, struct err *err)
{
	return switch_one(db, context, FORWARD_ACTIVE, err);
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
	return with_forwards(in, write_forwards, NULL);
}

int
forward_set_run(struct invocation *in)
{
	if (in->options[OPTION_CONFIRMED] != NULL)
		return with_forwards(in, set_forwards, "forwards set");
	if (in->n_arguments > 2) {
		fprintf(stderr,
		    "postward: forward set with several targets needs "
		    "--confirmed; to have each\n"
		    "confirmed by its reader: postward forward add\n");
		return EXIT_USAGE;
	}
	return with_forwards(in, invite_alone, NULL);
}

int
forward_add_run(struct invocation *in)
{
	return with_forwards(in, add_forward, NULL);
}

int
forward_confirm_run(struct invocation *in)
{
	return with_forwards(in, confirm_forward, "forward active");
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

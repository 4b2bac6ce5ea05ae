/* SPDX-License-Identifier: MIT */
#include "account.h"
#include "listing.h"
#include "output.h"

#include "base/typed.h"
#include "forwarding/domains.h"
#include "forwarding/forwards.h"
#include "mail/domain.h"
#include "mail/mailbox.h"
#include "policy/fate_strategy.h"
#include "store/account_table.h"

#include <stdio.h>
#include <string.h>

enum rc
account_key(struct invocation *in, const char *text, const char **key,
    struct err *err)
{
	const struct forwards_settings *forwards = &in->settings->forwards;
	struct address address = {0};
	enum rc rc;

	text = typed_trim(in->arena, text);
	if (text[0] == '@') {
		address.local = "";
		if (domain_read(in->arena, text + 1, &address.domain, err) !=
		    RC_OK)
			return RC_PERM;
	} else if (address_read(in->arena, text, &address, err) != RC_OK ||
		   address.domain[0] == '\0') {
		return err_set(err, RC_PERM,
		    "%s: expected an address, such as ann@%s", text,
		    forwards->n_domains > 0 ? forwards->domains[0]
					    : "remotes.club");
	}
	rc = domains_find(forwards, address.domain, NULL, err);
	if (rc == RC_NONE)
		return err_set(err, RC_PERM,
		    "%s: %s is not one of our domains; first: postward domain "
		    "add %s",
		    text, address.domain, address.domain);
	if (rc != RC_OK)
		return rc;
	*key = text[0] == '@' ? arena_printf(in->arena, "@%s", address.domain)
			      : address_key(in->arena, &address);
	return RC_OK;
}

int
account_look(struct invocation *in, const char **key, store_work *read,
    void *context)
{
	struct store *store = NULL;
	struct err err;
	enum rc rc = account_key(in, in->arguments[0], key, &err);

	if (rc == RC_OK)
		rc = settings_open_store(in->settings, &store, &err);
	if (rc == RC_OK)
		rc = store_do(store, read, context, &err);
	store_close(store);
	if (rc == RC_NONE)
		err_set(&err, RC_NONE, "%s: no such account", *key);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}

struct task {
	struct invocation *in;
	const char *key;
	int64_t now;
	const char *strategy; /* as account_table.h has it */
};

/* work: of this task. */
static int
with_task(struct invocation *in, store_work *work, struct task *task,
    const char *done)
{
	const char *key = NULL;
	struct store *store = NULL;
	struct err err;
	enum rc rc = account_key(in, in->arguments[0], &key, &err);

	if (rc == RC_OK)
		rc = settings_open_store(in->settings, &store, &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	task->in = in;
	task->key = key;
	rc = store_now(store, &task->now, &err);
	if (rc == RC_OK)
		rc = store_change(store, work, task, &err);
	store_close(store);
	if (rc == RC_NONE)
		err_set(&err, RC_NONE, "%s: no such account", key);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	printf("%s: %s\n", output_shown(in->arena, key), done);
	return EXIT_DONE;
}

/* work: of a struct task. */
static int
with_account(struct invocation *in, store_work *work, const char *done)
{
	struct task task = {0};

	return with_task(in, work, &task, done);
}

static enum rc
write_accounts(struct db *db, void *context, struct err *err)
{
	struct listing *l = context;
	struct arena *a = listing_arena(l);
	struct account account;
	struct db_row *row;
	enum rc rc;

	if (!listing_again(l))
		return RC_TEMP;
	rc = account_list(db, &row, err);
	if (rc != RC_OK)
		return rc;
	while ((rc = account_next(row, a, &account, err)) == RC_OK) {
		const char *cells[] = {account.address,
		    account.suspended ? "suspended" : "active",
		    account.strategy, output_time(a, account.created)};

		listing_add(l, cells);
	}
	db_end(row);
	return rc == RC_NONE ? RC_OK : rc;
}

/* In doubt, what was to be is what is (see store_change). */
static enum rc
add_account(struct db *db, void *context, struct err *err)
{
	const char *key = ((struct task *)context)->key;
	struct arena *a = ((struct task *)context)->in->arena;
	struct address address;
	struct err why;
	enum rc rc;

	if (key[0] != '@' && mailbox_read(a, key, &address, &why) != RC_OK)
		return err_set(err, RC_PERM, "%s: %s", key, why.text);
	rc = account_add(db, key, ((struct task *)context)->now, err);
	if (rc == RC_PERM && db_in_doubt(db))
		return RC_OK;
	return rc == RC_PERM ? err_set(err, RC_PERM,
				   "%s: the account is there already", key)
			     : rc;
}

static enum rc
suspend_account(struct db *db, void *context, struct err *err)
{
	return account_suspend(db, ((struct task *)context)->key, true, err);
}

static enum rc
resume_account(struct db *db, void *context, struct err *err)
{
	return account_suspend(db, ((struct task *)context)->key, false, err);
}

static enum rc
set_strategy(struct db *db, void *context, struct err *err)
{
	const struct task *task = context;

	return account_set_strategy(db, task->key, task->strategy, err);
}

static enum rc
remove_account(struct db *db, void *context, struct err *err)
{
	enum rc rc = account_delete(db, ((struct task *)context)->key, err);

	return rc == RC_NONE && db_in_doubt(db) ? RC_OK : rc;
}

int
account_list_run(struct invocation *in)
{
	static const struct listing_column columns[] = {{.name = "Address"},
	    {.name = "State"}, {.name = "Strategy"}, {.name = "Created"}};
	struct listing *l;
	struct store *store;
	struct err err;
	enum rc rc = listing_open_store(in->settings, &store, &err);

	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	l = listing_open(in, columns, 4);
	rc = listing_close(l, store_do(store, write_accounts, l, &err), &err);
	store_close(store);
	return rc == RC_OK ? EXIT_DONE : output_failure(in, rc, &err);
}

int
account_add_run(struct invocation *in)
{
	return with_account(in, add_account, "added; it has no forward yet");
}

int
account_set_run(struct invocation *in)
{
	const char *word = in->options[OPTION_STRATEGY];
	struct task task = {0};
	enum strategy strategy;

	if (word == NULL || !strategy_read(word, &strategy)) {
		output_wrong(in,
		    "--strategy %s: expected default, keep, hold, reject or "
		    "rewrite",
		    word == NULL ? "is missing" : word);
		return EXIT_USAGE;
	}
	if (strategy == STRATEGY_REWRITE &&
	    in->settings->authors.domain == NULL) {
		output_wrong(in, "--strategy rewrite: From is not rewritten "
				 "here, as forwarding.from-domain is not set");
		return EXIT_NO;
	}
	if (strategy != STRATEGY_DEFAULT)
		task.strategy = strategy_name(strategy);
	return with_task(in, set_strategy, &task,
	    arena_printf(in->arena, "strategy %s", word));
}

int
account_suspend_run(struct invocation *in)
{
	return with_account(in, suspend_account, "suspended");
}

int
account_resume_run(struct invocation *in)
{
	return with_account(in, resume_account, "active");
}

int
account_delete_run(struct invocation *in)
{
	return with_account(in, remove_account, "deleted");
}

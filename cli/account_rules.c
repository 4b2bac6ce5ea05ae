/* SPDX-License-Identifier: MIT */
/* `postward account allow`, `block`, `clear` and `rules`: whose mail a member
   lets pass, and whose not. */
#include "account.h"
#include "listing.h"
#include "output.h"

#include "forwarding/sender_rules.h"
#include "policy/check.h"
#include "store/account_table.h"

#include <stdio.h>
#include <string.h>

struct rules_task {
	struct invocation *in;
	const char *key;
	const char **senders;
	size_t n;
	bool allow;
	int64_t now;
	/* Of `clear`: a sender about whom there was no rule; or NULL. */
	const char *unknown;
};

static enum rc
write_rules(struct db *db, void *context, struct err *err)
{
	const struct rules_task *task = context;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < task->n; i++) {
		const struct sender_rule rule = {.account = task->key,
		    .sender = task->senders[i],
		    .allow = task->allow,
		    .created = task->now};

		rc = sender_rules_add(db, task->in->arena, &rule, err);
	}
	return rc;
}

/* Removes all of them, or none. */
static enum rc
clear_rules(struct db *db, void *context, struct err *err)
{
	struct rules_task *task = context;
	struct account account;
	enum rc rc =
	    account_find(db, task->in->arena, task->key, &account, err);

	task->unknown = NULL;
	for (size_t i = 0; rc == RC_OK && i < task->n; i++) {
		rc = sender_rule_remove(db, task->key, task->senders[i], err);
		if (rc == RC_NONE && db_in_doubt(db))
			rc = RC_OK;
		else if (rc == RC_NONE)
			task->unknown = task->senders[i];
	}
	return rc;
}

static enum rc
read_senders(struct rules_task *task, struct err *err)
{
	struct invocation *in = task->in;
	enum rc rc = RC_OK;

	task->n = (size_t)in->n_arguments - 1;
	task->senders =
	    arena_take_array(in->arena, task->n, sizeof(*task->senders));
	for (size_t i = 0; rc == RC_OK && i < task->n; i++)
		rc = sender_rule_read(in->arena, in->arguments[i + 1],
		    &task->senders[i], err);
	return rc;
}

static enum rc
change_rules(struct rules_task *task, store_work *work, struct err *err)
{
	struct store *store = NULL;
	enum rc rc =
	    account_key(task->in, task->in->arguments[0], &task->key, err);

	if (rc == RC_OK)
		rc = read_senders(task, err);
	if (rc == RC_OK)
		rc = settings_open_store(task->in->settings, &store, err);
	if (rc == RC_OK)
		rc = store_now(store, &task->now, err);
	if (rc == RC_OK)
		rc = store_change(store, work, task, err);
	store_close(store);
	if (rc == RC_NONE && task->unknown != NULL)
		err_set(err, RC_NONE, "%s: there is no rule about %s",
		    task->key, task->unknown);
	else if (rc == RC_NONE)
		err_set(err, RC_NONE, "%s: no such account", task->key);
	return rc;
}

static int
rules_run(struct rules_task *task, store_work *work, const char *done)
{
	struct arena *a = task->in->arena;
	struct err err;
	enum rc rc = change_rules(task, work, &err);

	if (rc != RC_OK)
		return output_failure(task->in, rc, &err);
	for (size_t i = 0; i < task->n; i++)
		printf("%s: %s %s\n", output_shown(a, task->key), done,
		    output_shown(a, task->senders[i]));
	return EXIT_DONE;
}

int
account_allow_run(struct invocation *in)
{
	struct rules_task task = {.in = in, .allow = true};
	int status = rules_run(&task, write_rules, "lets pass");
	bool any = false;

	for (size_t i = 0; i < CHECKS; i++)
		any |= in->settings->policy.may_pass[i];
	if (status == EXIT_DONE && !any)
		printf("As members.may-pass is empty, this changes nothing "
		       "but rules that block.\n");
	return status;
}

int
account_block_run(struct invocation *in)
{
	struct rules_task task = {.in = in};

	return rules_run(&task, write_rules, "blocks");
}

int
account_clear_run(struct invocation *in)
{
	struct rules_task task = {.in = in};

	return rules_run(&task, clear_rules, "has no rule any more about");
}

struct rules_seen {
	struct arena *arena;
	const char *key;
	struct sender_rule *rules;
	size_t n;
};

static enum rc
read_rules_seen(struct db *db, void *context, struct err *err)
{
	struct rules_seen *seen = context;
	struct account account;
	enum rc rc = account_find(db, seen->arena, seen->key, &account, err);

	return rc == RC_OK ? sender_rule_list(db, seen->arena, seen->key,
				 &seen->rules, &seen->n, err)
			   : rc;
}

static void
list_rules(struct invocation *in, const struct rules_seen *seen)
{
	static const struct listing_column columns[] = {
	    {.name = "Sender"}, {.name = "Rule"}, {.name = "Created"}};
	struct listing *l = listing_open(in, columns, 3);

	for (size_t i = 0; i < seen->n; i++) {
		const struct sender_rule *rule = &seen->rules[i];
		const char *cells[] = {rule->sender,
		    sender_rule_name(rule->allow),
		    output_time(in->arena, rule->created)};

		listing_add(l, cells);
	}
	listing_close(l, RC_OK, NULL);
}

int
account_rules_run(struct invocation *in)
{
	struct rules_seen seen = {.arena = in->arena};
	int status = account_look(in, &seen.key, read_rules_seen, &seen);

	if (status != EXIT_DONE)
		return status;
	list_rules(in, &seen);
	return EXIT_DONE;
}

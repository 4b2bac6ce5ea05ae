/* SPDX-License-Identifier: MIT */
/* `postward account show`: all that is known of one account. */
#include "account.h"
#include "output.h"

#include "base/str.h"
#include "forwarding/forwards.h"
#include "store/account_table.h"
#include "store/target_health_table.h"

#include <stdio.h>
#include <string.h>

struct account_seen {
	struct arena *arena;
	const char *key;
	bool stored; /* the store knows it */
	struct account account;
	struct target_seen *targets;
	size_t n;
	const char *source;       /* of its targets */
	struct forwards forwards; /* what another source than the store says */
};

static enum rc
read_account_seen(struct db *db, void *context, struct err *err)
{
	struct account_seen *seen = context;
	enum rc rc =
	    account_find(db, seen->arena, seen->key, &seen->account, err);

	return rc == RC_OK ? target_health_list(db, seen->arena, seen->key,
				 &seen->targets, &seen->n, err)
			   : rc;
}

/* "@remotes.club" is the catch-all, whose local part is empty. */
static enum rc
address_of_key(struct arena *a, const char *key, struct address *out,
    struct err *err)
{
	if (key[0] != '@')
		return address_read(a, key, out, err);
	*out = (struct address){"", key + 1};
	return RC_OK;
}

/* Asks the other sources about an account for which the store has no target.
   RC_NONE: no source knows it. */
static enum rc
look_elsewhere(const struct forwards_settings *settings, struct store *store,
    struct account_seen *seen, struct err *err)
{
	struct address address;
	enum rc rc = address_of_key(seen->arena, seen->key, &address, err);

	if (rc == RC_OK)
		rc = forwards_find(store, settings, seen->arena, &address,
		    &seen->forwards, err);
	if (rc != RC_OK)
		return rc;
	if (seen->forwards.account != NULL &&
	    strcmp(seen->forwards.account, seen->key) == 0)
		seen->source = seen->forwards.source;
	else if (!seen->stored)
		return err_set(err, RC_NONE, "%s: no such account", seen->key);
	return RC_OK;
}

static enum rc
look_everywhere(const struct forwards_settings *settings, struct store *store,
    struct account_seen *seen, struct err *err)
{
	enum rc rc = store_do(store, read_account_seen, seen, err);

	if (rc != RC_OK && rc != RC_NONE)
		return rc;
	seen->stored = rc == RC_OK;
	seen->source = "store";
	return seen->stored && (seen->n > 0 || seen->account.suspended)
		   ? RC_OK
		   : look_elsewhere(settings, store, seen, err);
}

static bool
is_from_elsewhere(const struct account_seen *seen)
{
	return strcmp(seen->source, "store") != 0;
}

/* Of an account elsewhere only what becomes of its mail is known. */
static const char *
account_state(const struct account_seen *seen)
{
	if (!seen->stored)
		return seen->forwards.known == FORWARDS_FOUND
			   ? "active"
			   : "without a target";
	return seen->account.suspended ? "suspended" : "active";
}

/* "active", "active, fails since ...: 5.1.1, there is no such mailbox" */
static const char *
target_text(struct arena *a, const struct target_seen *seen)
{
	const struct target_health *health = &seen->health;
	const char *state = forward_state_name(seen->forward.state);
	struct str s;

	str_init(&s, a);
	str_add(&s, state);
	if (seen->forward.failing != 0)
		str_addf(&s, ", fails since %s",
		    output_time(a, seen->forward.failing));
	else if (health->state == TARGET_SUSPECTED)
		str_addf(&s, ", suspected since %s",
		    output_time(a, health->since));
	else
		return state;
	if (health->status != NULL)
		str_addf(&s, ": %s", output_shown(a, health->status));
	if (health->reason != NULL)
		str_addf(&s, ", %s", output_shown(a, health->reason));
	return s.text;
}

/* Where its mail ends up, as the chains of the store go on from there. */
static void
print_elsewhere(const struct account_seen *seen)
{
	const struct forwards *f = &seen->forwards;

	for (size_t i = 0; i < f->n; i++)
		printf("%-11s%s\n", i == 0 ? "Leads to" : "",
		    output_shown(seen->arena, f->targets[i]));
	if (f->note != NULL)
		printf("%-11s%s\n", "Note", output_shown(seen->arena, f->note));
}

static void
print_account(const struct account_seen *seen)
{
	struct arena *a = seen->arena;
	const struct account *account = &seen->account;

	printf("%-11s%s\n", "Address", output_shown(a, seen->key));
	printf("%-11s%s\n", "Source", seen->source);
	printf("%-11s%s\n", "State", account_state(seen));
	if (seen->stored) {
		printf("%-11s%s\n", "Strategy",
		    account->strategy == NULL
			? "default"
			: output_shown(a, account->strategy));
		printf("%-11s%s\n", "Created",
		    output_time(a, account->created));
	}
	if (is_from_elsewhere(seen))
		print_elsewhere(seen);
	for (size_t i = 0; i < seen->n; i++)
		printf("%-11s%s, %s\n", i == 0 ? "Forwards" : "",
		    output_shown(a, seen->targets[i].forward.target),
		    target_text(a, &seen->targets[i]));
}

static void
print_target_json(cJSON *o, struct arena *a, const struct target_seen *seen)
{
	const struct target_health *health = &seen->health;

	output_member(o, "target", seen->forward.target);
	output_member(o, "state", forward_state_name(seen->forward.state));
	output_member(o, "health", target_state_name(health->state));
	output_member(o, "failing", output_time(a, seen->forward.failing));
	output_member(o, "status", health->status);
	output_member(o, "reason", health->reason);
}

static void
print_account_json(const struct account_seen *seen)
{
	const struct account *account = &seen->account;
	cJSON *o = cJSON_CreateObject(), *all, *one;

	output_member(o, "address", seen->key);
	output_member(o, "source", seen->source);
	output_member(o, "state", account_state(seen));
	output_member(o, "strategy", account->strategy);
	output_member(o, "created",
	    seen->stored ? output_time(seen->arena, account->created) : NULL);
	if (is_from_elsewhere(seen)) {
		all = cJSON_AddArrayToObject(o, "leads_to");
		for (size_t i = 0; i < seen->forwards.n; i++)
			cJSON_AddItemToArray(all,
			    cJSON_CreateString(seen->forwards.targets[i]));
		output_member(o, "note", seen->forwards.note);
	}
	all = cJSON_AddArrayToObject(o, "forwards");
	for (size_t i = 0; i < seen->n; i++) {
		one = cJSON_CreateObject();
		print_target_json(one, seen->arena, &seen->targets[i]);
		cJSON_AddItemToArray(all, one);
	}
	output_json(o);
}

int
account_show_run(struct invocation *in)
{
	struct account_seen seen = {.arena = in->arena};
	struct store *store = NULL;
	struct err err;
	enum rc rc = account_key(in, in->arguments[0], &seen.key, &err);

	if (rc == RC_OK)
		rc = settings_open_store(in->settings, &store, &err);
	if (rc == RC_OK)
		rc = look_everywhere(&in->settings->forwards, store, &seen,
		    &err);
	store_close(store);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	if (in->options[OPTION_JSON] != NULL)
		print_account_json(&seen);
	else
		print_account(&seen);
	return EXIT_DONE;
}

/* SPDX-License-Identifier: MIT */
/* `postward account show`: all that is known of one account. */
#include "account.h"
#include "output.h"

#include "base/str.h"
#include "store/account_table.h"
#include "store/target_health_table.h"

#include <stdio.h>

struct account_seen {
	struct arena *arena;
	const char *key;
	struct account account;
	struct target_seen *targets;
	size_t n;
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

static const char *
account_state(const struct account *account)
{
	return account->suspended ? "suspended" : "active";
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

static void
print_account(const struct account_seen *seen)
{
	struct arena *a = seen->arena;
	const struct account *account = &seen->account;

	printf("%-11s%s\n", "Address", output_shown(a, account->address));
	printf("%-11s%s\n", "State", account_state(account));
	printf("%-11s%s\n", "Strategy",
	    account->strategy == NULL ? "default"
				      : output_shown(a, account->strategy));
	printf("%-11s%s\n", "Created", output_time(a, account->created));
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

	output_member(o, "address", account->address);
	output_member(o, "state", account_state(account));
	output_member(o, "strategy", account->strategy);
	output_member(o, "created", output_time(seen->arena, account->created));
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
	int status = account_look(in, &seen.key, read_account_seen, &seen);

	if (status != EXIT_DONE)
		return status;
	if (in->options[OPTION_JSON] != NULL)
		print_account_json(&seen);
	else
		print_account(&seen);
	return EXIT_DONE;
}

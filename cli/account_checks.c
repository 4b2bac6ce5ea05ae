/* SPDX-License-Identifier: MIT */
/* `postward account checks`: which checks a member has switched on or off. */
#include "account.h"
#include "listing.h"
#include "output.h"

#include "members/member.h"
#include "policy/check.h"

#include <stdio.h>
#include <string.h>

struct checks_seen {
	struct arena *arena;
	const char *key;
	struct account_check *choices;
	size_t n;
};

static enum rc
read_checks_seen(struct db *db, void *context, struct err *err)
{
	struct checks_seen *seen = context;
	struct account account;
	enum rc rc = account_find(db, seen->arena, seen->key, &account, err);

	return rc == RC_OK ? account_check_list(db, seen->arena, seen->key,
				 &seen->choices, &seen->n, err)
			   : rc;
}

/* Does it count, by the configuration as it is? */
static bool
choice_counts(const struct policy_settings *policy, const char *check, bool on)
{
	for (size_t i = 0; i < CHECKS; i++)
		if (strcmp(check_name((enum check_id)i), check) == 0)
			return on ? policy->may_switch_on[i]
				  : policy->may_switch[i];
	return false;
}

static int
list_checks(struct invocation *in)
{
	static const struct listing_column columns[] = {{.name = "Check"},
	    {.name = "Choice"}, {.name = "Counts"}, {.name = "Created"}};
	struct checks_seen seen = {.arena = in->arena};
	int status = account_look(in, &seen.key, read_checks_seen, &seen);
	struct listing *l;

	if (status != EXIT_DONE)
		return status;
	l = listing_open(in, columns, 4);
	for (size_t i = 0; i < seen.n; i++) {
		const struct account_check *c = &seen.choices[i];
		const char *cells[] = {c->check, c->on ? "on" : "off",
		    choice_counts(&in->settings->policy, c->check, c->on)
			? "yes"
			: "no",
		    output_time(in->arena, c->created)};

		listing_add(l, cells);
	}
	listing_close(l, RC_OK, NULL);
	return EXIT_DONE;
}

static enum rc
read_choice(struct invocation *in, struct member_check *out, struct err *err)
{
	const char *word = in->arguments[2];

	out->check = in->arguments[1];
	for (size_t i = 0; i < CHECKS; i++)
		if (strcmp(check_name((enum check_id)i), out->check) == 0)
			for (unsigned c = CHOICE_DEFAULT; c <= CHOICE_OFF; c++)
				if (strcmp(account_choice_name(
					       (enum account_choice)c),
					word) == 0) {
					out->choice = (enum account_choice)c;
					return RC_OK;
				}
	return err_set(err, RC_PERM,
	    "%s %s: expected the name of a check, and on, off or default",
	    output_shown(in->arena, out->check), output_shown(in->arena, word));
}

static enum rc
write_check(struct invocation *in, const struct member_check *choice,
    struct err *err)
{
	struct store *store = NULL;
	const char *key;
	int64_t now;
	enum rc rc = account_key(in, in->arguments[0], &key, err);

	if (rc == RC_OK)
		rc = settings_open_store(in->settings, &store, err);
	if (rc == RC_OK)
		rc = store_now(store, &now, err);
	if (rc == RC_OK)
		rc = member_set_checks(store, key, choice, 1, now, err);
	store_close(store);
	return rc == RC_NONE ? err_set(err, rc, "%s: no such account", key)
			     : rc;
}

int
account_checks_run(struct invocation *in)
{
	struct member_check choice = {"", CHOICE_DEFAULT};
	struct err err;
	enum rc rc;

	if (in->n_arguments == 1)
		return list_checks(in);
	rc = in->n_arguments == 3
		 ? read_choice(in, &choice, &err)
		 : err_set(&err, RC_PERM,
		       "expected ADDRESS CHECK on|off|default");
	if (rc == RC_OK)
		rc = write_check(in, &choice, &err);
	if (rc != RC_OK)
		return output_failure(in, rc, &err);
	printf("%s: %s\n", choice.check, account_choice_name(choice.choice));
	if (choice.choice != CHOICE_DEFAULT &&
	    !choice_counts(&in->settings->policy, choice.check,
		choice.choice == CHOICE_ON))
		printf("This changes nothing while %s does not name it.\n",
		    choice.choice == CHOICE_ON ? "members.may-switch-on"
					       : "members.may-switch");
	return EXIT_DONE;
}

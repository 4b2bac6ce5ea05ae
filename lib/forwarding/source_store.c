/* SPDX-License-Identifier: MIT */
#include "forwarding/account_choices.h"
#include "forwarding/private/source.h"
#include "forwarding/sender_rules.h"
#include "store/account_table.h"
#include "store/forward_table.h"

static bool
store_may_have(const struct source_question *question)
{
	(void)question;
	return true;
}

static enum rc
find_stored_targets(const struct source_question *q, const char *key,
    struct source_account *out, struct err *err)
{
	struct forward *all;
	const char **targets;
	size_t n;
	enum rc rc = forward_list(q->db, q->arena, key, &all, &n, err);

	if (rc != RC_OK)
		return rc;
	targets = arena_take_array(q->arena, n, sizeof(*targets));
	for (size_t i = 0; i < n; i++) {
		if (all[i].state != FORWARD_ACTIVE && !q->every_state)
			continue;
		if (all[i].failing == 0 || q->every_state)
			targets[out->n++] = all[i].target;
		else if (all[i].failing > out->failing)
			out->failing = all[i].failing;
	}
	out->targets = targets;
	return RC_OK;
}

static enum rc
find_sender_rules(const struct source_question *q, const char *key,
    struct source_account *out, struct err *err)
{
	struct sender_rule *all;
	size_t n;
	enum rc rc = sender_rule_list(q->db, q->arena, key, &all, &n, err);

	if (rc == RC_OK)
		out->rules = sender_rules_text(q->arena, all, n);
	return rc;
}

static enum rc
find_choices(const struct source_question *q, const char *key,
    struct source_account *out, struct err *err)
{
	struct account_check *all;
	size_t n;
	enum rc rc = account_check_list(q->db, q->arena, key, &all, &n, err);

	if (rc == RC_OK)
		out->choices = account_choices_text(q->arena, all, n);
	return rc;
}

static enum rc
find_in_store(const struct source_question *q, struct source_account *out,
    struct err *err)
{
	const char *key = address_key(q->arena, q->address);
	struct account account;
	enum rc rc = account_find(q->db, q->arena, key, &account, err);

	if (rc != RC_OK)
		return rc;
	out->suspended = account.suspended && !q->every_state;
	out->strategy = account.strategy;
	if (out->suspended)
		return RC_OK;
	if (account.has_rules)
		rc = find_sender_rules(q, key, out, err);
	if (rc == RC_OK && account.has_choices)
		rc = find_choices(q, key, out, err);
	return rc == RC_OK ? find_stored_targets(q, key, out, err) : rc;
}

const struct source source_store = {
    .name = "store",
    .may_have = store_may_have,
    .find = find_in_store,
};

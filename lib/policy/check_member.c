/* SPDX-License-Identifier: MIT */
/* What the member to whom mail is sent says of its sender. */
#include "policy/private/check_rows.h"

#include "forwarding/sender_rules.h"

#include <string.h>

/* At the end of a message, what was said of each recipient is known already. */
static bool
check_member_rule_applies(const struct check_run *run)
{
	return run->facts->state == SMTP_RCPT &&
	       run->facts->recipient != NULL && run->facts->sender_key != NULL;
}

static void
check_member_rule_judge(struct check_run *run)
{
	const char *by = NULL;
	struct finding *f;

	switch (sender_rules_find(run->arena, run->sender_rules,
	    run->facts->sender_key, &by)) {
	case SENDER_UNNAMED:
		break;
	case SENDER_ALLOWED:
		check_found(run, CHECK_MEMBER_RULE, FINDING_FINE,
		    arena_printf(run->arena, "the member lets %s pass", by));
		run->passes = true;
		break;
	case SENDER_BLOCKED:
		f = check_found(run, CHECK_MEMBER_RULE, FINDING_HIT,
		    arena_printf(run->arena, "the member blocks %s", by));
		f->reply = (struct reply){550, "7.1",
		    "The recipient does not want mail from this sender"};
		break;
	}
}

const struct check check_member_rule = {
    .stage = CHECK_AT_RECIPIENT,
    .def = CHECK_REJECTS,
    .exempts_roles = true,
    .applies_to_trusted = true,
    .applies = check_member_rule_applies,
    .judge = check_member_rule_judge,
};

static bool
is_left_to_member(const struct check_run *run, const struct finding *f)
{
	return strcmp(f->check, check_name(CHECK_MEMBER_RULE)) == 0 ||
	       policy_may_pass(run->settings, f->check);
}

static bool
is_switchable(const struct check_run *run, const struct finding *f)
{
	for (size_t i = 0; i < CHECKS; i++)
		if (strcmp(check_name((enum check_id)i), f->check) == 0)
			return run->settings->may_switch[i] ||
			       run->settings->may_switch_on[i];
	return false;
}

/* Is something that he could change against it? */
static bool
depends_on_member(const struct check_run *run,
    bool (*may_change)(const struct check_run *run, const struct finding *f))
{
	for (size_t i = 0; i < run->n_findings; i++)
		if ((run->findings[i].outcome == FINDING_HIT ||
			run->findings[i].outcome == FINDING_TEMP) &&
		    may_change(run, &run->findings[i]))
			return true;
	return false;
}

static bool
rules_changed(struct check_run *run)
{
	const char *key = run->facts->sender_key, *rules;
	enum sender_said before =
	    sender_rules_find(run->arena, run->sender_rules, key, NULL);
	enum rc rc;

	if (key == NULL || !depends_on_member(run, is_left_to_member))
		return false;
	rc = sender_rules_load(run->store, run->arena, run->account, key,
	    &rules, NULL);
	if (rc != RC_OK && rc != RC_NONE)
		return false;
	run->rules_fresh = true;
	run->sender_rules = rules;
	return sender_rules_find(run->arena, rules, key, NULL) != before;
}

static bool
choices_changed(struct check_run *run)
{
	const char *before = run->choices, *choices;

	if (!depends_on_member(run, is_switchable) ||
	    account_choices_load(run->store, run->arena, run->account, &choices,
		NULL) != RC_OK)
		return false;
	run->choices_fresh = true;
	run->choices = choices;
	return strcmp(before == NULL ? "" : before,
		   choices == NULL ? "" : choices) != 0;
}

bool
check_member_changed(struct check_run *run)
{
	bool changed;

	if (!run->rules_cached || run->account == NULL)
		return false;
	changed = rules_changed(run);
	changed |= choices_changed(run);
	run->rules_cached = false;
	return changed;
}

bool
policy_may_pass(const struct policy_settings *s, const char *check)
{
	for (size_t i = 0; i < CHECKS; i++)
		if (strcmp(check_name((enum check_id)i), check) == 0)
			return s->may_pass[i] || i == CHECK_GREYLIST;
	return false;
}

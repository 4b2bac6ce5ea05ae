/* SPDX-License-Identifier: MIT */
/* Which checks a member wants for his mail, of those that are left to him. */
#include "member_page.h"
#include "policy/reason.h"
#include "routes.h"

#include <string.h>

static bool
is_switchable(const struct policy_settings *policy, size_t i)
{
	return policy->may_switch[i] || policy->may_switch_on[i];
}

/* What counts for everybody who has chosen nothing. */
static const char *
default_hint(const struct policy_settings *policy, size_t i)
{
	if (i == CHECK_DNSBL || i == CHECK_RHSBL)
		return NULL;
	if (policy->checks[i].action == ACTION_OFF)
		return "This is off.";
	return policy->checks[i].shadow ? "This is only tried out."
					: "This is on.";
}

static void
add_check_choice(const struct visit *v, struct str *s, size_t i,
    const char *choices)
{
	const struct policy_settings *policy = &v->snapshot->settings->policy;
	const char *name = check_name((enum check_id)i);
	struct html_option options[3] = {
	    {"default", "As for everybody", default_hint(policy, i)}};
	struct html_choice choice = {
	    .name = name,
	    .legend = reason_of_check((enum check_id)i),
	    .chosen = account_choice_name(account_choices_find(choices, name)),
	    .options = options,
	    .n = 1,
	};

	if (policy->may_switch_on[i])
		options[choice.n++] = (struct html_option){"on", "Yes", NULL};
	if (policy->may_switch[i])
		options[choice.n++] = (struct html_option){"off", "No", NULL};
	html_choice(s, &choice);
}

void
member_add_checks_form(const struct visit *v, struct str *s,
    const char *choices)
{
	const struct policy_settings *policy = &v->snapshot->settings->policy;
	bool any = false;

	for (size_t i = 0; i < CHECKS; i++)
		any |= is_switchable(policy, i);
	if (!any)
		return;
	html_section(s, "checks", "What is looked for in your mail");
	member_form(v, s, "member/checks");
	for (size_t i = 0; i < CHECKS; i++)
		if (is_switchable(policy, i))
			add_check_choice(v, s, i, choices);
	html_form_end(s, "Save these choices", true);
}

/* False: it is none that he may choose. */
static bool
read_choice(const struct policy_settings *policy, size_t i, const char *word,
    enum account_choice *out)
{
	for (unsigned c = CHOICE_DEFAULT; c <= CHOICE_OFF; c++)
		if (strcmp(account_choice_name((enum account_choice)c), word) ==
		    0) {
			*out = (enum account_choice)c;
			return c == CHOICE_DEFAULT ||
			       (c == CHOICE_ON ? policy->may_switch_on[i]
					       : policy->may_switch[i]);
		}
	return false;
}

/* RC_PERM: something was sent that no form of ours says. */
static enum rc
save_choices(const struct visit *v, struct err *err)
{
	const struct policy_settings *policy = &v->snapshot->settings->policy;
	struct member_check all[CHECKS];
	size_t n = 0;

	for (size_t i = 0; i < CHECKS; i++) {
		if (!is_switchable(policy, i))
			continue;
		all[n].check = check_name((enum check_id)i);
		if (!read_choice(policy, i, form_text(&v->form, all[n].check),
			&all[n].choice))
			return err_set(err, RC_PERM, "no such choice");
		n++;
	}
	return member_set_checks(v->snapshot->store, v->session.account, all, n,
	    v->stored, err);
}

void
member_checks(struct visit *v, struct response *r)
{
	enum rc rc;

	if (!member_enter(v, r))
		return;
	rc = save_choices(v, &r->trouble);
	if (rc == RC_OK)
		member_done(v, r, "member/settings", "saved");
	else
		member_failed(v, r, rc, "member/settings");
}

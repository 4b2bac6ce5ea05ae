/* SPDX-License-Identifier: MIT */
/* What a member chooses: what becomes of doubtful mail, and the letter. */
#include "member_page.h"
#include "policy/fate_strategy.h"
#include "routes.h"

#include <string.h>

#define N(table) (sizeof(table) / sizeof(*(table)))

/* The last one only where addresses of ours may stand in From. */
static const struct html_option strategies[] = {
    {"default", "As it is set up here", NULL},
    {"keep", "Send it on all the same",
	"It may be refused there, or lie among the junk."},
    {"hold", "Hold it back", "Until an administrator has looked at it."},
    {"reject", "Refuse it", "Whoever sent it is told at once."},
    {"rewrite", "Send it on with an address of ours as its author",
	"It arrives, and your answers reach whoever has written it."},
};

static const struct html_option letters[] = {
    {"on", "Once a week, if there is anything to tell", NULL},
    {"off", "Never", NULL},
};

static size_t
n_strategies(const struct visit *v)
{
	const char *from = v->snapshot->settings->policy.fate.from_domain;

	return from != NULL && from[0] != '\0' ? N(strategies)
					       : N(strategies) - 1;
}

static void
add_strategy_form(const struct visit *v, struct str *s, const char *chosen)
{
	const struct html_choice choice = {
	    .name = "strategy",
	    .legend = "What should become of it?",
	    .chosen = chosen != NULL ? chosen : "default",
	    .options = strategies,
	    .n = n_strategies(v),
	};

	html_section(s, "doubtful", "Mail that nobody vouches for");
	html_paragraph(s,
	    "Of some mail nothing shows any more who has written it once we "
	    "have forwarded it. Your mailbox’s provider would refuse it, or "
	    "hide it among the junk.");
	member_form(v, s, "member/strategy");
	html_choice(s, &choice);
	html_form_end(s, "Save this choice", true);
}

static void
add_letter_form(const struct visit *v, struct str *s, bool on)
{
	const struct html_choice choice = {
	    .name = "digest",
	    .legend = "When do you want a letter about it?",
	    .chosen = on ? "on" : "off",
	    .options = letters,
	    .n = N(letters),
	};

	html_section(s, "letter", "What did not get through");
	member_form(v, s, "member/digest");
	html_choice(s, &choice);
	html_form_end(s, "Save this", true);
}

static void
add_end(const struct visit *v, struct str *s)
{
	const struct html_button everywhere = {
	    .root = v->root,
	    .action = "member/sign-out-all",
	    .csrf = v->csrf,
	    .text = "Sign out everywhere",
	};
	const struct html_link leave = {
	    .before = "",
	    .root = v->root,
	    .href = "member/leave",
	    .text = "Give the address up",
	    .after = "",
	};

	html_section(s, "browsers", "Browsers");
	html_paragraph(s,
	    "Were you signed in somewhere else? This ends it in all browsers, "
	    "this one, too.");
	html_button(s, &everywhere);
	html_section(s, "end", "Leaving");
	html_paragraph(s,
	    "You can give up your address, and have all deleted that we know "
	    "about you.");
	html_link(s, &leave);
}

static void
show_settings(const struct visit *v, struct response *r,
    const struct member *member)
{
	member_begin(v, r, 200, "Settings", "member/settings");
	if (member_said(v->id) != NULL)
		html_notice(&r->body, member_said(v->id));
	add_strategy_form(v, &r->body, member->account.strategy);
	add_letter_form(v, &r->body, member->digest);
	member_add_checks_form(v, &r->body, member->choices);
	add_end(v, &r->body);
	page_end(r);
}

void
member_settings(struct visit *v, struct response *r)
{
	struct member member;
	enum rc rc;

	if (!member_enter(v, r))
		return;
	rc = member_find(v->snapshot->store, v->arena, v->session.account,
	    &member, &r->trouble);
	if (rc == RC_OK)
		show_settings(v, r, &member);
	else
		member_failed(v, r, rc, "member");
}

static void
saved(const struct visit *v, struct response *r, enum rc rc)
{
	if (rc == RC_OK)
		member_done(v, r, "member/settings", "saved");
	else
		member_failed(v, r, rc, "member/settings");
}

void
member_strategy(struct visit *v, struct response *r)
{
	const char *word = form_text(&v->form, "strategy");
	size_t i = 0, n = n_strategies(v);

	if (!member_enter(v, r))
		return;
	while (i < n && strcmp(strategies[i].value, word) != 0)
		i++;
	if (i == n)
		saved(v, r, RC_PERM);
	else
		saved(v, r,
		    member_set_strategy(v->snapshot->store, v->session.account,
			i > 0 ? word : NULL, &r->trouble));
}

void
member_digest(struct visit *v, struct response *r)
{
	bool on = strcmp(form_text(&v->form, "digest"), "on") == 0;

	if (member_enter(v, r))
		saved(v, r,
		    member_set_digest(v->snapshot->store, v->session.account,
			on, v->stored, &r->trouble));
}

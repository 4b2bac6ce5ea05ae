/* SPDX-License-Identifier: MIT */
/* Senders that a member lets pass, or blocks. */
#include "forwarding/sender_rules.h"
#include "member_page.h"
#include "routes.h"

#include <string.h>

struct sender_complaint {
	unsigned status; /* 0: nothing was typed */
	bool allow;      /* which of the forms it was */
	const char *error;
};

static bool
may_pass_any(const struct visit *v)
{
	for (size_t i = 0; i < CHECKS; i++)
		if (v->snapshot->settings->policy.may_pass[i])
			return true;
	return false;
}

static void
add_rule_card(const struct visit *v, struct str *s,
    const struct sender_rule *rule)
{
	str_add(s, "<li>\n<h3>");
	html_text(s, rule->sender);
	str_add(s, "</h3>\n");
	html_paragraph(s, arena_printf(v->arena, "%s since %s.",
			      rule->allow ? "May pass" : "Blocked",
			      member_time(v->arena, rule->created)));
	str_add(s, "<div class=\"buttons\">\n");
	member_button(v, s, "member/forget", "sender", rule->sender, "Forget");
	str_add(s, "</div>\n</li>\n");
}

static struct html_field
sender_field(const struct visit *v, bool allow,
    const struct sender_complaint *c)
{
	bool typed = c->status > 0 && c->allow == allow;

	return (struct html_field){
	    .id = allow ? "pass" : "block",
	    .name = "sender",
	    .label = allow ? "Let a sender pass" : "Block a sender",
	    .hint = allow ? "An address, or all of a domain, such as "
			    "example.org. What looks like junk or a forgery "
			    "is then taken from there all the same."
			  : "An address, or all of a domain, such as "
			    "example.org. Mail from there to you is refused.",
	    .value = typed ? form_word(v->arena, &v->form, "sender") : NULL,
	    .error = typed ? c->error : NULL,
	    .inputmode = "email",
	};
}

static void
add_sender_form(const struct visit *v, struct str *s, bool allow,
    const struct html_field *field)
{
	member_form(v, s, allow ? "member/pass" : "member/block");
	html_hidden(s, "page", "senders");
	html_field(s, field);
	html_form_end(s, allow ? "Let it pass" : "Block it", true);
}

static void
show_senders(const struct visit *v, struct response *r,
    const struct member *member, const struct sender_complaint *c)
{
	const struct html_field fields[] = {
	    sender_field(v, true, c), sender_field(v, false, c)};
	struct str *s = &r->body;

	member_begin(v, r, c->status > 0 ? c->status : 200, "Senders",
	    "member/senders");
	html_errors(s, NULL, fields, 2);
	if (c->status == 0 && member_said(v->id) != NULL)
		html_notice(s, member_said(v->id));
	if (member->n_rules == 0)
		html_paragraph(s,
		    "Here you say whose mail you want in any case, and whose "
		    "never. You have said nothing yet.");
	else
		str_add(s, "<ul class=\"cards\">\n");
	for (size_t i = 0; i < member->n_rules; i++)
		add_rule_card(v, s, &member->rules[i]);
	if (member->n_rules > 0)
		str_add(s, "</ul>\n");
	if (may_pass_any(v))
		add_sender_form(v, s, true, &fields[0]);
	add_sender_form(v, s, false, &fields[1]);
	page_end(r);
}

static void
find_and_show(struct visit *v, struct response *r,
    const struct sender_complaint *c)
{
	struct member member;
	enum rc rc = member_find(v->snapshot->store, v->arena,
	    v->session.account, &member, &r->trouble);

	if (rc == RC_OK)
		show_senders(v, r, &member, c);
	else
		member_failed(v, r, rc, "member");
}

void
member_senders(struct visit *v, struct response *r)
{
	const struct sender_complaint none = {0};

	if (member_enter(v, r))
		find_and_show(v, r, &none);
}

static void
sender_wrong(struct visit *v, struct response *r, bool allow, const char *error)
{
	const struct sender_complaint c = {422, allow, error};

	r->trouble.text[0] = '\0';
	find_and_show(v, r, &c);
	r->result = "wrong";
}

static void
put_rule(struct visit *v, struct response *r, bool allow)
{
	struct sender_rule rule;
	const char *from;
	enum rc rc;

	if (!member_enter(v, r))
		return;
	from = strcmp(form_text(&v->form, "page"), "senders") == 0
		   ? "member/senders"
		   : "member";
	rule = (struct sender_rule){
	    .account = v->session.account,
	    .allow = allow,
	    .created = v->stored,
	};
	if (sender_rule_read(v->arena, form_word(v->arena, &v->form, "sender"),
		&rule.sender, NULL) != RC_OK) {
		sender_wrong(v, r, allow,
		    "Please write an address or a domain, such as "
		    "sue@example.org or example.org.");
		return;
	}
	rc = member_put_rule(v->snapshot->store, v->arena, &rule, &r->trouble);
	if (rc == RC_OK)
		member_done(v, r, from, allow ? "passed" : "blocked");
	else if (rc == RC_PERM)
		sender_wrong(v, r, allow,
		    "There are too many senders in your list: please forget "
		    "some first.");
	else
		member_failed(v, r, rc, from);
}

void
member_pass_sender(struct visit *v, struct response *r)
{
	put_rule(v, r, true);
}

void
member_block_sender(struct visit *v, struct response *r)
{
	put_rule(v, r, false);
}

void
member_forget_sender(struct visit *v, struct response *r)
{
	enum rc rc;

	if (!member_enter(v, r))
		return;
	rc = member_remove_rule(v->snapshot->store, v->session.account,
	    form_text(&v->form, "sender"), &r->trouble);
	if (rc == RC_OK)
		member_done(v, r, "member/senders", "forgotten");
	else
		member_failed(v, r, rc, "member/senders");
}

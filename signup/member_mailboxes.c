/* SPDX-License-Identifier: MIT */
/* A member's mailboxes: where mail goes, and how that is changed. */
#include "member_mailboxes.h"

#include "base/token.h"
#include "routes.h"

#include <string.h>

/* What has been wrong is told without a full stop (target_rules.h). */
static const char *
failing_state(const struct visit *v, const struct target_seen *t)
{
	const char *reason =
	    t->health.reason != NULL ? t->health.reason : "we do not know why";

	return arena_printf(v->arena,
	    "Mail to it comes back since %s: %s. So none is sent there, until "
	    "a mail with which we try it from time to time gets through.",
	    member_time(v->arena, t->forward.failing), reason);
}

static const char *
mailbox_state(const struct visit *v, const struct target_seen *t)
{
	switch (t->forward.state) {
	case FORWARD_PENDING:
		return "Waits for the code that we have sent there.";
	case FORWARD_PAUSED:
		return "Paused: no mail goes there.";
	case FORWARD_ACTIVE:
		break;
	}
	if (t->forward.failing > 0)
		return failing_state(v, t);
	return t->health.state == TARGET_SUSPECTED
		   ? "Gets your mail, but some of it came back of late."
		   : "Gets your mail.";
}

static void
add_code_form(const struct visit *v, struct str *s, const struct forward *f,
    size_t number, const struct mailbox_complaint *c)
{
	bool typed = c->target != NULL && strcmp(c->target, f->target) == 0;
	const struct html_field field = {
	    .id = arena_printf(v->arena, "code-%zu", number),
	    .name = "code",
	    .label = "Code from the mail",
	    .value = typed ? form_word(v->arena, &v->form, "code") : NULL,
	    .error = typed ? c->code : NULL,
	    .autocomplete = "one-time-code",
	    .autocapitalize = "characters",
	};

	member_form(v, s, "member/confirm");
	html_hidden(s, "target", f->target);
	html_field(s, &field);
	html_form_end(s, "Confirm the mailbox", false);
}

static void
add_mailbox_buttons(const struct visit *v, struct str *s,
    const struct forward *f)
{
	str_add(s, "<div class=\"buttons\">\n");
	if (f->state == FORWARD_ACTIVE && f->failing > 0)
		member_button(v, s, "member/resume", "target", f->target,
		    "Try it again now");
	if (f->state == FORWARD_ACTIVE)
		member_button(v, s, "member/pause", "target", f->target,
		    "Pause");
	if (f->state == FORWARD_PAUSED)
		member_button(v, s, "member/resume", "target", f->target,
		    "Resume");
	member_button(v, s, "member/remove", "target", f->target, "Remove");
	str_add(s, "</div>\n");
}

static void
add_mailbox(const struct visit *v, struct str *s, const struct target_seen *t,
    size_t number, const struct mailbox_complaint *c)
{
	const struct forward *f = &t->forward;
	bool is_well = f->state == FORWARD_ACTIVE && f->failing == 0 &&
		       t->health.state == TARGET_WELL;

	str_add(s, is_well ? "<li>\n<h3>" : "<li class=\"care\">\n<h3>");
	html_text(s, f->target);
	str_add(s, "</h3>\n");
	html_paragraph(s, mailbox_state(v, t));
	if (f->state == FORWARD_PENDING)
		add_code_form(v, s, f, number, c);
	add_mailbox_buttons(v, s, f);
	str_add(s, "</li>\n");
}

static void
add_new_form(const struct visit *v, struct str *s,
    const struct mailbox_complaint *c)
{
	const struct html_field field = {
	    .id = "mailbox",
	    .label = "One more mailbox",
	    .hint = "We send a code there first. Your mail goes to it as soon "
		    "as you have typed the code here.",
	    .value = form_word(v->arena, &v->form, "mailbox"),
	    .error = c->mailbox,
	    .autocomplete = "email",
	    .inputmode = "email",
	};

	member_form(v, s, "member/add");
	html_field(s, &field);
	html_form_end(s, "Add the mailbox", true);
}

void
member_mailboxes(const struct visit *v, struct str *s,
    const struct member *member, const struct mailbox_complaint *c)
{
	html_section(s, "mailboxes", "Where it goes");
	if (member->n == 0)
		html_paragraph(s,
		    "Nowhere: mail to your address is refused until you add a "
		    "mailbox.");
	else
		str_add(s, "<ul class=\"cards\">\n");
	for (size_t i = 0; i < member->n; i++)
		add_mailbox(v, s, &member->targets[i], i + 1, c);
	if (member->n > 0)
		str_add(s, "</ul>\n");
	add_new_form(v, s, c);
}

static struct member_mailbox
mailbox_of(const struct visit *v)
{
	return (struct member_mailbox){
	    .arena = v->arena,
	    .account = v->session.account,
	    .target = form_text(&v->form, "target"),
	    .sure = strcmp(form_text(&v->form, "sure"), "yes") == 0,
	};
}

/* Before the last mailbox goes. */
static void
ask_whether_sure(const struct visit *v, struct response *r, const char *action,
    const char *target, const char *button)
{
	const struct html_link back = {
	    .before = "",
	    .root = v->root,
	    .href = "member",
	    .text = "No, leave it as it is",
	    .after = "",
	};

	member_begin(v, r, 200, "Then nothing would get your mail", NULL);
	html_strong(&r->body, "", target,
	    " is the only mailbox that gets your mail.");
	html_paragraph(&r->body,
	    "Without it, mail to your address is refused, and you cannot sign "
	    "in here any more: codes are sent to the mailboxes that get your "
	    "mail. Better add another mailbox first.");
	member_form(v, &r->body, action);
	html_hidden(&r->body, "target", target);
	html_hidden(&r->body, "sure", "yes");
	html_form_end(&r->body, button, true);
	html_link(&r->body, &back);
	page_end(r);
	r->result = "unsure";
}

void
member_pause_mailbox(struct visit *v, struct response *r)
{
	struct member_mailbox m;
	enum rc rc;

	if (!member_enter(v, r))
		return;
	m = mailbox_of(v);
	rc = member_pause(v->snapshot->store, &m, &r->trouble);
	if (rc == RC_OK)
		member_done(v, r, "member", "paused");
	else if (m.is_last)
		ask_whether_sure(v, r, "member/pause", m.target,
		    "Pause it all the same");
	else
		member_failed(v, r, rc, "member");
	if (rc == RC_PERM)
		r->trouble.text[0] = '\0';
}

void
member_remove_mailbox(struct visit *v, struct response *r)
{
	struct member_mailbox m;
	enum rc rc;

	if (!member_enter(v, r))
		return;
	m = mailbox_of(v);
	rc = member_remove(v->snapshot->store, &m, &r->trouble);
	if (rc == RC_OK)
		member_done(v, r, "member", "removed");
	else if (m.is_last)
		ask_whether_sure(v, r, "member/remove", m.target,
		    "Remove it all the same");
	else
		member_failed(v, r, rc, "member");
	if (rc == RC_PERM)
		r->trouble.text[0] = '\0';
}

void
member_resume_mailbox(struct visit *v, struct response *r)
{
	struct member_mailbox m;
	enum rc rc;

	if (!member_enter(v, r))
		return;
	m = mailbox_of(v);
	rc = member_resume(v->snapshot->store, &m, &r->trouble);
	if (rc == RC_OK)
		member_done(v, r, "member", "resumed");
	else
		member_failed(v, r, rc, "member");
}

void
member_add_mailbox(struct visit *v, struct response *r)
{
	struct mailbox_complaint c = {.status = 422};
	const char *target;
	bool limit;
	enum rc rc;

	if (!member_enter(v, r))
		return;
	rc = member_invite(v->snapshot->store, &v->snapshot->settings->member,
	    v->arena, v->session.account,
	    form_word(v->arena, &v->form, "mailbox"), v->stored, &target,
	    &limit, &r->trouble);
	if (rc == RC_OK) {
		member_done(v, r, "member", "added");
		return;
	}
	if (rc == RC_TEMP || (rc == RC_NONE && !limit)) {
		member_failed(v, r, rc, "member");
		return;
	}
	c.mailbox = arena_copy_text(v->arena, r->trouble.text);
	r->trouble.text[0] = '\0';
	if (limit)
		c.status = 429;
	member_show_mail(v, r, NULL, &c);
	r->result = limit ? "limit" : "wrong";
}

static enum rc
confirm_code_typed(struct visit *v, struct forwards_code *typed,
    struct err *err)
{
	const struct settings *settings = v->snapshot->settings;
	enum rc rc;

	if (token_read(v->arena, typed->code) == NULL)
		return err_set(err, RC_PERM, "%s",
		    typed->code[0] == '\0'
			? "Please type the code that we have sent there."
			: registration_no_token);
	rc = registration_try(v->snapshot->store, &settings->registration,
	    v->arena, v->client, v->stored, err);
	if (rc == RC_NONE)
		return RC_PERM;
	if (rc == RC_OK)
		rc = forwards_verify(v->snapshot->store, v->arena, typed, err);
	return rc == RC_PERM ? err_set(err, RC_PERM,
				   "This code is not right, or not any more. "
				   "If you add the mailbox again, we send "
				   "another one.")
			     : rc;
}

void
member_confirm_mailbox(struct visit *v, struct response *r)
{
	struct mailbox_complaint c = {.status = 422};
	struct forwards_code typed;
	enum rc rc;

	if (!member_enter(v, r))
		return;
	typed = (struct forwards_code){
	    .account = v->session.account,
	    .target = form_text(&v->form, "target"),
	    .code = form_word(v->arena, &v->form, "code"),
	    .secrets = v->snapshot->settings->registration.codes,
	    .client = v->client,
	    .now = v->stored,
	};
	rc = confirm_code_typed(v, &typed, &r->trouble);
	if (rc == RC_OK) {
		member_done(v, r, "member", "confirmed");
		return;
	}
	if (rc != RC_PERM) {
		member_failed(v, r, rc, "member");
		return;
	}
	c.target = typed.target;
	c.code = arena_copy_text(v->arena, r->trouble.text);
	r->trouble.text[0] = '\0';
	member_show_mail(v, r, NULL, &c);
	r->result = "wrong";
}

/* SPDX-License-Identifier: MIT */
/* A member gives the address up. */
#include "member_page.h"
#include "members/leave.h"
#include "routes.h"

#define RETRY_HOUR 3600

static void
add_back(const struct visit *v, struct str *s)
{
	const struct html_link back = {
	    .before = "",
	    .root = v->root,
	    .href = "member",
	    .text = "No, I stay",
	    .after = "",
	};

	html_link(s, &back);
}

static void
show_leave(const struct visit *v, struct response *r, unsigned status,
    const char *general)
{
	member_begin(v, r, status, "Give the address up", NULL);
	html_errors(&r->body, general, NULL, 0);
	html_strong(&r->body, "You are about to give up ", v->session.account,
	    ".");
	html_paragraph(&r->body,
	    "All that we know about you is deleted at once: where your mail "
	    "goes, whom you let pass or block, what was refused, who has "
	    "written to you. Mail to your address is refused from then on, and "
	    "somebody else may get the address one day. Nobody can undo that.");
	html_paragraph(&r->body,
	    "To be sure that it is you, we send one more code to the mailboxes "
	    "that get your mail.");
	member_form(v, &r->body, "member/leave");
	html_form_end(&r->body, "Send me the code", true);
	add_back(v, &r->body);
	page_end(r);
}

void
member_leave(struct visit *v, struct response *r)
{
	if (member_enter(v, r))
		show_leave(v, r, 200, NULL);
}

static void
show_leave_code(const struct visit *v, struct response *r, unsigned status,
    const char *error)
{
	const struct html_field field = {
	    .id = "code",
	    .label = "Code from the mail",
	    .hint = "Ten letters and digits. With it everything is deleted.",
	    .value = form_word(v->arena, &v->form, "code"),
	    .error = error,
	    .autocomplete = "one-time-code",
	    .autocapitalize = "characters",
	};

	member_begin(v, r, status, "Give the address up", NULL);
	html_errors(&r->body, NULL, &field, 1);
	html_strong(&r->body,
	    "We send a code to the mailboxes that get your mail. Type it here "
	    "to give up ",
	    v->session.account, " for good.");
	member_form(v, &r->body, "member/leave/code");
	html_field(&r->body, &field);
	html_form_end(&r->body, "Delete everything", false);
	add_back(v, &r->body);
	page_end(r);
}

void
member_leave_ask(struct visit *v, struct response *r)
{
	const char *why;
	enum rc rc;

	if (!member_enter(v, r))
		return;
	rc = leave_ask(v->snapshot->store, &v->snapshot->settings->member,
	    v->arena, v->session.account, v->stored, &r->trouble);
	switch (rc) {
	case RC_OK:
		page_redirect(v, r, "member/leave/code");
		r->result = "code";
		return;
	case RC_NONE:
		why = arena_copy_text(v->arena, r->trouble.text);
		r->trouble.text[0] = '\0';
		show_leave(v, r, 429, why);
		r->result = "limit";
		r->retry_after = RETRY_HOUR;
		return;
	case RC_PERM:
	case RC_TEMP:
		member_failed(v, r, rc, "member");
		return;
	}
}

void
member_leave_code(struct visit *v, struct response *r)
{
	if (member_enter(v, r))
		show_leave_code(v, r, 200, NULL);
}

void
member_leave_now(struct visit *v, struct response *r)
{
	struct leave leave;
	const char *why;
	enum rc rc;

	if (!member_enter(v, r))
		return;
	leave = (struct leave){
	    .account = v->session.account,
	    .code = form_word(v->arena, &v->form, "code"),
	    .client = v->client,
	    .now = v->stored,
	};
	rc = leave_confirm(v->snapshot->store, &v->snapshot->settings->member,
	    v->arena, &leave, &r->trouble);
	if (rc == RC_OK) {
		r->set_session = member_set_cookie(v, "");
		page_redirect(v, r, "member/left");
		r->result = "left";
		return;
	}
	if (rc != RC_PERM) {
		member_failed(v, r, rc, "member");
		return;
	}
	why = arena_copy_text(v->arena, r->trouble.text);
	r->trouble.text[0] = '\0';
	show_leave_code(v, r, 422, why);
	r->result = "wrong";
}

void
member_left(struct visit *v, struct response *r)
{
	const struct html_link join = {
	    .before = "You are welcome to ",
	    .root = v->root,
	    .href = "",
	    .text = "ask for an address again",
	    .after = ", one day.",
	};

	page_begin(v, r, 200, "You have left");
	html_paragraph(&r->body,
	    "Your address is given up, and all that we knew about you is "
	    "deleted. Goodbye!");
	html_link(&r->body, &join);
	page_end(r);
}

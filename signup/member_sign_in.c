/* SPDX-License-Identifier: MIT */
/* A member signs in with a code from his mail, and out again. */
#include "member_page.h"
#include "routes.h"

#define RETRY_HOUR  3600
#define RETRY_STORE 60

static const char store_trouble[] =
    "We cannot sign you in right now. What you typed is still here: please try "
    "again in a few minutes.";

static struct html_field
address_field(const struct visit *v, const char *error)
{
	return (struct html_field){
	    .id = "address",
	    .label = "Your address here",
	    .hint = arena_printf(v->arena, "Such as ann@%s.",
		v->snapshot->settings->registration.domain),
	    .value = form_word(v->arena, &v->form, "address"),
	    .error = error,
	    .autocomplete = "username",
	    .inputmode = "email",
	};
}

void
member_show_sign_in(const struct visit *v, struct response *r, unsigned status,
    const char *general, const char *error)
{
	const struct html_field field = address_field(v, error);
	const struct html_link join = {
	    .before = "No address yet? ",
	    .root = v->root,
	    .href = "",
	    .text = "Ask for one",
	    .after = ".",
	};

	page_begin(v, r, status, "Sign in");
	html_errors(&r->body, general, &field, 1);
	html_paragraph(&r->body,
	    "For members: see where your mail goes and what was refused, and "
	    "change it. We send a code to the mailboxes that get your mail.");
	member_form(v, &r->body, "member/code");
	html_field(&r->body, &field);
	html_form_end(&r->body, "Send me a code", false);
	html_link(&r->body, &join);
	page_end(r);
}

struct code_page {
	unsigned status;
	const char *general, *error;
};

static void
show_code(const struct visit *v, struct response *r,
    const struct code_page *page)
{
	const char *address = form_word(v->arena, &v->form, "address");
	const struct html_field field = {
	    .id = "code",
	    .label = "Code from the mail",
	    .hint = "Ten letters and digits. Blanks, hyphens and small letters "
		    "are fine.",
	    .value = form_word(v->arena, &v->form, "code"),
	    .error = page->error,
	    .autocomplete = "one-time-code",
	    .autocapitalize = "characters",
	};

	page_begin(v, r, page->status, "Check your mail");
	html_errors(&r->body, page->general, &field, 1);
	html_strong(&r->body, "If a member has the address ", address,
	    ", a code is on its way to the mailboxes that get its mail.");
	member_form(v, &r->body, "member/sign-in");
	html_hidden(&r->body, "address", address);
	html_field(&r->body, &field);
	html_form_end(&r->body, "Sign in", false);
	html_section(&r->body, "no-mail", "No mail?");
	html_paragraph(&r->body,
	    "It may take some minutes; please look among the junk, too. A code "
	    "is good for ten minutes, and in this browser.");
	member_form(v, &r->body, "member/code");
	html_hidden(&r->body, "address", address);
	html_form_end(&r->body, "Send another code", true);
	page_end(r);
}

/* False: there are no such pages, and r says so. */
static bool
begin_sign_in(struct visit *v, struct response *r, struct sign_in *in)
{
	if (!v->snapshot->settings->member.page)
		return member_enter(v, r);
	*in = (struct sign_in){
	    .address = form_word(v->arena, &v->form, "address"),
	    .secret = v->csrf,
	    .browser = v->browser,
	    .client = v->client,
	};
	return true;
}

void
member_code(struct visit *v, struct response *r)
{
	const struct code_page page = {.status = 200};
	struct sign_in in;
	const char *why;
	enum rc rc;

	if (!begin_sign_in(v, r, &in))
		return;
	rc = store_now(v->snapshot->store, &in.now, &r->trouble);
	if (rc == RC_OK)
		rc = sign_in_ask(v->snapshot->store,
		    &v->snapshot->settings->member, v->arena, &in, &r->trouble);
	why = arena_copy_text(v->arena, r->trouble.text);
	if (rc != RC_TEMP)
		r->trouble.text[0] = '\0';
	switch (rc) {
	case RC_OK:
		show_code(v, r, &page);
		r->result = "code";
		return;
	case RC_PERM:
		member_show_sign_in(v, r, 422, NULL, why);
		r->result = "wrong";
		return;
	case RC_NONE:
		member_show_sign_in(v, r, 429, why, NULL);
		r->result = "limit";
		r->retry_after = RETRY_HOUR;
		return;
	case RC_TEMP:
		member_show_sign_in(v, r, 503, store_trouble, NULL);
		r->result = "temp";
		r->retry_after = RETRY_STORE;
		return;
	}
}

void
member_sign_in(struct visit *v, struct response *r)
{
	const char *code = form_word(v->arena, &v->form, "code");
	struct code_page page = {.status = 422};
	struct signed_in session;
	struct sign_in in;
	const char *why;
	enum rc rc;

	if (!begin_sign_in(v, r, &in))
		return;
	rc = code[0] == '\0'
		 ? err_set(&r->trouble, RC_PERM,
		       "Please type the code that we have sent you.")
		 : store_now(v->snapshot->store, &in.now, &r->trouble);
	if (rc == RC_OK)
		rc = sign_in_try(v->snapshot->store,
		    &v->snapshot->settings->member, v->arena, &in, code,
		    &session, &r->trouble);
	why = arena_copy_text(v->arena, r->trouble.text);
	if (rc != RC_TEMP)
		r->trouble.text[0] = '\0';
	switch (rc) {
	case RC_OK:
		r->set_session = member_set_cookie(v, session.token);
		page_redirect(v, r, "member");
		r->result = "signed-in";
		return;
	case RC_PERM:
		page.error = why;
		r->result = "wrong";
		break;
	case RC_NONE:
		page = (struct code_page){429, why, NULL};
		r->result = "limit";
		r->retry_after = RETRY_HOUR;
		break;
	case RC_TEMP:
		page = (struct code_page){503, store_trouble, NULL};
		r->result = "temp";
		r->retry_after = RETRY_STORE;
		break;
	}
	show_code(v, r, &page);
}

/* The forms, sent without their cookie, or too often. */
void
member_code_again(struct visit *v, struct response *r)
{
	bool flood = v->flood > 0;

	member_show_sign_in(v, r, flood ? 429 : 403,
	    flood ? page_flood : page_stale(v), NULL);
}

void
member_sign_in_again(struct visit *v, struct response *r)
{
	bool flood = v->flood > 0;
	const struct code_page page = {
	    flood ? 429 : 403, flood ? page_flood : page_stale(v), NULL};

	show_code(v, r, &page);
}

void
member_sign_out(struct visit *v, struct response *r)
{
	enum rc rc;

	if (!member_enter(v, r))
		return;
	rc = signed_in_end(v->snapshot->store, v->arena, v->session.token,
	    &r->trouble);
	if (rc == RC_TEMP) {
		member_failed(v, r, rc, "member");
		return;
	}
	r->set_session = member_set_cookie(v, "");
	page_redirect(v, r, "member");
	r->result = "signed-out";
}

/* This browser, too: who is in doubt about one does not trust any. */
void
member_sign_out_all(struct visit *v, struct response *r)
{
	enum rc rc;

	if (!member_enter(v, r))
		return;
	rc = signed_in_end_all(v->snapshot->store, v->session.account,
	    &r->trouble);
	if (rc == RC_TEMP) {
		member_failed(v, r, rc, "member/settings");
		return;
	}
	r->set_session = member_set_cookie(v, "");
	page_redirect(v, r, "member");
	r->result = "signed-out";
}

/* SPDX-License-Identifier: MIT */
#include "member_page.h"

#include "cookie.h"
#include "routes.h"

#include <string.h>
#include <time.h>

#define RETRY_STORE 60

static const struct {
	const char *href, *text;
} pages[] = {
    {"member", "Mail"},
    {"member/senders", "Senders"},
    {"member/settings", "Settings"},
};

static const struct {
	const char *word, *sentence;
} said[] = {
    {"added", "A code is on its way to the new mailbox. Type it below."},
    {"confirmed", "From now on your mail goes to that mailbox, too."},
    {"paused", "No mail goes to that mailbox for the time being."},
    {"resumed", "Your mail goes to that mailbox again."},
    {"removed", "No mail goes to that mailbox any more."},
    {"gone", "That is not there any more. Nothing was changed."},
    {"passed", "Mail from that sender may pass from now on. What was refused "
	       "does not come by itself: please ask for it once more."},
    {"blocked", "Mail from that sender is refused from now on; it takes a "
		"minute until all our servers know it."},
    {"forgotten", "That sender is treated like any other again."},
    {"saved", "That is saved."},
};

const char *
member_said(const char *word)
{
	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++)
		if (word != NULL && strcmp(said[i].word, word) == 0)
			return said[i].sentence;
	return NULL;
}

static bool
is_secure(const struct visit *v)
{
	return str_starts(v->snapshot->settings->signup.url, "https://");
}

static const char *
session_cookie_name(const struct visit *v)
{
	return is_secure(v) ? "__Host-postward-member" : "postward-member";
}

const char *
member_set_cookie(const struct visit *v, const char *token)
{
	return cookie_set(v->arena, session_cookie_name(v), token,
	    is_secure(v));
}

static void
add_way(struct str *s, const void *context)
{
	const struct visit *v = context;
	const struct html_button out = {
	    .root = v->root,
	    .action = "member/sign-out",
	    .csrf = v->csrf,
	    .text = "Sign out",
	};

	str_add(s, "<nav aria-label=\"Your pages\">\n<ul>\n");
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++)
		str_addf(s, "<li><a href=\"%s%s\"%s>%s</a></li>\n", v->root,
		    pages[i].href,
		    v->here != NULL && strcmp(v->here, pages[i].href) == 0
			? " aria-current=\"page\""
			: "",
		    pages[i].text);
	str_add(s, "</ul>\n");
	html_button(s, &out);
	str_add(s, "</nav>\n");
}

void
member_begin(const struct visit *v, struct response *r, unsigned status,
    const char *heading, const char *here)
{
	struct visit *below = arena_take(v->arena, sizeof(*below));

	*below = *v;
	below->here = here;
	page_begin_below(v, r, status, heading, add_way, below);
}

void
member_done(const struct visit *v, struct response *r, const char *page,
    const char *word)
{
	r->result = word;
	page_redirect(v, r, arena_printf(v->arena, "%s/said/%s", page, word));
}

/* The same form once more, as one button: nothing that was typed is lost. */
static void
show_once_more(const struct visit *v, struct response *r, unsigned status,
    const char *heading, const char *sentence)
{
	page_begin(v, r, status, heading);
	html_paragraph(&r->body, sentence);
	if (strcmp(v->method, "POST") == 0) {
		member_form(v, &r->body, v->path + strspn(v->path, "/"));
		for (size_t i = 0; i < v->form.n; i++)
			if (strcmp(v->form.fields[i].name, "csrf") != 0)
				html_hidden(&r->body, v->form.fields[i].name,
				    v->form.fields[i].value);
		html_form_end(&r->body, "Try again", false);
	}
	page_end(r);
}

static void
member_try_again(const struct visit *v, struct response *r)
{
	r->result = "temp";
	r->retry_after = RETRY_STORE;
	show_once_more(v, r, 503, "Please try again later",
	    strcmp(v->method, "POST") == 0
		? "We cannot reach what is stored right now, so nothing has "
		  "been changed. What you sent is kept in this page: please "
		  "try again in a few minutes."
		: "We cannot reach what is stored right now. Nothing is lost: "
		  "please try again in a few minutes.");
}

void
member_again(struct visit *v, struct response *r)
{
	if (v->flood > 0)
		show_once_more(v, r, 429, "Too much at once", page_flood);
	else
		show_once_more(v, r, 403, "Please press the button again",
		    page_stale(v));
}

void
member_failed(const struct visit *v, struct response *r, enum rc rc,
    const char *page)
{
	if (rc == RC_TEMP) {
		member_try_again(v, r);
		return;
	}
	r->trouble.text[0] = '\0';
	member_done(v, r, page, "gone");
}

void
member_button(const struct visit *v, struct str *s, const char *action,
    const char *name, const char *value, const char *text)
{
	const struct html_button button = {
	    .root = v->root,
	    .action = action,
	    .csrf = v->csrf,
	    .name = name,
	    .value = value,
	    .text = text,
	    .about = value,
	};

	html_button(s, &button);
}

void
member_form(const struct visit *v, struct str *s, const char *action)
{
	const struct html_form form = {
	    .root = v->root, .action = action, .csrf = v->csrf};

	html_form_begin(s, &form);
}

const char *
member_time(struct arena *a, int64_t seconds)
{
	char text[64];
	time_t t = (time_t)seconds;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%-d %B, %H:%M UTC", &tm);
	return arena_copy_text(a, text);
}

static bool
not_signed_in(struct visit *v, struct response *r)
{
	bool post = strcmp(v->method, "POST") == 0;

	/* A session that is over needs its cookie no more. */
	r->set_session = member_set_cookie(v, "");
	member_show_sign_in(v, r, post ? 403 : 200,
	    post ? "You are not signed in any more, so nothing has been "
		   "changed. Please sign in again."
		 : NULL,
	    NULL);
	r->result = "signed-out";
	return false;
}

bool
member_enter(struct visit *v, struct response *r)
{
	const struct member_settings *settings = &v->snapshot->settings->member;
	const char *token = cookie_find(v->arena, v->cookie,
	    session_cookie_name(v), SIGNED_IN_TOKEN_LEN);
	enum rc rc;

	if (!settings->page) {
		page_message(v, r, 404, "There is nothing here",
		    "This page does not exist.");
		r->result = "no-page";
		return false;
	}
	if (token == NULL)
		return not_signed_in(v, r);
	rc = store_now(v->snapshot->store, &v->stored, &r->trouble);
	if (rc == RC_OK)
		rc = signed_in_find(v->snapshot->store, &settings->times,
		    v->arena, token, v->browser, v->stored, &v->session,
		    &r->trouble);
	if (rc == RC_TEMP) {
		member_try_again(v, r);
		return false;
	}
	r->trouble.text[0] = '\0';
	if (rc != RC_OK)
		return not_signed_in(v, r);
	r->id = v->session.account;
	return true;
}

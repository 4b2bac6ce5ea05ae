/* SPDX-License-Identifier: MIT */
#include "page.h"

#include <string.h>

void
page_begin_below(const struct visit *v, struct response *r, unsigned status,
    const char *heading, void (*above)(struct str *s, const void *context),
    const void *context)
{
	const struct html_page page = {
	    .site = v->snapshot->settings->signup.title,
	    .heading = heading,
	    .root = v->root,
	    .has_error = status >= 400,
	    .above = above,
	    .context = context,
	};

	r->status = status;
	r->type = "text/html; charset=utf-8";
	str_init(&r->body, v->arena);
	html_begin(&r->body, &page);
}

void
page_begin(const struct visit *v, struct response *r, unsigned status,
    const char *heading)
{
	page_begin_below(v, r, status, heading, NULL, NULL);
}

void
page_end(struct response *r)
{
	html_end(&r->body);
}

void
page_message(const struct visit *v, struct response *r, unsigned status,
    const char *heading, const char *sentence)
{
	const struct html_link back = {
	    .before = "",
	    .root = v->root,
	    .href = "",
	    .text = "Go to the form",
	    .after = "",
	};

	page_begin(v, r, status, heading);
	html_paragraph(&r->body, sentence);
	html_link(&r->body, &back);
	page_end(r);
}

void
page_redirect(const struct visit *v, struct response *r, const char *path)
{
	r->status = 303;
	r->location = arena_printf(v->arena, "%s%s", v->root, path);
}

const char page_flood[] =
    "There is too much from your network at the moment. Please try again in an "
    "hour; what you typed is still here.";

const char *
page_stale(const struct visit *v)
{
	return v->cookie == NULL
		   ? "Nothing has been sent yet. This form needs a cookie, "
		     "which your browser did not send back. Please press the "
		     "button again; if that does not help, allow cookies for "
		     "this site."
		   : "Nothing has been sent yet, as this page had been open "
		     "for too long. Please press the button again.";
}

bool
page_is_id(const char *text)
{
	return strlen(text) == OUTBOX_ID_LEN &&
	       strspn(text, "0123456789abcdefghijklmnopqrstuv") ==
		   OUTBOX_ID_LEN;
}

/* SPDX-License-Identifier: MIT */
/*
 * page - one visit to the web form, what is answered, and the pages that every
 * handler may need.
 */
#pragma once

#include "form.h"
#include "html.h"
#include "program/snapshot.h"

/* What is known of a request; nothing here is a library's. */
struct visit {
	struct arena *arena;
	struct snapshot *snapshot;
	int64_t now; /* of this machine; rows have store_now's */
	const char *method, *path;
	const char *client;
	/* Header fields; NULL: not sent. */
	const char *content_type, *cookie, *origin, *fetch_site, *host;
	const char *browser; /* User-Agent */
	int64_t length;      /* of the body, as announced; -1: not told */
	const char *body;
	size_t body_len;

	/* What routes.c finds out. */
	const char *root; /* the way from this page to the first */
	const char *id;   /* of a request, in the path; or NULL */
	const char *csrf; /* for the forms of the answer */
	struct form form; /* empty, but for POST */
	bool stale;       /* a form without its cookie: to be shown again */
	unsigned flood;   /* seconds; 0, or the client has had too much */
	/* Who has signed in (member_page.h); account NULL: not looked at, or
	   nobody. */
	struct signed_in session;
	int64_t stored;   /* the time, of store_now */
	const char *here; /* a page of members, for the way between them */
};

struct response {
	unsigned status;
	const char *type;
	struct str body;
	const char *location, *set_cookie, *allow, *accept; /* or NULL */
	const char *set_session; /* one more Set-Cookie, or NULL */
	unsigned retry_after;    /* seconds; 0: not told */
	bool cacheable;
	/* For the log: what became of a POST, and of which request or account.
	 */
	const char *result, *id;
	struct err trouble; /* "", or what an operator should see to */
};

typedef void page_handler(struct visit *v, struct response *r);

/* Between them: html_*, to r->body. */
void page_begin(const struct visit *v, struct response *r, unsigned status,
    const char *heading);
void page_end(struct response *r);

/* The same with something above its heading (see html_page). */
void page_begin_below(const struct visit *v, struct response *r,
    unsigned status, const char *heading,
    void (*above)(struct str *s, const void *context), const void *context);

/* A page of one sentence, with a link to the form. */
void page_message(const struct visit *v, struct response *r, unsigned status,
    const char *heading, const char *sentence);

/* path below the first page, without "/". */
void page_redirect(const struct visit *v, struct response *r, const char *path);

/* The sentence for a client that has sent too many forms. */
extern const char page_flood[];

/* The sentence for a stale form. */
const char *page_stale(const struct visit *v);

/* True: the text may be an id that registration_id has made. */
bool page_is_id(const char *text);

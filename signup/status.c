/* SPDX-License-Identifier: MIT */
/* How a request stands, and the code that proves its mailbox. */
#include "routes.h"

#include <string.h>
#include <time.h>

#define RETRY_STORE 60

/* What went wrong with what was sent from the page. */
struct complaint {
	unsigned status;
	const char *general, *code;
};

static struct html_field
code_field(const struct visit *v, const struct complaint *c)
{
	return (struct html_field){
	    .id = "code",
	    .label = "Code from the mail",
	    .hint = "Ten letters and digits. Blanks, hyphens and small letters "
		    "are fine.",
	    .value = form_word(v->arena, &v->form, "code"),
	    .error = c->code,
	    .autocomplete = "one-time-code",
	    .autocapitalize = "characters",
	};
}

static void
show_errors(const struct visit *v, struct str *s, const struct complaint *c)
{
	const struct html_field field = code_field(v, c);

	html_errors(s, c->general, &field, 1);
}

static void
show_code_form(const struct visit *v, struct str *s, const struct complaint *c)
{
	const struct html_form form = {
	    .root = v->root,
	    .action = arena_printf(v->arena, "request/%s/code", v->id),
	    .csrf = v->csrf,
	};
	const struct html_field field = code_field(v, c);

	html_form_begin(s, &form);
	html_field(s, &field);
	html_form_end(s, "Confirm the mailbox", false);
}

static const char *
time_text(struct arena *a, int64_t seconds)
{
	char text[64];
	time_t t = (time_t)seconds;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%H:%M UTC on %e %B", &tm);
	return arena_copy_text(a, text);
}

static void
show_asked(const struct visit *v, struct str *s,
    const struct registration *request, const struct complaint *c)
{
	const struct html_form form = {
	    .root = v->root,
	    .action = arena_printf(v->arena, "request/%s/resend", v->id),
	    .csrf = v->csrf,
	};
	const struct html_link again = {
	    .before = "Is the mailbox wrong? ",
	    .root = v->root,
	    .href = "",
	    .text = "Ask again",
	    .after = ", now with another user id, or in a day with the same.",
	};

	show_errors(v, s, c);
	html_strong(s, "We send a code to ", request->email,
	    ". Type it here to show that the mailbox is yours.");
	show_code_form(v, s, c);
	str_add(s, "<h2>No mail?</h2>\n");
	html_paragraph(s,
	    arena_printf(v->arena,
		"The last code is of %s, and good for 24 hours. It may take "
		"some minutes to arrive; please look among the junk, too.",
		time_text(v->arena, request->code_sent)));
	html_form_begin(s, &form);
	html_form_end(s, "Send another code", true);
	html_link(s, &again);
}

static void
show_proven(const struct visit *v, struct str *s,
    const struct registration *request)
{
	(void)v;
	html_strong(s, "You have asked for ", request->address,
	    ". Now an administrator looks at your request.");
	html_strong(s, "We write to ", request->email,
	    " when that is done. You will see it on this page, too: keep its "
	    "address.");
}

static void
show_approved(const struct visit *v, struct str *s,
    const struct registration *request)
{
	(void)v;
	html_strong(s, "Your address is ", request->address, ".");
	html_strong(s, "Mail to it is forwarded to ", request->email, ".");
}

static void
show_refused(const struct visit *v, struct str *s,
    const struct registration *request)
{
	const struct html_link again = {
	    .before = "You may ",
	    .root = v->root,
	    .href = "",
	    .text = "ask again",
	    .after = ".",
	};

	html_strong(s, "An administrator has decided not to give out ",
	    request->address, ".");
	if (request->reason != NULL && request->reason[0] != '\0') {
		str_add(s, "<blockquote>");
		html_text(s, request->reason);
		str_add(s, "</blockquote>\n");
	}
	html_link(s, &again);
}

static void
show_status(const struct visit *v, struct response *r,
    const struct registration *request, const struct complaint *c)
{
	static const struct {
		const char *heading;
		void (*show)(const struct visit *, struct str *,
		    const struct registration *);
	} pages[REGISTRATION_STATES] = {
	    [REGISTRATION_ASKED] = {"Check your mail", NULL},
	    [REGISTRATION_PROVEN] = {"Your mailbox is confirmed", show_proven},
	    [REGISTRATION_APPROVED] = {"Welcome", show_approved},
	    [REGISTRATION_REFUSED] = {"Your request was refused", show_refused},
	};

	page_begin(v, r, c->status, pages[request->state].heading);
	if (request->state == REGISTRATION_ASKED)
		show_asked(v, &r->body, request, c);
	else
		pages[request->state].show(v, &r->body, request);
	page_end(r);
}

static void
show_not_found(const struct visit *v, struct response *r)
{
	r->result = "unknown";
	page_message(v, r, 404, "There is no such request",
	    "It may be over: when the code is not typed within a day, a "
	    "request is forgotten. You are welcome to ask again.");
}

/* Promises nothing, and keeps what was typed. */
static void
store_down(const struct visit *v, struct response *r)
{
	const struct complaint c = {
	    .general = "We cannot look at your request right now. Please try "
		       "again in a few minutes."};

	r->result = "temp";
	r->retry_after = RETRY_STORE;
	if (strcmp(v->method, "POST") != 0) {
		page_message(v, r, 503, "Please try again later", c.general);
		return;
	}
	page_begin(v, r, 503, "Check your mail");
	show_errors(v, &r->body, &c);
	show_code_form(v, &r->body, &c);
	page_end(r);
}

/* False: r is the answer. */
static bool
find_registration(struct visit *v, struct response *r, struct registration *out)
{
	enum rc rc = RC_NONE;

	if (page_is_id(v->id)) {
		r->id = v->id;
		rc = registration_find(v->snapshot->store, v->arena, v->id, out,
		    &r->trouble);
	}
	if (rc == RC_TEMP) {
		store_down(v, r);
		return false;
	}
	r->trouble.text[0] = '\0';
	if (rc != RC_OK)
		show_not_found(v, r);
	return rc == RC_OK;
}

static void
to_page(const struct visit *v, struct response *r, const char *result)
{
	r->result = result;
	page_redirect(v, r, arena_printf(v->arena, "request/%s", v->id));
}

void
status_show(struct visit *v, struct response *r)
{
	struct complaint c = {.status = 200};
	struct registration request;

	if (!find_registration(v, r, &request))
		return;
	if (v->stale)
		c = (struct complaint){.status = 403, .general = page_stale(v)};
	show_status(v, r, &request, &c);
}

/* It was not right: is there anything left to type? */
static void
wrong_code(struct visit *v, struct response *r, const char *why)
{
	const struct complaint c = {.status = 422, .code = why};
	struct registration request;

	if (!find_registration(v, r, &request))
		return;
	if (request.state != REGISTRATION_ASKED) {
		to_page(v, r, "decided");
		return;
	}
	show_status(v, r, &request, &c);
	r->result = "wrong";
}

static enum rc
prove(const struct visit *v, const char *code, struct err *err)
{
	int64_t now;
	enum rc rc = store_now(v->snapshot->store, &now, err);

	return rc == RC_OK ? registration_verify(v->snapshot->store,
				 &v->snapshot->settings->registration, v->arena,
				 v->id, code, v->client, now, err)
			   : rc;
}

void
status_prove(struct visit *v, struct response *r)
{
	const char *code = form_word(v->arena, &v->form, "code");
	enum rc rc = RC_NONE;

	if (page_is_id(v->id)) {
		r->id = v->id;
		rc = code[0] == '\0'
			 ? err_set(&r->trouble, RC_PERM,
			       "Please type the code that we have sent you.")
			 : prove(v, code, &r->trouble);
	}
	switch (rc) {
	case RC_OK:
		to_page(v, r, "proven");
		break;
	case RC_NONE:
		show_not_found(v, r);
		break;
	case RC_PERM:
		wrong_code(v, r, arena_copy_text(v->arena, r->trouble.text));
		return;
	case RC_TEMP:
		store_down(v, r);
		return;
	}
	r->trouble.text[0] = '\0';
}

void
status_resend(struct visit *v, struct response *r)
{
	struct complaint c = {.status = 429};
	struct registration request;
	int64_t now;
	enum rc rc;

	if (!find_registration(v, r, &request))
		return;
	if (request.state != REGISTRATION_ASKED) {
		to_page(v, r, "decided");
		return;
	}
	rc = store_now(v->snapshot->store, &now, &r->trouble);
	if (rc == RC_OK)
		rc = registration_resend(v->snapshot->store,
		    &v->snapshot->settings->registration, v->arena, v->id, now,
		    &r->trouble);
	switch (rc) {
	case RC_OK:
		to_page(v, r, "sent");
		break;
	case RC_NONE:
		show_not_found(v, r);
		break;
	case RC_PERM:
		c.general = arena_copy_text(v->arena, r->trouble.text);
		r->retry_after = REGISTRATION_RESEND_SECONDS;
		r->result = "limit";
		show_status(v, r, &request, &c);
		break;
	case RC_TEMP:
		store_down(v, r);
		return;
	}
	r->trouble.text[0] = '\0';
}

/* SPDX-License-Identifier: MIT */
/* A member's new mailbox, which gets a code before it gets mail. */
#include "base/token.h"
#include "mail/mailbox.h"
#include "routes.h"

#define RETRY_HOUR  3600
#define RETRY_STORE 60

struct complaint {
	unsigned status;
	const char *general, *address, *target, *code;
};

static void
show_confirm_form(const struct visit *v, struct response *r,
    const struct complaint *c)
{
	const struct html_form form = {
	    .root = v->root, .action = "confirm", .csrf = v->csrf};
	const struct html_field fields[] = {
	    {.id = "address",
		.label = "Your address here",
		.hint = arena_printf(v->arena, "Such as ann@%s.",
		    v->snapshot->settings->registration.domain),
		.value = form_word(v->arena, &v->form, "address"),
		.error = c->address,
		.autocomplete = "username",
		.inputmode = "email"},
	    {.id = "target",
		.label = "Your new mailbox",
		.hint = "The one that the code was sent to.",
		.value = form_word(v->arena, &v->form, "target"),
		.error = c->target,
		.autocomplete = "email",
		.inputmode = "email"},
	    {.id = "code",
		.label = "Code from the mail",
		.hint = "Ten letters and digits. Blanks, hyphens and small "
			"letters are fine.",
		.value = form_word(v->arena, &v->form, "code"),
		.error = c->code,
		.autocomplete = "one-time-code",
		.autocapitalize = "characters"},
	};
	size_t n = sizeof(fields) / sizeof(*fields);

	page_begin(v, r, c->status, "Confirm a new mailbox");
	html_errors(&r->body, c->general, fields, n);
	html_paragraph(&r->body,
	    "For members: mail to your address is forwarded to a new mailbox "
	    "as soon as you type the code that was sent there.");
	html_form_begin(&r->body, &form);
	for (size_t i = 0; i < n; i++)
		html_field(&r->body, &fields[i]);
	html_form_end(&r->body, "Confirm the mailbox", false);
	page_end(r);
}

void
confirm_show(struct visit *v, struct response *r)
{
	struct complaint c = {.status = 200};

	if (v->flood > 0)
		c = (struct complaint){.status = 429, .general = page_flood};
	else if (v->stale)
		c = (struct complaint){.status = 403, .general = page_stale(v)};
	show_confirm_form(v, r, &c);
}

void
confirm_done(struct visit *v, struct response *r)
{
	page_begin(v, r, 200, "Your new mailbox is confirmed");
	html_paragraph(&r->body,
	    "From now on mail to your address is forwarded there, too.");
	page_end(r);
}

/* False: a field cannot be right. */
static bool
read_fields(const struct visit *v, struct forwards_code *typed,
    struct complaint *c)
{
	struct arena *a = v->arena;
	struct address address;

	typed->code = form_word(a, &v->form, "code");
	typed->secrets = v->snapshot->settings->registration.codes;
	typed->client = v->client;
	if (mailbox_read(a, form_word(a, &v->form, "address"), &address,
		NULL) == RC_OK)
		typed->account = address_key(a, &address);
	else
		c->address = "Please write your address here in full.";
	if (mailbox_read(a, form_word(a, &v->form, "target"), &address, NULL) ==
	    RC_OK)
		typed->target = address_text(a, &address);
	else
		c->target = "Please write the new mailbox's address.";
	if (typed->code[0] == '\0')
		c->code = "Please type the code that we have sent you.";
	else if (token_read(a, typed->code) == NULL)
		c->code = registration_no_token;
	return c->address == NULL && c->target == NULL && c->code == NULL;
}

static enum rc
confirm_typed_code(const struct visit *v, struct forwards_code *typed,
    struct complaint *c, struct err *err)
{
	enum rc rc = store_now(v->snapshot->store, &typed->now, err);

	if (rc == RC_OK)
		rc = registration_try(v->snapshot->store,
		    &v->snapshot->settings->registration, v->arena, v->client,
		    typed->now, err);
	if (rc == RC_NONE)
		c->general = arena_copy_text(v->arena, err->text);
	if (rc != RC_OK)
		return rc;
	/* Whether there is such a member is nobody's business. */
	rc = forwards_verify(v->snapshot->store, v->arena, typed, err);
	return rc == RC_NONE ? RC_PERM : rc;
}

void
confirm_code(struct visit *v, struct response *r)
{
	struct complaint c = {.status = 422};
	struct forwards_code typed = {0};
	enum rc rc = RC_PERM;

	if (!read_fields(v, &typed, &c))
		r->result = "incomplete";
	else
		rc = confirm_typed_code(v, &typed, &c, &r->trouble);
	if (rc != RC_TEMP)
		r->trouble.text[0] = '\0';
	switch (rc) {
	case RC_OK:
		r->result = "confirmed";
		page_redirect(v, r, "confirm/done");
		return;
	case RC_NONE:
		r->result = "limit";
		r->retry_after = RETRY_HOUR;
		c.status = 429;
		break;
	case RC_PERM:
		if (r->result != NULL)
			break;
		r->result = "wrong";
		c.code = "This code does not belong to this address and "
			 "mailbox, is too old, or was typed wrongly too often.";
		break;
	case RC_TEMP:
		r->result = "temp";
		r->retry_after = RETRY_STORE;
		c.status = 503;
		c.general = "We cannot look at your code right now. Please try "
			    "again in a few minutes.";
		break;
	}
	show_confirm_form(v, r, &c);
}

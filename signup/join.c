/* SPDX-License-Identifier: MIT */
/* The form with which an address is asked for. */
#include "routes.h"

#define RETRY_HOUR  3600
#define RETRY_STORE 60

struct state {
	unsigned status;
	const char *id;
	struct registration_complaint complaint;
};

static const char *
or_else(const char *text, const char *other)
{
	return text != NULL ? text : other;
}

static void
show_fields(const struct visit *v, struct str *s,
    const struct registration_complaint *c, const struct html_form *form)
{
	const struct html_field fields[] = {
	    {.id = "userid",
		.label = "User id",
		.hint = "The first part of your new address: small letters "
			"and digits, beginning with a letter.",
		.value = form_word(v->arena, &v->form, "userid"),
		.error = c->userid,
		.suffix = arena_printf(v->arena, "@%s",
		    v->snapshot->settings->registration.domain),
		.autocomplete = "username",
		.most = REGISTRATION_USERID_MAX},
	    {.id = "email",
		.label = "Your mailbox",
		.hint = "An address whose mail you read already. We send a "
			"code there, and later forward your mail to it.",
		.value = form_word(v->arena, &v->form, "email"),
		.error = c->email,
		.autocomplete = "email",
		.inputmode = "email"},
	    {.id = "pubkey",
		.label = "SSH public key",
		.hint = "One line, such as “ssh-ed25519 AAAA… you@host”; often "
			"in the file ~/.ssh/id_ed25519.pub. Never send the "
			"private key.",
		.value = form_text(&v->form, "pubkey"),
		.error = c->pubkey,
		.rows = 4,
		.optional = !v->snapshot->settings->registration.provision},
	    {.id = "note",
		.label = "A few words",
		.hint = "Who are you, and what brings you here? The "
			"administrators read this.",
		.value = form_text(&v->form, "note"),
		.error = c->note,
		.rows = 4,
		.optional = true,
		.prose = true},
	};
	size_t n = sizeof(fields) / sizeof(*fields);

	html_errors(s, c->general, fields, n);
	html_form_begin(s, form);
	for (size_t i = 0; i < n; i++)
		html_field(s, &fields[i]);
	html_form_end(s, "Ask for the address", false);
}

static void
show_join_form(const struct visit *v, struct response *r,
    const struct state *state)
{
	const struct html_form form = {
	    .root = v->root,
	    .action = "",
	    .csrf = v->csrf,
	    .id = state->id,
	};
	const struct html_link confirm = {
	    .before = "Are you a member who was sent a code for another "
		      "mailbox? ",
	    .root = v->root,
	    .href = "confirm",
	    .text = "Confirm it here",
	    .after = ".",
	};

	const struct html_link sign_in = {
	    .before = "Members ",
	    .root = v->root,
	    .href = "member",
	    .text = "sign in here",
	    .after = ".",
	};

	page_begin(v, r, state->status, "Ask for an address");
	if (state->status == 200)
		html_paragraph(&r->body,
		    "Mail to your new address is forwarded to a mailbox that "
		    "you have. First we send a code to that mailbox, then an "
		    "administrator looks at your request.");
	show_fields(v, &r->body, &state->complaint, &form);
	html_link(&r->body, &confirm);
	if (v->snapshot->settings->member.page)
		html_link(&r->body, &sign_in);
	page_end(r);
}

/* That of the form, so that sending it twice is asking once. */
static const char *
id_of(struct visit *v, struct response *r)
{
	const char *id = form_text(&v->form, "id");

	if (page_is_id(id) ||
	    registration_id(v->arena, &id, &r->trouble) == RC_OK)
		return id;
	return "";
}

void
join_show(struct visit *v, struct response *r)
{
	struct state state = {.status = 200, .id = id_of(v, r)};

	if (v->flood > 0) {
		state.status = 429;
		state.complaint.general = page_flood;
	} else if (v->stale) {
		state.status = 403;
		state.complaint.general = page_stale(v);
	}
	show_join_form(v, r, &state);
}

void
join_ask(struct visit *v, struct response *r)
{
	struct state state = {.id = id_of(v, r)};
	struct registration_complaint *c = &state.complaint;
	const struct registration_form form = {
	    .id = state.id,
	    .userid = form_word(v->arena, &v->form, "userid"),
	    .email = form_word(v->arena, &v->form, "email"),
	    .pubkey = form_text(&v->form, "pubkey"),
	    .note = form_text(&v->form, "note"),
	    .client = v->client,
	};
	int64_t now;
	enum rc rc = store_now(v->snapshot->store, &now, &r->trouble);

	if (rc == RC_OK)
		rc = registration_ask(v->snapshot->store,
		    &v->snapshot->settings->registration, v->arena, &form, now,
		    c, &r->trouble);
	r->id = state.id;
	if (rc != RC_TEMP)
		r->trouble.text[0] = '\0';
	switch (rc) {
	case RC_OK:
		r->result = "asked";
		page_redirect(v, r,
		    arena_printf(v->arena, "request/%s", state.id));
		return;
	case RC_PERM:
		r->result = "wrong";
		state.status = 422;
		/* Another form with this id was taken: a new one may be. */
		if (c->general != NULL)
			registration_id(v->arena, &state.id, NULL);
		break;
	case RC_NONE:
		r->result = "limit";
		r->retry_after = RETRY_HOUR;
		state.status = 429;
		c->general = or_else(c->general,
		    "There are too many requests at the moment. Please try "
		    "again in an hour; what you typed is still here.");
		break;
	case RC_TEMP:
		r->result = "temp";
		r->retry_after = RETRY_STORE;
		state.status = 503;
		*c = (struct registration_complaint){
		    .general = "We cannot take requests right now. What you "
			       "typed is still here: please try again in a "
			       "few minutes."};
		break;
	}
	show_join_form(v, r, &state);
}

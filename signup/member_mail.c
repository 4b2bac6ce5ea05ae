/* SPDX-License-Identifier: MIT */
/* A member's first page: where mail goes, and what was refused. */
#include "member_mailboxes.h"
#include "routes.h"

static void
add_complaints(struct str *s, const struct member *member,
    const struct mailbox_complaint *c)
{
	struct html_field fields[] = {
	    {.id = "mailbox", .error = c->mailbox},
	    {.id = "code", .error = c->code},
	};

	for (size_t i = 0; i < member->n && c->code != NULL; i++)
		if (str_equal_fold(member->targets[i].forward.target,
			c->target))
			fields[1].id =
			    arena_printf(s->arena, "code-%zu", i + 1);
	html_errors(s, NULL, fields, sizeof(fields) / sizeof(*fields));
}

static void
show_mail(struct visit *v, struct response *r, const struct member *member,
    const struct refusals *refusals, const char *said,
    const struct mailbox_complaint *c)
{
	member_begin(v, r, c->status > 0 ? c->status : 200, "Your mail",
	    "member");
	add_complaints(&r->body, member, c);
	if (member_said(said) != NULL)
		html_notice(&r->body, member_said(said));
	html_strong(&r->body, "You are signed in as ", member->account.address,
	    ".");
	member_mailboxes(v, &r->body, member, c);
	member_refused(v, &r->body, member, refusals);
	page_end(r);
}

void
member_show_mail(struct visit *v, struct response *r, const char *said,
    const struct mailbox_complaint *c)
{
	struct refusals *refusals = arena_take(v->arena, sizeof(*refusals));
	struct store *store = v->snapshot->store;
	struct member member;
	enum rc rc = member_find(store, v->arena, v->session.account, &member,
	    &r->trouble);

	if (rc == RC_OK)
		rc = refusals_read(store, &v->snapshot->settings->policy,
		    v->arena, v->session.account, v->stored - REFUSALS_SECONDS,
		    refusals, &r->trouble);
	if (rc == RC_OK)
		show_mail(v, r, &member, refusals, said, c);
	else
		member_failed(v, r, rc, "member");
}

void
member_show(struct visit *v, struct response *r)
{
	const struct mailbox_complaint none = {0};

	if (member_enter(v, r))
		member_show_mail(v, r, v->id, &none);
}

/* SPDX-License-Identifier: MIT */
#include "stamp.h"

#include "auth/authentication.h"
#include "auth/received_spf.h"
#include "auth/results.h"
#include "forwarding/domains.h"
#include "mail/authres.h"
#include "mail/dsn.h"
#include "message_report.h"

#include <string.h>

/* Authentication-Results, Received-SPF, Delivered-To, X-Forwarded-To,
   X-Forwarded-For, and those of a report of ours */
#define FIELDS_MAX (5 + MESSAGE_REPORT_FIELDS)

/* The message of an ASCII sender needs SMTPUTF8 no more when it is on its way
   to the member's ASCII target, and should not for our sake. */
static const char *
account_text(const struct message *l, const char *name)
{
	const char *at = strrchr(name, '@');
	struct address address;

	if (at == NULL || str_is_ascii(name))
		return name;
	address.local = str_ascii(l->arena,
	    arena_copy_bytes(l->arena, name, (size_t)(at - name)));
	address.domain = at + 1;
	return address_text(l->arena, &address);
}

static void
add_field(struct stamp *d, const char *name, const char *value)
{
	d->fields[d->n_fields++] = (struct stamp_field){name, value};
}

/* Told only if nobody but the target reads it: one member must not learn
   another's mailbox, nor that he had a blind copy.  Of a message to several,
   the hop limit ends a loop. */
static void
add_forward_fields(struct message *l, const struct message_accounts *accounts,
    struct stamp *d)
{
	const struct message_recipient *r = accounts->first;
	const char *name;

	if (accounts->n != 1)
		return;
	name = account_text(l, accounts->names[0]);
	add_field(d, "Delivered-To", name);
	if (r->forwards.n != 1 || l->rules->hide_targets)
		return;
	add_field(d, "X-Forwarded-To", r->forwards.targets[0]);
	add_field(d, "X-Forwarded-For",
	    arena_printf(l->arena, "%s %s", name, r->forwards.targets[0]));
}

static bool
is_ours(const void *context, const char *domain)
{
	return domains_ours(context, domain);
}

/* Is there such mail of ours? */
static bool
gets_bounces(const struct message_recipient *r)
{
	return r->bounce_id != NULL &&
	       (r->forwards.known == FORWARDS_FOUND ||
		   r->forwards.known == FORWARDS_NO_TARGET);
}

/* Who gets the bounces of our own mail has to see which mailbox it was, and
   may: he administers the forwards. */
static bool
is_for_us_alone(const struct message *l)
{
	for (size_t i = 0; i < l->n_recipients; i++)
		if (!gets_bounces(&l->recipients[i]))
			return false;
	return l->n_recipients > 0;
}

/* What cannot be cleaned is told anew, without the words of others. */
static void
replace_report(struct message *l, struct stamp *d, const struct dsn_ours *ours)
{
	struct dsn_about about;

	dsn_read(l->arena, &l->report, ours, &about);
	d->body =
	    dsn_compose(l->arena, &about, l->rules->hostname, &d->content_type);
	d->body_len = strlen(d->body);
}

static void
hide_targets(struct message *l, struct stamp *d)
{
	const struct dsn_ours ours = {is_ours, l->rules->forwards};
	struct dsn_about about;

	l->report.body = l->body.text;
	l->report.len = l->body.len;
	if (message_report_may_tell(l) &&
	    message_report_tells(l, &ours, &about)) {
		message_report_replace(l, &about, d);
		return;
	}
	if (message_wants_body(l) && message_is_report(l) &&
	    message_may_hide(l) && !is_for_us_alone(l) &&
	    dsn_hide_targets(l->arena, &l->report, &ours, &d->body,
		&d->body_len) == RC_PERM)
		replace_report(l, d, &ours);
}

/* A notification is about one mail: with several nobody can tell which. */
static void
find_bounced(struct message *l, struct stamp *d)
{
	const char *id = NULL;

	for (size_t i = 0; i < l->n_recipients; i++) {
		const struct message_recipient *r = &l->recipients[i];

		if (!gets_bounces(r))
			continue;
		if (id != NULL && strcmp(id, r->bounce_id) != 0)
			return;
		id = r->bounce_id;
	}
	if (id == NULL || l->from.text[0] != '\0')
		return;
	d->failure = dsn_failure(l->arena, &l->report);
	d->bounced = d->failure == NULL ? NULL : id;
}

struct stamp_results
stamp_results_of(struct arena *a, const struct spf_request *request,
    const struct judgement *j)
{
	const char **parts =
	    arena_take_array(a, 2 + AUTHENTICATION_PARTS_MAX, sizeof(*parts));
	struct stamp_results said = {.authres = parts};

	if (j->iprev != NULL)
		parts[said.n++] = results_iprev(a, &request->client, j->iprev);
	if (j->spf != NULL) {
		parts[said.n++] = received_spf_authres(a, request, j->spf);
		/* after "Received-SPF: " */
		said.received_spf =
		    received_spf_field(a, request, j->spf, "\n\t") +
		    strlen("Received-SPF: ");
	}
	if (j->author != NULL)
		said.n += authentication_parts(a, j->author, parts + said.n);
	return said;
}

struct stamp
stamp_message(struct message *l, const struct stamp_results *results)
{
	static const struct stamp_results untold;
	struct message_accounts accounts = message_accounts(l);
	struct stamp d = {0};

	d.new_sender = accounts.n > 0 && message_sender_is_foreign(l) &&
		       l->from.mailbox.local != NULL;
	d.fields = arena_take_array(l->arena, FIELDS_MAX, sizeof(*d.fields));
	/* Whoever is answered must not learn of other recipients' mailboxes. */
	if (message_reply_as(l) == NULL)
		add_forward_fields(l, &accounts, &d);
	else
		d.new_sender = false;
	hide_targets(l, &d);
	if (d.changes != NULL)
		results = &untold; /* it names the other host */
	if (message_reply_as(l) != NULL)
		results = &untold; /* it names the member's mailbox */
	if (results->received_spf != NULL)
		add_field(&d, "Received-SPF", results->received_spf);
	add_field(&d, "Authentication-Results",
	    authres_compose(l->arena, l->rules->hostname, results->authres,
		results->n));
	find_bounced(l, &d);
	return d;
}

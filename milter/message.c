/* SPDX-License-Identifier: MIT */
#include "message.h"

#include "mail/authres.h"
#include "mail/domain.h"
#include "mail/dsn.h"
#include "message_report.h"
#include "store/db.h"

#include <string.h>

/* What is sent on, as the MTA has read it; but it does not tell of a sender
   that it is going to make null, and tells all others in lower case.  What
   nobody can tell has a problem. */
static void
read_as_sent(const struct message *l, const char *said, const char *read,
    struct postfix_address *out)
{
	struct postfix_address as_read;

	*out = (struct postfix_address){
	    .problem = "a form that cannot be read",
	};
	if (said != NULL)
		postfix_address_read(l->arena, said, l->rules->hostname, out);
	if (read == NULL || (said != NULL && out->text[0] == '\0'))
		return;
	postfix_address_read(l->arena, read, l->rules->hostname, &as_read);
	if (said != NULL && out->mailbox.local != NULL &&
	    as_read.mailbox.local != NULL &&
	    str_equal_fold(out->text, as_read.text)) {
		as_read.text = out->text;
		as_read.mailbox = out->mailbox;
	}
	*out = as_read;
}

/* Returns what was said, without quotes. */
static const char *
read_path(const struct message *l, const struct message_path *path,
    struct postfix_address *out)
{
	const char *said, *read = NULL;

	if (postfix_address_unquote(l->arena, path->said, &said, NULL) != RC_OK)
		said = NULL;
	if (path->read != NULL)
		postfix_address_unquote(l->arena, path->read, &read, NULL);
	read_as_sent(l, said, read, out);
	/* However it was said, it had a domain or not. */
	if (said == NULL && read != NULL && strchr(path->said, '@') != NULL)
		said = read;
	if (said == NULL)
		said = arena_copy_text(l->arena, path->said);
	if (out->text == NULL)
		out->text = said;
	return said;
}

/* Of a bounce, Postfix tells it to non_smtpd_milters so. */
static bool
is_null_of_mta(const struct message *l, const struct message_path *sender)
{
	return l->rules->from_here && strcmp(sender->said, "''") == 0;
}

struct message *
message_new(struct arena *a, const struct message_rules *rules,
    const struct message_path *sender, bool authenticated)
{
	static const struct message_path null = {"<>", NULL};
	struct message *l = arena_take(a, sizeof(*l));

	l->arena = a;
	l->rules = rules;
	l->authenticated = authenticated;
	l->trace.arena = a;
	l->sender =
	    read_path(l, is_null_of_mta(l, sender) ? &null : sender, &l->from);
	str_init(&l->body, a);
	return l;
}

/* What a bounce of forwarded mail comes to, be its hash good or not. */
static bool
is_srs(const struct message_rules *rules, const struct address *address)
{
	const char *local = address->local;

	return (str_starts_fold(local, "SRS0") ||
		   str_starts_fold(local, "SRS1")) &&
	       local[4] != '\0' && strchr("=+-", local[4]) != NULL &&
	       (forwards_serves(rules->forwards, address->domain) ||
		   (rules->srs != NULL &&
		       srs_reads(rules->srs, address->domain)));
}

struct message_recipient *
message_add_recipient(struct message *l, const struct message_path *recipient)
{
	struct postfix_address to;
	struct message_recipient *r;

	l->recipients = db_more(l->arena, l->recipients, l->n_recipients,
	    sizeof(*l->recipients));
	r = &l->recipients[l->n_recipients++];
	*r = (struct message_recipient){0};
	r->said = read_path(l, recipient, &to);
	r->address = to.mailbox;
	r->found = r->address.local == NULL;
	if (!r->found) {
		r->is_srs = is_srs(l->rules, &r->address);
		r->bounce_id = forwards_bounce_id(l->rules->forwards, l->arena,
		    &r->address);
	}
	return r;
}

static void
add_mark(struct message_marks *marks, bool ours)
{
	marks->seen++;
	if (ours && marks->n++ < MESSAGE_FORGED_MAX)
		marks->at[marks->n - 1] = marks->seen;
}

/* Authentication-Results, Received-SPF, Delivered-To, X-Forwarded-To,
   X-Forwarded-For, and those of a report of ours */
#define FIELDS_MAX (5 + MESSAGE_REPORT_FIELDS)

/* What is not well formed may be long, too: nothing of it is kept. */
static void
mark_claim(const struct message *l, struct message_marks *marks,
    bool (*claims)(struct arena *, const char *, const char *),
    const char *value)
{
	struct arena *scratch = arena_new();

	add_mark(marks, claims(scratch, value, l->rules->hostname));
	arena_free(scratch);
}

/* Postfix's own notifications, to strangers whose mail was forwarded. */
static bool
may_hide(const struct message *l)
{
	return l->rules->hide_targets && l->rules->from_here;
}

static bool
has_bounce_recipient(const struct message *l)
{
	for (size_t i = 0; i < l->n_recipients; i++)
		if (l->recipients[i].bounce_id != NULL)
			return true;
	return false;
}

static void
add_body_field(struct message *l, const char *name, const char *value)
{
	if (header_is(name, "Content-Type"))
		l->report.header.type = arena_copy_text(l->arena, value);
	else if (header_is(name, "Content-Transfer-Encoding"))
		l->report.header.encoding = arena_copy_text(l->arena, value);
	else if (header_is(name, "X-Failed-Recipients"))
		l->report.failed_recipients = true;
}

void
message_add_field(struct message *l, const char *name, const char *value)
{
	header_trace_add(&l->trace, name, value);
	if (message_report_may_tell(l))
		message_report_note_field(l, name, value);
	if (header_is(name, "Authentication-Results"))
		mark_claim(l, &l->authres, authres_claims, value);
	else if (header_is(name, "Received-SPF"))
		mark_claim(l, &l->received_spf, authres_spf_claims, value);
	else
		add_body_field(l, name, value);
}

static bool
is_report(const struct message *l)
{
	return l->report.header.type != NULL &&
	       dsn_is_report(l->arena, l->report.header.type);
}

/* RFC 3464 2: a notification has a null sender.  One of our own mail may have
   any form. */
bool
message_wants_body(const struct message *l)
{
	return l->from.text[0] == '\0' &&
	       (has_bounce_recipient(l) || message_report_may_tell(l) ||
		   (may_hide(l) && is_report(l)));
}

void
message_add_body(struct message *l, const char *bytes, size_t len)
{
	size_t room = DSN_MAX + 1 - l->body.len;

	if (message_wants_body(l))
		str_add_bytes(&l->body, bytes, len < room ? len : room);
}

bool
message_sender_is_foreign(const struct message *l)
{
	const struct postfix_address *from = &l->from;

	if (from->text[0] == '\0' || from->at_origin || l->authenticated)
		return false;
	return from->domain == NULL ||
	       !forwards_serves(l->rules->forwards, from->domain);
}

bool
message_is_forwarded(const struct message_recipient *r)
{
	return r->forwards.known == FORWARDS_FOUND && r->forwards.n > 0;
}

/* Whose mail it is: of a catch-all, the address that it caught. */
static const char *
account_of(const struct message *l, const struct message_recipient *r)
{
	return r->forwards.account[0] == '@'
		   ? address_key(l->arena, &r->address)
		   : r->forwards.account;
}

struct accounts {
	const char **names;
	size_t n;
	const struct message_recipient *first;
};

static bool
has_account(const struct accounts *accounts, const char *name)
{
	for (size_t i = 0; i < accounts->n; i++)
		if (strcmp(accounts->names[i], name) == 0)
			return true;
	return false;
}

/* Those whose mail is forwarded, each once. */
static struct accounts
accounts_of(const struct message *l)
{
	struct accounts found = {
	    .names = arena_take_array(l->arena, l->n_recipients + 1,
		sizeof(*found.names)),
	};

	for (size_t i = 0; i < l->n_recipients; i++) {
		const struct message_recipient *r = &l->recipients[i];
		const char *name;

		if (!message_is_forwarded(r))
			continue;
		name = account_of(l, r);
		if (found.n == 0)
			found.first = r;
		if (!has_account(&found, name))
			found.names[found.n++] = name;
	}
	return found;
}

static struct reply
refusal_of(const struct message *l, const struct accounts *accounts)
{
	const struct header_trace *t = &l->trace;

	if (l->authres.n > MESSAGE_FORGED_MAX ||
	    l->received_spf.n > MESSAGE_FORGED_MAX)
		return (struct reply){550, "7.1",
		    "Too many results of authentication in our name"};
	if (l->n_noted > MESSAGE_FIELDS_MAX)
		return (struct reply){
		    550, "6.0", "Too many header fields in a notification"};
	for (size_t i = 0; i < accounts->n; i++)
		if (header_trace_has(t, accounts->names[i]) ||
		    header_trace_has(t,
			str_lower(l->arena,
			    address_ascii(l->arena, accounts->names[i]))))
			return (struct reply){550, "4.6",
			    arena_printf(l->arena,
				"Mail loop: already delivered to <%s>",
				accounts->names[i])};
	if (t->received > l->rules->hop_limit ||
	    t->n_delivered > HEADER_DELIVERED_MAX)
		return (struct reply){550, "4.6", "Mail loop: too many hops"};
	return (struct reply){0};
}

/* It cannot be rewritten, and so would leave as a stranger wrote it.  Mail of
   this machine is nobody's to refuse. */
static bool
has_bad_sender(const struct message *l)
{
	return !l->rules->from_here && message_sender_is_foreign(l) &&
	       l->from.mailbox.local == NULL;
}

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
add_field(struct message_decision *d, const char *name, const char *value)
{
	d->fields[d->n_fields++] = (struct message_field){name, value};
}

/* Told only if nobody but the target reads it: one member must not learn
   another's mailbox, nor that he had a blind copy.  Of a message to several,
   the hop limit ends a loop. */
static void
add_forward_fields(struct message *l, const struct accounts *accounts,
    struct message_decision *d)
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
is_forwarding_domain(const void *context, const char *domain)
{
	return forwards_serves(context, domain);
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
replace_report(struct message *l, struct message_decision *d,
    const struct dsn_ours *ours)
{
	struct dsn_about about;

	dsn_read(l->arena, &l->report, ours, &about);
	d->body =
	    dsn_compose(l->arena, &about, l->rules->hostname, &d->content_type);
	d->body_len = strlen(d->body);
}

static void
hide_targets(struct message *l, struct message_decision *d)
{
	const struct dsn_ours ours = {is_forwarding_domain, l->rules->forwards};
	struct dsn_about about;

	l->report.body = l->body.text;
	l->report.len = l->body.len;
	if (message_report_may_tell(l) &&
	    message_report_tells(l, &ours, &about)) {
		message_report_replace(l, &about, d);
		return;
	}
	if (message_wants_body(l) && is_report(l) && may_hide(l) &&
	    !is_for_us_alone(l) &&
	    dsn_hide_targets(l->arena, &l->report, &ours, &d->body,
		&d->body_len) == RC_PERM)
		replace_report(l, d, &ours);
}

/* A notification is about one mail: with several nobody can tell which. */
static void
find_bounced(struct message *l, struct message_decision *d)
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

struct message_decision
message_decide(struct message *l, const struct message_spf *spf)
{
	struct accounts accounts = accounts_of(l);
	struct message_decision d = {.refusal = refusal_of(l, &accounts)};
	static const struct message_spf untold;

	if (d.refusal.code == 0 && accounts.n > 0 && has_bad_sender(l))
		d.refusal = (struct reply){550, "1.7",
		    arena_printf(l->arena, "Sender address has %s",
			l->from.problem)};
	if (d.refusal.code != 0)
		return d;
	d.new_sender = accounts.n > 0 && message_sender_is_foreign(l) &&
		       l->from.mailbox.local != NULL;
	d.fields = arena_take_array(l->arena, FIELDS_MAX, sizeof(*d.fields));
	add_forward_fields(l, &accounts, &d);
	hide_targets(l, &d);
	if (d.changes != NULL)
		spf = &untold; /* it names the other host */
	if (spf->received_spf != NULL)
		add_field(&d, "Received-SPF", spf->received_spf);
	add_field(&d, "Authentication-Results",
	    authres_compose(l->arena, l->rules->hostname, &spf->authres,
		spf->authres != NULL));
	find_bounced(l, &d);
	return d;
}

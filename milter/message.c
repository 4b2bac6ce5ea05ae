/* SPDX-License-Identifier: MIT */
#include "message.h"

#include "forwarding/account_choices.h"
#include "forwarding/domains.h"
#include "forwarding/sender_rules.h"
#include "mail/authres.h"
#include "mail/domain.h"
#include "mail/dsn.h"
#include "message_report.h"
#include "policy/fate_strategy.h"
#include "policy/fate_target.h"
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
	struct domain_facts facts = {0};
	struct err err;

	return srs_looks_like(address->local) &&
	       ((rules->srs != NULL &&
		    srs_reads(rules->srs, address->domain)) ||
		   domains_glance(rules->forwards, address->domain, &facts,
		       &err) != RC_NONE ||
		   facts.srs);
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
	r->address = author_address_role(l->rules->authors, l->rules->forwards,
	    &to.mailbox);
	r->found = r->address.local == NULL;
	if (!r->found) {
		r->is_srs = is_srs(l->rules, &r->address);
		r->is_author =
		    author_address_serves(l->rules->authors, r->address.domain);
		r->bounce_id = forwards_bounce_id(l->rules->forwards, l->arena,
		    &r->address);
	}
	return r;
}

static void
add_mark(struct message_marks *marks, bool ours)
{
	marks->seen++;
	if (ours && marks->n++ < FACTS_CLAIMS_MAX)
		marks->at[marks->n - 1] = marks->seen;
}

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

bool
message_may_hide(const struct message *l)
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

bool
message_is_report(const struct message *l)
{
	return l->report.header.type != NULL &&
	       dsn_is_report(l->arena, l->report.header.type);
}

const struct message_recipient *
message_tells_failure(const struct message *l)
{
	return l->from.text[0] == '\0' && l->n_recipients == 1 &&
		       l->recipients[0].is_srs && message_is_report(l)
		   ? &l->recipients[0]
		   : NULL;
}

/* RFC 3464 2: a notification has a null sender.  One of our own mail may have
   any form. */
bool
message_wants_body(const struct message *l)
{
	return l->from.text[0] == '\0' &&
	       (has_bounce_recipient(l) || message_report_may_tell(l) ||
		   message_tells_failure(l) != NULL ||
		   (message_may_hide(l) && message_is_report(l)));
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
	       !domains_ours(l->rules->forwards, from->domain);
}

bool
message_is_forwarded(const struct message_recipient *r)
{
	return r->forwards.known == FORWARDS_FOUND && r->forwards.n > 0;
}

static unsigned
strategy_of(const struct message_recipient *r)
{
	unsigned set = 0;

	strategies_add(&set, r->forwards.strategy);
	return set;
}

bool
message_chooses_otherwise(const struct message *l)
{
	const struct message_recipient *last =
	    &l->recipients[l->n_recipients - 1];

	if (!message_is_forwarded(last))
		return false;
	for (const struct message_recipient *r = l->recipients; r < last; r++)
		if (message_is_forwarded(r))
			return strategy_of(r) != strategy_of(last);
	return false;
}

/* What those have chosen to whom it is forwarded. */
static const char *
message_strategies(const struct message *l)
{
	unsigned set = 0;

	for (size_t i = 0; i < l->n_recipients; i++)
		if (message_is_forwarded(&l->recipients[i]))
			set |= strategy_of(&l->recipients[i]);
	return strategies_text(l->arena, set);
}

/* Does each member to whom it goes let the sender pass? */
static bool
message_passes(const struct message *l)
{
	const char *key = l->from.mailbox.local == NULL
			      ? NULL
			      : address_key(l->arena, &l->from.mailbox);

	for (size_t i = 0; i < l->n_recipients; i++)
		if (sender_rules_find(l->arena, l->recipients[i].forwards.rules,
			key, NULL) != SENDER_ALLOWED)
			return false;
	return l->n_recipients > 0;
}

/* What all members to whom it goes have chosen. */
static const char *
message_choices(const struct message *l)
{
	const char *all = NULL;

	for (size_t i = 0; i < l->n_recipients; i++) {
		const char *own = l->recipients[i].forwards.choices;

		all = i == 0 ? own : account_choices_common(l->arena, all, own);
	}
	return all;
}

static const char *
message_target_domains(const struct message *l)
{
	const char *domains = NULL;

	for (size_t i = 0; i < l->n_recipients; i++)
		if (message_is_forwarded(&l->recipients[i]))
			domains = fate_targets_add(l->arena, domains,
			    &l->recipients[i].forwards);
	return domains;
}

/* Whose mail it is: of a catch-all, the address that it caught. */
static const char *
account_of(const struct message *l, const struct message_recipient *r)
{
	return r->forwards.account[0] == '@'
		   ? address_key(l->arena, &r->address)
		   : r->forwards.account;
}

static bool
accounts_have(const struct message_accounts *accounts, const char *name)
{
	for (size_t i = 0; i < accounts->n; i++)
		if (strcmp(accounts->names[i], name) == 0)
			return true;
	return false;
}

struct message_accounts
message_accounts(const struct message *l)
{
	struct message_accounts found = {
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
		if (!accounts_have(&found, name))
			found.names[found.n++] = name;
	}
	return found;
}

/* One of these accounts that had it before; NULL: none. */
static const char *
account_delivered(const struct message *l,
    const struct message_accounts *accounts)
{
	for (size_t i = 0; i < accounts->n; i++)
		if (header_trace_has(&l->trace, accounts->names[i]) ||
		    header_trace_has(&l->trace,
			str_lower(l->arena,
			    address_ascii(l->arena, accounts->names[i]))))
			return accounts->names[i];
	return NULL;
}

static unsigned
count_authors(const struct message *l)
{
	unsigned n = 0;

	for (size_t i = 0; i < l->n_recipients; i++)
		n += l->recipients[i].is_author;
	return n;
}

const char *
message_reply_as(const struct message *l)
{
	const char *account = NULL;

	for (size_t i = 0; i < l->n_recipients; i++) {
		const struct message_recipient *r = &l->recipients[i];

		if (!r->is_author)
			continue;
		if (r->reply == NULL ||
		    (account != NULL &&
			strcmp(account, r->reply->account) != 0))
			return NULL;
		account = r->reply->account;
	}
	return account;
}

/* Which mailbox did not take our mail has to be seen, whoever tells it; only
   who has had that mail knows the address. */
static bool
is_own_bounce(const struct message *l)
{
	for (size_t i = 0; i < l->n_recipients; i++)
		if (message_is_forwarded(&l->recipients[i]) &&
		    l->recipients[i].bounce_id == NULL)
			return false;
	return l->from.text != NULL && l->from.text[0] == '\0';
}

struct facts_message
message_facts(const struct message *l)
{
	const struct message_accounts accounts = message_accounts(l);

	return (struct facts_message){
	    .known = true,
	    .recipients = (unsigned)l->n_recipients,
	    .forwarded = (unsigned)accounts.n,
	    .hops = l->trace.received,
	    .deliveries = (unsigned)l->trace.n_delivered,
	    .claims = (unsigned)(l->authres.n > l->received_spf.n
				     ? l->authres.n
				     : l->received_spf.n),
	    .report_fields = (unsigned)l->n_noted,
	    .delivered_to = account_delivered(l, &accounts),
	    .foreign = message_sender_is_foreign(l),
	    .from_here = l->rules->from_here,
	    .own_bounce = is_own_bounce(l),
	    .authors = count_authors(l),
	    .reply_as = message_reply_as(l),
	    .strategies = message_strategies(l),
	    .passes = message_passes(l),
	    .choices = message_choices(l),
	    .target_domains = message_target_domains(l),
	};
}

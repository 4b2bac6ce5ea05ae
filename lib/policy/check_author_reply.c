/* SPDX-License-Identifier: MIT */
/*
 * The address of an author (author_address.h) takes the replies of members who
 * have had his mail, and no other: it would be a relay to him, in a member's
 * name.  At RCPT it is asked who the sender says he is; at the end of the
 * message, whether that is true.
 */
#include "policy/private/check_rows.h"

#include "base/clock.h"
#include "base/str.h"
#include "forwarding/author_reply.h"
#include "mail/header.h"
#include "policy/srs_tries.h"

#include <string.h>

static const struct reply not_a_reply = {550, "7.1",
    "This address takes replies only, from the mailbox that its mail went to"};

/* ---- at RCPT */

bool
check_author_reply_is(const struct check_run *run)
{
	return run->facts->to.local != NULL && !run->facts->to_role &&
	       author_address_serves(run->settings->authors,
		   run->facts->to.domain);
}

static enum rc
find_reply(struct check_run *run, struct author_reply *out, bool *known,
    struct err *err)
{
	const struct author_reply_search search = {
	    .store = run->store,
	    .forwards = run->forwards,
	    .served = run->settings->forwards,
	    .authors = run->settings->authors,
	};

	return author_reply_find(&search, run->arena, &run->facts->to,
	    &run->facts->from.mailbox, clock_now(), out, known, err);
}

/* Says the same of an address that there is and of one that there is not. */
static void
refuse_reply(struct check_run *run, bool known)
{
	check_found(run, CHECK_RECIPIENT, FINDING_HIT,
	    known ? "not from a mailbox that its mail went to"
		  : "nobody's address")
	    ->reply = not_a_reply;
	if (!known && run->tries != NULL && run->trusted == NULL)
		srs_tries_wrong(run->tries, &run->facts->client, clock_ms());
}

bool
check_author_reply_recipient(struct check_run *run)
{
	struct author_reply reply;
	struct err err;
	bool known;

	if (!check_author_reply_is(run))
		return false;
	if (check_srs_must_wait(run))
		return true;
	switch (find_reply(run, &reply, &known, &err)) {
	case RC_OK:
		check_found(run, CHECK_RECIPIENT, FINDING_FINE,
		    arena_printf(run->arena, "reply of %s to %s", reply.account,
			reply.author));
		break;
	case RC_NONE:
		refuse_reply(run, known);
		break;
	case RC_TEMP:
	case RC_PERM:
		check_put_off(run, CHECK_RECIPIENT, &err);
		break;
	}
	return true;
}

/* ---- at the end of the message */

static bool
check_author_reply_applies(const struct check_run *run)
{
	return run->facts->message.authors > 0;
}

static void
check_author_reply_ask(struct check_run *run)
{
	check_spf_ask_of_message(run);
	check_author_ask(run);
}

/* Is it by the mailbox that the envelope names?  Else anybody at the same
   provider could have it signed. */
static bool
is_by_sender(const struct check_run *run, const struct from_field *from)
{
	const struct address *sender = &run->facts->from.mailbox;

	return from->kind == FROM_FIELD_ONE && from->n == 1 &&
	       sender->local != NULL &&
	       strcmp(address_key(run->arena, &from->mailboxes[0].address),
		   address_key(run->arena, sender)) == 0;
}

static bool
signs_field(const struct dkim_result *signature, const char *name)
{
	for (size_t i = 0; i < signature->n_names; i++)
		if (header_is(signature->names[i], name))
			return true;
	return false;
}

/* Is it signed that the message goes to such an address?  An older one, sent
   again by somebody else, goes elsewhere. */
static bool
signs_way_here(const struct check_run *run, const struct dkim_result *signature)
{
	const char *domain = run->settings->authors->domain;
	const struct mail_field *fields;
	size_t n;
	bool cut;

	if (domain == NULL)
		return false;
	fields = authentication_fields(run->authentication, &n, &cut);
	for (size_t i = 0; i < n; i++) {
		const char *at;

		if (!header_is(fields[i].name, "To") &&
		    !header_is(fields[i].name, "Cc"))
			continue;
		at = strstr(str_lower(run->arena, fields[i].value),
		    arena_printf(run->arena, "@%s", domain));
		if (at != NULL && signs_field(signature, fields[i].name))
			return true;
	}
	return false;
}

static bool
is_signed_by_sender(const struct check_run *run,
    const struct authentication_results *results)
{
	if (results == NULL || !is_by_sender(run, results->from))
		return false;
	for (size_t i = 0; i < results->n_dkim; i++) {
		const struct dkim_result *d = &results->dkim[i];

		if (d->verdict == DKIM_PASS && d->body_unsigned == 0 &&
		    (results->dmarc.dkim_aligned[i] ||
			strcmp(d->domain, results->from->domain) == 0) &&
		    signs_way_here(run, d))
			return true;
	}
	return false;
}

static bool
may_be_found_out(const struct spf_result *spf,
    const struct authentication_results *results)
{
	if (spf != NULL && spf->verdict == SPF_TEMPERROR)
		return true;
	for (size_t i = 0; results != NULL && i < results->n_dkim; i++)
		if (results->dkim[i].verdict == DKIM_TEMPERROR)
			return true;
	return results != NULL && results->dmarc.verdict == DMARC_TEMPERROR;
}

static void
judge_sender_of_reply(struct check_run *run)
{
	const struct spf_result *spf = check_spf_mailfrom_of_message(run);
	const struct authentication_results *results =
	    check_author_results(run);
	struct finding *f;

	if ((spf != NULL && spf->verdict == SPF_PASS) ||
	    is_signed_by_sender(run, results)) {
		check_found(run, CHECK_AUTHOR_REPLY, FINDING_FINE,
		    arena_printf(run->arena, "reply of %s",
			run->facts->message.reply_as));
	} else if (may_be_found_out(spf, results)) {
		f = check_found(run, CHECK_AUTHOR_REPLY, FINDING_TEMP,
		    "the sender's SPF or DKIM cannot be had");
		f->reply = (struct reply){451, "7.5",
		    "Whether the sender is the one that it names cannot be "
		    "found out for the time being"};
	} else {
		f = check_found(run, CHECK_AUTHOR_REPLY, FINDING_HIT,
		    "neither SPF nor DKIM shows that it is of that mailbox");
		f->reply = (struct reply){550, "7.26",
		    "Replies to this address need SPF or DKIM of their "
		    "sender"};
	}
}

static void
check_author_reply_judge(struct check_run *run)
{
	if (run->facts->message.reply_as == NULL) {
		check_found(run, CHECK_AUTHOR_REPLY, FINDING_HIT,
		    "not from a mailbox that the mail of all of them went to")
		    ->reply = not_a_reply;
		return;
	}
	judge_sender_of_reply(run);
}

const struct check check_author_reply = {
    .stage = CHECK_AT_MESSAGE,
    /* Nobody can configure it. */
    .def = {.action = ACTION_REJECT, .defer_on_temp = true},
    .applies_to_trusted = true,
    .applies = check_author_reply_applies,
    .ask = check_author_reply_ask,
    .judge = check_author_reply_judge,
};

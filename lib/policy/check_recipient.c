/* SPDX-License-Identifier: MIT */
#include "policy/private/check_rows.h"

#include "forwarding/domains.h"
#include "forwarding/forwards_cache.h"

#include <string.h>

static bool
check_recipient_applies(const struct check_run *run)
{
	/* Hashes can be guessed with VRFY, too. */
	return (run->facts->state == SMTP_RCPT &&
		   run->facts->recipient != NULL) ||
	       (run->facts->state == SMTP_VRFY &&
		   (check_srs_is_ours(run) || check_author_reply_is(run)));
}

static void
refuse_recipient(struct check_run *run, const char *why, const char *text)
{
	struct finding *f = check_found(run, CHECK_RECIPIENT, FINDING_HIT, why);

	f->reply = (struct reply){550, "1.1", text};
}

/* The mailbox elsewhere may work again soon (lib/targets). */
static void
put_off_recipient(struct check_run *run, const char *why)
{
	struct finding *f = check_found(run, CHECK_RECIPIENT, FINDING_HIT, why);

	f->reply = (struct reply){
	    450, "2.1", "The mailbox takes no mail at the moment"};
}

static enum rc
find_recipient_forwards(const struct check_run *run, struct forwards *found,
    struct err *err)
{
	const struct forwards_settings *settings = run->settings->forwards;
	const struct address to = author_address_role(run->settings->authors,
	    settings, &run->facts->to);

	return run->forwards != NULL
		   ? forwards_cache_find(run->forwards, settings, run->arena,
			 &to, found, err)
		   : forwards_find(run->store, settings, run->arena, &to, found,
			 err);
}

static const char *
account_of_recipient(const struct check_run *run, const struct forwards *found)
{
	if (found->known != FORWARDS_FOUND &&
	    found->known != FORWARDS_NO_TARGET)
		return NULL;
	return found->account != NULL && found->account[0] == '@'
		   ? address_key(run->arena, &run->facts->to)
		   : found->account;
}

/* A recipient that is no mailbox has no account; with an empty local part its
   key would be that of the catch-all. */
static void
judge_no_mailbox(struct check_run *run)
{
	const char *domain = run->facts->to_domain;
	enum rc ours = RC_NONE;
	struct finding *f;
	struct err err;

	if (domain != NULL)
		ours =
		    domains_find(run->settings->forwards, domain, NULL, &err);
	if (ours == RC_TEMP) {
		check_put_off(run, CHECK_RECIPIENT, &err);
		return;
	}
	if (ours != RC_OK) {
		check_found(run, CHECK_RECIPIENT, FINDING_FINE,
		    "no mailbox in our domains");
		return;
	}
	f = check_found(run, CHECK_RECIPIENT, FINDING_HIT, "no mailbox");
	f->reply = (struct reply){550, "1.3", "Bad recipient address syntax"};
}

/* "forwards to 2 targets", and whose word that is, if not the store's. */
static const char *
targets_words(const struct check_run *run, const struct forwards *found)
{
	bool stored =
	    found->source == NULL || strcmp(found->source, "store") == 0;

	if (stored && found->n == 1)
		return "forwards to 1 target"; /* as mostly */
	return arena_printf(run->arena, "forwards to %zu target%s%s%s",
	    found->n, found->n == 1 ? "" : "s", stored ? "" : ", source ",
	    stored ? "" : found->source);
}

static void
check_recipient_judge(struct check_run *run)
{
	struct forwards *forwards = arena_take(run->arena, sizeof(*forwards));
	struct forwards found;
	struct err err;

	if (run->facts->to.local == NULL) {
		judge_no_mailbox(run);
		return;
	}
	if (check_srs_recipient(run) || check_author_reply_recipient(run))
		return;
	if (find_recipient_forwards(run, &found, &err) != RC_OK) {
		check_put_off(run, CHECK_RECIPIENT, &err);
		return;
	}
	*forwards = found;
	run->forwards_found = forwards;
	run->trouble = found.trouble;
	if (!run->rules_fresh) {
		run->sender_rules = found.rules;
		run->rules_cached = found.cached;
	}
	if (!run->choices_fresh)
		run->choices = found.choices;
	run->account = account_of_recipient(run, &found);
	switch (found.known) {
	case FORWARDS_NOT_OURS:
		check_found(run, CHECK_RECIPIENT, FINDING_FINE,
		    "not in our domains");
		break;
	case FORWARDS_FOUND:
		check_found(run, CHECK_RECIPIENT, FINDING_FINE,
		    targets_words(run, &found));
		break;
	case FORWARDS_PUT_OFF:
		put_off_recipient(run, found.note);
		break;
	case FORWARDS_NO_TARGET:
		refuse_recipient(run,
		    found.note != NULL ? found.note
				       : "the account has no usable forward",
		    "No forwarding address");
		break;
	case FORWARDS_NO_ACCOUNT:
		refuse_recipient(run, "no such account", "User unknown");
		break;
	}
}

const struct check check_recipient = {
    .stage = CHECK_AT_RECIPIENT,
    .def = CHECK_REJECTS_OR_DEFERS,
    .applies_to_trusted = true,
    .applies = check_recipient_applies,
    .judge = check_recipient_judge,
};

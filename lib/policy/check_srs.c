/* SPDX-License-Identifier: MIT */
/*
 * An SRS address is the way back for bounces, and no other: whoever was sent a
 * forwarded message has one, and would have a relay to its sender.
 */
#include "policy/private/check_rows.h"

#include "base/clock.h"
#include "base/str.h"
#include "policy/srs_tries.h"

#include <string.h>

/* Senders of bounces, and of questions whether an address is good, besides the
   null sender.  The last is Postfix's address_verify_sender. */
static const char *const bounce_senders[] = {
    "postmaster", "mailer-daemon", "double-bounce"};

static bool
is_bounce_sender(const struct policy_settings *s, const char *sender)
{
	const char *at = strrchr(sender, '@');
	size_t len = at == NULL ? strlen(sender) : (size_t)(at - sender);

	for (size_t i = 0; i < sizeof(bounce_senders) / sizeof(char *); i++)
		if (len == strlen(bounce_senders[i]) &&
		    str_starts_fold(sender, bounce_senders[i]))
			return true;
	for (size_t i = 0; i < s->n_bounce_senders; i++) {
		const char *other = s->bounce_senders[i];

		if (strchr(other, '@') != NULL
			? str_equal_fold(sender, other)
			: len == strlen(other) &&
			      str_starts_fold(sender, other))
			return true;
	}
	return sender[0] == '\0';
}

bool
check_srs_is_ours(const struct check_run *run)
{
	struct srs_reversed r;
	struct err err;

	return run->facts->to.local != NULL &&
	       return_path_look(run->settings->return_path, run->arena,
		   &run->facts->to, clock_now(), &r, &err) == RC_OK &&
	       srs_answer_is_ours(r.answer);
}

static bool
check_srs_sender_applies(const struct check_run *run)
{
	return run->facts->state == SMTP_RCPT && check_srs_is_ours(run);
}

/* Judges before the hash is looked at, so that the answer tells nothing about
   it. */
static void
check_srs_sender_judge(struct check_run *run)
{
	const char *sender = run->facts->from.text;
	struct finding *f;

	if (sender != NULL && is_bounce_sender(run->settings, sender)) {
		check_found(run, CHECK_SRS_SENDER, FINDING_FINE,
		    "the sender may be that of a bounce");
		return;
	}
	f = check_found(run, CHECK_SRS_SENDER, FINDING_HIT,
	    "not the sender of a bounce");
	f->reply = (struct reply){550, "7.1",
	    "This address takes bounces only: write to the sender of the "
	    "message himself"};
}

/* A client that is trusted is no stranger who guesses. */
bool
check_srs_must_wait(struct check_run *run)
{
	if (run->tries == NULL || run->trusted != NULL ||
	    !srs_tries_must_wait(run->tries, &run->facts->client, clock_ms()))
		return false;
	check_found(run, CHECK_RECIPIENT, FINDING_HIT,
	    "too many wrong addresses")
	    ->reply = (struct reply){451, "7.1",
	    "Too many wrong addresses from your network; try again later"};
	return true;
}

static void
judge_answer(struct check_run *run, const struct srs_reversed *r)
{
	const char *text = srs_answer_text(r->answer);

	if (r->answer == SRS_REVERSED) {
		check_found(run, CHECK_RECIPIENT, FINDING_FINE,
		    arena_printf(run->arena, "SRS address of %s",
			address_text(run->arena, &r->sender)));
		return;
	}
	check_found(run, CHECK_RECIPIENT, FINDING_HIT, text)->reply =
	    (struct reply){550, "1.1", text};
	if (run->tries != NULL && run->trusted == NULL &&
	    r->answer == SRS_HASH_INVALID)
		srs_tries_wrong(run->tries, &run->facts->client, clock_ms());
}

bool
check_srs_recipient(struct check_run *run)
{
	struct srs_reversed r;
	struct err err;

	if (!check_srs_is_ours(run))
		return false;
	if (check_srs_must_wait(run))
		return true;
	if (return_path_reverse(run->store, run->settings->return_path,
		run->arena, &run->facts->to, clock_now(), &r, &err) != RC_OK)
		check_put_off(run, CHECK_RECIPIENT, &err);
	else
		judge_answer(run, &r);
	return true;
}

const struct check check_srs_sender = {
    .stage = CHECK_AT_RECIPIENT,
    .def = CHECK_REJECTS,
    .applies = check_srs_sender_applies,
    .judge = check_srs_sender_judge,
};

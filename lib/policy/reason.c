/* SPDX-License-Identifier: MIT */
#include "policy/reason.h"

#include <string.h>

/* clang-format off */
static const char *const sentences[CHECKS] = {
    [CHECK_MEMBER_RULE] = "You have blocked this sender.",
    [CHECK_SRS_SENDER] = "It came to an address that we make for answers to forwarded mail, and that is not good, or not any more.",
    [CHECK_RECIPIENT] = "There was no mailbox to which it could have gone.",
    [CHECK_IPREV] = "The computer that sent it has no name of its own in the internet, as mail servers have. Much junk comes like that.",
    [CHECK_HELO_SYNTAX] = "The computer that sent it did not give its name as mail servers do. Much junk comes like that.",
    [CHECK_HELO_SELF] = "The computer that sent it gave our own name as its own. Only junk comes like that.",
    [CHECK_HELO_UNKNOWN] = "The computer that sent it gave a name that does not exist. Much junk comes like that.",
    [CHECK_SENDER_SYNTAX] = "The sender’s address is not written as an address must be, so nobody could answer it.",
    [CHECK_SENDER_UNKNOWN] = "The sender’s address does not exist, so nobody could answer it.",
    [CHECK_SENDER_NULL_MX] = "The sender’s domain takes no mail at all, so nobody could answer it.",
    [CHECK_SPF] = "The sender’s domain says that this computer may not send its mail. The sender may be forged.",
    [CHECK_SENDER_OURS] = "It said that it came from one of us, and came from outside. The sender is most likely forged.",
    [CHECK_LOOP] = "It had been here before, and would have gone in circles.",
    [CHECK_RETURN_PATH] = "The sender’s address cannot be forwarded.",
    [CHECK_FROM_HEADER] = "It does not say who has written it, or names several people.",
    [CHECK_DKIM] = "The seal of whoever has sent it is broken.",
    [CHECK_DMARC] = "Nothing shows that it is from whom it says, and the domain of that sender wants such mail refused.",
    [CHECK_GREYLIST] = "It was the first mail of its sender to us, and was asked to come again a few minutes later. Mail servers do; most senders of junk do not.",
    [CHECK_RATE_SENDER] = "Its sender, one of us, had sent as much as anybody may within a while. It may come again.",
    [CHECK_RATE_MEMBER] = "You had had as much mail as anybody may within a while. The sender’s computer tries again by itself.",
    [CHECK_RATE_TARGET] = "So much had gone to your mailbox’s provider that it might refuse all of us. The sender’s computer tries again by itself.",
    [CHECK_HEADER_LIMIT] = "What stands above its text is longer than any mail needs.",
    [CHECK_AUTHOR_REPLY] = "It was an answer to somebody who has written to a member, and not from that member’s mailbox.",
    [CHECK_FATE] = "Your mailbox’s provider would have refused it, or put it among the junk: nothing shows who has written it once it is forwarded.",
    [CHECK_DNSBL] = "The computer that sent it is on a public list of those that send junk.",
    [CHECK_RHSBL] = "The sender’s domain is on a public list of those known for junk.",
};
/* clang-format on */

/* clang-format off */
static const char *const titles[CHECKS] = {
    [CHECK_IPREV] = "Refuse mail of computers that have no proper name?",
    [CHECK_HELO_SYNTAX] = "Refuse mail of computers that do not give their name as mail servers do?",
    [CHECK_HELO_SELF] = "Refuse mail of computers that give our own name as theirs?",
    [CHECK_HELO_UNKNOWN] = "Refuse mail of computers that give a name that does not exist?",
    [CHECK_SENDER_UNKNOWN] = "Refuse mail of senders whose address does not exist?",
    [CHECK_SENDER_NULL_MX] = "Refuse mail of senders who take no mail themselves?",
    [CHECK_SPF] = "Refuse mail of computers that may not send it for the sender’s domain?",
    [CHECK_DKIM] = "Mind seals that are broken?",
    [CHECK_DMARC] = "Mind what the author’s domain wants done with mail that nothing vouches for?",
    [CHECK_GREYLIST] = "Ask senders who are new here to come again after some minutes?",
    [CHECK_DNSBL] = "Refuse mail of computers on public lists of those that send junk?",
    [CHECK_RHSBL] = "Refuse mail of senders on public lists of those known for junk?",
};
/* clang-format on */

static const char of_points[] =
    "Several things about it were wrong, each of them small, and together too "
    "many.";
static const char of_trouble[] =
    "Something did not work for a while, here or at the sender’s. The sender’s "
    "computer tries again by itself.";

static const char *
sentence_of(const char *check)
{
	for (size_t i = 0; i < CHECKS; i++)
		if (strcmp(check_name((enum check_id)i), check) == 0)
			return sentences[i];
	return NULL;
}

const char *
reason_of_check(enum check_id id)
{
	return titles[id] != NULL ? titles[id] : check_name(id);
}

const char *
reason_of(const struct decision *d)
{
	const struct finding *f = d->verdict.decider;
	const char *sentence;

	if (d->verdict.action == VERDICT_ACCEPT)
		return sentences[CHECK_FATE];
	if (f == NULL)
		return of_points;
	if (f->outcome == FINDING_TEMP)
		return of_trouble;
	sentence = sentence_of(f->check);
	return sentence != NULL ? sentence : of_trouble;
}

bool
reason_may_pass(const struct policy_settings *settings, struct arena *a,
    const struct decision *d)
{
	struct finding *all = arena_take_array(a, d->n_findings, sizeof(*all));

	if (d->verdict.action == VERDICT_ACCEPT)
		return false;
	for (size_t i = 0; i < d->n_findings; i++) {
		all[i] = d->findings[i];
		all[i].passed |= policy_may_pass(settings, all[i].check);
	}
	return verdict_of(all, d->n_findings, settings->reject_at, false)
		   .action == VERDICT_ACCEPT;
}

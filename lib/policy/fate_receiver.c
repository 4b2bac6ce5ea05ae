/* SPDX-License-Identifier: MIT */
#include "policy/fate_receiver.h"

#include "mail/domain.h"

#include <stddef.h>

/* What may be wrong with a copy, a bit each. */
enum {
	NOT_ONE_AUTHOR = 1 << 0,
	DOUBLED_FIELD = 1 << 1,
	NO_MESSAGE_ID = 1 << 2,
	POLICY_REJECT = 1 << 3, /* DMARC fails, and this is asked for */
	POLICY_QUARANTINE = 1 << 4,
	AUTHOR_AT_GMAIL = 1 << 5, /* and Gmail has not sent it */
	NOT_ALIGNED = 1 << 6,     /* DMARC does not pass, for whatever reason */
	PERHAPS = 1 << 7,         /* it hangs on a signature's survival */
	NOTHING_PASSES = 1 << 8,  /* neither SPF nor DKIM of anybody */
	SEVERAL_ADDRESSES = 1 << 9,
	NO_DATE = 1 << 10,
	MALFORMED = DOUBLED_FIELD | NO_MESSAGE_ID | SEVERAL_ADDRESSES | NO_DATE,
};

struct rule {
	unsigned receivers; /* a bit each */
	unsigned fault;
	enum fate_outcome outcome;
	const char *code;
	const char *since, *source;
};

#define GMAIL   (1U << FATE_GMAIL)
#define OUTLOOK (1U << FATE_OUTLOOK)
#define YAHOO   (1U << FATE_YAHOO)
#define ICLOUD  (1U << FATE_ICLOUD)
#define STRICT  (1U << FATE_STRICT)
#define ALL     (GMAIL | OUTLOOK | YAHOO | ICLOUD | STRICT)

#define GOOGLE_PAGE    "support.google.com/a/answer/81126, Email sender guidelines"
#define YAHOO_PAGE     "senders.yahooinc.com/best-practices"
#define MICROSOFT_PAGE "learn.microsoft.com, Outlook's requirements of senders"
#define APPLE_PAGE     "support.apple.com/102322, Postmaster information"

/* The first that applies counts.  What the pages ask of hosts (a name, TLS) is
   none of them. */
/* clang-format off */
static const struct rule rules[] = {
    {GMAIL, NOT_ONE_AUTHOR, FATE_REFUSED, "5.7.1", "2024-02", GOOGLE_PAGE},
    {ALL, NOT_ONE_AUTHOR, FATE_REFUSED, "5.7.1", "2026-05", "RFC 9989 11.5"},
    {GMAIL, DOUBLED_FIELD, FATE_REFUSED, "5.7.1", "2024-02", GOOGLE_PAGE},
    {STRICT, DOUBLED_FIELD, FATE_REFUSED, "5.7.1", "2008-10", "RFC 5322 3.6"},
    {GMAIL, NO_MESSAGE_ID, FATE_REFUSED, "5.7.1", "2024-02", GOOGLE_PAGE},
    {GMAIL, SEVERAL_ADDRESSES, FATE_REFUSED, "5.7.1", "2024-02", GOOGLE_PAGE},
    {GMAIL, POLICY_REJECT, FATE_REFUSED, "5.7.26", "2024-02", GOOGLE_PAGE},
    {OUTLOOK, POLICY_REJECT, FATE_REFUSED, "5.7.509", "2023-07", MICROSOFT_PAGE},
    {YAHOO, POLICY_REJECT, FATE_REFUSED, "5.7.9", "2014-04", YAHOO_PAGE},
    {ICLOUD, POLICY_REJECT, FATE_REFUSED, "5.7.1", "2018-07", APPLE_PAGE},
    {STRICT, POLICY_REJECT, FATE_REFUSED, "5.7.26", "2014-09", "RFC 7372 3.3"},
    {GMAIL | STRICT, NOTHING_PASSES, FATE_REFUSED, "5.7.26", "2024-02", GOOGLE_PAGE},
    {YAHOO, NOTHING_PASSES, FATE_REFUSED, "5.7.9", "2024-02", YAHOO_PAGE},
    {ICLOUD, NOTHING_PASSES, FATE_REFUSED, "5.7.1", "2024-02", APPLE_PAGE},
    /* Few ask for what most would add. */
    {STRICT, NO_DATE, FATE_UNSURE, "5.7.1", "2008-10", "RFC 5322 3.6"},
    {ALL, POLICY_QUARANTINE, FATE_SPAM, NULL, "2015-03", "RFC 7489 6.3"},
    {GMAIL, AUTHOR_AT_GMAIL, FATE_SPAM, NULL, "2024-02", GOOGLE_PAGE},
    {ALL, PERHAPS, FATE_UNSURE, "5.7.26", "", "survival.h"},
    /* Asked of domains that send more than 5,000 a day, in copies too. */
    {OUTLOOK, NOT_ALIGNED, FATE_UNSURE, "5.7.515", "2025-05", MICROSOFT_PAGE},
};
/* clang-format on */

static unsigned
policy_faults(const struct fate_copy *copy)
{
	if (copy->aligned)
		return copy->perhaps && copy->policy > DMARC_POLICY_NONE
			   ? PERHAPS
			   : 0;
	switch (copy->policy) {
	case DMARC_POLICY_REJECT:
		return POLICY_REJECT | NOT_ALIGNED;
	case DMARC_POLICY_QUARANTINE:
		return POLICY_QUARANTINE | NOT_ALIGNED;
	case DMARC_POLICY_UNSAID:
	case DMARC_POLICY_NONE:
		return NOT_ALIGNED;
	}
	return NOT_ALIGNED;
}

static unsigned
faults_of(const struct fate_copy *copy)
{
	unsigned faults = 0;

	if (copy->author == NULL)
		faults |= NOT_ONE_AUTHOR;
	if (copy->form.doubled != NULL)
		faults |= DOUBLED_FIELD;
	if (copy->form.no_message_id)
		faults |= NO_MESSAGE_ID;
	if (copy->form.no_date)
		faults |= NO_DATE;
	if (copy->form.several_addresses)
		faults |= SEVERAL_ADDRESSES;
	if (!copy->passes)
		faults |= NOTHING_PASSES;
	if (copy->author == NULL)
		return faults;
	faults |= policy_faults(copy);
	if ((faults & NOT_ALIGNED) != 0 &&
	    domain_within(copy->author, "gmail.com"))
		faults |= AUTHOR_AT_GMAIL;
	return faults;
}

static struct fate_prediction
predict_reading(enum fate_receiver receiver, const struct fate_copy *copy)
{
	unsigned faults = faults_of(copy);

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if ((rules[i].receivers & 1U << receiver) != 0 &&
		    (rules[i].fault & faults) != 0)
			return (struct fate_prediction){rules[i].outcome,
			    rules[i].code, (rules[i].fault & MALFORMED) != 0};
	return (struct fate_prediction){.outcome = FATE_ACCEPTED};
}

struct fate_prediction
fate_receiver_predict(enum fate_receiver receiver, const struct fate_copy *copy)
{
	struct fate_prediction now = predict_reading(receiver, copy), older;
	struct fate_copy as_older = *copy;

	if (copy->older == DMARC_POLICY_UNSAID)
		return now;
	as_older.policy = copy->older;
	older = predict_reading(receiver, &as_older);
	if (older.outcome == now.outcome)
		return now;
	return (struct fate_prediction){.outcome = FATE_UNSURE,
	    .code = now.code != NULL ? now.code : older.code};
}

const char *
fate_receiver_name(enum fate_receiver receiver)
{
	static const char *const names[] = {
	    "gmail", "outlook", "yahoo", "icloud", "strict"};

	return names[receiver];
}

const char *
fate_outcome_name(enum fate_outcome outcome)
{
	switch (outcome) {
	case FATE_ACCEPTED:
		return "accepted";
	case FATE_UNSURE:
		return "unsure";
	case FATE_SPAM:
		return "spam";
	case FATE_REFUSED:
		return "refused";
	}
	return "?";
}

/* SPDX-License-Identifier: MIT */
/*
 * fate_receiver - what the large receivers of mail do with a copy that reaches
 * them.  Their rules are rows of a table, each with the date from which it
 * counts and where it is told: next year's change is a change of rows.  Pure.
 */
#pragma once

#include "auth/dmarc_record.h"

#include <stdbool.h>

enum fate_receiver {
	FATE_GMAIL,
	FATE_OUTLOOK, /* Outlook.com, Hotmail, Microsoft 365 */
	FATE_YAHOO,   /* AOL too */
	FATE_ICLOUD,
	FATE_STRICT, /* anybody else who does what the RFCs allow */
};

#define FATE_RECEIVERS     (FATE_STRICT + 1)
#define FATE_ALL_RECEIVERS ((1U << FATE_RECEIVERS) - 1) /* as a set */

enum fate_outcome {
	FATE_ACCEPTED,
	FATE_UNSURE, /* it depends on what nobody outside knows */
	FATE_SPAM,   /* accepted, and hidden from the reader */
	FATE_REFUSED
};

struct fate_prediction {
	enum fate_outcome outcome;
	const char *code; /* "5.7.26": enhanced, of a refusal or what may
			     become one; else NULL */
	bool malformed;   /* it is for its form (struct fate_form) */
};

/* What is wrong with the form of the header (RFC 5322 3.6). */
struct fate_form {
	const char *doubled; /* a field that is there twice, and may be there
				once; NULL: there is none */
	bool no_message_id;
	bool no_date;
	bool several_addresses; /* From has more than one */
};

/* The copy as it arrives. */
struct fate_copy {
	const char *author; /* the domain of From; NULL: not one */
	bool passes;        /* SPF or DKIM of anybody, us too */
	bool aligned;       /* DMARC passes... */
	bool perhaps;       /* ...if a signature survives, which is unsure */
	enum dmarc_policy policy; /* that counts for the author */
	/* That counts where RFC 7489 is followed; unsaid: the same.  Nobody
	   outside knows where. */
	enum dmarc_policy older;
	struct fate_form form;
};

struct fate_prediction fate_receiver_predict(enum fate_receiver receiver,
    const struct fate_copy *copy);

/* "gmail", "outlook", "yahoo", "icloud", "strict" */
const char *fate_receiver_name(enum fate_receiver receiver);
/* "accepted", "unsure", "spam", "refused" */
const char *fate_outcome_name(enum fate_outcome outcome);

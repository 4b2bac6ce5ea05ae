/* SPDX-License-Identifier: MIT */
/*
 * finding - the result of one check, and the action that its configuration asks
 * for.
 */
#pragma once

#include "net/dns.h"

#include <stdbool.h>

enum action {
	ACTION_REJECT,
	ACTION_DEFER,
	ACTION_SCORE,
	ACTION_OFF,
	ACTION_PASS, /* of a list's code: what other lists have against the
			client does not count */
};

const char *action_name(enum action action);

/* Of a check or list that scores, unless it is configured otherwise. */
#define CHECK_POINTS 5

/* What the configuration says of one check or list. */
struct check_settings {
	enum action action;
	bool shadow; /* log what it would have done, and do nothing */
	int points;  /* of ACTION_SCORE; negative ones speak for the client */
	bool defer_on_temp; /* when nothing could be found out: defer, or go
			       on as if nothing were wrong */
};

/* An SMTP reply (RFC 5321 4.2) with its enhanced code (RFC 3463). */
struct reply {
	unsigned code; /* 550 */
	const char
	    *dsn; /* "7.1": subject and detail; the class is the code's */
	const char *text;
};

/* "550 5.7.1 text", in printable ASCII. */
char *reply_line(struct arena *a, const struct reply *reply);

enum finding_outcome {
	FINDING_FINE,    /* nothing is wrong */
	FINDING_HIT,     /* what the check looks for is so */
	FINDING_TEMP,    /* nobody knows at the moment */
	FINDING_SKIPPED, /* not looked at; why says for what reason */
};

const char *finding_outcome_name(enum finding_outcome outcome);

struct finding {
	const char *check; /* "helo_unknown", "dnsbl" */
	const char *list;  /* the zone of a DNS list; else NULL */
	enum finding_outcome outcome;
	struct check_settings settings;
	bool passed; /* it does not count: the member lets the sender pass */
	const char *why;     /* a few words for explain and the log */
	struct reply reply;  /* of a hit, or of a defer_on_temp */
	const char *text_at; /* of a listing: the name whose TXT record says
				more; else NULL */
	unsigned text_from;  /* the resolver that is asked for it */
};

/* SPDX-License-Identifier: MIT */
#include "policy/finding.h"

const char *
action_name(enum action action)
{
	switch (action) {
	case ACTION_REJECT:
		return "reject";
	case ACTION_DEFER:
		return "defer";
	case ACTION_SCORE:
		return "score";
	case ACTION_OFF:
		return "off";
	case ACTION_PASS:
		return "pass";
	}
	return "?";
}

const char *
finding_outcome_name(enum finding_outcome outcome)
{
	switch (outcome) {
	case FINDING_FINE:
		return "fine";
	case FINDING_HIT:
		return "hit";
	case FINDING_TEMP:
		return "unknown";
	case FINDING_SKIPPED:
		return "skipped";
	}
	return "?";
}

char *
reply_line(struct arena *a, const struct reply *reply)
{
	char *line = arena_printf(a, "%u %u.%s %s", reply->code,
	    reply->code / 100, reply->dsn, reply->text);
	char *end = line;

	/* RFC 6531 3.7.4: a client that did not ask for SMTPUTF8 gets ASCII,
	   and we do not learn whether this one did.  Each other character
	   becomes a "?". */
	for (const char *p = line; *p != '\0'; p++)
		if (*p >= ' ' && *p <= '~')
			*end++ = *p;
		else if (((unsigned char)*p & 0xc0) != 0x80)
			*end++ = '?';
	*end = '\0';
	return line;
}

/* SPDX-License-Identifier: MIT */
/*
 * greylist - who has sent mail here before, and came again after he was put off
 * (RFC 6647).
 *
 * Who is new is put off, and may pass when he comes again after `delay` and
 * within `window`; from then on he is known for `keep` since he was last seen.
 * He is a domain that SPF or DKIM vouches for, from whatever host; else a
 * network and the sender, in a form that is the same for each mail of a list.
 * Recipients do not count: mail to several is put off once.  When `allow_after`
 * senders of a network have passed, all others pass there too.
 *
 * All of it is in the store (greylist_table.h), for all hosts, by its clock.
 * What a process has seen pass it remembers for an hour, in a table of fixed
 * size (1.5 MB).  No answer waits for the store for longer than
 * GREYLIST_WAIT_MS; after that nobody asks it for GREYLIST_PAUSE_MS.  Who
 * cannot be written down passes: he could else be put off for ever.  Any number
 * of threads may ask.
 */
#pragma once

#include "base/ip.h"
#include "base/metric.h"
#include "store/greylist_table.h"

#define GREYLIST_WAIT_MS  500
#define GREYLIST_PAUSE_MS 5000
/* The clocks of two hosts are no further apart, in seconds.  What was seen
   later than that from now was written by a clock that was wrong, and was seen
   long ago. */
#define GREYLIST_CLOCKS_S 120

struct greylist_settings {
	int64_t delay_ms, window_ms, keep_ms;
	int64_t allow_after; /* 0: never a whole network */
	int64_t rows_max;    /* about so many rows in the store */
	bool at_message;     /* judged when all of a message has come */
};

enum greylist_answer {
	GREYLIST_NEW,     /* put off, and noted */
	GREYLIST_EARLY,   /* put off: came again too early */
	GREYLIST_PASSED,  /* came again in time */
	GREYLIST_KNOWN,   /* has passed before */
	GREYLIST_NETWORK, /* many have passed from there */
	GREYLIST_FULL,    /* new; there is no room to note it: passes */
	GREYLIST_UNKNOWN, /* the store does not answer: passes */
};

#define GREYLIST_ANSWERS (GREYLIST_UNKNOWN + 1)

/* What the row of somebody means at `now`.  Pure.  row->name NULL: there is
   none.  *wait becomes, if it is too early, for how many seconds it still
   is. */
enum greylist_answer greylist_state(const struct greylist_settings *settings,
    const struct greylist_row *row, int64_t now, int64_t *wait);

/* The sender, as address_key has it, without what lists and others change in it
   from mail to mail.  Pure. */
const char *greylist_sender(struct arena *a, const char *key);

/* The network that is asked about: the /24 of IPv4, the /64 of IPv6. */
const char *greylist_network(struct arena *a, const struct ip *client);

struct greylist; /* what one process remembers */

struct greylist *greylist_new(void);
void greylist_free(struct greylist *g);

struct greylist_question {
	struct greylist *memory; /* NULL: nothing is remembered */
	struct store *store;
	const struct greylist_settings *settings;
	const char *who; /* "example.org", or "192.0.2.0/24 ann@x.example" */
	const char *network; /* NULL: who is a domain */
	bool note;           /* false: nothing is written */
	int64_t deadline;    /* of clock_ms: of the whole request */
};

struct greylist_told {
	enum greylist_answer answer;
	int64_t wait;     /* of EARLY and NEW, in seconds */
	struct err error; /* text "": there is nothing that an operator should
			     know */
};

void greylist_ask(const struct greylist_question *q, struct greylist_told *out);

extern struct metric_family greylist_answers;

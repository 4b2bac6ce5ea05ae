/* SPDX-License-Identifier: MIT */
/*
 * rate - how much mail one member gets, one domain of targets is sent, or one
 * authenticated sender sends: "200 in 1h", for all hosts that share the store.
 *
 * A bucket holds 200 tokens and gets 200 an hour.  Each mail to one recipient
 * takes one; who finds none comes again.  A host takes tokens from the store in
 * lots (rate_lot), so that the store sees few writes.  What a host has
 * of a lot is at most one lot, and is worth nothing after the span; so in any
 * time t no more pass than
 *
 *	most + most * t / span + hosts * rate_lot(limit)
 *
 * The times are those of the store's clock.  A clock that is set back or ahead
 * fills a bucket at most: nobody is locked out by it.  While the store does not
 * answer in RATE_WAIT_MS a bucket of the host's own counts, and nobody
 * asks the store for RATE_PAUSE_MS; so each host lets as much pass as all
 * together should.  Any number of threads may ask.
 */
#pragma once

#include "base/metric.h"
#include "store/token_bucket_table.h"

#define RATE_WAIT_MS  500
#define RATE_PAUSE_MS 5000
/* Clocks of hosts are no further apart, in milliseconds. */
#define RATE_CLOCKS_MS 120000

enum rate_kind {
	RATE_SENDER,
	RATE_MEMBER,
	RATE_TARGET,
};
#define RATES 3

/* At most 1,000,000 in at most 30 days; most 0: no limit. */
struct rate_limit {
	int64_t most, span_ms;
};

/* Reads "200 in 1h", or "" for no limit. */
bool rate_limit_read(const char *text, struct rate_limit *out);

/* Pure: how many tokens a host takes at once. */
int64_t rate_lot(const struct rate_limit *limit);

/* Pure: thousandths of a token that are in it at that time; bucket NULL: it is
   full. */
int64_t rate_level(const struct rate_limit *limit,
    const struct token_bucket *bucket, int64_t now_ms);

enum rate_answer {
	RATE_TAKEN,
	RATE_OVER,  /* there are not so many; nothing was taken */
	RATE_ALONE, /* taken of the host's own, as the store does not answer */
};
#define RATE_ANSWERS 3

struct rates; /* what one process has */

struct rates *rates_new(void);
void rates_free(struct rates *rates);

struct rate_question {
	struct rates *memory; /* NULL: it is only looked whether there are */
	struct store *store;
	const struct rate_limit *limit;
	enum rate_kind kind;
	const char *name; /* whose */
	int64_t tokens;   /* that are wanted, all or none */
	int64_t deadline; /* of clock_ms: of the whole request */
};

struct rate_told {
	enum rate_answer answer;
	int64_t wait;     /* of OVER: for how many seconds */
	struct err error; /* text "": there is nothing that an operator should
			     know */
};

void rate_take(const struct rate_question *q, struct rate_told *out);

/* The mail was not accepted: its tokens are those of others. */
void rate_give_back(const struct rate_question *q);

extern struct metric_family rate_answers;

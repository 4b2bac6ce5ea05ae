/* SPDX-License-Identifier: MIT */
/*
 * target_rules - what the failures of a target mean: the kind of a status code,
 * how many are too many, what they lead to, for how long a probe is waited for.
 * Pure.
 */
#pragma once

#include "store/target_failure_table.h"

#include <stdbool.h>
#include <stdint.h>

/* "5 in 3d": so many messages in that time. */
struct target_threshold {
	unsigned n;      /* 0: never */
	int64_t seconds; /* 0 if n is */
};

/* More would fill the table. */
#define TARGET_THRESHOLD_MAX 100

/* "never" is a threshold too.  False: it is none. */
bool target_threshold_read(const char *text, struct target_threshold *out);

#define TARGET_PAUSES_IN_ALL 5

struct target_settings {
	struct target_threshold after[FAILURE_KINDS];
	int64_t probe_every_ms; /* between two probes of one target */
	int64_t probe_wait_ms;  /* after so long without a bounce it works */
	int64_t soft_wait_ms;   /* the same of one that was tried for days */
	/* At most so many targets of one domain are paused in a day, and
	   TARGET_PAUSES_IN_ALL times as many in all: when more fail at once,
	   the cause is elsewhere.  0: no limit. */
	unsigned pauses_per_day;
	bool decided_only; /* decisions are kept, and a failure counts only
			      if there is one about its message */
};

/* Which kind of failure a status code (RFC 3463) tells of; NULL: a code that is
   not known.  False: it says nothing about the mailbox, as the message was too
   long. */
bool target_failure_kind(const char *status, enum failure_kind *out);

/* What a status means in plain words, "there is no such mailbox". */
const char *target_failure_words(const char *status, enum failure_kind kind);

enum target_verdict {
	TARGET_PAUSE, /* it gets no more mail */
	TARGET_PROBE  /* a mail that nobody else knows tries it */
};

/* What too many failures of a kind lead to.  What a stranger can bring about by
   what he writes never pauses. */
enum target_verdict target_verdict_of(enum failure_kind kind);

/* For how many seconds a probe that was handed in must not come back for the
   target to be taken for well.  Twice as long each time that it is paused, up
   to 16 times as long.  status: of what it failed of. */
int64_t target_patience(const struct target_settings *settings,
    const char *status, int64_t pauses);
/* The longest of these waits, in milliseconds. */
int64_t target_wait_max_ms(const struct target_settings *settings);

/* For how many seconds failures, and the number of pauses, are kept. */
int64_t target_failures_kept(const struct target_settings *settings);
#define TARGET_PAUSES_KEPT ((int64_t)30 * 86400)

/* SPDX-License-Identifier: MIT */
/*
 * targets_round - what is done from time to time about targets that fail: pause
 * those that have failed too often, try them with a mail (the probe), take
 * those back that work again, tell the owners and the administrator.
 *
 * Each step is one transaction, the mail that it sends among it, so that a
 * program that dies in between has done a step or not, and any number of
 * programs may go their rounds at once.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "store/db.h"
#include "store/target_health_table.h"
#include "targets/target_rules.h"

enum targets_event {
	TARGETS_PAUSED,
	TARGETS_SUSPECTED,
	TARGETS_PROBED,
	TARGETS_RESUMED,
	TARGETS_EVENTS
};

/* "paused", "suspected", "probed", "resumed" */
const char *targets_event_name(enum targets_event event);

struct targets_round {
	struct store *store;
	const struct target_settings *settings;
	struct arena *arena;
	const char *owner;         /* a name of this process, for leases */
	const char *administrator; /* his mailbox; "": nobody is told */
	int64_t now;               /* of the store's clock */
	/* Called for what was done, once it is committed. */
	void (*tell)(const struct target_health *health,
	    enum targets_event event);
	/* The day, since 1970, of which it is known that its digest needs not
	   be written any more; 0 at first. */
	int64_t digest_day;
	/* What the round finds: so many targets would have been paused, had
	   not too many been in a day already, and one of them. */
	size_t held_back;
	const char *held_back_target;
};

/* One round.  RC_TEMP: the store is in trouble; the next round does the
   rest. */
enum rc targets_go_round(struct targets_round *round, struct err *err);

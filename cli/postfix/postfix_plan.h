/* SPDX-License-Identifier: MIT */
/*
 * postfix_plan - what main.cf has to say so that Postfix asks Postward, put
 * together with what an administrator has set there; pure.
 *
 * The lines of conf/postfix/main.cf are its rows.  A list keeps all that it
 * has: ours is put where it does what it is for.  What does it already, in
 * whatever words, is left as it is.
 */
#pragma once

#include "postfix_entries.h"

#include "base/err.h"

enum postfix_part {
	POSTFIX_PART_NONE,
	POSTFIX_PART_FORWARDER,
	POSTFIX_PART_POLICYD,
	POSTFIX_PART_MILTER,
	POSTFIX_PARTS /* their number */
};

struct postfix_setting {
	const char *name;
	const char *raw;      /* as main.cf sets it; NULL: it does not */
	const char *expanded; /* what counts, without $names */
};

struct postfix_facts {
	const struct postfix_setting *settings; /* of postfix_plan_names */
	size_t n;
	/* Where our programs listen ("unix:/path"), and what Postfix calls that
	   ("unix:postward/milter"). */
	struct {
		const char *const *listen;
		size_t n_listen;
		const char *socket;
	} parts[POSTFIX_PARTS];
	const char *queue; /* queue_directory; NULL: unknown */
	bool chrooted;     /* smtpd sees it as its root */
	bool policyd;      /* recipients are checked by policyd */
	const char *hostname;
	const char *const *domains;
	size_t n_domains;
	bool takes_domains; /* out of mydestination */
};

struct postfix_change {
	const char *name;
	const char *before; /* NULL: main.cf does not set it */
	const char *after;
	const char *why; /* half a line */
};

#define POSTFIX_CHANGES_MAX 24

/* The parameters that have to be known; ended by NULL. */
extern const char *const postfix_plan_names[];

/* What has to be changed; n is 0 where nothing has.  RC_PERM: our domains are
   delivered by Postfix itself; err says what to do. */
enum rc postfix_plan(struct arena *a, const struct postfix_facts *facts,
    struct postfix_change out[static POSTFIX_CHANGES_MAX], size_t *n,
    struct err *err);

/* The value without what leads to programs of ours; NULL: nothing does. */
const char *postfix_plan_without(struct arena *a,
    const struct postfix_facts *facts, const char *name, const char *value);

/* What does not fail, but will not work as it should; *out: a line each. */
size_t postfix_plan_notes(struct arena *a, const struct postfix_facts *facts,
    const char **out, size_t most);

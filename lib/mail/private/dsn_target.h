/* SPDX-License-Identifier: MIT */
/*
 * dsn_target - does a text tell a target, in whatever way it is written?
 * Seen by dsn*.c and reply_rewrite.c only.
 */
#pragma once

#include "mail/dsn.h"

struct dsn_target {
	const char *local, *domain; /* domain as domain_read, if it is one */
	const char *account_local, *account_domain;
};

struct dsn_match {
	const struct dsn_target *target;
	const char *between; /* "@", or what stands in its place */
	size_t between_len;
	size_t len;    /* of all of it */
	bool reversed; /* "domain!local" */
};

/* True: the text at p names a target, and no longer address. begin and end are
   those of the whole text. */
bool dsn_target_at(struct arena *a, const struct dsn_target *targets, size_t n,
    const char *begin, const char *p, const char *end, struct dsn_match *out);

/* True: the text names a target, also where lines are folded or in encoded
   words. */
bool dsn_text_tells(struct arena *a, const struct dsn_target *targets, size_t n,
    const char *text, size_t len);

/* True: the body names a target, also where lines are folded, in encoded words,
   or in a part that is encoded, or of a message within? */
bool dsn_targets_told(struct arena *a, const struct dsn_target *targets,
    size_t n, const struct dsn_message *message);

/* The address of ours that a text names as Original-Recipient, Delivered-To or
   X-Original-To; NULL: none. */
const char *dsn_account_in(struct arena *a, const char *text, size_t len,
    const struct dsn_ours *ours);

/* SPDX-License-Identifier: MIT */
/*
 * sender_rules - whose mail a member lets pass, and whose not
 * (sender_rule_table.h), as one text that is kept with the member's forwards.
 * Pure.
 *
 * The text has a line for each rule: "+" (allow) or "-" (block), and the
 * sender.  Of several rules that fit a sender the most exact one counts: his
 * address before his domain, and that before a domain above it.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "store/sender_rule_table.h"

#include <stddef.h>

/* An account has at most so many rules. */
#define SENDER_RULES_MAX 200

enum sender_said {
	SENDER_UNNAMED, /* no rule is about that sender */
	SENDER_ALLOWED,
	SENDER_BLOCKED,
};

/* Reads the sender of a rule as a person types it: "sue@example.org",
   "example.org" or "@example.org".  *out is as sender_rule_table.h has it. */
enum rc sender_rule_read(struct arena *a, const char *text, const char **out,
    struct err *err);

/* NULL: there are no rules. */
const char *sender_rules_text(struct arena *a, const struct sender_rule *rules,
    size_t n);

/* Reads the rules of an account from the store.  RC_NONE: they do not let that
   sender pass, and the store is known to be current (db.h); *out is set all the
   same. */
enum rc sender_rules_load(struct store *store, struct arena *a,
    const char *account, const char *key, const char **out, struct err *err);

/* key: the sender as address_key gives it, or NULL, about whom no rule is.
   *by, if there is one, becomes the sender of the rule that counts, in the
   arena. */
enum sender_said sender_rules_find(struct arena *a, const char *rules,
    const char *key, const char **by);

/* Writes a rule, in place of another about the same sender; to be called in a
   transaction.  RC_NONE: no such account.  RC_PERM: the account has
   SENDER_RULES_MAX rules; err says so. */
enum rc sender_rules_add(struct db *db, struct arena *a,
    const struct sender_rule *rule, struct err *err);

/* SPDX-License-Identifier: MIT */
/*
 * sender_rule_table - senders whose mail a member lets pass, or does not want.
 */
#pragma once

#include "store/db.h"

#include <stdbool.h>
#include <stddef.h>

struct sender_rule {
	const char *account; /* a key of account_table */
	const char *sender;  /* a mailbox as address_key gives it, or a domain
				and all below it, as domain_read gives it */
	bool allow;          /* false: it is blocked */
	int64_t created;     /* seconds since 1970 */
};

/* "allow", "block" */
const char *sender_rule_name(bool allow);

/* Lists the rules of one account in the order of sender. */
enum rc sender_rule_list(struct db *db, struct arena *a, const char *account,
    struct sender_rule **out, size_t *n, struct err *err);

/* Counts the rules of one account. */
enum rc sender_rule_count(struct db *db, const char *account, int64_t *out,
    struct err *err);

/* Writes a rule, in place of another about the same sender.  RC_PERM: there is
   no such account. */
enum rc sender_rule_put(struct db *db, const struct sender_rule *rule,
    struct err *err);

/* RC_NONE: there is none about that sender. */
enum rc sender_rule_remove(struct db *db, const char *account,
    const char *sender, struct err *err);

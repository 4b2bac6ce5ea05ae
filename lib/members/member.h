/* SPDX-License-Identifier: MIT */
/*
 * member - what a member who has signed in sees of his own account, and
 * changes.
 *
 * Each change is one transaction.  Of them all, RC_NONE says that the account
 * or what is to be changed is not there (any more).
 */
#pragma once

#include "forwarding/account_choices.h"
#include "members/sign_in.h"
#include "store/account_table.h"
#include "store/forward_table.h"
#include "store/sender_rule_table.h"
#include "store/target_health_table.h"

struct member {
	struct account account;
	struct target_seen *targets; /* in the order of target */
	size_t n;
	struct sender_rule *rules; /* in the order of sender */
	size_t n_rules;
	const char *choices; /* of checks (account_choices.h) */
	bool digest; /* a letter once a week about what did not get through */
};

enum rc member_find(struct store *store, struct arena *a, const char *account,
    struct member *out, struct err *err);

/* One of a member's mailboxes. */
struct member_mailbox {
	struct arena *arena;
	const char *account, *target;
	bool sure; /* nothing may be left that gets the member's mail */
	/* After RC_PERM, true: nothing would be left, and `sure` was not
	   set. */
	bool is_last;
};

/* RC_PERM: see is_last; or the mailbox is pending, which only its code ends. */
enum rc member_pause(struct store *store, struct member_mailbox *mailbox,
    struct err *err);
enum rc member_resume(struct store *store, struct member_mailbox *mailbox,
    struct err *err);
enum rc member_remove(struct store *store, struct member_mailbox *mailbox,
    struct err *err);

/* Mails a code to a new mailbox, which is pending until forwards_verify has the
   code.  *target is how the mailbox is stored.  RC_PERM: it is none that mail
   may be forwarded to.  RC_NONE: no such account, or *limit is set: too many
   codes were asked for.  Of both, err is a sentence for who typed it. */
enum rc member_invite(struct store *store,
    const struct member_settings *settings, struct arena *a,
    const char *account, const char *typed, int64_t now, const char **target,
    bool *limit, struct err *err);

/* Writes a rule about a sender, who is as sender_rule_read gives it.  RC_PERM:
   there are SENDER_RULES_MAX rules. */
enum rc member_put_rule(struct store *store, struct arena *a,
    const struct sender_rule *rule, struct err *err);
/* RC_OK also if there is no such rule. */
enum rc member_remove_rule(struct store *store, const char *account,
    const char *sender, struct err *err);

/* strategy: as in struct account. */
enum rc member_set_strategy(struct store *store, const char *account,
    const char *strategy, struct err *err);

/* Switches the weekly letter on, with the next one in a week, or off. */
enum rc member_set_digest(struct store *store, const char *account, bool on,
    int64_t now, struct err *err);

struct member_check {
	const char *check;
	enum account_choice choice;
};

/* Notes what he has chosen of these checks, all of it or nothing. */
enum rc member_set_checks(struct store *store, const char *account,
    const struct member_check *choices, size_t n, int64_t now, struct err *err);

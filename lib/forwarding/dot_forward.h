/* SPDX-License-Identifier: MIT */
/*
 * dot_forward - a user's ~/.forward, read only where nobody else can have
 * written it.
 *
 * Addresses are read as Postfix's local(8) reads them (mail/address_list.h),
 * with four differences: "#" begins a comment after a blank, too; a name
 * without domain is one of the account's domain; a byte order mark is skipped;
 * and there is no local delivery here: |command with all its words, /file,
 * ~/file, :include:file and \name count as no forward, and so does what is no
 * address or one that nothing is delivered to (mail/mailbox.h).
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "mail/address_list.h"

#include <stddef.h>

/* How many targets of one file count; more are ignored, which `note` says. */
#define DOT_FORWARD_TARGETS_MAX 20

struct unix_user {
	const char *home;
	unsigned uid;
};

/* RC_NONE: no such Unix user, or a system account (uid under 1000, or
   nobody's). */
typedef enum rc home_of_fn(struct arena *a, const char *user,
    struct unix_user *out, struct err *err);
home_of_fn home_of_unix_user; /* getpwnam_r */
home_of_fn home_of_any_user;  /* the same, and system accounts too */

struct dot_forward {
	const char *const *targets; /* as address_text gives them */
	size_t n;
	const char *note; /* the first entry that does not count; or NULL */
};

/* Reads the user's ~/.forward.  RC_NONE: no such file.  RC_TEMP: the file
   cannot be read, or others might have written it; err says what its owner can
   do. */
enum rc dot_forward_read(struct arena *a, const struct unix_user *user,
    const char *domain, struct dot_forward *out, struct err *err);

/* Reads the text of such a file.  Pure. */
struct dot_forward dot_forward_parse(struct arena *a, const char *text,
    size_t len, const char *domain);

/* Why local(8) would not forward there, but deliver here or run something, as a
   phrase: "a command is no forward"; NULL for an address.  Pure. */
const char *dot_forward_local_delivery(const struct address_entry *entry);

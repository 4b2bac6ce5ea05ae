/* SPDX-License-Identifier: MIT */
/*
 * postfix_record - what main.cf and master.cf were before Postward was wired
 * in, and what it has set there: a folder, postfix-before, for root alone.
 *
 * It is there before anything is changed and goes after all is as before: as
 * long as it is there, `postward postfix disable` has something to undo.
 */
#pragma once

#include "postfix_wiring.h"

struct postfix_record {
	const char *folder;
	/* Of each parameter: what it was, and what we have set. */
	struct postfix_change changes[2 * POSTFIX_CHANGES_MAX];
	size_t n;
	const char *service; /* that we have added; NULL: none */
};

/* RC_NONE: there is none.  RC_PERM: it is not root's, so that anybody may have
   written it. */
enum rc postfix_record_read(const struct postfix_wiring *w,
    struct postfix_record *out, struct err *err);

/* Where it is, or would be. */
const char *postfix_record_folder(const struct postfix_wiring *w);

/* Writes it: with copies of both files, unless there is a record already. */
enum rc postfix_record_write(const struct postfix_wiring *w,
    struct postfix_record *record, struct err *err);

/* Keeps both files as we have made them, so that it is known whether somebody
   has changed them since. */
enum rc postfix_record_keep_ours(const struct postfix_wiring *w,
    const struct postfix_record *record, struct err *err);

/* Puts a file, such as "main.cf", back byte for byte.  RC_NONE: it was changed
   since, or nobody knows: nothing is done. */
enum rc postfix_record_put_back(const struct postfix_wiring *w,
    const struct postfix_record *record, const char *name, struct err *err);

enum rc postfix_record_remove(const struct postfix_wiring *w,
    const struct postfix_record *record, struct err *err);

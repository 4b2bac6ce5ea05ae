/* SPDX-License-Identifier: MIT */
/*
 * err - the four answers that every function and every protocol here gives, and
 * a sentence that explains an answer.
 */
#pragma once

enum rc {
	RC_OK = 0,
	RC_NONE, /* a definite "no such thing": not an error */
	RC_TEMP, /* may work later: becomes 4xx, socketmap TEMP */
	RC_PERM, /* will never work: becomes 5xx, socketmap PERM */
};

/* Owned by the caller; there is nothing to free. */
struct err {
	char text[256];
};

/* Writes the sentence, cut to fit, and returns rc, so that failing is one
   statement. err may be NULL if the caller does not need the reason.  The
   arguments may include err->text itself, so that a caller can add to it. */
enum rc err_set(struct err *err, enum rc rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "ok", "none", "temp", "perm" */
const char *rc_name(enum rc rc);

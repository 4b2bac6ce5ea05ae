/* SPDX-License-Identifier: MIT */
/*
 * field - one header field of a message, byte for byte (RFC 5322 2.2).
 */
#pragma once

#include <stddef.h>

struct mail_field {
	const char *name;  /* as it was written, with white space before the
			      colon, if there was any */
	const char *value; /* all that follows the colon, white space at its
			      beginning too; folds are "\n" or "\r\n" and what
			      stands behind them.  No line end at its end. */
	size_t len;        /* of value, which may hold NULs */
};

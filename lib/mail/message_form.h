/* SPDX-License-Identifier: MIT */
/*
 * message_form - what of a message's form mail servers on its way may change,
 * so that a signature no longer fits.  Pure.
 *
 *	struct message_form form = {0};
 *	message_form_add_field(&form, ...) for all fields
 *	message_form_add_body(&form, ...) for the body, in pieces of any size
 */
#pragma once

#include "mail/field.h"

#include <stdbool.h>
#include <stddef.h>

/* Of a field that is longer Postfix shows a milter no more than a part, and
   makes another field of the rest (its limit is near 59.5 KB). */
#define MESSAGE_FORM_FIELD_MAX 59000

/* Of lines of header and body, without their end (RFC 5322 2.1.1). */
#define MESSAGE_FORM_LINE_MAX 998

struct message_form {
	bool eight_bit;  /* the body has bytes above 127 */
	bool bare_cr;    /* a CR in it ends no line */
	bool long_line;  /* in header or body, above MESSAGE_FORM_LINE_MAX */
	bool long_field; /* one is above MESSAGE_FORM_FIELD_MAX */

	/* Between two pieces. */
	size_t line_len; /* of the line that has begun, with a CR at its end */
	bool after_cr;
};

void message_form_add_field(struct message_form *form,
    const struct mail_field *field);
void message_form_add_body(struct message_form *form, const char *bytes,
    size_t len);

/* SPDX-License-Identifier: MIT */
/*
 * form - reads the form that a browser sends, application/x-www-form-urlencoded
 * (URL Standard 5.1).  Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>

#define FORM_BYTES_MAX  32768
#define FORM_FIELDS_MAX 20

struct form {
	struct form_field {
		const char *name, *value;
	} fields[FORM_FIELDS_MAX];
	size_t n;
};

/* RC_PERM: a field twice, too many, a "%" without two digits, a NUL, or what
   is not UTF-8. */
enum rc form_read(struct arena *a, const char *body, size_t len,
    struct form *out, struct err *err);

/* "" if there is none: a browser leaves out what it has no field for. */
const char *form_text(const struct form *form, const char *name);

/* The same of one line: without blanks before and after, as keyboards of
   phones add one. */
const char *form_word(struct arena *a, const struct form *form,
    const char *name);

/* SPDX-License-Identifier: MIT */
/*
 * template - the texts of our mail, which an administrator may change.
 *
 * A template is a file NAME.txt: "Subject: ..." on the first line, an empty
 * line, then the body, all UTF-8.  {{name}} stands for a value; a paragraph in
 * which a value is empty is left out.  Values are texts of one line.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>

#define TEMPLATE_MAX 65536 /* bytes of a file */

/* The names of all templates, ended by NULL: "verify", "welcome", "refused",
   "confirm", "member-code", "member-leave", "member-digest", "target-probe",
   "target-paused", "targets-digest". */
extern const char *const template_names[];

struct template_text {
	const char *subject, *body;
};

/* Reads folder/NAME.txt, or the built-in template if there is no such file.
   RC_PERM: it is wrong; err says "FILE:LINE: what".  RC_TEMP: it cannot be
   read. */
enum rc template_read(struct arena *a, const char *folder, const char *name,
    struct template_text *out, struct err *err);

/* Fills in the template. values: name, text, name, text...  NULL.  Bytes of a
   text that are not printable become \xHH.  RC_PERM: a value is missing. */
enum rc template_fill(struct arena *a, const struct template_text *template,
    const char *const *values, struct template_text *out, struct err *err);

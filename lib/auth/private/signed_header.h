/* SPDX-License-Identifier: MIT */
/*
 * signed_header - which header fields a signature covers, and their digest
 * (RFC 6376 3.7, 5.4.2).  Pure.
 */
#pragma once

#include "auth/crypto.h"
#include "base/arena.h"
#include "mail/canon.h"
#include "mail/field.h"

#include <stddef.h>
#include <stdint.h>

/* More than that of a message are not looked at by any signature. */
#define HEADER_FIELDS_MAX 4096
#define HEADER_BYTES_MAX  262144

/* All fields of a message, found by their names. */
struct header_index {
	const struct mail_field *fields;
	const uint32_t *hashes; /* of their names */
	size_t n;
};

/* RC_PERM: there are too many, or too long ones. */
enum rc header_index_make(struct arena *a, const struct mail_field *fields,
    size_t n, struct header_index *out, struct err *err);

#define HEADER_NO_FIELD SIZE_MAX

/* For each name the field that it stands for: its last one, then the one above
   it, and so on, but never the field `own`; HEADER_NO_FIELD, if there are not
   so many. */
const size_t *signed_header_choose(struct arena *a,
    const struct header_index *header, const char *const *names, size_t n,
    size_t own);

/* What a signature signs: the fields chosen, and then the signature's own,
   which has no line end. */
void signed_header_add(struct digest *d, const struct header_index *header,
    const size_t *chosen, size_t n, enum canon canon);
void signed_header_add_own(struct digest *d, const struct mail_field *own,
    enum canon canon);

/* The names of what an author writes, each once more than it is there, so that
   nobody can add another one (5.4.2).  RC_PERM: there are more than
   DKIM_NAMES_MAX. */
enum rc signed_header_of_author(struct arena *a,
    const struct mail_field *fields, size_t n_fields, const char *const **names,
    size_t *n, struct err *err);

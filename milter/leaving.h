/* SPDX-License-Identifier: MIT */
/*
 * leaving - a message as it will leave, for whoever signs it: the fields with
 * what the milter adds and changes, and the hash of the body.  Pure.
 *
 * What claims to be ours and is removed is still among them: nobody signs such
 * fields.
 */
#pragma once

#include "auth/authentication.h"
#include "stamp.h"

struct leaving {
	struct arena *arena;
	struct mail_field *fields; /* from the top */
	size_t n;
	bool cut; /* there are more than are kept */
	struct body_hashes *own;
};

/* The place of fields[i] among those of its name, from 1, as the MTA counts
   them. */
unsigned leaving_place(const struct mail_field *fields, size_t i);

/* authentication: its body is over.  signatures: values of DKIM-Signature to
   stand on top, the last one uppermost. */
void leaving_open(struct leaving *l, struct arena *a,
    const struct authentication *authentication, const struct stamp *stamp,
    const char *const *signatures, size_t n_signatures);
void leaving_close(struct leaving *l);

/* Relaxed and whole; lives until leaving_close. */
const struct body_hash *leaving_body(struct leaving *l,
    const struct authentication *authentication, const struct stamp *stamp);

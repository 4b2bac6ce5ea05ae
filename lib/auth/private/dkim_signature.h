/* SPDX-License-Identifier: MIT */
/*
 * dkim_signature - the tags of DKIM-Signature (RFC 6376 3.5, 8301, 8463,
 * 8616), and of the two fields of ARC that are like it (RFC 8617 4.1).  Pure.
 */
#pragma once

#include "auth/crypto.h"
#include "base/arena.h"
#include "base/err.h"
#include "mail/canon.h"
#include "mail/field.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DKIM_NAMES_MAX    500 /* of header fields in h= */
#define ARC_INSTANCES_MAX 50  /* RFC 8617 4.2.1 */

enum signature_kind {
	SIGNATURE_DKIM = 1,
	SIGNATURE_ARC_MESSAGE = 2,
	SIGNATURE_ARC_SEAL = 4,
};

enum arc_validation { /* cv= */
	ARC_CV_NONE,
	ARC_CV_PASS,
	ARC_CV_FAIL
};

/* Texts are ended by a NUL; what is not there is NULL.  Those "as written" are
   printable. */
struct dkim_signature {
	enum crypto_kind kind;
	const char *algorithm;      /* as written */
	const char *domain;         /* as domain_read gives it */
	const char *domain_written; /* as written */
	const char *selector;       /* as domain_read gives it */
	const char *identity;       /* as written, but decoded; its default is
				       "@" and the domain */
	bool identity_below;        /* it is of a domain below d= */
	enum canon header, body;
	const char *const *names; /* h=, as written */
	size_t n_names;
	unsigned char body_hash[CRYPTO_SHA256_LEN];
	const char *signature; /* bytes of b= */
	size_t signature_len;
	const char *signature_text; /* b= without white space */
	size_t b_at, b_len;         /* all behind "b=", in the field's value */
	uint64_t limit;             /* l=; BODY_WHOLE: none */
	int64_t signed_at, expires; /* t=, x=; -1: not said */
	unsigned instance;          /* of ARC */
	enum arc_validation validation;
};

/* RC_PERM: it can prove nothing (a permerror); what could be read is there all
   the same, to be shown.  Points into the field's value. */
enum rc dkim_signature_read(struct arena *a, enum signature_kind kind,
    const struct mail_field *field, struct dkim_signature *out,
    struct err *err);

/* The field with all behind "b=" left out (3.7). */
struct mail_field dkim_signature_unsigned(struct arena *a,
    const struct dkim_signature *signature, const struct mail_field *field);

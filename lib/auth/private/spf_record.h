/* SPDX-License-Identifier: MIT */
/*
 * spf_record - one SPF record, read by the grammar of RFC 7208 section 12 and
 * by nothing else: what it does not allow, anywhere in the record, makes the
 * record wrong (4.6).  Pure.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>

enum spf_kind {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	SPF_REDIRECT,
};

struct spf_term {
	enum spf_kind kind;
	char qualifier;    /* '+', '-', '?' or '~' */
	const char *text;  /* as it was written */
	const char *spec;  /* its domain-spec; NULL: the current domain */
	struct ip_net net; /* ip4, ip6 */
	unsigned bits4;    /* a, mx: of an IPv4 and of an IPv6 client's */
	unsigned bits6;    /* address, so many bits must agree */
};

struct spf_record {
	const struct spf_term *terms; /* the mechanisms, in their order */
	size_t n;
	const struct spf_term *redirect; /* NULL: none, or of no effect as
					    there is an "all" (5.1) */
	const char *explanation;         /* domain-spec of exp=, or NULL */
};

/* Does text begin with the version of an SPF record (4.5)? */
bool spf_record_is(const char *text, size_t len);

/* Reads such a text.  RC_PERM: it is wrong; err says which term, and why. */
enum rc spf_record_read(struct arena *a, const char *text, size_t len,
    struct spf_record *out, struct err *err);

/* "include" and so on */
const char *spf_kind_name(enum spf_kind kind);

/* SPDX-License-Identifier: MIT */
/*
 * dkim_record - the TXT record that goes with a private key of ours (RFC 6376
 * 3.6.1, 8463 4): how it is written, and whether it is what DNS has.  Pure.
 */
#pragma once

#include "auth/crypto.h"
#include "net/dns.h"

/* "SELECTOR._domainkey.DOMAIN", both as domain_read gives them (3.6.2.1); it
   may be too long for DNS: dns_name_valid tells. */
const char *dkim_record_name(struct arena *a, const char *domain,
    const char *selector);

/* "v=DKIM1; k=rsa; p=..." */
enum rc dkim_record_text(struct arena *a, const struct private_key *key,
    const char **out, struct err *err);

/* RFC 1035 3.3: bytes of one of the strings that a TXT record consists of. */
#define DKIM_RECORD_STRING_MAX 255

/* The strings of a text. */
void dkim_record_strings(struct arena *a, const char *text,
    const char *const **out, size_t *n);

/* A line of a zone file (RFC 1035 5.1): the whole name, its strings in
   quotes. */
const char *dkim_record_line(struct arena *a, const char *name,
    const char *text);

enum dkim_record_state {
	DKIM_RECORD_UNKNOWN, /* nobody has answered */
	DKIM_RECORD_SEEN,    /* what the key signs passes */
	DKIM_RECORD_MISSING, /* certainly */
	DKIM_RECORD_OTHER /* another key, none that can be used, or several */
};

/* What an answer to a question for its name says of the key.  *why: in words;
   NULL of one that is seen. */
enum dkim_record_state dkim_record_judge(struct arena *a,
    const struct private_key *key, const struct dns_query *answer,
    const char **why);

/* "unknown", "published", "missing", "another key" */
const char *dkim_record_state_name(enum dkim_record_state state);

/* SPDX-License-Identifier: MIT */
/*
 * dmarc_record - one DMARC policy record (RFC 9989 4.7).  Pure.
 *
 * Read as 4.7 wants it, which is not as tag_list reads: the version comes first
 * and exactly; after it, what is wrong is passed over or has its default, and
 * spoils nothing else.  Of a tag that is there twice the first one counts.
 * Names of tags have their case (RFC 6376 3.2), values have none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum dmarc_policy {
	DMARC_POLICY_UNSAID, /* there is no such tag */
	DMARC_POLICY_NONE,
	DMARC_POLICY_QUARANTINE,
	DMARC_POLICY_REJECT,
};

enum dmarc_psd {
	DMARC_PSD_UNSAID, /* psd=u, the default */
	DMARC_PSD_YES,    /* a public suffix */
	DMARC_PSD_NO,     /* an organization, whatever is above it */
};

struct dmarc_record {
	/* True: p, sp and np can be applied.  False: p is missing or none of
	   the three words, or sp or np is none of them, and there is no rua
	   with a URI: no DMARC for mail whose policy it would be (4.10.1).  The
	   rest counts all the same. */
	bool usable;
	enum dmarc_policy p, sp, np; /* p is never unsaid if usable */
	enum dmarc_psd psd;
	bool dkim_strict, spf_strict; /* adkim=s, aspf=s */
	bool testing;                 /* t=y */
	/* pct, which RFC 9989 has no more (A.6), and older receivers heed: of
	   so many in a hundred; 100 if it is not there, or no such number. */
	unsigned percent;
};

/* True: text begins with a version, and so is a record, now in out. */
bool dmarc_record_read(const char *text, size_t len, struct dmarc_record *out);

/* What t=y leaves of a policy: one step less (4.7). */
enum dmarc_policy dmarc_policy_lowered(enum dmarc_policy policy);

/* "none", "quarantine", "reject"; NULL if unsaid */
const char *dmarc_policy_name(enum dmarc_policy policy);

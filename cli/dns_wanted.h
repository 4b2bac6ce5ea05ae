/* SPDX-License-Identifier: MIT */
/*
 * dns_wanted - the records that the world has to find of us.  Pure.
 */
#pragma once

#include "auth/dkim_record.h"
#include "program/signing_keys.h"

enum dns_wanted_kind {
	DNS_WANTED_ADDRESS, /* of the host */
	DNS_WANTED_PTR,
	DNS_WANTED_SPF_OF_HOST,
	DNS_WANTED_SPF,
	DNS_WANTED_DKIM,
	DNS_WANTED_DMARC,
	DNS_WANTED_MX,
	DNS_WANTED_TLS_REPORT,   /* RFC 8460 */
	DNS_WANTED_MTA_STS,      /* RFC 8461 */
	DNS_WANTED_MTA_STS_HOST, /* where its policy is */
	DNS_WANTED_TLSA,         /* RFC 7672 */
	DNS_WANTED_CAA,          /* RFC 8659 */
};

/* In which order they are set; what comes last brings mail here. */
enum dns_wanted_step {
	DNS_STEP_HOST,
	DNS_STEP_SENDER,
	DNS_STEP_MAIL,
	DNS_STEP_EXTRA, /* nobody is refused without them */
};

#define DNS_STEPS (DNS_STEP_EXTRA + 1)

struct dns_wanted {
	enum dns_wanted_kind kind;
	enum dns_wanted_step step;
	enum dns_type type;
	const char *name; /* without a dot at its end */
	/* As a zone file has it, but that texts have no quotes; NULL: not known
	   here. */
	const char *value;
	const char *note; /* for who sets it, or NULL */
	/* A site may have it; alone it is worth nothing, or does harm. */
	bool optional;
	const struct ip *ip;           /* of address and PTR; or NULL */
	const struct private_key *key; /* of DKIM */
};

struct dns_wanted_of {
	const char *host;
	const struct ip *addresses; /* of the host, as the world sees it */
	size_t n_addresses;
	/* Domains of people, and those in which mail leaves that nobody answers
	   to: of SRS, and of rewritten From fields. */
	const char *const *domains, *const *ours;
	size_t n_domains, n_ours;
	const struct signing_keys *keys;
	const char *policy_id; /* of MTA-STS; NULL: that of no time */
	/* Of the certificate of port 25: "3 1 1 HEX", and the name that its
	   authority has in CAA records; NULL: not known. */
	const char *tlsa, *issuer;
};

/* Those of a domain, or of all (domain NULL), and of the host; by step. */
struct dns_wanted *dns_wanted_list(struct arena *a,
    const struct dns_wanted_of *of, const char *domain, size_t *n);

/* The policy of MTA-STS, line by line, as mta-sts.txt has it. */
const char *dns_wanted_policy(struct arena *a, const struct dns_wanted_of *of);

/* Its value as a zone file has it: a text in quotes, and a long one in several
   strings; value must be there. */
const char *dns_wanted_text(struct arena *a, const struct dns_wanted *wanted);

/* "remotes.club. MX 10 mx.remotes.club.": a line of a zone file, the same with
   another value if that is not NULL; NULL: its value is not known. */
const char *dns_wanted_line(struct arena *a, const struct dns_wanted *wanted,
    const char *value);

/* SPDX-License-Identifier: MIT */
/*
 * srs - the Sender Rewriting Scheme: a sender's address in a domain of ours,
 * so that SPF passes for the host that forwards; and the way back.  Pure: no
 * clock, no store.
 *
 *	SRS0=HHHH=TT=host=user@ours	user@host
 *	SRS1=HHHH=hop==rest@ours	SRS0=rest@hop: already rewritten there
 *	SRS0=HHHH=TT=1=TOKEN@ours	a sender that cannot be written so
 *
 * What is written is a Dot-string of ASCII (RFC 5321 4.1.2) without the
 * characters of routes ("%", "!", and "/" and "|", which Exim takes for worse):
 * one that every mail system takes back, and that needs no SMTPUTF8.
 *
 * HHHH is a keyed hash (HMAC-SHA1) of what follows it in lower case, TT the
 * day.  What was written elsewhere is understood as well: "+" and "-" in
 * place of the first "=", hashes in either alphabet of base64 and in any
 * case, as mail systems fold it.
 */
#pragma once

#include "base/arena.h"
#include "mail/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 5321 4.5.3.1.1 */
#define SRS_LOCAL_MAX 64

/* Days come round after 1024; an age above this could not be told from a
   day still to come. */
#define SRS_AGE_MAX 365

/* 20 bits, as case counts for nothing; see postward.conf(5). */
#define SRS_HASH_MIN         4
#define SRS_HASH_WRITTEN_MAX 20

/* Domains as domain_read gives them. */
struct srs {
	/* Ours: the first is written, all are read. */
	const char *const *domains;
	size_t n_domains;
	/* For one question: two more domains of ours that are read, and the one
	   that is written in place of the first; NULL: none. */
	const char *also[2], *written;
	/* The first signs, any verifies.  Without one nothing verifies, and
	   nothing may be signed. */
	const char *const *secrets;
	size_t n_secrets;
	unsigned max_age; /* days; a day more for clocks that differ */
	/* Characters of a hash: as it is written, from SRS_HASH_MIN to
	   SRS_HASH_WRITTEN_MAX, and the shortest that is read. */
	unsigned hash_length, hash_length_min;
};

/* As address_read, of an address that mail comes to.  An SRS address may lack
   the quotes that its local part needs: Postfix's policy requests have none,
   and Sendmail takes them away. */
enum rc srs_read_address(struct arena *a, const char *text, struct address *out,
    struct err *err);

/* The sender's address in our domain.  RC_NONE: it stays as it is, being an SRS
   domain of ours, or postmaster without a domain.  *token is NULL, or what the
   store must know the sender by for the address to be worth anything. */
enum rc srs_forward(const struct srs *srs, struct arena *a,
    const struct address *sender, int64_t now, struct address *out,
    const char **token);

enum srs_answer {
	SRS_REVERSED,     /* here is the sender */
	SRS_STORED,       /* the store knows the sender by this token */
	SRS_ORDINARY,     /* no SRS address */
	SRS_ELSEWHERE,    /* one, but in no domain of ours */
	SRS_MALFORMED,    /* begins like one, but is none */
	SRS_HASH_INVALID, /* tampered with, or signed with another secret */
	SRS_HASH_SHORT,   /* shorter than is read, right or not: it may have
			     been signed when we wrote shorter ones */
	SRS_EXPIRED,      /* ours, but too old */
	SRS_FORGOTTEN,    /* ours, but the store does not know its token; given
			     by who looks it up, not here */
};

/* True: it is an SRS address of ours that leads nowhere.  Mail to it must be
   refused, even if another rule would accept the recipient. */
bool srs_answer_refuses(enum srs_answer answer);

/* In a few words, such as "SRS address expired". */
const char *srs_answer_text(enum srs_answer answer);

struct srs_reversed {
	enum srs_answer answer;
	struct address sender; /* of SRS_REVERSED */
	const char *token;     /* of SRS_STORED */
	unsigned hash_length;  /* of SRS_HASH_SHORT */
};

/* Is it an SRS address of ours, good or bad, or only something like one, which
   may be somebody's own? */
bool srs_answer_is_ours(enum srs_answer answer);

/* Does a local part begin as one of an SRS address does? */
bool srs_looks_like(const char *local);

/* The host that an SRS1 address leads to, as domain_read gives it, which may be
   one of ours; NULL: there is none. */
const char *srs_hop(struct arena *a, const struct address *address);

/* Is it a domain of ours, whose SRS addresses are read? */
bool srs_reads(const struct srs *srs, const char *domain);

/* The way back. */
struct srs_reversed srs_reverse(const struct srs *srs, struct arena *a,
    const struct address *address, int64_t now);

/* The day after the last one on which an address written now is good: seconds
   since 1970. */
int64_t srs_good_until(const struct srs *srs, int64_t now);
/* When the next day begins whose addresses are good for longer. */
int64_t srs_next_day(int64_t now);

/* SPDX-License-Identifier: MIT */
/*
 * signing_domain - the keys of one domain, and which of them sign its mail.
 * Pure, but for what is known of their records, which a thread may find out
 * while others ask.
 *
 * Keys of a kind follow one another: the newest signs once its record was seen
 * in DNS.  Until then the one before does, whose record is still there.
 *
 *	seen at all           the newest of those
 *	a file is in trouble  nobody: nothing tells that its record is the one
 *	                      that is published
 *	one key               that one
 *	else                  the newest but one, or an older one if its record
 *	                      is certainly not there
 *
 * RSA signs for everybody to verify.  Beside it an Ed25519 key signs too, once
 * its record was seen; alone it is what RSA is else.
 */
#pragma once

#include "auth/dkim_record.h"

#include <stdatomic.h>
#include <time.h>

/* One file; its texts live as long as it. */
struct signing_file {
	const char *path;
	const char *selector;    /* as domain_read gives it; NULL: the name of
				    the file is none */
	struct private_key *key; /* NULL: it cannot be used */
	const char *trouble;     /* why; else NULL */
	const char *public;      /* p= of its record */
	struct timespec modified;

	/* What DNS says of it (enum dkim_record_state), and when to ask again,
	   in clock_ms. */
	atomic_int record;
	_Atomic int64_t ask_ms;
};

struct signing_domain {
	const char *name;           /* as domain_read gives it */
	const char *folder;         /* of the newest file, or the only one */
	const char *trouble;        /* of all of it; else NULL */
	struct signing_file *files; /* the newest first */
	size_t n;
	/* Only then are trouble and files what the folder has; else they are
	   read when they are needed (signing_keys.h). */
	atomic_bool is_read;
};

/* The newest first: by time of modification, then by name. */
void signing_domain_sort(struct signing_domain *d);

/* The signature that everybody can verify, and the one beside it. */
#define SIGNING_FILES_MAX 2

/* Who signs now: at least one.  RC_TEMP: nobody can, and the mail must not
   leave unsigned. */
enum rc signing_domain_choose(const struct signing_domain *d,
    const struct signing_file *out[static SIGNING_FILES_MAX], size_t *n,
    struct err *err);

enum signing_state {
	SIGNING_SIGNS,
	SIGNING_WAITS,   /* for its record */
	SIGNING_RETIRED, /* a newer one signs */
	SIGNING_TROUBLE
};

#define SIGNING_STATES (SIGNING_TROUBLE + 1)

/* Of one of its files. */
enum signing_state signing_domain_state(const struct signing_domain *d,
    const struct signing_file *file);

/* "signs", "waits", "retired", "trouble" */
const char *signing_state_name(enum signing_state state);

/* Does it depend on the record of that file who signs? */
bool signing_domain_asks(const struct signing_domain *d,
    const struct signing_file *file);

/* SPDX-License-Identifier: MIT */
/*
 * mta_sts - a policy file of MTA-STS (RFC 8461 3.2); pure.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define MTA_STS_MAX_AGE_MAX 31557600 /* RFC 8461 3.2: seconds of a year */
#define MTA_STS_POLICY_MAX  65536    /* bytes; longer ones nobody has to read */

enum mta_sts_mode {
	MTA_STS_NONE,
	MTA_STS_TESTING,
	MTA_STS_ENFORCE,
};

struct mta_sts {
	enum mta_sts_mode mode;
	long max_age;          /* seconds */
	const char *const *mx; /* names, or "*." and one */
	size_t n_mx;
};

/* RC_PERM: it is none that a sender would take; err says why.  Of a key that is
   there twice the first one counts, but of mx. */
enum rc mta_sts_read(struct arena *a, const char *text, size_t len,
    struct mta_sts *out, struct err *err);

/* Does it allow that host (RFC 8461 4.1)?  "*" stands for one label. */
bool mta_sts_allows(const struct mta_sts *policy, const char *host);

/* "none", "testing", "enforce" */
const char *mta_sts_mode_name(enum mta_sts_mode mode);

/* SPDX-License-Identifier: MIT */
/*
 * return_path - the envelope sender of what is forwarded, and the way back to
 * who sent it: SRS, with the store's help where an address alone is too short.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "mail/srs.h"
#include "store/db.h"

#include <stdatomic.h>

struct return_path_settings {
	const struct srs *srs; /* NULL: no SRS */
	/* NULL, or why it has no secrets: whatever needs one is RC_TEMP. */
	const char *trouble;
	/* When it is to be noted again with which length we sign, in seconds
	   since 1970, 0 at first; NULL: it is not. */
	atomic_llong *note_at;
};

/* The address to forward a message under; sender is as it came, in any form
   that address_read takes.  RC_NONE: as it is (the null sender, a sender of
   ours, no SRS).  RC_TEMP: the store could not note a long sender: better no
   forward than one whose bounces go nowhere.

   To be called for mail that is accepted: it fills a table.  Once a day, and
   when the settings are new, it notes how long our hashes are: while an address
   that was signed so may be good, a hash of that length is read although
   hash_length_min has become more. */
enum rc return_path_forward(struct store *store,
    const struct return_path_settings *settings, struct arena *a,
    const char *sender, int64_t now, const char **out, struct err *err);

/* The original sender of an SRS address of ours, SRS_REVERSED; or why there is
   none.  Never SRS_STORED nor SRS_HASH_SHORT: these are looked up.  RC_TEMP:
   the store could not be asked. */
enum rc return_path_reverse(struct store *store,
    const struct return_path_settings *settings, struct arena *a,
    const struct address *address, int64_t now, struct srs_reversed *out,
    struct err *err);

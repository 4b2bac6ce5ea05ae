/* SPDX-License-Identifier: MIT */
/*
 * return_path - the envelope sender of a forwarded message, and the way back
 * from it to the original sender: SRS, where the store keeps the senders for
 * which an address is too short.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "forwarding/forwards_settings.h"
#include "mail/srs.h"
#include "store/db.h"

#include <stdatomic.h>

struct return_path_settings {
	const struct srs *srs; /* NULL: no SRS */
	/* Whose senders need no rewriting, and who has an SRS domain of his
	   own; NULL: nobody. */
	const struct forwards_settings *forwards;
	/* NULL, or why it has no secrets: whatever needs one is RC_TEMP. */
	const char *trouble;
	/* When return_path_forward notes the length of our hashes next, in
	   seconds since 1970, 0 at first; NULL: never. */
	atomic_llong *note_at;
};

/* The SRS domain for mail to accounts of that domain of ours: its own, or the
   first of srs.domain, also while the store is down, as all of them are read.
   NULL: no SRS. */
const char *return_path_domain(const struct return_path_settings *settings,
    struct arena *a, const char *domain);

/* Returns in *out the envelope sender to forward a message with; sender is the
   one it came with, in any form that address_read takes; srs_domain is of
   return_path_domain, or NULL for the first of srs.domain.  RC_NONE: the sender
   stays as it is (the null sender, a sender of ours, no SRS).  RC_TEMP: the
   store could not keep a long sender; a message whose bounces would go nowhere
   must not be forwarded.

   To be called only for mail that is accepted, because each long sender takes a
   row of the store.  Once a day, and when the settings are new, it notes in the
   store how long our hashes are.  As long as an address with a hash of a noted
   length may be good, return_path_reverse reads it, although hash_length_min
   has been raised since. */
enum rc return_path_forward(struct store *store,
    const struct return_path_settings *settings, struct arena *a,
    const char *sender, const char *srs_domain, int64_t now, const char **out,
    struct err *err);

/* Is it a domain whose SRS addresses are read: one of srs.domain, or that of a
   domain of the store, also of one that was removed?  RC_OK: it is.  RC_TEMP:
   the store could not be asked. */
enum rc return_path_reads(const struct return_path_settings *settings,
    const char *domain, struct err *err);

/* What an address says of itself, as srs_reverse: it may be SRS_STORED or
   SRS_HASH_SHORT, for which the store is not asked.  RC_TEMP: its domain may be
   one of the store, which could not be asked. */
enum rc return_path_look(const struct return_path_settings *settings,
    struct arena *a, const struct address *address, int64_t now,
    struct srs_reversed *out, struct err *err);

/* Finds the original sender of an SRS address of ours: out->answer is
   SRS_REVERSED, or says why there is none.  It is never SRS_STORED nor
   SRS_HASH_SHORT, which are looked up in the store.  RC_TEMP: the store could
   not be asked. */
enum rc return_path_reverse(struct store *store,
    const struct return_path_settings *settings, struct arena *a,
    const struct address *address, int64_t now, struct srs_reversed *out,
    struct err *err);

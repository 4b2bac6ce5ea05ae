/* SPDX-License-Identifier: MIT */
/*
 * outbox - the rules of mail that we send: when it is tried again, which mailer
 * sends it, how its bounces are recognised.
 *
 * A mail is claimed with a lease before it is sent and settled after that.  A
 * program that dies in between leaves the lease to run out, and the mail is
 * sent again with the same Message-ID: at least once, and twice only if the MTA
 * had taken it in that moment.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "mail/address.h"
#include "store/outbox_table.h"

#include <stdbool.h>
#include <stddef.h>

/* Random, 26 digits and small letters: 128 bits. */
#define OUTBOX_ID_LEN 26
enum rc outbox_id(struct arena *a, const char **out, struct err *err);

struct outbox_new {
	const char *id; /* of outbox_id; NULL: a new one */
	const char *dedup_key, *about, *recipient, *template;
	/* Of the template: name, text, name, text... NULL. */
	const char *const *values;
	int64_t deadline; /* seconds since 1970: useless after that */
	int64_t now;
};

/* Writes a mail, inside the transaction that is the reason for it.  If a mail
   with the same dedup_key exists, nothing is written and the result is
   RC_OK. */
enum rc outbox_put(struct db *db, struct arena *a,
    const struct outbox_new *mail, struct err *err);

struct outbox_settings {
	int64_t retry_min_ms, retry_max_ms; /* between two tries */
	int64_t lease_ms;
	int64_t keep_ms; /* mail that is done with */
	/* Optional: a number from 0 to most, for the jitter; tests set it. */
	uint32_t (*random)(uint32_t most);
};

/* Claims the mail that is due, for owner, a name of this process.  One whose
   deadline has passed is settled as failed on the way.  RC_NONE: nothing is
   due. */
enum rc outbox_claim(struct store *store,
    const struct outbox_settings *settings, struct arena *a, const char *owner,
    int64_t now, struct outbox_mail *out, struct err *err);

enum outbox_outcome {
	OUTBOX_TAKEN,   /* text: its queue id, or NULL */
	OUTBOX_LATER,   /* text: why; it waits twice as long as the last time,
			   and some jitter */
	OUTBOX_REFUSED, /* text: why */
};

/* RC_NONE: the lease was lost meanwhile; whoever has it settles the mail. */
enum rc outbox_settle(struct store *store,
    const struct outbox_settings *settings, struct arena *a,
    const struct outbox_mail *claimed, enum outbox_outcome outcome,
    const char *text, int64_t now, struct err *err);

/* The envelope sender of a mail, "bounce+ID@domain". */
char *outbox_sender(struct arena *a, const char *id, const char *domain);
/* The ID in such an address, in lower case; NULL: it is another address. */
const char *outbox_sender_id(struct arena *a, const struct address *address);

/* Notes that a mail came back; text, printable, says why.  RC_NONE: no such
   mail. */
enum rc outbox_bounce(struct store *store, struct arena *a, const char *id,
    const char *text, struct err *err);

/* Removes mail that was settled longer than keep_ms ago, some thousands at a
   time.  RC_NONE: there was none. */
enum rc outbox_clean(struct store *store,
    const struct outbox_settings *settings, int64_t now, struct err *err);

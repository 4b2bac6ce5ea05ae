/* SPDX-License-Identifier: MIT */
/*
 * dsn - delivery status notifications (RFC 3464).  Pure.
 *
 * One that tells where mail to one of our addresses was forwarded is made to
 * tell our address instead (dsn.c), or is replaced by one of ours that does
 * (dsn_compose.c).  Of one about mail of our own we want to know why it failed
 * (dsn_failure.c).
 *
 * What was forwarded where is read from the notification itself: a group with
 * Original-Recipient of ours and another Final-Recipient, or the text
 * "<TARGET> (expanded from <ACCOUNT>)".  Wherever such a target stands, also in
 * what another host said about it and in the message that is returned, the
 * account takes its place.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "mail/mime.h"

#include <stdbool.h>
#include <stddef.h>

/* Postfix returns at most 50 kB of a message (bounce_size_limit). */
#define DSN_MAX       ((size_t)1024 * 1024)
#define DSN_PAIRS_MAX 100

/* A message that may be a notification, as much of it as counts. */
struct dsn_message {
	struct mime_header header;
	bool failed_recipients; /* it has a field X-Failed-Recipients */
	const char *body;       /* may be cut off at its end */
	size_t len;
};

struct dsn_ours {
	bool (*is)(const void *context, const char *domain);
	const void *context;
};

/* True: by the value of Content-Type, the message is a notification. */
bool dsn_is_report(struct arena *a, const char *content_type);

/* The body with accounts in place of targets, however those are written and
   whatever they are glued to; a host whose name ends in a target's domain is
   named by the account's domain.  RC_NONE: there is nothing to hide.  RC_PERM:
   it is longer than DSN_MAX, of too many recipients, or tells a target in a
   way that cannot be changed, as within an encoded part. */
enum rc dsn_hide_targets(struct arena *a, const struct dsn_message *message,
    const struct dsn_ours *ours, const char **out, size_t *out_len);

/* What a notification is about; each NULL if it does not say. */
struct dsn_about {
	const char *action;  /* "failed", "delayed", as in RFC 3464 2.3.3 */
	const char *status;  /* "5.1.1" */
	const char *account; /* an address of ours: the original recipient */
};

/* False: the message is no notification that we understand; then only `account`
   may be set. */
bool dsn_read(struct arena *a, const struct dsn_message *message,
    const struct dsn_ours *ours, struct dsn_about *out);

/* What a status code means, in plain words. */
const char *dsn_status_words(const char *status);

/* A notification of our own with no more than that, of the mail server
   hostname; *content_type is the value of the field. */
const char *dsn_compose(struct arena *a, const struct dsn_about *about,
    const char *hostname, const char **content_type);

/* Recipients of one notification that are read. */
#define DSN_FAILED_MAX 50

struct dsn_failed {
	const char *recipient; /* Final-Recipient, an address; NULL: untold */
	const char *original;  /* Original-Recipient; the same */
	const char *status;    /* "5.1.1"; NULL: untold */
};

struct dsn_failures {
	const char *queue_id;   /* X-Postfix-Queue-ID; NULL: untold */
	const char *message_id; /* of the returned message; NULL: untold */
	const char *account;    /* an address of ours in it, as dsn_about */
	struct dsn_failed failed[DSN_FAILED_MAX];
	size_t n;
};

/* Reads which recipients a notification with a delivery-status says have failed
   for good.  False: it says that of none. */
bool dsn_read_failures(struct arena *a, const struct dsn_message *message,
    const struct dsn_ours *ours, struct dsn_failures *out);

/* Bytes of what dsn_failure says. */
#define DSN_FAILURE_MAX 400

/* Why mail failed for good, in one printable line.  NULL: the message tells of
   a delay, of success, of nothing that we understand.
   Where there is a delivery-status (RFC 3464, 6533), in whatever multipart and
   encoding, it alone counts: Status and Diagnostic-Code of the first recipient
   with Action "failed"; if it has no words, those of the text count.  Else it
   is the text of qmail (QSBMF), or that of a message with X-Failed-Recipients.
   What the returned message holds never counts. */
char *dsn_failure(struct arena *a, const struct dsn_message *message);

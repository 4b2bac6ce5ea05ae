/* SPDX-License-Identifier: MIT */
/*
 * postfix_log_event - what a line of Postfix' log tells of a mail.  Pure.
 */
#pragma once

#include "postfix_log_line.h"

enum log_event_kind {
	LOG_CAME,       /* from a client, or from a user of this machine */
	LOG_MESSAGE_ID, /* cleanup: text is the Message-ID */
	LOG_REFUSED,    /* the client was told 4xx or 5xx */
	LOG_HELD,       /* put into the hold queue */
	LOG_DISCARDED,
	LOG_QUEUED, /* in the queue, with this envelope sender */
	LOG_TRIED,  /* a host said no, and another one is tried */
	LOG_SENT,
	LOG_DEFERRED,
	LOG_BOUNCED,
	LOG_EXPIRED,
	LOG_RETURNED, /* a notification about it has the id `other` */
	LOG_WARNED,   /* the sender is told that it is late; the same */
	LOG_RELEASED, /* from the hold queue */
	LOG_REQUEUED,
	LOG_DELETED, /* by an administrator */
	LOG_REMOVED, /* out of the queue: nothing is left to do */
	LOG_OTHER,   /* anything else about it */
};

/* The texts are in the arena that it was read into; NULL: not told. */
struct log_event {
	enum log_event_kind kind;
	int64_t at;    /* seconds since 1970 */
	int64_t pid;   /* of the program; -1: not known */
	int64_t delay; /* of an attempt: seconds since it came; -1: not told */
	const char *host, *program; /* "smtpd"; "submission/smtpd" */
	const char *queue_id;       /* NULL: there was none yet (NOQUEUE) */
	const char *client;         /* "a.example[192.0.2.1]" */
	const char *sender;         /* "": the null sender */
	const char *recipient;      /* to= */
	const char *original;       /* orig_to=: before it was forwarded */
	const char *relay;          /* who was asked */
	const char *step;           /* "RCPT": when it was refused */
	const char *text;  /* an answer, "550 5.1.1 ..."; what it says else */
	const char *other; /* the queue id of a mail that follows from it */
};

/* false: it tells of no mail. */
bool postfix_log_event_read(struct arena *a, const char *line, size_t len,
    int64_t latest, struct log_event *out);

/* Of what a client was told: not for good ("450 4.1.8 ...")? */
bool log_event_is_put_off(const struct log_event *event);
